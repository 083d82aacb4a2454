/* The Identifiers of the cache: unique keys only (PS3.4 C.6), in Study Root; in Patient Root without the
 * patient where the peer's configuration asks for that model and relational retrieval. */
#ifndef CGW_CACHE_KEYS_H
#define CGW_CACHE_KEYS_H

#include "cache_internal.h"

#include "cgetway/data_set.h"
#include "cgetway/query.h"

enum cgw_model keys_model_of(const struct cgw_peer *peer);

/* Into an empty data set, for a C-GET of the unit, at the level of its last UID. instances: instead of
 * unit->instance, several ones with backslashes between them; NULL: none. False: out of memory. */
bool keys_of_unit(const struct unit *unit, const char *instances, struct cgw_data_set *keys);

/* For a C-FIND of the series of a study. */
bool keys_of_series_search(const char *study, struct cgw_data_set *keys);

#endif
