/* Retrieves that go on where an earlier one stopped: what is there is not asked for again where the peer
 * tells what is missing, and the verdict is that of a retrieve that begins. */
#include "unit/cmocka_all.h"

#include "run.h"

#include "cgetway/dictionary.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first C-FIND: one study of CT. */
#define CLASSES "answer match:1:00080062=ct:0020000D=1.2.3 find:0000:1"
#define NO_CLASSES "answer find:C001:1"
#define NOTHING_FOUND "answer find:0000:1"
/* A survey of a study that the peer does not know: the series are asked for, and there are none. */
#define NO_SERIES "answer find:0000:1"
#define NAMED(uid) "match:1:00080016=ct:00080018=" uid " "
#define BOTH "answer " SERIES CT("7.1") CT("7.2") "find:0000:2"

static const struct run_row rows[] = {
    /* by a survey */
    {.what = "only what is missing is asked for",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH, "answer store:3:7.2:10:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " RELEASED},
     .never_heard = "7.1"},
    {.what = "nothing is missing, and nothing is asked for",
     .prior = "7.1 7.2",
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH, "answer"},
     .code = CGW_OK,
     .events = "O",
     .passes = "",
     .missing = "",
     .heard = {FINDS1, FINDS2, ""}},
    {.what = "instances that the Identifier names",
     .instances = "7.1\\7.2",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080016=ct:00080018=7.1 find:0000:1",
                 "answer " NAMED("7.1") NAMED("7.2") "find:0000:1",
                 "answer store:3:7.2:10:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS1, ASKED " " ST " " RELEASED}},
    {.what = "what failed is asked for again in further passes, as many as there may be",
     .prior = "7.1",
     .plan_by_find = true,
     .max_passes = 2,
     .scripts = {CLASSES, BOTH, "answer report:B000:-:0:1:0:7.2", "answer report:B000:-:0:1:0:7.2"},
     .code = CGW_E_INCOMPLETE,
     .events = "O",
     .passes = "1/0/B000 1/0/B000",
     .missing = "7.2:not-asked",
     .heard = {FINDS1, FINDS2, ASKED " " RELEASED, ASKED " " RELEASED},
     .never_heard = "7.1"},
    {.what = "one pass may be all there is",
     .prior = "7.1",
     .plan_by_find = true,
     .max_passes = 1,
     .scripts = {CLASSES, BOTH, "answer store:3:7.2:10:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "the peer sends the whole series, twice",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH,
                 "answer store:3:7.1:10:ct store:3:7.2:10:ct store:3:7.2:10:ct final:0000:-:3:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " ST " " ST " " RELEASED}},
    {.what = "an abort in the pass",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH, "answer abort"},
     .code = CGW_E_PEER_ABORTED,
     .events = "O",
     .passes = "1/0/FFFF",
     .missing = "7.2:not-asked",
     .heard = {FINDS1, FINDS2, ASKED}},
    {.what = "the association for what is missing cannot be had",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH},
     .code = CGW_E_PEER_UNREACHABLE,
     .events = "O",
     .passes = "",
     .missing = "7.2:not-asked",
     .heard = {FINDS1, FINDS2}},
    /* what the peer lost */
    {.what = "the peer has nothing any more",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {NOTHING_FOUND, NO_SERIES, "accept final:0000:0:0:0:0", "answer"},
     .code = CGW_E_NO_MATCH,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {FINDS1, FINDS1, ASKED " " RELEASED, ""}},
    {.what = "the survey names less than is there",
     .prior = "7.1 7.2",
     .plan_by_find = true,
     .scripts = {CLASSES, "answer " SERIES CT("7.1") "find:0000:2", "answer"},
     .code = CGW_E_INCOMPLETE,
     .events = "O",
     .passes = "",
     .missing = "",
     .heard = {FINDS1, FINDS2, ""}},
    {.what = "the survey names as many, and others",
     .prior = "7.1 7.3",
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH, "answer store:3:7.2:10:ct final:0000:-:1:0:0"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " RELEASED}},
    /* without a survey that can be believed: everything comes again */
    {.what = "no C-FIND is allowed",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.1:10 store:ct:7.2:10 final:0000:-:2:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " ST " " RELEASED}},
    {.what = "C-FIND fails",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {NO_CLASSES, NO_CLASSES, "accept store:ct:7.1:10 store:ct:7.2:10 final:0000:-:2:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS1, ASKED " " ST " " ST " " RELEASED}},
    {.what = "a survey that breaks off leaves nothing behind",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {NO_CLASSES, "answer " SERIES "match:2:00080016=mr:00080018=7.9 find:C001:2 find:C001:3",
                 "accept store:ct:7.1:10 store:ct:7.2:10 final:0000:-:2:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, "A-ASSOCIATE-RQ C-FIND-RQ(1) data C-FIND-RQ(2) data C-FIND-RQ(3) data A-RELEASE-RQ",
               ASKED " " ST " " ST " " RELEASED}},
    {.what = "a survey of nothing against a study that is there",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {CLASSES, NO_SERIES, "answer store:3:7.1:10:ct store:3:7.2:10:ct final:0000:-:2:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS1, ASKED " " ST " " ST " " RELEASED}},
    {.what = "a survey of less than the peer counts",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=ct:0020000D=1.2.3:00201208=3 find:0000:1", BOTH,
                 "answer store:3:7.1:10:ct store:3:7.2:10:ct store:3:7.3:10:ct final:0000:-:3:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/2/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " ST " " ST " " RELEASED}},
    {.what = "the Identifier names what the survey does not, and it comes",
     .instances = "7.1\\7.2\\7.3",
     .prior = "7.1",
     .at_least = 3,
     .plan_by_find = true,
     .scripts = {"answer match:1:00080016=ct:00080018=7.1 find:0000:1",
                 "answer " NAMED("7.1") NAMED("7.2") "find:0000:1",
                 "answer store:3:7.2:10:ct final:0000:-:1:0:0", "answer store:ct:7.3:10 final:0000:-:1:0:0"},
     .known = 3,
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/0000 1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS1, ASKED " " ST " " RELEASED, ASKED " " ST " " RELEASED}},
    {.what = "the Identifier names what the survey does not, and the peer has it not",
     .instances = "7.1\\7.2",
     .prior = "7.1",
     .plan_by_find = true,
     .scripts = {"answer match:1:00080016=ct:00080018=7.1 find:0000:1", "answer " NAMED("7.1") "find:0000:1",
                 "answer final:0000:-:0:0:0", "answer"},
     .known = 2,
     .code = CGW_E_INCOMPLETE,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "7.2:not-found",
     .heard = {FINDS1, FINDS1, ASKED " " RELEASED, ""}},
    {.what = "all comes again, and one fails that is there",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.2:10 report:B000:-:1:1:0:7.1", NO_FIND},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/B000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "all comes again, and one fails that is not there",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.1:10 report:B000:-:1:1:0:7.2", NO_FIND,
                 "answer store:ct:7.2:10 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/0/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " ST " " RELEASED}},
    {.what = "all comes again but one that is there, and the counts agree",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.2:10 final:0000:-:1:0:0", NO_FIND},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "all comes again but one that is there, and nothing is counted",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.2:10 final:0000:-:-:-:-", NO_FIND},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "one that fails comes, another that is there does not",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.3:10 report:B000:-:1:1:0:7.2", NO_FIND,
                 "answer store:ct:7.2:10 final:0000:-:1:0:0"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " ST " " RELEASED}},
    {.what = "less comes again than is counted",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.1:10 final:0000:-:2:0:0", NO_FIND},
     .code = CGW_E_INCOMPLETE,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "Success with nothing",
     .prior = "7.1",
     .scripts = {"accept final:0000:0:0:0:0", "answer"},
     .code = CGW_E_NO_MATCH,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {ASKED " " RELEASED, ""}},
    {.what = "Success with nothing, and without counts",
     .prior = "7.1",
     .scripts = {"accept final:0000:-:-:-:-", "answer"},
     .code = CGW_E_NO_MATCH,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {ASKED " " RELEASED, ""}},
    {.what = "one that is new comes twice, and is passed on twice",
     .prior = "7.1",
     .scripts = {"accept store:ct:7.2:10 store:ct:7.2:10 store:ct:7.1:10 final:0000:-:2:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/2/0000",
     .missing = "",
     .heard = {ASKED " " ST " " ST " " ST " " RELEASED}},
};

static void retrieves_that_go_on_end_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_check_row(&rows[i], 0);
        run_check_row(&rows[i], 7);
    }
}

static const char *const one_missing[] = {CLASSES, BOTH, "answer store:3:7.2:20:ct final:0000:-:1:0:0", NULL};

static void begin(struct run *run, const char *const *scripts, const char *prior)
{
    run_init(run, scripts);
    run->setting.peer.plan_by_find = true;
    run_have(run, prior);
}

static void the_ledger_begins_with_what_was_there(void **state)
{
    struct run run;
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    (void)state;
    begin(&run, one_missing, "7.1");
    run_to_end(&run);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    assert_true(outcome->complete);
    assert_int_equal(outcome->report.status, CGW_NO_STATUS);
    assert_int_equal(cgw_ledger_prior(outcome->ledger), 1);
    assert_int_equal(cgw_ledger_received(outcome->ledger), 2);
    assert_int_equal(cgw_ledger_bytes(outcome->ledger), 30);
    assert_true(cgw_ledger_next(outcome->ledger, &cursor, &entry));
    assert_string_equal(entry.sop_instance, "7.1");
    assert_int_equal(entry.pass, 0);
    assert_int_equal(entry.bytes, 10);
    assert_true(cgw_ledger_next(outcome->ledger, &cursor, &entry));
    assert_string_equal(entry.sop_instance, "7.2");
    assert_int_equal(entry.pass, 1);
    assert_int_equal(outcome->passes[0].planned_from, CGW_PLANNED_FROM_MISSING);
    run_release(&run);
}

static void a_caller_that_may_not_wait_opens_no_association(void **state)
{
    struct run run;
    (void)state;
    begin(&run, one_missing, "7.1");
    run_open(&run);
    assert_int_equal(run.code, CGW_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(run_take(&run, false), CGW_EVENT_AGAIN);
    assert_int_equal(run.setting.connections, 2);
    while (run_take(&run, true) != CGW_EVENT_OUTCOME) {
    }
    assert_string_equal(run.events, "AAAIBEO");
    assert_true(cgw_retrieve_outcome(run.retrieve)->complete);
    run_release(&run);
}

static void one_that_is_freed_before_it_begins_opens_no_association(void **state)
{
    struct run run;
    (void)state;
    begin(&run, one_missing, "7.1");
    run_open(&run);
    cgw_retrieve_free(run.retrieve);
    run.retrieve = NULL;
    assert_int_equal(run.setting.connections, 2);
    run.setting.connections = 3; /* the third peer was never there to be closed */
    run.others[1].closed = true;
    run_release(&run);
}

static void what_is_negotiated_is_that_of_the_first_association_whichever_it_is(void **state)
{
    struct run run;
    (void)state;
    begin(&run, one_missing, "7.1");
    run.setting.peer.relational_retrieval = true;
    run_to_end(&run);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    assert_true(outcome->extended_asked);
    assert_false(outcome->extended_answered);
    run_release(&run);
}

static void what_the_peer_lost_is_told_in_words(void **state)
{
    static const struct {
        bool plan_by_find;
        const char *prior, *scripts[4], *detail;
    } losses[] = {
        {true, "7.1", {NOTHING_FOUND, NO_SERIES, "accept final:0000:0:0:0:0"}, "sent nothing"},
        {true,
         "7.1 7.2",
         {CLASSES, "answer " SERIES CT("7.1") "find:0000:2"},
         "names 1 instances by C-FIND, and 2 different ones are here"},
        {false,
         "7.1 7.2",
         {"accept store:ct:7.2:10 final:0000:-:1:0:0"},
         "of the 2 instances from an earlier retrieve the peer did not send 1 again"},
        {false,
         "7.1",
         {"accept store:ct:7.3:10 report:B000:-:1:1:0:7.2", NO_FIND,
          "answer store:ct:7.2:10 final:0000:-:1:0:0"},
         "of the 1 instances from an earlier retrieve the peer did not send 1 again"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        struct run run;
        begin(&run, losses[i].scripts, losses[i].prior);
        run.setting.peer.plan_by_find = losses[i].plan_by_find;
        run_to_end(&run);
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
        assert_false(outcome->complete);
        if (strstr(outcome->error.detail, losses[i].detail) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", outcome->error.detail, losses[i].detail);
        run_release(&run);
    }
}

/* C-FIND names what is stored, and what is converted has other UIDs. */
static void what_may_be_converted_is_not_surveyed(void **state)
{
    static const char *const scripts[] = {CLASSES, "answer store:3:7.1:10:ct final:0000:-:1:0:0", NULL};
    static const char *const heard[] = {FINDS1, ASKED " " ST " " RELEASED, NULL};
    struct run run;
    (void)state;
    begin(&run, scripts, "7.1");
    run.setting.peer.enhanced_conversion = true;
    run_to_end(&run);
    run_check_heard(&run, "conversion", heard);
    assert_string_equal(run.events, "O");
    assert_true(cgw_retrieve_outcome(run.retrieve)->complete);
    run_release(&run);
}

/* ---- the survey is waited for ---- */

static const char *const survey_only[] = {BOTH, NULL};

/* The peer says nothing in the survey, and somebody else does. Of classes that are configured nothing is
 * asked before it. */
static void open_while_the_survey_hangs(struct run *run, enum cgw_code code)
{
    struct memory_peer *peer = &run->setting.memory;
    (void)snprintf(run->setting.peer.storage_class, sizeof run->setting.peer.storage_class, SETTING_CT_IMAGE);
    peer->pause_at = 0;
    peer->answers = false;
    peer->ready_fd = eventfd(0, EFD_CLOEXEC);
    run_open(run);
    assert_int_equal(run->code, code);
    assert_int_equal(run->setting.connections, 1);
    (void)close(peer->ready_fd);
    run_release(run);
}

static void a_client_that_leaves_during_the_survey_ends_it(void **state)
{
    struct run run;
    int client[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    begin(&run, survey_only, "7.1");
    run.setting.watch.client_fd = client[0];
    assert_int_equal(close(client[1]), 0);
    open_while_the_survey_hangs(&run, CGW_E_CLIENT_LEFT);
    (void)close(client[0]);
}

static void a_gateway_that_stops_during_the_survey_ends_it(void **state)
{
    struct run run;
    (void)state;
    begin(&run, survey_only, "7.1");
    run.setting.watch.stop_fd = eventfd(1, EFD_CLOEXEC);
    open_while_the_survey_hangs(&run, CGW_E_CANCELLED);
    (void)close(run.setting.watch.stop_fd);
}

static void the_time_of_the_retrieve_ends_the_survey(void **state)
{
    struct run run;
    (void)state;
    begin(&run, survey_only, "7.1");
    run.setting.peer.total_timeout_ms = 300;
    open_while_the_survey_hangs(&run, CGW_E_TOTAL_TIMEOUT);
}

/* ---- limits, and what cannot be kept ---- */

static void a_set_may_be_as_large_as_max_instances(void **state)
{
    static const struct {
        bool plan_by_find;
        const char *scripts[4];
    } ways[] = {
        {true,
         {CLASSES, BOTH, "answer store:3:7.1:10:ct store:3:7.2:10:ct store:3:7.1:10:ct final:0000:-:1:0:0"}},
        {false, {"accept store:ct:7.2:10 store:ct:7.1:10 final:0000:-:2:0:0"}}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct run run;
        begin(&run, ways[i].scripts, "7.1");
        run.setting.peer.plan_by_find = ways[i].plan_by_find;
        run.setting.peer.max_instances = 2;
        run_to_end(&run);
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
        if (!outcome->complete)
            fail_msg("%zu: %s", i, outcome->error.detail);
        run_release(&run);
    }
}

static void a_set_larger_than_max_instances_is_not_complete(void **state)
{
    static const char *const scripts[] = {
        CLASSES, "answer " SERIES CT("7.1") CT("7.2") CT("7.3") "find:0000:2",
        "answer store:3:7.1:10:ct store:3:7.2:10:ct store:3:7.3:10:ct final:0000:-:3:0:0", NULL};
    struct run run;
    (void)state;
    begin(&run, scripts, "7.1 7.2");
    run.setting.peer.max_instances = 2;
    run_to_end(&run);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    assert_int_equal(outcome->error.code, CGW_E_TOO_MANY_INSTANCES);
    assert_false(outcome->complete);
    run_release(&run);
}

/* It is asked for once, the others of its pass too, and there is no further pass. */
static void an_instance_that_cannot_be_kept_ends_the_passes(void **state)
{
    static const char *const scripts[] = {
        CLASSES, "answer " SERIES CT("7.1") CT("7.2") CT("7.3") "find:0000:2",
        "answer store:3:7.2:10:ct report:B000:-:0:2:0:7.2\\7.3", "answer", NULL};
    static const char *const heard[] = {FINDS1, FINDS2, ASKED " C-STORE-RSP(A700) " RELEASED, "", NULL};
    struct run run;
    char missing[128];
    (void)state;
    begin(&run, scripts, "7.1");
    run_open(&run);
    assert_int_equal(run.code, CGW_OK);
    while (run_take(&run, true) != CGW_EVENT_END) {
    }
    cgw_retrieve_refuse(run.retrieve, 0xA700);
    assert_int_equal(run_take(&run, true), CGW_EVENT_OUTCOME);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    run_tell_missing(outcome, missing, sizeof missing);
    assert_string_equal(missing, "7.2:not-kept 7.3:not-asked");
    assert_int_equal(outcome->error.code, CGW_E_INCOMPLETE);
    assert_non_null(
        strstr(outcome->error.detail, "1 came and could not be kept, 1 for which not all was tried"));
    assert_int_equal(outcome->pass_count, 1);
    run_check_heard(&run, "not kept", heard);
    assert_int_equal(run.setting.connections, 3);
    run_release(&run);
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retrieves_that_go_on_end_as_they_should),
        cmocka_unit_test(the_ledger_begins_with_what_was_there),
        cmocka_unit_test(a_caller_that_may_not_wait_opens_no_association),
        cmocka_unit_test(one_that_is_freed_before_it_begins_opens_no_association),
        cmocka_unit_test(what_is_negotiated_is_that_of_the_first_association_whichever_it_is),
        cmocka_unit_test(what_the_peer_lost_is_told_in_words),
        cmocka_unit_test(what_may_be_converted_is_not_surveyed),
        cmocka_unit_test(a_client_that_leaves_during_the_survey_ends_it),
        cmocka_unit_test(a_gateway_that_stops_during_the_survey_ends_it),
        cmocka_unit_test(the_time_of_the_retrieve_ends_the_survey),
        cmocka_unit_test(a_set_may_be_as_large_as_max_instances),
        cmocka_unit_test(a_set_larger_than_max_instances_is_not_complete),
        cmocka_unit_test(an_instance_that_cannot_be_kept_ends_the_passes),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
