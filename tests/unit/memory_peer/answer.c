#include "answer.h"

#include "words.h"

#include "cgetway/byte_order.h"

#include <stdlib.h>
#include <string.h>

/* PS3.8 9.3.2: the head and the fixed fields; an item's type, a byte, its length. */
enum { FIXED_BYTES = CGW_PDU_HEAD_BYTES + 68, ITEM_HEAD_BYTES = 4 };
enum { CONTEXT_ITEM = 0x20, ABSTRACT_SYNTAX_ITEM = 0x30, TRANSFER_SYNTAX_ITEM = 0x40 };

struct item {
    uint8_t type;
    const uint8_t *bytes;
    size_t length;
};

/* Takes the item at *at; false: no more. */
static bool next_item(const uint8_t *bytes, size_t length, size_t *at, struct item *ret_item)
{
    if (*at + ITEM_HEAD_BYTES > length)
        return false;
    *ret_item = (struct item){
        .type = bytes[*at], .bytes = bytes + *at + ITEM_HEAD_BYTES, .length = cgw_get_u16be(bytes + *at + 2)};
    *at += ITEM_HEAD_BYTES + ret_item->length;
    if (*at > length)
        abort();
    return true;
}

static void copy_uid(const struct item *item, char uid[CGW_UID_BYTES])
{
    if (item->length >= CGW_UID_BYTES)
        abort();
    memcpy(uid, item->bytes, item->length);
    uid[item->length] = '\0';
}

static bool is_refused(const char *refused, bool is_first, const char *abstract_syntax)
{
    if (refused == NULL)
        return false;
    return strcmp(refused, "storage") == 0 ? !is_first : strcmp(refused, abstract_syntax) == 0;
}

static void answer_context(const struct item *item, const char *refused, bool is_first,
                           char syntax[CGW_UID_BYTES], struct said_context *ret_said)
{
    struct item inner;
    char abstract_syntax[CGW_UID_BYTES] = "";
    size_t at = 4;
    syntax[0] = '\0';
    while (next_item(item->bytes, item->length, &at, &inner)) {
        if (inner.type == ABSTRACT_SYNTAX_ITEM)
            copy_uid(&inner, abstract_syntax);
        else if (inner.type == TRANSFER_SYNTAX_ITEM && syntax[0] == '\0')
            copy_uid(&inner, syntax);
    }
    *ret_said = (struct said_context){.id = item->bytes[0], .transfer_syntax = syntax};
    if (is_refused(refused, is_first, abstract_syntax))
        ret_said->result = CGW_CONTEXT_ABSTRACT_SYNTAX;
}

void answer_request(const struct cgw_buffer *heard, const char *refused, struct cgw_buffer *answer)
{
    struct said_context said[CGW_MAX_CONTEXTS];
    char syntaxes[CGW_MAX_CONTEXTS][CGW_UID_BYTES];
    struct item item;
    size_t count = 0, at = FIXED_BYTES;
    if (heard->length < FIXED_BYTES || heard->bytes[0] != CGW_PDU_A_ASSOCIATE_RQ)
        abort();
    size_t length = CGW_PDU_HEAD_BYTES + (size_t)cgw_get_u32be(heard->bytes + 2);
    while (next_item(heard->bytes, length, &at, &item)) {
        if (item.type != CONTEXT_ITEM)
            continue;
        if (count == CGW_MAX_CONTEXTS)
            abort();
        answer_context(&item, refused, count == 0, syntaxes[count], &said[count]);
        count++;
    }
    say_accept(answer, said, count, 16384);
}
