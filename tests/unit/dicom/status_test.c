#include "unit/cmocka_all.h"

#include "cgetway/status.h"

#include <string.h>

struct row {
    uint16_t status;
    enum cgw_status_kind kind;
    enum cgw_code code;
};

static const struct row rows[] = {
    {0x0000, CGW_STATUS_SUCCESS, CGW_OK},
    {0xFF00, CGW_STATUS_PENDING, CGW_OK},
    {0xFF01, CGW_STATUS_PENDING, CGW_OK},
    {0xFF02, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xFFFF, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xFE00, CGW_STATUS_CANCEL, CGW_E_INCOMPLETE},
    {0xFE01, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xB000, CGW_STATUS_WARNING, CGW_E_INCOMPLETE},
    {0xB007, CGW_STATUS_WARNING, CGW_E_INCOMPLETE},
    {0x0001, CGW_STATUS_WARNING, CGW_E_INCOMPLETE},
    {0x0107, CGW_STATUS_WARNING, CGW_E_INCOMPLETE},
    {0x0116, CGW_STATUS_WARNING, CGW_E_INCOMPLETE},
    {0x0117, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0x0122, CGW_STATUS_FAILURE, CGW_E_GET_NOT_SUPPORTED},
    {0x0124, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0x0210, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0x0211, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0x0212, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xA700, CGW_STATUS_FAILURE, CGW_E_PEER_OUT_OF_RESOURCES},
    {0xA701, CGW_STATUS_FAILURE, CGW_E_PEER_OUT_OF_RESOURCES},
    {0xA702, CGW_STATUS_FAILURE, CGW_E_PEER_OUT_OF_RESOURCES},
    {0xA801, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xA900, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xAA00, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xAA04, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xC000, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0xCFFF, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
    {0x1234, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED},
};

static void the_statuses_of_the_standard_are_what_it_says_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cgw_status_info *info = cgw_status_info(rows[i].status);
        if (info->kind != rows[i].kind || info->code != rows[i].code)
            fail_msg("%04X is of kind %d with code %s", rows[i].status, info->kind,
                     cgw_code_name(info->code));
    }
}

static void every_status_has_a_row_and_only_0000_is_success(void **state)
{
    (void)state;
    for (unsigned status = 0; status <= 0xFFFF; status++) {
        const struct cgw_status_info *info = cgw_status_info((uint16_t)status);
        assert_true(status >= info->first && status <= info->last);
        assert_true(info->meaning[0] != '\0');
        assert_int_equal(info->kind == CGW_STATUS_SUCCESS, status == 0x0000);
        if (info->kind != CGW_STATUS_SUCCESS && info->kind != CGW_STATUS_PENDING)
            assert_int_not_equal(info->code, CGW_OK);
    }
}

static void a_status_is_written_with_four_upper_case_digits(void **state)
{
    char text[CGW_STATUS_TEXT_BYTES];
    (void)state;
    cgw_status_to_text(0x0000, text);
    assert_string_equal(text, "0000");
    cgw_status_to_text(0xfe0a, text);
    assert_string_equal(text, "FE0A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_statuses_of_the_standard_are_what_it_says_they_are),
        cmocka_unit_test(every_status_has_a_row_and_only_0000_is_success),
        cmocka_unit_test(a_status_is_written_with_four_upper_case_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
