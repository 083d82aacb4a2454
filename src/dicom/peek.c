#include "cgetway/peek.h"

#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"
#include "encoding.h"

#include <string.h>

enum { GROUP_OF_ITEMS = 0xFFFE, ITEM_ELEMENT = 0xE000 };

void cgw_peek_add(struct cgw_peek *peek, const uint8_t *bytes, size_t length)
{
    size_t room = sizeof peek->bytes - peek->length;
    size_t taken = length < room ? length : room;
    if (taken > 0)
        memcpy(peek->bytes + peek->length, bytes, taken);
    peek->length += taken;
}

static bool differs(const uint8_t *value, size_t length, const char *uid)
{
    size_t unpadded = cgw_uid_unpadded_length(value, length);
    return unpadded != strlen(uid) || memcmp(value, uid, unpadded) != 0;
}

/* False: the data set cannot be looked into. */
static bool find_encoding(const char *transfer_syntax, struct cgw_encoding *ret_encoding)
{
    if (!cgw_encoding_of(transfer_syntax, ret_encoding))
        (void)cgw_encoding_of(CGW_TS_EXPLICIT_LE, ret_encoding);
    return !ret_encoding->deflated;
}

bool cgw_peek_contradicts(const struct cgw_peek *peek, const char *transfer_syntax, const char *sop_class,
                          const char *sop_instance)
{
    struct cgw_encoding encoding;
    struct cgw_element_head head;
    size_t at = 0, size;
    if (!find_encoding(transfer_syntax, &encoding))
        return false;
    while ((size = cgw_read_element_head(&encoding, peek->bytes + at, peek->length - at, &head)) > 0) {
        at += size;
        if (head.tag > CGW_TAG_SOP_INSTANCE_UID || head.length > peek->length - at)
            return false;
        bool is_class = head.tag == CGW_TAG_SOP_CLASS_UID, is_instance = head.tag == CGW_TAG_SOP_INSTANCE_UID;
        if ((is_class && differs(peek->bytes + at, head.length, sop_class)) ||
            (is_instance && differs(peek->bytes + at, head.length, sop_instance)))
            return true;
        at += head.length;
    }
    return false;
}

/* Undefined lengths, of sequences and items, each end with a delimiter of their own. What is in a UN of
 * undefined length is encoded in another way (PS3.5 6.2.2). */
static bool opens_level(const struct cgw_encoding *encoding, const struct cgw_element_head *head)
{
    return head->length == CGW_UNDEFINED_LENGTH && (CGW_TAG_GROUP(head->tag) == GROUP_OF_ITEMS ||
                                                    !encoding->explicit_vr || memcmp(head->vr, "SQ", 2) == 0);
}

static bool is_delimiter(const struct cgw_element_head *head)
{
    return CGW_TAG_GROUP(head->tag) == GROUP_OF_ITEMS && CGW_TAG_ELEMENT(head->tag) != ITEM_ELEMENT;
}

bool cgw_peek_uid(const uint8_t *bytes, size_t length, const char *transfer_syntax, uint32_t tag,
                  char ret_uid[CGW_UID_BYTES])
{
    struct cgw_encoding encoding;
    struct cgw_element_head head;
    size_t at = 0, levels = 0, size;
    if (!find_encoding(transfer_syntax, &encoding))
        return false;
    while ((size = cgw_read_element_head(&encoding, bytes + at, length - at, &head)) > 0) {
        at += size;
        if (levels == 0 && head.tag > tag)
            return false;
        if (opens_level(&encoding, &head)) {
            levels++;
        } else if (is_delimiter(&head)) {
            levels--; /* there is one: at the top level its tag is behind any other */
        } else if (head.length > length - at) {
            return false;
        } else if (levels == 0 && head.tag == tag) {
            return cgw_uid_copy_safe(bytes + at, head.length, ret_uid);
        } else {
            at += head.length;
        }
    }
    return false;
}
