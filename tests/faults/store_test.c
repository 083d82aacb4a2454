/* output=store where somebody leaves in the middle: only whole files stay. */
#include "fault.h"

#include "cgetway/deadline.h"
#include "support/temp_dir.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNAL_MS = 5000, LOOK_MS = 10, TEXT_BYTES = 1024 };

#define KEYS "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

/* One instance is stored, and the next one has begun. */
#define BEGUN OPEN INSTANCE("1", "5000") BEGINNING("2", "200000") "signal begun\n"

struct store {
    struct temp_dir *dir, *jobs; /* the second holds the database, so that the first has nothing but files */
    struct world *world;
};

static void start_world(struct store *store, const char *script)
{
    char members[TEXT_BYTES];
    const struct fault_peer peer = {.name = "main", .script = script};
    (void)snprintf(members, sizeof members,
                   "\"output-directory\": \"%s\", \"jobs-database\": \"%s/jobs.sqlite\"",
                   temp_dir_path(store->dir), temp_dir_path(store->jobs));
    store->world = world_start(&peer, 1, members);
}

static struct store start(const char *script)
{
    struct support_error err = {.text = ""};
    struct store store = {.dir = temp_dir_new("store", &err), .jobs = temp_dir_new("jobs", &err)};
    assert_true(store.dir != NULL && store.jobs != NULL);
    start_world(&store, script);
    return store;
}

static void end(struct store *store)
{
    temp_dir_free(store->dir);
    temp_dir_free(store->jobs);
}

static bool has_temporary(const struct store *store)
{
    size_t count = 0;
    bool found = false;
    char **files = file_list(temp_dir_path(store->dir), &count);
    for (size_t i = 0; i < count; i++)
        found = found || strstr(files[i], "/.cgetway-") != NULL;
    file_list_free(files, count);
    return found;
}

static void wait_for_temporary(const struct store *store)
{
    struct cgw_deadline deadline = cgw_deadline_in(SIGNAL_MS);
    while (!has_temporary(store)) {
        assert_false(cgw_deadline_passed(deadline));
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static struct raw_connection *post(const struct store *store, const char *id)
{
    char text[TEXT_BYTES];
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(store->world)), NULL);
    assert_non_null(client);
    (void)snprintf(text, sizeof text,
                   "POST /v1/peers/main/get?output=store HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: %s\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   id, strlen(KEYS), KEYS);
    world_expect_logged(store->world, id);
    assert_true(raw_send_text(client, text));
    assert_true(scripted_peer_wait_signal(world_peer(store->world, 0), "begun", SIGNAL_MS));
    wait_for_temporary(store);
    return client;
}

/* The first instance, and an outcome that does not look complete. */
static void assert_whole_files_only(const struct store *store)
{
    size_t count = 0;
    char **files = file_list(temp_dir_path(store->dir), &count);
    assert_int_equal(count, 2);
    assert_non_null(strstr(files[0], "/CR.1.2.3.1"));
    assert_non_null(strstr(files[1], "/outcome-"));
    json_t *outcome = json_load_file(files[1], 0, NULL);
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_int_equal(json_integer_value(json_object_get(outcome, "received")), 1);
    json_decref(outcome);
    file_list_free(files, count);
}

static void a_client_that_leaves_cancels_and_leaves_whole_files(void **state)
{
    (void)state;
    struct store store =
        start(BEGUN "expect C-CANCEL-RQ\n" DATA("2", "10000") "expect C-STORE-RSP status=A700\n"
                                                              "send C-GET-RSP status=FE00 remaining=3 "
                                                              "completed=1 failed=1 warning=0\n" RELEASE);
    struct raw_connection *client = post(&store, "leave");
    raw_reset(client);
    world_assert_done(store.world, 0, 1);
    world_stop(store.world);
    assert_whole_files_only(&store);
    end(&store);
}

static void a_peer_that_aborts_leaves_whole_files(void **state)
{
    (void)state;
    struct store store = start(BEGUN "wait go\nsend abort 0 0\nmay-close\nhold\n");
    struct raw_connection *client = post(&store, "abort");
    scripted_peer_go(world_peer(store.world, 0), "go");
    assert_true(raw_receive_until(client, "\"code\":\"peer-aborted\"", SIGNAL_MS));
    raw_close(client);
    world_assert_done(store.world, 0, 1);
    world_stop(store.world);
    assert_whole_files_only(&store);
    end(&store);
}

static void a_killed_gateway_leaves_whole_files_and_the_next_one_sweeps(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    struct process_exit ended;
    size_t count = 0;
    struct store store = start(BEGUN "may-close\nhold\n");
    struct raw_connection *client = post(&store, "kill");
    struct process *process = gateway_process(world_gateway(store.world));
    assert_true(process_signal(process, SIGKILL));
    assert_true(process_wait_exit(process, SIGNAL_MS, &ended, &err));
    raw_close(client);
    world_free(store.world);
    assert_true(has_temporary(&store));
    start_world(&store, BEGUN);
    assert_false(has_temporary(&store));
    char **files = file_list(temp_dir_path(store.dir), &count);
    assert_int_equal(count, 1);
    assert_non_null(strstr(files[0], "/CR.1.2.3.1"));
    file_list_free(files, count);
    world_stop(store.world);
    end(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_leaves_cancels_and_leaves_whole_files),
        cmocka_unit_test(a_peer_that_aborts_leaves_whole_files),
        cmocka_unit_test(a_killed_gateway_leaves_whole_files_and_the_next_one_sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
