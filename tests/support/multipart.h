/*
 * A parser of multipart bodies (RFC 2046 5.1.1) as strict as the strictest client: CRLF only, every delimiter
 * on a line of its own, a header field in every part, the closing delimiter, nothing after it but one CRLF,
 * no preamble.
 */
#ifndef CGETWAY_TESTS_MULTIPART_H
#define CGETWAY_TESTS_MULTIPART_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct multipart_part {
    const char *headers; /* the lines without the empty one, CRLF between them; not NUL-terminated */
    size_t headers_length;
    const uint8_t *body;
    size_t body_length;
    bool whole; /* false: the stream was cut in this part (multipart_parse_cut only) */
};

/* Where the stream ended. */
enum multipart_end {
    MULTIPART_CLOSED,         /* the closing delimiter came */
    MULTIPART_CUT_AT_START,   /* before the first part's header */
    MULTIPART_CUT_IN_HEADER,  /* in a part's header */
    MULTIPART_CUT_IN_BODY,    /* in a part's body; parts[count - 1] holds what came of it */
    MULTIPART_CUT_AFTER_PART, /* in or just after a delimiter */
};

struct multipart {
    struct multipart_part *parts; /* pointers into the caller's bytes: keep them */
    size_t count;
    enum multipart_end end;
    size_t end_offset;
};

/* content_type: the value of the answer's Content-Type, for the boundary. False with what is wrong and at
 * which byte. */
bool multipart_parse(const char *content_type, const void *bytes, size_t length,
                     struct multipart *ret_multipart, struct support_error *err);
/* The same for a stream that may be cut: only a breach of the rules before the cut is an error. */
bool multipart_parse_cut(const char *content_type, const void *bytes, size_t length,
                         struct multipart *ret_multipart, struct support_error *err);
void multipart_release(struct multipart *multipart);

/* Value of a header field of the part, name in any case; owned by the caller (free), NULL: there is none. */
char *multipart_header(const struct multipart_part *part, const char *name);
/* A parameter of a media type: media_type_parameter("a/b; boundary=\"x y\"", "boundary"); owned by the caller
 * (free). */
char *media_type_parameter(const char *media_type, const char *name);

#endif
