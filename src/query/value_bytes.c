#include "value.h"

#include "path.h"
#include "resolve.h"

#include <stdint.h>
#include <string.h>

enum cgw_code cgw_value_append_tag(const struct cgw_piece *piece, struct cgw_buffer *value,
                                   struct cgw_fault *fault)
{
    uint32_t tag = 0;
    if (piece->text == NULL)
        return cgw_fault_set(fault, "bad-value",
                             "VR AT takes a tag or a keyword as a string: \"(0010,0020)\", \"00100020\" or "
                             "\"PatientID\"");
    if (!cgw_path_parse_tag(piece->text, piece->length, &tag)) {
        struct cgw_dictionary_entry entry;
        struct cgw_suggest_budget budget = {.left = 0};
        struct cgw_fault why = {0};
        if (cgw_resolve_keyword(piece->text, piece->length, &budget, &entry, &why) != CGW_OK)
            return cgw_fault_set(
                fault, "bad-value",
                "VR AT takes a tag or the keyword of one element: \"(0010,0020)\", \"00100020\" or "
                "\"PatientID\"");
        tag = entry.tag;
    }
    uint8_t bytes[4] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag, (uint8_t)(tag >> 8)};
    return cgw_value_put(value, bytes, sizeof bytes);
}

static int digit_value(char c)
{
    static const char digits[] = "0123456789ABCDEFabcdef";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    if (found == NULL)
        return -1;
    int place = (int)(found - digits);
    return place < 16 ? place : place - 6;
}

enum cgw_code cgw_value_append_bytes(enum cgw_vr vr, const struct cgw_piece *piece, struct cgw_buffer *value,
                                     struct cgw_fault *fault)
{
    const char *name = cgw_vr_info_of(vr)->name;
    if (piece->text == NULL)
        return cgw_fault_set(fault, "bad-value", "VR %s takes a string of hex pairs: \"00FFEA08\"", name);
    if (piece->length % 2 != 0)
        return cgw_fault_set(fault, "bad-value",
                             "an odd number of hex digits; VR %s takes pairs: \"00FFEA08\"", name);
    if (piece->length / 2 % cgw_vr_word_size(vr) != 0)
        return cgw_fault_set(fault, "bad-value", "VR %s holds words of %zu bytes; %zu bytes are given", name,
                             cgw_vr_word_size(vr), piece->length / 2);
    for (size_t i = 0; i < piece->length; i += 2) {
        int high = digit_value(piece->text[i]), low = digit_value(piece->text[i + 1]);
        if (high < 0 || low < 0)
            return cgw_fault_set(fault, "bad-value",
                                 "VR %s takes hex pairs without blanks or prefix: \"00FFEA08\"", name);
        uint8_t byte = (uint8_t)(high << 4 | low);
        enum cgw_code code = cgw_value_put(value, &byte, 1);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}
