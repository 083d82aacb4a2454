#include "words.h"

#include "cgetway/byte_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_MAX_BYTES = 256 * 1024 };

void say_bytes(struct cgw_buffer *words, const void *bytes, size_t length)
{
    if (!cgw_buffer_append(words, bytes, length))
        abort();
}

void say_pdu(struct cgw_buffer *words, uint8_t type, const void *body, size_t length)
{
    uint8_t head[6] = {type};
    cgw_put_u32be(head + 2, (uint32_t)length);
    say_bytes(words, head, sizeof head);
    say_bytes(words, body, length);
}

void say_pdv(struct cgw_buffer *words, uint8_t context_id, int header, const void *bytes, size_t length)
{
    uint8_t head[12] = {CGW_PDU_P_DATA_TF};
    cgw_put_u32be(head + 2, (uint32_t)(length + 6));
    cgw_put_u32be(head + 6, (uint32_t)(length + 2));
    head[10] = context_id;
    head[11] = (uint8_t)header;
    say_bytes(words, head, sizeof head);
    say_bytes(words, bytes, length);
}

static void say_item(struct cgw_buffer *items, uint8_t type, const void *bytes, size_t length)
{
    uint8_t head[4] = {type};
    cgw_put_u16be(head + 2, (uint16_t)length);
    say_bytes(items, head, sizeof head);
    say_bytes(items, bytes, length);
}

static void say_context(struct cgw_buffer *items, const struct said_context *context)
{
    struct cgw_buffer item = CGW_BUFFER_INIT(ITEM_MAX_BYTES);
    const uint8_t head[4] = {context->id, 0, context->result, 0};
    say_bytes(&item, head, sizeof head);
    if (context->transfer_syntax != NULL)
        say_item(&item, 0x40, context->transfer_syntax, strlen(context->transfer_syntax));
    say_item(items, 0x21, item.bytes, item.length);
    cgw_buffer_release(&item);
}

void say_accept(struct cgw_buffer *words, const struct said_context *contexts, size_t count, uint32_t max_pdu)
{
    static const uint8_t fixed[68] = {0, 1};
    static const char application_context[] = "1.2.840.10008.3.1.1.1";
    uint8_t user[8] = {0x51, 0, 0, 4};
    struct cgw_buffer body = CGW_BUFFER_INIT(ITEM_MAX_BYTES);
    cgw_put_u32be(user + 4, max_pdu);
    say_bytes(&body, fixed, sizeof fixed);
    say_item(&body, 0x10, application_context, strlen(application_context));
    for (size_t i = 0; i < count; i++)
        say_context(&body, &contexts[i]);
    say_item(&body, 0x50, user, sizeof user);
    say_pdu(words, CGW_PDU_A_ASSOCIATE_AC, body.bytes, body.length);
    cgw_buffer_release(&body);
}

void say_accept_all(struct cgw_buffer *words, const struct cgw_context *contexts, size_t count)
{
    struct said_context said[CGW_MAX_CONTEXTS];
    for (size_t i = 0; i < count; i++)
        said[i] =
            (struct said_context){.id = contexts[i].id, .transfer_syntax = contexts[i].transfer_syntaxes[0]};
    say_accept(words, said, count, 16384);
}

void say_command(struct cgw_buffer *words, uint8_t context_id, const struct cgw_command *command)
{
    uint8_t bytes[CGW_COMMAND_MAX_BYTES];
    size_t length = cgw_command_encode(command, bytes, sizeof bytes);
    say_pdv(words, context_id, PDV_COMMAND | PDV_LAST, bytes, length);
}

void say_store_command(struct cgw_buffer *words, uint8_t context_id, uint16_t message_id,
                       const char *sop_class, const char *sop_instance)
{
    struct cgw_command command = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID |
                                             CGW_HAS_PRIORITY | CGW_HAS_DATA_SET_TYPE | CGW_HAS_SOP_INSTANCE,
                                  .field = CGW_C_STORE_RQ,
                                  .message_id = message_id,
                                  .data_set_type = CGW_DATA_SET_FOLLOWS};
    (void)snprintf(command.sop_class, sizeof command.sop_class, "%s", sop_class);
    (void)snprintf(command.sop_instance, sizeof command.sop_instance, "%s", sop_instance);
    say_command(words, context_id, &command);
}

void say_store(struct cgw_buffer *words, uint8_t context_id, uint16_t message_id, const char *sop_class,
               const char *sop_instance, const void *data_set, size_t length)
{
    say_store_command(words, context_id, message_id, sop_class, sop_instance);
    say_pdv(words, context_id, PDV_DATA | PDV_LAST, data_set, length);
}

static void set_count(struct cgw_command *command, int count, uint32_t element, uint16_t *member)
{
    if (count < 0)
        return;
    command->present |= element;
    *member = (uint16_t)count;
}

void say_response_to(struct cgw_buffer *words, uint16_t message_id, uint16_t status,
                     struct said_counts counts, const void *data_set, size_t length)
{
    struct cgw_command command = {.present = CGW_HAS_COMMAND_FIELD | CGW_HAS_RESPONDED_MESSAGE_ID |
                                             CGW_HAS_DATA_SET_TYPE | CGW_HAS_STATUS,
                                  .field = CGW_C_GET_RSP,
                                  .responded_message_id = message_id,
                                  .data_set_type = data_set != NULL ? CGW_DATA_SET_FOLLOWS : CGW_NO_DATA_SET,
                                  .status = status};
    set_count(&command, counts.remaining, CGW_HAS_REMAINING, &command.remaining);
    set_count(&command, counts.completed, CGW_HAS_COMPLETED, &command.completed);
    set_count(&command, counts.failed, CGW_HAS_FAILED, &command.failed);
    set_count(&command, counts.warning, CGW_HAS_WARNING, &command.warning);
    say_command(words, 1, &command);
    if (data_set != NULL)
        say_pdv(words, 1, PDV_DATA | PDV_LAST, data_set, length);
}

void say_response(struct cgw_buffer *words, uint16_t status, struct said_counts counts)
{
    say_response_to(words, 1, status, counts, NULL, 0);
}

void say_response_with_data_set(struct cgw_buffer *words, uint16_t status, struct said_counts counts,
                                const void *data_set, size_t length)
{
    say_response_to(words, 1, status, counts, data_set, length);
}

void say_find_response(struct cgw_buffer *words, uint16_t message_id, uint16_t status, const void *data_set,
                       size_t length)
{
    struct cgw_command command = {.present = CGW_HAS_COMMAND_FIELD | CGW_HAS_RESPONDED_MESSAGE_ID |
                                             CGW_HAS_DATA_SET_TYPE | CGW_HAS_STATUS,
                                  .field = CGW_C_FIND_RSP,
                                  .responded_message_id = message_id,
                                  .data_set_type = data_set != NULL ? CGW_DATA_SET_FOLLOWS : CGW_NO_DATA_SET,
                                  .status = status};
    say_command(words, 1, &command);
    if (data_set != NULL)
        say_pdv(words, 1, PDV_DATA | PDV_LAST, data_set, length);
}
