#include "cgetway/failed_list.h"

#include "cgetway/cleanup.h"
#include "cgetway/tag.h"

#include "encoding.h"

#include <assert.h>

static enum cgw_code visit_values(const uint8_t *value, size_t length,
                                  bool (*visit)(const char *uid, void *context), void *context,
                                  size_t *ret_unsafe)
{
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && value[i] != '\\')
            continue;
        char uid[CGW_UID_BYTES];
        if (cgw_uid_copy_safe(value + start, i - start, uid)) {
            if (!visit(uid, context))
                return CGW_E_OUT_OF_MEMORY;
        } else if (cgw_uid_unpadded_length(value + start, i - start) > 0) {
            (*ret_unsafe)++;
        }
        start = i + 1;
    }
    return CGW_OK;
}

CGW_DEFINE_AUTO(buffer_pointer, struct cgw_buffer *, cgw_buffer_release)

enum cgw_code cgw_failed_list_each(const uint8_t *bytes, size_t length, const char *transfer_syntax,
                                   bool (*visit)(const char *uid, void *context), void *context,
                                   size_t *ret_unsafe, struct cgw_error *err)
{
    struct cgw_buffer inflated = CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    CGW_AUTO(buffer_pointer) struct cgw_buffer *inflated_owner = &inflated;
    struct cgw_encoding encoding;
    *ret_unsafe = 0;
    assert(bytes != NULL || length == 0);
    if (!cgw_encoding_of(transfer_syntax, &encoding))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the response's data set is in a syntax that was not offered");
    if (encoding.deflated && length > 0) {
        enum cgw_code code = cgw_inflate(bytes, length, inflated_owner, err);
        if (code != CGW_OK)
            return code;
        bytes = inflated.bytes;
        length = inflated.length;
    }
    size_t at = 0;
    while (at < length) {
        struct cgw_element_head element;
        size_t head = cgw_read_element_head(&encoding, bytes + at, length - at, &element);
        if (head == 0)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the response's data set ends inside an element");
        if (element.tag > CGW_TAG_FAILED_SOP_INSTANCE_UID_LIST)
            return CGW_OK;
        at += head;
        if (element.length >
            length - at) /* holds for an undefined length too: no sequence stands before the list */
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                            "an element of the response's data set passes its end");
        if (element.tag == CGW_TAG_FAILED_SOP_INSTANCE_UID_LIST) {
            enum cgw_code code = visit_values(bytes + at, element.length, visit, context, ret_unsafe);
            return code == CGW_OK ? CGW_OK
                                  : cgw_fail(err, code, "no memory for the list of failed instances");
        }
        at += element.length;
    }
    return CGW_OK;
}
