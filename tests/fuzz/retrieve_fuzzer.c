/*
 * A whole retrieve over a peer in memory. Input: a byte of flags, the bytes that a receive gives at most, the
 * events after which the caller leaves (0: it stays), and then what the peer says. With SEVERAL that is what
 * it says on each connection: a length of two bytes, big endian, before each but the last; and the high bit
 * of the second byte says that the first of them is a C-FIND, of the plan.
 */
#include "fuzz/fuzz.h"

#include "cgetway/byte_order.h"
#include "cgetway/multipart.h"
#include "cgetway/single_instance.h"
#include "cgetway/zip.h"
#include "unit/memory_peer/setting.h"
#include "unit/memory_peer/words.h"

#include <string.h>

enum {
    PEER_ACCEPTS_ALL = 1, /* its words begin after its A-ASSOCIATE-AC */
    THROUGH_SINK = 2,
    LENIENT = 4,
    IGNORE_COUNTS = 8,
    KEEP_NOTHING = 16,
    AS_ZIP = 32, /* the sink, else multipart */
    AS_INSTANCE = 64,
    SEVERAL = 128,
    PLAN_BY_FIND = 128, /* in the second byte */
    MAX_PASSES = 3,
    MAX_OTHERS = 4, /* the C-FIND of the plan, that of the survey, and two more passes */
    HEAD_BYTES = 3,
    MAX_INPUT_BYTES = 256 * 1024,
};

/* What the caller saw. */
struct seen {
    size_t instances, ends;
    uint64_t bytes;
};

static void check_ledger(const struct cgw_outcome *outcome)
{
    const struct cgw_ledger *ledger = outcome->ledger;
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    size_t count = 0, received = 0;
    for (; cgw_ledger_next(ledger, &cursor, &entry); count++) {
        FUZZ_DEMAND(entry.sop_instance[0] == '\0' ||
                    cgw_uid_is_safe(entry.sop_instance, strlen(entry.sop_instance)));
        FUZZ_DEMAND(entry.pass >= 1 && entry.pass <= outcome->pass_count);
        FUZZ_DEMAND(!outcome->complete || entry.result == CGW_ENTRY_RECEIVED ||
                    cgw_ledger_has(ledger, entry.sop_instance));
        FUZZ_DEMAND(cgw_uid_is_safe(entry.sop_class, strlen(entry.sop_class)));
        received += entry.result == CGW_ENTRY_RECEIVED;
    }
    FUZZ_DEMAND(count == cgw_ledger_count(ledger) && received == cgw_ledger_received(ledger));
    FUZZ_DEMAND(cgw_ledger_distinct(ledger) <= received);
    FUZZ_DEMAND(cgw_ledger_memory(ledger) <= 32 * 1024 + 150 * count);
}

static void check_outcome(const struct cgw_outcome *outcome, uint8_t flags)
{
    const struct cgw_ledger *ledger = outcome->ledger;
    struct cgw_missing missing;
    size_t cursor = 0;
    check_ledger(outcome);
    while (cgw_outcome_next_missing(outcome, &cursor, &missing)) {
        FUZZ_DEMAND(!outcome->complete && !cgw_ledger_has(ledger, missing.sop_instance));
        FUZZ_DEMAND(cgw_uid_is_safe(missing.sop_instance, strlen(missing.sop_instance)));
    }
    FUZZ_DEMAND(outcome->pass_count >= 1 && outcome->pass_count <= MAX_PASSES);
    FUZZ_DEMAND(outcome->complete == (outcome->error.code == CGW_OK));
    FUZZ_DEMAND(outcome->complete || outcome->error.detail[0] != '\0');
    if (!outcome->complete)
        return;
    FUZZ_DEMAND(cgw_ledger_received(ledger) > 0);
    if ((flags & SEVERAL) != 0) /* what the first C-GET left out may have come since */
        return;
    FUZZ_DEMAND(outcome->report.status == 0x0000 && outcome->report.failed_uid_count == 0);
    FUZZ_DEMAND(cgw_ledger_received(ledger) == cgw_ledger_count(ledger));
}

static void take_events(struct cgw_retrieve *retrieve, uint8_t flags, size_t most_events)
{
    struct cgw_event event = {.type = CGW_EVENT_PROGRESS};
    struct seen seen = {0};
    bool inside = false;
    for (size_t i = 0; (most_events == 0 || i < most_events) && event.type != CGW_EVENT_OUTCOME; i++) {
        cgw_retrieve_next(retrieve, i % 2 == 0, &event);
        /* This peer never pauses: only another association has to be waited for. */
        FUZZ_DEMAND(event.type != CGW_EVENT_AGAIN || ((flags & SEVERAL) != 0 && !inside && i % 2 != 0));
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
    check_outcome(outcome, flags);
    FUZZ_DEMAND(cgw_ledger_received(outcome->ledger) <= seen.ends && seen.ends <= seen.instances);
    FUZZ_DEMAND(seen.instances <= cgw_ledger_count(outcome->ledger));
    FUZZ_DEMAND(!outcome->complete || (seen.ends == seen.instances && (flags & KEEP_NOTHING) == 0));
}

static struct cgw_sink *make_sink(uint8_t flags, const struct cgw_sink_options *options)
{
    if ((flags & AS_ZIP) != 0)
        return cgw_zip_new(options);
    return (flags & AS_INSTANCE) != 0 ? cgw_single_instance_new(options) : cgw_multipart_new(options);
}

static void take_body(struct cgw_retrieve *retrieve, uint8_t flags, size_t most_reads)
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
    const struct cgw_sink_options options = {
        .retrieve = retrieve, .first = &event, .source_aet = "PEER", .lenient_end = lenient};
    struct cgw_sink *sink = make_sink(flags, &options);
    FUZZ_DEMAND(sink != NULL);
    for (size_t i = 0; length > 0 && (most_reads == 0 || i < most_reads); i++) {
        size_t capacity = 1 + i * 37 % sizeof piece;
        length = cgw_sink_read(sink, piece, capacity);
        FUZZ_DEMAND(length <= (ssize_t)capacity);
    }
    if (length <= 0) {
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
        if (cgw_sink_error(sink)->code == CGW_OK) {
            check_outcome(outcome, flags);
            FUZZ_DEMAND((length == CGW_SINK_END) == (outcome->complete || lenient));
        } else { /* a second instance, or half a one: the retrieve may be in its middle */
            FUZZ_DEMAND(length == CGW_SINK_CUT && (flags & (AS_ZIP | AS_INSTANCE)) == AS_INSTANCE);
        }
    }
    cgw_sink_free(sink);
}

static void say_to(struct memory_peer *peer, const uint8_t *head, const uint8_t *bytes, size_t length)
{
    peer->answers = (head[0] & (SEVERAL | PEER_ACCEPTS_ALL)) == (SEVERAL | PEER_ACCEPTS_ALL);
    peer->most_at_once = (head[0] & SEVERAL) != 0 ? head[1] % PLAN_BY_FIND : head[1];
    say_bytes(&peer->words, bytes, length);
}

/* Parts the input among the connections. */
static void say_on_several(struct setting *setting, struct memory_peer others[MAX_OTHERS],
                           const uint8_t *data, size_t size)
{
    size_t at = HEAD_BYTES;
    setting->peer.max_passes = MAX_PASSES;
    setting->peer.plan_by_find = (data[1] & PLAN_BY_FIND) != 0;
    setting->others = others;
    setting->other_count = MAX_OTHERS;
    for (size_t i = 0; i <= MAX_OTHERS; i++) {
        struct memory_peer *peer = i == 0 ? &setting->memory : &others[i - 1];
        if (i > 0)
            memory_peer_init(peer);
        size_t length = size - at;
        if (i < MAX_OTHERS && length >= 2) {
            size_t told = cgw_get_u16be(data + at);
            at += 2;
            length = told < length - 2 ? told : length - 2;
        }
        say_to(peer, data, data + at, length);
        at += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct setting setting;
    struct memory_peer others[MAX_OTHERS];
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    if (size < HEAD_BYTES || size > MAX_INPUT_BYTES)
        return 0;
    uint8_t flags = data[0];
    setting_init(&setting);
    setting.peer.max_instance_bytes = 4096;
    setting.peer.max_instances = 50;
    setting.peer.ignore_counts = (flags & IGNORE_COUNTS) != 0;
    if ((flags & (SEVERAL | PEER_ACCEPTS_ALL)) == PEER_ACCEPTS_ALL)
        setting_accept(&setting);
    if ((flags & SEVERAL) != 0)
        say_on_several(&setting, others, data, size);
    else
        say_to(&setting.memory, data, data + HEAD_BYTES, size - HEAD_BYTES);
    if (setting_open(&setting, &retrieve, &err) != CGW_OK)
        FUZZ_DEMAND(retrieve == NULL && err.code != CGW_OK && err.detail[0] != '\0');
    else if ((flags & THROUGH_SINK) != 0)
        take_body(retrieve, flags, data[2]);
    else
        take_events(retrieve, flags, data[2]);
    cgw_retrieve_free(retrieve);
    FUZZ_DEMAND(setting.memory.closed);
    for (size_t i = 0; i < setting.other_count; i++) {
        FUZZ_DEMAND(others[i].closed == (i + 1 < setting.connections));
        memory_peer_release(&others[i]);
    }
    setting_release(&setting);
    return 0;
}
