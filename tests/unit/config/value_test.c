#include "unit/cmocka_all.h"

#include "config/value.h"

#include <stdlib.h>
#include <string.h>

/* What the text of a value becomes, as JSON text, or why it is refused. */
static const struct {
    const char *key;
    const char *text;
    const char *json; /* NULL: refused */
    const char *reason;
} values[] = {
    {"listen.port", "0", "0", NULL},
    {"listen.port", "65535", "65535", NULL},
    {"listen.port", "0080", "80", NULL},
    {"listen.port", "65536", NULL, "65536 is above 65535"},
    {"listen.port", "-1", NULL, "-1 is below 0"},
    {"listen.port", "x", NULL, "\"x\" is not a number"},
    {"listen.port", "", NULL, "\"\" is not a number"},
    {"listen.port", " 80", NULL, "\" 80\" is not a number"},
    {"listen.port", "80 ", NULL, "\"80 \" is not a number"},
    {"listen.port", "+80", NULL, "\"+80\" is not a number"},
    {"listen.port", "0x50", NULL, "\"0x50\" is not a number"},
    {"listen.port", "8e3", NULL, "\"8e3\" is not a number"},
    {"listen.port", "80.0", NULL, "\"80.0\" is not a number"},
    {"listen.port", "8K", NULL, "\"8K\" is not a number"},
    {"listen.port", "99999999999999999999999", NULL, "99999999999999999999999 is above 65535"},
    {"listen.port", "-99999999999999999999999", NULL, "-99999999999999999999999 is below 0"},

    {"max-body", "65536", "65536", NULL},
    {"max-body", "64K", "65536", NULL},
    {"max-body", "64k", "65536", NULL},
    {"max-body", "16M", "16777216", NULL},
    {"max-body", "1G", "1073741824", NULL},
    {"max-body", "2G", NULL, "2G is above 1G"},
    {"max-body", "1", NULL, "1 is below 2"},
    {"max-body", "9999999999999999G", NULL, "9999999999999999G is above 1G"},
    {"max-body", "1.5K", NULL, "\"1.5K\" is not a number of bytes (such as 65536, 64K, 16M or 2G)"},
    {"max-body", "1KB", NULL, "\"1KB\" is not a number of bytes (such as 65536, 64K, 16M or 2G)"},
    {"max-body", "K", NULL, "\"K\" is not a number of bytes (such as 65536, 64K, 16M or 2G)"},
    {"max-instance", "16G", "17179869184", NULL},

    {"max-pdu", "0", "0", NULL},
    {"max-pdu", "4095", NULL, "4095 is below 4K and not 0"},
    {"max-pdu", "4096", "4096", NULL},
    {"max-pdu", "4294967294", "4294967294", NULL},
    {"max-pdu", "4294967295", NULL, "4294967295 is above 4294967294 and not 0"},

    {"dimse-timeout", "30", "30", NULL},
    {"dimse-timeout", "0.5", "0.5", NULL},
    {"dimse-timeout", "1.2345", "1.2350000000000001", NULL},
    {"dimse-timeout", "1.2344", "1.234", NULL},
    {"dimse-timeout", "0.001", "0.001", NULL},
    {"dimse-timeout", "0.0004", NULL, "0.0004 is below 0.001 seconds"},
    {"dimse-timeout", "0", NULL, "0 is below 0.001 seconds"},
    {"dimse-timeout", "-3", NULL, "-3 is below 0.001 seconds"},
    {"dimse-timeout", "86400.001", NULL, "86400.001 is above 86400 seconds"},
    {"dimse-timeout", "1e3", NULL, "\"1e3\" is not a number of seconds"},
    {"dimse-timeout", "30s", NULL, "\"30s\" is not a number of seconds"},
    {"dimse-timeout", ".5", NULL, "\".5\" is not a number of seconds"},
    {"dimse-timeout", "5.", NULL, "\"5.\" is not a number of seconds"},
    {"dimse-timeout", "inf", NULL, "\"inf\" is not a number of seconds"},
    {"dimse-timeout", "nan", NULL, "\"nan\" is not a number of seconds"},
    {"dimse-timeout", "99999999999999999999.9", NULL, "99999999999999999999.9 is above 86400 seconds"},

    {"relational-retrieval", "true", "true", NULL},
    {"relational-retrieval", "Yes", "true", NULL},
    {"relational-retrieval", "on", "true", NULL},
    {"relational-retrieval", "1", "true", NULL},
    {"relational-retrieval", "FALSE", "false", NULL},
    {"relational-retrieval", "no", "false", NULL},
    {"relational-retrieval", "off", "false", NULL},
    {"relational-retrieval", "0", "false", NULL},
    {"relational-retrieval", "2", NULL, "\"2\" is none of false, true"},
    {"relational-retrieval", "", NULL, "\"\" is none of false, true"},

    {"model", "auto", "\"auto\"", NULL},
    {"model", "patient", "\"patient\"", NULL},
    {"model", "study", "\"study\"", NULL},
    {"model", "psonly", "\"psonly\"", NULL},
    {"model", "Study", NULL,
     "\"Study\" is none of auto, patient, study, psonly, composite, without-bulk-data"},
    {"model", "", NULL, "\"\" is none of auto, patient, study, psonly, composite, without-bulk-data"},

    {"log-level", "critical", "\"critical\"", NULL},
    {"log-level", "loud", NULL, "\"loud\" is none of debug, info, warning, error, critical, quiet"},

    {"called-aet", "ANY-SCP", "\"ANY-SCP\"", NULL},
    {"called-aet", "a b:c~!\"", "\"a b:c~!\\\"\"", NULL},
    {"called-aet", "1234567890123456", "\"1234567890123456\"", NULL},
    {"called-aet", "12345678901234567", NULL, "17 characters are more than 16"},
    {"called-aet", "", NULL, "\"\" is no AE title: it needs 1 to 16 characters, not only spaces"},
    {"called-aet", "   ", NULL, "\"   \" is no AE title: it needs 1 to 16 characters, not only spaces"},
    {"called-aet", "A\\B", NULL, "\"A\\B\" is no AE title: printable ASCII without backslash is"},
    {"called-aet", "A\tB", NULL, "\"A?B\" is no AE title: printable ASCII without backslash is"},
    {"called-aet", "A\x7F", NULL, "\"A?\" is no AE title: printable ASCII without backslash is"},
    {"called-aet", "\xC3\x84", NULL, "\"??\" is no AE title: printable ASCII without backslash is"},

    {"host", "pacs.example", "\"pacs.example\"", NULL},
    {"host", "10.0.0.1", "\"10.0.0.1\"", NULL},
    {"host", "fe80::1%eth0", "\"fe80::1%eth0\"", NULL},
    {"host", "[::1]", NULL, "\"[::1]\": IPv6 addresses are written without brackets"},
    {"host", "", NULL, "\"\" is neither a host name nor an address"},
    {"host", "a b", NULL, "\"a b\" is neither a host name nor an address"},
    {"host", "http://pacs", NULL, "\"http://pacs\" is neither a host name nor an address"},
    {"output-bucket", "https://bucket.s3.example.org", "\"https://bucket.s3.example.org\"", NULL},
    {"output-bucket", "http://[::1]:9000/bucket/prefix", "\"http://[::1]:9000/bucket/prefix\"", NULL},
    {"output-bucket", "http://s3.example.org/bucket/", NULL,
     "\"http://s3.example.org/bucket/\" is no URL such as https://s3.example.org/bucket/prefix: scheme http "
     "or "
     "https, host, and a path of letters, digits and / . _ -, without a / at its end"},

    {"path-prefix", "", "\"\"", NULL},
    {"path-prefix", "/cgetway", "\"/cgetway\"", NULL},
    {"path-prefix", "/a/b-c_d", "\"/a/b-c_d\"", NULL},
    {"path-prefix", "cgetway", NULL,
     "\"cgetway\" is no path: it begins with / and does not end with it, such as /cgetway"},
    {"path-prefix", "/", NULL,
     "\"/\" is no path: it begins with / and does not end with it, such as /cgetway"},
    {"path-prefix", "/a//b", NULL,
     "\"/a//b\" is no path: it begins with / and does not end with it, such as /cgetway"},
    {"path-prefix", "/../b", NULL,
     "\"/../b\" is no path: it begins with / and does not end with it, such as /cgetway"},
    {"path-prefix", "/a?b", NULL,
     "\"/a?b\" is no path: it begins with / and does not end with it, such as /cgetway"},

    {"output-directory", "", "\"\"", NULL},
    {"output-directory", "/var/lib/cgetway files", "\"/var/lib/cgetway files\"", NULL},
    {"output-directory", "files", NULL, "\"files\" is not an absolute path"},

    {"character-set", "", "\"\"", NULL},
    {"character-set", "ISO_IR 100", "\"ISO_IR 100\"", NULL},
    {"character-set", "ISO 2022 IR 6\\ISO 2022 IR 87", "\"ISO 2022 IR 6\\\\ISO 2022 IR 87\"", NULL},
    {"character-set", "utf-8", NULL, "\"utf-8\" is no defined term of a character set, such as ISO_IR 100"},

    {"allow-overrides", "", "[]", NULL},
    {"allow-overrides", "*", "\"*\"", NULL},
    {"allow-overrides", "model", "[\"model\"]", NULL},
    {"allow-overrides", "model, max-pdu ,called-aet", "[\"model\",\"max-pdu\",\"called-aet\"]", NULL},
    {"allow-overrides", "modle", NULL,
     "\"modle\" is nothing that a request can override; did you mean model?"},
    {"allow-overrides", "host", NULL, "\"host\" is nothing that a request can override"},
    {"allow-overrides", "model,", NULL, "\"\" is nothing that a request can override"},
    {"allow-overrides", "model,*", NULL, "\"*\" is nothing that a request can override"},
};

union base {
    struct cgw_config config;
    struct cgw_peer peer;
};

static void every_text_becomes_its_value_or_is_refused_for_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const struct cgw_key *key = cgw_key_find(values[i].key);
        union base base = {0};
        struct cgw_reason reason = {""};

        assert_non_null(key);
        bool parsed = cgw_value_parse(key, values[i].text, &base, &reason);
        if (parsed != (values[i].json != NULL))
            fail_msg("%s = %s: %s", values[i].key, values[i].text, parsed ? "is taken" : reason.text);
        if (!parsed) {
            assert_string_equal(reason.text, values[i].reason);
            continue;
        }
        json_t *json = cgw_value_to_json(key, &base);
        char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
        assert_string_equal(text, values[i].json);
        free(text);
        json_decref(json);
    }
}

static void a_long_value_is_cut_where_it_is_quoted(void **state)
{
    char text[400];
    struct cgw_peer peer = {0};
    struct cgw_reason reason = {""};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(cgw_value_parse(cgw_key_find("dimse-timeout"), text, &peer, &reason));
    assert_true(strlen(reason.text) < 120);
    assert_non_null(strstr(reason.text, "xxx...\" is not a number of seconds"));
}

static void a_quoted_value_fits_its_buffer_at_every_length(void **state)
{
    char text[CGW_QUOTED_BYTES * 2];
    char quoted[CGW_QUOTED_BYTES];

    (void)state;
    for (size_t length = 0; length < sizeof text; length++) {
        memset(text, 'x', length);
        text[length] = '\0';
        size_t got = strlen(cgw_quoted(text, quoted));
        assert_true(got < sizeof quoted && quoted[0] == '"' && quoted[got - 1] == '"');
        assert_true(got == length + 2 || strstr(quoted, "...\"") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_becomes_its_value_or_is_refused_for_its_reason),
        cmocka_unit_test(a_long_value_is_cut_where_it_is_quoted),
        cmocka_unit_test(a_quoted_value_fits_its_buffer_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
