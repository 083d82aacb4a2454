/* What the peers of a configuration hold for the association. What is refused: tests/cases/config. */
#include "loaded.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *arguments[3];
    int64_t type;
    const char *identity;
    size_t length;
} rows[] = {
    {{"--user-identity-type=username", "--user-identity=M\xC3\xBCller"},
     CGW_IDENTITY_USERNAME,
     "M\xC3\xBCller",
     7},
    {{"--user-identity-type=saml", "--user-identity=<a/>"}, CGW_IDENTITY_SAML, "<a/>", 4},
    {{"--user-identity-type=jwt", "--user-identity=e30.e30.x"}, CGW_IDENTITY_JWT, "e30.e30.x", 9},
    {{"--user-identity-type=kerberos", "--user-identity=AAH//w=="}, CGW_IDENTITY_KERBEROS, "\0\1\xFF\xFF", 4},
    {{"--user-identity-type=kerberos", "--user-identity=AAEC"}, CGW_IDENTITY_KERBEROS, "\0\1\2", 3},
    {{"--user-identity-type=kerberos", "--user-identity=+/8="}, CGW_IDENTITY_KERBEROS, "\xFB\xFF", 2},
    {{"--user-identity-type=none", "--user-identity="}, CGW_IDENTITY_NONE, "", 0},
};

static void a_peer_holds_the_bytes_that_are_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct loaded loaded =
            load(ARGUMENTS("--peer=main=h:1", rows[i].arguments[0], rows[i].arguments[1]), NOTHING);
        if (loaded.code != CGW_OK)
            fail_msg("%s: %s", rows[i].arguments[1], loaded.err.detail);
        const struct cgw_peer *peer = cgw_config_find_peer(&loaded.config, "main");
        assert_int_equal(peer->user_identity_type, rows[i].type);
        assert_int_equal(peer->user_identity_length, rows[i].length);
        assert_memory_equal(peer->user_identity, rows[i].identity, rows[i].length);
        loaded_release(&loaded);
    }
}

static void only_well_formed_utf8_without_controls_is_a_text(void **state)
{
    static const char *const refused[] = {"\x80",
                                          "\xC1\x81",
                                          "\xE0\x9F\xBF",
                                          "\xED\xA0\x80",
                                          "\xF0\x8F\xBF\xBF",
                                          "\xF4\x90\x80\x80",
                                          "\xC3",
                                          "\xE2\x82",
                                          "\xE2\x82x",
                                          "\xF5\x80\x80\x80",
                                          "\x7F",
                                          "\x1B"};
    static const char *const taken[] = {"~", "\xC2\x80", "\xE0\xA0\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"};
    char argument[64];

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        (void)snprintf(argument, sizeof argument, "--user-passcode=%s", refused[i]);
        struct loaded loaded = load(ARGUMENTS(argument), NOTHING);
        assert_int_equal(loaded.code, CGW_E_BAD_CONFIGURATION);
        assert_string_equal(loaded.faults.lines[0],
                            "--user-passcode: the text is not UTF-8 without control characters");
        loaded_release(&loaded);
    }
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        (void)snprintf(argument, sizeof argument, "--user-passcode=%s", taken[i]);
        struct loaded loaded = load(ARGUMENTS(argument), NOTHING);
        assert_int_equal(loaded.code, CGW_OK);
        loaded_release(&loaded);
    }
}

static void no_request_can_change_who_is_shown(void **state)
{
    static const char *const names[] = {"user-identity-type", "user-identity", "user-passcode",
                                        "user-identity-response"};
    (void)state;
    struct loaded loaded = load(ARGUMENTS("--peer=main=h:1"), NOTHING);
    struct cgw_peer peer = loaded.config.peers[0];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        assert_int_equal(cgw_config_override(&loaded.config, &peer, names[i], "saml", &err),
                         CGW_E_BAD_PARAMETER);
    }
    loaded_release(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_holds_the_bytes_that_are_sent),
        cmocka_unit_test(only_well_formed_utf8_without_controls_is_a_text),
        cmocka_unit_test(no_request_can_change_who_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
