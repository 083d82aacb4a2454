/* Numbers of DICOM JSON (PS3.18 F.2.3), binary and as text. */
#ifndef CGW_DICOM_JSON_NUMBER_H
#define CGW_DICOM_JSON_NUMBER_H

#include "cgetway/vr.h"
#include "dicom_json_out.h"

/* One value of VR DS or IS, not empty, as a number. False, and nothing is written: it is none, or one that
 * readers of JSON would not take for what it is (beyond a double, an integer of more digits than a double
 * keeps). */
bool json_number_from_text(struct json_out *out, enum cgw_vr vr, const char *text, size_t length);

/* One little endian value of a VR of kind INTEGER, REAL or TAG, as a number or, where JSON has none for it,
 * as a string. */
void json_number_from_bytes(struct json_out *out, enum cgw_vr vr, const uint8_t *value);

#endif
