#include "job_world.h"

#include "cgetway/deadline.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 10, TEXT_BYTES = 1024 };

static void write_place(const struct jobs *jobs, char text[TEXT_BYTES])
{
    if (jobs->bucket == NULL)
        (void)snprintf(text, TEXT_BYTES, "\"output-directory\": \"%s\"", temp_dir_path(jobs->dir));
    else
        (void)snprintf(text, TEXT_BYTES,
                       "\"output-bucket\": \"%s\", \"bucket-region\": \"%s\", \"bucket-access-key\": \"%s\", "
                       "\"bucket-secret-key\": \"%s\", \"bucket-part-size\": \"5M\"",
                       bucket_server_url(jobs->bucket), BUCKET_SERVER_REGION, BUCKET_SERVER_ACCESS_KEY,
                       BUCKET_SERVER_SECRET_KEY);
}

void jobs_start_again(struct jobs *jobs, const char *script, const char *peer_members, const char *members)
{
    char place[TEXT_BYTES], text[2 * TEXT_BYTES];
    const struct fault_peer peer = {.name = "main", .script = script, .members = peer_members};
    write_place(jobs, place);
    (void)snprintf(text, sizeof text, "%s, \"jobs-database\": \"%s/jobs.sqlite\"%s%s", place,
                   temp_dir_path(jobs->database), members[0] != '\0' ? ", " : "", members);
    jobs->world = world_start(&peer, 1, text);
}

static struct jobs start(const char *script, const char *members, bool in_bucket)
{
    struct support_error err = {.text = ""};
    struct jobs jobs = {.dir = temp_dir_new("store", &err), .database = temp_dir_new("jobs", &err)};
    assert_true(jobs.dir != NULL && jobs.database != NULL);
    if (in_bucket)
        assert_non_null(jobs.bucket = bucket_server_start(NULL, &err));
    jobs_start_again(&jobs, script, NULL, members);
    return jobs;
}

struct jobs jobs_start(const char *script, const char *members)
{
    return start(script, members, false);
}

struct jobs jobs_start_in_bucket(const char *script, const char *members)
{
    return start(script, members, true);
}

void jobs_end(struct jobs *jobs)
{
    bucket_server_stop(jobs->bucket);
    temp_dir_free(jobs->dir);
    temp_dir_free(jobs->database);
}

json_t *jobs_ask(const struct jobs *jobs, const char *method, const char *path, long status)
{
    struct http_response response;
    const struct http_options options = {.headers = NULL};
    char *url = gateway_url_of(world_gateway(jobs->world), "%s", path);
    http_request(method, url, &options, &response);
    free(url);
    if (response.status != status)
        fail_msg("%s %s: %ld, not %ld: %s", method, path, response.status, status, response.body);
    json_t *json = http_json(&response);
    http_response_release(&response);
    return json;
}

json_t *jobs_ask_job(const struct jobs *jobs, const char *method, const char *rest, long status)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "/v1/jobs/%s%s", jobs->id, rest);
    return jobs_ask(jobs, method, path, status);
}

void jobs_submit(struct jobs *jobs)
{
    struct http_response response;
    const char *const headers[] = {"Content-Type: application/json", "Prefer: respond-async", NULL};
    const struct http_options options = {.headers = headers, .body = JOBS_KEYS};
    char *url = gateway_url_of(world_gateway(jobs->world), "/v1/peers/main/get?output=store");
    http_request("POST", url, &options, &response);
    free(url);
    assert_int_equal(response.status, 202);
    json_t *job = http_json(&response);
    (void)snprintf(jobs->id, sizeof jobs->id, "%s", json_string_value(json_object_get(job, "id")));
    json_decref(job);
    http_response_release(&response);
}

bool jobs_is_in_state(const struct jobs *jobs, const char *state)
{
    json_t *job = jobs_ask_job(jobs, "GET", "", 200);
    bool is_so = strcmp(json_string_value(json_object_get(job, "state")), state) == 0;
    json_decref(job);
    return is_so;
}

void jobs_wait_for_state(const struct jobs *jobs, const char *state, int64_t timeout_ms)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    while (!jobs_is_in_state(jobs, state)) {
        if (cgw_deadline_passed(deadline)) {
            json_t *job = jobs_ask_job(jobs, "GET", "", 200);
            char *text = json_dumps(job, JSON_INDENT(1));
            print_message("%s\n", text);
            fail_msg("the job is not %s", state);
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
}

void jobs_assert_files(const struct jobs *jobs, const char *expected)
{
    char names[TEXT_BYTES] = "";
    size_t index;
    const json_t *file;
    json_t *list = jobs_ask_job(jobs, "GET", "/files", 200);
    json_array_foreach(json_object_get(list, "files"), index, file)
    {
        const char *name = json_string_value(json_object_get(file, "name"));
        if (strncmp(name, "outcome-", 8) != 0)
            (void)snprintf(names + strlen(names), sizeof names - strlen(names), "%s ", name);
    }
    json_decref(list);
    assert_string_equal(names, expected);
}

void jobs_kill_gateway(struct jobs *jobs)
{
    struct support_error err = {.text = ""};
    struct process_exit ended;
    struct process *process = gateway_process(world_gateway(jobs->world));
    assert_true(process_signal(process, SIGKILL));
    assert_true(process_wait_exit(process, SIGNAL_MS, &ended, &err));
    world_free(jobs->world);
}
