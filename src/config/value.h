/*
 * Values: the one parser that text from every source goes through, and the way back.
 * base is the struct that the key's offset counts from: a struct cgw_config or a struct cgw_peer.
 */
#ifndef CGW_CONFIG_VALUE_H
#define CGW_CONFIG_VALUE_H

#include "reason.h"
#include "table.h"

enum { CGW_VALUE_BYTES = 2100, CGW_LIMIT_BYTES = 32 };

/* What print-config shows for a secret that is set. */
#define CGW_SECRET_MASK "***"

/* Sets the field, or leaves it as it was and says why. */
bool cgw_value_parse(const struct cgw_key *key, const char *text, void *base, struct cgw_reason *reterr);

/* The text of a JSON value of a fitting type, for cgw_value_parse: borrowed from the value or in buffer.
 * NULL, and why, when the type does not fit. */
const char *cgw_value_text(const struct cgw_key *key, const json_t *value, char buffer[CGW_VALUE_BYTES],
                           struct cgw_reason *reterr);

/* New reference; NULL: out of memory. */
json_t *cgw_value_to_json(const struct cgw_key *key, const void *base);

/* Only for keys that cgw_key_is_number says so. */
int64_t cgw_value_number(const struct cgw_key *key, const void *base);

void cgw_value_copy(const struct cgw_key *key, void *to, const void *from);

/* A number of the struct as a person writes it in the file: 0.5, 64K. Returns buffer. */
const char *cgw_value_limit(const struct cgw_key *key, int64_t number, char buffer[CGW_LIMIT_BYTES]);

/* The names of a key that is a choice (boolean, log level, model); NULL behind the last and for other types.
 */
const char *cgw_value_choice(const struct cgw_key *key, int64_t number);

/* True when name is among a list as allow-overrides holds it. */
bool cgw_overrides_contain(const char *list, const char *name);

#endif
