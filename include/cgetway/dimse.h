/*
 * The DIMSE command codec (PS3.7 6.3, 9.3, E): command sets are flat lists of Implicit VR Little Endian
 * elements of group 0000. Own code, because a general data set parser over a peer's bytes recurses as deep as
 * the peer likes.
 *
 * Pure functions on memory of the caller. No allocation, any thread.
 */
#ifndef CGETWAY_DIMSE_H
#define CGETWAY_DIMSE_H

#include "cgetway/error.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* (0000,0100) */
enum cgw_command_field {
    CGW_C_STORE_RQ = 0x0001,
    CGW_C_STORE_RSP = 0x8001,
    CGW_C_GET_RQ = 0x0010,
    CGW_C_GET_RSP = 0x8010,
    CGW_C_FIND_RQ = 0x0020,
    CGW_C_FIND_RSP = 0x8020,
    CGW_C_ECHO_RQ = 0x0030,
    CGW_C_ECHO_RSP = 0x8030,
    CGW_C_CANCEL_RQ = 0x0FFF,
};

enum {
    CGW_NO_DATA_SET = 0x0101, /* (0000,0800): any other value says that a data set follows */
    CGW_DATA_SET_FOLLOWS = 0x0001,
    CGW_COMMAND_MAX_BYTES = 4096, /* of a command set that we make, or take outside a retrieve */
    /* Of a command set that a retrieve takes: Orthanc puts the list of failed UIDs into it. */
    CGW_RECEIVED_COMMAND_MAX_BYTES = 1024 * 1024,
    CGW_ERROR_COMMENT_BYTES = 65,
};

/* Which elements a command set holds. */
enum cgw_command_element {
    CGW_HAS_SOP_CLASS = 1 << 0,            /* (0000,0002) */
    CGW_HAS_COMMAND_FIELD = 1 << 1,        /* (0000,0100) */
    CGW_HAS_MESSAGE_ID = 1 << 2,           /* (0000,0110) */
    CGW_HAS_RESPONDED_MESSAGE_ID = 1 << 3, /* (0000,0120) */
    CGW_HAS_PRIORITY = 1 << 4,             /* (0000,0700) */
    CGW_HAS_DATA_SET_TYPE = 1 << 5,        /* (0000,0800) */
    CGW_HAS_STATUS = 1 << 6,               /* (0000,0900) */
    CGW_HAS_ERROR_COMMENT = 1 << 7,        /* (0000,0902) */
    CGW_HAS_SOP_INSTANCE = 1 << 8,         /* (0000,1000) */
    CGW_HAS_REMAINING = 1 << 9,            /* (0000,1020) */
    CGW_HAS_COMPLETED = 1 << 10,           /* (0000,1021) */
    CGW_HAS_FAILED = 1 << 11,              /* (0000,1022) */
    CGW_HAS_WARNING = 1 << 12,             /* (0000,1023) */
};

struct cgw_command {
    uint32_t present; /* or-ed enum cgw_command_element */
    uint16_t field;
    uint16_t message_id;
    uint16_t responded_message_id;
    uint16_t priority;
    uint16_t data_set_type;
    uint16_t status;
    uint16_t remaining, completed, failed, warning;
    /* Padding removed. After decoding, a UID that fails cgw_uid_is_safe() is here as the empty string
     * although its element is present: its text must not get into a name, a header or a log. */
    char sop_class[CGW_UID_BYTES];
    char sop_instance[CGW_UID_BYTES];
    char error_comment[CGW_ERROR_COMMENT_BYTES]; /* printable ASCII; anything else became '?' */
};

static inline bool cgw_command_has(const struct cgw_command *command, uint32_t elements)
{
    return (command->present & elements) == elements;
}

static inline bool cgw_command_has_data_set(const struct cgw_command *command)
{
    return command->data_set_type != CGW_NO_DATA_SET;
}

/* CGW_E_PROTOCOL_ERROR, with what is wrong in err->detail: a length that passes the end or is undefined, a
 * number of a wrong length, an element twice, no command field, no data set type. Elements that are not in
 * the list above are skipped, those of other groups too: Orthanc puts the Failed SOP Instance UID List into
 * the command set. */
enum cgw_code cgw_command_decode(const uint8_t *bytes, size_t length, struct cgw_command *ret_command,
                                 struct cgw_error *err);

/* Writes the elements in command->present, in order, with their group length. Returns the length, or 0 when
 * capacity is too small (CGW_COMMAND_MAX_BYTES always does). */
size_t cgw_command_encode(const struct cgw_command *command, uint8_t *bytes, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
