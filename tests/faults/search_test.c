/* Searches of DICOMweb with peers that break the rules: what has begun is cut, what has not is a problem. */
#include "faults/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 10000 };

#define FIND ASSOCIATE "expect C-FIND-RQ\n"
#define NEXT_FIND "expect C-FIND-RQ\n"
/* (0008,0061) CT, (0020,000D) 1.2.3.1 or 1.2.3.2 */
#define CT "08 00 61 00 02 00 00 00 43 54 "
#define MATCH_1 "send C-FIND-RSP status=FF00 hex " CT "20 00 0D 00 08 00 00 00 31 2E 32 2E 33 2E 31 00\n"
#define MATCH_2 "send C-FIND-RSP status=FF00 hex " CT "20 00 0D 00 08 00 00 00 31 2E 32 2E 33 2E 32 00\n"
/* Without modalities; of a series without anything else. */
#define BARE_MATCH "send C-FIND-RSP status=FF00 hex 20 00 0D 00 08 00 00 00 31 2E 32 2E 33 2E 31 00\n"
#define SR_SERIES "send C-FIND-RSP status=FF00 hex 08 00 60 00 02 00 00 00 53 52\n"
#define LAST(status) "send C-FIND-RSP status=" status "\n"
#define END(status) LAST(status) RELEASE
#define TEXT(modality, n)                                                                                    \
    "{\"00080056\":{\"vr\":\"CS\",\"Value\":[\"ONLINE\"]},\"00080061\":{\"vr\":\"CS\",\"Value\":["           \
    "\"" modality "\"]},\"00081190\":{\"vr\":\"UR\",\"Value\":[\"studies/1.2.3." n                           \
    "\"]},\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2.3." n "\"]}"
#define TEXT_1 TEXT("CT", "1") "}"
#define TEXT_2 TEXT("CT", "2") "}"
#define COUNTED TEXT("SR", "1") ",\"00201206\":{\"vr\":\"IS\",\"Value\":[1]}}"
#define GIVEN_UP "expect abort\nexpect eof reset=ok\n"

static const struct row {
    const char *name; /* of its peer */
    const char *script, *members, *resource;
    long status;
    const char *body; /* as far as it came; NULL: a problem */
    const char *code; /* of the problem, or in the log of what was cut; NULL: a clean end */
    const char *dimse_status;
} rows[] = {
    {"two", FIND MATCH_1 MATCH_2 END("0000"), NULL, "studies", 200, "[" TEXT_1 ",\n" TEXT_2 "]\n", NULL,
     NULL},
    {"counted", FIND BARE_MATCH LAST("0000") NEXT_FIND SR_SERIES END("0000"), NULL, "studies", 200,
     "[" COUNTED "]\n", NULL, NULL},
    {"limit", FIND MATCH_1 "expect C-CANCEL-RQ\n" MATCH_2 END("FE00"), NULL, "studies?limit=1", 200,
     "[" TEXT_1 "]\n", NULL, NULL},

    {"out-of-resources", FIND END("A700"), NULL, "studies", 503, NULL, "peer-out-of-resources", "A700"},
    {"unable", FIND END("C001"), NULL, "series", 502, NULL, "peer-failed", "C001"},
    {"refused", "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC accept=none\n" RELEASE, NULL, "studies", 501,
     NULL, "find-not-supported", NULL},
    {"abort", FIND "send abort 0 0\nexpect eof reset=ok\n", NULL, "studies", 502, NULL, "peer-aborted", NULL},
    {"abort-below", FIND MATCH_1 LAST("0000") NEXT_FIND "send abort 0 0\nexpect eof reset=ok\n", NULL,
     "series", 502, NULL, "peer-aborted", NULL},
    {"silence", FIND GIVEN_UP, "\"dimse-timeout\": 0.3", "studies", 504, NULL, "dimse-timeout", NULL},
    {"silence-below", FIND MATCH_1 LAST("0000") NEXT_FIND GIVEN_UP, "\"dimse-timeout\": 0.3", "instances",
     504, NULL, "dimse-timeout", NULL},
    {"silence-while-counting", FIND BARE_MATCH LAST("0000") NEXT_FIND GIVEN_UP, "\"dimse-timeout\": 0.3",
     "studies", 504, NULL, "dimse-timeout", NULL},

    {"late-failure", FIND MATCH_1 END("C001"), NULL, "studies", 200, "[" TEXT_1, "peer-failed", NULL},
    {"late-abort", FIND MATCH_1 "send abort 0 0\nexpect eof reset=ok\n", NULL, "studies", 200, "[" TEXT_1,
     "peer-aborted", NULL},
    {"late-fin", FIND MATCH_1 "cut fin\n", NULL, "studies", 200, "[" TEXT_1, "peer-closed", NULL},
    {"malformed", FIND MATCH_1 "send C-FIND-RSP status=FF00 hex 20 00 0D 00 08 00 00 00 31 2E\n" GIVEN_UP,
     NULL, "studies", 200, "[" TEXT_1, "protocol-error", NULL},
    {"too-many", FIND MATCH_1 MATCH_2 GIVEN_UP, "\"max-matches\": 1", "studies", 200, "[" TEXT_1,
     "too-many-matches", NULL},
};

static struct world *world;

static int set_up(void **state)
{
    struct fault_peer peers[COUNT(rows)];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        peers[i] =
            (struct fault_peer){.name = rows[i].name, .script = rows[i].script, .members = rows[i].members};
    world = world_start(peers, COUNT(rows), NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_stop(world);
    return 0;
}

static void get(const struct row *row, struct http_response *ret_response)
{
    char id[64], id_header[96];
    char *url = gateway_url_of(world_gateway(world), "/v1/peers/%s/dicom-web/%s", row->name, row->resource);
    (void)snprintf(id, sizeof id, "search.%s", row->name);
    (void)snprintf(id_header, sizeof id_header, "X-Request-Id: %s", id);
    const char *const headers[] = {id_header, NULL};
    struct http_options options = {.headers = headers};
    world_expect_logged(world, id);
    http_request("GET", url, &options, ret_response);
    free(url);
}

static void check_body(const struct row *row, const struct http_response *response)
{
    char id[128];
    (void)snprintf(id, sizeof id, "search.%s", row->name);
    assert_body_of(world, row->name, id, row->body, row->code, response);
}

static void an_answer_is_whole_or_cut_or_a_problem(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_response response;
        get(&rows[i], &response);
        if (response.status != rows[i].status)
            fail_msg("%s: %ld %s", rows[i].name, response.status, (const char *)response.body);
        if (rows[i].body == NULL)
            assert_problem_of(rows[i].name, rows[i].code, rows[i].dimse_status, &response);
        else
            check_body(&rows[i], &response);
        http_response_release(&response);
        world_assert_done(world, i, 1);
    }
    world_assert_idle(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_answer_is_whole_or_cut_or_a_problem)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
