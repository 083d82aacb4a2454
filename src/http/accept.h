/* The Accept header (RFC 9110 12.5.1): which of the types that we can give does the client want? Pure. */
#ifndef CGW_HTTP_ACCEPT_H
#define CGW_HTTP_ACCEPT_H

#include <stdbool.h>

/* accept: the field's value, NULL when there is none (then everything is acceptable).
 * type: "multipart/related"; parameter: NULL, or the value that a `type` parameter of the range must have
 * where it has one ("application/dicom"), compared without case, quoted or not. Returns the quality in
 * thousandths of the most specific range that matches: 0 is "not acceptable". A range that cannot be read
 * matches nothing. */
int accept_quality(const char *accept, const char *type, const char *parameter);

/* What can be given: as the parameters of accept_quality. */
struct accept_candidate {
    const char *type, *parameter;
};

/* The index of the candidate that the client likes best, of those it likes alike the first; -1: none is
 * acceptable. */
int accept_best(const char *accept, const struct accept_candidate *candidates, int count);

/* Prefer: handling=lenient (RFC 7240)? Of several handling preferences the first counts. prefer may be NULL.
 */
bool prefer_is_lenient(const char *prefer);

/* Prefer: respond-async? prefer may be NULL. */
bool prefer_is_async(const char *prefer);

#endif
