/* The DICOM JSON model (PS3.18 F): what one attribute means as a value of a keyword path. */
#ifndef CGW_QUERY_DICOM_JSON_H
#define CGW_QUERY_DICOM_JSON_H

#include "cgetway/dictionary.h"

#include "fault.h"

#include <jansson.h>

/* attribute: {"vr": "UI", "Value": ["1.2"]}. *ret_value: a new reference to what a client would write behind
 * the keyword: null, an array, hex pairs. vr is held against entry, which is narrowed down to it where the
 * dictionary leaves a choice or, for private elements, says nothing. CGW_OK, CGW_E_BAD_IDENTIFIER with *fault
 * filled, CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_dicom_json_value(const json_t *attribute, struct cgw_dictionary_entry *entry,
                                   json_t **ret_value, struct cgw_fault *fault);

#endif
