/* Jobs and their files as JSON; each allocation fails once. */
#include "unit/cmocka_all.h"

#include "http/job_json.h"
#include "support/failing_alloc.h"

#include <stdio.h>
#include <string.h>

static const struct cgw_config config = {.path_prefix = "/pacs"};

static const struct cgw_job_info incomplete = {
    .id = "01a2045f584b166958c891aaf9d880f7",
    .state = CGW_JOB_INCOMPLETE,
    .peer = "main",
    .label = "a.label",
    .level = "STUDY",
    .model = CGW_MODEL_STUDY,
    .created_ms = 1795368000001,
    .started_ms = 1795368001020,
    .ended_ms = 1795368002300,
    .runs = 2,
    .instances = 3,
    .bytes = 4096,
    .told = 5,
    .remaining = 0,
    .failed = 2,
    .error = {.code = CGW_E_INCOMPLETE, .dimse_status = 0xB000, .detail = "2 failed"},
    .outcome = "outcome-1.json"};

static const struct cgw_job_info queued = {.id = "01a2045f584b166958c891aaf9d880f7",
                                           .state = CGW_JOB_QUEUED,
                                           .peer = "main",
                                           .level = "STUDY",
                                           .model = CGW_MODEL_STUDY,
                                           .created_ms = 1795368000001,
                                           .remaining = CGW_NO_COUNT,
                                           .failed = CGW_NO_COUNT,
                                           .error = CGW_ERROR_INIT};

static const struct cgw_job_file instance = {.name = "CT.1.2.3",
                                             .path = "a/CT.1.2.3",
                                             .bytes = 77,
                                             .sop_class = "1.2.840.10008.5.1.4.1.1.2",
                                             .sop_instance = "1.2.3",
                                             .transfer_syntax = "1.2.840.10008.1.2.1",
                                             .existing = CGW_EXISTING_KEPT};

static const struct cgw_job_file outcome = {.name = "outcome-1.json", .path = "outcome-1.json", .bytes = 5};

static void assert_text(const json_t *object, const char *name, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (expected == NULL) {
        assert_true(json_is_null(json_object_get(object, name)));
    } else {
        assert_non_null(text);
        assert_string_equal(text, expected);
    }
}

static void a_job_is_what_its_info_says(void **state)
{
    (void)state;
    json_t *job = job_to_json(&config, &incomplete);
    const json_t *error = json_object_get(job, "error"), *progress = json_object_get(job, "progress");
    const json_t *links = json_object_get(job, "links");
    assert_text(job, "id", incomplete.id);
    assert_text(job, "state", "incomplete");
    assert_text(job, "label", "a.label");
    assert_text(job, "model", "study");
    assert_text(job, "createdAt", "2026-11-22T17:20:00.001Z");
    assert_text(job, "startedAt", "2026-11-22T17:20:01.020Z");
    assert_text(job, "endedAt", "2026-11-22T17:20:02.300Z");
    assert_int_equal(json_integer_value(json_object_get(job, "runs")), 2);
    assert_int_equal(json_integer_value(json_object_get(job, "instances")), 3);
    assert_int_equal(json_integer_value(json_object_get(job, "bytes")), 4096);
    assert_int_equal(json_integer_value(json_object_get(progress, "told")), 5);
    assert_true(json_is_integer(json_object_get(progress, "remaining")));
    assert_int_equal(json_integer_value(json_object_get(progress, "failed")), 2);
    assert_text(error, "code", "incomplete");
    assert_text(error, "detail", "2 failed");
    assert_text(error, "dimseStatus", "B000");
    assert_int_equal(json_integer_value(json_object_get(error, "status")), 502);
    assert_text(job, "outcome", "/pacs/v1/jobs/01a2045f584b166958c891aaf9d880f7/files/outcome-1.json");
    assert_text(links, "self", "/pacs/v1/jobs/01a2045f584b166958c891aaf9d880f7");
    assert_text(links, "events", "/pacs/v1/jobs/01a2045f584b166958c891aaf9d880f7/events");
    json_decref(job);
}

static void what_is_not_yet_is_null(void **state)
{
    static const char *const nulls[] = {"label", "startedAt", "endedAt", "error", "outcome"};
    static const char *const counts[] = {"told", "remaining", "failed"};
    (void)state;
    json_t *job = job_to_json(&config, &queued);
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
        assert_text(job, nulls[i], NULL);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_text(json_object_get(job, "progress"), counts[i], NULL);
    json_decref(job);
}

static void a_file_is_an_instance_or_an_outcome(void **state)
{
    (void)state;
    json_t *file = job_file_to_json(&config, "0a", &instance);
    assert_text(file, "name", "CT.1.2.3");
    assert_text(file, "sopInstanceUid", "1.2.3");
    assert_text(file, "existing", "kept");
    assert_text(file, "url", "/pacs/v1/jobs/0a/files/CT.1.2.3");
    assert_int_equal(json_integer_value(json_object_get(file, "bytes")), 77);
    json_decref(file);
    file = job_file_to_json(&config, "0a", &outcome);
    assert_text(file, "sopInstanceUid", NULL);
    assert_text(file, "sopClassUid", NULL);
    assert_text(file, "transferSyntaxUid", NULL);
    assert_text(file, "existing", NULL);
    json_decref(file);
}

static json_t *make_job(void)
{
    return job_to_json(&config, &incomplete);
}

static json_t *make_file(void)
{
    return job_file_to_json(&config, "0a", &instance);
}

static void nothing_is_half_made_when_memory_is_out(void **state)
{
    json_t *(*const makers[])(void) = {make_job, make_file};
    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct cgw_alloc_report report;
        size_t n = 0;
        do {
            cgw_alloc_begin(++n);
            json_t *made = makers[i]();
            bool is_made = made != NULL;
            json_decref(made);
            report = cgw_alloc_end();
            assert_int_equal(report.live, 0);
            assert_int_equal(is_made, !report.failed);
        } while (report.failed);
        assert_true(n > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_what_its_info_says),
        cmocka_unit_test(what_is_not_yet_is_null),
        cmocka_unit_test(a_file_is_an_instance_or_an_outcome),
        cmocka_unit_test(nothing_is_half_made_when_memory_is_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
