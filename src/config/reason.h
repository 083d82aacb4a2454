/*
 * Why a value or a name is refused: one clause for people, printable ASCII whatever the value held.
 */
#ifndef CGW_CONFIG_REASON_H
#define CGW_CONFIG_REASON_H

struct cgw_reason {
    char text[320];
};

enum { CGW_QUOTED_BYTES = 72 };

void cgw_reason_set(struct cgw_reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The value in quotes, cut when long, with '?' for every byte that is not printable ASCII. Returns buffer. */
const char *cgw_quoted(const char *value, char buffer[CGW_QUOTED_BYTES]);

/* Keeps the name among candidates that is nearest to a mistyped one. Start with best NULL. */
struct cgw_nearest {
    const char *typed;
    const char *best; /* borrowed from the candidates; NULL: none is near */
    unsigned distance;
};
void cgw_nearest_offer(struct cgw_nearest *nearest, const char *candidate);

#endif
