#include "cgetway/uid_set.h"

#include "cgetway/hash.h"

#include <stdlib.h>
#include <sys/random.h>

enum { FIRST_SLOTS = 256 };

void cgw_uid_set_init(struct cgw_uid_set *set)
{
    *set = (struct cgw_uid_set){0};
    (void)!getrandom(&set->hash_start, sizeof set->hash_start, 0);
}

void cgw_uid_set_release(struct cgw_uid_set *set)
{
    free(set->slots);
    *set = (struct cgw_uid_set){0};
}

/* 0 stands for a free slot. */
static uint64_t hash_of(const struct cgw_uid_set *set, const char *uid)
{
    uint64_t hash = cgw_hash_text(set->hash_start, uid);
    hash ^= hash >> 32; /* slots are taken from the low bits */
    return hash != 0 ? hash : 1;
}

/* The slot that holds the hash, or the free one that is for it. */
static uint64_t *slot_of(uint64_t *slots, size_t slot_count, uint64_t hash)
{
    size_t i = hash % slot_count;
    while (slots[i] != 0 && slots[i] != hash)
        i = (i + 1) % slot_count;
    return &slots[i];
}

/* Three quarters full at most. */
static bool make_slots(struct cgw_uid_set *set)
{
    if ((set->count + 1) * 4 <= set->slot_count * 3)
        return true;
    size_t slot_count = set->slot_count == 0 ? FIRST_SLOTS : set->slot_count * 2;
    uint64_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i] != 0)
            *slot_of(slots, slot_count, set->slots[i]) = set->slots[i];
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    return true;
}

bool cgw_uid_set_add(struct cgw_uid_set *set, const char *uid, bool *ret_is_new)
{
    if (!make_slots(set))
        return false;
    uint64_t hash = hash_of(set, uid);
    uint64_t *slot = slot_of(set->slots, set->slot_count, hash);
    *ret_is_new = *slot == 0;
    if (*ret_is_new) {
        *slot = hash;
        set->count++;
    }
    return true;
}

bool cgw_uid_set_has(const struct cgw_uid_set *set, const char *uid)
{
    return set->slot_count > 0 && *slot_of(set->slots, set->slot_count, hash_of(set, uid)) != 0;
}
