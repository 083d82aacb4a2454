/* What an earlier retrieve of the same Identifier knew of: with less the set is not complete, and what is
 * known is told to the next one. */
#include "unit/cmocka_all.h"

#include "run.h"

#include "cgetway/dictionary.h"

#include <string.h>

/* The first C-FIND: one study of CT. */
#define CLASSES "answer match:1:00080062=ct:0020000D=1.2.3 find:0000:1"
#define TOLD(number) "answer match:1:00080062=ct:0020000D=1.2.3:00201208=" number " find:0000:1"
#define BOTH "answer " SERIES CT("7.1") CT("7.2") "find:0000:2"

static const struct run_row rows[] = {
    /* retrieves that begin */
    {.what = "an earlier retrieve was told of as many",
     .at_least = 2,
     .scripts = {"accept store:ct:1.1:10 store:ct:1.2:10 final:0000:-:2:0:0", "answer"},
     .known = 2,
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/2/0000",
     .missing = "",
     .heard = {ASKED " " ST " " ST " " RELEASED, ""}},
    {.what = "an earlier retrieve was told of more, and C-FIND names it",
     .at_least = 2,
     .scripts = {"accept store:ct:1.1:10 final:0000:-:1:0:0",
                 "answer " SERIES CT("1.1") CT("1.2") "find:0000:2",
                 "answer store:3:1.2:10:ct final:0000:-:1:0:0"},
     .known = 2,
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/0000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
    {.what = "an earlier retrieve was told of more, and the peer tells of less in every way",
     .at_least = 2,
     .plan_by_find = true,
     .scripts = {"answer match:1:00080062=ct:0020000D=1.2.3:00201208=1 find:0000:1",
                 "answer store:3:1.1:10:ct final:0000:-:1:0:0", "answer " SERIES CT("1.1") "find:0000:2",
                 "answer"},
     .known = 2,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, ASKED " " ST " " RELEASED, FINDS2, ""}},
    {.what = "an earlier retrieve was told of more, and no further pass is allowed; ignore-counts",
     .at_least = 2,
     .ignore_counts = true,
     .max_passes = 1,
     .scripts = {"accept store:ct:1.1:10 final:0000:-:1:0:0", NO_FIND},
     .known = 2,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "an earlier retrieve was told of more, and what failed comes",
     .at_least = 3,
     .scripts = {"accept store:ct:1.1:10 report:B000:-:1:1:0:1.2", NO_FIND,
                 "answer store:ct:1.2:10 final:0000:-:1:0:0"},
     .known = 3,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEIBEO",
     .passes = "1/1/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " ST " " RELEASED}},
    {.what = "an earlier retrieve was told of some, and now there is nothing",
     .at_least = 2,
     .scripts = {"accept final:0000:0:0:0:0", "answer"},
     .known = 2,
     .code = CGW_E_NO_MATCH,
     .events = "O",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {ASKED " " RELEASED, ""}},
    /* retrieves that go on */
    {.what = "a survey of less than an earlier retrieve was told of",
     .prior = "7.1",
     .at_least = 3,
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH,
                 "answer store:3:7.1:10:ct store:3:7.2:10:ct store:3:7.3:10:ct final:0000:-:3:0:0"},
     .known = 3,
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/2/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " ST " " ST " " RELEASED}},
    {.what = "a survey of as many as an earlier retrieve was told of",
     .prior = "7.1",
     .at_least = 2,
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH, "answer store:3:7.2:10:ct final:0000:-:1:0:0"},
     .known = 2,
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " RELEASED},
     .never_heard = "7.1"},
    {.what = "survey and C-GET bring less than an earlier retrieve was told of",
     .prior = "7.1",
     .at_least = 3,
     .plan_by_find = true,
     .scripts = {CLASSES, BOTH, "answer store:3:7.1:10:ct store:3:7.2:10:ct final:0000:-:2:0:0", BOTH,
                 "answer"},
     .known = 3,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " ST " " RELEASED, FINDS2, ""}},
    {.what = "the same with ignore-counts",
     .prior = "7.1",
     .at_least = 3,
     .plan_by_find = true,
     .ignore_counts = true,
     .scripts = {CLASSES, BOTH, "answer store:3:7.1:10:ct store:3:7.2:10:ct final:0000:-:2:0:0", BOTH,
                 "answer"},
     .known = 3,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {FINDS1, FINDS2, ASKED " " ST " " ST " " RELEASED, FINDS2, ""}},
};

static void a_set_is_at_least_what_was_known_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_check_row(&rows[i], 0);
        run_check_row(&rows[i], 7);
    }
}

static void that_more_was_known_is_told_in_words(void **state)
{
    static const char *const scripts[] = {"accept store:ct:7.1:10 final:0000:-:1:0:0", NO_FIND, NULL};
    struct run run;
    (void)state;
    run_init(&run, scripts);
    run.setting.at_least = 12;
    run_to_end(&run);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(run.retrieve);
    assert_non_null(strstr(outcome->error.detail, "an earlier retrieve was told of 12 instances, and 1 "));
    assert_int_equal(outcome->error.dimse_status, 0x0000);
    assert_int_equal(outcome->at_least, 12);
    run_release(&run);
}

/* ---- what is known at any time ---- */

/* What is known after opening, and after each event. */
struct known_row {
    const char *what;
    const char *scripts[RUN_MAX_CONNECTIONS];
    const char *prior; /* NULL: none */
    size_t at_least;
    bool plan_by_find, ignore_counts;
    const char *events;
    size_t known[16];
};

static const struct known_row known_rows[] = {
    {.what = "what comes",
     .scripts = {"accept store:ct:7.1:10 store:ct:7.2:10 final:0000:-:2:0:0"},
     .events = "IBEIBEO",
     .known = {0, 0, 0, 0, 1, 1, 1, 2}},
    {.what = "what an earlier retrieve knew",
     .scripts = {"accept store:ct:7.1:10 final:0000:-:1:0:0", NO_FIND},
     .at_least = 5,
     .events = "IBEO",
     .known = {5, 5, 5, 5, 5}},
    {.what = "what is there from an earlier retrieve, though the peer has nothing",
     .scripts = {"accept final:0000:0:0:0:0"},
     .prior = "7.1 7.2",
     .events = "O",
     .known = {2, 2}},
    {.what = "what a pending response counts, until the peer is gone",
     .scripts = {"accept pending:4:1:1:1 store:ct:7.1:10 abort"},
     .events = "PIBEO",
     .known = {0, 7, 7, 7, 7, 7}},
    {.what = "the same with ignore-counts",
     .scripts = {"accept pending:4:1:1:1 store:ct:7.1:10 abort"},
     .ignore_counts = true,
     .events = "PIBEO",
     .known = {0, 0, 0, 0, 0, 1}},
    {.what = "what the end counts, failed ones and warnings among it",
     .scripts = {"accept store:ct:7.1:10 final:B000:-:1:3:2", NO_FIND},
     .events = "IBEO",
     .known = {0, 0, 0, 0, 6}},
    {.what = "the number of instances of the study",
     .scripts = {TOLD("9"), "answer store:3:7.1:10:ct abort"},
     .plan_by_find = true,
     .events = "IBEO",
     .known = {9, 9, 9, 9, 9}},
    {.what = "the same with ignore-counts",
     .scripts = {TOLD("9"), "answer store:3:7.1:10:ct abort"},
     .plan_by_find = true,
     .ignore_counts = true,
     .events = "IBEO",
     .known = {0, 0, 0, 0, 1}},
    {.what = "what a survey names, with ignore-counts too",
     .scripts = {CLASSES, "answer " SERIES CT("7.1") CT("7.2") CT("7.3") "find:0000:2", "answer abort"},
     .prior = "7.1",
     .plan_by_find = true,
     .ignore_counts = true,
     .events = "O",
     .known = {3, 3}},
};

static void check_known(const struct known_row *row)
{
    struct run run;
    run_init(&run, row->scripts);
    run.setting.peer.plan_by_find = row->plan_by_find;
    run.setting.peer.ignore_counts = row->ignore_counts;
    run.setting.at_least = row->at_least;
    if (row->prior != NULL)
        run_have(&run, row->prior);
    run_open(&run);
    assert_int_equal(run.code, CGW_OK);
    size_t step = 0;
    do {
        size_t known = cgw_retrieve_outcome(run.retrieve)->known_instances;
        if (known != row->known[step])
            fail_msg("%s: %zu are known after \"%s\"", row->what, known, run.events);
        step++;
    } while (run_take(&run, true) != CGW_EVENT_OUTCOME);
    assert_string_equal(run.events, row->events);
    assert_int_equal(cgw_retrieve_outcome(run.retrieve)->known_instances, row->known[step]);
    run_release(&run);
}

static void what_is_known_is_right_at_any_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known_rows / sizeof known_rows[0]; i++)
        check_known(&known_rows[i]);
}

static void what_is_known_is_right_after_a_stop(void **state)
{
    static const char *const scripts[] = {"accept pending:4:0:0:0 store:ct:7.1:10 final:FE00:3:1:0:0", NULL};
    struct cgw_error why = CGW_ERROR_INIT;
    struct run run;
    (void)state;
    run_init(&run, scripts);
    run_open(&run);
    (void)cgw_fail(&why, CGW_E_CANCELLED, "somebody stopped it");
    cgw_retrieve_stop(run.retrieve, &why);
    assert_int_equal(cgw_retrieve_outcome(run.retrieve)->known_instances, 4);
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
        cmocka_unit_test(a_set_is_at_least_what_was_known_of_it),
        cmocka_unit_test(that_more_was_known_is_told_in_words),
        cmocka_unit_test(what_is_known_is_right_at_any_time),
        cmocka_unit_test(what_is_known_is_right_after_a_stop),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
