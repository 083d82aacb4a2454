/*
 * The ledger: what arrived and what did not, an entry for each C-STORE request of a retrieve. It is the only
 * thing that grows with a study: at most 150 bytes an instance, up to the limit on instances.
 *
 * A retrieve that goes on where an earlier one stopped begins with entries of pass 0, the prior instances:
 * the caller has them. They count as received in all that the ledger tells.
 *
 * Thread: one owner at a time.
 */
#ifndef CGETWAY_LEDGER_H
#define CGETWAY_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(enumerator, name in the outcome, what it means) */
#define CGW_ENTRY_RESULTS(X)                                                                                 \
    X(RECEIVED, "received", "passed on whole")                                                               \
    X(TRUNCATED, "truncated", "only its beginning was passed on, or nothing of it: its data set was empty")  \
    X(BAD_UID, "bad-uid", "its SOP Instance UID is no UID; it was refused")                                  \
    X(WRONG_CLASS, "wrong-class", "its SOP class is not that of its presentation context; it was refused")   \
    X(NO_DATA_SET, "no-data-set", "its C-STORE request has no data set; it was refused")                     \
    X(TOO_LARGE, "too-large", "larger than max-instance; only its beginning was passed on")                  \
    X(OTHER_UID, "other-uid", "the UID or the class in its data set is not that of its C-STORE request")     \
    X(NOT_KEPT, "not-kept", "it could not be kept on this side")

enum cgw_entry_result {
#define CGW_ENTRY_ENUM(name, text, meaning) CGW_ENTRY_##name,
    CGW_ENTRY_RESULTS(CGW_ENTRY_ENUM)
#undef CGW_ENTRY_ENUM
};

enum { CGW_DIGEST_BYTES = 32 }; /* SHA-256 */

/* Strings and digest are copied by add, and borrowed from the ledger after next. */
struct cgw_ledger_entry {
    const char *sop_instance;    /* "" where the peer's text was no UID */
    const char *sop_class;       /* the abstract syntax of the presentation context that it came on */
    const char *transfer_syntax; /* that context's */
    uint64_t bytes;              /* of the data set, as far as it came */
    unsigned pass;               /* which association brought it: 1, 2, ...; 0: an earlier retrieve */
    enum cgw_entry_result result;
    const uint8_t *digest; /* CGW_DIGEST_BYTES of its file as it was given, or NULL */
};

struct cgw_ledger; /* opaque */

/* NULL: out of memory. */
struct cgw_ledger *cgw_ledger_new(void);
void cgw_ledger_free(struct cgw_ledger *ledger); /* takes NULL */

/* False: out of memory, the ledger is as it was. Those of pass 0 are RECEIVED. */
bool cgw_ledger_add(struct cgw_ledger *ledger, const struct cgw_ledger_entry *entry);

/* An instance of this UID was received. */
bool cgw_ledger_has(const struct cgw_ledger *ledger, const char *sop_instance);

/* One that is noted as OTHER_UID was passed on under this UID. */
bool cgw_ledger_has_other(const struct cgw_ledger *ledger, const char *sop_instance);

/* One of this UID came and is noted as NOT_KEPT. */
bool cgw_ledger_has_not_kept(const struct cgw_ledger *ledger, const char *sop_instance);

/* An instance of this UID is a prior one. */
bool cgw_ledger_has_prior(const struct cgw_ledger *ledger, const char *sop_instance);

/* The peer still has the instance, as it sent it again or named it; nothing where it is no prior one. False:
 * out of memory. */
bool cgw_ledger_confirm(struct cgw_ledger *ledger, const char *sop_instance);

size_t cgw_ledger_prior(const struct cgw_ledger *ledger);       /* entries of pass 0 */
size_t cgw_ledger_unconfirmed(const struct cgw_ledger *ledger); /* of them, different UIDs not confirmed */
size_t cgw_ledger_count(const struct cgw_ledger *ledger);
size_t cgw_ledger_received(const struct cgw_ledger *ledger); /* entries RECEIVED */
size_t cgw_ledger_distinct(const struct cgw_ledger *ledger); /* of them, different SOP Instance UIDs */
uint64_t cgw_ledger_bytes(const struct cgw_ledger *ledger);  /* of data sets, all entries */
size_t cgw_ledger_memory(const struct cgw_ledger *ledger);   /* bytes it takes itself */

/* A place in the ledger; zeroed memory is the start. Stays valid while entries are added. */
struct cgw_ledger_cursor {
    void *block;
    size_t offset;
};

/* The entries in the order they were added; false: no more (now). */
bool cgw_ledger_next(const struct cgw_ledger *ledger, struct cgw_ledger_cursor *cursor,
                     struct cgw_ledger_entry *ret_entry);

/* The column `name in the outcome`; static. */
const char *cgw_entry_result_name(enum cgw_entry_result result);

#ifdef __cplusplus
}
#endif
#endif
