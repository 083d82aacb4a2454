#include "support/pdu.h"

#include "support/script.h"

#include <stdlib.h>
#include <string.h>

enum {
    RQ_FIXED_BYTES = 68, /* protocol version to the end of the reserved bytes (PS3.8 9.3.2) */
    AE_TITLE_BYTES = 16,
    ITEM_APPLICATION_CONTEXT = 0x10,
    ITEM_CONTEXT_RQ = 0x20,
    ITEM_CONTEXT_AC = 0x21,
    ITEM_ABSTRACT_SYNTAX = 0x30,
    ITEM_TRANSFER_SYNTAX = 0x40,
    ITEM_USER_INFORMATION = 0x50,
    ITEM_MAX_LENGTH = 0x51,
    ITEM_IMPLEMENTATION_CLASS = 0x52,
    ITEM_ROLE = 0x54,
    ITEM_IMPLEMENTATION_VERSION = 0x55,
    ITEM_EXTENDED_NEGOTIATION = 0x56,
    ITEM_USER_IDENTITY = 0x58,
    ITEM_USER_IDENTITY_RESPONSE = 0x59,
};

struct item {
    uint8_t type;
    const uint8_t *value;
    size_t length;
};

/* Moves *at behind the item. False at the end; with err when the item is cut. */
static bool next_item(const uint8_t *bytes, size_t length, size_t *at, struct item *item,
                      struct support_error *err)
{
    if (*at == length)
        return false;
    if (length - *at < 4 || get_be16(bytes + *at + 2) > length - *at - 4) {
        support_fail(err, "A-ASSOCIATE-RQ: the item at byte %zu is longer than what is around it", *at);
        return false;
    }
    *item = (struct item){bytes[*at], bytes + *at + 4, get_be16(bytes + *at + 2)};
    *at += 4 + item->length;
    return true;
}

static void copy_text(char *to, size_t size, const uint8_t *value, size_t length)
{
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\0'))
        length--;
    size_t copied = length < size - 1 ? length : size - 1;
    memcpy(to, value, copied);
    to[copied] = '\0';
}

static bool add_syntax(struct scripted_context *context, const struct item *item)
{
    char(*grown)[SCRIPTED_UID_BYTES] =
        realloc(context->transfer_syntaxes, (context->transfer_syntax_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return false;
    context->transfer_syntaxes = grown;
    copy_text(grown[context->transfer_syntax_count++], SCRIPTED_UID_BYTES, item->value, item->length);
    return true;
}

static void parse_context(struct scripted_associate_rq *request, const struct item *item,
                          struct support_error *err)
{
    struct scripted_context *grown =
        realloc(request->contexts, (request->context_count + 1) * sizeof(*request->contexts));
    struct item sub;
    size_t at = 4;
    if (grown == NULL)
        return;
    request->contexts = grown;
    struct scripted_context *context = &grown[request->context_count++];
    *context = (struct scripted_context){.result = UINT8_MAX};
    if (item->length < 4) {
        support_fail(err, "A-ASSOCIATE-RQ: a presentation context of %zu bytes", item->length);
        return;
    }
    context->id = item->value[0];
    if (context->id % 2 == 0)
        support_fail(err, "A-ASSOCIATE-RQ: presentation context id %u is even", context->id);
    while (next_item(item->value, item->length, &at, &sub, err)) {
        if (sub.type == ITEM_ABSTRACT_SYNTAX)
            copy_text(context->abstract_syntax, SCRIPTED_UID_BYTES, sub.value, sub.length);
        else if (sub.type == ITEM_TRANSFER_SYNTAX)
            (void)add_syntax(context, &sub);
    }
    if (context->abstract_syntax[0] == '\0' || context->transfer_syntax_count == 0)
        support_fail(err, "A-ASSOCIATE-RQ: context %u has no abstract or no transfer syntax", context->id);
}

/* Role and extended negotiation items name an abstract syntax; every context that has it gets them. */
static void apply_class_item(struct scripted_associate_rq *request, const struct item *item,
                             struct support_error *err)
{
    char uid[SCRIPTED_UID_BYTES];
    size_t uid_length = item->length < 2 ? SIZE_MAX : get_be16(item->value);
    if (uid_length > item->length - 2 || (item->type == ITEM_ROLE && item->length - 2 - uid_length != 2)) {
        support_fail(err, "A-ASSOCIATE-RQ: a role or extended negotiation item of wrong length");
        return;
    }
    copy_text(uid, sizeof(uid), item->value + 2, uid_length);
    const uint8_t *rest = item->value + 2 + uid_length;
    size_t rest_length = item->length - 2 - uid_length;
    bool known = false;
    for (size_t i = 0; i < request->context_count; i++) {
        struct scripted_context *context = &request->contexts[i];
        if (strcmp(context->abstract_syntax, uid) != 0)
            continue;
        known = true;
        if (item->type == ITEM_ROLE) {
            context->has_role = true;
            context->scu_role = rest[0];
            context->scp_role = rest[1];
        } else {
            context->has_extneg = true;
            context->extneg_length =
                rest_length < SCRIPTED_MAX_EXTNEG_BYTES ? rest_length : SCRIPTED_MAX_EXTNEG_BYTES;
            memcpy(context->extneg, rest, context->extneg_length);
        }
    }
    if (!known)
        support_fail(err, "A-ASSOCIATE-RQ: an item for %s, which no context offers", uid);
}

/* Copies a field with its length of 16 bits. False when it is cut, or memory is out. */
static bool take_field(const struct item *item, size_t *at, uint8_t **ret_field, size_t *ret_length)
{
    if (item->length - *at < 2 || get_be16(item->value + *at) > item->length - *at - 2)
        return false;
    size_t length = get_be16(item->value + *at);
    *ret_field = calloc(1, length + 1);
    if (*ret_field == NULL)
        return false;
    memcpy(*ret_field, item->value + *at + 2, length);
    *ret_length = length;
    *at += 2 + length;
    return true;
}

static void parse_identity(struct scripted_identity *identity, const struct item *item,
                           struct support_error *err)
{
    size_t at = 2;
    if (identity->primary != NULL) {
        support_fail(err, "A-ASSOCIATE-RQ: two user identities");
        return;
    }
    if (item->length < 2 || !take_field(item, &at, &identity->primary, &identity->primary_length) ||
        !take_field(item, &at, &identity->secondary, &identity->secondary_length) || at != item->length) {
        support_fail(err, "A-ASSOCIATE-RQ: a user identity of wrong length");
        return;
    }
    identity->type = item->value[0];
    identity->wants_response = item->value[1] == 1;
}

static void parse_user_information(struct scripted_associate_rq *request, const struct item *item,
                                   struct support_error *err)
{
    struct item sub;
    for (size_t at = 0; next_item(item->value, item->length, &at, &sub, err);) {
        if (sub.type == ITEM_MAX_LENGTH && sub.length == 4)
            request->max_pdu = get_be32(sub.value);
        else if (sub.type == ITEM_IMPLEMENTATION_CLASS)
            copy_text(request->implementation_class_uid, SCRIPTED_UID_BYTES, sub.value, sub.length);
        else if (sub.type == ITEM_IMPLEMENTATION_VERSION)
            copy_text(request->implementation_version, sizeof(request->implementation_version), sub.value,
                      sub.length);
        else if (sub.type == ITEM_ROLE || sub.type == ITEM_EXTENDED_NEGOTIATION)
            apply_class_item(request, &sub, err);
        else if (sub.type == ITEM_USER_IDENTITY)
            parse_identity(&request->identity, &sub, err);
    }
}

struct scripted_associate_rq *associate_rq_parse(const uint8_t *body, size_t length,
                                                 struct support_error *err)
{
    struct support_error own_err = {.text = ""};
    struct scripted_associate_rq *request = calloc(1, sizeof(*request));
    struct item item;
    size_t at = RQ_FIXED_BYTES;
    if (request == NULL || length < RQ_FIXED_BYTES) {
        support_fail(err, "A-ASSOCIATE-RQ of %zu bytes", length);
        free(request);
        return NULL;
    }
    request->protocol_version = (uint16_t)get_be16(body);
    copy_text(request->called_ae, sizeof(request->called_ae), body + 4, AE_TITLE_BYTES);
    copy_text(request->calling_ae, sizeof(request->calling_ae), body + 4 + AE_TITLE_BYTES, AE_TITLE_BYTES);
    while (next_item(body, length, &at, &item, &own_err)) {
        if (item.type == ITEM_APPLICATION_CONTEXT)
            copy_text(request->application_context, SCRIPTED_UID_BYTES, item.value, item.length);
        else if (item.type == ITEM_CONTEXT_RQ)
            parse_context(request, &item, &own_err);
        else if (item.type == ITEM_USER_INFORMATION)
            parse_user_information(request, &item, &own_err);
    }
    if (own_err.text[0] != '\0') {
        support_fail(err, "%s", own_err.text);
        associate_rq_free(request);
        return NULL;
    }
    return request;
}

void associate_rq_free(struct scripted_associate_rq *request)
{
    if (request == NULL)
        return;
    for (size_t i = 0; i < request->context_count; i++)
        free(request->contexts[i].transfer_syntaxes);
    free(request->contexts);
    free(request->identity.primary);
    free(request->identity.secondary);
    free(request);
}

static void put_item(struct cgw_buffer *to, unsigned type, const void *value, size_t length)
{
    put_u8(to, type);
    put_u8(to, 0);
    put_be16(to, (unsigned)length);
    if (!cgw_buffer_append(to, value, length))
        abort();
}

static void put_context(struct cgw_buffer *to, const struct scripted_context *context)
{
    /* A refused context's transfer syntax is there and not significant (PS3.8 9.3.3.2). */
    const char *syntax = context->result == 0 ? context->accepted_syntax : context->transfer_syntaxes[0];
    size_t length = strlen(syntax);
    put_u8(to, ITEM_CONTEXT_AC);
    put_u8(to, 0);
    put_be16(to, (unsigned)(8 + length));
    put_u8(to, context->id);
    put_u8(to, 0);
    put_u8(to, context->result);
    put_u8(to, 0);
    put_item(to, ITEM_TRANSFER_SYNTAX, syntax, length);
}

static void put_class_item(struct cgw_buffer *to, unsigned type, const char *uid, const uint8_t *rest,
                           size_t rest_length)
{
    size_t uid_length = strlen(uid);
    put_u8(to, type);
    put_u8(to, 0);
    put_be16(to, (unsigned)(2 + uid_length + rest_length));
    put_be16(to, (unsigned)uid_length);
    if (!cgw_buffer_append(to, uid, uid_length) || !cgw_buffer_append(to, rest, rest_length))
        abort();
}

static bool seen_before(const struct scripted_associate_rq *request, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(request->contexts[i].abstract_syntax, request->contexts[index].abstract_syntax) == 0)
            return true;
    }
    return false;
}

static void put_user_information(struct cgw_buffer *to, const struct scripted_associate_rq *request,
                                 const struct associate_ac_options *options)
{
    put_u8(to, ITEM_MAX_LENGTH);
    put_u8(to, 0);
    put_be16(to, 4);
    put_be32(to, options->max_pdu);
    put_item(to, ITEM_IMPLEMENTATION_CLASS, "2.25.272727", 11);
    for (size_t i = 0; i < request->context_count; i++) {
        const struct scripted_context *context = &request->contexts[i];
        if (!context->has_role || strcmp(options->roles, "none") == 0 || seen_before(request, i))
            continue;
        uint8_t roles[2] = {context->scu_role, context->scp_role};
        if (strcmp(options->roles, "echo") != 0 && strlen(options->roles) == 2) {
            roles[0] = (uint8_t)(options->roles[0] - '0');
            roles[1] = (uint8_t)(options->roles[1] - '0');
        }
        put_class_item(to, ITEM_ROLE, context->abstract_syntax, roles, 2);
    }
    put_item(to, ITEM_IMPLEMENTATION_VERSION, "CGWSCRIPT", 9);
    for (size_t i = 0; i < request->context_count; i++) {
        const struct scripted_context *context = &request->contexts[i];
        uint8_t answer[SCRIPTED_MAX_EXTNEG_BYTES];
        size_t length = context->extneg_length;
        if (!context->has_extneg || strcmp(options->extneg, "none") == 0 || seen_before(request, i))
            continue;
        memcpy(answer, context->extneg, length);
        if (strcmp(options->extneg, "echo") != 0)
            (void)hex_decode(options->extneg, answer, sizeof(answer), &length);
        put_class_item(to, ITEM_EXTENDED_NEGOTIATION, context->abstract_syntax, answer, length);
    }
    if (strcmp(options->identity, "none") != 0) {
        uint8_t response[2 + SCRIPTED_MAX_EXTNEG_BYTES] = {0};
        size_t length = 0;
        (void)hex_decode(options->identity, response + 2, SCRIPTED_MAX_EXTNEG_BYTES, &length);
        response[1] = (uint8_t)length;
        put_item(to, ITEM_USER_IDENTITY_RESPONSE, response, 2 + length);
    }
}

void associate_ac_put(struct cgw_buffer *to, const struct scripted_associate_rq *request,
                      const uint8_t *ae_titles, const struct associate_ac_options *options)
{
    struct cgw_buffer body = CGW_BUFFER_INIT(1 << 20);
    struct cgw_buffer user = CGW_BUFFER_INIT(UINT16_MAX);
    put_be16(&body, 1);
    put_be16(&body, 0);
    if (!cgw_buffer_append(&body, ae_titles, RQ_FIXED_BYTES - 4))
        abort();
    put_item(&body, ITEM_APPLICATION_CONTEXT, "1.2.840.10008.3.1.1.1", 21);
    for (size_t i = 0; i < request->context_count; i++)
        put_context(&body, &request->contexts[i]);
    put_user_information(&user, request, options);
    put_item(&body, ITEM_USER_INFORMATION, user.bytes, user.length);
    put_pdu_head(to, PDU_ASSOCIATE_AC, (uint32_t)body.length);
    if (!cgw_buffer_append(to, body.bytes, body.length))
        abort();
    cgw_buffer_release(&user);
    cgw_buffer_release(&body);
}
