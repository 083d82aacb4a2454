/*
 * Retrieves of several associations, with peers that fail in any of them: a C-FIND that tells nothing is done
 * without, what came stays, and what did not is named.
 */
#include "faults/fault.h"

#include "cgetway/deadline.h"

enum { SIGNAL_MS = 10000, LEAVE_MS = 3000 };

#define PRIVATE_CLASS "1.2.826.0.1.3680043.2.1.77"

/* As users have it. */
#define DEFAULTS "\"plan-by-find\": true, \"max-passes\": 40"
#define TWO_PASSES "\"plan-by-find\": true, \"max-passes\": 2"

/* A row whose stream is cut asks twice. */
#define TWICE(script) script script

/* ---- associations, each a connection ---- */

#define MATCH(hex) "send C-FIND-RSP status=FF00 hex " hex "\n"
#define FOUND "send C-FIND-RSP status=0000\n"
/* (0008,0062), in answer to a C-FIND of level STUDY */
#define CR_IN_STUDY                                                                                          \
    "08 00 62 00 1A 00 00 00 31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 35 2E 31 2E 34 2E 31 2E 31 2E 31 00"
#define PRIVATE_IN_STUDY                                                                                     \
    "08 00 62 00 1A 00 00 00 31 2E 32 2E 38 32 36 2E 30 2E 31 2E 33 36 38 30 30 34 33 2E 32 2E 31 2E 37 37"
/* (0020,1208): two */
#define TWO_IN_STUDY "20 00 08 12 02 00 00 00 32 20"
/* (0020,000E) */
#define A_SERIES "20 00 0E 00 08 00 00 00 31 2E 32 2E 33 2E 39 00"
/* (0008,0016) and (0008,0018) */
#define CR_INSTANCE(last_digit)                                                                              \
    "08 00 16 00 1A 00 00 00 31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 35 2E 31 2E 34 2E 31 2E 31 2E 31 00 " \
    "08 00 18 00 08 00 00 00 31 2E 32 2E 33 2E " last_digit " 00"

#define FIND_BEGINS "connection\n" ASSOCIATE "expect C-FIND-RQ\n"
#define FIND_CLASSES                                                                                         \
    FIND_BEGINS MATCH(CR_IN_STUDY)                                                                           \
    FOUND RELEASE
/* Instances 1.2.3.1 and 1.2.3.2. */
#define FIND_INSTANCES                                                                                       \
    FIND_BEGINS MATCH(A_SERIES) FOUND "expect C-FIND-RQ\n" MATCH(CR_INSTANCE("31")) MATCH(CR_INSTANCE("32")) \
        FOUND RELEASE
#define FIND_CLASSES_OF_TWO FIND_BEGINS MATCH(CR_IN_STUDY " " TWO_IN_STUDY) FOUND RELEASE
#define FIND_REFUSED "connection\nexpect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC accept=none\n" RELEASE
#define REJECTED(result, source, reason)                                                                     \
    "connection\nexpect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-RJ " result " " source " " reason                   \
    "\nexpect eof reset=ok\n"
#define GET_BEGINS "connection\n" OPEN
#define GET_1 GET_BEGINS INSTANCE("1", "5000") FINAL("0000", "1") RELEASE
#define GET_2 GET_BEGINS INSTANCE("2", "5000") FINAL("0000", "1") RELEASE
/* Brings the first of two. */
#define GET_1_NOT_2                                                                                          \
    GET_BEGINS INSTANCE(                                                                                     \
        "1",                                                                                                 \
        "5000") "send C-GET-RSP status=B000 completed=1 failed=1 warning=0 failed-list=1.2.3.2\n" RELEASE
#define GET_NOT_2                                                                                            \
    GET_BEGINS "send C-GET-RSP status=A702 completed=0 failed=1 warning=0 failed-list=1.2.3.2\n" RELEASE
/* All of it until the second C-GET. */
#define FIRST_PASS FIND_CLASSES GET_1_NOT_2 FIND_INSTANCES

static const struct fault_row rows[] = {
    /* the C-FIND before the first C-GET */
    {.name = "a_c_find_plans_the_c_get",
     .script = FIND_CLASSES GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_private_class_that_the_c_find_names_comes",
     .script = FIND_BEGINS MATCH(PRIVATE_IN_STUDY) FOUND RELEASE GET_BEGINS
     "send C-STORE-RQ class=" PRIVATE_CLASS " uid=1.2.3.1\n" DATA("1", "5000") STORED FINAL("0000", "1")
         RELEASE,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_peer_without_c_find_is_asked_all_the_same",
     .script = FIND_REFUSED GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_c_find_that_fails_is_done_without",
     .script = FIND_BEGINS "send C-FIND-RSP status=C001\n" RELEASE GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_c_find_that_is_aborted_is_done_without",
     .script = FIND_BEGINS "send abort 0 0\nexpect eof reset=ok\n" GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_c_find_that_is_cut_is_done_without",
     .script = FIND_BEGINS MATCH(CR_IN_STUDY) "cut fin\n" GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_c_find_that_is_malformed_is_done_without",
     .script = FIND_BEGINS MATCH("08 00 62 00 1A 00 00 00 31 2E") ABORT GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "a_c_find_without_an_answer_is_done_without",
     .script = FIND_BEGINS ABORT GET_1,
     .members = DEFAULTS ", \"dimse-timeout\": 0.3",
     .connections = 2,
     .received = 1,
     .at_least_ms = 300},
    {.name = "a_c_find_without_a_match_does_not_end_the_retrieve",
     .script = FIND_BEGINS FOUND RELEASE GET_1,
     .members = DEFAULTS,
     .connections = 2,
     .received = 1},
    {.name = "where_neither_finds_anything_it_is_a_404",
     .script = FIND_BEGINS FOUND RELEASE GET_BEGINS FINAL("0000", "0") RELEASE,
     .members = DEFAULTS,
     .connections = 2,
     .status = 404,
     .code = "no-match"},
    {.name = "a_rejection_of_the_first_association_is_the_answer",
     .script = REJECTED("1", "1", "7"),
     .members = DEFAULTS,
     .status = 502,
     .code = "peer-rejected"},
    {.name = "a_transient_rejection_of_the_first_association_is_the_answer",
     .script = REJECTED("2", "3", "2"),
     .members = DEFAULTS,
     .status = 503,
     .code = "peer-busy"},

    /* what is missing is asked for again */
    {.name = "what_failed_comes_in_a_second_pass",
     .script = FIRST_PASS GET_2,
     .members = DEFAULTS,
     .connections = 4,
     .received = 2},
    {.name = "what_failed_comes_where_no_c_find_tells_of_it",
     .script = FIND_REFUSED GET_1_NOT_2 FIND_REFUSED GET_2,
     .members = DEFAULTS,
     .connections = 4,
     .received = 2},
    {.name = "a_success_that_counts_more_than_came_is_completed",
     .script = FIND_CLASSES GET_BEGINS INSTANCE("1", "5000") FINAL("0000", "2") RELEASE FIND_INSTANCES GET_2,
     .members = DEFAULTS,
     .connections = 4,
     .received = 2},
    {.name = "a_success_that_agrees_with_itself_and_is_short_is_completed",
     .script = FIND_CLASSES_OF_TWO GET_1 FIND_INSTANCES GET_2,
     .members = DEFAULTS,
     .connections = 4,
     .received = 2},
    {.name = "a_number_of_instances_that_the_survey_does_not_confirm_takes_nothing_from_a_success",
     .script = FIND_CLASSES_OF_TWO GET_1 FIND_BEGINS MATCH(A_SERIES) FOUND
     "expect C-FIND-RQ\n" MATCH(CR_INSTANCE("31")) FOUND RELEASE,
     .members = DEFAULTS,
     .connections = 3,
     .received = 1},
    {.name = "a_number_of_instances_of_which_no_survey_tells_keeps_a_success_from_being_complete",
     .script = TWICE(FIND_CLASSES_OF_TWO GET_1 FIND_REFUSED),
     .members = DEFAULTS,
     .connections = 3,
     .code = "incomplete",
     .received = 1},
    {.name = "a_number_of_instances_is_nothing_where_counts_are_ignored",
     .script = FIND_CLASSES_OF_TWO GET_1,
     .members = DEFAULTS ", \"ignore-counts\": true",
     .connections = 2,
     .received = 1},
    {.name = "a_success_that_stays_short_cuts_the_stream",
     .script = TWICE(FIND_CLASSES_OF_TWO GET_1 FIND_INSTANCES GET_NOT_2),
     .members = TWO_PASSES,
     .connections = 4,
     .code = "incomplete",
     .received = 1},
    {.name = "a_survey_that_is_aborted_leaves_what_the_peer_said",
     .script = FIND_CLASSES GET_1_NOT_2 FIND_BEGINS "send abort 0 0\nexpect eof reset=ok\n" GET_2,
     .members = DEFAULTS,
     .connections = 4,
     .received = 2},
    {.name = "a_survey_that_is_rejected_leaves_what_the_peer_said",
     .script = FIND_CLASSES GET_1_NOT_2 REJECTED("2", "3", "2") GET_2,
     .members = DEFAULTS,
     .connections = 4,
     .received = 2},
    {.name = "a_second_pass_that_is_rejected_for_now_cuts_the_stream",
     .script = TWICE(FIRST_PASS REJECTED("2", "3", "2")),
     .members = DEFAULTS,
     .connections = 4,
     .code = "incomplete",
     .received = 1},
    {.name = "a_second_pass_that_is_refused_cuts_the_stream",
     .script = TWICE(FIRST_PASS "connection\nrefuse\n"),
     .members = DEFAULTS,
     .connections = 4,
     .code = "incomplete",
     .received = 1},
    {.name = "a_second_pass_that_is_silent_cuts_the_stream",
     .script = TWICE(FIRST_PASS "connection\nexpect A-ASSOCIATE-RQ\n" ABORT),
     .members = DEFAULTS ", \"acse-timeout\": 0.3",
     .connections = 4,
     .code = "incomplete",
     .received = 1,
     .at_least_ms = 300},
    {.name = "a_second_pass_that_aborts_inside_a_data_set_cuts_the_stream",
     .script = TWICE(FIRST_PASS GET_BEGINS BEGINNING("2", "3000") "send abort 0 0\nexpect eof reset=ok\n"),
     .members = DEFAULTS,
     .connections = 4,
     .code = "peer-aborted",
     .received = 1,
     .result = "truncated"},
    {.name = "a_second_pass_that_falls_silent_inside_a_data_set_cuts_the_stream",
     .script = TWICE(FIRST_PASS GET_BEGINS BEGINNING("2", "3000") ABORT),
     .members = DEFAULTS ", \"network-timeout\": 0.3",
     .connections = 4,
     .code = "network-timeout",
     .received = 1,
     .result = "truncated"},
    {.name = "max_passes_ends_it",
     .script = TWICE(FIRST_PASS GET_NOT_2),
     .members = TWO_PASSES,
     .connections = 4,
     .code = "incomplete",
     .received = 1},
};

/* ---- one peer at a time ---- */

static struct world *start(const char *script, const char *members)
{
    const struct fault_peer peer = {.name = "main", .script = script, .members = members};
    return world_start(&peer, 1, NULL);
}

static void only_what_the_c_find_named_is_proposed(void **state)
{
    (void)state;
    struct world *world = start(FIND_CLASSES GET_1, DEFAULTS);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_complete(retrieval, 1);
    world_assert_done(world, 0, 2);
    const struct scripted_associate_rq *associate = scripted_peer_associate_rq(world_peer(world, 0), 1);
    assert_true(associate->context_count > 2);
    assert_string_equal(associate->contexts[0].abstract_syntax, STUDY_ROOT);
    for (size_t i = 1; i < associate->context_count; i++)
        assert_string_equal(associate->contexts[i].abstract_syntax, CR_CLASS);
    retrieval_free(retrieval);
    world_stop(world);
}

/* The last script serves every further association. */
static void an_instance_that_fails_for_ever_ends_after_a_bounded_number_of_associations(void **state)
{
    (void)state;
    enum { MAX_PASSES = 40, FINDS = 2 };
    struct world *world = start(FIRST_PASS GET_NOT_2, DEFAULTS);
    const struct fault_request request = {.query = "?output=discard"};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_problem(retrieval, 502, "incomplete");
    const json_t *missing = json_object_get(retrieval->outcome, "missing");
    assert_int_equal(json_array_size(missing), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(missing, 0), "sopInstanceUid")),
                        "1.2.3.2");
    assert_string_equal(json_string_value(json_object_get(json_array_get(missing, 0), "reason")), "not-sent");
    size_t passes = json_array_size(json_object_get(retrieval->outcome, "passes"));
    assert_in_range(passes, 2, MAX_PASSES);
    world_assert_done(world, 0, passes + FINDS);
    retrieval_free(retrieval);
    world_stop(world);
}

static void assert_leaving_ends_it(const char *script, size_t connections)
{
    struct world *world = start(script, DEFAULTS);
    struct raw_connection *client = raw_retrieve(world, "leave", "");
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "asked", SIGNAL_MS));
    int64_t start_ms = cgw_now_ms();
    raw_reset(client);
    world_assert_done(world, 0, connections);
    assert_in_range(cgw_now_ms() - start_ms, 0, LEAVE_MS + NOISE_MS);
    world_stop(world);
}

#define CANCELLED_FIND "signal asked\nexpect C-CANCEL-RQ\nsend C-FIND-RSP status=FE00\n" RELEASE
#define CANCELLED_GET                                                                                        \
    "signal asked\nexpect C-CANCEL-RQ\nsend C-GET-RSP status=FE00 completed=0 failed=0 warning=0\n" RELEASE

static void a_client_that_leaves_during_the_c_find_ends_it(void **state)
{
    (void)state;
    assert_leaving_ends_it(FIND_BEGINS CANCELLED_FIND, 1);
}

static void a_client_that_leaves_during_the_survey_ends_it(void **state)
{
    (void)state;
    assert_leaving_ends_it(FIND_CLASSES GET_1_NOT_2 FIND_BEGINS CANCELLED_FIND, 3);
}

static void a_client_that_leaves_during_the_second_pass_ends_it(void **state)
{
    (void)state;
    assert_leaving_ends_it(FIRST_PASS GET_BEGINS CANCELLED_GET, 4);
}

static void a_client_that_leaves_while_the_second_association_is_negotiated_ends_it(void **state)
{
    (void)state;
    assert_leaving_ends_it(FIRST_PASS "connection\nexpect A-ASSOCIATE-RQ\nsignal asked\n" ABORT, 4);
}

static int start_table(void **state)
{
    (void)state;
    return rows_start(rows, COUNT(rows));
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(only_what_the_c_find_named_is_proposed),
        cmocka_unit_test(an_instance_that_fails_for_ever_ends_after_a_bounded_number_of_associations),
        cmocka_unit_test(a_client_that_leaves_during_the_c_find_ends_it),
        cmocka_unit_test(a_client_that_leaves_during_the_survey_ends_it),
        cmocka_unit_test(a_client_that_leaves_during_the_second_pass_ends_it),
        cmocka_unit_test(a_client_that_leaves_while_the_second_association_is_negotiated_ends_it),
    };
    rows_to_tests(rows, COUNT(rows), tests);
    int failed = cmocka_run_group_tests(tests, start_table, rows_end);
    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
