/* The data set of a final response. The first byte chooses its transfer syntax. */
#include "fuzz/fuzz.h"

#include "cgetway/failed_list.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

static bool check_uid(const char *uid, void *context)
{
    size_t *count = context;
    FUZZ_DEMAND(cgw_uid_is_safe(uid, strlen(uid)));
    return ++*count < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                           CGW_TS_EXPLICIT_BE};
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0, unsafe = 0;
    if (size == 0)
        return 0;
    enum cgw_code code =
        cgw_failed_list_each(data + 1, size - 1, syntaxes[data[0] % 4], check_uid, &count, &unsafe, &err);
    FUZZ_DEMAND(code == err.code);
    FUZZ_DEMAND(code == CGW_OK || code == CGW_E_PROTOCOL_ERROR ||
                (code == CGW_E_OUT_OF_MEMORY && count == 1000));
    return 0;
}
