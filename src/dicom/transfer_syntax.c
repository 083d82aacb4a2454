#include "cgetway/transfer_syntax.h"

#include <string.h>

static const struct cgw_transfer_syntax syntaxes[] = {
#define SYNTAX(uid, kind, name) {uid, CGW_SYNTAX_##kind, name},
    CGW_TRANSFER_SYNTAXES(SYNTAX)
#undef SYNTAX
};

enum { SYNTAX_COUNT = sizeof syntaxes / sizeof syntaxes[0] };

const struct cgw_transfer_syntax *cgw_transfer_syntax_at(size_t index)
{
    return index < SYNTAX_COUNT ? &syntaxes[index] : NULL;
}

const struct cgw_transfer_syntax *cgw_transfer_syntax_find(const char *uid)
{
    for (size_t i = 0; i < SYNTAX_COUNT; i++) {
        if (strcmp(syntaxes[i].uid, uid) == 0)
            return &syntaxes[i];
    }
    return NULL;
}
