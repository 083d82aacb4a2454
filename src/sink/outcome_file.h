/* The outcome of a store as a file beside its instances. */
#ifndef CGW_SINK_OUTCOME_FILE_H
#define CGW_SINK_OUTCOME_FILE_H

#include "destination.h"
#include "stored_path.h"

#include "cgetway/retrieve.h"
#include "cgetway/store.h"

/* Stores it as outcome-<id>.json, or outcome-<id>-2.json ... where that is taken: *ret_name. store: whose
 * files it tells. *err starts from CGW_ERROR_INIT. */
enum cgw_code outcome_file_store(struct destination *destination, const struct cgw_store *store,
                                 const struct cgw_outcome *outcome, const char *id,
                                 char ret_name[FILE_NAME_BYTES], struct cgw_error *err);

#endif
