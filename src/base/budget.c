#include "cgetway/budget.h"

#include <assert.h>
#include <stdatomic.h>

static uint64_t limit = UINT64_C(2) << 30;
static _Atomic uint64_t claimed;

void cgw_budget_set_limit(uint64_t bytes)
{
    limit = bytes;
}

bool cgw_budget_claim(uint64_t bytes)
{
    uint64_t before = atomic_load(&claimed);
    do {
        if (before > limit || bytes > limit - before)
            return false;
    } while (!atomic_compare_exchange_weak(&claimed, &before, before + bytes));
    return true;
}

void cgw_budget_return(uint64_t bytes)
{
    uint64_t before = atomic_fetch_sub(&claimed, bytes);
    assert(before >= bytes);
    (void)before;
}

uint64_t cgw_budget_left(void)
{
    uint64_t now = atomic_load(&claimed);
    return now < limit ? limit - now : 0;
}
