#include "heard.h"

#include "cgetway/associate.h"
#include "cgetway/byte_order.h"
#include "cgetway/dimse.h"

#include <stdio.h>
#include <string.h>

struct teller {
    char *text;
    size_t size, length;
    uint8_t command[CGW_COMMAND_MAX_BYTES];
    size_t command_length;
};

static void tell(struct teller *teller, const char *word)
{
    int written = snprintf(teller->text + teller->length, teller->size - teller->length, "%s%s",
                           teller->length > 0 ? " " : "", word);
    if (written > 0 && (size_t)written < teller->size - teller->length)
        teller->length += (size_t)written;
}

static void tell_command(struct teller *teller)
{
    struct cgw_command command;
    char word[32] = "nonsense";
    if (cgw_command_decode(teller->command, teller->command_length, &command, NULL) == CGW_OK) {
        if (command.field == CGW_C_STORE_RSP)
            (void)snprintf(word, sizeof word, "C-STORE-RSP(%04X)", command.status);
        else if (command.field == CGW_C_GET_RQ)
            (void)snprintf(word, sizeof word, "C-GET-RQ");
        else if (command.field == CGW_C_FIND_RQ)
            (void)snprintf(word, sizeof word, "C-FIND-RQ(%u)", command.message_id);
        else if (command.field == CGW_C_CANCEL_RQ)
            (void)snprintf(word, sizeof word, "C-CANCEL-RQ");
        else if (command.field == CGW_C_ECHO_RQ)
            (void)snprintf(word, sizeof word, "C-ECHO-RQ");
    }
    tell(teller, word);
    teller->command_length = 0;
}

/* Our PDUs hold one PDV each. */
static void tell_pdv(struct teller *teller, const uint8_t *body, size_t length)
{
    if (length < 6 || cgw_get_u32be(body) != length - 4) {
        tell(teller, "nonsense");
        return;
    }
    bool is_last = (body[5] & 2) != 0;
    if ((body[5] & 1) == 0) {
        if (is_last)
            tell(teller, "data");
        return;
    }
    if (length - 6 > sizeof teller->command - teller->command_length) {
        tell(teller, "nonsense");
        return;
    }
    memcpy(teller->command + teller->command_length, body + 6, length - 6);
    teller->command_length += length - 6;
    if (is_last)
        tell_command(teller);
}

static void tell_pdu(struct teller *teller, uint8_t type, const uint8_t *body, size_t length)
{
    static const char *const names[] = {[CGW_PDU_A_ASSOCIATE_RQ] = "A-ASSOCIATE-RQ",
                                        [CGW_PDU_A_RELEASE_RQ] = "A-RELEASE-RQ",
                                        [CGW_PDU_A_RELEASE_RP] = "A-RELEASE-RP",
                                        [CGW_PDU_A_ABORT] = "A-ABORT"};
    if (type == CGW_PDU_P_DATA_TF)
        tell_pdv(teller, body, length);
    else if (type < sizeof names / sizeof names[0] && names[type] != NULL)
        tell(teller, names[type]);
    else
        tell(teller, "nonsense");
}

void heard_as_text(const struct cgw_buffer *heard, char *text, size_t size)
{
    struct teller teller = {.text = text, .size = size};
    size_t at = 0;
    text[0] = '\0';
    while (at < heard->length) {
        size_t left = heard->length - at;
        uint32_t length = left >= 6 ? cgw_get_u32be(heard->bytes + at + 2) : 0;
        if (left < 6 || length > left - 6) {
            tell(&teller, "torn");
            return;
        }
        tell_pdu(&teller, heard->bytes[at], heard->bytes + at + 6, length);
        at += 6 + (size_t)length;
    }
}
