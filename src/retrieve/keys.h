/* Identifiers that the retrieve makes itself, of unique keys (PS3.4 C.6). */
#ifndef CGW_RETRIEVE_KEYS_H
#define CGW_RETRIEVE_KEYS_H

#include "cgetway/data_set.h"
#include "cgetway/query.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The model in which instances of a retrieve are looked up and asked for again: that of the retrieve where it
 * reaches down to IMAGE, and Patient Root only where the Identifier names the patient. */
enum cgw_model keys_model(enum cgw_model model, const struct cgw_data_set *original);

/* Into an empty data set: the level, and in Patient Root the original's PatientID with its character set. The
 * others return false when memory is out too. */
bool keys_begin(struct cgw_data_set *keys, const char *level, enum cgw_model model,
                const struct cgw_data_set *original);
bool keys_set(struct cgw_data_set *keys, uint32_t tag, enum cgw_vr vr, const char *text);
bool keys_copy(struct cgw_data_set *keys, uint32_t tag, const struct cgw_data_set *original);

/* No key has a value but the unique ones of PS3.4 C.6: what any other one does to a C-GET is up to the peer.
 */
bool keys_are_unique_ones(const struct cgw_data_set *data_set);

/* The Query/Retrieve Level is this one. */
bool keys_are_of_level(const struct cgw_data_set *data_set, const char *level);

/* True where the element is there and not empty. */
bool keys_have(const struct cgw_data_set *data_set, uint32_t tag);

/* The values of a UI element, one after the other; *at starts with 0. What is no UID is passed over. False:
 * no more. */
bool keys_next_uid(const struct cgw_data_set *data_set, uint32_t tag, size_t *at, char uid[CGW_UID_BYTES]);

#endif
