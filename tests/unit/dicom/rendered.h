/* A data set in one line, for tables of tests: "00100010 PN Jan^C, 300A00B0 SQ {00280011 US 0004}{}". Text as
 * it is, other values as hex pairs. */
#ifndef CGW_TESTS_DICOM_RENDERED_H
#define CGW_TESTS_DICOM_RENDERED_H

#include "cgetway/buffer.h"
#include "cgetway/data_set.h"

void render(const struct cgw_data_set *data_set, struct cgw_buffer *text);

#endif
