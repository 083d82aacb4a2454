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

size_t cgw_vr_word_size(enum cgw_vr vr)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(vr);
    switch (vr) {
    case CGW_VR_AT:
    case CGW_VR_OW:
        return 2;
    case CGW_VR_OF:
    case CGW_VR_OL:
        return 4;
    case CGW_VR_OD:
    case CGW_VR_OV:
        return 8;
    default:
        return info->kind == CGW_VR_INTEGER || info->kind == CGW_VR_REAL ? info->size : 1;
    }
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

void cgw_swap_words(uint8_t *bytes, size_t length, size_t word_size)
{
    for (size_t at = 0; at < length; at += word_size) {
        for (size_t i = 0; i < word_size / 2; i++) {
            uint8_t other = bytes[at + i];
            bytes[at + i] = bytes[at + word_size - 1 - i];
            bytes[at + word_size - 1 - i] = other;
        }
    }
}
