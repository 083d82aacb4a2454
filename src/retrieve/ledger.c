#include "cgetway/ledger.h"

#include "cgetway/uid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BLOCK_BYTES = 16 * 1024, FIRST_SLOTS = 256 };

/* A record is a head and the UID with its NUL, one after the other, unaligned: a study has many. */
struct record_head {
    uint64_t bytes;
    uint8_t context_id;
    uint8_t result;
    uint8_t uid_bytes; /* with the NUL */
};

struct block {
    struct block *next;
    size_t used;
    uint8_t records[BLOCK_BYTES];
};

struct cgw_ledger {
    struct block *first, *last;
    size_t count, received, distinct;
    uint64_t bytes;
    /* Hashes of the UIDs received, 0 for a free slot. Two UIDs with one hash count as one: the set then looks
     * short, never whole. */
    uint64_t *slots;
    size_t slot_count;
    uint64_t hash_start;
    size_t memory;
};

struct cgw_ledger *cgw_ledger_new(void)
{
    struct cgw_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger != NULL)
        (void)!getrandom(&ledger->hash_start, sizeof ledger->hash_start, 0);
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
    free(ledger->slots);
    free(ledger);
}

/* FNV-1a from a random start, so that no peer can choose UIDs that share a slot; 0 stands for a free slot. */
static uint64_t hash_of(const struct cgw_ledger *ledger, const char *uid)
{
    uint64_t hash = ledger->hash_start;
    for (; *uid != '\0'; uid++)
        hash = (hash ^ (uint8_t)*uid) * 0x100000001b3u;
    hash ^= hash >> 32; /* slots are taken from the low bits */
    return hash != 0 ? hash : 1;
}

static void insert_hash(uint64_t *slots, size_t slot_count, uint64_t hash, size_t *distinct)
{
    size_t i = hash % slot_count;
    while (slots[i] != 0 && slots[i] != hash)
        i = (i + 1) % slot_count;
    if (slots[i] == 0) {
        slots[i] = hash;
        (*distinct)++;
    }
}

/* Three quarters full at most. */
static bool make_slots(struct cgw_ledger *ledger)
{
    if ((ledger->distinct + 1) * 4 <= ledger->slot_count * 3)
        return true;
    size_t slot_count = ledger->slot_count == 0 ? FIRST_SLOTS : ledger->slot_count * 2;
    uint64_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    size_t again = 0;
    for (size_t i = 0; i < ledger->slot_count; i++) {
        if (ledger->slots[i] != 0)
            insert_hash(slots, slot_count, ledger->slots[i], &again);
    }
    free(ledger->slots);
    ledger->memory += (slot_count - ledger->slot_count) * sizeof *slots;
    ledger->slots = slots;
    ledger->slot_count = slot_count;
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

bool cgw_ledger_add(struct cgw_ledger *ledger, const char *sop_instance, uint8_t context_id, uint64_t bytes,
                    enum cgw_entry_result result)
{
    size_t uid_bytes = strlen(sop_instance) + 1;
    assert(uid_bytes <= CGW_UID_BYTES);
    if (!make_slots(ledger) || !make_block(ledger, sizeof(struct record_head) + uid_bytes))
        return false;
    struct record_head head = {
        .bytes = bytes, .context_id = context_id, .result = (uint8_t)result, .uid_bytes = (uint8_t)uid_bytes};
    uint8_t *at = ledger->last->records + ledger->last->used;
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, sop_instance, uid_bytes);
    ledger->last->used += sizeof head + uid_bytes;
    ledger->count++;
    ledger->bytes += bytes;
    if (result == CGW_ENTRY_RECEIVED) {
        ledger->received++;
        insert_hash(ledger->slots, ledger->slot_count, hash_of(ledger, sop_instance), &ledger->distinct);
    }
    return true;
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
    return ledger->distinct;
}

uint64_t cgw_ledger_bytes(const struct cgw_ledger *ledger)
{
    return ledger->bytes;
}

size_t cgw_ledger_memory(const struct cgw_ledger *ledger)
{
    return sizeof *ledger + ledger->memory;
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
    memcpy(&head, block->records + offset, sizeof head);
    *ret_entry =
        (struct cgw_ledger_entry){.bytes = head.bytes,
                                  .context_id = head.context_id,
                                  .result = (enum cgw_entry_result)head.result,
                                  .sop_instance = (const char *)block->records + offset + sizeof head};
    cursor->block = block;
    cursor->offset = offset + sizeof head + head.uid_bytes;
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
