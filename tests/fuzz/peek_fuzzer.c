/* The beginning of a data set. The first byte chooses its transfer syntax. */
#include "fuzz/fuzz.h"

#include "cgetway/peek.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                           CGW_TS_EXPLICIT_BE};
    static const uint32_t tags[] = {CGW_TAG_SOP_INSTANCE_UID, CGW_TAG_STUDY_INSTANCE_UID,
                                    CGW_TAG_SERIES_INSTANCE_UID};
    if (size == 0)
        return 0;
    const char *syntax = syntaxes[data[0] % 4];
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        char uid[CGW_UID_BYTES], again[CGW_UID_BYTES];
        bool found = cgw_peek_uid(data + 1, size - 1, syntax, tags[i], uid);
        FUZZ_DEMAND(!found || cgw_uid_is_safe(uid, strlen(uid)));
        /* What is found in a beginning is found in more of it. */
        if (cgw_peek_uid(data + 1, (size - 1) / 2, syntax, tags[i], again))
            FUZZ_DEMAND(found && strcmp(uid, again) == 0);
    }
    return 0;
}
