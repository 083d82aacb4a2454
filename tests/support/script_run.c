#include "support/script_run.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef enum step step_function(struct connection *connection);

enum step connection_fail(struct connection *connection, const char *format, ...)
{
    struct scripted_peer *peer = connection->peer;
    char reason[768];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    (void)pthread_mutex_lock(&peer->lock);
    if (peer->failure == NULL && !peer->stopping &&
        asprintf(&peer->failure, "connection %zu, line %d (%.80s): %s", connection->index,
                 connection->line->number, connection->line->original, reason) < 0)
        peer->failure = NULL;
    (void)pthread_mutex_unlock(&peer->lock);
    return STEP_FAILED;
}

/* Half closes and waits for the other side, because close with unread bytes would send RST instead of FIN. */
static void close_politely(struct connection *connection)
{
    bool reset = false;
    if (connection->fd < 0)
        return;
    (void)shutdown(connection->fd, SHUT_WR);
    (void)connection_drain(connection, cgw_deadline_in(EXPECT_TIMEOUT_MS), &reset);
    (void)close(connection->fd);
    connection->fd = -1;
}

static void close_with_reset(struct connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (connection->fd < 0)
        return;
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void)close(connection->fd);
    connection->fd = -1;
}

static enum step step_nothing(struct connection *connection)
{
    (void)connection;
    return STEP_OK;
}

static enum step step_next_connection(struct connection *connection)
{
    (void)connection;
    return STEP_END;
}

static enum step step_begin_pdu(struct connection *connection)
{
    cgw_buffer_clear(&connection->corked);
    connection->is_corked = true;
    return STEP_OK;
}

static enum step step_end_pdu(struct connection *connection)
{
    struct cgw_buffer head = CGW_BUFFER_INIT(PDU_HEAD_BYTES);
    put_pdu_head(&head, PDU_DATA, (uint32_t)connection->corked.length);
    connection->is_corked = false;
    enum step step = connection_send(connection, head.bytes, head.length);
    cgw_buffer_release(&head);
    return step == STEP_OK ? connection_send(connection, connection->corked.bytes, connection->corked.length)
                           : step;
}

static enum step step_drip(struct connection *connection)
{
    connection->drip_bytes = script_number(connection->line, "bytes", 1);
    connection->drip_every_ms = (int64_t)script_number(connection->line, "every-ms", 1);
    return STEP_OK;
}

static enum step step_wait(struct connection *connection)
{
    struct scripted_peer *peer = connection->peer;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_TIMEOUT_MS / 1000;
    int result = 0;
    (void)pthread_mutex_lock(&peer->lock);
    while (!peer->stopping && result == 0 && !name_list_has(&peer->gone, script_word(connection->line, 1)))
        result = pthread_cond_timedwait(&peer->changed, &peer->lock, &until);
    bool stopping = peer->stopping;
    (void)pthread_mutex_unlock(&peer->lock);
    if (result != 0)
        return connection_fail(connection, "the test did not say go");
    return stopping ? STEP_END : STEP_OK;
}

static enum step step_signal(struct connection *connection)
{
    struct scripted_peer *peer = connection->peer;
    (void)pthread_mutex_lock(&peer->lock);
    (void)name_list_add(&peer->signalled, script_word(connection->line, 1));
    (void)pthread_cond_broadcast(&peer->changed);
    (void)pthread_mutex_unlock(&peer->lock);
    return STEP_OK;
}

static enum step step_cut(struct connection *connection)
{
    if (strcmp(script_word(connection->line, 1), "rst") == 0)
        close_with_reset(connection);
    else
        (void)shutdown(connection->fd, SHUT_WR);
    return STEP_END;
}

static enum step step_refuse(struct connection *connection)
{
    close_with_reset(connection);
    return STEP_END;
}

static enum step step_hold(struct connection *connection)
{
    bool reset = false;
    (void)connection_drain(connection, CGW_NEVER, &reset);
    return STEP_END;
}

static enum step step_freeze(struct connection *connection)
{
    (void)pthread_mutex_lock(&connection->peer->lock);
    connection->is_done = true;
    (void)pthread_cond_broadcast(&connection->peer->changed);
    while (!connection->peer->stopping)
        (void)pthread_cond_wait(&connection->peer->changed, &connection->peer->lock);
    (void)pthread_mutex_unlock(&connection->peer->lock);
    return STEP_END;
}

static enum step step_may_close(struct connection *connection)
{
    connection->may_close = true;
    return STEP_OK;
}

static enum step step_number(struct connection *connection)
{
    const char *word = script_word(connection->line, 0);
    int64_t number = strtoll(script_word(connection->line, 1), NULL, 10);
    if (number <= 0)
        return connection_fail(connection, "needs a number above 0");
    if (strcmp(word, "deadline-ms") == 0) {
        connection->expect_timeout_ms = number;
    } else if (strcmp(word, "send-deadline-ms") == 0) {
        connection->send_timeout_ms = number;
    } else {
        int bytes = (int)number;
        (void)setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    }
    return STEP_OK;
}

static const struct {
    const char *word;
    step_function *run;
} steps[] = {
    {"accept", step_nothing},
    {"expect", step_expect},
    {"send", step_send},
    {"begin-pdu", step_begin_pdu},
    {"end-pdu", step_end_pdu},
    {"drip", step_drip},
    {"wait", step_wait},
    {"signal", step_signal},
    {"cut", step_cut},
    {"refuse", step_refuse},
    {"hold", step_hold},
    {"freeze", step_freeze},
    {"may-close", step_may_close},
    {"deadline-ms", step_number},
    {"send-deadline-ms", step_number},
    {"send-buffer", step_number},
    {"connection", step_next_connection},
};

static enum step run_step(struct connection *connection)
{
    const char *word = connection->line->words[0];
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].word, word) == 0)
            return steps[i].run(connection);
    }
    return connection_fail(connection, "unknown command");
}

/* Returns false when the peer is being stopped: a loop without end would not notice. */
static bool note_done(struct connection *connection, size_t index)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)pthread_mutex_lock(&connection->peer->lock);
    connection->done_ns[index] = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    bool trace = connection->peer->trace;
    bool go_on = !connection->peer->stopping;
    (void)pthread_mutex_unlock(&connection->peer->lock);
    if (trace)
        (void)fprintf(stderr, "connection %zu: line %d: %s\n", connection->index, connection->line->number,
                      connection->line->original);
    return go_on;
}

/* The line after this one: a loop's end goes back while there are rounds left. */
static size_t next_line(struct connection *connection, size_t index)
{
    const struct script_line *line = &connection->peer->script.lines[index];
    if (strcmp(line->words[0], "end") != 0)
        return index + 1;
    size_t loop = (size_t)line->partner;
    if (connection->loops_left[loop] > 0 && --connection->loops_left[loop] == 0)
        return index + 1;
    return loop + 1;
}

static bool is_loop_word(struct connection *connection, size_t index)
{
    const char *word = connection->line->words[0];
    if (strcmp(word, "loop") == 0)
        connection->loops_left[index] = strtoull(script_word(connection->line, 1), NULL, 10);
    return strcmp(word, "loop") == 0 || strcmp(word, "end") == 0;
}

static void run_script(struct connection *connection)
{
    const struct script *script = &connection->peer->script;
    enum step step = STEP_OK;
    for (size_t index = connection->first_line; step == STEP_OK && index < script->count;) {
        connection->line = &script->lines[index];
        if (!is_loop_word(connection, index)) {
            step = run_step(connection);
            /* A drip is for the send that follows it. */
            if (strcmp(connection->line->words[0], "send") == 0 ||
                strcmp(connection->line->words[0], "end-pdu") == 0)
                connection->drip_bytes = 0;
        }
        if ((step == STEP_OK || step == STEP_END) && !note_done(connection, index))
            step = STEP_END;
        index = next_line(connection, index);
    }
    if (step == STEP_CLOSED && !connection->may_close)
        (void)connection_fail(connection, "the other side closed the connection");
}

void *connection_run(void *argument)
{
    struct connection *connection = argument;
    run_script(connection);
    (void)pthread_mutex_lock(&connection->peer->lock);
    bool failed = connection->peer->failure != NULL;
    (void)pthread_mutex_unlock(&connection->peer->lock);
    /* After a failure the other side should see the end at once, so that the test does not wait for its
     * deadline. */
    if (failed)
        close_with_reset(connection);
    close_politely(connection);
    (void)pthread_mutex_lock(&connection->peer->lock);
    connection->is_done = true;
    (void)pthread_cond_broadcast(&connection->peer->changed);
    (void)pthread_mutex_unlock(&connection->peer->lock);
    return NULL;
}

void connection_free(struct connection *connection)
{
    associate_rq_free(connection->associate_rq);
    while (connection->requests != NULL) {
        struct received_request *request = connection->requests;
        connection->requests = request->next;
        free(request->request.identifier);
        free(request);
    }
    cgw_buffer_release(&connection->pdu);
    cgw_buffer_release(&connection->corked);
    free(connection->loops_left);
    free(connection->done_ns);
    if (connection->fd >= 0)
        (void)close(connection->fd);
    free(connection);
}
