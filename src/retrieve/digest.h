/* SHA-256 of an instance as it is given to the client: its Part 10 header and its data set. */
#ifndef CGW_RETRIEVE_DIGEST_H
#define CGW_RETRIEVE_DIGEST_H

#include "cgetway/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest; /* opaque */
struct cgw_instance;

/* NULL: out of memory. */
struct digest *digest_new(void);
void digest_free(struct digest *digest); /* takes NULL */

/* Begins an instance; source_aet: as the sinks write it (part10.h). */
void digest_begin(struct digest *digest, const struct cgw_instance *instance, const char *source_aet);
void digest_add(struct digest *digest, const uint8_t *bytes, size_t length);

/* False: a step failed since begin. */
bool digest_end(struct digest *digest, uint8_t ret_digest[CGW_DIGEST_BYTES]);

#endif
