#include "unit/cmocka_all.h"

#include "cgetway/condition.h"

enum { SHORT_MS = 30, LONG_MS = 60000 };

struct place {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool is_changed; /* under mutex */
};

static void *change_main(void *argument)
{
    struct place *place = argument;
    pthread_mutex_lock(&place->mutex);
    place->is_changed = true;
    pthread_cond_signal(&place->condition);
    pthread_mutex_unlock(&place->mutex);
    return NULL;
}

static void a_wait_ends_at_its_deadline_and_not_before(void **state)
{
    struct place place = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct cgw_deadline deadline = cgw_deadline_in(SHORT_MS);
    (void)state;
    cgw_condition_init(&place.condition);
    pthread_mutex_lock(&place.mutex);
    while (cgw_condition_wait(&place.condition, &place.mutex, deadline))
        continue; /* for no reason */
    pthread_mutex_unlock(&place.mutex);
    assert_true(cgw_deadline_passed(deadline));
    pthread_cond_destroy(&place.condition);
}

static void a_signal_ends_it_before(void **state)
{
    struct place place = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct cgw_deadline deadline = cgw_deadline_in(LONG_MS);
    pthread_t thread;
    bool in_time = true;
    (void)state;
    cgw_condition_init(&place.condition);
    pthread_mutex_lock(&place.mutex);
    assert_int_equal(pthread_create(&thread, NULL, change_main, &place), 0);
    while (!place.is_changed && in_time)
        in_time = cgw_condition_wait(&place.condition, &place.mutex, deadline);
    pthread_mutex_unlock(&place.mutex);
    pthread_join(thread, NULL);
    assert_true(in_time && place.is_changed);
    pthread_cond_destroy(&place.condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_ends_at_its_deadline_and_not_before),
        cmocka_unit_test(a_signal_ends_it_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
