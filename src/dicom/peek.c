#include "cgetway/peek.h"

#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/uid.h"

#include "encoding.h"

#include <string.h>

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

bool cgw_peek_contradicts(const struct cgw_peek *peek, const char *transfer_syntax, const char *sop_class,
                          const char *sop_instance)
{
    struct cgw_encoding encoding;
    struct cgw_element_head head;
    size_t at = 0, size;
    if (!cgw_encoding_of(transfer_syntax, &encoding))
        (void)cgw_encoding_of(CGW_TS_EXPLICIT_LE, &encoding);
    if (encoding.deflated)
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
