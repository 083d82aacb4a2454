#include "unit/cmocka_all.h"

#include "cgetway/uid_list.h"

#include <stdio.h>
#include <string.h>

static const char *three(size_t index)
{
    static const char *const uids[] = {"1.1", "1.2", "1.3"};
    return index < 3 ? uids[index] : NULL;
}

static const char *none(size_t index)
{
    (void)index;
    return NULL;
}

/* More than a list holds. */
static const char *many(size_t index)
{
    static char uids[CGW_UID_LIST_MAX + 10][16];
    if (index >= CGW_UID_LIST_MAX + 10)
        return NULL;
    (void)snprintf(uids[index], sizeof uids[index], "1.7.%zu", index);
    return uids[index];
}

struct row {
    const char *text;
    const char *uids; /* with blanks between */
    bool has_built_in;
};

static const struct row rows[] = {
    {"*", "1.1 1.2 1.3", true},         {"2.1", "2.1", false},
    {"2.1,2.2", "2.1 2.2", false},      {"2.1,*", "2.1 1.1 1.2 1.3", true},
    {"*,2.1", "1.1 1.2 1.3 2.1", true}, {"1.3,*", "1.3 1.1 1.2", true},
    {"2.1,2.2,2.1", "2.1 2.2", false},  {"*,*", "1.1 1.2 1.3", true},
    {"2.1,,2.2,", "2.1 2.2", false},    {"", "", false},
};

static void tell(const struct cgw_uid_list *list, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++)
        (void)snprintf(text + strlen(text), size - strlen(text), "%s%s", i > 0 ? " " : "", list->uids[i]);
}

static void a_text_becomes_its_uids_in_its_order_none_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_uid_list list;
        char text[256];
        cgw_uid_list_expand(&list, rows[i].text, three);
        tell(&list, text, sizeof text);
        if (strcmp(text, rows[i].uids) != 0 || list.has_built_in != rows[i].has_built_in)
            fail_msg("\"%s\": \"%s\"", rows[i].text, text);
    }
}

static void a_star_may_stand_for_nothing(void **state)
{
    struct cgw_uid_list list;
    (void)state;
    cgw_uid_list_expand(&list, "*", none);
    assert_int_equal(list.count, 0);
    assert_true(list.has_built_in);
}

static void what_does_not_fit_is_left_out_from_the_end(void **state)
{
    struct cgw_uid_list list;
    (void)state;
    cgw_uid_list_expand(&list, "2.1,*,2.2", many);
    assert_int_equal(list.count, CGW_UID_LIST_MAX);
    assert_string_equal(list.uids[0], "2.1");
    assert_string_equal(list.uids[CGW_UID_LIST_MAX - 1], "1.7.510");
}

static void a_text_that_is_too_long_is_cut(void **state)
{
    struct cgw_uid_list list;
    char text[CGW_UID_LIST_TEXT_BYTES + 100];
    (void)state;
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cgw_uid_list_expand(&list, text, three);
    assert_int_equal(list.count, 1);
    assert_int_equal(strlen(list.uids[0]), CGW_UID_LIST_TEXT_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_becomes_its_uids_in_its_order_none_twice),
        cmocka_unit_test(a_star_may_stand_for_nothing),
        cmocka_unit_test(what_does_not_fit_is_left_out_from_the_end),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
