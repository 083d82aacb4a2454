#include "cgetway/query.h"

#include <string.h>

static const char *const model_names[] = {
    [CGW_MODEL_AUTO] = "auto",           [CGW_MODEL_PATIENT] = "patient",
    [CGW_MODEL_STUDY] = "study",         [CGW_MODEL_PSONLY] = "psonly",
    [CGW_MODEL_COMPOSITE] = "composite", [CGW_MODEL_WITHOUT_BULK_DATA] = "without-bulk-data",
};

enum { MODEL_COUNT = sizeof model_names / sizeof model_names[0] };

const char *cgw_model_name(enum cgw_model model)
{
    return model_names[(unsigned)model < MODEL_COUNT ? model : CGW_MODEL_AUTO];
}

bool cgw_model_is_hierarchy(enum cgw_model model)
{
    return model != CGW_MODEL_COMPOSITE && model != CGW_MODEL_WITHOUT_BULK_DATA;
}

bool cgw_model_from_name(const char *name, enum cgw_model *ret_model)
{
    for (unsigned i = 0; i < MODEL_COUNT; i++) {
        if (strcmp(model_names[i], name) == 0) {
            *ret_model = (enum cgw_model)i;
            return true;
        }
    }
    return false;
}
