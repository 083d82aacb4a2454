#include "cgetway/ledger.h"

#include "cgetway/uid.h"
#include "cgetway/uid_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024, MAX_NAMES = 1024 };

/* A record is a head, the digest if there is one, and the UID with its NUL, one after the other, unaligned: a
 * study has many. */
struct record_head {
    uint64_t bytes;
    uint16_t pass;
    uint16_t sop_class; /* index of a name */
    uint16_t transfer_syntax;
    uint8_t result;
    uint8_t uid_bytes; /* with the NUL */
};

/* The high bit of result. */
enum { HAS_DIGEST = 0x80 };

struct block {
    struct block *next;
    size_t used;
    uint8_t records[BLOCK_BYTES];
};

/* The UIDs of classes and syntaxes: few, and in every entry. */
struct names {
    char **uids; /* owned, each owned */
    size_t count, capacity;
};

struct cgw_ledger {
    struct block *first, *last;
    size_t count, received, prior_count;
    uint64_t bytes;
    /* Of those received, prior ones apart. Two UIDs with one hash count as one: the counts then look short.
       That one which is missing is taken for received by it has odds of one in 2^64 for each instance that
       came. */
    struct cgw_uid_set distinct;
    struct cgw_uid_set others;   /* noted as OTHER_UID */
    struct cgw_uid_set not_kept; /* noted as NOT_KEPT */
    struct cgw_uid_set prior, confirmed;
    struct names names;
    size_t memory; /* of blocks and names */
};

struct cgw_ledger *cgw_ledger_new(void)
{
    struct cgw_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger != NULL) {
        cgw_uid_set_init(&ledger->distinct);
        cgw_uid_set_init(&ledger->others);
        cgw_uid_set_init(&ledger->not_kept);
        cgw_uid_set_init(&ledger->prior);
        cgw_uid_set_init(&ledger->confirmed);
    }
    return ledger;
}

void cgw_ledger_free(struct cgw_ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (struct block *block = ledger->first; block != NULL;) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    for (size_t i = 0; i < ledger->names.count; i++)
        free(ledger->names.uids[i]);
    free(ledger->names.uids);
    cgw_uid_set_release(&ledger->distinct);
    cgw_uid_set_release(&ledger->others);
    cgw_uid_set_release(&ledger->not_kept);
    cgw_uid_set_release(&ledger->prior);
    cgw_uid_set_release(&ledger->confirmed);
    free(ledger);
}

static bool grow_names(struct cgw_ledger *ledger)
{
    struct names *names = &ledger->names;
    if (names->count < names->capacity)
        return true;
    size_t capacity = names->capacity == 0 ? 8 : names->capacity * 2;
    char **uids = capacity <= MAX_NAMES ? realloc(names->uids, capacity * sizeof *uids) : NULL;
    if (uids == NULL)
        return false;
    ledger->memory += (capacity - names->capacity) * sizeof *uids;
    names->uids = uids;
    names->capacity = capacity;
    return true;
}

static bool find_name(struct cgw_ledger *ledger, const char *uid, uint16_t *ret_index)
{
    struct names *names = &ledger->names;
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->uids[i], uid) == 0) {
            *ret_index = (uint16_t)i;
            return true;
        }
    }
    if (!grow_names(ledger))
        return false;
    char *copy = strdup(uid);
    if (copy == NULL)
        return false;
    ledger->memory += strlen(uid) + 1;
    *ret_index = (uint16_t)names->count;
    names->uids[names->count++] = copy;
    return true;
}

static bool make_block(struct cgw_ledger *ledger, size_t wanted)
{
    if (ledger->last != NULL && sizeof ledger->last->records - ledger->last->used >= wanted)
        return true;
    struct block *block = malloc(sizeof *block);
    if (block == NULL)
        return false;
    block->next = NULL;
    block->used = 0;
    if (ledger->last != NULL)
        ledger->last->next = block;
    else
        ledger->first = block;
    ledger->last = block;
    ledger->memory += sizeof *block;
    return true;
}

/* NULL: none, or it is in one already. */
static struct cgw_uid_set *set_of(struct cgw_ledger *ledger, const struct cgw_ledger_entry *entry)
{
    if (entry->result == CGW_ENTRY_OTHER_UID)
        return &ledger->others;
    if (entry->result == CGW_ENTRY_NOT_KEPT)
        return &ledger->not_kept;
    if (entry->result != CGW_ENTRY_RECEIVED || cgw_ledger_has_prior(ledger, entry->sop_instance))
        return NULL;
    return entry->pass == 0 ? &ledger->prior : &ledger->distinct;
}

bool cgw_ledger_add(struct cgw_ledger *ledger, const struct cgw_ledger_entry *entry)
{
    size_t uid_bytes = strlen(entry->sop_instance) + 1;
    size_t digest_bytes = entry->digest != NULL ? CGW_DIGEST_BYTES : 0;
    struct record_head head = {.bytes = entry->bytes,
                               .pass = (uint16_t)entry->pass,
                               .result = (uint8_t)(entry->result | (digest_bytes > 0 ? HAS_DIGEST : 0)),
                               .uid_bytes = (uint8_t)uid_bytes};
    struct cgw_uid_set *set = set_of(ledger, entry);
    bool is_new;
    assert(uid_bytes <= CGW_UID_BYTES);
    assert(entry->pass > 0 || entry->result == CGW_ENTRY_RECEIVED);
    if (!find_name(ledger, entry->sop_class, &head.sop_class) ||
        !find_name(ledger, entry->transfer_syntax, &head.transfer_syntax) ||
        !make_block(ledger, sizeof head + digest_bytes + uid_bytes) ||
        (set != NULL && !cgw_uid_set_add(set, entry->sop_instance, &is_new)))
        return false;
    uint8_t *at = ledger->last->records + ledger->last->used;
    memcpy(at, &head, sizeof head);
    if (digest_bytes > 0)
        memcpy(at + sizeof head, entry->digest, digest_bytes);
    memcpy(at + sizeof head + digest_bytes, entry->sop_instance, uid_bytes);
    ledger->last->used += sizeof head + digest_bytes + uid_bytes;
    ledger->count++;
    ledger->bytes += entry->bytes;
    ledger->received += entry->result == CGW_ENTRY_RECEIVED;
    ledger->prior_count += entry->pass == 0;
    return true;
}

bool cgw_ledger_has(const struct cgw_ledger *ledger, const char *sop_instance)
{
    return cgw_uid_set_has(&ledger->distinct, sop_instance) || cgw_ledger_has_prior(ledger, sop_instance);
}

bool cgw_ledger_has_other(const struct cgw_ledger *ledger, const char *sop_instance)
{
    return cgw_uid_set_has(&ledger->others, sop_instance);
}

bool cgw_ledger_has_not_kept(const struct cgw_ledger *ledger, const char *sop_instance)
{
    return cgw_uid_set_has(&ledger->not_kept, sop_instance);
}

bool cgw_ledger_has_prior(const struct cgw_ledger *ledger, const char *sop_instance)
{
    return cgw_uid_set_has(&ledger->prior, sop_instance);
}

bool cgw_ledger_confirm(struct cgw_ledger *ledger, const char *sop_instance)
{
    bool is_new;
    return !cgw_ledger_has_prior(ledger, sop_instance) ||
           cgw_uid_set_add(&ledger->confirmed, sop_instance, &is_new);
}

size_t cgw_ledger_prior(const struct cgw_ledger *ledger)
{
    return ledger->prior_count;
}

size_t cgw_ledger_unconfirmed(const struct cgw_ledger *ledger)
{
    return ledger->prior.count - ledger->confirmed.count;
}

size_t cgw_ledger_count(const struct cgw_ledger *ledger)
{
    return ledger->count;
}

size_t cgw_ledger_received(const struct cgw_ledger *ledger)
{
    return ledger->received;
}

size_t cgw_ledger_distinct(const struct cgw_ledger *ledger)
{
    return ledger->distinct.count + ledger->prior.count;
}

uint64_t cgw_ledger_bytes(const struct cgw_ledger *ledger)
{
    return ledger->bytes;
}

size_t cgw_ledger_memory(const struct cgw_ledger *ledger)
{
    return sizeof *ledger + ledger->memory +
           (ledger->distinct.slot_count + ledger->others.slot_count + ledger->not_kept.slot_count +
            ledger->prior.slot_count + ledger->confirmed.slot_count) *
               sizeof *ledger->distinct.slots;
}

bool cgw_ledger_next(const struct cgw_ledger *ledger, struct cgw_ledger_cursor *cursor,
                     struct cgw_ledger_entry *ret_entry)
{
    struct block *block = cursor->block != NULL ? cursor->block : ledger->first;
    size_t offset = cursor->block != NULL ? cursor->offset : 0;
    while (block != NULL && offset >= block->used && block->next != NULL) {
        block = block->next;
        offset = 0;
    }
    if (block == NULL || offset >= block->used)
        return false;
    struct record_head head;
    const uint8_t *at = block->records + offset;
    memcpy(&head, at, sizeof head);
    at += sizeof head;
    bool has_digest = (head.result & HAS_DIGEST) != 0;
    *ret_entry = (struct cgw_ledger_entry){.bytes = head.bytes,
                                           .pass = head.pass,
                                           .sop_class = ledger->names.uids[head.sop_class],
                                           .transfer_syntax = ledger->names.uids[head.transfer_syntax],
                                           .result = (enum cgw_entry_result)(head.result & ~HAS_DIGEST),
                                           .digest = has_digest ? at : NULL};
    at += has_digest ? CGW_DIGEST_BYTES : 0;
    ret_entry->sop_instance = (const char *)at;
    cursor->block = block;
    cursor->offset = (size_t)(at - block->records) + head.uid_bytes;
    return true;
}

const char *cgw_entry_result_name(enum cgw_entry_result result)
{
    static const char *const names[] = {
#define ENTRY_NAME(name, text, meaning) [CGW_ENTRY_##name] = text,
        CGW_ENTRY_RESULTS(ENTRY_NAME)
#undef ENTRY_NAME
    };
    return names[result];
}
