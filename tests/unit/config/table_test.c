#include "unit/cmocka_all.h"

#include "config/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static size_t struct_size(const struct cgw_key *key)
{
    return key->scope == CGW_SCOPE_GLOBAL ? sizeof(struct cgw_config) : sizeof(struct cgw_peer);
}

/* Room for either struct. */
union base {
    struct cgw_config config;
    struct cgw_peer peer;
};

static void every_key_has_its_own_name_and_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *a = &cgw_keys[i];
        assert_ptr_equal(cgw_key_find(a->name), a);
        assert_true(a->offset + a->size <= struct_size(a));
        assert_true(strlen(a->name) < CGW_KEY_NAME_BYTES && strlen(a->prose) > 10);
        for (size_t j = 0; j < i; j++) {
            const struct cgw_key *b = &cgw_keys[j];
            bool same_struct = (a->scope == CGW_SCOPE_GLOBAL) == (b->scope == CGW_SCOPE_GLOBAL);
            if (same_struct && a->offset < b->offset + b->size && b->offset < a->offset + a->size)
                fail_msg("%s and %s share a field", a->name, b->name);
        }
    }
}

/* Ages; and the patience after which something else is done. */
static bool is_no_wait(const char *name)
{
    static const char *const names[] = {"retention-age", "cache-age", "cache-fresh", "cache-patience"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void every_field_fits_the_type_of_its_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if (cgw_key_is_number(key) || key->type == CGW_TYPE_MODEL || key->type == CGW_TYPE_LOG_LEVEL ||
            key->type == CGW_TYPE_ROLE || key->type == CGW_TYPE_IDENTITY_TYPE ||
            key->type == CGW_TYPE_LAYOUT || key->type == CGW_TYPE_EXISTING ||
            key->type == CGW_TYPE_CACHE_UNIT)
            assert_int_equal(key->size, sizeof(int64_t));
        else if (key->type == CGW_TYPE_BOOLEAN)
            assert_int_equal(key->size, sizeof(bool));
        else
            assert_true(key->size >= CGW_AE_TITLE_BYTES);
        /* 0 is a deadline that never comes (cgetway/deadline.h): no wait may be configured so. */
        if (key->type == CGW_TYPE_DURATION && !is_no_wait(key->name))
            assert_true(key->min > 0 && key->zero == NULL);
    }
}

static void every_default_is_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        union base base = {0};
        struct cgw_reason reason = {""};
        if (key->default_text != NULL && !cgw_value_parse(key, key->default_text, &base, &reason))
            fail_msg("%s: %s", key->name, reason.text);
    }
}

static void number_text(const struct cgw_key *key, int64_t number, char *text, size_t size)
{
    if (key->type == CGW_TYPE_DURATION)
        (void)snprintf(text, size, "%s%" PRIdMAX ".%03" PRIdMAX, number < 0 ? "-" : "",
                       imaxabs(number) / 1000, imaxabs(number) % 1000);
    else
        (void)snprintf(text, size, "%" PRId64, number);
}

static void expect_number(const struct cgw_key *key, int64_t number, const char *side)
{
    union base base;
    union base untouched;
    struct cgw_reason reason = {""};
    char text[64];

    memset(&base, 0x5A, sizeof base);
    memset(&untouched, 0x5A, sizeof untouched);
    number_text(key, number, text, sizeof text);
    bool parsed = cgw_value_parse(key, text, &base, &reason);
    if (parsed != (side == NULL))
        fail_msg("%s = %s: %s", key->name, text, parsed ? "is taken" : reason.text);
    if (parsed) {
        assert_int_equal(cgw_value_number(key, &base), number);
        return;
    }
    if (strstr(reason.text, side) == NULL)
        fail_msg("%s = %s: %s", key->name, text, reason.text);
    assert_memory_equal(&base, &untouched, sizeof base);
}

static void both_bounds_of_every_number_hold_and_one_beyond_does_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if (!cgw_key_is_number(key))
            continue;
        expect_number(key, key->min, NULL);
        expect_number(key, key->max, NULL);
        expect_number(key, key->max + 1, "above");
        if (!(key->zero != NULL && key->min == 1))
            expect_number(key, key->min - 1, "below");
        expect_number(key, 0, key->zero != NULL || key->min == 0 ? NULL : "below");
        expect_number(key, -1, "below");
        expect_number(key, INT64_MAX, "above");
    }
}

static void no_request_can_set_where_a_peer_is_nor_what_protects_the_gateway(void **state)
{
    static const char *const never[] = {"host",
                                        "port",
                                        "max-instance",
                                        "max-instances",
                                        "min-rate",
                                        "ignore-counts",
                                        "lenient-identifier",
                                        "max-retrieves-per-peer",
                                        "cancel-grace",
                                        "max-body",
                                        "connect-timeout",
                                        "character-set",
                                        "user-identity-type",
                                        "user-identity",
                                        "user-passcode",
                                        "user-identity-response"};
    static const char *const allowed[] = {
        "model",           "relational-retrieval", "enhanced-conversion", "calling-aet",
        "called-aet",      "acse-timeout",         "dimse-timeout",       "max-pdu",
        "network-timeout", "total-timeout",        "transfer-syntax",     "storage-class",
        "plan-by-find",    "storage-role",         "max-passes"};
    size_t overridable = 0;

    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(cgw_config_is_override(never[i]));
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        assert_true(cgw_config_is_override(allowed[i]));
    for (size_t i = 0; i < cgw_key_count; i++)
        overridable += cgw_keys[i].overridable ? 1 : 0;
    assert_int_equal(overridable, sizeof allowed / sizeof allowed[0]);
}

static const struct cgw_key secret_key = {.name = "tls-key-password",
                                          .scope = CGW_SCOPE_GLOBAL,
                                          .type = CGW_TYPE_AE_TITLE,
                                          .offset = offsetof(struct cgw_config, output_directory),
                                          .size = CGW_AE_TITLE_BYTES,
                                          .secret = true,
                                          .prose = "a secret whose faults would quote it"};

static void a_secret_is_neither_printed_nor_quoted(void **state)
{
    struct cgw_config config = {0};
    struct cgw_reason reason = {""};

    (void)state;
    json_t *unset = cgw_value_to_json(&secret_key, &config);
    assert_string_equal(json_string_value(unset), "");
    json_decref(unset);

    assert_true(cgw_value_parse(&secret_key, "hunter2", &config, &reason));
    json_t *set = cgw_value_to_json(&secret_key, &config);
    assert_string_equal(json_string_value(set), "***");
    json_decref(set);

    assert_false(cgw_value_parse(&secret_key, "hunter2\\", &config, &reason));
    assert_null(strstr(reason.text, "hunter"));
    assert_false(cgw_value_parse(&secret_key, "***", &config, &reason));
    assert_non_null(strstr(reason.text, "printed configuration"));
    assert_string_equal(config.output_directory, "hunter2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_its_own_name_and_field),
        cmocka_unit_test(every_field_fits_the_type_of_its_key),
        cmocka_unit_test(every_default_is_valid),
        cmocka_unit_test(both_bounds_of_every_number_hold_and_one_beyond_does_not),
        cmocka_unit_test(no_request_can_set_where_a_peer_is_nor_what_protects_the_gateway),
        cmocka_unit_test(a_secret_is_neither_printed_nor_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
