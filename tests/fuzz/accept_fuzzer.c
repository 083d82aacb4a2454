/* Accept and Prefer: any text is read to its end, and adding a range that says everything is taken makes it
 * so. */
#include "fuzz/fuzz.h"

#include "http/accept.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char everything[] = "*/*;q=0.5,";
    char *text = malloc(size + sizeof everything);
    FUZZ_DEMAND(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    int quality = accept_quality(text, "multipart/related", "application/dicom");
    FUZZ_DEMAND(quality >= 0 && quality <= 1000);
    int zip = accept_quality(text, "application/zip", NULL);
    FUZZ_DEMAND(zip >= 0 && zip <= 1000);
    (void)prefer_is_lenient(text);
    (void)accept_encoding_is_gzip(text);
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    size_t count = accept_ranges(text, ranges);
    FUZZ_DEMAND(count <= ACCEPT_MAX_RANGES);
    for (size_t i = 0; i < count; i++) {
        FUZZ_DEMAND(strlen(ranges[i].type) < ACCEPT_TEXT_BYTES && ranges[i].quality > 0);
        (void)accept_range_takes(&ranges[i], "image/jpeg");
    }

    memcpy(text, everything, sizeof everything - 1);
    memcpy(text + sizeof everything - 1, data, size);
    text[sizeof everything - 1 + size] = '\0';
    FUZZ_DEMAND(memchr(data, 0, size) != NULL || zip == 0 ||
                accept_quality(text, "application/zip", NULL) > 0);
    free(text);
    return 0;
}
