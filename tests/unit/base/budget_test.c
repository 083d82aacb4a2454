#include "unit/cmocka_all.h"

#include "cgetway/budget.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 20000 };

static void no_more_is_claimed_than_there_is(void **state)
{
    (void)state;
    cgw_budget_set_limit(100);
    assert_true(cgw_budget_claim(60));
    assert_int_equal(cgw_budget_left(), 40);
    assert_false(cgw_budget_claim(41));
    assert_int_equal(cgw_budget_left(), 40);
    assert_true(cgw_budget_claim(40));
    assert_false(cgw_budget_claim(1));
    assert_true(cgw_budget_claim(0));
    assert_false(cgw_budget_claim(UINT64_MAX));
    cgw_budget_return(100);
    assert_int_equal(cgw_budget_left(), 100);
}

static void a_lower_limit_takes_nothing_back(void **state)
{
    (void)state;
    cgw_budget_set_limit(100);
    assert_true(cgw_budget_claim(80));
    cgw_budget_set_limit(50);
    assert_int_equal(cgw_budget_left(), 0);
    assert_false(cgw_budget_claim(1));
    cgw_budget_return(80);
    assert_int_equal(cgw_budget_left(), 50);
}

static void *claim_and_return(void *context)
{
    size_t *had = context;
    for (size_t i = 0; i < ROUNDS; i++) {
        if (cgw_budget_claim(30)) {
            (*had)++;
            cgw_budget_return(30);
        }
    }
    return NULL;
}

static void threads_leave_it_as_it_was(void **state)
{
    pthread_t threads[THREADS];
    size_t had[THREADS] = {0};
    (void)state;
    cgw_budget_set_limit(70);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, claim_and_return, &had[i]), 0);
    size_t total = 0;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        total += had[i];
    }
    assert_true(total > 0);
    assert_int_equal(cgw_budget_left(), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_is_claimed_than_there_is),
        cmocka_unit_test(a_lower_limit_takes_nothing_back),
        cmocka_unit_test(threads_leave_it_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
