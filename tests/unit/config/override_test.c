#include "loaded.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

struct gateway {
    struct loaded loaded;
    struct cgw_peer peer;
};

static struct gateway gateway_with(const char *option)
{
    struct gateway gateway = {
        .loaded =
            load(ARGUMENTS("--peer=main=pacs.example:104,model=study,dimse-timeout=600", option), NOTHING)};

    if (gateway.loaded.code != CGW_OK)
        fail_msg("%s", gateway.loaded.err.detail);
    gateway.peer = *cgw_config_find_peer(&gateway.loaded.config, "main");
    return gateway;
}

static void expect_refused(struct gateway *gateway, const char *name, const char *value, enum cgw_code code,
                           const char *detail)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_peer before = gateway->peer;

    assert_int_equal(cgw_config_override(&gateway->loaded.config, &gateway->peer, name, value, &err), code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.detail, detail);
    assert_memory_equal(&before, &gateway->peer, sizeof before);
}

static void expect_taken(struct gateway *gateway, const char *name, const char *value)
{
    struct cgw_error err = CGW_ERROR_INIT;

    if (cgw_config_override(&gateway->loaded.config, &gateway->peer, name, value, &err) != CGW_OK)
        fail_msg("%s", err.detail);
}

static void a_request_may_set_all_that_can_be_overridden_by_default(void **state)
{
    struct gateway gateway = gateway_with("--verbose");
    (void)state;
    expect_taken(&gateway, "model", "psonly");
    expect_taken(&gateway, "relational-retrieval", "true");
    expect_taken(&gateway, "enhanced-conversion", "1");
    expect_taken(&gateway, "calling-aet", "ME");
    expect_taken(&gateway, "called-aet", "YOU");
    expect_taken(&gateway, "acse-timeout", "1.5");
    expect_taken(&gateway, "dimse-timeout", "2");
    expect_taken(&gateway, "network-timeout", "3");
    expect_taken(&gateway, "total-timeout", "4");
    expect_taken(&gateway, "max-pdu", "0");
    assert_int_equal(gateway.peer.model, CGW_MODEL_PSONLY);
    assert_true(gateway.peer.relational_retrieval && gateway.peer.enhanced_conversion);
    assert_string_equal(gateway.peer.calling_aet, "ME");
    assert_string_equal(gateway.peer.called_aet, "YOU");
    assert_int_equal(gateway.peer.acse_timeout_ms, 1500);
    assert_int_equal(gateway.peer.dimse_timeout_ms, 2000);
    assert_int_equal(gateway.peer.network_timeout_ms, 3000);
    assert_int_equal(gateway.peer.total_timeout_ms, 4000);
    assert_int_equal(gateway.peer.max_pdu, 0);
    /* The configuration itself is as it was. */
    assert_int_equal(cgw_config_find_peer(&gateway.loaded.config, "main")->model, CGW_MODEL_STUDY);
    loaded_release(&gateway.loaded);
}

static void an_unknown_name_is_answered_with_the_known_ones(void **state)
{
    static const char known[] =
        " is no parameter here; besides those of the resource itself (GET "
        "/openapi.json lists them) a request may set: "
        "called-aet, calling-aet, model, "
        "relational-retrieval, enhanced-conversion, acse-timeout, dimse-timeout, "
        "network-timeout, total-timeout, max-pdu, transfer-syntax, storage-class, storage-role, "
        "plan-by-find, max-passes";
    static const char *const names[] = {"host", "port", "max-instance", "lenient-identifier", "colour", ""};
    struct gateway gateway = gateway_with("--allow-overrides=*");

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char detail[CGW_ERROR_DETAIL_BYTES];
        (void)snprintf(detail, sizeof detail, "\"%s\"%s", names[i], known);
        expect_refused(&gateway, names[i], "1", CGW_E_BAD_PARAMETER, detail);
    }
    loaded_release(&gateway.loaded);
}

static void a_bad_value_is_named_and_leaves_the_peer_alone(void **state)
{
    struct gateway gateway = gateway_with("--verbose");
    (void)state;
    expect_refused(&gateway, "model", "best", CGW_E_BAD_PARAMETER,
                   "model: \"best\" is none of auto, patient, study, psonly, composite, without-bulk-data");
    expect_refused(&gateway, "max-pdu", "1", CGW_E_BAD_PARAMETER, "max-pdu: 1 is below 4K and not 0");
    expect_refused(&gateway, "dimse-timeout", "0", CGW_E_BAD_PARAMETER,
                   "dimse-timeout: 0 is below 0.001 seconds");
    expect_refused(&gateway, "called-aet", "\xFF\x01", CGW_E_BAD_PARAMETER,
                   "called-aet: \"??\" is no AE title: printable ASCII without backslash is");
    loaded_release(&gateway.loaded);
}

static void an_empty_allow_overrides_refuses_every_name(void **state)
{
    struct gateway gateway = gateway_with("--allow-overrides=");
    (void)state;
    expect_refused(&gateway, "model", "study", CGW_E_OVERRIDE_REFUSED, "model is not in allow-overrides");
    expect_refused(&gateway, "max-pdu", "0", CGW_E_OVERRIDE_REFUSED, "max-pdu is not in allow-overrides");
    loaded_release(&gateway.loaded);
}

static void a_list_in_allow_overrides_lets_only_its_names_through(void **state)
{
    struct gateway gateway = gateway_with("--allow-overrides=model,max-pdu");
    (void)state;
    expect_taken(&gateway, "model", "patient");
    expect_taken(&gateway, "max-pdu", "16384");
    expect_refused(&gateway, "called-aet", "X", CGW_E_OVERRIDE_REFUSED,
                   "called-aet is not in allow-overrides");
    loaded_release(&gateway.loaded);
}

static void override_maximum_bounds_what_a_request_asks_for(void **state)
{
    struct gateway gateway = gateway_with("--override-maximum-dimse-timeout=300");
    (void)state;
    expect_taken(&gateway, "dimse-timeout", "300");
    expect_refused(&gateway, "dimse-timeout", "300.001", CGW_E_BAD_PARAMETER,
                   "dimse-timeout: \"300.001\" is above 300, the most that a request may ask for");
    expect_taken(&gateway, "network-timeout", "301");
    /* The operator's own value is not bounded by it. */
    assert_int_equal(cgw_config_find_peer(&gateway.loaded.config, "main")->dimse_timeout_ms, 600000);
    loaded_release(&gateway.loaded);
}

static void a_parameter_without_a_value_is_true_where_it_is_a_boolean(void **state)
{
    struct gateway gateway = gateway_with("--verbose");
    (void)state;
    expect_taken(&gateway, "relational-retrieval", NULL);
    assert_true(gateway.peer.relational_retrieval);
    expect_refused(&gateway, "max-pdu", NULL, CGW_E_BAD_PARAMETER, "max-pdu: needs a value");
    loaded_release(&gateway.loaded);
}

static void unlimited_is_above_every_maximum(void **state)
{
    struct gateway gateway = gateway_with("--override-maximum-max-pdu=64K");
    (void)state;
    expect_taken(&gateway, "max-pdu", "65536");
    expect_refused(&gateway, "max-pdu", "0", CGW_E_BAD_PARAMETER,
                   "max-pdu: \"0\" is above 64K, the most that a request may ask for");
    loaded_release(&gateway.loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_may_set_all_that_can_be_overridden_by_default),
        cmocka_unit_test(an_unknown_name_is_answered_with_the_known_ones),
        cmocka_unit_test(a_bad_value_is_named_and_leaves_the_peer_alone),
        cmocka_unit_test(an_empty_allow_overrides_refuses_every_name),
        cmocka_unit_test(a_list_in_allow_overrides_lets_only_its_names_through),
        cmocka_unit_test(override_maximum_bounds_what_a_request_asks_for),
        cmocka_unit_test(a_parameter_without_a_value_is_true_where_it_is_a_boolean),
        cmocka_unit_test(unlimited_is_above_every_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
