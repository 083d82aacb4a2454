/* The files of a job, and clients that take them too slowly or while they go away. */
#include "fault.h"

#include "cgetway/deadline.h"
#include "cgetway/part10.h"
#include "support/pattern.h"
#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MANY = 70,
    JOBS = 40,
    TOOL_MS = 30000,
    TEXT_BYTES = 1024,
    SLOW_MS = 1000,
    CUT_MS = 10000,
    LARGE_BYTES = 20000000
};

#define KEYS "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

/* A gateway with a job of one large instance. */
static struct {
    struct temp_dir *dir;
    struct world *world;
} the;

static void request(const char *method, const char *path, struct http_response *ret_response)
{
    char *url = gateway_url_of(world_gateway(the.world), "%s", path);
    http_request(method, url, NULL, ret_response);
    free(url);
}

/* The path of the job, owned by the caller (free). */
static char *store(const char *peer, const char *label)
{
    struct http_response response;
    char *url =
        gateway_url_of(world_gateway(the.world), "/v1/peers/%s/get?output=store&label=%s", peer, label);
    http_post_json(url, KEYS, &response);
    free(url);
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    request("GET", "/v1/jobs?limit=1", &response);
    json_t *list = http_json(&response);
    http_response_release(&response);
    const json_t *job = json_array_get(json_object_get(list, "jobs"), 0);
    char *path = strdup(json_string_value(json_object_get(json_object_get(job, "links"), "self")));
    json_decref(list);
    return path;
}

/* Static. */
static const char *script_of_many(void)
{
    static char script[MANY * 256];
    size_t length = (size_t)snprintf(script, sizeof script, OPEN);
    for (int i = 1; i <= MANY; i++)
        length += (size_t)snprintf(script + length, sizeof script - length,
                                   "send C-STORE-RQ class=" CR_CLASS
                                   " uid=1.2.3.%d\nsend data pattern=%d bytes=%d\n" STORED,
                                   i, i, 200 + i);
    length += (size_t)snprintf(script + length, sizeof script - length, FINAL("0000", "70") RELEASE);
    assert_true(length < sizeof script);
    return script;
}

static int set_up(void **state)
{
    struct fault_peer peers[] = {
        {.name = "many", .script = script_of_many()},
        {.name = "none", .script = "refuse\n"},
        {.name = "main", .script = OPEN INSTANCE("1", "20000000") FINAL("0000", "1") RELEASE}};
    char members[TEXT_BYTES];
    (void)state;
    the.dir = temp_dir_new("files", NULL);
    if (the.dir == NULL)
        return -1;
    (void)snprintf(members, sizeof members,
                   "\"output-directory\": \"%s\", \"client-min-rate\": 100000, \"client-min-rate-window\": 1",
                   temp_dir_path(the.dir));
    the.world = world_start(peers, COUNT(peers), members);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_stop(the.world);
    temp_dir_free(the.dir);
    return 0;
}

/* The answer has begun. */
static struct raw_connection *begin_get(const char *job, const char *rest, const char *id)
{
    char text[TEXT_BYTES];
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(the.world)), NULL);
    assert_non_null(client);
    (void)snprintf(text, sizeof text,
                   "GET %s%s HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: %s\r\nConnection: close\r\n\r\n", job,
                   rest, id);
    world_expect_logged(the.world, id);
    assert_true(raw_send_text(client, text));
    assert_true(raw_receive_until(client, "\r\n\r\n", CUT_MS));
    assert_int_equal(strncmp(raw_received(client, NULL), "HTTP/1.1 200 ", 13), 0);
    return client;
}

/* Walks over a list by its pages; returns how many items it has, and how many pages in *ret_pages. Every name
 * is another one: they ascend, or descend where is_falling. */
static size_t walk(const char *list, const char *items, const char *key, const char *parameter,
                   bool is_falling, size_t *ret_pages)
{
    char path[TEXT_BYTES], last[128] = "";
    size_t count = 0;
    bool is_last = false;
    (void)snprintf(path, sizeof path, "%s", list);
    for (*ret_pages = 0; !is_last; ++*ret_pages) {
        struct http_response response;
        size_t index;
        const json_t *item;
        request("GET", path, &response);
        assert_int_equal(response.result, CURLE_OK);
        json_t *page = http_json(&response);
        assert_non_null(page);
        json_array_foreach(json_object_get(page, items), index, item)
        {
            const char *name = json_string_value(json_object_get(item, key));
            if (count++ > 0)
                assert_true(is_falling ? strcmp(name, last) < 0 : strcmp(name, last) > 0);
            (void)snprintf(last, sizeof last, "%s", name);
        }
        const char *next = json_string_value(json_object_get(page, "next"));
        is_last = next == NULL;
        if (!is_last) {
            assert_non_null(strstr(next, last));
            (void)snprintf(path, sizeof path, "%s&%s=%s", list, parameter, next);
        }
        json_decref(page);
        http_response_release(&response);
    }
    return count;
}

static void assert_unzips_to(const struct http_response *response, size_t entries)
{
    struct support_error err = {.text = ""};
    char *zip = temp_dir_join(the.dir, "many.zip"), *names = temp_dir_join(the.dir, "names");
    assert_int_equal(response->result, CURLE_OK);
    assert_true(file_write(zip, response->body, response->body_length, &err));
    const struct process_options test = {.argv = (const char *const[]){"unzip", "-tq", zip, NULL}};
    const struct process_options list = {.argv = (const char *const[]){"unzip", "-Z1", zip, NULL},
                                         .stdout_path = names};
    assert_true(process_run(&test, TOOL_MS, NULL, &err) && process_run(&list, TOOL_MS, NULL, &err));
    size_t length, lines = 0;
    char *text = (char *)file_read(names, &length, &err);
    for (const char *line = text; (line = strchr(line, '\n')) != NULL; line++)
        lines++;
    assert_int_equal(lines, entries);
    free(text);
    free(names);
    free(zip);
}

/* More than are read from the history at once. */
static void many_files_are_listed_and_archived(void **state)
{
    static const struct {
        size_t limit, pages;
    } rows[] = {{1, MANY + 1}, {31, 3}, {32, 3}, {33, 3}, {MANY, 2}, {MANY + 1, 1}, {MANY + 2, 1}};
    struct http_response response;
    char path[TEXT_BYTES];
    size_t pages;
    char *job = store("many", "many");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(path, sizeof path, "%s/files?limit=%zu", job, rows[i].limit);
        assert_int_equal(walk(path, "files", "name", "after", false, &pages), MANY + 1); /* and the outcome */
        assert_int_equal(pages, rows[i].pages);
    }
    (void)snprintf(path, sizeof path, "%s/zip", job);
    request("GET", path, &response);
    assert_unzips_to(&response, MANY + 1);
    http_response_release(&response);
    free(job);
}

static void many_jobs_are_listed(void **state)
{
    static const struct {
        size_t limit, pages;
    } rows[] = {{1, JOBS}, {16, 3}, {32, 2}, {JOBS - 1, 2}, {JOBS, 1}, {JOBS + 1, 1}};
    const char *const headers[] = {"Content-Type: application/json", "Prefer: respond-async", NULL};
    const struct http_options options = {.headers = headers, .body = KEYS};
    char *url = gateway_url_of(world_gateway(the.world), "/v1/peers/none/get?output=store");
    (void)state;
    for (size_t i = 0; i < JOBS; i++) {
        struct http_response response;
        http_request("POST", url, &options, &response);
        assert_int_equal(response.status, 202);
        http_response_release(&response);
    }
    free(url);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char path[TEXT_BYTES];
        size_t pages;
        (void)snprintf(path, sizeof path, "/v1/jobs?peer=none&limit=%zu", rows[i].limit);
        assert_int_equal(walk(path, "jobs", "id", "before", true, &pages), JOBS);
        assert_int_equal(pages, rows[i].pages);
    }
}

static void who_takes_too_slowly_is_cut(void **state)
{
    static const char *const rests[] = {"/files/CR.1.2.3.1", "/zip"};
    char *job = store("main", "slow");
    (void)state;
    for (size_t i = 0; i < COUNT(rests); i++) {
        char id[16], line[32];
        char *logged = NULL;
        (void)snprintf(id, sizeof id, "slow-%zu", i);
        (void)snprintf(line, sizeof line, "\"%s\"", id);
        struct raw_connection *client = begin_get(job, rests[i], id);
        int64_t start_ms = cgw_now_ms();
        assert_true(gateway_wait_log(world_gateway(the.world), line, CUT_MS, &logged, NULL));
        assert_in_range(cgw_now_ms() - start_ms, SLOW_MS / 2, 2 * SLOW_MS + NOISE_MS);
        assert_non_null(strstr(logged, "\"clientTimedOut\":true"));
        free(logged);
        raw_close(client);
    }
    free(job);
    world_assert_idle(the.world);
}

static void a_file_that_is_removed_while_it_is_given_is_given_whole(void **state)
{
    struct http_response response;
    size_t length = 0, left = 1;
    char *job = store("main", "removed"), *folder = temp_dir_join(the.dir, "removed");
    (void)state;
    struct raw_connection *client = begin_get(job, "/files/CR.1.2.3.1", "removed");
    char *path = NULL;
    assert_true(asprintf(&path, "%s?remove=true", job) > 0);
    request("DELETE", path, &response);
    assert_int_equal(response.status, 204);
    http_response_release(&response);
    free(path);
    char **files = file_list(folder, &left);
    assert_int_equal(left, 0);
    file_list_free(files, left);

    assert_true(raw_receive_all(client, CUT_MS, NULL));
    const char *answer = raw_received(client, &length);
    const char *body = strstr(answer, "\r\n\r\n") + 4;
    size_t body_length = length - (size_t)(body - answer);
    size_t header_length = body_length - LARGE_BYTES;
    assert_true(header_length < CGW_PART10_MAX_BYTES);
    assert_true(pattern_matches(1, 0, (const uint8_t *)body + header_length, LARGE_BYTES));
    raw_close(client);
    free(folder);
    free(job);
    world_assert_idle(the.world);
}

static void a_file_that_is_gone_is_404_and_its_name_is_not_logged(void **state)
{
    struct http_response response;
    char *job = store("main", "gone"), *path = temp_dir_join(the.dir, "gone/CR.1.2.3.1"), *url = NULL;
    (void)state;
    assert_int_equal(unlink(path), 0);
    free(path);
    assert_true(asprintf(&url, "%s/files/CR.1.2.3.1", job) > 0);
    request("GET", url, &response);
    json_t *problem = http_json(&response);
    assert_int_equal(response.status, 404);
    assert_string_equal(json_string_value(json_object_get(problem, "code")), "unknown-file");
    json_decref(problem);
    http_response_release(&response);
    free(url);
    assert_true(asprintf(&url, "%s/files/CR.1.2.3.1/", job) > 0);
    request("GET", url, &response);
    assert_int_equal(response.status, 404);
    http_response_release(&response);
    free(url);
    struct raw_connection *client = begin_get(job, "/zip", "gone");
    assert_true(raw_receive_all(client, CUT_MS, NULL));
    assert_null(strstr(raw_received(client, NULL), "\r\n0\r\n\r\n")); /* no last chunk */
    raw_close(client);
    free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_files_are_listed_and_archived),
        cmocka_unit_test(many_jobs_are_listed),
        cmocka_unit_test(who_takes_too_slowly_is_cut),
        cmocka_unit_test(a_file_that_is_gone_is_404_and_its_name_is_not_logged),
        cmocka_unit_test(a_file_that_is_removed_while_it_is_given_is_given_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
