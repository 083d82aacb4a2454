#include "support/pdu.h"

#include <stdlib.h>
#include <string.h>

void command_u16(struct cgw_buffer *command, unsigned element, unsigned value)
{
    put_le16(command, 0);
    put_le16(command, element);
    put_le32(command, 2);
    put_le16(command, value);
}

void command_text(struct cgw_buffer *command, unsigned element, const void *text, size_t length)
{
    /* UIDs are padded with NUL, AE titles and comments with a space (PS3.5 6.2). */
    bool is_uid = element == 0x0002 || element == 0x0003 || element == 0x1000 || element == 0x1001;
    put_data_element(command, false, element, is_uid ? "UI" : "LO", text, length);
}

void command_finish(struct cgw_buffer *command)
{
    struct cgw_buffer whole = CGW_BUFFER_INIT(command->max_length + 12);
    put_le16(&whole, 0);
    put_le16(&whole, 0);
    put_le32(&whole, 4);
    put_le32(&whole, (uint32_t)command->length);
    if (command->length > 0 && !cgw_buffer_append(&whole, command->bytes, command->length))
        abort();
    cgw_buffer_release(command);
    *command = whole;
}

static void copy_uid(char *to, const uint8_t *value, size_t length)
{
    size_t copied = length < SCRIPTED_UID_BYTES - 1 ? length : SCRIPTED_UID_BYTES - 1;
    memcpy(to, value, copied);
    to[copied] = '\0';
}

static void take_element(struct command *command, uint32_t element, const uint8_t *value, uint32_t length)
{
    uint16_t number = length == 2 ? (uint16_t)get_le16(value) : 0;
    switch (element) {
    case 0x0002:
    case 0x0003:
        copy_uid(command->sop_class, value, length);
        break;
    case 0x0100:
        command->field = number;
        break;
    case 0x0110:
        command->message_id = number;
        break;
    case 0x0120:
        command->responded_id = number;
        break;
    case 0x0700:
        command->priority = number;
        break;
    case 0x0800:
        command->data_set_type = number;
        break;
    case 0x0900:
        command->status = number;
        break;
    case 0x1000:
        copy_uid(command->sop_instance, value, length);
        break;
    default:
        break;
    }
}

bool command_parse(const uint8_t *bytes, size_t length, struct command *ret_command,
                   struct support_error *err)
{
    *ret_command = (struct command){.data_set_type = 0x0101};
    int64_t last = -1;
    for (size_t at = 0; at < length;) {
        uint32_t value_length = length - at < 8 ? UINT32_MAX : get_le32(bytes + at + 4);
        if (length - at < 8 || value_length > length - at - 8 || value_length % 2 != 0) {
            support_fail(err, "command set: element at byte %zu is cut or of odd length", at);
            return false;
        }
        uint32_t element = get_le16(bytes + at + 2);
        if (get_le16(bytes + at) != 0 || (int64_t)element <= last) {
            support_fail(err, "command set: element at byte %zu is not of group 0000 or out of order", at);
            return false;
        }
        const uint8_t *value = bytes + at + 8;
        at += 8 + value_length;
        if (last < 0 && (element != 0 || value_length != 4 || get_le32(value) != length - at)) {
            support_fail(err, "command set: no or wrong group length");
            return false;
        }
        last = element;
        take_element(ret_command, element, value, value_length);
    }
    return last >= 0;
}

const char *command_name(uint16_t field)
{
    static const struct {
        uint16_t field;
        const char *name;
    } rows[] = {
        {C_STORE_RQ, "C-STORE-RQ"}, {C_STORE_RSP, "C-STORE-RSP"}, {C_GET_RQ, "C-GET-RQ"},
        {C_GET_RSP, "C-GET-RSP"},   {C_FIND_RQ, "C-FIND-RQ"},     {C_FIND_RSP, "C-FIND-RSP"},
        {C_ECHO_RQ, "C-ECHO-RQ"},   {C_ECHO_RSP, "C-ECHO-RSP"},   {C_CANCEL_RQ, "C-CANCEL-RQ"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].field == field)
            return rows[i].name;
    }
    return "an unknown message";
}
