#include "history_steps.h"

#include "unit/cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_JOBS = 16, MAX_FILES = 64, LARGE_IDENTIFIER = 100000 };

struct cgw_job_info steps_info(const char *id)
{
    struct cgw_job_info info = {.state = CGW_JOB_QUEUED,
                                .peer = "main",
                                .label = "a label",
                                .level = "STUDY",
                                .model = CGW_MODEL_STUDY,
                                .created_ms = 1000,
                                .error = CGW_ERROR_INIT};
    (void)snprintf(info.id, sizeof info.id, "%s", id);
    return info;
}

struct history_order steps_order(void)
{
    static char overrides[] = "called-aet=OTHER\nacse-timeout=3\n";
    static uint8_t identifier[] = {8, 0, 0x52, 0, 'C', 'S', 6, 0, 'S', 'T', 'U', 'D', 'Y', ' '};
    return (struct history_order){.overrides = overrides,
                                  .identifier = identifier,
                                  .identifier_length = sizeof identifier,
                                  .digest = true};
}

struct cgw_job_file steps_file(const char *path, uint64_t bytes, const char *sop_instance)
{
    const char *slash = strrchr(path, '/');
    bool is_outcome = sop_instance[0] == '\0';
    struct cgw_job_file file = {.bytes = bytes, .existing = CGW_EXISTING_NONE};
    (void)snprintf(file.name, sizeof file.name, "%s", slash != NULL ? slash + 1 : path);
    (void)snprintf(file.path, sizeof file.path, "%s", path);
    (void)snprintf(file.sop_class, sizeof file.sop_class, "%s",
                   is_outcome ? "" : "1.2.840.10008.5.1.4.1.1.2");
    (void)snprintf(file.sop_instance, sizeof file.sop_instance, "%s", sop_instance);
    (void)snprintf(file.transfer_syntax, sizeof file.transfer_syntax, "%s",
                   is_outcome ? "" : "1.2.840.10008.1.2.1");
    return file;
}

/* ---- the steps ---- */

static enum cgw_code add_queued(struct history *history, struct cgw_error *err)
{
    struct cgw_job_info info = steps_info(STEPS_ID("1"));
    struct history_order order = steps_order();
    return history_add(history, &info, &order, err);
}

static enum cgw_code add_large(struct history *history, struct cgw_error *err)
{
    static uint8_t identifier[LARGE_IDENTIFIER];
    struct cgw_job_info info = steps_info(STEPS_ID("2"));
    struct history_order order = steps_order();
    memset(identifier, 'i', sizeof identifier);
    order.identifier = identifier;
    order.identifier_length = sizeof identifier;
    info.state = CGW_JOB_RUNNING;
    info.runs = 1;
    return history_add(history, &info, &order, err);
}

static enum cgw_code take(struct history *history, struct cgw_error *err)
{
    struct cgw_job_info info;
    struct history_order order;
    bool found = false;
    enum cgw_code code = history_take_queued(history, 2000, &found, &info, &order, err);
    if (code != CGW_OK)
        return code;
    assert_true(found);
    history_order_release(&order);
    return CGW_OK;
}

static enum cgw_code add_file(struct history *history, const char *id, const char *path, uint64_t bytes,
                              const char *sop_instance, struct cgw_error *err)
{
    struct cgw_job_file file = steps_file(path, bytes, sop_instance);
    return history_add_file(history, id, &file, err);
}

static enum cgw_code add_first_file(struct history *history, struct cgw_error *err)
{
    return add_file(history, STEPS_ID("1"), "a/CT.1.1", 100, "1.1", err);
}

static enum cgw_code add_shared_file(struct history *history, struct cgw_error *err)
{
    return add_file(history, STEPS_ID("2"), "a/CT.1.1", 120, "1.1", err);
}

static enum cgw_code add_file_again(struct history *history, struct cgw_error *err)
{
    return add_file(history, STEPS_ID("1"), "a/CT.1.1", 90, "1.1", err);
}

static enum cgw_code add_file_of_the_same_name(struct history *history, struct cgw_error *err)
{
    return add_file(history, STEPS_ID("1"), "b/CT.1.1", 11, "1.1", err);
}

static enum cgw_code replace_shared_file(struct history *history, struct cgw_error *err)
{
    struct cgw_job_file file = steps_file("a/CT.1.1", 150, "1.1");
    file.existing = CGW_EXISTING_REPLACED;
    return history_add_file(history, STEPS_ID("2"), &file, err);
}

static enum cgw_code note_known(struct history *history, struct cgw_error *err)
{
    return history_note_known(history, STEPS_ID("1"), 3, err);
}

static enum cgw_code add_second_file(struct history *history, struct cgw_error *err)
{
    return add_file(history, STEPS_ID("1"), "a/CT.1.2", 7, "1.2", err);
}

static enum cgw_code add_outcome(struct history *history, struct cgw_error *err)
{
    return add_file(history, STEPS_ID("1"), "a/outcome-1.json", 30, "", err);
}

static enum cgw_code end_incomplete(struct history *history, struct cgw_error *err)
{
    struct cgw_job_info info = steps_info(STEPS_ID("1"));
    bool changed = false;
    info.state = CGW_JOB_INCOMPLETE;
    info.ended_ms = 3000;
    info.known = 4;
    info.told = 3;
    info.remaining = 0;
    info.failed = 1;
    (void)snprintf(info.outcome, sizeof info.outcome, "outcome-1.json");
    (void)cgw_fail(&info.error, CGW_E_INCOMPLETE, "one instance of three failed");
    enum cgw_code code = history_change(history, &info, CGW_JOB_RUNNING, &changed, err);
    assert_true(code != CGW_OK || changed);
    return code;
}

static enum cgw_code interrupt(struct history *history, struct cgw_error *err)
{
    size_t count = 0;
    enum cgw_code code = history_interrupt_running(history, 4000, &count, err);
    assert_true(code != CGW_OK || count == 1);
    return code;
}

static enum cgw_code remove_second_file(struct history *history, struct cgw_error *err)
{
    return history_remove_file(history, STEPS_ID("1"), "a/CT.1.2", err);
}

static enum cgw_code remove_file_of_the_same_name(struct history *history, struct cgw_error *err)
{
    return history_remove_file(history, STEPS_ID("1"), "b/CT.1.1", err);
}

static enum cgw_code remove_job(struct history *history, struct cgw_error *err)
{
    return history_remove(history, STEPS_ID("2"), err);
}

/* Two calls; what the first one does is not seen without the second. */
static enum cgw_code leave_upload(struct history *history, struct cgw_error *err)
{
    enum cgw_code code = history_add_upload(history, "a/CT.1.3", "an upload", err);
    return code == CGW_OK ? history_leave_uploads(history, err) : code;
}

static enum cgw_code remove_upload(struct history *history, struct cgw_error *err)
{
    return history_remove_upload(history, "a/CT.1.3", "an upload", err);
}

const struct step history_steps[] = {
    {"add a queued job", add_queued},
    {"add a running job with a large Identifier", add_large},
    {"take the queued job", take},
    {"add a file", add_first_file},
    {"add the same file to another job", add_shared_file},
    {"add a file once more", add_file_again},
    {"add a file of the same name", add_file_of_the_same_name},
    {"replace the file that two jobs have", replace_shared_file},
    {"note how many there are", note_known},
    {"add a second file", add_second_file},
    {"add an outcome", add_outcome},
    {"end a job", end_incomplete},
    {"interrupt what runs", interrupt},
    {"remove a file", remove_second_file},
    {"remove one of two files of a name", remove_file_of_the_same_name},
    {"remove a job with its Identifier and files", remove_job},
    {"leave an upload", leave_upload},
    {"forget an upload", remove_upload},
};
const size_t history_step_count = COUNT(history_steps);

/* ---- as text ---- */

static void write_job(FILE *text, const struct cgw_job_info *info)
{
    (void)fprintf(text, "job %s %s %s '%s' %s %s %" PRId64 " %" PRId64 " %" PRId64, info->id,
                  cgw_job_state_name(info->state), info->peer, info->label, info->level,
                  cgw_model_name(info->model), info->created_ms, info->started_ms, info->ended_ms);
    (void)fprintf(text, " runs %u instances %" PRIu64 " bytes %" PRIu64 " known %" PRIu64, info->runs,
                  info->instances, info->bytes, info->known);
    (void)fprintf(text, " told %" PRIu64 " %d %d", info->told, info->remaining, info->failed);
    (void)fprintf(text, " error %s %d %u '%s' outcome '%s'\n", cgw_code_name(info->error.code),
                  info->error.dimse_status, info->error.retry_after_s, info->error.detail, info->outcome);
}

static bool write_order(FILE *text, struct history *history, const char *id)
{
    struct history_order order;
    struct cgw_error err = CGW_ERROR_INIT;
    unsigned long sum = 0;
    if (history_show_order(history, id, &order, &err) != CGW_OK)
        return false;
    for (size_t i = 0; i < order.identifier_length; i++)
        sum = sum * 31 + order.identifier[i];
    (void)fprintf(text, "  order '%s' %zu bytes %lx digest %d\n", order.overrides, order.identifier_length,
                  sum, order.digest);
    history_order_release(&order);
    return true;
}

static bool write_files(FILE *text, struct history *history, const struct cgw_job_info *info)
{
    static struct cgw_job_file files[MAX_FILES];
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    uint64_t bytes = 0, instances = 0;
    if (history_list_files(history, info->id, NULL, files, MAX_FILES, &count, &err) != CGW_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(text, "  file %s %s %" PRIu64 " '%s' '%s' '%s' %d %d\n", files[i].name, files[i].path,
                      files[i].bytes, files[i].sop_class, files[i].sop_instance, files[i].transfer_syntax,
                      files[i].existing, files[i].is_owned);
        bytes += files[i].bytes;
        instances += files[i].sop_instance[0] != '\0';
    }
    assert_int_equal(info->bytes, bytes);
    assert_int_equal(info->instances, instances);
    return true;
}

/* Those that are left. */
static bool write_uploads(FILE *text, struct history *history)
{
    static struct history_upload upload;
    struct cgw_error err = CGW_ERROR_INIT;
    bool found = true;
    upload = (struct history_upload){.key = ""};
    while (found) {
        const struct history_upload after = upload;
        if (history_next_upload(history, &after, &found, &upload, &err) != CGW_OK)
            return false;
        if (found)
            (void)fprintf(text, "upload %s %s\n", upload.key, upload.upload);
    }
    return true;
}

char *history_to_text(struct history *history)
{
    static const struct cgw_job_filter all;
    static struct cgw_job_info infos[MAX_JOBS];
    struct cgw_error err = CGW_ERROR_INIT;
    uint64_t stored = 0;
    size_t count = 0, length = 0;
    char *buffer = NULL;
    FILE *text = open_memstream(&buffer, &length);
    assert_non_null(text);
    bool is_whole = history_list(history, &all, infos, MAX_JOBS, &count, &err) == CGW_OK &&
                    history_stored_bytes(history, &stored, &err) == CGW_OK;
    for (size_t i = 0; is_whole && i < count; i++) {
        write_job(text, &infos[i]);
        is_whole = write_order(text, history, infos[i].id) && write_files(text, history, &infos[i]);
    }
    is_whole = is_whole && write_uploads(text, history);
    (void)fprintf(text, "stored %" PRIu64 "\n", stored);
    assert_int_equal(fclose(text), 0);
    if (is_whole)
        return buffer;
    free(buffer);
    return NULL;
}
