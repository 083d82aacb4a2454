/*
 * GET /v1/jobs/{job}/events: server-sent events (the HTML standard, 9.2). A sample of the job a few times a
 * second, in the thread of the connection; an event where it is another one than before, so that a client
 * which takes them slowly gets fewer of them and none is kept. The body ends behind the event `end`, and
 * without one where the gateway drains or stops: a browser then asks again by itself, as it does after a
 * broken connection. It does so behind `end`, too, and gets a 204, which says that there is nothing more.
 */
#include "handlers.h"

#include "job_json.h"
#include "parameters.h"
#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/deadline.h"
#include "cgetway/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_MS = 250, SILENCE_MS = 15000, RETRY_MS = 2000, TEXT_MAX_BYTES = 16 * 1024 };

#define LAST_ID "end"

struct events {
    struct request *request; /* whose exchange this is */
    struct cgw_job_info info;
    int64_t sampled_at_ms; /* info */
    int64_t told_at_ms;    /* when anything was written last */
    unsigned count;
    bool is_over;
    struct cgw_buffer text; /* written, and given out up to given */
    size_t given;
};

static void events_free(void *context)
{
    struct events *events = context;
    cgw_buffer_release(&events->text);
    free(events);
}

static bool differ(const struct cgw_job_info *a, const struct cgw_job_info *b)
{
    return a->state != b->state || a->runs != b->runs || a->instances != b->instances ||
           a->bytes != b->bytes || a->told != b->told || a->remaining != b->remaining ||
           a->failed != b->failed || a->started_ms != b->started_ms || a->ended_ms != b->ended_ms ||
           a->error.code != b->error.code || strcmp(a->outcome, b->outcome) != 0;
}

/* Bytes per second since the event before; bytes become fewer where an instance broke off. */
static json_t *rate_to_json(const struct events *events, const struct cgw_job_info *info, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - events->sampled_at_ms;
    if (events->count == 0 || elapsed_ms <= 0)
        return json_null();
    uint64_t bytes = info->bytes > events->info.bytes ? info->bytes - events->info.bytes : 0;
    return json_integer((json_int_t)(bytes * 1000 / (uint64_t)elapsed_ms));
}

static bool write_event(struct events *events, const struct cgw_job_info *info)
{
    bool is_end = cgw_job_state_is_over(info->state);
    int64_t now_ms = cgw_now_ms();
    char head[64], id[16] = LAST_ID;
    json_t *job = job_to_json(events->request->server->config, info);
    (void)json_object_set_new(json_object_get(job, "progress"), "rate", rate_to_json(events, info, now_ms));
    CGW_AUTO_FREE char *text = cgw_json_text(job, JSON_COMPACT);
    json_decref(job);
    if (!is_end)
        (void)snprintf(id, sizeof id, "%u", events->count + 1);
    (void)snprintf(head, sizeof head, "event: %s\nid: %s\ndata: ", is_end ? "end" : "progress", id);
    events->count++;
    events->info = *info;
    events->sampled_at_ms = events->told_at_ms = now_ms;
    events->is_over = is_end;
    return text != NULL && cgw_buffer_append_text(&events->text, head) &&
           cgw_buffer_append_text(&events->text, text) && cgw_buffer_append_text(&events->text, "\n\n");
}

static bool write_comment(struct events *events)
{
    events->told_at_ms = cgw_now_ms();
    return cgw_buffer_append_text(&events->text, ": still here\n\n");
}

enum next { NEXT_TEXT, NEXT_END, NEXT_CUT };

/* Waits until there is something to write. */
static enum next write_next(struct events *events)
{
    struct request *request = events->request;
    struct cgw_watch watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd};
    while (!events->is_over && !request->server->draining) {
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_job_info info;
        if (cgw_wait_for(-1, 0, watch, cgw_deadline_in(SAMPLE_MS), &err) != CGW_IO_AGAIN)
            return NEXT_END; /* the client has left, as it may at any time, or the gateway stops */
        if (cgw_jobs_show(request->server->jobs, request->values.of[PATH_JOB], &info, &err) != CGW_OK) {
            request_note_error(request, &err);
            return NEXT_END; /* whoever asks again is told why */
        }
        if (differ(&info, &events->info))
            return write_event(events, &info) ? NEXT_TEXT : NEXT_CUT;
        if (cgw_now_ms() - events->told_at_ms >= SILENCE_MS)
            return write_comment(events) ? NEXT_TEXT : NEXT_CUT;
    }
    return NEXT_END;
}

/* While this waits nobody has to hurry; between two calls the client has to take what it was given. */
static ssize_t read_events(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct events *events = context;
    (void)position;
    if (events->text.length == 0) {
        request_we_work(events->request);
        enum next next = write_next(events);
        request_client_takes(events->request, CGW_NEVER);
        if (next != NEXT_TEXT)
            return next == NEXT_END ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
    }
    return (ssize_t)cgw_buffer_give(&events->text, &events->given, bytes, capacity);
}

/* The browser asks again, behind the last event. */
static bool knows_the_end(const struct request *request, const struct cgw_job_info *info)
{
    const char *last_id = request_header(request, "Last-Event-ID");
    return last_id != NULL && strcmp(last_id, LAST_ID) == 0 && cgw_job_state_is_over(info->state);
}

enum MHD_Result handle_job_events(struct request *request)
{
    static const struct answer_field fields[] = {
        {"X-Accel-Buffering", "no"}, /* nginx would keep events back */
        {NULL, NULL}};
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job_info info;
    char retry[32];
    if (parameters_none(request, &err) != CGW_OK ||
        cgw_jobs_show(request->server->jobs, request->values.of[PATH_JOB], &info, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (knows_the_end(request, &info))
        return respond_empty(request, MHD_HTTP_NO_CONTENT, NULL);
    struct events *events = calloc(1, sizeof *events);
    if (events == NULL)
        return respond_no_memory(request);
    events->request = request;
    events->text = (struct cgw_buffer)CGW_BUFFER_INIT(TEXT_MAX_BYTES);
    request->exchange = events;
    request->free_exchange = events_free;
    (void)snprintf(retry, sizeof retry, "retry: %d\n\n", RETRY_MS);
    if (!cgw_buffer_append_text(&events->text, retry) || !write_event(events, &info))
        return respond_no_memory(request);
    return respond_reader(request, MHD_HTTP_OK, "text/event-stream", fields, NULL, read_events, events);
}
