#include "cgetway/vr.h"

#include <string.h>

static const struct cgw_vr_info vr_infos[] = {
#define VR_INFO(name, kind, size, separates, charset)                                                        \
    [CGW_VR_##name] = {#name, CGW_VR_##kind, size, separates, charset},
    CGW_VRS(VR_INFO)
#undef VR_INFO
};

const struct cgw_vr_info *cgw_vr_info_of(enum cgw_vr vr)
{
    return &vr_infos[(unsigned)vr < CGW_VR_COUNT ? vr : CGW_VR_UN];
}

bool cgw_vr_from_name(const char name[2], enum cgw_vr *ret_vr)
{
    for (unsigned i = 0; i < CGW_VR_COUNT; i++) {
        if (memcmp(vr_infos[i].name, name, 2) == 0) {
            *ret_vr = (enum cgw_vr)i;
            return true;
        }
    }
    return false;
}
