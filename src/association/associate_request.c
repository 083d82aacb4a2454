#include "cgetway/associate.h"

#include "cgetway/byte_order.h"
#include "cgetway/part10.h"

#include <string.h>

static const char application_context[] = "1.2.840.10008.3.1.1.1";

/* Items are a type, a reserved byte and a length of 16 bits; the length is put in when the item is closed. */
static size_t open_item(struct cgw_buffer *pdu, uint8_t type, bool *ok)
{
    const uint8_t head[] = {type, 0, 0, 0};
    *ok = *ok && cgw_buffer_append(pdu, head, sizeof head);
    return pdu->length;
}

static void close_item(struct cgw_buffer *pdu, size_t start, bool *ok)
{
    size_t length = pdu->length - start;
    if (!*ok || length > UINT16_MAX) {
        *ok = false;
        return;
    }
    cgw_put_u16be(pdu->bytes + start - 2, (uint16_t)length);
}

static void append(struct cgw_buffer *pdu, const void *bytes, size_t length, bool *ok)
{
    *ok = *ok && cgw_buffer_append(pdu, bytes, length);
}

static void append_u16(struct cgw_buffer *pdu, size_t value, bool *ok)
{
    uint8_t bytes[2];
    cgw_put_u16be(bytes, (uint16_t)value);
    append(pdu, bytes, sizeof bytes, ok);
}

static void append_text_item(struct cgw_buffer *pdu, uint8_t type, const char *text, bool *ok)
{
    size_t start = open_item(pdu, type, ok);
    append(pdu, text, strlen(text), ok);
    close_item(pdu, start, ok);
}

static void append_ae_title(struct cgw_buffer *pdu, const char *title, bool *ok)
{
    char padded[16];
    size_t length = strnlen(title, sizeof padded);
    memset(padded, ' ', sizeof padded);
    memcpy(padded, title, length);
    append(pdu, padded, sizeof padded, ok);
}

static void append_context(struct cgw_buffer *pdu, const struct cgw_context *context, bool *ok)
{
    const uint8_t head[] = {context->id, 0, 0, 0};
    size_t start = open_item(pdu, 0x20, ok);
    append(pdu, head, sizeof head, ok);
    append_text_item(pdu, 0x30, context->abstract_syntax, ok);
    for (size_t i = 0; i < context->transfer_syntax_count; i++)
        append_text_item(pdu, 0x40, context->transfer_syntaxes[i], ok);
    close_item(pdu, start, ok);
}

/* One role item a SOP class, however many contexts have it (PS3.7 D.3.3.4). */
static bool role_was_proposed(const struct cgw_associate_request *request, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (request->contexts[i].role != CGW_ROLE_NONE &&
            strcmp(request->contexts[i].abstract_syntax, request->contexts[before].abstract_syntax) == 0)
            return true;
    }
    return false;
}

static void append_roles(struct cgw_buffer *pdu, const struct cgw_associate_request *request, bool *ok)
{
    for (size_t i = 0; i < request->context_count; i++) {
        const struct cgw_context *context = &request->contexts[i];
        if (context->role == CGW_ROLE_NONE || role_was_proposed(request, i))
            continue;
        const uint8_t roles[] = {context->role == CGW_ROLE_SCU_SCP, 1};
        size_t start = open_item(pdu, 0x54, ok);
        append_u16(pdu, strlen(context->abstract_syntax), ok);
        append(pdu, context->abstract_syntax, strlen(context->abstract_syntax), ok);
        append(pdu, roles, sizeof roles, ok);
        close_item(pdu, start, ok);
    }
}

/* A length of 16 bits, and so many bytes. */
static void append_field(struct cgw_buffer *pdu, const void *bytes, size_t length, bool *ok)
{
    *ok = *ok && length <= UINT16_MAX;
    append_u16(pdu, length, ok);
    if (length > 0)
        append(pdu, bytes, length, ok);
}

/* PS3.7 table D.3-14. The second field is there, and empty, for all types but one. */
static void append_user_identity(struct cgw_buffer *pdu, const struct cgw_user_identity *identity, bool *ok)
{
    if (identity->type == 0)
        return;
    const uint8_t head[] = {identity->type, identity->wants_response};
    size_t start = open_item(pdu, 0x58, ok);
    append(pdu, head, sizeof head, ok);
    append_field(pdu, identity->primary, identity->primary_length, ok);
    append_field(pdu, identity->secondary, identity->secondary_length, ok);
    close_item(pdu, start, ok);
}

static void append_user_information(struct cgw_buffer *pdu, const struct cgw_associate_request *request,
                                    bool *ok)
{
    uint8_t max_length[4];
    cgw_put_u32be(max_length, request->max_pdu);
    size_t start = open_item(pdu, 0x50, ok);
    size_t item = open_item(pdu, 0x51, ok);
    append(pdu, max_length, sizeof max_length, ok);
    close_item(pdu, item, ok);
    append_text_item(pdu, 0x52, CGW_IMPLEMENTATION_CLASS_UID, ok);
    append_roles(pdu, request, ok);
    append_text_item(pdu, 0x55, CGW_IMPLEMENTATION_VERSION_NAME, ok);
    if (request->extended_class != NULL) {
        const uint8_t wishes[] = {request->relational_retrieval, request->enhanced_conversion};
        item = open_item(pdu, 0x56, ok);
        append_u16(pdu, strlen(request->extended_class), ok);
        append(pdu, request->extended_class, strlen(request->extended_class), ok);
        append(pdu, wishes, sizeof wishes, ok);
        close_item(pdu, item, ok);
    }
    append_user_identity(pdu, &request->user_identity, ok);
    close_item(pdu, start, ok);
}

bool cgw_associate_request_encode(const struct cgw_associate_request *request, struct cgw_buffer *pdu)
{
    static const uint8_t head[] = {CGW_PDU_A_ASSOCIATE_RQ,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0, /* length */
                                   0,
                                   1,
                                   0,
                                   0 /* protocol version 1, reserved */};
    static const uint8_t reserved[32] = {0};
    bool ok = true;
    size_t start = pdu->length;
    append(pdu, head, sizeof head, &ok);
    append_ae_title(pdu, request->called_aet, &ok);
    append_ae_title(pdu, request->calling_aet, &ok);
    append(pdu, reserved, sizeof reserved, &ok);
    append_text_item(pdu, 0x10, application_context, &ok);
    for (size_t i = 0; i < request->context_count; i++)
        append_context(pdu, &request->contexts[i], &ok);
    append_user_information(pdu, request, &ok);
    if (ok)
        cgw_put_u32be(pdu->bytes + start + 2, (uint32_t)(pdu->length - start - CGW_PDU_HEAD_BYTES));
    return ok;
}
