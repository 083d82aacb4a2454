/* A retrieve that is ended from this side: C-CANCEL, the grace, and what the ledger says then. */
#include "unit/cmocka_all.h"

#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct cgw_retrieve *open_and_take(struct setting *setting, size_t events, struct cgw_event *event)
{
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(setting_open(setting, &retrieve, &err), CGW_OK);
    for (size_t i = 0; i < events; i++)
        cgw_retrieve_next(retrieve, true, event);
    return retrieve;
}

struct stop_row {
    const char *what, *script;
    size_t events; /* taken before the retrieve is freed */
    const char *heard;
};

static const struct stop_row stop_rows[] = {
    {"before anything, and the peer obeys", "final:FE00:3:0:0:0", 0, "C-CANCEL-RQ A-RELEASE-RQ"},
    {"before anything, and the peer closes", "", 0, "C-CANCEL-RQ A-ABORT"},
    {"before an instance that was under way", "store:ct:1.1:10 final:FE00:2:0:1:0", 0,
     "C-CANCEL-RQ C-STORE-RSP(A700) A-RELEASE-RQ"},
    {"inside an instance", "command:ct:1.1 data:ct:10 last:ct:10 final:B000:2:0:1:0", 2,
     "C-CANCEL-RQ C-STORE-RSP(A700) A-RELEASE-RQ"},
    {"at the last bytes of an instance", "store:ct:1.1:10 final:FE00:2:0:1:0", 2,
     "C-CANCEL-RQ C-STORE-RSP(A700) A-RELEASE-RQ"},
    {"at the end of an instance", "store:ct:1.1:10 final:FE00:2:0:1:0", 3,
     "C-CANCEL-RQ C-STORE-RSP(A700) A-RELEASE-RQ"},
    {"and the peer aborts", "store:ct:1.1:10 abort", 3, "C-CANCEL-RQ C-STORE-RSP(A700) A-ABORT"},
    {"and the peer goes on regardless", "store:ct:1.1:10 store:ct:1.2:10 store:mr:1.3:10 final:0000:-:3:0:0",
     3, "C-CANCEL-RQ C-STORE-RSP(A700) C-STORE-RSP(A700) C-STORE-RSP(A700) A-RELEASE-RQ"},
    {"after the outcome", "store:ct:1.1:10 final:0000:-:1:0:0", 4, "C-STORE-RSP(0000) A-RELEASE-RQ"},
};

static void a_retrieve_that_is_freed_cancels_and_refuses_what_still_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stop_rows / sizeof stop_rows[0]; i++) {
        struct setting setting;
        struct cgw_event event;
        char heard[512], expected[512];
        setting_init(&setting);
        say_script(&setting, "accept");
        if (stop_rows[i].script[0] != '\0')
            say_script(&setting, stop_rows[i].script);
        cgw_retrieve_free(open_and_take(&setting, stop_rows[i].events, &event));
        heard_as_text(&setting.memory.heard, heard, sizeof heard);
        (void)snprintf(expected, sizeof expected, "A-ASSOCIATE-RQ C-GET-RQ data %s", stop_rows[i].heard);
        if (strcmp(heard, expected) != 0)
            fail_msg("%s: the peer heard \"%s\"", stop_rows[i].what, heard);
        assert_true(setting.memory.closed);
        setting_release(&setting);
    }
}

/* What stopped it is the outcome, whatever the peer says in the grace. */
static void a_stopping_gateway_is_the_outcome_although_the_peer_says_success(void **state)
{
    struct setting setting;
    struct cgw_event event;
    (void)state;
    setting_init(&setting);
    setting.watch.stop_fd = eventfd(0, EFD_CLOEXEC);
    say_script(&setting, "accept store:ct:1.1:10");
    setting.memory.pause_at = setting.memory.words.length;
    setting.memory.ready_fd = eventfd(0, EFD_CLOEXEC); /* nothing to read */
    say_script(&setting, "final:0000:-:1:0:0");
    struct cgw_retrieve *retrieve = open_and_take(&setting, 3, &event);
    assert_int_equal(event.type, CGW_EVENT_END);
    assert_int_equal(eventfd_write(setting.watch.stop_fd, 1), 0);
    cgw_retrieve_next(retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_OUTCOME);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
    assert_int_equal(outcome->error.code, CGW_E_CANCELLED);
    assert_false(outcome->complete);
    assert_int_equal(cgw_ledger_count(outcome->ledger), 1);
    cgw_retrieve_free(retrieve);
    (void)close(setting.watch.stop_fd);
    (void)close(setting.memory.ready_fd);
    setting_release(&setting);
}

/* The caller can do nothing with more of it. */
static void a_retrieve_that_is_stopped_cancels_and_tells_why(void **state)
{
    static const struct {
        const char *script, *heard;
        size_t events, noted;
    } rows_of_stop[] = {
        {"pending:3:0:0:0", "C-CANCEL-RQ", 1, 0},
        {"store:ct:1.1:10", "C-CANCEL-RQ C-STORE-RSP(A700)", 2, 1},
        {"store:ct:1.1:10", "C-CANCEL-RQ C-STORE-RSP(A700)", 3, 1},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct setting setting;
        struct cgw_event event;
        char heard[512], expected[512];
        struct cgw_error why = CGW_ERROR_INIT;
        setting_init(&setting);
        say_script(&setting, "accept");
        say_script(&setting, rows_of_stop[i].script);
        say_script(&setting, "store:ct:1.2:10 final:FE00:1:0:1:0");
        struct cgw_retrieve *retrieve = open_and_take(&setting, rows_of_stop[i].events, &event);
        (void)cgw_fail(&why, CGW_E_STORE_QUOTA, "full");
        cgw_retrieve_stop(retrieve, &why);
        cgw_retrieve_next(retrieve, true, &event);
        assert_int_equal(event.type, CGW_EVENT_OUTCOME);
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
        assert_false(outcome->complete);
        assert_int_equal(outcome->error.code, CGW_E_STORE_QUOTA);
        assert_int_equal(cgw_ledger_received(outcome->ledger), 0);
        assert_true(cgw_ledger_count(outcome->ledger) >= rows_of_stop[i].noted);
        if (i == 0) /* what the pending response said is there, also while it runs */
            assert_int_equal(outcome->report.announced, 3);
        cgw_retrieve_stop(retrieve, &why);
        cgw_retrieve_free(retrieve);
        heard_as_text(&setting.memory.heard, heard, sizeof heard);
        (void)snprintf(expected, sizeof expected,
                       "A-ASSOCIATE-RQ C-GET-RQ data %s C-STORE-RSP(A700) A-RELEASE-RQ",
                       rows_of_stop[i].heard);
        assert_string_equal(heard, expected);
        setting_release(&setting);
    }
}

static void counts_of_pending_responses_are_told_as_they_come(void **state)
{
    struct setting setting;
    struct cgw_event event;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept pending:3:0:0:0 store:ct:1.1:10 pending:2:1:0:0 final:0000:-:1:0:0");
    struct cgw_retrieve *retrieve = open_and_take(&setting, 1, &event);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
    assert_int_equal(event.type, CGW_EVENT_PROGRESS);
    assert_int_equal(outcome->report.remaining, 3);
    for (int i = 0; i < 4; i++)
        cgw_retrieve_next(retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_PROGRESS);
    assert_int_equal(outcome->report.remaining, 2);
    assert_int_equal(outcome->report.completed, 1);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

/* The client leaves while the response to its instance cannot be sent: the instance is noted already. */
static void an_instance_is_noted_once_although_its_response_cannot_be_sent(void **state)
{
    static const size_t taken_of_the_response[] = {0, 5};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct setting setting;
        struct cgw_event event;
        char heard[512];
        int client[2];
        setting_init(&setting);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
        setting.watch.client_fd = client[0];
        say_script(&setting, "accept store:ct:1.1:10 final:0000:-:1:0:0");
        struct cgw_retrieve *retrieve = open_and_take(&setting, 3, &event);
        assert_int_equal(event.type, CGW_EVENT_END);
        setting.memory.stays_deaf = true;
        setting.memory.hears_at_most = setting.memory.heard.length + taken_of_the_response[i];
        assert_int_equal(close(client[1]), 0);
        cgw_retrieve_next(retrieve, true, &event);
        assert_int_equal(event.type, CGW_EVENT_OUTCOME);
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
        assert_int_equal(outcome->error.code, CGW_E_CLIENT_LEFT);
        assert_int_equal(cgw_ledger_count(outcome->ledger), 1);
        setting.memory.hears_at_most = SIZE_MAX;
        cgw_retrieve_free(retrieve);
        heard_as_text(&setting.memory.heard, heard, sizeof heard);
        assert_string_equal(heard,
                            i == 0 ? "A-ASSOCIATE-RQ C-GET-RQ data" : "A-ASSOCIATE-RQ C-GET-RQ data torn");
        (void)close(client[0]);
        setting_release(&setting);
    }
}

/* A peer that hears nothing any more is not waited for longer than the grace. */
static void a_deaf_and_silent_peer_is_left_after_the_grace(void **state)
{
    struct setting setting;
    struct cgw_event event;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept store:ct:1.1:10");
    struct cgw_retrieve *retrieve = open_and_take(&setting, 1, &event);
    setting.memory.stays_deaf = true;
    setting.memory.hears_at_most = setting.memory.heard.length;
    int64_t before_ms = cgw_now_ms();
    cgw_retrieve_free(retrieve);
    assert_in_range(cgw_now_ms() - before_ms, 0, 5000);
    setting_release(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retrieve_that_is_freed_cancels_and_refuses_what_still_comes),
        cmocka_unit_test(a_stopping_gateway_is_the_outcome_although_the_peer_says_success),
        cmocka_unit_test(an_instance_is_noted_once_although_its_response_cannot_be_sent),
        cmocka_unit_test(a_deaf_and_silent_peer_is_left_after_the_grace),
        cmocka_unit_test(a_retrieve_that_is_stopped_cancels_and_tells_why),
        cmocka_unit_test(counts_of_pending_responses_are_told_as_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
