#include "unit/cmocka_all.h"

#include "cgetway/admission.h"
#include "support/failing_alloc.h"

static void admission_survives_the_failure_of_any_allocation(void **state)
{
    static const struct cgw_peer peers[] = {{.max_retrieves_per_peer = 1}};
    static const struct cgw_watch nobody = {-1, -1};
    size_t n = 0;
    bool failed;
    (void)state;
    do {
        struct cgw_error err = CGW_ERROR_INIT;
        cgw_alloc_begin(++n);
        struct cgw_admission *admission = cgw_admission_new(
            (struct cgw_admission_limits){.max_retrieves = 1, .max_queue = 1, .queue_timeout_ms = 1}, peers,
            1);
        bool made = admission != NULL;
        if (made)
            assert_int_equal(cgw_admission_enter(admission, &peers[0], nobody, &err), CGW_OK);
        cgw_admission_free(admission);
        struct cgw_alloc_report report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(made, !report.failed);
        failed = report.failed;
    } while (failed);
    assert_int_equal(n, 3); /* two allocations are made, and none on entering */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admission_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
