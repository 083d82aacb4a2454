#include "support/script_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_MAX_BYTES = 1 << 20 };

/* Does the comma separated list hold the UID or a prefix of it? */
static bool list_covers(const char *list, const char *uid)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        if (length > 0 && strncmp(list, uid, length) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

static bool offers(const struct scripted_context *context, const char *syntax)
{
    for (size_t i = 0; i < context->transfer_syntax_count; i++) {
        if (strcmp(context->transfer_syntaxes[i], syntax) == 0)
            return true;
    }
    return false;
}

static void answer_context(struct scripted_context *context, const struct script_line *line)
{
    const char *accept = script_option(line, "accept");
    const char *wanted = script_option(line, "ts");
    const char *forced = script_option(line, "ac-ts");
    bool all = accept == NULL || strcmp(accept, "all") == 0;
    context->result = 0;
    if (!all && !list_covers(accept, context->abstract_syntax))
        context->result = 3; /* abstract syntax not supported (PS3.8 9.3.3.2) */
    else if (wanted != NULL && !offers(context, wanted))
        context->result = 4; /* transfer syntaxes not supported */
    if (context->result != 0)
        return;
    const char *chosen = forced != NULL ? forced : wanted != NULL ? wanted : context->transfer_syntaxes[0];
    (void)snprintf(context->accepted_syntax, sizeof(context->accepted_syntax), "%s", chosen);
}

static enum step send_associate_ac(struct connection *connection)
{
    const struct script_line *line = connection->line;
    struct scripted_associate_rq *request = connection->associate_rq;
    if (request == NULL)
        return connection_fail(connection, "needs an expect A-ASSOCIATE-RQ before it");
    (void)pthread_mutex_lock(&connection->peer->lock);
    for (size_t i = 0; i < request->context_count; i++)
        answer_context(&request->contexts[i], line);
    (void)pthread_mutex_unlock(&connection->peer->lock);
    const char *roles = script_option(line, "roles");
    const char *extneg = script_option(line, "extneg");
    const char *identity = script_option(line, "identity");
    const struct associate_ac_options options = {
        .max_pdu = (uint32_t)script_number(line, "max-pdu", DEFAULT_MAX_PDU),
        .roles = roles == NULL ? "echo" : roles,
        .extneg = extneg == NULL ? "none" : extneg,
        .identity = identity == NULL ? "none" : identity,
    };
    struct cgw_buffer pdu = CGW_BUFFER_INIT(1 << 20);
    associate_ac_put(&pdu, request, connection->ae_titles, &options);
    connection->max_pdu = options.max_pdu;
    enum step step = connection_send(connection, pdu.bytes, pdu.length);
    cgw_buffer_release(&pdu);
    return step;
}

/* The four-byte PDUs: A-ASSOCIATE-RJ, A-RELEASE, A-ABORT. */
static enum step send_short_pdu(struct connection *connection, enum pdu_type type, const uint8_t body[4])
{
    const uint8_t pdu[] = {(uint8_t)type, 0, 0, 0, 0, 4, body[0], body[1], body[2], body[3]};
    return connection_send(connection, pdu, sizeof(pdu));
}

static uint8_t byte_word(const struct connection *connection, size_t index)
{
    return (uint8_t)strtoul(script_word(connection->line, index), NULL, 10);
}

static enum step send_reject(struct connection *connection)
{
    const uint8_t body[] = {0, byte_word(connection, 2), byte_word(connection, 3), byte_word(connection, 4)};
    return send_short_pdu(connection, PDU_ASSOCIATE_RJ, body);
}

static enum step send_abort(struct connection *connection)
{
    const uint8_t body[] = {0, 0, byte_word(connection, 2), byte_word(connection, 3)};
    return send_short_pdu(connection, PDU_ABORT, body);
}

static enum step send_release_rq(struct connection *connection)
{
    return send_short_pdu(connection, PDU_RELEASE_RQ, (const uint8_t[4]){0});
}

static enum step send_release_rp(struct connection *connection)
{
    return send_short_pdu(connection, PDU_RELEASE_RP, (const uint8_t[4]){0});
}

static uint16_t status_of(const struct script_line *line)
{
    const char *text = script_option(line, "status");
    return text == NULL ? 0 : (uint16_t)strtoul(text, NULL, 16);
}

static void put_count(struct cgw_buffer *command, const struct script_line *line, const char *name,
                      unsigned element)
{
    if (script_option(line, name) != NULL)
        command_u16(command, element, (unsigned)script_number(line, name, 0));
}

static enum step send_data_set(struct connection *connection, unsigned context,
                               const struct cgw_buffer *data_set)
{
    return connection_send_pdv(connection, context, PDV_LAST, data_set->bytes, data_set->length,
                               (uint32_t)data_set->length + 2);
}

/* (0008,0058), with the commas of the script as backslashes. */
static enum step send_failed_list(struct connection *connection, unsigned context, const char *list)
{
    struct cgw_buffer data_set = CGW_BUFFER_INIT(COMMAND_MAX_BYTES);
    char *value = strdup(list);
    for (char *comma = value; comma != NULL && (comma = strchr(comma, ',')) != NULL;)
        *comma = '\\';
    if (value != NULL)
        put_data_element(&data_set, context_is_explicit(connection, context), 0x00080058, "UI", value,
                         strlen(value));
    enum step step = send_data_set(connection, context, &data_set);
    free(value);
    cgw_buffer_release(&data_set);
    return step;
}

static enum step send_response(struct connection *connection, enum command_field field)
{
    const struct script_line *line = connection->line;
    const struct command *request = &connection->last_request;
    const char *failed_list = script_option(line, "failed-list");
    const char *comment = script_option(line, "comment");
    unsigned context = (unsigned)script_number(line, "context", connection->get_context);
    struct cgw_buffer command = CGW_BUFFER_INIT(COMMAND_MAX_BYTES);
    struct cgw_buffer data_set = CGW_BUFFER_INIT(COMMAND_MAX_BYTES);
    size_t hex_length = 0;
    uint8_t *hex = script_has_word(line, "hex") ? script_hex(line, 2, &hex_length) : NULL;
    command_text(&command, 0x0002, request->sop_class, strlen(request->sop_class));
    command_u16(&command, 0x0100, field);
    command_u16(&command, 0x0120, (unsigned)script_number(line, "message-id", request->message_id));
    command_u16(&command, 0x0800, failed_list != NULL || hex_length > 0 ? 0x0000 : 0x0101);
    command_u16(&command, 0x0900, status_of(line));
    if (comment != NULL)
        command_text(&command, 0x0902, comment, strlen(comment));
    put_count(&command, line, "remaining", 0x1020);
    put_count(&command, line, "completed", 0x1021);
    put_count(&command, line, "failed", 0x1022);
    put_count(&command, line, "warning", 0x1023);
    command_finish(&command);
    enum step step = connection_send_command(connection, context, &command);
    if (step == STEP_OK && failed_list != NULL) {
        step = send_failed_list(connection, context, failed_list);
    } else if (step == STEP_OK && hex_length > 0) {
        (void)cgw_buffer_append(&data_set, hex, hex_length);
        step = send_data_set(connection, context, &data_set);
    }
    free(hex);
    cgw_buffer_release(&command);
    cgw_buffer_release(&data_set);
    return step;
}

static enum step send_get_rsp(struct connection *connection)
{
    return send_response(connection, C_GET_RSP);
}

static enum step send_find_rsp(struct connection *connection)
{
    return send_response(connection, C_FIND_RSP);
}

static enum step send_echo_rsp(struct connection *connection)
{
    return send_response(connection, C_ECHO_RSP);
}

static uint8_t find_context(const struct connection *connection, const char *sop_class, const char *syntax)
{
    const struct scripted_associate_rq *request = connection->associate_rq;
    for (size_t i = 0; request != NULL && i < request->context_count; i++) {
        const struct scripted_context *context = &request->contexts[i];
        if (context->result == 0 && strcmp(context->abstract_syntax, sop_class) == 0 &&
            (syntax == NULL || strcmp(context->accepted_syntax, syntax) == 0))
            return context->id;
    }
    return 0;
}

/* A UID of the script, or any bytes as "hex:2e2e2f". */
static void put_uid(struct cgw_buffer *command, unsigned element, const char *text)
{
    uint8_t bytes[1024];
    size_t length = 0;
    if (strncmp(text, "hex:", 4) == 0 && hex_decode(text + 4, bytes, sizeof(bytes), &length))
        command_text(command, element, bytes, length);
    else
        command_text(command, element, text, strlen(text));
}

static enum step send_store_rq(struct connection *connection)
{
    const struct script_line *line = connection->line;
    const char *sop_class = script_option(line, "class");
    const char *sop_instance = script_option(line, "uid");
    const char *context = script_option(line, "context");
    if (sop_class == NULL || sop_instance == NULL)
        return connection_fail(connection, "needs class= and uid=");
    if (context == NULL || strcmp(context, "auto") == 0)
        connection->store_context = find_context(connection, sop_class, script_option(line, "ts"));
    else
        connection->store_context = (uint8_t)strtoul(context, NULL, 10);
    if (connection->store_context == 0)
        return connection_fail(connection, "no accepted presentation context for %s", sop_class);
    connection->store_message_id =
        (uint16_t)script_number(line, "message-id", (unsigned)(connection->store_message_id + 1));
    connection->data_offset = 0;
    struct cgw_buffer command = CGW_BUFFER_INIT(COMMAND_MAX_BYTES);
    put_uid(&command, 0x0002, sop_class);
    command_u16(&command, 0x0100, C_STORE_RQ);
    command_u16(&command, 0x0110, connection->store_message_id);
    command_u16(&command, 0x0700, 0);
    command_u16(&command, 0x0800, script_has_word(line, "no-data-set") ? 0x0101 : 0x0000);
    put_uid(&command, 0x1000, sop_instance);
    command_finish(&command);
    enum step step = connection_send_command(connection, connection->store_context, &command);
    cgw_buffer_release(&command);
    return step;
}

static unsigned current_context(const struct connection *connection)
{
    unsigned otherwise = connection->store_context != 0 ? connection->store_context : connection->get_context;
    return (unsigned)script_number(connection->line, "context", otherwise);
}

/* "0100=0x0020": two-byte elements by number, the others as text. */
static void put_scripted_element(struct cgw_buffer *command, unsigned element, const char *value)
{
    static const uint16_t numbers[] = {0x0100, 0x0110, 0x0120, 0x0700, 0x0800, 0x0900, 0x0903,
                                       0x1002, 0x1008, 0x1020, 0x1021, 0x1022, 0x1023, 0x1031};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i] == element) {
            command_u16(command, element,
                        (unsigned)strtoul(value, NULL, strncmp(value, "0x", 2) == 0 ? 16 : 10));
            return;
        }
    }
    put_uid(command, element, value);
}

static enum step send_own_command(struct connection *connection)
{
    const struct script_line *line = connection->line;
    struct cgw_buffer command = CGW_BUFFER_INIT(MAX_PDU_RECEIVED);
    bool good = true;
    if (script_has_word(line, "hex")) {
        size_t length = 0;
        uint8_t *bytes = script_hex(line, 2, &length);
        good = bytes != NULL && cgw_buffer_append(&command, bytes, length);
        free(bytes);
    } else {
        for (size_t i = 2; i < line->word_count; i++) {
            char *end = NULL;
            unsigned element = (unsigned)strtoul(line->words[i], &end, 16);
            if (end == line->words[i] + 4 && *end == '=')
                put_scripted_element(&command, element, end + 1);
        }
        if (!script_has_word(line, "data-set") && script_option(line, "0800") == NULL)
            command_u16(&command, 0x0800, 0x0101);
        command_finish(&command);
    }
    enum step step = good ? connection_send_command(connection, current_context(connection), &command)
                          : connection_fail(connection, "bad hex");
    cgw_buffer_release(&command);
    return step;
}

static enum step send_nested_command(struct connection *connection)
{
    struct cgw_buffer command = CGW_BUFFER_INIT(MAX_PDU_RECEIVED);
    command_u16(&command, 0x0100, C_STORE_RQ);
    put_nested_sequences(&command, false, (size_t)script_number(connection->line, "depth", 10000));
    command_finish(&command);
    enum step step = connection_send_command(connection, current_context(connection), &command);
    cgw_buffer_release(&command);
    return step;
}

static enum step send_pdv(struct connection *connection)
{
    size_t length = 0;
    uint8_t *bytes =
        script_has_word(connection->line, "hex") ? script_hex(connection->line, 2, &length) : NULL;
    uint32_t declared = (uint32_t)script_number(connection->line, "length", length + 2);
    enum step step =
        connection_send_pdv(connection, current_context(connection),
                            (unsigned)script_number(connection->line, "header", 0), bytes, length, declared);
    free(bytes);
    return step;
}

static enum step send_pdu_head(struct connection *connection)
{
    struct cgw_buffer head = CGW_BUFFER_INIT(PDU_HEAD_BYTES);
    const char *length = script_word(connection->line, 3);
    put_pdu_head(&head, (unsigned)strtoul(script_word(connection->line, 2), NULL, 16),
                 (uint32_t)strtoull(length, NULL, strncmp(length, "0x", 2) == 0 ? 16 : 10));
    enum step step = connection_send(connection, head.bytes, head.length);
    cgw_buffer_release(&head);
    return step;
}

static enum step send_hex(struct connection *connection)
{
    bool repeat = strcmp(script_word(connection->line, 1), "repeat") == 0;
    uint64_t times = repeat ? strtoull(script_word(connection->line, 2), NULL, 10) : 1;
    size_t length = 0;
    uint8_t *bytes = script_hex(connection->line, 2, &length);
    enum step step = bytes == NULL ? connection_fail(connection, "bad hex") : STEP_OK;
    for (uint64_t i = 0; step == STEP_OK && i < times; i++)
        step = connection_send(connection, bytes, length);
    free(bytes);
    return step;
}

enum step step_send(struct connection *connection)
{
    static const struct {
        const char *word;
        enum step (*run)(struct connection *connection);
    } rows[] = {
        {"A-ASSOCIATE-AC", send_associate_ac},
        {"A-ASSOCIATE-RJ", send_reject},
        {"C-STORE-RQ", send_store_rq},
        {"C-GET-RSP", send_get_rsp},
        {"C-FIND-RSP", send_find_rsp},
        {"C-ECHO-RSP", send_echo_rsp},
        {"command", send_own_command},
        {"nested-command", send_nested_command},
        {"pdv", send_pdv},
        {"release-rq", send_release_rq},
        {"release-rp", send_release_rp},
        {"abort", send_abort},
        {"pdu-header", send_pdu_head},
        {"hex", send_hex},
        {"repeat", send_hex},
    };
    const char *what = script_word(connection->line, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].word, what) == 0)
            return rows[i].run(connection);
    }
    return step_send_data(connection, what);
}
