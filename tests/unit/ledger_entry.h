/* An entry of a ledger for tests that care for little of it. */
#ifndef CGW_TESTS_LEDGER_ENTRY_H
#define CGW_TESTS_LEDGER_ENTRY_H

#include "cgetway/ledger.h"

static inline bool add_entry(struct cgw_ledger *ledger, const char *uid, uint64_t bytes,
                             enum cgw_entry_result result)
{
    const struct cgw_ledger_entry entry = {.sop_instance = uid,
                                           .sop_class = "9.1",
                                           .transfer_syntax = "1.2.840.10008.1.2.1",
                                           .bytes = bytes,
                                           .pass = 1,
                                           .result = result};
    return cgw_ledger_add(ledger, &entry);
}

#endif
