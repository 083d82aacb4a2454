/* DICOM Part 10 files, as far as a comparison of data sets needs them (PS3.10 7.1). */
#ifndef CGETWAY_TESTS_PART10_H
#define CGETWAY_TESTS_PART10_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PART10_UID_BYTES = 65 };

struct part10_meta {
    char sop_class[PART10_UID_BYTES];    /* (0002,0002) */
    char sop_instance[PART10_UID_BYTES]; /* (0002,0003) */
    char transfer_syntax[PART10_UID_BYTES];
    size_t data_set_offset; /* where group 0002 ends */
};

/* Strict: preamble, DICM, group length first and right, elements of group 0002 only. */
bool part10_parse(const uint8_t *bytes, size_t length, struct part10_meta *ret_meta,
                  struct support_error *err);

/* The bytes after the meta header; owned by the caller (free). transfer_syntax may be NULL. */
bool data_set_of_file(const char *path, uint8_t **ret_bytes, size_t *ret_length,
                      char transfer_syntax[PART10_UID_BYTES], struct support_error *err);

/* Value of a UI or other text element at the top level of an Explicit or Implicit VR Little Endian data set,
 * without padding; false when it is not there. Enough for (0008,0016) and (0008,0018). */
bool data_set_text(const uint8_t *bytes, size_t length, bool explicit_vr, uint32_t tag, char *value,
                   size_t size);

#endif
