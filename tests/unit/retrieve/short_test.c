/* Sets that are short, and of which the peer says nothing wrong: what else is known of them must speak. */
#include "unit/cmocka_all.h"

#include "run.h"

#include "cgetway/dictionary.h"

/* A survey of one series that the Identifier names. */
#define NAMED(uid) "match:1:00080016=ct:00080018=" uid " "

static const struct run_row rows[] = {
    {.what = "of two UIDs the peer looks at the first",
     .instances = "1.1\\1.2",
     .scripts = {"accept store:ct:1.1:10 final:0000:-:1:0:0",
                 "answer " NAMED("1.1") NAMED("1.2") "find:0000:1",
                 "answer store:3:1.2:20:ct final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/0000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS1, ASKED " " ST " " RELEASED}},
    {.what = "of two UIDs the peer looks at the first, and has no C-FIND",
     .instances = "1.1\\1.2",
     .scripts = {"accept store:ct:1.1:10 final:0000:-:1:0:0", NO_FIND,
                 "answer store:ct:1.2:20 final:0000:-:1:0:0"},
     .code = CGW_OK,
     .events = "IBEIBEO",
     .passes = "1/1/0000 1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " ST " " RELEASED}},
    {.what = "of two UIDs the peer does not know the second",
     .instances = "1.1\\1.2",
     .scripts = {"accept store:ct:1.1:10 final:0000:-:1:0:0", "answer " NAMED("1.1") "find:0000:1"},
     .code = CGW_OK,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, FINDS1}},
    {.what = "another instance came than the one that was asked for",
     .instances = "1.1",
     .scripts = {"accept store:ct:1.9:10 final:0000:-:1:0:0", NO_FIND, "answer final:0000:-:0:0:0"},
     .max_passes = 2,
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000 1/0/0000",
     .missing = "1.1:not-asked",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ", ASKED " " RELEASED}},
    {.what = "the C-FIND counted more, and there is no further pass",
     .plan_by_find = true,
     .max_passes = 1,
     .scripts = {"answer match:1:00080062=ct:0020000D=1.2.3:00201208=2 find:0000:1",
                 "answer store:3:1.1:10:ct final:0000:-:1:0:0",
                 "answer " SERIES CT("1.1") CT("1.2") "find:0000:2"},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEO",
     .passes = "1/1/0000",
     .missing = "1.2:not-asked",
     .heard = {FINDS1, ASKED " " ST " " RELEASED, FINDS2}},
    {.what = "more was announced, and the end counts nothing",
     .scripts = {"accept store:ct:1.1:10 pending:2:1:0:0 final:0000:-:-:-:-", NO_FIND},
     .code = CGW_E_INCOMPLETE,
     .events = "IBEPO",
     .passes = "1/1/0000",
     .missing = "",
     .heard = {ASKED " " ST " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "as much was announced as came, and the end counts nothing",
     .scripts = {"accept pending:2:0:0:0 store:ct:1.1:10 pending:1:1:0:0 store:ct:1.2:10 final:0000:-:-:-:-"},
     .code = CGW_OK,
     .events = "PIBEPIBEO",
     .passes = "1/2/0000",
     .missing = "",
     .heard = {ASKED " " ST " " ST " " RELEASED}},
    {.what = "some were announced, and nothing came",
     .scripts = {"accept pending:2:0:0:0 final:0000:-:-:-:-", NO_FIND},
     .code = CGW_E_INCOMPLETE,
     .events = "PO",
     .passes = "1/0/0000",
     .missing = "",
     .heard = {ASKED " " RELEASED, "A-ASSOCIATE-RQ"}},
    {.what = "an empty instance was passed on before the whole one",
     .scripts = {"accept store:ct:1.1:0 final:B000:-:0:1:0", "answer " SERIES CT("1.1") "find:0000:2",
                 "answer store:3:1.1:10:ct final:0000:-:1:0:0"},
     .code = CGW_E_INCOMPLETE,
     .events = "IEIBEO",
     .passes = "1/0/B000 1/1/0000",
     .missing = "",
     .heard = {ASKED " C-STORE-RSP(C000) " RELEASED, FINDS2, ASKED " " ST " " RELEASED}},
};

static void a_short_set_does_not_look_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_check_row(&rows[i], 0);
        run_check_row(&rows[i], 7);
    }
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_short_set_does_not_look_whole)};
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
