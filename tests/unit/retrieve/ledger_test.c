#include "unit/cmocka_all.h"
#include "unit/ledger_entry.h"

#include "cgetway/ledger.h"
#include "cgetway/uid.h"

#include <stdio.h>
#include <string.h>

enum { PROMISED_BYTES_AN_INSTANCE = 150 };

/* 64 characters, all different. */
static void make_uid(size_t number, char uid[CGW_UID_BYTES])
{
    (void)snprintf(uid, CGW_UID_BYTES, "1.2.826.0.1.3680043.9.7433.1111111111111111111111111111.%08zu",
                   number + 10000000);
    assert_int_equal(strlen(uid), CGW_UID_MAX_LENGTH);
}

static void an_empty_ledger_holds_nothing(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    (void)state;
    assert_int_equal(cgw_ledger_count(ledger), 0);
    assert_int_equal(cgw_ledger_received(ledger), 0);
    assert_int_equal(cgw_ledger_distinct(ledger), 0);
    assert_int_equal(cgw_ledger_bytes(ledger), 0);
    assert_false(cgw_ledger_next(ledger, &cursor, &entry));
    cgw_ledger_free(ledger);
    cgw_ledger_free(NULL);
}

static void entries_come_back_in_order_and_counted_by_what_became_of_them(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    (void)state;
    assert_true(add_entry(ledger, "1.2", 10, CGW_ENTRY_RECEIVED));
    assert_true(add_entry(ledger, "", 0, CGW_ENTRY_BAD_UID));
    assert_true(add_entry(ledger, "1.3", UINT64_MAX - 40, CGW_ENTRY_TOO_LARGE));
    assert_true(add_entry(ledger, "1.2", 30, CGW_ENTRY_RECEIVED));
    assert_int_equal(cgw_ledger_count(ledger), 4);
    assert_int_equal(cgw_ledger_received(ledger), 2);
    assert_int_equal(cgw_ledger_distinct(ledger), 1);
    assert_true(cgw_ledger_bytes(ledger) == UINT64_MAX);

    assert_true(cgw_ledger_next(ledger, &cursor, &entry));
    assert_string_equal(entry.sop_instance, "1.2");
    assert_int_equal(entry.bytes, 10);
    assert_int_equal(entry.result, CGW_ENTRY_RECEIVED);
    assert_true(cgw_ledger_next(ledger, &cursor, &entry));
    assert_string_equal(entry.sop_instance, "");
    assert_int_equal(entry.result, CGW_ENTRY_BAD_UID);
    assert_true(cgw_ledger_next(ledger, &cursor, &entry));
    assert_true(entry.bytes == UINT64_MAX - 40);
    assert_true(cgw_ledger_next(ledger, &cursor, &entry));
    assert_false(cgw_ledger_next(ledger, &cursor, &entry));
    cgw_ledger_free(ledger);
}

static void a_cursor_at_the_end_sees_what_is_added_later(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    char uid[CGW_UID_BYTES];
    (void)state;
    assert_false(cgw_ledger_next(ledger, &cursor, &entry));
    for (size_t i = 0; i < 1000; i++) { /* across blocks */
        make_uid(i, uid);
        assert_true(add_entry(ledger, uid, i, CGW_ENTRY_RECEIVED));
        assert_true(cgw_ledger_next(ledger, &cursor, &entry));
        assert_string_equal(entry.sop_instance, uid);
        assert_int_equal(entry.bytes, i);
        assert_false(cgw_ledger_next(ledger, &cursor, &entry));
        assert_false(cgw_ledger_next(ledger, &cursor, &entry));
    }
    cgw_ledger_free(ledger);
}

static void fill(struct cgw_ledger *ledger, size_t count)
{
    char uid[CGW_UID_BYTES];
    for (size_t i = 0; i < count; i++) {
        make_uid(i, uid);
        assert_true(add_entry(ledger, uid, 1, CGW_ENTRY_RECEIVED));
    }
}

static void an_instance_takes_at_most_150_bytes(void **state)
{
    static const size_t counts[] = {1000, 1537, 12289, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct cgw_ledger *ledger = cgw_ledger_new();
        fill(ledger, counts[i]);
        assert_int_equal(cgw_ledger_distinct(ledger), counts[i]);
        size_t memory = cgw_ledger_memory(ledger);
        if (memory > counts[i] * PROMISED_BYTES_AN_INSTANCE)
            fail_msg("%zu instances take %zu bytes, %.1f each", counts[i], memory,
                     (double)memory / (double)counts[i]);
        cgw_ledger_free(ledger);
    }
}

static void the_same_uids_again_take_no_more_slots_and_are_not_distinct(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    (void)state;
    fill(ledger, 5000);
    fill(ledger, 5000);
    assert_int_equal(cgw_ledger_received(ledger), 10000);
    assert_int_equal(cgw_ledger_distinct(ledger), 5000);
    assert_true(cgw_ledger_memory(ledger) <= 10000 * (size_t)PROMISED_BYTES_AN_INSTANCE);
    cgw_ledger_free(ledger);
}

static void every_result_has_a_name_of_its_own(void **state)
{
    static const enum cgw_entry_result results[] = {
#define RESULT(name, text, meaning) CGW_ENTRY_##name,
        CGW_ENTRY_RESULTS(RESULT)
#undef RESULT
    };
    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(cgw_entry_result_name(results[i]), cgw_entry_result_name(results[j]));
    }
    assert_string_equal(cgw_entry_result_name(CGW_ENTRY_RECEIVED), "received");
}

static void an_entry_keeps_all_that_it_was_given(void **state)
{
    static const uint8_t digest[CGW_DIGEST_BYTES] = {1, 2, 3, [CGW_DIGEST_BYTES - 1] = 255};
    static const struct cgw_ledger_entry entries[] = {
        {"1.1", "9.1", "8.1", 10, 1, CGW_ENTRY_RECEIVED, digest},
        {"1.2", "9.2", "8.1", 0, 2, CGW_ENTRY_TOO_LARGE, NULL},
        {"1.3", "9.1", "8.2", 30, 65535, CGW_ENTRY_RECEIVED, digest},
        {"", "9.1", "8.1", 0, 3, CGW_ENTRY_BAD_UID, NULL},
    };
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    (void)state;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        assert_true(cgw_ledger_add(ledger, &entries[i]));
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        assert_true(cgw_ledger_next(ledger, &cursor, &entry));
        assert_string_equal(entry.sop_instance, entries[i].sop_instance);
        assert_string_equal(entry.sop_class, entries[i].sop_class);
        assert_string_equal(entry.transfer_syntax, entries[i].transfer_syntax);
        assert_int_equal(entry.bytes, entries[i].bytes);
        assert_int_equal(entry.pass, entries[i].pass);
        assert_int_equal(entry.result, entries[i].result);
        assert_int_equal(entry.digest != NULL, entries[i].digest != NULL);
        if (entry.digest != NULL)
            assert_memory_equal(entry.digest, digest, sizeof digest);
    }
    assert_false(cgw_ledger_next(ledger, &cursor, &entry));
    cgw_ledger_free(ledger);
}

static void a_ledger_has_what_was_received_and_nothing_else(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    (void)state;
    assert_false(cgw_ledger_has(ledger, "1.1"));
    assert_true(add_entry(ledger, "1.1", 10, CGW_ENTRY_RECEIVED));
    assert_true(add_entry(ledger, "1.2", 10, CGW_ENTRY_TRUNCATED));
    assert_true(add_entry(ledger, "1.3", 10, CGW_ENTRY_NOT_KEPT));
    assert_true(cgw_ledger_has(ledger, "1.1"));
    assert_false(cgw_ledger_has(ledger, "1.2"));
    assert_false(cgw_ledger_has(ledger, "1.3"));
    assert_true(cgw_ledger_has_not_kept(ledger, "1.3"));
    assert_false(cgw_ledger_has_not_kept(ledger, "1.2"));
    assert_false(cgw_ledger_has(ledger, "1.10"));
    assert_true(add_entry(ledger, "1.3", 10, CGW_ENTRY_RECEIVED)); /* in another pass */
    assert_true(cgw_ledger_has(ledger, "1.3"));
    cgw_ledger_free(ledger);
}

static void an_instance_with_its_digest_takes_at_most_150_bytes_too(void **state)
{
    static const uint8_t digest[CGW_DIGEST_BYTES] = {7};
    struct cgw_ledger *ledger = cgw_ledger_new();
    char uid[CGW_UID_BYTES];
    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        make_uid(i, uid);
        const struct cgw_ledger_entry entry = {uid, "9.1", "8.1", 1, 1, CGW_ENTRY_RECEIVED, digest};
        assert_true(cgw_ledger_add(ledger, &entry));
    }
    assert_true(cgw_ledger_memory(ledger) <= 10000 * (size_t)PROMISED_BYTES_AN_INSTANCE);
    cgw_ledger_free(ledger);
}

/* Classes and syntaxes are few; a peer cannot make us keep any number of them. */
static void names_have_a_limit(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_ledger_entry entry = {"1.1", NULL, "8.1", 1, 1, CGW_ENTRY_RECEIVED, NULL};
    char name[32];
    size_t taken = 0;
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        (void)snprintf(name, sizeof name, "9.%zu", i);
        entry.sop_class = name;
        taken += cgw_ledger_add(ledger, &entry);
    }
    assert_in_range(taken, 512, 1024);
    assert_int_equal(cgw_ledger_count(ledger), taken);
    cgw_ledger_free(ledger);
}

static bool add_prior(struct cgw_ledger *ledger, const char *uid)
{
    const struct cgw_ledger_entry entry = {uid, "9.1", "8.1", 10, 0, CGW_ENTRY_RECEIVED, NULL};
    return cgw_ledger_add(ledger, &entry);
}

static void prior_instances_count_as_received_until_the_peer_confirms_them(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    (void)state;
    assert_true(add_prior(ledger, "1.1"));
    assert_true(add_prior(ledger, "1.2"));
    assert_true(add_prior(ledger, "1.2"));
    assert_true(add_entry(ledger, "1.2", 20, CGW_ENTRY_RECEIVED));
    assert_true(add_entry(ledger, "1.3", 20, CGW_ENTRY_RECEIVED));
    assert_int_equal(cgw_ledger_prior(ledger), 3);
    assert_int_equal(cgw_ledger_count(ledger), 5);
    assert_int_equal(cgw_ledger_received(ledger), 5);
    assert_int_equal(cgw_ledger_distinct(ledger), 3);
    assert_int_equal(cgw_ledger_bytes(ledger), 70);
    assert_true(cgw_ledger_has(ledger, "1.1") && cgw_ledger_has_prior(ledger, "1.1"));
    assert_true(cgw_ledger_has(ledger, "1.3") && !cgw_ledger_has_prior(ledger, "1.3"));
    assert_int_equal(cgw_ledger_unconfirmed(ledger), 2);
    assert_true(cgw_ledger_confirm(ledger, "1.3"));
    assert_true(cgw_ledger_confirm(ledger, "1.9"));
    assert_int_equal(cgw_ledger_unconfirmed(ledger), 2);
    assert_true(cgw_ledger_confirm(ledger, "1.1"));
    assert_true(cgw_ledger_confirm(ledger, "1.1"));
    assert_int_equal(cgw_ledger_unconfirmed(ledger), 1);
    cgw_ledger_free(ledger);
}

static void a_prior_instance_takes_at_most_150_bytes_too(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    char uid[CGW_UID_BYTES];
    (void)state;
    for (size_t i = 0; i < 12289; i++) {
        make_uid(i, uid);
        assert_true(add_prior(ledger, uid) && cgw_ledger_confirm(ledger, uid));
    }
    assert_int_equal(cgw_ledger_unconfirmed(ledger), 0);
    assert_true(cgw_ledger_memory(ledger) <= 12289 * (size_t)PROMISED_BYTES_AN_INSTANCE);
    cgw_ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ledger_holds_nothing),
        cmocka_unit_test(entries_come_back_in_order_and_counted_by_what_became_of_them),
        cmocka_unit_test(a_cursor_at_the_end_sees_what_is_added_later),
        cmocka_unit_test(an_instance_takes_at_most_150_bytes),
        cmocka_unit_test(the_same_uids_again_take_no_more_slots_and_are_not_distinct),
        cmocka_unit_test(every_result_has_a_name_of_its_own),
        cmocka_unit_test(an_entry_keeps_all_that_it_was_given),
        cmocka_unit_test(a_ledger_has_what_was_received_and_nothing_else),
        cmocka_unit_test(an_instance_with_its_digest_takes_at_most_150_bytes_too),
        cmocka_unit_test(names_have_a_limit),
        cmocka_unit_test(prior_instances_count_as_received_until_the_peer_confirms_them),
        cmocka_unit_test(a_prior_instance_takes_at_most_150_bytes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
