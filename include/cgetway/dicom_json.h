/*
 * DICOM JSON (PS3.18 F) written from a data set: UTF-8, sorted by tag, no group lengths, PN by component
 * group, numbers as numbers, what is no number as text, private elements, values that stayed in the file as
 * BulkDataURI. Text is read in the Specific Character Set of its item or of what is around it; bytes that
 * mean nothing there become U+FFFD, and (0008,0005) says ISO_IR 192 (PS3.18 F.2.1.1).
 *
 * Numbers that readers of JSON would not take for what they are become strings: NaN, inf and -inf, decimal
 * strings beyond a double, integers beyond 2^53. Blanks that pad a value are left out; an empty value among
 * several is null.
 *
 * Pure; any thread. Recurses as deep as the data set.
 *
 * Own code: DCMTK's walks over the values of an element quadratically, makes a tree of its own first, and
 * cannot convert every character set.
 */
#ifndef CGETWAY_DICOM_JSON_H
#define CGETWAY_DICOM_JSON_H

#include "cgetway/buffer.h"
#include "cgetway/data_set.h"
#include "cgetway/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_dicom_json_options {
    /* BulkDataURI of an element whose value is in the file: this, then the path of the element as
     * cgw_data_set_find_path takes it ("bulkdata/1.2.3/" gives "bulkdata/1.2.3/7FE00010"). NULL: elements
     * whose value is in the file are left out. Values of VR OB, OW, UN ... in memory are InlineBinary. */
    const char *bulk_prefix;
    /* (0008,3002) Available Transfer Syntax UID of the object; NULL: none is added.
     * It takes the place of one that the data set has. */
    const char *transfer_syntax;
};

/* Appends one object, without a line break. options NULL: nothing of all that. CGW_E_OUT_OF_MEMORY (also:
 * target is full); target is then as it was. */
enum cgw_code cgw_dicom_json_write(const struct cgw_data_set *data_set,
                                   const struct cgw_dicom_json_options *options, struct cgw_buffer *target,
                                   struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
