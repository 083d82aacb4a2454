/*
 * A set of UIDs that keeps a hash of each: which ones came before? Two UIDs that share a hash of 64 bits
 * count as one. Takes at most 24 bytes a UID.
 *
 * Thread: one owner.
 */
#ifndef CGETWAY_UID_SET_H
#define CGETWAY_UID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_uid_set {
    uint64_t *slots; /* owned; 0 is a free one */
    size_t slot_count, count;
    uint64_t hash_start;
};

/* An empty set with a random start of its hashes, so that no peer can choose UIDs that share a slot. */
void cgw_uid_set_init(struct cgw_uid_set *set);
void cgw_uid_set_release(struct cgw_uid_set *set);

/* *ret_is_new: the UID was not in the set. False: out of memory, the set is as it was. */
bool cgw_uid_set_add(struct cgw_uid_set *set, const char *uid, bool *ret_is_new);

bool cgw_uid_set_has(const struct cgw_uid_set *set, const char *uid);

#ifdef __cplusplus
}
#endif
#endif
