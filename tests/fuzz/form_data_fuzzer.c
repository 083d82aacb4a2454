/* A Content-Type, a NUL, a body: parts lie within the body, in order and apart, none holds the boundary, no
 * name comes twice. */
#include "fuzz/fuzz.h"

#include "http/form_data.h"

#include <string.h>

static void check_parts(const struct form_data *form, const uint8_t *body, size_t length,
                        const char *boundary)
{
    char delimiter[FORM_BOUNDARY_BYTES + 4];
    const uint8_t *at = body;
    (void)snprintf(delimiter, sizeof delimiter, "\r\n--%s", boundary);
    FUZZ_DEMAND(form->count <= FORM_MAX_PARTS);
    for (size_t i = 0; i < form->count; i++) {
        const struct form_part *part = &form->parts[i];
        FUZZ_DEMAND(part->bytes > at && part->bytes + part->length <= body + length);
        FUZZ_DEMAND(memmem(part->bytes, part->length, delimiter, strlen(delimiter)) == NULL);
        FUZZ_DEMAND(part->name[0] != '\0' && form_find(form, part->name) == part);
        at = part->bytes + part->length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char boundary[FORM_BOUNDARY_BYTES];
    struct form_data form;
    struct cgw_error error = CGW_ERROR_INIT;
    const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    if (nul == NULL)
        return 0;
    enum cgw_code code = form_boundary((const char *)data, boundary, &error);
    FUZZ_DEMAND(code == error.code);
    if (code != CGW_OK)
        return 0;
    FUZZ_DEMAND(boundary[0] != '\0' && strlen(boundary) < FORM_BOUNDARY_BYTES);
    size_t length = size - (size_t)(nul + 1 - data);
    code = form_parse(nul + 1, length, boundary, &form, &error);
    FUZZ_DEMAND(code == error.code && (code == CGW_OK || code == CGW_E_BAD_REQUEST));
    if (code == CGW_OK)
        check_parts(&form, nul + 1, length, boundary);
    return 0;
}
