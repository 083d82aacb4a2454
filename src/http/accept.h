/* The Accept header (RFC 9110 12.5.1): which of the types that we can give does the client want? Pure. */
#ifndef CGW_HTTP_ACCEPT_H
#define CGW_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

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

/* ---- media ranges as DICOMweb has them (PS3.18 8.7.5), with a transfer syntax ---- */

enum { ACCEPT_TEXT_BYTES = 128, ACCEPT_MAX_RANGES = 32 };

/* One range, lower case. Of multipart/related, what is inside is its type. */
struct accept_range {
    bool is_multipart;
    char type[ACCEPT_TEXT_BYTES];            /* "application/dicom"; with wildcards */
    char transfer_syntax[ACCEPT_TEXT_BYTES]; /* a UID, "*", or "": none was given */
    int quality;                             /* in thousandths, above 0 */
};

/* The ranges of the field, those that the client likes best first, of those it likes alike in its order. A
 * range that cannot be read, or is not wanted (q=0), is left out; where there is no field, or an empty one,
 * it is one range of any type. */
size_t accept_ranges(const char *accept, struct accept_range ranges[ACCEPT_MAX_RANGES]);

/* Whether the range takes this type ("image/jpeg"). */
bool accept_range_takes(const struct accept_range *range, const char *type);

/* Accept-Encoding (RFC 9110 12.5.3) takes gzip. field may be NULL. */
bool accept_encoding_is_gzip(const char *field);

/* Prefer: handling=lenient (RFC 7240)? Of several handling preferences the first counts. prefer may be NULL.
 */
bool prefer_is_lenient(const char *prefer);

/* Prefer: respond-async? prefer may be NULL. */
bool prefer_is_async(const char *prefer);

#endif
