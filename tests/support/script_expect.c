#include "support/script_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX_BYTES = 64 << 20 };

/* What came: a message, or a PDU that is none. */
struct event {
    uint8_t pdu_type; /* PDU_DATA: command and data_set are filled */
    uint8_t context;
    struct command command;
    struct cgw_buffer body; /* of the PDU, or the data set */
};

/* The next PDV, from the PDU that is being read or from the next one. STEP_OK with *ret_type other than
 * PDU_DATA: another PDU came, its body is in connection->pdu. */
static enum step next_pdv(struct connection *connection, struct cgw_deadline deadline, uint8_t *ret_type,
                          const uint8_t **ret_pdv, size_t *ret_length)
{
    *ret_type = PDU_DATA;
    if (connection->pdu_at == connection->pdu.length) {
        enum step step = connection_read_pdu(connection, deadline, ret_type, &connection->pdu);
        connection->pdu_at = 0;
        if (step != STEP_OK || *ret_type != PDU_DATA) {
            connection->pdu_at = connection->pdu.length;
            return step;
        }
        if (connection->max_pdu > 0 && connection->pdu.length > connection->max_pdu)
            return connection_fail(connection, "received a PDU longer than we said that we take");
    }
    size_t left = connection->pdu.length - connection->pdu_at;
    const uint8_t *head = connection->pdu.bytes + connection->pdu_at;
    uint32_t length = left < PDV_HEAD_BYTES ? 0 : get_be32(head);
    if (length < 2 || length > left - 4)
        return connection_fail(connection, "received a PDV whose length does not fit its PDU");
    *ret_pdv = head + 4;
    *ret_length = length;
    connection->pdu_at += 4 + length;
    return STEP_OK;
}

/* Command set or data set: all fragments up to the last. */
static enum step read_fragments(struct connection *connection, struct cgw_deadline deadline, bool of_command,
                                struct event *event, struct cgw_buffer *to)
{
    for (bool first = true;; first = false) {
        const uint8_t *pdv = NULL;
        size_t length = 0;
        uint8_t type = 0;
        enum step step = next_pdv(connection, deadline, &type, &pdv, &length);
        if (step != STEP_OK)
            return step;
        if (type != PDU_DATA) {
            /* An A-ABORT may cut a message; anything else may not. */
            if (!(of_command && first) && type != PDU_ABORT)
                return connection_fail(connection, "PDU type %u inside a message", type);
            event->pdu_type = type;
            return STEP_OK;
        }
        if (((pdv[1] & PDV_COMMAND) != 0) != of_command ||
            (!(of_command && first) && pdv[0] != event->context))
            return connection_fail(connection, "a fragment of another kind or context inside a message");
        event->context = pdv[0];
        if (length > 2 && !cgw_buffer_append(to, pdv + 2, length - 2))
            return connection_fail(connection, "received a message of more than 64 MiB");
        if ((pdv[1] & PDV_LAST) != 0)
            return STEP_OK;
    }
}

static enum step next_event(struct connection *connection, struct cgw_deadline deadline, struct event *event)
{
    struct support_error err = {.text = ""};
    struct cgw_buffer command = CGW_BUFFER_INIT(MESSAGE_MAX_BYTES);
    event->pdu_type = PDU_DATA;
    cgw_buffer_clear(&event->body);
    enum step step = read_fragments(connection, deadline, true, event, &command);
    if (step == STEP_OK && event->pdu_type == PDU_DATA &&
        !command_parse(command.bytes, command.length, &event->command, &err)) {
        step = connection_fail(connection, "%s", err.text);
    } else if (step == STEP_OK && event->pdu_type == PDU_DATA && event->command.data_set_type != 0x0101) {
        step = read_fragments(connection, deadline, false, event, &event->body);
    }
    if (step == STEP_OK && event->pdu_type != PDU_DATA) {
        cgw_buffer_clear(&event->body);
        (void)cgw_buffer_append(&event->body, connection->pdu.bytes, connection->pdu.length);
    }
    cgw_buffer_release(&command);
    return step;
}

static void describe(const struct event *event, char *text, size_t size)
{
    const struct command *command = &event->command;
    const uint8_t *body = event->body.bytes;
    if (event->pdu_type == PDU_DATA)
        (void)snprintf(text, size, "%s (message id %u, responding to %u, status %04X)",
                       command_name(command->field), command->message_id, command->responded_id,
                       command->status);
    else if (event->pdu_type == PDU_ABORT && event->body.length >= 4)
        (void)snprintf(text, size, "A-ABORT source %u reason %u", body[2], body[3]);
    else if (event->pdu_type == PDU_RELEASE_RQ)
        (void)snprintf(text, size, "A-RELEASE-RQ");
    else
        (void)snprintf(text, size, "a PDU of type %u", event->pdu_type);
}

static void keep_request(struct connection *connection, struct event *event)
{
    struct received_request *kept = calloc(1, sizeof(*kept));
    if (kept == NULL)
        return;
    kept->request = (struct scripted_request){
        .command_field = event->command.field,
        .message_id = event->command.message_id,
        .priority = event->command.priority,
        .context_id = event->context,
        .identifier = event->body.bytes,
        .identifier_length = event->body.length,
    };
    memcpy(kept->request.sop_class, event->command.sop_class, SCRIPTED_UID_BYTES);
    event->body.bytes = NULL;
    event->body.length = event->body.capacity = 0;
    connection->get_context = event->context;
    connection->last_request = event->command;
    (void)pthread_mutex_lock(&connection->peer->lock);
    kept->next = connection->requests;
    connection->requests = kept;
    (void)pthread_mutex_unlock(&connection->peer->lock);
}

static enum step check_store_rsp(struct connection *connection, const struct event *event, bool wanted)
{
    const char *status = script_option(connection->line, "status");
    (void)pthread_mutex_lock(&connection->peer->lock);
    connection->store_responses++;
    connection->last_store_status = event->command.status;
    (void)pthread_mutex_unlock(&connection->peer->lock);
    if (!wanted)
        return STEP_OK;
    if (event->command.responded_id != connection->store_message_id ||
        event->context != connection->store_context)
        return connection_fail(connection, "C-STORE-RSP for message id %u on context %u, sent were %u and %u",
                               event->command.responded_id, event->context, connection->store_message_id,
                               connection->store_context);
    if (status != NULL && event->command.status != strtoul(status, NULL, 16))
        return connection_fail(connection, "C-STORE-RSP with status %04X", event->command.status);
    return STEP_OK;
}

/* The message that the line waits for has come. */
static enum step take_message(struct connection *connection, struct event *event)
{
    const struct command *command = &event->command;
    if (command->field == C_STORE_RSP)
        return check_store_rsp(connection, event, true);
    if (command->field == C_CANCEL_RQ) {
        if (command->responded_id != connection->last_request.message_id ||
            event->context != connection->get_context)
            return connection_fail(connection,
                                   "C-CANCEL-RQ for message id %u on context %u, the request had %u and %u",
                                   command->responded_id, event->context, connection->last_request.message_id,
                                   connection->get_context);
        return STEP_OK;
    }
    keep_request(connection, event);
    return STEP_OK;
}

static bool is_skipped(const struct script_line *line, const struct event *event)
{
    const char *list = script_option(line, "skip");
    return list != NULL && event->pdu_type == PDU_DATA &&
           strstr(list, command_name(event->command.field)) != NULL;
}

static bool is_wanted(const char *what, const struct event *event)
{
    if (strcmp(what, "release") == 0)
        return event->pdu_type == PDU_RELEASE_RQ;
    if (strcmp(what, "release-rp") == 0)
        return event->pdu_type == PDU_RELEASE_RP;
    if (strcmp(what, "abort") == 0)
        return event->pdu_type == PDU_ABORT;
    return event->pdu_type == PDU_DATA && strcmp(what, command_name(event->command.field)) == 0;
}

static enum step expect_event(struct connection *connection, const char *what, struct cgw_deadline deadline)
{
    struct event event = {.body = CGW_BUFFER_INIT(MESSAGE_MAX_BYTES)};
    char text[128];
    enum step step;
    for (;;) {
        step = next_event(connection, deadline, &event);
        if (step != STEP_OK || is_wanted(what, &event) || !is_skipped(connection->line, &event))
            break;
        if (event.command.field == C_STORE_RSP)
            (void)check_store_rsp(connection, &event, false);
    }
    if (step == STEP_TIMEOUT) {
        step = connection_fail(connection, "it did not come in time");
    } else if (step == STEP_OK && is_wanted(what, &event)) {
        step = event.pdu_type == PDU_DATA ? take_message(connection, &event) : STEP_OK;
    } else if (step == STEP_OK) {
        describe(&event, text, sizeof(text));
        bool ends = event.pdu_type == PDU_ABORT || event.pdu_type == PDU_RELEASE_RQ;
        step = ends && connection->may_close ? STEP_CLOSED : connection_fail(connection, "got %s", text);
    }
    cgw_buffer_release(&event.body);
    return step;
}

static enum step expect_associate_rq(struct connection *connection, struct cgw_deadline deadline)
{
    struct support_error err = {.text = ""};
    struct cgw_buffer body = CGW_BUFFER_INIT(1 << 20);
    struct scripted_associate_rq *request = NULL;
    uint8_t type = 0;
    enum step step = connection_read_pdu(connection, deadline, &type, &body);
    if (step == STEP_TIMEOUT)
        step = connection_fail(connection, "it did not come in time");
    else if (step == STEP_OK && type != PDU_ASSOCIATE_RQ)
        step = connection_fail(connection, "got a PDU of type %u", type);
    else if (step == STEP_OK && (request = associate_rq_parse(body.bytes, body.length, &err)) == NULL)
        step = connection_fail(connection, "%s", err.text);
    if (step == STEP_OK) {
        memcpy(connection->ae_titles, body.bytes + 4, sizeof(connection->ae_titles));
        (void)pthread_mutex_lock(&connection->peer->lock);
        associate_rq_free(connection->associate_rq);
        connection->associate_rq = request;
        (void)pthread_mutex_unlock(&connection->peer->lock);
    }
    cgw_buffer_release(&body);
    return step;
}

/* What still comes before the end is dropped: late responses of a side that is already closing. */
static enum step expect_eof(struct connection *connection, struct cgw_deadline deadline)
{
    const char *reset_text = script_option(connection->line, "reset");
    bool reset = false;
    enum step step = connection_drain(connection, deadline, &reset);
    if (step == STEP_TIMEOUT)
        return connection_fail(connection, "it did not come in time");
    if (step != STEP_CLOSED)
        return step;
    if (reset && reset_text == NULL)
        return connection_fail(connection, "RST instead of FIN");
    return STEP_OK;
}

enum step step_expect(struct connection *connection)
{
    static const char *const events[] = {"C-GET-RQ",    "C-FIND-RQ", "C-ECHO-RQ",  "C-CANCEL-RQ",
                                         "C-STORE-RSP", "release",   "release-rp", "abort"};
    const char *what = script_word(connection->line, 1);
    int64_t timeout_ms =
        (int64_t)script_number(connection->line, "within-ms", (uint64_t)connection->expect_timeout_ms);
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    if (strcmp(what, "A-ASSOCIATE-RQ") == 0)
        return expect_associate_rq(connection, deadline);
    if (strcmp(what, "eof") == 0)
        return expect_eof(connection, deadline);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (strcmp(events[i], what) == 0)
            return expect_event(connection, what, deadline);
    }
    return connection_fail(connection, "cannot expect this");
}
