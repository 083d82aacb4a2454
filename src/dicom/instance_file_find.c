/* Single elements of an instance: numbers, and what a bulk data path names. */
#include "cgetway/byte_order.h"
#include "cgetway/instance_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_integer_string(const struct cgw_element *element, int64_t *ret_value)
{
    char text[16], *end;
    size_t length = 0, start = 0;
    while (start < element->length && element->value[start] == ' ')
        start++;
    while (start + length < element->length && element->value[start + length] != '\\')
        length++;
    length = cgw_uid_unpadded_length(element->value + start, length);
    if (length == 0 || length >= sizeof text)
        return false;
    memcpy(text, element->value + start, length);
    text[length] = '\0';
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text)
        return false;
    *ret_value = value;
    return true;
}

bool cgw_data_set_integer(const struct cgw_data_set *data_set, uint32_t tag, int64_t *ret_value)
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    if (element == NULL || element->value == NULL)
        return false;
    if (element->vr == CGW_VR_IS)
        return parse_integer_string(element, ret_value);
    const struct cgw_vr_info *info = cgw_vr_info_of(element->vr);
    if (info->kind != CGW_VR_INTEGER || element->length < info->size)
        return false;
    const uint8_t *value = element->value;
    switch (element->vr) {
    case CGW_VR_US:
        *ret_value = cgw_get_u16le(value);
        return true;
    case CGW_VR_SS:
        *ret_value = (int16_t)cgw_get_u16le(value);
        return true;
    case CGW_VR_UL:
        *ret_value = cgw_get_u32le(value);
        return true;
    case CGW_VR_SL:
        *ret_value = (int32_t)cgw_get_u32le(value);
        return true;
    default: /* SV and UV */
        if (element->vr == CGW_VR_UV && cgw_get_u64le(value) > INT64_MAX)
            return false;
        *ret_value = (int64_t)cgw_get_u64le(value);
        return true;
    }
}

/* Reads digits of a base, all of them between length_min and length_max; NULL: they are not there. */
static const char *read_digits(const char *text, int base, size_t length_min, size_t length_max,
                               uint32_t *ret_number)
{
    size_t length = strspn(text, base == 16 ? "0123456789ABCDEFabcdef" : "0123456789");
    if (length < length_min || length > length_max)
        return NULL;
    *ret_number = (uint32_t)strtoul(text, NULL, base);
    return text + length;
}

const struct cgw_element *cgw_data_set_find_path(const struct cgw_data_set *data_set, const char *path)
{
    for (;;) {
        uint32_t tag, item;
        path = read_digits(path, 16, 8, 8, &tag);
        if (path == NULL)
            return NULL;
        const struct cgw_element *element = cgw_data_set_find(data_set, tag);
        if (element == NULL || *path == '\0')
            return element;
        path = *path == '.' ? read_digits(path + 1, 10, 1, 9, &item) : NULL;
        if (path == NULL || *path != '.' || item >= element->item_count)
            return NULL;
        data_set = &element->items[item];
        path++;
    }
}
