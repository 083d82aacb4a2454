#include "exits.h"

#include <stddef.h>

static const struct {
    int status;
    enum cgw_code code;
    const char *text;
} exits[] = {
#define ROW(name, status, code, text) {status, CGW_E_##code, text},
    CODEC_EXITS(ROW)
#undef ROW
};

enum cgw_code codec_exit_code(int status, const char **ret_text)
{
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
        if (exits[i].status == status) {
            *ret_text = exits[i].text;
            return exits[i].code;
        }
    }
    *ret_text = "the pixel data cannot be decoded";
    return CGW_E_CODEC_FAILED;
}
