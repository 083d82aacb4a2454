/* Who may be at the file of an instance at once, and what ends a wait. */
#include "unit/cmocka_all.h"

#include "jobs/claims.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const struct cgw_watch nobody = {-1, -1};

static int begin(void **state)
{
    static struct claims claims;
    claims_init(&claims);
    *state = &claims;
    return 0;
}

static int end(void **state)
{
    struct claims *claims = *state;
    assert_null(claims->held);
    assert_null(claims->waiters);
    claims_release(claims);
    return 0;
}

/* Whether it gets in at once: a watch that says so ends every wait. */
static bool gets_in(struct claims *claims, struct claim *claim)
{
    struct cgw_error err = CGW_ERROR_INIT;
    int stop_fd = eventfd(1, EFD_CLOEXEC);
    assert_true(stop_fd >= 0);
    enum cgw_code code = claims_enter(claims, claim, (struct cgw_watch){-1, stop_fd}, &err);
    assert_true(code == CGW_OK || code == CGW_E_CANCELLED);
    assert_int_equal(code, err.code);
    (void)close(stop_fd);
    return code == CGW_OK;
}

static void several_store_and_one_alone_removes(void **state)
{
    static const struct {
        const char *instances[2];
        bool exclusive[2], both;
    } rows[] = {
        {{"1.2", "1.2"}, {false, false}, true}, {{"1.2", "1.2"}, {false, true}, false},
        {{"1.2", "1.2"}, {true, false}, false}, {{"1.2", "1.2"}, {true, true}, false},
        {{"1.2", "1.3"}, {true, true}, true},   {{"1.2", "1.20"}, {true, true}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct claim first = {.instance = rows[i].instances[0], .is_exclusive = rows[i].exclusive[0]};
        struct claim second = {.instance = rows[i].instances[1], .is_exclusive = rows[i].exclusive[1]};
        assert_true(gets_in(*state, &first));
        bool both = gets_in(*state, &second);
        if (both != rows[i].both)
            fail_msg("row %zu", i);
        claims_leave(*state, &first);
        if (both)
            claims_leave(*state, &second);
    }
}

/* Many threads, each alone with its instance for a moment. */
enum { THREADS = 6, ROUNDS = 400 };

static struct {
    struct claims *claims;
    atomic_int inside;
} race;

static void *remove_often(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        struct claim claim = {.instance = "1.2", .is_exclusive = true};
        if (claims_enter(race.claims, &claim, nobody, &err) != CGW_OK)
            return "refused";
        if (atomic_fetch_add(&race.inside, 1) != 0)
            return "not alone";
        (void)sched_yield();
        (void)atomic_fetch_sub(&race.inside, 1);
        claims_leave(race.claims, &claim);
    }
    return NULL;
}

static void those_that_wait_all_get_in_one_after_the_other(void **state)
{
    pthread_t threads[THREADS];
    void *failure = NULL;
    race.claims = *state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, remove_often, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &failure), 0);
        if (failure != NULL)
            fail_msg("%s", (const char *)failure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(several_store_and_one_alone_removes, begin, end),
        cmocka_unit_test_setup_teardown(those_that_wait_all_get_in_one_after_the_other, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
