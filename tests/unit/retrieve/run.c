#include "run.h"

#include "unit/cmocka_all.h"

#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <string.h>

struct memory_peer *run_peer(struct run *run, size_t connection)
{
    return connection == 0 ? &run->setting.memory : &run->others[connection - 1];
}

void run_init(struct run *run, const char *const *scripts)
{
    setting_init(&run->setting);
    run->retrieve = NULL;
    run->err = (struct cgw_error)CGW_ERROR_INIT;
    run->events[0] = '\0';
    run->setting.peer.max_passes = 10;
    run->setting.others = run->others;
    for (size_t i = 0; i < RUN_MAX_CONNECTIONS; i++) {
        if (i > 0)
            memory_peer_init(&run->others[i - 1]);
        if (scripts[i] == NULL)
            break;
        run->setting.other_count = i;
        say_script_of(run_peer(run, i), &run->setting, scripts[i]);
    }
}

void run_release(struct run *run)
{
    cgw_retrieve_free(run->retrieve);
    for (size_t i = 0; i < run->setting.other_count; i++) {
        assert_int_equal(run->others[i].closed, i + 1 < run->setting.connections);
        memory_peer_release(&run->others[i]);
    }
    setting_release(&run->setting);
}

void run_have(struct run *run, const char *uids)
{
    size_t count = 0;
    for (; *uids != '\0'; uids += strspn(uids, " ")) {
        size_t length = strcspn(uids, " ");
        assert_true(count < RUN_MAX_PRIOR && length < CGW_UID_BYTES);
        (void)snprintf(run->prior_uids[count], CGW_UID_BYTES, "%.*s", (int)length, uids);
        run->prior[count] = (struct cgw_prior){.sop_instance = run->prior_uids[count],
                                               .sop_class = SETTING_CT_IMAGE,
                                               .transfer_syntax = CGW_TS_EXPLICIT_LE,
                                               .bytes = 10};
        count++;
        uids += length;
    }
    run->setting.prior = run->prior;
    run->setting.prior_count = count;
}

void run_open(struct run *run)
{
    run->code = setting_open(&run->setting, &run->retrieve, &run->err);
}

enum cgw_event_type run_take(struct run *run, bool may_wait)
{
    static const char letters[] = {
        [CGW_EVENT_INSTANCE] = 'I', [CGW_EVENT_BYTES] = 'B',   [CGW_EVENT_END] = 'E',
        [CGW_EVENT_PROGRESS] = 'P', [CGW_EVENT_OUTCOME] = 'O', [CGW_EVENT_AGAIN] = 'A'};
    struct cgw_event event;
    size_t length = strlen(run->events);
    cgw_retrieve_next(run->retrieve, may_wait, &event);
    assert_true(length + 1 < sizeof run->events);
    run->events[length] = letters[event.type];
    run->events[length + 1] = '\0';
    return event.type;
}

void run_to_end(struct run *run)
{
    run_open(run);
    while (run->code == CGW_OK && run_take(run, true) != CGW_EVENT_OUTCOME) {
    }
}

void run_check_heard(struct run *run, const char *what, const char *const *heard)
{
    for (size_t i = 0; i < RUN_MAX_CONNECTIONS && heard[i] != NULL; i++) {
        char text[1024];
        heard_as_text(&run_peer(run, i)->heard, text, sizeof text);
        if (strcmp(text, heard[i]) != 0)
            fail_msg("%s: peer %zu heard \"%s\"", what, i, text);
    }
}

void run_tell_missing(const struct cgw_outcome *outcome, char *text, size_t size)
{
    struct cgw_missing missing;
    size_t cursor = 0;
    text[0] = '\0';
    while (cgw_outcome_next_missing(outcome, &cursor, &missing))
        (void)snprintf(text + strlen(text), size - strlen(text), "%s%s:%s", text[0] != '\0' ? " " : "",
                       missing.sop_instance, cgw_missing_reason_name(missing.reason));
}

static void check_never_heard(struct run *run, const char *what, const char *text)
{
    for (size_t i = 0; i <= run->setting.other_count; i++) {
        const struct cgw_buffer *heard = &run_peer(run, i)->heard;
        if (heard->length > 0 && memmem(heard->bytes, heard->length, text, strlen(text)) != NULL)
            fail_msg("%s: peer %zu heard of %s", what, i, text);
    }
}

/* Requests, received and status of each pass: "1/2/B000 1/1/0000". */
static void tell_passes(const struct cgw_outcome *outcome, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < outcome->pass_count; i++) {
        const struct cgw_pass *pass = &outcome->passes[i];
        (void)snprintf(text + strlen(text), size - strlen(text), "%s%zu/%zu/%04X", i > 0 ? " " : "",
                       pass->requests, pass->received, (unsigned)pass->status & 0xFFFF);
    }
}

static void set(struct run *run, uint32_t tag, enum cgw_vr vr, const char *value)
{
    struct cgw_element *element = cgw_data_set_obtain(&run->setting.identifier, tag, vr);
    assert_non_null(element);
    assert_true(cgw_element_set_value(element, value, strlen(value)));
}

static void name_instances(struct run *run, const char *uids)
{
    set(run, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "IMAGE");
    set(run, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, "1.2.3.1");
    set(run, CGW_TAG_SOP_INSTANCE_UID, CGW_VR_UI, uids);
}

void run_check_row(const struct run_row *row, size_t most_at_once)
{
    struct run run;
    char missing[256], passes[256];
    run_init(&run, row->scripts);
    run.setting.at_least = row->at_least;
    run.setting.peer.plan_by_find = row->plan_by_find;
    run.setting.peer.ignore_counts = row->ignore_counts;
    run.setting.peer.max_passes = row->max_passes != 0 ? row->max_passes : 10;
    if (row->instances != NULL)
        name_instances(&run, row->instances);
    if (row->prior != NULL)
        run_have(&run, row->prior);
    for (size_t i = 0; i <= run.setting.other_count; i++)
        run_peer(&run, i)->most_at_once = most_at_once;
    run_to_end(&run);
    if (row->events == NULL) {
        assert_int_equal(run.code, row->code);
        run_release(&run);
        return;
    }
    if (run.code != CGW_OK)
        fail_msg("%s: not opened: %s", row->what, run.err.detail);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    if (outcome->error.code != row->code || outcome->complete != (row->code == CGW_OK))
        fail_msg("%s: %s: %s", row->what, cgw_code_name(outcome->error.code), outcome->error.detail);
    run_tell_missing(outcome, missing, sizeof missing);
    tell_passes(outcome, passes, sizeof passes);
    run_check_heard(&run, row->what, row->heard);
    if (row->never_heard != NULL)
        check_never_heard(&run, row->what, row->never_heard);
    if (most_at_once == 0 && strcmp(run.events, row->events) != 0)
        fail_msg("%s: events \"%s\"", row->what, run.events);
    if (strcmp(missing, row->missing) != 0)
        fail_msg("%s: missing \"%s\"", row->what, missing);
    if (strcmp(passes, row->passes) != 0)
        fail_msg("%s: passes \"%s\"", row->what, passes);
    if (row->known != 0 && outcome->known_instances != row->known)
        fail_msg("%s: %zu instances are known", row->what, outcome->known_instances);
    run_release(&run);
}
