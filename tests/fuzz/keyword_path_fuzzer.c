/* A path that is taken can be written from its components and taken again, to the same components. */
#include "fuzz/fuzz.h"

#include "query/path.h"

#include <string.h>

enum { TEXT_BYTES = 65536 };

static size_t print_path(const struct cgw_path *path, char text[static TEXT_BYTES])
{
    size_t at = 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct cgw_path_component *component = &path->components[i];
        int printed = component->keyword != NULL
                          ? snprintf(text + at, TEXT_BYTES - at, "%s%.*s", i > 0 ? "." : "",
                                     (int)component->keyword_length, component->keyword)
                          : snprintf(text + at, TEXT_BYTES - at, "%s(%04X,%04X)", i > 0 ? "." : "",
                                     (unsigned)(component->tag >> 16), (unsigned)(component->tag & 0xFFFF));
        at += (size_t)printed;
        if (component->has_index)
            at += (size_t)snprintf(text + at, TEXT_BYTES - at, "[%u]", (unsigned)component->index);
        FUZZ_DEMAND(at < TEXT_BYTES);
    }
    return at;
}

static void check_again(const struct cgw_path *path)
{
    static char text[TEXT_BYTES];
    struct cgw_path again;
    struct cgw_fault fault = {0};
    size_t length = print_path(path, text);
    FUZZ_DEMAND(cgw_path_parse(text, length, &again, &fault) == CGW_OK);
    FUZZ_DEMAND(again.count == path->count);
    for (size_t i = 0; i < path->count; i++) {
        const struct cgw_path_component *a = &path->components[i], *b = &again.components[i];
        FUZZ_DEMAND(a->tag == b->tag && a->has_index == b->has_index && a->index == b->index);
        FUZZ_DEMAND((a->keyword == NULL) == (b->keyword == NULL));
        FUZZ_DEMAND(a->keyword == NULL || (a->keyword_length == b->keyword_length &&
                                           memcmp(a->keyword, b->keyword, a->keyword_length) == 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cgw_path path;
    struct cgw_fault fault = {0};
    if (size > TEXT_BYTES / 4)
        return 0;
    enum cgw_code code = cgw_path_parse((const char *)data, size, &path, &fault);
    if (code == CGW_OK) {
        FUZZ_DEMAND(path.count >= 1 && path.count <= CGW_PATH_MAX_DEPTH);
        check_again(&path);
    } else {
        FUZZ_DEMAND(code == CGW_E_BAD_IDENTIFIER && fault.code != NULL && fault.detail[0] != '\0');
    }
    return 0;
}
