#include "cgetway/associate.h"

#include "cgetway/byte_order.h"
#include "cgetway/printable.h"

#include <string.h>

enum { FIXED_BYTES = 68, ITEM_HEAD_BYTES = 4 }; /* before the first item: version, titles, reserved */

struct item {
    uint8_t type;
    const uint8_t *value;
    size_t length;
};

/* Takes one item off the front of *at. False when the bytes end inside it. */
static bool take_item(const uint8_t **at, size_t *left, struct item *ret_item)
{
    if (*left < ITEM_HEAD_BYTES)
        return false;
    size_t length = cgw_get_u16be(*at + 2);
    if (length > *left - ITEM_HEAD_BYTES)
        return false;
    *ret_item = (struct item){.type = (*at)[0], .value = *at + ITEM_HEAD_BYTES, .length = length};
    *at += ITEM_HEAD_BYTES + length;
    *left -= ITEM_HEAD_BYTES + length;
    return true;
}

static const struct cgw_context *find_proposed(const struct cgw_associate_request *request, uint8_t id)
{
    for (size_t i = 0; i < request->context_count; i++) {
        if (request->contexts[i].id == id)
            return &request->contexts[i];
    }
    return NULL;
}

static bool was_offered(const struct cgw_context *context, const char *transfer_syntax)
{
    for (size_t i = 0; i < context->transfer_syntax_count; i++) {
        if (strcmp(context->transfer_syntaxes[i], transfer_syntax) == 0)
            return true;
    }
    return false;
}

static enum cgw_code decode_context(const struct item *item, const struct cgw_associate_request *request,
                                    struct cgw_associate_answer *answer, struct cgw_error *err)
{
    if (item->length < 4)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the association response has a presentation context of %zu bytes", item->length);
    uint8_t id = item->value[0];
    const struct cgw_context *proposed = find_proposed(request, id);
    if (proposed == NULL)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the association response answers presentation context %u, which was not proposed",
                        id);
    struct cgw_context_answer *context = &answer->contexts[id / 2];
    context->result = item->value[2];
    if (context->result != CGW_CONTEXT_ACCEPTED)
        return CGW_OK; /* the transfer syntax then says nothing (PS3.8 table 9-18) */
    const uint8_t *at = item->value + 4;
    size_t left = item->length - 4;
    struct item syntax;
    if (!take_item(&at, &left, &syntax) || syntax.type != 0x40 ||
        !cgw_uid_copy_safe(syntax.value, syntax.length, context->transfer_syntax))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the association response accepts presentation context %u without a transfer syntax",
                        id);
    if (!was_offered(proposed, context->transfer_syntax))
        return cgw_fail(
            err, CGW_E_PROTOCOL_ERROR,
            "the association response accepts presentation context %u with a transfer syntax that was "
            "not offered",
            id);
    return CGW_OK;
}

/* A-ASSOCIATE-AC answers with the bytes of information that the acceptor knows: two, one or none. */
static void decode_extended(const struct item *item, const struct cgw_associate_request *request,
                            struct cgw_associate_answer *answer)
{
    if (request->extended_class == NULL || item->length < 2)
        return;
    size_t uid_length = cgw_get_u16be(item->value);
    if (uid_length > item->length - 2 || uid_length != strlen(request->extended_class) ||
        memcmp(item->value + 2, request->extended_class, uid_length) != 0)
        return;
    const uint8_t *information = item->value + 2 + uid_length;
    size_t information_length = item->length - 2 - uid_length;
    answer->extended_answered = true;
    answer->relational_retrieval = information_length > 0 && information[0] == 1;
    answer->enhanced_conversion = information_length > 1 && information[1] == 1;
}

/* A length, the UID of a class, and a byte each for the roles of SCU and SCP (PS3.7 D.3.3.4.2). */
static void decode_role(const struct item *item, const struct cgw_associate_request *request,
                        struct cgw_associate_answer *answer)
{
    size_t uid_length = item->length < 4 ? 0 : cgw_get_u16be(item->value);
    if (uid_length == 0 || uid_length + 4 != item->length || item->value[item->length - 1] != 0)
        return;
    for (size_t i = 0; i < request->context_count; i++) {
        const struct cgw_context *context = &request->contexts[i];
        if (context->role != CGW_ROLE_NONE && strlen(context->abstract_syntax) == uid_length &&
            memcmp(context->abstract_syntax, item->value + 2, uid_length) == 0)
            answer->contexts[context->id / 2].role_is_refused = true;
    }
}

/* A length, and the server's response, which is of no use here: only that it came (PS3.7 table D.3-15). */
static bool is_identity_response(const struct item *item, const struct cgw_associate_request *request)
{
    return request->user_identity.type != 0 && request->user_identity.wants_response && item->length >= 2 &&
           cgw_get_u16be(item->value) == item->length - 2;
}

static enum cgw_code decode_user_information(const struct item *information,
                                             const struct cgw_associate_request *request,
                                             struct cgw_associate_answer *answer, struct cgw_error *err)
{
    const uint8_t *at = information->value;
    size_t left = information->length;
    while (left > 0) {
        struct item item;
        if (!take_item(&at, &left, &item))
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the association response ends inside a user item");
        if (item.type == 0x51 && item.length == 4)
            answer->max_pdu = cgw_get_u32be(item.value);
        else if (item.type == 0x52)
            (void)cgw_uid_copy_safe(item.value, item.length, answer->implementation_class);
        else if (item.type == 0x54)
            decode_role(&item, request, answer);
        else if (item.type == 0x55)
            cgw_copy_printable(answer->implementation_version, sizeof answer->implementation_version,
                               item.value, item.length);
        else if (item.type == 0x56)
            decode_extended(&item, request, answer);
        else if (item.type == 0x59 && is_identity_response(&item, request))
            answer->user_identity_confirmed = true;
    }
    return CGW_OK;
}

enum cgw_code cgw_associate_accept_decode(const uint8_t *body, size_t length,
                                          const struct cgw_associate_request *request,
                                          struct cgw_associate_answer *ret_answer, struct cgw_error *err)
{
    struct cgw_associate_answer *answer = ret_answer;
    *answer = (struct cgw_associate_answer){0};
    for (size_t i = 0; i < CGW_MAX_CONTEXTS; i++)
        answer->contexts[i].result = CGW_CONTEXT_NOT_ANSWERED;
    if (length < FIXED_BYTES)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the association response has %zu bytes", length);
    const uint8_t *at = body + FIXED_BYTES;
    size_t left = length - FIXED_BYTES;
    while (left > 0) {
        struct item item;
        if (!take_item(&at, &left, &item))
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the association response ends inside an item");
        enum cgw_code code = CGW_OK;
        if (item.type == 0x21)
            code = decode_context(&item, request, answer, err);
        else if (item.type == 0x50)
            code = decode_user_information(&item, request, answer, err);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

static const char *reject_reason(uint8_t source, uint8_t reason)
{
    /* PS3.8 table 9-21 */
    static const char *const user[] = {[1] = "no reason given",
                                       [2] = "application context name not supported",
                                       [3] = "calling AE title not recognized",
                                       [7] = "called AE title not recognized"};
    static const char *const acse[] = {[1] = "no reason given", [2] = "protocol version not supported"};
    static const char *const presentation[] = {[1] = "temporary congestion", [2] = "local limit exceeded"};
    const char *text = NULL;
    if (source == 1 && reason < sizeof user / sizeof user[0])
        text = user[reason];
    else if (source == 2 && reason < sizeof acse / sizeof acse[0])
        text = acse[reason];
    else if (source == 3 && reason < sizeof presentation / sizeof presentation[0])
        text = presentation[reason];
    return text != NULL ? text : "a reason that DICOM does not define";
}

enum cgw_code cgw_associate_reject_decode(const uint8_t *body, size_t length, struct cgw_error *err)
{
    if (length != 4)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the association rejection has %zu bytes instead of 4",
                        length);
    uint8_t result = body[1], source = body[2], reason = body[3];
    enum cgw_code code = result == 2 ? CGW_E_PEER_BUSY : CGW_E_PEER_REJECTED;
    return cgw_fail(err, code, "the peer rejected the association: %s (result %u, source %u, reason %u)",
                    reject_reason(source, reason), result, source, reason);
}

const char *cgw_context_result_meaning(uint8_t result)
{
    switch (result) {
    case CGW_CONTEXT_ACCEPTED:
        return "accepted";
    case CGW_CONTEXT_USER_REJECTION:
        return "rejected by the user";
    case CGW_CONTEXT_NO_REASON:
        return "rejected without a reason";
    case CGW_CONTEXT_ABSTRACT_SYNTAX:
        return "abstract syntax not supported";
    case CGW_CONTEXT_TRANSFER_SYNTAXES:
        return "transfer syntaxes not supported";
    case CGW_CONTEXT_NOT_ANSWERED:
        return "not answered";
    default:
        return "rejected with a reason that DICOM does not define";
    }
}
