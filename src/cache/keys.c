#include "keys.h"

#include "cgetway/tag.h"

#include <string.h>

enum cgw_model keys_model_of(const struct cgw_peer *peer)
{
    return peer->model == CGW_MODEL_PATIENT && peer->relational_retrieval ? CGW_MODEL_PATIENT
                                                                          : CGW_MODEL_STUDY;
}

static bool set_key(struct cgw_data_set *keys, uint32_t tag, enum cgw_vr vr, const char *text)
{
    struct cgw_element *element = cgw_data_set_obtain(keys, tag, vr);
    return element != NULL && cgw_element_set_value(element, text, strlen(text));
}

bool keys_of_unit(const struct unit *unit, const char *instances, struct cgw_data_set *keys)
{
    const char *last = instances != NULL ? instances : unit->instance;
    const char *level = last[0] != '\0' ? "IMAGE" : unit->series[0] != '\0' ? "SERIES" : "STUDY";
    return set_key(keys, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, level) &&
           set_key(keys, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, unit->study) &&
           (unit->series[0] == '\0' || set_key(keys, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, unit->series)) &&
           (last[0] == '\0' || set_key(keys, CGW_TAG_SOP_INSTANCE_UID, CGW_VR_UI, last));
}

bool keys_of_series_search(const char *study, struct cgw_data_set *keys)
{
    return set_key(keys, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "SERIES") &&
           set_key(keys, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, study) &&
           set_key(keys, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, "");
}
