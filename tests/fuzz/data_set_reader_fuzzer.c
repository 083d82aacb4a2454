/* First byte: the transfer syntax, or a file; then the bytes. What is read is a data set as the header says,
 * is within the limits, and can be encoded again, to bytes that are read as the same. */
#include "fuzz/fuzz.h"

#include "cgetway/data_set_reader.h"
#include "cgetway/dictionary.h"
#include "cgetway/identifier.h"
#include "cgetway/query.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <stdbool.h>
#include <string.h>

static const struct cgw_read_options options = {
    .max_depth = 8, .max_elements = 1000, .max_inflated_bytes = 65536, .vr_of = cgw_query_vr_of};

static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                       CGW_TS_EXPLICIT_BE};

enum { SYNTAXES = sizeof syntaxes / sizeof syntaxes[0] };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : 1;
}

static size_t check_data_set(const struct cgw_data_set *data_set, size_t depth)
{
    size_t count = data_set->count;
    FUZZ_DEMAND(depth <= options.max_depth);
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        uint16_t group = CGW_TAG_GROUP(element->tag);
        FUZZ_DEMAND(i == 0 || element->tag > data_set->elements[i - 1].tag);
        FUZZ_DEMAND(group != 0x0000 && group != 0x0002 && group != 0xFFFE);
        FUZZ_DEMAND(CGW_TAG_ELEMENT(element->tag) != 0x0000);
        FUZZ_DEMAND(element->length % cgw_vr_word_size(element->vr) == 0);
        FUZZ_DEMAND((element->value != NULL) == (element->length > 0));
        FUZZ_DEMAND(element->vr == CGW_VR_SQ ? element->length == 0 : element->item_count == 0);
        count += element->item_count;
        for (size_t j = 0; j < element->item_count; j++)
            count += check_data_set(&element->items[j], depth + 1);
    }
    return count;
}

static bool are_same(const struct cgw_data_set *a, const struct cgw_data_set *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        const struct cgw_element *x = &a->elements[i], *y = &b->elements[i];
        same = x->tag == y->tag && x->vr == y->vr && x->item_count == y->item_count &&
               (x->length == y->length ||
                (x->length % 2 == 1 && x->length + 1 == y->length)) && /* bytes of odd length are padded */
               (x->length == 0 || memcmp(x->value, y->value, x->length) == 0);
        for (size_t j = 0; same && j < x->item_count; j++)
            same = are_same(&x->items[j], &y->items[j]);
    }
    return same;
}

/* What DCMTK cannot carry: NUL inside text, which cgw_query_build refuses. */
static bool can_be_encoded(const struct cgw_data_set *data_set)
{
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        if (cgw_vr_info_of(element->vr)->kind == CGW_VR_TEXT && element->length > 0 &&
            memchr(element->value, '\0', element->length) != NULL)
            return false;
        for (size_t j = 0; j < element->item_count; j++) {
            if (!can_be_encoded(&element->items[j]))
                return false;
        }
    }
    return true;
}

static void check_round_trip(const struct cgw_data_set *data_set)
{
    static const struct cgw_read_options wide = {.max_depth = CGW_READ_MAX_DEPTH,
                                                 .max_elements = SIZE_MAX,
                                                 .max_inflated_bytes = 1 << 24,
                                                 .vr_of = cgw_query_vr_of};
    for (size_t i = 1; can_be_encoded(data_set) && i < SYNTAXES; i++) {
        struct cgw_data_set again = {0};
        struct cgw_error error = CGW_ERROR_INIT;
        uint8_t *bytes = NULL;
        size_t length = 0;
        FUZZ_DEMAND(cgw_identifier_encode(data_set, syntaxes[i], &bytes, &length, &error) == CGW_OK);
        FUZZ_DEMAND(cgw_data_set_read(bytes, length, syntaxes[i], &wide, &again, &error) == CGW_OK);
        FUZZ_DEMAND(are_same(data_set, &again));
        cgw_data_set_release(&again);
        free(bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cgw_data_set data_set = {0};
    struct cgw_error error = CGW_ERROR_INIT;
    if (size == 0)
        return 0;
    size_t kind = data[0] % (SYNTAXES + 1);
    enum cgw_code code =
        kind < SYNTAXES ? cgw_data_set_read(data + 1, size - 1, syntaxes[kind], &options, &data_set, &error)
                        : cgw_data_set_read_file(data + 1, size - 1, &options, &data_set, &error);
    FUZZ_DEMAND(code == error.code && (code == CGW_OK || code == CGW_E_PROTOCOL_ERROR));
    FUZZ_DEMAND(code == CGW_OK || (data_set.elements == NULL && error.detail[0] != '\0'));
    FUZZ_DEMAND(check_data_set(&data_set, 1) <= options.max_elements);
    check_round_trip(&data_set);
    cgw_data_set_release(&data_set);
    return 0;
}
