#include "unit/cmocka_all.h"
#include "unit/ledger_entry.h"

#include "cgetway/outcome_json.h"
#include "retrieve/wanted.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 1 << 20 };

/* An outcome of one pass over two storage contexts, the second one refused. */
struct scene {
    struct cgw_pass pass;
    struct cgw_refused_context refused;
    struct cgw_uid_list syntaxes;
    struct cgw_ledger *ledger;
    struct cgw_outcome outcome;
};

static void scene_init(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    scene->syntaxes = (struct cgw_uid_list){.uids = {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}, .count = 2};
    scene->pass = (struct cgw_pass){.planned_from = CGW_PLANNED_FROM_FIND,
                                    .contexts = 3,
                                    .accepted = 2,
                                    .requests = 1,
                                    .received = 2,
                                    .status = 0x0000};
    scene->refused = (struct cgw_refused_context){.pass = 1,
                                                  .id = 5,
                                                  .result = CGW_CONTEXT_ABSTRACT_SYNTAX,
                                                  .abstract_syntax = "9.2",
                                                  .transfer_syntaxes = 1};
    scene->ledger = cgw_ledger_new();
    assert_non_null(scene->ledger);
    scene->outcome = (struct cgw_outcome){.complete = true,
                                          .error = CGW_ERROR_INIT,
                                          .report = CGW_REPORT_INIT,
                                          .ledger = scene->ledger,
                                          .syntaxes = &scene->syntaxes,
                                          .passes = &scene->pass,
                                          .pass_count = 1,
                                          .refused = &scene->refused,
                                          .refused_count = 1};
    scene->outcome.report.status = 0x0000;
    scene->outcome.report.completed = 2;
    scene->outcome.report.failed = 0;
}

static void scene_release(struct scene *scene)
{
    cgw_ledger_free(scene->ledger);
}

static char *write_all(const struct cgw_outcome *outcome, const char *prefix, const char *suffix,
                       size_t capacity)
{
    struct cgw_buffer text = CGW_BUFFER_INIT(TEXT_MAX_BYTES);
    char *piece = malloc(capacity);
    ssize_t length;
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, prefix, suffix);
    assert_non_null(writer);
    while ((length = cgw_outcome_writer_read(writer, piece, capacity)) > 0) {
        assert_true((size_t)length <= capacity);
        assert_true(cgw_buffer_append(&text, piece, (size_t)length));
    }
    assert_int_equal(length, 0);
    assert_int_equal(cgw_outcome_writer_read(writer, piece, capacity), 0);
    cgw_outcome_writer_free(writer);
    free(piece);
    assert_true(cgw_buffer_append(&text, "", 1));
    return (char *)text.bytes;
}

static void assert_writes(const struct cgw_outcome *outcome, const char *expected)
{
    char *text = write_all(outcome, "", "", 65536);
    json_error_t error;
    json_t *actual = json_loads(text, JSON_REJECT_DUPLICATES, &error),
           *wanted = json_loads(expected, 0, &error);
    assert_non_null(wanted);
    if (actual == NULL || !json_equal(actual, wanted))
        fail_msg("%s", text);
    json_decref(actual);
    json_decref(wanted);
    free(text);
}

/* The lists between what the peer said and what failed. */
#define PASSES                                                                                               \
    "\"passes\":[{\"pass\":1,\"plannedFrom\":\"find\",\"contexts\":3,\"accepted\":2,\"requests\":1,"         \
    "\"received\":2,\"status\":\"0000\"}],\"refusedContexts\":[{\"pass\":1,\"id\":5,"                        \
    "\"abstractSyntax\":\"9.2\",\"transferSyntaxes\":[\"1.2.840.10008.1.2.1\"],"                             \
    "\"result\":\"abstract syntax not supported\"}]"

static void a_complete_outcome_lists_every_instance(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    assert_true(add_entry(scene.ledger, "1.1", 10, CGW_ENTRY_RECEIVED));
    assert_true(add_entry(scene.ledger, "1.2", UINT64_C(5000000000), CGW_ENTRY_RECEIVED));
    assert_writes(
        &scene.outcome,
        "{\"complete\":true,\"received\":2,\"bytes\":5000000010,\"status\":\"0000\",\"meaning\":\"Success\","
        "\"completed\":2,\"failed\":0," PASSES ",\"failedSopInstanceUids\":[],\"missing\":[],\"instances\":["
        "{\"sopClassUid\":\"9.1\",\"sopInstanceUid\":\"1.1\",\"transferSyntaxUid\":\"1.2.840.10008.1.2.1\","
        "\"bytes\":10,\"result\":\"received\",\"pass\":1},"
        "{\"sopClassUid\":\"9.1\",\"sopInstanceUid\":\"1.2\",\"transferSyntaxUid\":\"1.2.840.10008.1.2.1\","
        "\"bytes\":5000000000,\"result\":\"received\",\"pass\":1}]}");
    scene_release(&scene);
}

static void an_incomplete_one_says_why_and_what_failed(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.outcome.complete = false;
    scene.outcome.report.status = 0xB000;
    scene.outcome.report.failed = 2;
    scene.outcome.report.remaining = 0;
    scene.outcome.report.warning = 1;
    scene.outcome.failed_uids = "1.7\0"
                                "1.80";
    scene.outcome.report.failed_uid_count = 2;
    memcpy(scene.outcome.report.error_comment, "a \"comment\"", 12);
    (void)cgw_fail(&scene.outcome.error, CGW_E_INCOMPLETE, "because of \"\\\t\"");
    assert_writes(
        &scene.outcome,
        "{\"complete\":false,\"received\":0,\"bytes\":0,\"status\":\"B000\",\"meaning\":\"Warning: "
        "sub-operations complete, some failed\",\"errorComment\":\"a \\\"comment\\\"\",\"completed\":2,"
        "\"failed\":2,\"warning\":1,\"remaining\":0,\"reason\":{\"code\":\"incomplete\","
        "\"detail\":\"because of \\\"\\\\\\t\\\"\"}," PASSES
        ",\"failedSopInstanceUids\":[\"1.7\",\"1.80\"],\"missing\":[],\"instances\":[]}");
    scene_release(&scene);
}

static void
without_a_final_response_there_is_no_status_and_extended_negotiation_is_told_when_asked(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.outcome.complete = false;
    scene.outcome.report.status = CGW_NO_STATUS;
    scene.outcome.report.completed = scene.outcome.report.failed = CGW_NO_COUNT;
    scene.outcome.extended_asked = scene.outcome.extended_answered = scene.outcome.relational_retrieval =
        true;
    (void)cgw_fail(&scene.outcome.error, CGW_E_PEER_CLOSED, "gone");
    assert_writes(
        &scene.outcome,
        "{\"complete\":false,\"received\":0,\"bytes\":0,\"extendedNegotiation\":{\"answered\":true,"
        "\"relationalRetrieval\":true,\"enhancedConversion\":false},\"reason\":{\"code\":\"peer-closed\","
        "\"detail\":\"gone\"}," PASSES ",\"failedSopInstanceUids\":[],\"missing\":[],\"instances\":[]}");
    scene_release(&scene);
}

static void a_refused_instance_has_no_uid_when_it_came_without_one(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    assert_true(add_entry(scene.ledger, "", 0, CGW_ENTRY_BAD_UID));
    scene.outcome.complete = false;
    char *text = write_all(&scene.outcome, "", "", 100);
    assert_non_null(strstr(text, "\"sopInstanceUid\":\"\""));
    assert_non_null(strstr(text, "\"result\":\"bad-uid\""));
    free(text);
    scene_release(&scene);
}

static void what_is_missing_is_listed_with_its_reason_and_what_came_later_has_not_failed(void **state)
{
    struct scene scene;
    struct cgw_error err = CGW_ERROR_INIT;
    uint16_t known = 0;
    (void)state;
    scene_init(&scene);
    struct cgw_wanted *wanted = wanted_new(10);
    assert_non_null(wanted);
    assert_true(wanted_add_class(wanted, "9.1", &known));
    assert_int_equal(wanted_add(wanted, "1.7", known, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_int_equal(wanted_add(wanted, "1.8", known, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_int_equal(wanted_add(wanted, "1.9", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
    wanted->items[0].state = WANTED_RECEIVED;
    wanted->items[1].state = WANTED_GIVEN_UP;
    assert_true(add_entry(scene.ledger, "1.7", 10, CGW_ENTRY_RECEIVED));
    scene.outcome.wanted = wanted;
    scene.outcome.failed_uids = "1.7\0"
                                "1.8";
    scene.outcome.report.failed_uid_count = 2;
    char *text = write_all(&scene.outcome, "", "", 100);
    assert_non_null(strstr(text, "\"failedSopInstanceUids\":[\"1.8\"]"));
    assert_non_null(strstr(text, "\"missing\":[{\"sopInstanceUid\":\"1.8\",\"reason\":\"not-sent\","
                                 "\"sopClassUid\":\"9.1\"},"
                                 "{\"sopInstanceUid\":\"1.9\",\"reason\":\"not-asked\"}]"));
    free(text);
    wanted_free(wanted);
    scene_release(&scene);
}

static void a_digest_is_written_in_hexadecimal(void **state)
{
    struct scene scene;
    uint8_t digest[CGW_DIGEST_BYTES] = {0x00, 0x1f, 0xff};
    const struct cgw_ledger_entry entry = {.sop_instance = "1.1",
                                           .sop_class = "9.1",
                                           .transfer_syntax = "1.2.840.10008.1.2.1",
                                           .bytes = 10,
                                           .pass = 2,
                                           .result = CGW_ENTRY_RECEIVED,
                                           .digest = digest};
    (void)state;
    scene_init(&scene);
    assert_true(cgw_ledger_add(scene.ledger, &entry));
    char *text = write_all(&scene.outcome, "", "", 100);
    assert_non_null(strstr(text, "\"pass\":2,\"sha256\":\"001fff00000000000000000000000000000000000000000000"
                                 "00000000000000\"}"));
    free(text);
    scene_release(&scene);
}

static void prior_instances_are_counted_and_are_of_no_pass(void **state)
{
    struct scene scene;
    const struct cgw_ledger_entry entry = {.sop_instance = "1.1",
                                           .sop_class = "9.1",
                                           .transfer_syntax = "1.2.840.10008.1.2.1",
                                           .bytes = 10,
                                           .result = CGW_ENTRY_RECEIVED};
    (void)state;
    scene_init(&scene);
    assert_true(cgw_ledger_add(scene.ledger, &entry));
    assert_true(add_entry(scene.ledger, "1.2", 20, CGW_ENTRY_RECEIVED));
    char *text = write_all(&scene.outcome, "", "", 100);
    assert_non_null(strstr(text, "\"received\":2,\"bytes\":30,\"prior\":1,\"status\""));
    assert_non_null(strstr(text, "\"bytes\":10,\"result\":\"received\",\"pass\":0}"));
    assert_non_null(strstr(text, "\"bytes\":20,\"result\":\"received\",\"pass\":1}"));
    free(text);
    scene_release(&scene);
}

static void every_capacity_gives_the_same_text_with_what_is_around_it(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.outcome.failed_uids = "1.7\0"
                                "1.80";
    scene.outcome.report.failed_uid_count = 2;
    for (int i = 0; i < 5; i++)
        assert_true(add_entry(scene.ledger, "1.1", 10, CGW_ENTRY_RECEIVED));
    char *whole = write_all(&scene.outcome, "{\"outcome\":", "}\n", 65536);
    assert_memory_equal(whole, "{\"outcome\":{\"complete\":true,", 28);
    assert_string_equal(whole + strlen(whole) - 5, "}]}}\n");
    for (size_t capacity = 1; capacity < strlen(whole) + 2; capacity++) {
        char *text = write_all(&scene.outcome, "{\"outcome\":", "}\n", capacity);
        assert_string_equal(text, whole);
        free(text);
    }
    free(whole);
    scene_release(&scene);
}

static void a_hundred_thousand_instances_are_written_piece_by_piece(void **state)
{
    struct scene scene;
    char piece[777];
    size_t total = 0;
    ssize_t length;
    (void)state;
    scene_init(&scene);
    for (int i = 0; i < 100000; i++)
        assert_true(add_entry(scene.ledger, "1.1", 10, CGW_ENTRY_RECEIVED));
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(&scene.outcome, "", "");
    while ((length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0)
        total += (size_t)length;
    assert_int_equal(length, 0);
    assert_true(total > 100000 * (size_t)100);
    cgw_outcome_writer_free(writer);
    scene_release(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_outcome_lists_every_instance),
        cmocka_unit_test(an_incomplete_one_says_why_and_what_failed),
        cmocka_unit_test(
            without_a_final_response_there_is_no_status_and_extended_negotiation_is_told_when_asked),
        cmocka_unit_test(a_refused_instance_has_no_uid_when_it_came_without_one),
        cmocka_unit_test(what_is_missing_is_listed_with_its_reason_and_what_came_later_has_not_failed),
        cmocka_unit_test(a_digest_is_written_in_hexadecimal),
        cmocka_unit_test(prior_instances_are_counted_and_are_of_no_pass),
        cmocka_unit_test(every_capacity_gives_the_same_text_with_what_is_around_it),
        cmocka_unit_test(a_hundred_thousand_instances_are_written_piece_by_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
