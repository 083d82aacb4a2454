#include "cgetway/byte_order.h"
#include "cgetway/tag.h"

#include "instance_file_internal.h"

/* "US or SS" of PS3.6, retired ones among them: by Pixel Representation, that of the image around an item
 * where it has none of its own (PS3.3 C.7.6.3.1). */
static bool is_us_or_ss(uint32_t tag)
{
    switch (tag) {
    case CGW_TAG(0x0018, 0x9810):
    case CGW_TAG(0x0022, 0x1452):
    case CGW_TAG(0x0028, 0x0071):
    case CGW_TAG(0x0028, 0x0104):
    case CGW_TAG(0x0028, 0x0105):
    case CGW_TAG(0x0028, 0x0106):
    case CGW_TAG(0x0028, 0x0107):
    case CGW_TAG(0x0028, 0x0108):
    case CGW_TAG(0x0028, 0x0109):
    case CGW_TAG(0x0028, 0x0110):
    case CGW_TAG(0x0028, 0x0111):
    case CGW_TAG(0x0028, 0x0120):
    case CGW_TAG(0x0028, 0x0121):
    case CGW_TAG(0x0028, 0x1100):
    case CGW_TAG(0x0028, 0x1101):
    case CGW_TAG(0x0028, 0x1102):
    case CGW_TAG(0x0028, 0x1103):
    case CGW_TAG(0x0028, 0x1111):
    case CGW_TAG(0x0028, 0x1112):
    case CGW_TAG(0x0028, 0x1113):
    case CGW_TAG(0x0028, 0x3002):
    case CGW_TAG(0x0040, 0x9211):
    case CGW_TAG(0x0040, 0x9216):
    case CGW_TAG(0x0060, 0x3004):
    case CGW_TAG(0x0060, 0x3006):
        return true;
    default:
        return false;
    }
}

static bool get_u16(const struct cgw_data_set *data_set, uint32_t tag, uint16_t *ret_value)
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    if (element == NULL || element->vr != CGW_VR_US || element->length < 2)
        return false;
    *ret_value = cgw_get_u16le(element->value);
    return true;
}

/* "OB or OW", of which vr_of says OW: samples of 8 bits are bytes (PS3.5 8.3). */
static bool is_waveform(uint32_t tag)
{
    return tag == CGW_TAG(0x5400, 0x0110) || tag == CGW_TAG(0x5400, 0x0112) ||
           tag == CGW_TAG(0x5400, 0x100A) || tag == CGW_TAG(0x5400, 0x1010);
}

static void settle(struct cgw_data_set *data_set, bool is_signed)
{
    static const uint32_t pixel_representation = CGW_TAG(0x0028, 0x0103),
                          waveform_bits_allocated = CGW_TAG(0x5400, 0x1004);
    uint16_t representation, waveform_bits = 0;
    if (get_u16(data_set, pixel_representation, &representation))
        is_signed = representation == 1;
    (void)get_u16(data_set, waveform_bits_allocated, &waveform_bits);
    for (size_t i = 0; i < data_set->count; i++) {
        struct cgw_element *element = &data_set->elements[i];
        if (is_signed && element->vr == CGW_VR_US && is_us_or_ss(element->tag))
            element->vr = CGW_VR_SS;
        if (waveform_bits == 8 && element->vr == CGW_VR_OW && is_waveform(element->tag))
            element->vr = CGW_VR_OB;
        for (size_t j = 0; j < element->item_count; j++)
            settle(&element->items[j], is_signed);
    }
}

void instance_file_settle_vrs(struct cgw_data_set *data_set)
{
    settle(data_set, false);
}
