/*
 * JSON as text. Use this and not json_dumps(): jansson 2.14 does not look whether the text of a key could be
 * kept, so that with memory out json_dumps() returns a text with a hole in it instead of NULL.
 */
#ifndef CGETWAY_JSON_TEXT_H
#define CGETWAY_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* flags: those of json_dumps(). Owned by the caller (free). NULL: out of memory, or value is NULL. */
char *cgw_json_text(const json_t *value, size_t flags);

#ifdef __cplusplus
}
#endif
#endif
