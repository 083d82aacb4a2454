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
    {CGW_SOP_COMPOSITE_ROOT_GET, "Composite Instance Root Retrieve - GET"},
    {CGW_SOP_WITHOUT_BULK_DATA_GET, "Composite Instance Retrieve Without Bulk Data - GET"},
    {CGW_SOP_PATIENT_ROOT_FIND, "Patient Root Query/Retrieve Information Model - FIND"},
    {CGW_SOP_STUDY_ROOT_FIND, "Study Root Query/Retrieve Information Model - FIND"},
    {CGW_SOP_PATIENT_STUDY_ONLY_FIND, "Patient/Study Only Query/Retrieve Information Model - FIND"},
};

#define STORAGE "1.2.840.10008.5.1.4.1.1."

/* Each stands for itself and for every class below it. */
static const char *const without_pixels[] = {
    STORAGE "9",                /* waveforms */
    STORAGE "11",               /* presentation states */
    STORAGE "66.1",             /* spatial registration */
    STORAGE "66.2",             /* spatial fiducials */
    STORAGE "66.3",             /* deformable spatial registration */
    STORAGE "66.5",             /* surface segmentation */
    STORAGE "66.6",             /* tractography results */
    STORAGE "67",               /* real world value mapping */
    STORAGE "68",               /* surface scans */
    STORAGE "78",               /* ophthalmic measurements */
    STORAGE "79",               /* macular grid report */
    STORAGE "80",               /* visual field measurements */
    STORAGE "88",               /* structured reports */
    STORAGE "90",               /* content assessment */
    STORAGE "91",               /* microscopy annotations */
    STORAGE "104",              /* encapsulated documents */
    STORAGE "200",              /* protocols */
    STORAGE "481.3",            /* RT structure set */
    STORAGE "481.4",            /* RT beams treatment record */
    STORAGE "481.5",            /* RT plan */
    STORAGE "481.6",            /* RT brachy treatment record */
    STORAGE "481.7",            /* RT treatment summary record */
    STORAGE "481.8",            /* RT ion plan */
    STORAGE "481.9",            /* RT ion beams treatment record */
    "1.2.840.10008.5.1.4.34.7", /* RT beams delivery instruction */
};

static bool is_at_or_below(const char *uid, const char *root)
{
    size_t length = strlen(root);
    return strncmp(uid, root, length) == 0 && (uid[length] == '\0' || uid[length] == '.');
}

bool cgw_sop_class_may_have_pixels(const char *uid)
{
    for (size_t i = 0; i < sizeof without_pixels / sizeof without_pixels[0]; i++) {
        if (is_at_or_below(uid, without_pixels[i]))
            return false;
    }
    return true;
}

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
