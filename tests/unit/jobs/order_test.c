/* What a job is to do comes back from the history as it was ordered. */
#include "unit/cmocka_all.h"

#include "config/table.h"
#include "jobs/order.h"
#include "unit/query/identifier_case.h"
#include "unit/query/make_file.h"
#include "unit/query/parse.h"

#include "cgetway/identifier.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A configuration of one peer. */
struct office {
    struct cgw_peer peer;
    struct cgw_config config;
};

static void office_init(struct office *office)
{
    memset(office, 0, sizeof *office);
    (void)snprintf(office->peer.name, sizeof office->peer.name, "main");
    office->peer.max_pdu = 131072;
    office->config.peers = &office->peer;
    office->config.peer_count = 1;
    office->config.max_keys = 256;
    office->config.max_depth = 32;
    (void)snprintf(office->config.allow_overrides, sizeof office->config.allow_overrides, "*");
}

static struct cgw_job_info info_of(const struct cgw_query *query)
{
    struct cgw_job_info info = {.peer = "main", .model = cgw_query_model(query), .error = CGW_ERROR_INIT};
    (void)snprintf(info.level, sizeof info.level, "%s", cgw_query_level(query));
    return info;
}

/* ---- Identifiers ---- */

/* What a peer is sent of both. */
static bool are_sent_alike(const struct cgw_query *before, const struct cgw_query *after)
{
    static const char *const syntaxes[] = {CGW_TS_EXPLICIT_LE, CGW_TS_IMPLICIT_LE};
    bool are_alike = true;
    for (size_t i = 0; i < COUNT(syntaxes); i++) {
        uint8_t *bytes[2] = {NULL, NULL};
        size_t lengths[2] = {0, 0};
        const struct cgw_query *queries[] = {before, after};
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(cgw_identifier_encode(cgw_query_identifier(queries[k]), syntaxes[i], &bytes[k],
                                                   &lengths[k], NULL),
                             CGW_OK);
        are_alike = are_alike && lengths[0] == lengths[1] && memcmp(bytes[0], bytes[1], lengths[0]) == 0;
        free(bytes[0]);
        free(bytes[1]);
    }
    return are_alike;
}

/* Without the blanks at the end of text: they are padding, which nobody has to keep (PS3.5 6.2). */
static char *dump_of(const struct cgw_query *query)
{
    char *dump = cgw_query_dump(query), *to = dump;
    assert_non_null(dump);
    for (const char *from = dump; *from != '\0'; from++) {
        while (*from == ']' && to > dump && to[-1] == ' ')
            to--;
        if (*from != ' ' || from[1] != ' ') /* nor those in front of # */
            *to++ = *from;
    }
    *to = '\0';
    return dump;
}

static void assert_same(const char *what, const struct cgw_query *before, const struct cgw_query *after)
{
    assert_string_equal(cgw_query_level(before), cgw_query_level(after));
    assert_int_equal(cgw_query_model(before), cgw_query_model(after));
    if (are_sent_alike(before, after))
        return;
    char *dumps[] = {dump_of(before), dump_of(after)};
    if (strcmp(dumps[0], dumps[1]) != 0)
        fail_msg("%s:\n%s\nand not\n%s", what, dumps[1], dumps[0]);
    free(dumps[0]);
    free(dumps[1]);
}

/* As a worker makes it again, and as it is shown, which asks for no peer. */
static void check_round_trip(const char *what, const struct office *office, const struct cgw_query *query,
                             const char *overrides)
{
    const struct cgw_peer no_peer = {.lenient_identifier = true};
    struct cgw_peer peer;
    const struct cgw_job_order order = {
        .peer = &office->peer, .overrides = overrides, .query = query, .label = "", .digest = true};
    struct history_order kept;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job_info info = info_of(query);
    if (order_keep(&order, &kept, &err) != CGW_OK)
        fail_msg("%s: not kept: %s", what, err.detail);
    assert_string_equal(kept.overrides, overrides);
    assert_true(kept.digest);
    assert_int_equal(order_peer(&office->config, &info, &kept, &peer, &err), CGW_OK);
    const struct cgw_peer *peers[] = {&peer, &no_peer};
    for (size_t i = 0; i < COUNT(peers); i++) {
        struct cgw_query *again = NULL;
        if (order_query(&office->config, &info, peers[i], &kept, &again, &err) != CGW_OK)
            fail_msg("%s: not made again (%zu): %s", what, i, err.detail);
        assert_same(what, query, again);
        cgw_query_free(again);
    }
    history_order_release(&kept);
}

/* Returns whether it is of an Identifier that a retrieve may have. */
static bool check_case(const json_t *item)
{
    if (json_object_get(item, "errors") != NULL || json_object_get(item, "code") != NULL ||
        json_object_get(item, "service") != NULL)
        return false;
    struct office office;
    struct cgw_query_options options = identifier_case_options(item);
    char *body = identifier_case_body(item);
    struct parsed parsed = parse(body, &options);
    assert_int_equal(parsed.code, CGW_OK);
    office_init(&office);
    office.peer.lenient_identifier = options.lenient_identifier;
    if (options.character_set != NULL)
        (void)snprintf(office.peer.character_set, sizeof office.peer.character_set, "%s",
                       options.character_set);
    check_round_trip(json_string_value(json_object_get(item, "name")), &office, parsed.query,
                     options.relational_retrieval ? "relational-retrieval\n" : "");
    parsed_release(&parsed);
    free(body);
    return true;
}

static void an_identifier_of_keys_comes_back_as_it_was(void **state)
{
    size_t index, taken = 0;
    const json_t *item;
    json_t *cases = identifier_cases_load();
    (void)state;
    json_array_foreach(cases, index, item)
    {
        taken += check_case(item);
    }
    json_decref(cases);
    assert_true(taken > 100);
}

#define STUDY "00080052 CS STUDY|0020000D UI 1.2"

static void an_identifier_of_a_file_comes_back_as_it_was(void **state)
{
    static const char *const files[] = {
        STUDY,
        STUDY
        "|00280011 US 0100|00290010 LO ACME|00291001 UN 0102|00291002 OB 0304|00291003 FD 000000000000F03F",
        "00080005 CS ISO_IR 100|00080052 CS STUDY|00100010 PN J\xF6rg|0020000D UI 1.2\\1.3",
        "00080005 CS \\ISO 2022 IR 87|00080052 CS PATIENT|00100020 LO \x1B$B!\\9*8?\x1B(B",
        STUDY "|00290010 LO ACME|00291001 SQ {00291002 LO a}{}|300A00B0 SQ {300A00B6 SQ {}{300A00C2 LO }}",
        "00080005 CS ISO_IR 192|" STUDY "|300A00B0 SQ {00080005 CS ISO_IR 100|300A00C2 LO J\xF6}",
        STUDY "|00100010 PN |00080060 CS |300A00B0 SQ ",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct office office;
        struct cgw_query_source source = {.max_inflated_bytes = 4096};
        struct cgw_query_options options = study_options();
        struct parsed parsed = {.error = CGW_ERROR_INIT};
        uint8_t *file = make_file(files[i], &source.file_length);
        source.file = file;
        options.model = CGW_MODEL_AUTO;
        parsed.code = cgw_query_build(&source, &options, &parsed.query, &parsed.keys, &parsed.error);
        free(file);
        if (parsed.code != CGW_OK)
            fail_msg("%s: %s", files[i], parsed.error.detail);
        office_init(&office);
        check_round_trip(files[i], &office, parsed.query, "");
        parsed_release(&parsed);
    }
}

/* They bound what a request may send, and the job was made already. */
static void limits_of_requests_do_not_hold_for_what_is_kept(void **state)
{
    static const char *const bodies[] = {
        "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"}",
        "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\",\"BeamSequence[0]."
        "ControlPointSequence["
        "0].BeamLimitingDevicePositionSequence[0].LeafJawPositions\":[1,2]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct office office;
        struct cgw_query_options options = study_options();
        struct parsed parsed = parse(bodies[i], &options);
        assert_int_equal(parsed.code, CGW_OK);
        office_init(&office);
        office.config.max_depth = office.config.max_keys = 1;
        check_round_trip(bodies[i], &office, parsed.query, "");
        parsed_release(&parsed);
    }
}

/* ---- peers ---- */

static enum cgw_code peer_again(const struct office *office, const char *overrides, struct cgw_peer *ret_peer,
                                struct cgw_error *err)
{
    struct cgw_job_info info = {.peer = "main", .error = CGW_ERROR_INIT};
    struct history_order kept = {.overrides = strdup(overrides)};
    assert_non_null(kept.overrides);
    enum cgw_code code = order_peer(&office->config, &info, &kept, ret_peer, err);
    assert_string_equal(kept.overrides, overrides); /* it may be asked for again */
    history_order_release(&kept);
    return code;
}

struct override {
    const char *name, *value; /* NULL: a parameter without "=" */
};

static const struct override overrides[] = {
    {"called-aet", "PACS"},
    {"called-aet", "A=B"},
    {"called-aet", "="},
    {"called-aet", "==A B="},
    {"calling-aet", "ME=1"},
    {"model", "psonly"},
    {"relational-retrieval", NULL},
    {"relational-retrieval", "true"},
    {"enhanced-conversion", NULL},
    {"enhanced-conversion", "1"},
    {"acse-timeout", "1.5"},
    {"dimse-timeout", "2"},
    {"network-timeout", "0.25"},
    {"total-timeout", "86400"},
    {"max-pdu", "0"},
    {"max-pdu", "16384"},
    {"transfer-syntax", "1.2.840.10008.1.2.1,1.2.840.10008.1.2"},
    {"transfer-syntax", "*"},
    {"storage-class", "1.2.826.0.1.3680043.2.1,*"},
    {"storage-role", "scu-scp"},
    {"plan-by-find", NULL},
    {"plan-by-find", "true"},
    {"max-passes", "3"},
};

/* As the request was taken, and as a job keeps it. */
static void take(const struct office *office, const struct override *override, struct cgw_peer *peer,
                 char *text, size_t size)
{
    size_t used = strlen(text);
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_config_override(&office->config, peer, override->name, override->value, &err) != CGW_OK)
        fail_msg("%s: %s", override->name, err.detail);
    (void)snprintf(text + used, size - used, "%s%s%s\n", override->name, override->value != NULL ? "=" : "",
                   override->value != NULL ? override->value : "");
}

static void a_peer_comes_back_with_each_override(void **state)
{
    struct office office;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    office_init(&office);
    for (size_t i = 0; i < COUNT(overrides); i++) {
        struct cgw_peer before = office.peer, after;
        char text[256] = "";
        take(&office, &overrides[i], &before, text, sizeof text);
        if (memcmp(&before, &office.peer, sizeof before) == 0)
            fail_msg("%s: the row changes nothing, so it cannot fail", overrides[i].name);
        assert_int_equal(peer_again(&office, text, &after, &err), CGW_OK);
        if (memcmp(&before, &after, sizeof before) != 0)
            fail_msg("%s: another peer", text);
    }
}

static void a_peer_comes_back_with_all_overrides_together(void **state)
{
    struct office office;
    struct cgw_error err = CGW_ERROR_INIT;
    char text[2048] = "";
    (void)state;
    office_init(&office);
    struct cgw_peer before = office.peer, after;
    for (size_t i = 0; i < COUNT(overrides); i++)
        take(&office, &overrides[i], &before, text, sizeof text);
    assert_int_equal(peer_again(&office, text, &after, &err), CGW_OK);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(peer_again(&office, "", &after, &err), CGW_OK);
    assert_memory_equal(&office.peer, &after, sizeof after);
}

static void every_key_that_can_be_overridden_has_a_row_here(void **state)
{
    (void)state;
    for (size_t k = 0; k < cgw_key_count; k++) {
        size_t rows = 0;
        for (size_t i = 0; i < COUNT(overrides); i++)
            rows += strcmp(overrides[i].name, cgw_keys[k].name) == 0;
        if ((rows > 0) != cgw_keys[k].overridable)
            fail_msg("%s", cgw_keys[k].name);
    }
}

/* The rest of the peer is as it is configured now. */
static void overrides_are_laid_over_the_peer_of_today(void **state)
{
    struct office office;
    struct cgw_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    office_init(&office);
    office.peer.port = 11113;
    office.peer.dimse_timeout_ms = 7000;
    assert_int_equal(peer_again(&office, "called-aet=OTHER\n", &peer, &err), CGW_OK);
    assert_string_equal(peer.called_aet, "OTHER");
    assert_int_equal(peer.port, 11113);
    assert_int_equal(peer.dimse_timeout_ms, 7000);
}

static void a_peer_that_cannot_be_made_again_says_why(void **state)
{
    static const struct {
        const char *name, *allowed; /* what is configured now */
        const char *overrides;
        enum cgw_code code;
        const char *says;
    } rows[] = {
        {"gone", "*", "", CGW_E_UNKNOWN_PEER, "the peer main of the job is not configured any more"},
        {"mai", "*", "", CGW_E_UNKNOWN_PEER, "main"},
        {"main", "model", "model=study\ncalled-aet=X\n", CGW_E_OVERRIDE_REFUSED,
         "called-aet is not in allow-overrides"},
        {"main", "", "plan-by-find\n", CGW_E_OVERRIDE_REFUSED, "plan-by-find is not in allow-overrides"},
        {"main", "*", "max-passes=21\n", CGW_E_BAD_PARAMETER, "is above 20"},
        {"main", "*", "host=evil\n", CGW_E_BAD_PARAMETER, "is no parameter here"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct office office;
        struct cgw_peer peer;
        struct cgw_error err = CGW_ERROR_INIT;
        office_init(&office);
        office.config.override_maximum.max_passes = 20;
        (void)snprintf(office.peer.name, sizeof office.peer.name, "%s", rows[i].name);
        (void)snprintf(office.config.allow_overrides, sizeof office.config.allow_overrides, "%s",
                       rows[i].allowed);
        assert_int_equal(peer_again(&office, rows[i].overrides, &peer, &err), rows[i].code);
        if (strstr(err.detail, rows[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.detail, rows[i].says);
    }
}

/* The rules for Identifiers are those of the peer of today. */
static void a_query_is_held_to_the_peer_of_today(void **state)
{
    struct office office;
    struct cgw_query_options options = study_options();
    struct cgw_error err = CGW_ERROR_INIT;
    struct history_order kept;
    struct cgw_query *query = NULL;
    (void)state;
    options.lenient_identifier = true;
    struct parsed parsed = parse("{\"QueryRetrieveLevel\":\"STUDY\"}", &options);
    assert_int_equal(parsed.code, CGW_OK);
    office_init(&office);
    const struct cgw_job_order order = {
        .peer = &office.peer, .overrides = "", .query = parsed.query, .label = ""};
    struct cgw_job_info info = info_of(parsed.query);
    assert_int_equal(order_keep(&order, &kept, &err), CGW_OK);
    assert_false(kept.digest);
    assert_int_equal(order_query(&office.config, &info, &office.peer, &kept, &query, &err),
                     CGW_E_BAD_IDENTIFIER);
    assert_null(query);
    history_order_release(&kept);
    parsed_release(&parsed);
}

/* More bytes of UIDs than an element of VR UI has in Explicit VR (PS3.5 7.1.2). */
static void a_long_list_of_uids_comes_back_as_it_was(void **state)
{
    enum { UIDS = 1200 };
    struct office office;
    struct cgw_query_options options = study_options();
    char *body = NULL;
    size_t length = 0;
    FILE *text = open_memstream(&body, &length);
    (void)state;
    assert_non_null(text);
    (void)fprintf(text, "{\"QueryRetrieveLevel\":\"IMAGE\",\"StudyInstanceUID\":\"1.2\","
                        "\"SeriesInstanceUID\":\"1.2.3\",\"SOPInstanceUID\":[");
    for (int i = 0; i < UIDS; i++)
        (void)fprintf(text, "%s\"1.2.826.0.1.3680043.8.498.1234567890123456789012345678901.%06d\"",
                      i > 0 ? "," : "", 100000 + i);
    (void)fprintf(text, "]}");
    assert_int_equal(fclose(text), 0);
    assert_true(length > 70000);
    struct parsed parsed = parse(body, &options);
    assert_int_equal(parsed.code, CGW_OK);
    office_init(&office);
    check_round_trip("a long list", &office, parsed.query, "");
    parsed_release(&parsed);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identifier_of_keys_comes_back_as_it_was),
        cmocka_unit_test(an_identifier_of_a_file_comes_back_as_it_was),
        cmocka_unit_test(limits_of_requests_do_not_hold_for_what_is_kept),
        cmocka_unit_test(a_peer_comes_back_with_each_override),
        cmocka_unit_test(a_peer_comes_back_with_all_overrides_together),
        cmocka_unit_test(every_key_that_can_be_overridden_has_a_row_here),
        cmocka_unit_test(overrides_are_laid_over_the_peer_of_today),
        cmocka_unit_test(a_peer_that_cannot_be_made_again_says_why),
        cmocka_unit_test(a_query_is_held_to_the_peer_of_today),
        cmocka_unit_test(a_long_list_of_uids_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
