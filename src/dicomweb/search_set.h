/* Data sets of matches: copied, brought to UTF-8, put together. Functions that return bool: false is out of
 * memory. Pure. */
#ifndef CGW_DICOMWEB_SEARCH_SET_H
#define CGW_DICOMWEB_SEARCH_SET_H

#include "cgetway/data_set.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the elements of source that target does not have, or has empty. */
bool search_set_complete(struct cgw_data_set *target, const struct cgw_data_set *source);

/* Text of every character set becomes UTF-8; (0008,0005) is ISO_IR 192 then, where there was one or has to be
 * one, and stands outside of items only. */
bool search_set_to_utf8(struct cgw_data_set *set);

/* Leaves only the elements that wanted has too, and (0008,0005). */
void search_set_keep(struct cgw_data_set *set, const struct cgw_data_set *wanted);

void search_set_remove(struct cgw_data_set *set, uint32_t tag);

/* What it takes in memory, about. */
size_t search_set_bytes(const struct cgw_data_set *set);

bool search_set_put(struct cgw_data_set *set, uint32_t tag, enum cgw_vr vr, const char *text);

/* Whether there is the element with anything but blanks in it, or with items. */
bool search_set_has_value(const struct cgw_data_set *set, uint32_t tag);

/* A UID that is safe (uid.h); false, with "" in uid: there is none. */
bool search_set_uid(const struct cgw_data_set *set, uint32_t tag, char uid[CGW_UID_BYTES]);

#endif
