#include "cgetway/sop_class.h"

#include <string.h>

const struct cgw_sop_class cgw_storage_classes[] = {
#define STORAGE_CLASS(uid, name) {uid, name},
    CGW_STORAGE_CLASSES(STORAGE_CLASS)
#undef STORAGE_CLASS
};

const size_t cgw_storage_class_count = sizeof cgw_storage_classes / sizeof cgw_storage_classes[0];

static const struct cgw_sop_class other_classes[] = {
    {CGW_SOP_VERIFICATION, "Verification"},
    {CGW_SOP_PATIENT_ROOT_GET, "Patient Root Query/Retrieve Information Model - GET"},
    {CGW_SOP_STUDY_ROOT_GET, "Study Root Query/Retrieve Information Model - GET"},
    {CGW_SOP_PATIENT_STUDY_ONLY_GET, "Patient/Study Only Query/Retrieve Information Model - GET"},
};

static const char *find_name(const struct cgw_sop_class *classes, size_t count, const char *uid)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(classes[i].uid, uid) == 0)
            return classes[i].name;
    }
    return NULL;
}

const char *cgw_sop_class_name(const char *uid)
{
    const char *name = find_name(cgw_storage_classes, cgw_storage_class_count, uid);
    if (name == NULL)
        name = find_name(other_classes, sizeof other_classes / sizeof other_classes[0], uid);
    return name != NULL ? name : uid;
}
