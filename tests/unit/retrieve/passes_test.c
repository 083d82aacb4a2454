/* Whole retrieves over several associations: what a peer says on each, and what each of them hears. */
#include "unit/cmocka_all.h"

#include "run.h"

#include "cgetway/dictionary.h"
#include "cgetway/tag.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct run_row rows[] = {
    {.what = "a second pass brings what failed",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2 releaserp",
                 "answer " SERIES CT("1.1") CT("1.2") "find:0000:2 releaserp",
                 "answer store:3:1.2:20:ct final:0000:-:1:0:0 releaserp"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "a survey finds what nobody told of",
     .scripts = {"accept store:ct:1.1:10 final:B000:-:1:1:0",
                 "answer " SERIES CT("1.1") MR("1.2") "find:0000:2",
                 "answer store:3:1.2:20:mr final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "a survey names more than all passes bring",
     .scripts = {"accept store:ct:1.1:10 final:0000:-:2:0:0",
                 "answer " SERIES CT("1.1") CT("1.2") "find:0000:2", "answer report:B000:-:0:1:0:1.2",
                 "answer report:B000:-:0:1:0:1.2"},
     .max_passes = 3,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000 1/0/B000 1/0/B000",
     .missing = "1.2:not-asked",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " RELEASED, ASKED " " RELEASED}},
    {.what = "a survey that names less than came is not believed",
     .scripts = {"accept store:ct:1.1:10 store:ct:1.2:10 final:B000:-:2:1:0",
                 "answer " SERIES CT("1.1") "find:0000:2"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEIBEO",
     .passes = "1/2/B000",
     .missing = "",
     .heard = {ASKED " " ST " " ST " " RELEASED, FINDS2}},
    {.what = "a survey that does not name what the peer lists as failed is not believed",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:-:-:-:1.2", "answer " SERIES CT("1.1") "find:0000:2",
                 "answer store:ct:1.2:10 final:0000:-:1:0:0"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "a survey with an instance that has no UID is none",
     .scripts = {"accept store:ct:1.1:10 final:B000:-:1:1:0",
                 "answer " SERIES CT("1.1") CT("x.1") "find:0000:2"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/B000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ C-FIND-RQ(1) data C-FIND-RQ(2) data A-ABORT"}},
    {.what = "no further pass is allowed",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2", "answer final:0000:-:1:0:0"},
     .max_passes = 1,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/B000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, ""}},
    {.what = "no further connection is to be had",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/B000",
     .missing = "1.2:not-asked",
     .heard = {ASKED " " ST " " RELEASED}},
    {.what = "without C-FIND the list and the counts suffice",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2", NO_FIND,
                 "answer store:ct:1.2:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " ST " " RELEASED}},
    {.what = "without C-FIND and with less in the list than failed",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:2:0:1.2", NO_FIND,
                 "answer store:ct:1.2:10 final:0000:-:1:0:0"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " ST " " RELEASED}},
    {.what = "several at once do not come, and one by one they do",
     .scripts = {"accept report:A702:-:0:2:0:1.1\\1.2", "answer " SERIES CT("1.1") CT("1.2") "find:0000:2",
                 "answer final:A900:-:-:-:- to:2 store:3:1.1:10:ct final:0000:-:1:0:0 to:3 "
                 "store:3:1.2:10:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/0/A702 3/2/0000",
     .missing = "",
     .heard = {ASKED " " RELEASED, FINDS2, ASKED " C-GET-RQ data " ST " C-GET-RQ data " ST " " RELEASED}},
    {.what = "an abort in the second pass",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3",
                 "answer " SERIES CT("1.1") CT("1.2") CT("1.3") "find:0000:2",
                 "answer store:3:1.2:10:ct abort"},
     .code = CGW_E_PEER_ABORTED,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/FFFF",
     .missing = "1.3:not-asked",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST}},
    {.what = "what came before comes again, and nothing else",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2",
                 "answer " SERIES CT("1.1") CT("1.2") "find:0000:2",
                 "answer store:3:1.1:10:ct final:0000:-:1:0:0"},
     .max_passes = 2,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/B000 1/0/0000",
     .missing = "1.2:not-asked",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "what came before comes again, with what was asked for",
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2",
                 "answer " SERIES CT("1.1") CT("1.2") "find:0000:2",
                 "answer store:3:1.1:10:ct store:3:1.2:10:ct final:0000:-:2:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " ST " " RELEASED}},
    {.what = "nothing matches, and nothing is asked for",
     .scripts = {"accept final:0000:0:0:0:0", "answer"},
     .code = CGW_E_NO_MATCH,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {ASKED " " RELEASED, ""}},
    {.what = "a refused instance is surveyed, and stays refused",
     .scripts = {"accept store:ct:1.1:10 store:ct:../x:10 final:0000:-:2:0:0",
                 "answer " SERIES CT("1.1") "find:0000:2"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " C-STORE-RSP(0117) " RELEASED, FINDS2}},
    /* the first plan by C-FIND */
    {.what = "planned by C-FIND",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=mr:0020000D=1.2.3 find:0000:1 releaserp",
                 "answer store:3:1.1:10:mr final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, ASKED " " ST " " RELEASED}},
    {.what = "planned by C-FIND, and a second pass",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=mr:0020000D=1.2.3 find:0000:1",
                 "answer store:3:1.1:10:mr report:B000:-:1:1:0:1.2",
                 "answer " SERIES MR("1.1") CT("1.2") "find:0000:2",
                 "answer store:3:1.2:10:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {FINDS1, ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "a peer that rejects the association of the C-FIND",
     .plan_by_find = true,
     .scripts = {NO_FIND, "accept store:ct:1.1:10 final:0000:-:1:0:0"},
     .code = CGW_E_PEER_REJECTED},
    {.what = "a peer that aborts at the C-FIND",
     .plan_by_find = true,
     .scripts = {"answer abort", "accept store:ct:1.1:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {"A-ASSOCIATE-RQ C-FIND-RQ(1) data", ASKED " " ST " " RELEASED}},
    {.what = "a peer that closes at the C-FIND",
     .plan_by_find = true,
     .scripts = {"answer", "accept store:ct:1.1:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {"A-ASSOCIATE-RQ C-FIND-RQ(1) data", ASKED " " ST " " RELEASED}},
    {.what = "a peer that answers a C-FIND with nonsense",
     .plan_by_find = true,
     .scripts = {"answer find:FF00:1:FFFF find:0000:1", "accept store:ct:1.1:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {"A-ASSOCIATE-RQ C-FIND-RQ(1) data A-ABORT", ASKED " " ST " " RELEASED}},
    {.what = "a peer that fails at the C-FIND",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=mr:0020000D=1.2.3 find:C001:1",
                 "accept store:ct:1.1:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, ASKED " " ST " " RELEASED}},
    {.what = "a peer that names classes for one study and not for another",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=mr:0020000D=1.2.3 match:1:1.2.4 find:0000:1",
                 "accept store:ct:1.1:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, ASKED " " ST " " RELEASED}},
    {.what = "C-FIND matches, C-GET has nothing, and a survey knows why",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=mr:0020000D=1.2.3 find:0000:1", "answer final:C000:-:-:-:-",
                 "answer " SERIES CT("1.1") "find:0000:2", "answer store:3:1.1:10:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/0/C000 1/1/0000",
     .missing = "",
     .heard = {FINDS1, ASKED " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
};

static void retrieves_of_several_associations_end_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_check_row(&rows[i], 0);
        run_check_row(&rows[i], 7);
    }
}

/* ---- between two passes ---- */

static const char *const two_passes[] = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2",
                                         "answer " SERIES CT("1.1") CT("1.2") "find:0000:2",
                                         "answer store:3:1.2:10:ct final:0000:-:1:0:0", NULL};

/* Until the first C-GET is over and something else has to be waited for. */
static void run_to_between(struct run *run)
{
    run_init(run, two_passes);
    run_open(run);
    assert_int_equal(run->code, CGW_OK);
    while (run_take(run, false) != CGW_EVENT_AGAIN) {
    }
    assert_string_equal(run->events, "IBEA");
}

static void a_caller_that_may_not_wait_is_told_so_as_often_as_it_asks(void **state)
{
    struct run run;
    (void)state;
    run_to_between(&run);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(run_take(&run, false), CGW_EVENT_AGAIN);
    assert_int_equal(run.setting.connections, 1);
    while (run_take(&run, true) != CGW_EVENT_OUTCOME) {
    }
    assert_string_equal(run.events, "IBEAAAAIBEO");
    assert_true(cgw_retrieve_outcome(run.retrieve)->complete);
    run_release(&run);
}

static void check_ended(struct run *run, enum cgw_code code)
{
    assert_int_equal(run_take(run, true), CGW_EVENT_OUTCOME);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run->retrieve);
    assert_int_equal(outcome->error.code, code);
    assert_false(outcome->complete);
    assert_int_equal(outcome->pass_count, 1);
    assert_int_equal(outcome->passes[0].received, 1);
    assert_int_equal(run_take(run, true), CGW_EVENT_OUTCOME);
}

static void a_client_that_leaves_between_two_passes_ends_them(void **state)
{
    struct run run;
    int client[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    run_init(&run, two_passes);
    run.setting.watch.client_fd = client[0];
    run_open(&run);
    while (run_take(&run, false) != CGW_EVENT_AGAIN) {
    }
    assert_int_equal(close(client[1]), 0);
    run.others[0].pause_at = 0; /* a peer that makes us wait sees that nobody does */
    run.others[0].ready_fd = eventfd(0, EFD_CLOEXEC);
    check_ended(&run, CGW_E_CLIENT_LEFT);
    (void)close(run.others[0].ready_fd);
    (void)close(client[0]);
    run_release(&run);
}

static void a_gateway_that_stops_between_two_passes_ends_them(void **state)
{
    struct run run;
    (void)state;
    run_init(&run, two_passes);
    run.setting.watch.stop_fd = eventfd(0, EFD_CLOEXEC);
    run_open(&run);
    while (run_take(&run, false) != CGW_EVENT_AGAIN) {
    }
    assert_int_equal(eventfd_write(run.setting.watch.stop_fd, 1), 0);
    run.others[0].pause_at = 0;
    run.others[0].ready_fd = eventfd(0, EFD_CLOEXEC);
    check_ended(&run, CGW_E_CANCELLED);
    (void)close(run.others[0].ready_fd);
    (void)close(run.setting.watch.stop_fd);
    run_release(&run);
}

/* The peer says nothing on the second association; what ends the wait is the time of the whole retrieve. */
static void the_time_of_a_retrieve_is_that_of_all_its_passes(void **state)
{
    struct run run;
    (void)state;
    run_init(&run, two_passes);
    run.setting.peer.total_timeout_ms = 300;
    run_open(&run);
    while (run_take(&run, false) != CGW_EVENT_AGAIN) {
    }
    run.others[0].answers = false;
    run.others[0].pause_at = 0;
    run.others[0].ready_fd = eventfd(0, EFD_CLOEXEC);
    int64_t before_ms = cgw_now_ms();
    check_ended(&run, CGW_E_TOTAL_TIMEOUT);
    assert_in_range(cgw_now_ms() - before_ms, 0, 5000);
    (void)close(run.others[0].ready_fd);
    run_release(&run);
}

static void a_retrieve_that_is_freed_between_two_passes_opens_no_more(void **state)
{
    struct run run;
    (void)state;
    run_to_between(&run);
    cgw_retrieve_free(run.retrieve);
    run.retrieve = NULL;
    assert_int_equal(run.setting.connections, 1);
    assert_true(run.setting.memory.closed);
    run_release(&run);
}

/* ---- what the outcome tells ---- */

static void refused_contexts_of_all_passes_are_told_and_classes_that_are_refused(void **state)
{
    static const char *const scripts[] = {"answer report:A702:-:0:2:0:1.1\\1.2",
                                          "answer " SERIES CT("1.1") MR("1.2") "find:0000:2",
                                          "answer store:3:1.2:10:mr final:0000:-:1:0:0", NULL};
    struct run run;
    char missing[128];
    (void)state;
    run_init(&run, scripts);
    run.setting.memory.refused = SETTING_CT_IMAGE;
    run_to_end(&run);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    run_tell_missing(outcome, missing, sizeof missing);
    assert_string_equal(missing, "1.1:class-refused");
    assert_int_equal(outcome->refused_count, 1);
    assert_string_equal(outcome->refused[0].abstract_syntax, SETTING_CT_IMAGE);
    assert_int_equal(outcome->refused[0].pass, 1);
    assert_int_equal(outcome->refused[0].result, CGW_CONTEXT_ABSTRACT_SYNTAX);
    assert_int_equal(outcome->refused[0].id, run.setting.ct);
    assert_int_equal(outcome->passes[0].accepted, outcome->passes[0].contexts - 1);
    assert_int_equal(outcome->passes[1].planned_from, CGW_PLANNED_FROM_MISSING);
    run_release(&run);
}

static void a_peer_that_accepts_nothing_in_a_pass_is_not_asked_in_it(void **state)
{
    static const char *const scripts[] = {"accept report:A702:-:0:1:0:1.1",
                                          "answer " SERIES CT("1.1") "find:0000:2", "answer", NULL};
    struct run run;
    static const char *const heard[] = {ASKED " " RELEASED, FINDS2, "A-ASSOCIATE-RQ " RELEASED, NULL};
    (void)state;
    run_init(&run, scripts);
    run.others[1].refused = "storage";
    run_to_end(&run);
    run_check_heard(&run, "nothing accepted", heard);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    assert_int_equal(outcome->error.code, CGW_E_INCOMPLETE);
    assert_int_equal(outcome->passes[1].requests, 0);
    assert_int_equal(outcome->passes[1].accepted, 1);
    run_release(&run);
}

/* By such a key C-FIND would name what the Identifier does not cover. */
static void an_identifier_without_a_uid_of_its_level_is_not_surveyed(void **state)
{
    static const char *const values[] = {"", "*"};
    static const char *const scripts[] = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2",
                                          "answer store:ct:1.2:10 final:0000:-:1:0:0", NULL};
    static const char *const heard[] = {ASKED " " ST " " RELEASED, ASKED " " ST " " RELEASED, NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct run run;
        run_init(&run, scripts);
        struct cgw_element *element = cgw_data_set_find(&run.setting.identifier, CGW_TAG_STUDY_INSTANCE_UID);
        assert_true(cgw_element_set_value(element, values[i], strlen(values[i])));
        run_to_end(&run);
        run_check_heard(&run, values[i], heard);
        assert_true(cgw_retrieve_outcome(run.retrieve)->complete);
        run_release(&run);
    }
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retrieves_of_several_associations_end_as_they_should),
        cmocka_unit_test(a_caller_that_may_not_wait_is_told_so_as_often_as_it_asks),
        cmocka_unit_test(a_client_that_leaves_between_two_passes_ends_them),
        cmocka_unit_test(a_gateway_that_stops_between_two_passes_ends_them),
        cmocka_unit_test(the_time_of_a_retrieve_is_that_of_all_its_passes),
        cmocka_unit_test(a_retrieve_that_is_freed_between_two_passes_opens_no_more),
        cmocka_unit_test(refused_contexts_of_all_passes_are_told_and_classes_that_are_refused),
        cmocka_unit_test(a_peer_that_accepts_nothing_in_a_pass_is_not_asked_in_it),
        cmocka_unit_test(an_identifier_without_a_uid_of_its_level_is_not_surveyed),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
