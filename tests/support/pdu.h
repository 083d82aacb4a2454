/* PDUs (PS3.8 9.3) and command sets (PS3.7 6.3, E), written and read independently of the code under test. */
#ifndef CGETWAY_TESTS_PDU_H
#define CGETWAY_TESTS_PDU_H

#include "cgetway/buffer.h"
#include "support/scripted_peer.h"
#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pdu_type {
    PDU_ASSOCIATE_RQ = 1,
    PDU_ASSOCIATE_AC = 2,
    PDU_ASSOCIATE_RJ = 3,
    PDU_DATA = 4,
    PDU_RELEASE_RQ = 5,
    PDU_RELEASE_RP = 6,
    PDU_ABORT = 7,
};

enum { PDU_HEAD_BYTES = 6, PDV_HEAD_BYTES = 6, PDV_COMMAND = 1, PDV_LAST = 2 };

enum command_field {
    C_STORE_RQ = 0x0001,
    C_STORE_RSP = 0x8001,
    C_GET_RQ = 0x0010,
    C_GET_RSP = 0x8010,
    C_FIND_RQ = 0x0020,
    C_FIND_RSP = 0x8020,
    C_ECHO_RQ = 0x0030,
    C_ECHO_RSP = 0x8030,
    C_CANCEL_RQ = 0x0FFF,
};

#define IMPLICIT_VR_LE "1.2.840.10008.1.2"

void put_u8(struct cgw_buffer *to, unsigned value);
void put_be16(struct cgw_buffer *to, unsigned value);
void put_be32(struct cgw_buffer *to, uint32_t value);
void put_le16(struct cgw_buffer *to, unsigned value);
void put_le32(struct cgw_buffer *to, uint32_t value);
uint32_t get_be16(const uint8_t *bytes);
uint32_t get_be32(const uint8_t *bytes);
uint32_t get_le16(const uint8_t *bytes);
uint32_t get_le32(const uint8_t *bytes);
void put_pdu_head(struct cgw_buffer *to, unsigned type, uint32_t length);

/* body: of the PDU, behind its head. Owned by the caller (associate_rq_free); NULL with the fault in err. */
struct scripted_associate_rq *associate_rq_parse(const uint8_t *body, size_t length,
                                                 struct support_error *err);
void associate_rq_free(struct scripted_associate_rq *request);

struct associate_ac_options {
    uint32_t max_pdu;
    const char *roles;    /* "echo", "none", or two digits: SCU and SCP role */
    const char *extneg;   /* "echo", "none", or hex */
    const char *identity; /* "none", or hex: a server response */
};
/* The whole PDU, for the results that stand in the contexts. ae_titles: the 64 bytes from byte 11 of the
 * request on. */
void associate_ac_put(struct cgw_buffer *to, const struct scripted_associate_rq *request,
                      const uint8_t *ae_titles, const struct associate_ac_options *options);

/* Elements of a command set; group length is put in front by command_finish. */
void command_u16(struct cgw_buffer *command, unsigned element, unsigned value);
void command_text(struct cgw_buffer *command, unsigned element, const void *text, size_t length);
void command_finish(struct cgw_buffer *command);

/* What a command set holds of interest. */
struct command {
    uint16_t field;
    uint16_t message_id;
    uint16_t responded_id;
    uint16_t priority;
    uint16_t status;
    uint16_t data_set_type; /* 0x0101: no data set */
    char sop_class[SCRIPTED_UID_BYTES];
    char sop_instance[SCRIPTED_UID_BYTES];
};
/* Strict: group length right, tags ascending, all of group 0000. */
bool command_parse(const uint8_t *bytes, size_t length, struct command *ret_command,
                   struct support_error *err);
const char *command_name(uint16_t field);

/* An element of a data set in Explicit or Implicit VR Little Endian, padded to even length. */
void put_data_element(struct cgw_buffer *to, bool explicit_vr, uint32_t tag, const char *vr,
                      const void *value, size_t length);
/* depth nested sequences, each with one item, of undefined length. */
void put_nested_sequences(struct cgw_buffer *to, bool explicit_vr, size_t depth);

#endif
