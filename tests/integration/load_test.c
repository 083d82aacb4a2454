/* Several retrieves at once, and clients that leave. */
#include "integration/integration.h"

#include "cgetway/deadline.h"

#include <poll.h>
#include <pthread.h>

enum { AT_ONCE = 8, MANY_INSTANCES = 200, MANY_PIXEL_BYTES = 64 * 1024, SETTLE_MS = 15000, RECHECK_MS = 5 };

static struct study *many; /* 200 instances of 64 KiB: more than all buffers between peer and client */

static int set_up(void **state)
{
    if (world_set_up(state) != 0)
        return -1;
    const struct study_options options = {
        .seed = 77, .instances = MANY_INSTANCES, .pixel_bytes = MANY_PIXEL_BYTES};
    char *directory = temp_dir_mkdir(the_world.dir, "many", &the_world.err);
    many = study_make(directory, &options, &the_world.err);
    free(directory);
    if (many == NULL)
        return -1;
    world_load(many);
    return 0;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(many);
    return result;
}

struct retrieving {
    pthread_t thread;
    const char *url;
    const char *body;
    struct http_response response;
};

static void *run_retrieve(void *argument)
{
    struct retrieving *retrieving = argument;
    http_post_json(retrieving->url, retrieving->body, &retrieving->response);
    return NULL;
}

static void eight_retrieves_at_the_same_time_are_all_byte_exact(void **state)
{
    const struct at_peer *at = *state;
    struct retrieving all[AT_ONCE];
    const struct study *studies[] = {at->world->mixed, many};
    char *bodies[2];
    char *url = get_url(at, "");
    for (size_t i = 0; i < 2; i++) {
        json_t *keys = study_keys(studies[i]);
        bodies[i] = json_dumps(keys, 0);
        json_decref(keys);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        all[i] = (struct retrieving){.url = url, .body = bodies[i % 2]};
        assert_int_equal(pthread_create(&all[i].thread, NULL, run_retrieve, &all[i]), 0);
    }
    for (size_t i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_join(all[i].thread, NULL), 0);
    for (size_t i = 0; i < AT_ONCE; i++) {
        struct retrieved got;
        check_retrieved(at, &all[i].response, &got);
        assert_same_as_files(studies[i % 2], SIZE_MAX, &got);
        retrieved_release(&got);
    }
    free(bodies[0]);
    free(bodies[1]);
    free(url);
}

/* Threads and descriptors of connections that ended go a moment after the client saw the end. */
static void wait_until_settled(struct process *process, const struct process_usage *expected)
{
    struct cgw_deadline deadline = cgw_deadline_in(SETTLE_MS);
    struct process_usage usage;
    for (;;) {
        assert_true(process_usage(process, &usage));
        if (usage.threads == expected->threads && usage.fds == expected->fds)
            return;
        if (cgw_deadline_passed(deadline))
            fail_msg("%d threads and %d descriptors, not %d and %d", usage.threads, usage.fds,
                     expected->threads, expected->fds);
        (void)poll(NULL, 0, RECHECK_MS);
    }
}

/* Leaves when so many bytes have come. */
static void leave_after(const struct at_peer *at, const char *id, uint64_t bytes)
{
    struct http_response response;
    struct support_error err = {.text = ""};
    char header[64];
    char *line = NULL;
    (void)snprintf(header, sizeof(header), "X-Request-Id: %s", id);
    const char *const headers[] = {"Content-Type: application/json", header, NULL};
    json_t *keys = study_keys(many);
    char *text = json_dumps(keys, 0);
    char *url = get_url(at, "");
    const struct http_options options = {.headers = headers, .body = text, .stop_after_bytes = bytes};
    http_request("POST", url, &options, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_WRITE_ERROR);
    assert_int_equal(response.received_bytes, bytes);
    http_response_release(&response);
    (void)gateway_wait_log(at->world->gateway, id, SETTLE_MS, &line, &err);
    assert_no_error(&err);
    assert_non_null(strstr(line, "client-left"));
    free(line);
    free(url);
    free(text);
    json_decref(keys);
}

static void a_client_that_leaves_in_the_middle_takes_everything_of_it_along(void **state)
{
    const struct at_peer *at = *state;
    struct process *process = gateway_process(at->world->gateway);
    struct process_usage before;
    struct retrieved got;
    json_t *keys = study_keys(many);
    assert_true(process_usage(process, &before));
    static const uint64_t points[] = {1, 1000, 300 * 1000, 5 * 1000 * 1000};
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "left.%s.%zu", at->name, i);
        leave_after(at, id, points[i]);
        wait_until_settled(process, &before);
    }
    retrieve(at, "", keys, &got);
    assert_same_as_files(many, SIZE_MAX, &got);
    retrieved_release(&got);
    json_decref(keys);
    wait_until_settled(process, &before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First, while the gateway is as it was when it started. */
        WITH_BOTH(a_client_that_leaves_in_the_middle_takes_everything_of_it_along),
        WITH_BOTH(eight_retrieves_at_the_same_time_are_all_byte_exact),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
