#include "unit/cmocka_all.h"
#include "unit/ledger_entry.h"

#include "retrieve/wanted.h"

#include <stdio.h>
#include <string.h>

enum { PROMISED_BYTES_AN_INSTANCE = 120, MANY = 10000 };

static void an_instance_is_wanted_once_as_it_was_told_first(void **state)
{
    struct cgw_wanted *wanted = wanted_new(10);
    struct cgw_error err = CGW_ERROR_INIT;
    uint16_t ct, again;
    uint32_t first, second;
    (void)state;
    assert_true(wanted_add_class(wanted, "9.1", &ct));
    assert_true(wanted_add_class(wanted, "9.2", &again));
    assert_int_equal(again, 1);
    assert_true(wanted_add_class(wanted, "9.1", &again));
    assert_int_equal(again, ct);
    assert_int_equal(wanted->class_count, 2);
    assert_int_equal(wanted_add_series(wanted, "1", "1.1", &first, &err), CGW_OK);
    assert_int_equal(wanted_add_series(wanted, "1", "1.2", &second, &err), CGW_OK);
    assert_int_not_equal(first, second);
    assert_int_equal(wanted_add(wanted, "1.1.1", ct, first, 3, &err), CGW_OK);
    assert_int_equal(wanted_add(wanted, "1.1.1", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_int_equal(wanted->count, 1);
    assert_int_equal(wanted->items[0].sop_class, ct);
    assert_int_equal(wanted->items[0].series, first);
    assert_int_equal(wanted->items[0].ruled_out, 3);
    assert_int_equal(wanted->items[0].state, WANTED_OPEN);
    assert_string_equal(wanted_uid(wanted, &wanted->items[0]), "1.1.1");
    wanted_free(wanted);
    wanted_free(NULL);
}

static void the_limit_is_one_of_different_instances_and_of_series(void **state)
{
    struct cgw_wanted *wanted = wanted_new(2);
    struct cgw_error err = CGW_ERROR_INIT;
    uint32_t series;
    (void)state;
    assert_int_equal(wanted_add_series(wanted, "1", "1.1", &series, &err), CGW_OK);
    assert_int_equal(wanted_add_series(wanted, "1", "1.2", &series, &err), CGW_OK);
    assert_int_equal(wanted_add_series(wanted, "1", "1.3", &series, &err), CGW_E_TOO_MANY_INSTANCES);
    err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(wanted_add(wanted, "1.1", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_int_equal(wanted_add(wanted, "1.2", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_int_equal(wanted_add(wanted, "1.2", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_int_equal(wanted_add(wanted, "1.3", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err),
                     CGW_E_TOO_MANY_INSTANCES);
    assert_int_equal(wanted->count, 2);
    wanted_free(wanted);
}

static void classes_have_a_limit_and_can_be_forgotten(void **state)
{
    struct cgw_wanted *wanted = wanted_new(10);
    uint16_t index;
    char uid[32];
    (void)state;
    for (size_t i = 0; i < WANTED_MAX_CLASSES; i++) {
        (void)snprintf(uid, sizeof uid, "9.%zu", i);
        assert_true(wanted_add_class(wanted, uid, &index));
        assert_int_equal(index, i);
    }
    assert_false(wanted_add_class(wanted, "8.1", &index));
    assert_true(wanted_add_class(wanted, "9.7", &index));
    assert_int_equal(index, 7);
    wanted_forget(wanted, 0);
    assert_int_equal(wanted->class_count, 0);
    assert_true(wanted_add_class(wanted, "8.1", &index));
    assert_int_equal(index, 0);
    wanted_free(wanted);
}

static void what_a_survey_added_can_be_forgotten(void **state)
{
    struct cgw_wanted *wanted = wanted_new(2);
    struct cgw_error err = CGW_ERROR_INIT;
    uint16_t index;
    uint32_t series;
    (void)state;
    assert_true(wanted_add_class(wanted, "9.1", &index));
    for (size_t i = 0; i < 3; i++) { /* the limit is not used up */
        assert_true(wanted_add_class(wanted, "9.2", &index));
        assert_int_equal(index, 1);
        assert_int_equal(wanted_add_series(wanted, "1", "1.1", &series, &err), CGW_OK);
        assert_int_equal(wanted_add(wanted, "1.2", index, series, 0, &err), CGW_OK);
        assert_int_equal(wanted->count, 1);
        assert_string_equal(wanted_uid(wanted, &wanted->items[0]), "1.2");
        wanted_forget(wanted, 1);
        assert_int_equal(wanted->count, 0);
        assert_int_equal(wanted->class_count, 1);
        assert_string_equal(wanted->classes[0].uid, "9.1");
    }
    wanted_free(wanted);
}

static void uids_stay_although_the_memory_moves_and_take_no_more_than_promised(void **state)
{
    struct cgw_wanted *wanted = wanted_new(MANY);
    struct cgw_error err = CGW_ERROR_INIT;
    char uid[CGW_UID_BYTES];
    (void)state;
    for (size_t i = 0; i < MANY; i++) { /* 64 characters each */
        (void)snprintf(uid, sizeof uid, "1.2.826.0.1.3680043.9.7433.1111111111111111111111111111.%08zu",
                       i + 10000000);
        assert_int_equal(wanted_add(wanted, uid, 0, 0, 0, &err), CGW_OK);
    }
    assert_string_equal(wanted_uid(wanted, &wanted->items[0]),
                        "1.2.826.0.1.3680043.9.7433.1111111111111111111111111111.10000000");
    assert_string_equal(wanted_uid(wanted, &wanted->items[MANY - 1]), uid);
    assert_int_equal(wanted_count_in(wanted, WANTED_OPEN), MANY);
    size_t used = wanted->count * sizeof *wanted->items + wanted->uids.length +
                  wanted->seen.slot_count * sizeof *wanted->seen.slots;
    assert_true(used <= MANY * (size_t)PROMISED_BYTES_AN_INSTANCE);
    wanted_free(wanted);
}

static void what_is_missing_is_told_with_its_reason(void **state)
{
    struct cgw_wanted *wanted = wanted_new(20);
    struct cgw_ledger *ledger = cgw_ledger_new();
    const struct cgw_outcome outcome = {.wanted = wanted, .ledger = ledger};
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_missing missing;
    uint16_t taken, refused, not_taken;
    size_t cursor = 0;
    (void)state;
    assert_true(wanted_add_class(wanted, "9.1", &taken));
    assert_true(wanted_add_class(wanted, "9.2", &refused));
    assert_true(wanted_add_class(wanted, "9.3", &not_taken));
    wanted->classes[refused].is_refused = true;
    wanted->classes[not_taken].is_not_taken = true;
    static const struct {
        const char *uid;
        int sop_class; /* index as added */
        enum wanted_state state;
        const char *reason; /* NULL: not missing */
        bool is_unnamed;
    } items[] = {
        {"1.1", 0, WANTED_RECEIVED, NULL, false},
        {"1.2", 0, WANTED_GIVEN_UP, "not-sent", false},
        {"1.3", 1, WANTED_GIVEN_UP, "class-refused", false},
        {"1.4", 2, WANTED_GIVEN_UP, "not-taken", false},
        {"1.5", 0, WANTED_ASKED, "not-asked", false},
        {"1.6", 0, WANTED_IN_PASS, "not-asked", false},
        {"1.9", 0, WANTED_NOT_KEPT, "not-kept", false},
        {"1.7", 0, WANTED_ASKED, NULL, false}, /* it came, and then the pass was broken off */
        {"1.10", 1, WANTED_GIVEN_UP, "not-found", true},
        {"1.11", 0, WANTED_OPEN, "not-found", true},
        {"1.12", 0, WANTED_OTHER, "other-uid", true},
        {"1.13", 0, WANTED_NOT_KEPT, "not-kept", true},
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        assert_int_equal(wanted_add(wanted, items[i].uid, (uint16_t)items[i].sop_class, 0, 0, &err), CGW_OK);
        wanted->items[i].state = (uint8_t)items[i].state;
        wanted->items[i].is_unnamed = items[i].is_unnamed;
    }
    assert_int_equal(wanted_add(wanted, "1.8", WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
    assert_true(add_entry(ledger, "1.7", 10, CGW_ENTRY_RECEIVED));
    assert_true(add_entry(ledger, "1.6", 10, CGW_ENTRY_TRUNCATED));
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (items[i].reason == NULL)
            continue;
        assert_true(cgw_outcome_next_missing(&outcome, &cursor, &missing));
        assert_string_equal(missing.sop_instance, items[i].uid);
        assert_string_equal(missing.sop_class, wanted->classes[items[i].sop_class].uid);
        assert_string_equal(cgw_missing_reason_name(missing.reason), items[i].reason);
    }
    assert_true(cgw_outcome_next_missing(&outcome, &cursor, &missing));
    assert_null(missing.sop_class);
    assert_false(cgw_outcome_next_missing(&outcome, &cursor, &missing));
    cgw_ledger_free(ledger);
    wanted_free(wanted);
}

static void without_wanted_instances_nothing_is_missing(void **state)
{
    const struct cgw_outcome outcome = {.wanted = NULL};
    struct cgw_missing missing;
    size_t cursor = 0;
    (void)state;
    assert_false(cgw_outcome_next_missing(&outcome, &cursor, &missing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instance_is_wanted_once_as_it_was_told_first),
        cmocka_unit_test(the_limit_is_one_of_different_instances_and_of_series),
        cmocka_unit_test(classes_have_a_limit_and_can_be_forgotten),
        cmocka_unit_test(what_a_survey_added_can_be_forgotten),
        cmocka_unit_test(uids_stay_although_the_memory_moves_and_take_no_more_than_promised),
        cmocka_unit_test(what_is_missing_is_told_with_its_reason),
        cmocka_unit_test(without_wanted_instances_nothing_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
