#include "keys.h"

#include "cgetway/tag.h"

#include <string.h>

enum cgw_model keys_model(enum cgw_model model, const struct cgw_data_set *original)
{
    bool names_patient = keys_have(original, CGW_TAG_PATIENT_ID);
    if (model == CGW_MODEL_COMPOSITE || model == CGW_MODEL_WITHOUT_BULK_DATA)
        return model;
    return model == CGW_MODEL_PATIENT && names_patient ? CGW_MODEL_PATIENT : CGW_MODEL_STUDY;
}

bool keys_have(const struct cgw_data_set *data_set, uint32_t tag)
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    return element != NULL && element->length > 0;
}

bool keys_are_of_level(const struct cgw_data_set *data_set, const char *level)
{
    const struct cgw_element *element = cgw_data_set_find(data_set, CGW_TAG_QUERY_RETRIEVE_LEVEL);
    return element != NULL && element->length == strlen(level) &&
           memcmp(element->value, level, element->length) == 0;
}

bool keys_are_unique_ones(const struct cgw_data_set *data_set)
{
    static const uint32_t tags[] = {
        CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_TAG_PATIENT_ID,
        CGW_TAG_STUDY_INSTANCE_UID,     CGW_TAG_SERIES_INSTANCE_UID,  CGW_TAG_SOP_INSTANCE_UID};
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        bool is_unique_one = false;
        for (size_t n = 0; n < sizeof tags / sizeof tags[0]; n++)
            is_unique_one |= element->tag == tags[n];
        if (!is_unique_one && (element->length > 0 || element->item_count > 0))
            return false;
    }
    return true;
}

bool keys_set(struct cgw_data_set *keys, uint32_t tag, enum cgw_vr vr, const char *text)
{
    struct cgw_element *element = cgw_data_set_obtain(keys, tag, vr);
    return element != NULL && cgw_element_set_value(element, text, strlen(text));
}

bool keys_copy(struct cgw_data_set *keys, uint32_t tag, const struct cgw_data_set *original)
{
    const struct cgw_element *from = cgw_data_set_find(original, tag);
    if (from == NULL)
        return true;
    struct cgw_element *element = cgw_data_set_obtain(keys, tag, from->vr);
    return element != NULL && cgw_element_set_value(element, from->value, from->length);
}

bool keys_begin(struct cgw_data_set *keys, const char *level, enum cgw_model model,
                const struct cgw_data_set *original)
{
    return keys_set(keys, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, level) &&
           (model != CGW_MODEL_PATIENT || (keys_copy(keys, CGW_TAG_SPECIFIC_CHARACTER_SET, original) &&
                                           keys_copy(keys, CGW_TAG_PATIENT_ID, original)));
}

bool keys_next_uid(const struct cgw_data_set *data_set, uint32_t tag, size_t *at, char uid[CGW_UID_BYTES])
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    while (element != NULL && *at < element->length) {
        const uint8_t *start = element->value + *at;
        const uint8_t *end = memchr(start, '\\', element->length - *at);
        size_t length = end != NULL ? (size_t)(end - start) : element->length - *at;
        *at += length + 1;
        if (cgw_uid_copy_safe(start, length, uid))
            return true;
    }
    return false;
}
