#include "make_file.h"

#include "unit/cmocka_all.h"

#include "cgetway/data_set.h"
#include "cgetway/identifier.h"
#include "cgetway/transfer_syntax.h"

#include <stdlib.h>
#include <string.h>

static const char *fill(const char *at, struct cgw_data_set *data_set);

static const char *fill_items(const char *at, struct cgw_element *sequence)
{
    while (*at == '{') {
        assert_true(cgw_element_grow_items(sequence, sequence->item_count + 1));
        at = fill(at + 1, &sequence->items[sequence->item_count - 1]);
        assert_int_equal(*at, '}');
        at++;
    }
    return at;
}

static const char *fill_value(const char *at, struct cgw_element *element)
{
    uint8_t bytes[256];
    size_t length = strcspn(at, "|{}");
    assert_true(length < sizeof bytes);
    if (cgw_vr_info_of(element->vr)->kind == CGW_VR_TEXT) {
        assert_true(cgw_element_set_value(element, at, length));
        return at + length;
    }
    for (size_t i = 0; i < length / 2; i++) {
        char pair[3] = {at[2 * i], at[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    assert_true(cgw_element_set_value(element, bytes, length / 2));
    return at + length;
}

static const char *fill(const char *at, struct cgw_data_set *data_set)
{
    while (*at != '\0' && *at != '}') {
        char *after;
        enum cgw_vr vr;
        unsigned long tag = strtoul(at, &after, 16);
        assert_int_equal(after - at, 8);
        assert_true(cgw_vr_from_name(after + 1, &vr) && after[3] == ' ');
        struct cgw_element *element = cgw_data_set_obtain(data_set, (uint32_t)tag, vr);
        assert_non_null(element);
        at = vr == CGW_VR_SQ ? fill_items(after + 4, element) : fill_value(after + 4, element);
        at += *at == '|';
    }
    return at;
}

uint8_t *make_file(const char *text, size_t *ret_length)
{
    struct cgw_data_set data_set = {0};
    uint8_t *bytes = NULL;
    assert_int_equal(*fill(text, &data_set), '\0');
    assert_int_equal(cgw_identifier_encode(&data_set, CGW_TS_EXPLICIT_LE, &bytes, ret_length, NULL), CGW_OK);
    cgw_data_set_release(&data_set);
    return bytes;
}
