#include "cgetway/dimse.h"

#include "cgetway/byte_order.h"
#include "cgetway/printable.h"
#include "cgetway/tag.h"

#include <stddef.h>
#include <string.h>

enum element_kind { NUMBER, UID, COMMENT };

struct element_row {
    uint16_t element;
    enum element_kind kind;
    uint32_t present_bit;
    size_t offset; /* of the member in struct cgw_command */
};

/* In the order of the tags, which is the order on the wire. */
static const struct element_row element_rows[] = {
    {0x0002, UID, CGW_HAS_SOP_CLASS, offsetof(struct cgw_command, sop_class)},
    {0x0100, NUMBER, CGW_HAS_COMMAND_FIELD, offsetof(struct cgw_command, field)},
    {0x0110, NUMBER, CGW_HAS_MESSAGE_ID, offsetof(struct cgw_command, message_id)},
    {0x0120, NUMBER, CGW_HAS_RESPONDED_MESSAGE_ID, offsetof(struct cgw_command, responded_message_id)},
    {0x0700, NUMBER, CGW_HAS_PRIORITY, offsetof(struct cgw_command, priority)},
    {0x0800, NUMBER, CGW_HAS_DATA_SET_TYPE, offsetof(struct cgw_command, data_set_type)},
    {0x0900, NUMBER, CGW_HAS_STATUS, offsetof(struct cgw_command, status)},
    {0x0902, COMMENT, CGW_HAS_ERROR_COMMENT, offsetof(struct cgw_command, error_comment)},
    {0x1000, UID, CGW_HAS_SOP_INSTANCE, offsetof(struct cgw_command, sop_instance)},
    {0x1020, NUMBER, CGW_HAS_REMAINING, offsetof(struct cgw_command, remaining)},
    {0x1021, NUMBER, CGW_HAS_COMPLETED, offsetof(struct cgw_command, completed)},
    {0x1022, NUMBER, CGW_HAS_FAILED, offsetof(struct cgw_command, failed)},
    {0x1023, NUMBER, CGW_HAS_WARNING, offsetof(struct cgw_command, warning)},
};

enum { ELEMENT_ROWS = sizeof element_rows / sizeof element_rows[0], ELEMENT_HEADER_BYTES = 8 };

static const struct element_row *find_row(uint16_t element)
{
    for (size_t i = 0; i < ELEMENT_ROWS; i++) {
        if (element_rows[i].element == element)
            return &element_rows[i];
    }
    return NULL;
}

static void decode_comment(const uint8_t *value, size_t length, char *text)
{
    while (length > 0 && (value[length - 1] == '\0' || value[length - 1] == ' '))
        length--;
    cgw_copy_printable(text, CGW_ERROR_COMMENT_BYTES, value, length);
}

static enum cgw_code decode_element(uint16_t element, const uint8_t *value, size_t length,
                                    struct cgw_command *command, struct cgw_error *err)
{
    const struct element_row *row = find_row(element);
    if (row == NULL)
        return CGW_OK;
    if ((command->present & row->present_bit) != 0)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the command set holds (0000,%04X) twice", element);
    char *member = (char *)command + row->offset;
    if (row->kind == UID) {
        if (!cgw_uid_copy_safe(value, length, member))
            member[0] = '\0';
    } else if (row->kind == COMMENT) {
        decode_comment(value, length, member);
    } else {
        if (length == 0)
            return CGW_OK; /* present and empty: says nothing */
        if (length != 2)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                            "the command set's (0000,%04X) has %zu bytes instead of 2", element, length);
        uint16_t number = cgw_get_u16le(value);
        memcpy(member, &number, sizeof number);
    }
    command->present |= row->present_bit;
    return CGW_OK;
}

enum cgw_code cgw_command_decode(const uint8_t *bytes, size_t length, struct cgw_command *ret_command,
                                 struct cgw_error *err)
{
    struct cgw_command command = {0};
    size_t at = 0;
    while (at < length) {
        if (length - at < ELEMENT_HEADER_BYTES)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the command set ends inside an element at byte %zu",
                            at);
        uint16_t group = cgw_get_u16le(bytes + at);
        uint16_t element = cgw_get_u16le(bytes + at + 2);
        uint32_t value_length = cgw_get_u32le(bytes + at + 4);
        at += ELEMENT_HEADER_BYTES;
        if (value_length > length - at)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the command set's (%04X,%04X) passes its end", group,
                            element);
        /* Orthanc puts (0008,0058) into the command set of a failure. */
        enum cgw_code code =
            group == 0x0000 ? decode_element(element, bytes + at, value_length, &command, err) : CGW_OK;
        if (code != CGW_OK)
            return code;
        at += value_length;
    }
    if (!cgw_command_has(&command, CGW_HAS_COMMAND_FIELD | CGW_HAS_DATA_SET_TYPE))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the command set lacks Command Field or Command Data Set Type");
    *ret_command = command;
    return CGW_OK;
}

/* Appends one element; returns the bytes it took, 0 when it does not fit. */
static size_t encode_element(const struct element_row *row, const struct cgw_command *command, uint8_t *at,
                             size_t capacity)
{
    const char *member = (const char *)command + row->offset;
    size_t length = row->kind == NUMBER ? 2 : strlen(member);
    size_t padded = length + (length & 1);
    if (capacity < ELEMENT_HEADER_BYTES + padded)
        return 0;
    cgw_put_u16le(at, 0x0000);
    cgw_put_u16le(at + 2, row->element);
    cgw_put_u32le(at + 4, (uint32_t)padded);
    if (row->kind == NUMBER) {
        uint16_t number;
        memcpy(&number, member, sizeof number);
        cgw_put_u16le(at + ELEMENT_HEADER_BYTES, number);
    } else {
        memcpy(at + ELEMENT_HEADER_BYTES, member, length);
        if (padded > length)
            at[ELEMENT_HEADER_BYTES + length] = row->kind == UID ? '\0' : ' ';
    }
    return ELEMENT_HEADER_BYTES + padded;
}

size_t cgw_command_encode(const struct cgw_command *command, uint8_t *bytes, size_t capacity)
{
    enum { GROUP_LENGTH_BYTES = ELEMENT_HEADER_BYTES + 4 };
    if (capacity < GROUP_LENGTH_BYTES)
        return 0;
    size_t at = GROUP_LENGTH_BYTES;
    for (size_t i = 0; i < ELEMENT_ROWS; i++) {
        if ((command->present & element_rows[i].present_bit) == 0)
            continue;
        size_t taken = encode_element(&element_rows[i], command, bytes + at, capacity - at);
        if (taken == 0)
            return 0;
        at += taken;
    }
    cgw_put_u32le(bytes, CGW_TAG(0x0000, 0x0000));
    cgw_put_u32le(bytes + 4, 4);
    cgw_put_u32le(bytes + ELEMENT_HEADER_BYTES, (uint32_t)(at - GROUP_LENGTH_BYTES));
    return at;
}
