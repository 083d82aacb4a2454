/* cmocka's header with what it needs before it. */
#ifndef CGW_TESTS_CMOCKA_ALL_H
#define CGW_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka does not count a group's teardown that fails, and ours look at logs, descriptors and exit statuses.
 */
static CMFixtureFunction cgw_group_teardown;
static bool cgw_group_is_torn_down;

static inline int cgw_tear_group_down(void **state)
{
    int result = cgw_group_teardown(state);
    cgw_group_is_torn_down = result == 0;
    return result;
}

static inline int cgw_run_group(const char *name, const struct CMUnitTest *tests, size_t count,
                                CMFixtureFunction setup, CMFixtureFunction teardown)
{
    cgw_group_teardown = teardown;
    cgw_group_is_torn_down = teardown == NULL;
    int failed =
        _cmocka_run_group_tests(name, tests, count, setup, teardown != NULL ? cgw_tear_group_down : NULL);
    return failed + (cgw_group_is_torn_down ? 0 : 1);
}

#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown)                                                       \
    cgw_run_group(#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif
