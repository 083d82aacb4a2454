/* What reaches the peer of its own keys: user identity, role, character set, and the models that no stock
 * peer has. */
#include "faults/fault.h"

#include <stdlib.h>
#include <string.h>

enum { HTTP_OK = 200 };

#define ONE_INSTANCE OPEN INSTANCE("1", "1000") FINAL("0000", "1") RELEASE
#define TWO_INSTANCES OPEN INSTANCE("1", "1000") INSTANCE("2", "1000") FINAL("0000", "2") RELEASE
#define NO_FIND "\"plan-by-find\": false"
#define COMPOSITE_ROOT "1.2.840.10008.5.1.4.1.2.4.3"
#define WITHOUT_BULK_DATA "1.2.840.10008.5.1.4.1.2.5.3"

static struct world *start(const char *script, const char *members, const char *server_members)
{
    const struct fault_peer peer = {.name = "main", .script = script, .members = members};
    return world_start(&peer, 1, server_members);
}

static void end(struct world *world)
{
    world_assert_done(world, 0, 1);
    world_stop(world);
}

static const struct scripted_associate_rq *request_of(struct world *world)
{
    return scripted_peer_associate_rq(world_peer(world, 0), 0);
}

/* ---- Identifiers ---- */

struct identifier_row {
    const char *query;
    const char *members; /* of the peer */
    const char *json;
    const char *sop_class;
    const char *bytes; /* Implicit VR Little Endian */
    size_t length;
};

#define BYTES(text) text, sizeof(text) - 1
#define UID_1                                                                                                \
    "\x08\0\x18\0\x08\0\0\0"                                                                                 \
    "1.2.3.1\0"
#define UIDS                                                                                                 \
    "\x08\0\x18\0\x10\0\0\0"                                                                                 \
    "1.2.3.1\\1.2.3.2\0"
#define LEVEL_IMAGE                                                                                          \
    "\x08\0\x52\0\6\0\0\0"                                                                                   \
    "IMAGE "
#define LEVEL_FRAME                                                                                          \
    "\x08\0\x52\0\6\0\0\0"                                                                                   \
    "FRAME "
#define LEVEL_PATIENT                                                                                        \
    "\x08\0\x52\0\x08\0\0\0"                                                                                 \
    "PATIENT "

static const struct identifier_row identifier_rows[] = {
    {"?model=composite", NO_FIND, "{\"QueryRetrieveLevel\": \"IMAGE\", \"SOPInstanceUID\": \"1.2.3.1\"}",
     COMPOSITE_ROOT, BYTES(UID_1 LEVEL_IMAGE)},
    {"?model=composite", NULL,
     "{\"QueryRetrieveLevel\": \"IMAGE\", \"SOPInstanceUID\": [\"1.2.3.1\", \"1.2.3.2\"]}", COMPOSITE_ROOT,
     BYTES(UIDS LEVEL_IMAGE)},
    {"", NULL,
     "{\"QueryRetrieveLevel\": \"FRAME\", \"SOPInstanceUID\": \"1.2.3.1\", \"SimpleFrameList\": [1, 258]}",
     COMPOSITE_ROOT, BYTES(UID_1 LEVEL_FRAME "\x08\0\x61\x11\x08\0\0\0\1\0\0\0\2\1\0\0")},
    {"", NULL,
     "{\"QueryRetrieveLevel\": \"FRAME\", \"SOPInstanceUID\": \"1.2.3.1\", \"CalculatedFrameList\": [1, 9, "
     "2]}",
     COMPOSITE_ROOT, BYTES(UID_1 LEVEL_FRAME "\x08\0\x62\x11\x0c\0\0\0\1\0\0\0\x09\0\0\0\2\0\0\0")},
    {"", NULL,
     "{\"QueryRetrieveLevel\": \"FRAME\", \"SOPInstanceUID\": \"1.2.3.1\", \"TimeRange\": [0.5, 2]}",
     COMPOSITE_ROOT,
     BYTES(UID_1 LEVEL_FRAME "\x08\0\x63\x11\x10\0\0\0\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\0\x40")},
    {"?model=without-bulk-data", NULL, "{\"QueryRetrieveLevel\": \"IMAGE\", \"SOPInstanceUID\": \"1.2.3.1\"}",
     WITHOUT_BULK_DATA, BYTES(UID_1 LEVEL_IMAGE)},
    {"", NO_FIND ", \"character-set\": \"ISO_IR 100\", \"lenient-identifier\": true",
     "{\"QueryRetrieveLevel\": \"PATIENT\", \"PatientName\": \"M\xC3\xBCller\"}",
     "1.2.840.10008.5.1.4.1.2.1.3",
     BYTES("\x08\0\5\0\x0a\0\0\0"
           "ISO_IR 100" LEVEL_PATIENT "\x10\0\x10\0\6\0\0\0"
           "M\xFCller")},
    {"", NO_FIND, "{\"QueryRetrieveLevel\": \"PATIENT\", \"PatientID\": \"M\xC3\xBC\"}",
     "1.2.840.10008.5.1.4.1.2.1.3",
     BYTES("\x08\0\5\0\x0a\0\0\0"
           "ISO_IR 192" LEVEL_PATIENT "\x10\0\x20\0\4\0\0\0"
           "M\xC3\xBC ")},
};

static void the_identifier_is_these_bytes_and_an_instance_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(identifier_rows); i++) {
        const struct identifier_row *row = &identifier_rows[i];
        bool names_two = strstr(row->json, "1.2.3.2") != NULL;
        struct world *world = start(names_two ? TWO_INSTANCES : ONE_INSTANCE, row->members, NULL);
        const struct fault_request request = {.query = row->query, .json = row->json};
        struct retrieval *retrieval = retrieve_from(world, "main", &request);
        assert_complete(retrieval, names_two ? 2 : 1);
        const struct scripted_request *sent = scripted_peer_request(world_peer(world, 0), 0);
        assert_string_equal(request_of(world)->contexts[0].abstract_syntax, row->sop_class);
        assert_string_equal(sent->sop_class, row->sop_class);
        if (sent->identifier_length != row->length || memcmp(sent->identifier, row->bytes, row->length) != 0)
            fail_msg("the Identifier of row %zu is not these bytes", i);
        retrieval_free(retrieval);
        end(world);
    }
}

static void a_peer_without_a_model_is_told_as_such(void **state)
{
    (void)state;
    struct world *world = start(
        "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC accept=1.2.840.10008.5.1.4.1.1\n" RELEASE, NULL, NULL);
    const struct fault_request request = {
        .query = "?model=without-bulk-data",
        .json = "{\"QueryRetrieveLevel\": \"IMAGE\", \"SOPInstanceUID\": \"1.2.3\"}"};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_problem(retrieval, 501, "get-not-supported");
    retrieval_free(retrieval);
    end(world);
}

/* ---- roles ---- */

struct role_row {
    const char *query, *members;
    bool has_role;
    uint8_t scu, scp;
};

static const struct role_row role_rows[] = {
    {"", NO_FIND, true, 0, 1},
    {"", NO_FIND ", \"storage-role\": \"scu-scp\"", true, 1, 1},
    {"", NO_FIND ", \"storage-role\": \"none\"", false, 0, 0},
    {"?storage-role=scp", NO_FIND ", \"storage-role\": \"none\"", true, 0, 1},
};

static void the_role_of_the_peer_is_proposed_for_every_storage_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(role_rows); i++) {
        const struct role_row *row = &role_rows[i];
        struct world *world = start(ONE_INSTANCE, row->members, NULL);
        const struct fault_request request = {.query = row->query};
        struct retrieval *retrieval = retrieve_from(world, "main", &request);
        assert_complete(retrieval, 1);
        const struct scripted_associate_rq *sent = request_of(world);
        assert_false(sent->contexts[0].has_role);
        assert_true(sent->context_count > 1);
        for (size_t j = 1; j < sent->context_count; j++) {
            const struct scripted_context *context = &sent->contexts[j];
            if (context->has_role != row->has_role ||
                (row->has_role && (context->scu_role != row->scu || context->scp_role != row->scp)))
                fail_msg("row %zu, context %u", i, context->id);
        }
        retrieval_free(retrieval);
        end(world);
    }
}

/* ---- user identity ---- */

#define ECHO_PEER(answer)                                                                                    \
    "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC" answer "\nexpect C-ECHO-RQ\nsend C-ECHO-RSP\n" RELEASE

struct identity_row {
    const char *members, *answer;
    uint8_t type;
    bool wants_response;
    const char *primary;
    size_t primary_length;
    const char *secondary;
};

static const struct identity_row identity_rows[] = {
    {NO_FIND, ECHO_PEER(""), 0, false, NULL, 0, NULL},
    {"\"user-identity-type\": \"username\", \"user-identity\": \"SECRET\xC3\xBC\"", ECHO_PEER(""), 1, false,
     BYTES("SECRET\xC3\xBC"), ""},
    {"\"user-identity-type\": \"username-passcode\", \"user-identity\": \"SECRET1\", \"user-passcode\": "
     "\"SECRET2\", "
     "\"user-identity-response\": true",
     ECHO_PEER(" identity=00"), 2, true, BYTES("SECRET1"), "SECRET2"},
    {"\"user-identity-type\": \"kerberos\", \"user-identity\": \"AFNFQ1JFVP8=\", \"user-identity-response\": "
     "true",
     ECHO_PEER(""), 3, true, BYTES("\0SECRET\xFF"), ""},
    {"\"user-identity-type\": \"saml\", \"user-identity\": \"<SECRET/>\"", ECHO_PEER(""), 4, false,
     BYTES("<SECRET/>"), ""},
    {"\"user-identity-type\": \"jwt\", \"user-identity\": \"SECRET.e30.x\"", ECHO_PEER(""), 5, false,
     BYTES("SECRET.e30.x"), ""},
};

static long echo(struct world *world)
{
    static const char *const headers[] = {"X-Request-Id: the-echo", NULL};
    char *url = gateway_url_of(world_gateway(world), "/v1/peers/main/echo");
    const struct http_options options = {.headers = headers, .body = ""};
    struct http_response response;
    http_request("POST", url, &options, &response);
    long status = response.status;
    http_response_release(&response);
    free(url);
    return status;
}

static void assert_identity(const struct identity_row *row, const struct scripted_identity *identity)
{
    assert_int_equal(identity->type, row->type);
    assert_int_equal(identity->wants_response, row->wants_response);
    if (row->primary == NULL) {
        assert_null(identity->primary);
        return;
    }
    assert_int_equal(identity->primary_length, row->primary_length);
    assert_memory_equal(identity->primary, row->primary, row->primary_length);
    assert_string_equal((const char *)identity->secondary, row->secondary);
}

/* world_stop asserts that SECRET is nowhere in the log, here of the level debug. */
static void the_user_identity_reaches_the_peer_and_no_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(identity_rows); i++) {
        struct world *world =
            start(identity_rows[i].answer, identity_rows[i].members, "\"log-level\": \"debug\"");
        assert_int_equal(echo(world), HTTP_OK);
        assert_identity(&identity_rows[i], &request_of(world)->identity);
        end(world);
    }
}

static void a_retrieve_shows_the_user_identity_too(void **state)
{
    (void)state;
    struct world *world = start(ONE_INSTANCE, identity_rows[2].members, "\"plan-by-find\": false");
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_complete(retrieval, 1);
    assert_identity(&identity_rows[2], &request_of(world)->identity);
    retrieval_free(retrieval);
    end(world);
}

static void a_peer_that_knows_nobody_of_that_name_is_a_refusal(void **state)
{
    (void)state;
    struct world *world = start("expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-RJ 1 1 1\nexpect eof\n",
                                identity_rows[2].members, NULL);
    assert_int_equal(echo(world), 502);
    end(world);
}

static void nobody_is_shown_who_the_gateway_says_it_is(void **state)
{
    (void)state;
    struct world *world = start("refuse\n", identity_rows[2].members, NULL);
    static const char *const paths[] = {"/v1/peers/main", "/v1/peers"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        char *url = gateway_url_of(world_gateway(world), "%s", paths[i]);
        struct http_response response;
        http_get(url, &response);
        assert_int_equal(response.status, HTTP_OK);
        assert_null(strstr((const char *)response.body, "SECRET"));
        if (i == 0) {
            json_t *peer = http_json(&response);
            assert_string_equal(json_string_value(json_object_get(peer, "user-identity-type")),
                                "username-passcode");
            assert_string_equal(json_string_value(json_object_get(peer, "user-identity")), "***");
            assert_string_equal(json_string_value(json_object_get(peer, "user-passcode")), "***");
            json_decref(peer);
        }
        http_response_release(&response);
        free(url);
    }
    world_stop(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_identifier_is_these_bytes_and_an_instance_comes_back),
        cmocka_unit_test(a_peer_without_a_model_is_told_as_such),
        cmocka_unit_test(the_role_of_the_peer_is_proposed_for_every_storage_class),
        cmocka_unit_test(the_user_identity_reaches_the_peer_and_no_log),
        cmocka_unit_test(a_retrieve_shows_the_user_identity_too),
        cmocka_unit_test(a_peer_that_knows_nobody_of_that_name_is_a_refusal),
        cmocka_unit_test(nobody_is_shown_who_the_gateway_says_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
