/*
 * The matches of a C-FIND as JSON text: an array of DICOM JSON objects (PS3.18 F.2), or one object a line
 * (application/x-ndjson). One match is in memory at a time, and none is held back while the peer is silent.
 *
 * The text ends cleanly only when every match has come, or as many as were asked for; else it is cut: an
 * array then has no closing bracket.
 *
 * Thread: the owner of the find.
 */
#ifndef CGETWAY_FIND_JSON_H
#define CGETWAY_FIND_JSON_H

#include "cgetway/error.h"
#include "cgetway/find.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum cgw_find_form { CGW_FIND_ARRAY, CGW_FIND_LINES };

struct cgw_find_json_options {
    struct cgw_find *find; /* a request is under way; borrowed until free */
    enum cgw_find_form form;
    size_t limit; /* the text ends after so many matches; 0: after all of them */
};

struct cgw_find_json; /* opaque */

/* NULL: out of memory. */
struct cgw_find_json *cgw_find_json_new(const struct cgw_find_json_options *options);
void cgw_find_json_free(struct cgw_find_json *json); /* takes NULL; not the find */

/* Waits for the first match or for the end, so that a failure before the first byte can have an answer of its
 * own. The error is that of cgw_find_next, or of cgw_find_result. */
enum cgw_code cgw_find_json_begin(struct cgw_find_json *json, struct cgw_error *err);

enum { CGW_FIND_JSON_END = 0, CGW_FIND_JSON_CUT = -1 };

/* After begin: the next bytes; waits for the peer only while there are none to give. capacity > 0. */
ssize_t cgw_find_json_read(struct cgw_find_json *json, char *bytes, size_t capacity);

/* That were written, at least in part. */
size_t cgw_find_json_matches(const struct cgw_find_json *json);

/* True when every match that the peer has was written whole: the C-FIND ended with Success. */
bool cgw_find_json_is_complete(const struct cgw_find_json *json);

/* Why the text is cut; code CGW_OK: it is not. Borrowed. */
const struct cgw_error *cgw_find_json_error(const struct cgw_find_json *json);

#endif
