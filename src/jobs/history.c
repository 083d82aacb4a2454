/* The jobs of the history. */
#include "history_job.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_ID "~" /* behind every hexadecimal digit */

void history_order_release(struct history_order *order)
{
    free(order->overrides);
    free(order->identifier);
    *order = (struct history_order){.identifier_length = 0};
}

/* ---- making and changing ---- */

enum cgw_code history_add(struct history *history, const struct cgw_job_info *info,
                          const struct history_order *order, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_ADD_JOB);
    call_bind_text(&call, info->id);
    call_bind_text(&call, cgw_job_state_name(info->state));
    call_bind_text(&call, info->peer);
    call_bind_text(&call, info->label);
    call_bind_text(&call, info->level);
    call_bind_text(&call, cgw_model_name(info->model));
    call_bind_integer(&call, info->created_ms);
    call_bind_integer(&call, info->started_ms);
    call_bind_integer(&call, info->runs);
    call_bind_integer(&call, CGW_NO_COUNT); /* remaining */
    call_bind_integer(&call, CGW_NO_COUNT); /* failed */
    call_bind_text(&call, cgw_code_name(CGW_OK));
    call_bind_integer(&call, CGW_NO_STATUS);
    (void)call_run(&call);
    call_use(&call, HISTORY_ADD_ORDER);
    call_bind_text(&call, info->id);
    call_bind_text(&call, order->overrides);
    call_bind_bytes(&call, order->identifier, order->identifier_length);
    call_bind_integer(&call, order->digest);
    (void)call_run(&call);
    return call_end(&call);
}

enum cgw_code history_interrupt_running(struct history *history, int64_t now_ms, size_t *ret_count,
                                        struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_INTERRUPT);
    call_bind_text(&call, cgw_job_state_name(CGW_JOB_INTERRUPTED));
    call_bind_integer(&call, now_ms);
    call_bind_text(&call, cgw_code_name(CGW_E_INTERRUPTED));
    call_bind_integer(&call, CGW_NO_STATUS);
    call_bind_text(&call, "the gateway ended while the job ran; what was stored until then stays");
    call_bind_text(&call, cgw_job_state_name(CGW_JOB_RUNNING));
    *ret_count = call_run(&call);
    return call_end(&call);
}

static void read_order(struct call *call, const char *id, struct history_order *order)
{
    size_t overrides_length;
    call_use(call, HISTORY_SHOW_ORDER);
    call_bind_text(call, id);
    if (!call_step(call)) {
        call_fail(call, CGW_E_UNKNOWN_JOB, "there is no job of this id");
        return;
    }
    order->overrides = call_read_copy(call, &overrides_length);
    order->identifier = call_read_copy(call, &order->identifier_length);
    order->digest = call_read_integer(call, 0, 1) != 0;
}

enum cgw_code history_take_queued(struct history *history, int64_t now_ms, bool *ret_found,
                                  struct cgw_job_info *ret_info, struct history_order *ret_order,
                                  struct cgw_error *err)
{
    struct call call;
    struct history_order order = {.identifier_length = 0};
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_TAKE);
    call_bind_text(&call, cgw_job_state_name(CGW_JOB_RUNNING));
    call_bind_integer(&call, now_ms);
    call_bind_text(&call, cgw_job_state_name(CGW_JOB_QUEUED));
    bool found = call_step(&call);
    if (found) {
        call_read_job(&call, ret_info);
        (void)call_step(&call); /* to its end */
        read_order(&call, ret_info->id, &order);
    }
    enum cgw_code code = call_end(&call);
    if (code != CGW_OK || !found) {
        history_order_release(&order);
        *ret_found = false;
        return code;
    }
    *ret_order = order;
    *ret_found = true;
    return CGW_OK;
}

enum cgw_code history_change(struct history *history, const struct cgw_job_info *info,
                             enum cgw_job_state from, bool *ret_changed, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_want_job(&call, info->id);
    call_use(&call, HISTORY_CHANGE);
    call_bind_text(&call, cgw_job_state_name(info->state));
    call_bind_integer(&call, info->ended_ms);
    call_bind_integer(&call, (int64_t)info->known);
    call_bind_integer(&call, (int64_t)info->told);
    call_bind_integer(&call, info->remaining);
    call_bind_integer(&call, info->failed);
    call_bind_error(&call, &info->error);
    call_bind_text(&call, info->outcome);
    call_bind_text(&call, info->id);
    call_bind_text(&call, cgw_job_state_name(from));
    bool changed = call_run(&call) == 1;
    enum cgw_code code = call_end(&call);
    *ret_changed = code == CGW_OK && changed;
    return code;
}

enum cgw_code history_note_known(struct history *history, const char *id, uint64_t known,
                                 struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_want_job(&call, id);
    call_use(&call, HISTORY_NOTE_KNOWN);
    call_bind_integer(&call, (int64_t)known);
    call_bind_text(&call, id);
    (void)call_run(&call);
    return call_end(&call);
}

/* SQLite keeps the keys of the rows that one statement deletes in memory, so it is not left to the cascade: a
 * job may have 100,000 files. */
static void remove_files(struct call *call, const char *id)
{
    do {
        call_use(call, HISTORY_REMOVE_FILES);
        call_bind_text(call, id);
    } while (call_run(call) > 0);
}

enum cgw_code history_remove(struct history *history, const char *id, struct cgw_error *err)
{
    struct call call;
    int64_t stored_change = 0;
    call_begin(&call, &history->database, err);
    if (history->knows_stored_bytes) {
        call_use(&call, HISTORY_STORED_BYTES_OF_JOB);
        call_bind_text(&call, id);
        (void)call_step(&call);
        stored_change = -call_read_integer(&call, 0, INT64_MAX);
    }
    remove_files(&call, id);
    call_use(&call, HISTORY_REMOVE);
    call_bind_text(&call, id);
    if (call_run(&call) == 0)
        call_fail(&call, CGW_E_UNKNOWN_JOB, "there is no job of this id");
    return history_end(history, &call, stored_change);
}

/* ---- looking ---- */

enum cgw_code history_show(struct history *history, const char *id, struct cgw_job_info *ret_info,
                           struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_SHOW);
    call_bind_text(&call, id);
    if (call_step(&call))
        call_read_job(&call, ret_info);
    else
        call_fail(&call, CGW_E_UNKNOWN_JOB, "there is no job of this id");
    return call_end(&call);
}

enum cgw_code history_show_order(struct history *history, const char *id, struct history_order *ret_order,
                                 struct cgw_error *err)
{
    struct call call;
    struct history_order order = {.identifier_length = 0};
    call_begin(&call, &history->database, err);
    read_order(&call, id, &order);
    enum cgw_code code = call_end(&call);
    if (code == CGW_OK)
        *ret_order = order;
    else
        history_order_release(&order);
    return code;
}

static enum history_statement list_statement(const struct cgw_job_filter *filter)
{
    if (filter->peer != NULL)
        return filter->has_state ? HISTORY_LIST_OF_BOTH : HISTORY_LIST_OF_PEER;
    return filter->has_state ? HISTORY_LIST_OF_STATE : HISTORY_LIST;
}

enum cgw_code history_list(struct history *history, const struct cgw_job_filter *filter,
                           struct cgw_job_info *infos, size_t max, size_t *ret_count, struct cgw_error *err)
{
    struct call call;
    size_t count = 0;
    call_begin(&call, &history->database, err);
    call_use(&call, list_statement(filter));
    call_bind_text(&call, filter->before != NULL ? filter->before : EVERY_ID);
    if (filter->peer != NULL)
        call_bind_text(&call, filter->peer);
    if (filter->has_state)
        call_bind_text(&call, cgw_job_state_name(filter->state));
    call_bind_integer(&call, (int64_t)max);
    while (count < max && call_step(&call))
        call_read_job(&call, &infos[count++]);
    *ret_count = count;
    return call_end(&call);
}

enum cgw_code history_count(struct history *history, enum cgw_job_state state, size_t *ret_count,
                            struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_COUNT);
    call_bind_text(&call, cgw_job_state_name(state));
    (void)call_step(&call);
    *ret_count = (size_t)call_read_integer(&call, 0, INT64_MAX);
    return call_end(&call);
}

enum cgw_code history_list_over(struct history *history, int64_t ended_before_ms, bool with_files,
                                char (*ids)[CGW_JOB_ID_BYTES], size_t max, size_t *ret_count,
                                struct cgw_error *err)
{
    struct call call;
    size_t count = 0;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_LIST_OVER);
    call_bind_integer(&call, ended_before_ms);
    call_bind_integer(&call, with_files ? 1 : 0); /* bytes at least */
    call_bind_integer(&call, (int64_t)max);
    while (count < max && call_step(&call))
        call_read_text(&call, ids[count++], CGW_JOB_ID_BYTES);
    *ret_count = count;
    return call_end(&call);
}
