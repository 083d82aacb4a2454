/* Text of DICOM JSON: values of VRs of kind TEXT out of their character set. */
#ifndef CGW_DICOM_JSON_TEXT_H
#define CGW_DICOM_JSON_TEXT_H

#include "cgetway/data_set.h"
#include "decoder.h"
#include "dicom_json_out.h"

/* Zeroed memory but for the maximum of decoded (JSON_TEXT_INIT) reads ASCII. */
struct json_text {
    struct cgw_character_set set; /* that holds where the writer is; see json_text_enter */
    struct decoder decoder;
    struct cgw_buffer decoded; /* of the element that is written */
};

#define JSON_TEXT_INIT                                                                                       \
    {                                                                                                        \
        .decoded = CGW_BUFFER_INIT(SIZE_MAX / 2)                                                             \
    }

/* A data set or an item begins: its own (0008,0005) holds, where it has one. Returns the set that held
 * before, for json_text_leave. */
struct cgw_character_set json_text_enter(struct json_text *text, const struct cgw_data_set *data_set);
void json_text_leave(struct json_text *text, const struct cgw_character_set *before);

/* The member Value with a comma before it, or nothing where the element has no value. */
void json_text_element(struct json_text *text, struct json_out *out, const struct cgw_element *element);

void json_text_release(struct json_text *text);

#endif
