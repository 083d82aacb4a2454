/* Where the files of the jobs are, as the configuration says: output-directory, or output-bucket. */
#ifndef CGW_JOBS_PLACE_H
#define CGW_JOBS_PLACE_H

#include "cgetway/config.h"
#include "cgetway/place.h"

/* Both NULL: nothing is configured. A directory is borrowed from the configuration. CGW_E_BAD_CONFIGURATION:
 * keys that do not go together, and the failures of cgw_bucket_open. */
enum cgw_code place_open(const struct cgw_config *config, struct cgw_place *ret_place, struct cgw_error *err);
void place_release(struct cgw_place *place);

/* cgw_place_check, which names the key. What it learns of a bucket spares requests later.
 * CGW_E_BAD_CONFIGURATION, CGW_E_OUT_OF_MEMORY, CGW_E_CANCELLED (the watch). */
enum cgw_code place_check(const struct cgw_place *place, struct cgw_watch watch, struct cgw_error *err);

#endif
