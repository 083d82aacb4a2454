/* Each allocation of the reader fails once: nothing leaks, nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "cgetway/data_set_reader.h"
#include "cgetway/transfer_syntax.h"
#include "support/failing_alloc.h"

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)context;
    return tag == 0x300A00B0 ? CGW_VR_SQ : CGW_VR_UN;
}

/* (300A,00B0) SQ with three items, each with a value; and the same deflated. */
#define ITEM "\xFE\xFF\x00\xE0\x0A\0\0\0\x10\0\x10\0PN\2\0Ab"
static const char plain[] = "\x10\0\x10\0PN\2\0Ab\x0A\x30\xB0\0SQ\0\0\x36\0\0\0" ITEM ITEM ITEM;

static void read_with_every_allocation_failing(const uint8_t *bytes, size_t length, const char *syntax)
{
    static const struct cgw_read_options options = {
        .max_depth = 3, .max_elements = 100, .max_inflated_bytes = 4096, .vr_of = vr_of};
    for (size_t n = 1;; n++) {
        struct cgw_data_set data_set = {0};
        struct cgw_error err = CGW_ERROR_INIT;
        cgw_alloc_begin(n);
        enum cgw_code code = cgw_data_set_read(bytes, length, syntax, &options, &data_set, &err);
        size_t count = data_set.count;
        cgw_data_set_release(&data_set);
        struct cgw_alloc_report report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        assert_int_equal(count, report.failed ? 0 : 2);
        if (!report.failed) {
            assert_true(n > 10);
            return;
        }
    }
}

static void reading_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    read_with_every_allocation_failing((const uint8_t *)plain, sizeof plain - 1, CGW_TS_EXPLICIT_LE);
}

static void inflating_survives_the_failure_of_any_allocation(void **state)
{
    uint8_t deflated[128] = {1, sizeof plain - 1, 0, (uint8_t) ~(sizeof plain - 1),
                             0xFF}; /* stored: RFC 1951 3.2.4 */
    (void)state;
    for (size_t i = 0; i < sizeof plain - 1; i++)
        deflated[5 + i] = (uint8_t)plain[i];
    read_with_every_allocation_failing(deflated, 5 + sizeof plain - 1, CGW_TS_DEFLATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_survives_the_failure_of_any_allocation),
        cmocka_unit_test(inflating_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
