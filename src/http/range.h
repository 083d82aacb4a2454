/* Ranges of a file's bytes (RFC 9110, 14) and the preconditions that go with them. Pure. */
#ifndef CGW_HTTP_RANGE_H
#define CGW_HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum range { RANGE_WHOLE, RANGE_PART, RANGE_NOT_SATISFIABLE };

/* Which part of size bytes the field Range asks for; NULL: there is no such field. WHOLE also where it is
 * malformed, of another unit, or a list of several ranges: nobody is owed less than all. The two results are
 * set in each case, those of NOT_SATISFIABLE to 0. */
enum range range_parse(const char *field, uint64_t size, uint64_t *ret_first, uint64_t *ret_length);

/* The field, a list of entity tags or *, names this one (RFC 9110, 8.8.3); etag: with its quotes, strong.
 * NULL names none. A weak tag is as good as a strong one. */
bool etag_is_listed(const char *field, const char *etag);

#endif
