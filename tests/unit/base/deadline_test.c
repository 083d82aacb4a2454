#include "unit/cmocka_all.h"

#include "cgetway/deadline.h"

#include <limits.h>

static void a_duration_of_nothing_or_of_ever_is_never(void **state)
{
    static const int64_t durations[] = {0, -1, INT64_MIN, INT64_MAX, INT64_MAX - 1};
    (void)state;
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        struct cgw_deadline deadline = cgw_deadline_in(durations[i]);
        assert_true(deadline.at_ms == CGW_NEVER_MS);
        assert_false(cgw_deadline_passed(deadline));
        assert_int_equal(cgw_deadline_poll_ms(deadline), -1);
    }
}

static void a_deadline_lies_its_duration_ahead(void **state)
{
    (void)state;
    int64_t before_ms = cgw_now_ms();
    struct cgw_deadline deadline = cgw_deadline_in(100000);
    int64_t after_ms = cgw_now_ms();
    assert_in_range(deadline.at_ms, before_ms + 100000, after_ms + 100000);
    assert_false(cgw_deadline_passed(deadline));
    assert_in_range(cgw_deadline_poll_ms(deadline), 1, 100000);
}

static void what_lies_behind_has_passed_and_is_not_waited_for(void **state)
{
    const struct cgw_deadline passed[] = {{0}, {1}, {-5}, {cgw_now_ms() - 1}, {cgw_now_ms()}};
    (void)state;
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        assert_true(cgw_deadline_passed(passed[i]));
        assert_int_equal(cgw_deadline_poll_ms(passed[i]), 0);
    }
}

static void a_wait_is_never_longer_than_poll_can_say(void **state)
{
    (void)state;
    assert_int_equal(cgw_deadline_poll_ms((struct cgw_deadline){CGW_NEVER_MS - 1}), INT_MAX);
    assert_int_equal(cgw_deadline_poll_ms(cgw_deadline_in((int64_t)INT_MAX + 100000)), INT_MAX);
}

static void never_is_later_than_everything(void **state)
{
    const struct cgw_deadline one = {1}, two = {2};
    (void)state;
    assert_true(cgw_deadline_earlier(one, two).at_ms == 1);
    assert_true(cgw_deadline_earlier(two, one).at_ms == 1);
    assert_true(cgw_deadline_earlier(CGW_NEVER, two).at_ms == 2);
    assert_true(cgw_deadline_earlier(two, CGW_NEVER).at_ms == 2);
    assert_true(cgw_deadline_earlier(CGW_NEVER, CGW_NEVER).at_ms == CGW_NEVER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_of_nothing_or_of_ever_is_never),
        cmocka_unit_test(a_deadline_lies_its_duration_ahead),
        cmocka_unit_test(what_lies_behind_has_passed_and_is_not_waited_for),
        cmocka_unit_test(a_wait_is_never_longer_than_poll_can_say),
        cmocka_unit_test(never_is_later_than_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
