/*
 * A whole retrieve over a peer in memory. Input: a byte of flags, the bytes that a receive gives at most, the
 * events after which the caller leaves (0: it stays), and then what the peer says.
 */
#include "fuzz/fuzz.h"

#include "cgetway/multipart.h"
#include "unit/memory_peer/setting.h"
#include "unit/memory_peer/words.h"

#include <string.h>

enum {
    PEER_ACCEPTS_ALL = 1, /* its words begin after its A-ASSOCIATE-AC */
    THROUGH_MULTIPART = 2,
    LENIENT = 4,
    IGNORE_COUNTS = 8,
    KEEP_NOTHING = 16,
    HEAD_BYTES = 3,
    MAX_INPUT_BYTES = 256 * 1024,
};

/* What the caller saw. */
struct seen {
    size_t instances, ends;
    uint64_t bytes;
};

static void check_ledger(const struct cgw_ledger *ledger)
{
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    size_t count = 0, received = 0;
    for (; cgw_ledger_next(ledger, &cursor, &entry); count++) {
        FUZZ_DEMAND(entry.sop_instance[0] == '\0' ||
                    cgw_uid_is_safe(entry.sop_instance, strlen(entry.sop_instance)));
        FUZZ_DEMAND(entry.context_id % 2 == 1);
        received += entry.result == CGW_ENTRY_RECEIVED;
    }
    FUZZ_DEMAND(count == cgw_ledger_count(ledger) && received == cgw_ledger_received(ledger));
    FUZZ_DEMAND(cgw_ledger_distinct(ledger) <= received);
    FUZZ_DEMAND(cgw_ledger_memory(ledger) <= 32 * 1024 + 150 * count);
}

static void check_outcome(const struct cgw_outcome *outcome)
{
    const struct cgw_ledger *ledger = outcome->ledger;
    check_ledger(ledger);
    FUZZ_DEMAND(outcome->complete == (outcome->error.code == CGW_OK));
    FUZZ_DEMAND(outcome->complete || outcome->error.detail[0] != '\0');
    if (!outcome->complete)
        return;
    FUZZ_DEMAND(outcome->status == 0x0000 && outcome->failed_uid_count == 0);
    FUZZ_DEMAND(cgw_ledger_count(ledger) > 0 && cgw_ledger_received(ledger) == cgw_ledger_count(ledger));
}

static void take_events(struct cgw_retrieve *retrieve, uint8_t flags, size_t most_events)
{
    struct cgw_event event = {.type = CGW_EVENT_PROGRESS};
    struct seen seen = {0};
    bool inside = false;
    for (size_t i = 0; (most_events == 0 || i < most_events) && event.type != CGW_EVENT_OUTCOME; i++) {
        cgw_retrieve_next(retrieve, i % 2 == 0, &event);
        FUZZ_DEMAND(event.type != CGW_EVENT_AGAIN); /* this peer never pauses */
        FUZZ_DEMAND(inside ? event.type == CGW_EVENT_BYTES || event.type == CGW_EVENT_END ||
                                 event.type == CGW_EVENT_OUTCOME
                           : event.type != CGW_EVENT_BYTES && event.type != CGW_EVENT_END);
        inside = event.type == CGW_EVENT_INSTANCE || event.type == CGW_EVENT_BYTES;
        seen.instances += event.type == CGW_EVENT_INSTANCE;
        seen.ends += event.type == CGW_EVENT_END;
        if (event.type == CGW_EVENT_BYTES)
            for (size_t at = 0; at < event.length; at++)
                seen.bytes += event.bytes[at] == 0xA5; /* reads them all */
        if (event.type == CGW_EVENT_END && (flags & KEEP_NOTHING) != 0)
            cgw_retrieve_refuse(retrieve, 0xA700);
    }
    if (event.type != CGW_EVENT_OUTCOME)
        return;
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
    check_outcome(outcome);
    FUZZ_DEMAND(cgw_ledger_received(outcome->ledger) <= seen.ends && seen.ends <= seen.instances);
    FUZZ_DEMAND(seen.instances <= cgw_ledger_count(outcome->ledger));
    FUZZ_DEMAND(!outcome->complete || (seen.ends == seen.instances && (flags & KEEP_NOTHING) == 0));
}

static void take_multipart(struct cgw_retrieve *retrieve, uint8_t flags, size_t most_reads)
{
    struct cgw_event event;
    char piece[1024];
    ssize_t length = 1;
    do {
        cgw_retrieve_next(retrieve, true, &event);
    } while (event.type == CGW_EVENT_PROGRESS);
    if (event.type != CGW_EVENT_INSTANCE)
        return;
    bool lenient = (flags & LENIENT) != 0;
    struct cgw_multipart *multipart = cgw_multipart_new(retrieve, &event, "PEER", lenient);
    FUZZ_DEMAND(multipart != NULL);
    for (size_t i = 0; length > 0 && (most_reads == 0 || i < most_reads); i++) {
        size_t capacity = 1 + i * 37 % sizeof piece;
        length = cgw_multipart_read(multipart, piece, capacity);
        FUZZ_DEMAND(length <= (ssize_t)capacity);
    }
    if (length <= 0) {
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
        check_outcome(outcome);
        FUZZ_DEMAND((length == CGW_SINK_END) == (outcome->complete || lenient));
    }
    cgw_multipart_free(multipart);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct setting setting;
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    if (size < HEAD_BYTES || size > MAX_INPUT_BYTES)
        return 0;
    uint8_t flags = data[0];
    setting_init(&setting);
    setting.peer.max_instance_bytes = 4096;
    setting.peer.max_instances = 50;
    setting.peer.ignore_counts = (flags & IGNORE_COUNTS) != 0;
    setting.memory.most_at_once = data[1];
    if ((flags & PEER_ACCEPTS_ALL) != 0)
        setting_accept(&setting);
    say_bytes(&setting.memory.words, data + HEAD_BYTES, size - HEAD_BYTES);
    if (setting_open(&setting, &retrieve, &err) != CGW_OK)
        FUZZ_DEMAND(retrieve == NULL && err.code != CGW_OK && err.detail[0] != '\0');
    else if ((flags & THROUGH_MULTIPART) != 0)
        take_multipart(retrieve, flags, data[2]);
    else
        take_events(retrieve, flags, data[2]);
    cgw_retrieve_free(retrieve);
    FUZZ_DEMAND(setting.memory.closed);
    setting_release(&setting);
    return 0;
}
