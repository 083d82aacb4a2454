#include "cgetway/part10.h"

#include "cgetway/byte_order.h"

#include <assert.h>
#include <string.h>

enum { PREAMBLE_BYTES = 128, META_START = PREAMBLE_BYTES + 4, GROUP_LENGTH_BYTES = 12 };

static uint8_t *put_element_head(uint8_t *at, uint16_t element, const char vr[2], size_t length)
{
    cgw_put_u16le(at, 0x0002);
    cgw_put_u16le(at + 2, element);
    memcpy(at + 4, vr, 2);
    cgw_put_u16le(at + 6, (uint16_t)length);
    return at + 8;
}

static uint8_t *put_text(uint8_t *at, uint16_t element, const char vr[2], const char *text, char padding)
{
    size_t length = strlen(text);
    size_t padded = length + (length & 1);
    at = put_element_head(at, element, vr, padded);
    memcpy(at, text, length);
    if (padded > length)
        at[length] = (uint8_t)padding;
    return at + padded;
}

/* (0002,0001), an OB: the long form of the length, value 00 01. */
static uint8_t *put_meta_version(uint8_t *at)
{
    static const uint8_t element[] = {0x02, 0x00, 0x01, 0x00, 'O', 'B', 0, 0, 2, 0, 0, 0, 0x00, 0x01};
    memcpy(at, element, sizeof element);
    return at + sizeof element;
}

size_t cgw_part10_header(const char *sop_class, const char *sop_instance, const char *transfer_syntax,
                         const char *source_aet, uint8_t bytes[CGW_PART10_MAX_BYTES])
{
    assert(strlen(sop_class) <= CGW_UID_MAX_LENGTH && strlen(sop_instance) <= CGW_UID_MAX_LENGTH);
    assert(strlen(transfer_syntax) <= CGW_UID_MAX_LENGTH && strlen(source_aet) <= 16);
    memset(bytes, 0, PREAMBLE_BYTES);
    memcpy(bytes + PREAMBLE_BYTES, "DICM", 4);
    uint8_t *at = bytes + META_START + GROUP_LENGTH_BYTES;
    at = put_meta_version(at);
    at = put_text(at, 0x0002, "UI", sop_class, '\0');
    at = put_text(at, 0x0003, "UI", sop_instance, '\0');
    at = put_text(at, 0x0010, "UI", transfer_syntax, '\0');
    at = put_text(at, 0x0012, "UI", CGW_IMPLEMENTATION_CLASS_UID, '\0');
    at = put_text(at, 0x0013, "SH", CGW_IMPLEMENTATION_VERSION_NAME, ' ');
    if (source_aet[0] != '\0')
        at = put_text(at, 0x0016, "AE", source_aet, ' ');
    uint8_t *group_length = put_element_head(bytes + META_START, 0x0000, "UL", 4);
    cgw_put_u32le(group_length, (uint32_t)(at - group_length - 4));
    return (size_t)(at - bytes);
}
