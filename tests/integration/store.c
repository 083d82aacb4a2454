#include "integration/store.h"

#include "cgetway/deadline.h"

#include <poll.h>
#include <signal.h>

enum { JOB_MS = 60000, LOOK_EVERY_MS = 10 };

/* place: what says where it stores, with a comma behind it. */
static char *configuration(const char *place, const struct temp_dir *jobs, const char *members)
{
    char *text = NULL;
    json_t *peers = json_object();
    for (size_t i = 0; i < REAL_PEERS; i++)
        (void)json_object_set_new(peers, i == 0 ? at_dcmqrscp.name : at_orthanc.name,
                                  json_pack("{ss si ss}", "host", "127.0.0.1", "port",
                                            (int)peer_port(the_world.peers[i]), "called-aet",
                                            peer_ae_title(the_world.peers[i])));
    char *peers_text = json_dumps(peers, 0);
    assert_true(asprintf(&text, "{%s \"jobs-database\": \"%s/jobs.sqlite\", %s \"peers\": %s}", place,
                         temp_dir_path(jobs), members, peers_text) > 0);
    free(peers_text);
    json_decref(peers);
    return text;
}

char *store_configuration(const char *directory, const struct temp_dir *jobs, const char *members)
{
    char *place = NULL;
    assert_true(asprintf(&place, "\"output-directory\": \"%s\",", directory) > 0);
    char *text = configuration(place, jobs, members);
    free(place);
    return text;
}

static char *bucket_configuration(const struct store *store, const char *members)
{
    char *place = NULL;
    assert_true(asprintf(&place,
                         "\"output-bucket\": \"%s/a.prefix\", \"bucket-region\": \"%s\", "
                         "\"bucket-access-key\": \"%s\", \"bucket-secret-key\": \"%s\",",
                         bucket_server_url(store->bucket), BUCKET_SERVER_REGION, BUCKET_SERVER_ACCESS_KEY,
                         BUCKET_SERVER_SECRET_KEY) > 0);
    char *text = configuration(place, store->jobs, members);
    free(place);
    return text;
}

static void start_gateway(struct store *store, const char *members)
{
    struct support_error err = {.text = ""};
    char *text = store->bucket != NULL ? bucket_configuration(store, members)
                                       : store_configuration(temp_dir_path(store->dir), store->jobs, members);
    store->gateway = gateway_start(text, &err);
    assert_no_error(&err);
    free(text);
}

static void end_gateway(struct store *store, bool killed)
{
    struct support_error err = {.text = ""};
    struct process_exit ended;
    if (killed)
        (void)(process_signal(gateway_process(store->gateway), SIGKILL) &&
               process_wait_exit(gateway_process(store->gateway), STOP_TIMEOUT_MS, &ended, &err));
    else
        (void)gateway_stop(store->gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(store->gateway);
}

static struct store start(struct bucket_server *bucket, const char *members)
{
    struct support_error err = {.text = ""};
    struct store store = {
        .dir = temp_dir_new("store", &err), .jobs = temp_dir_new("jobs", &err), .bucket = bucket};
    assert_no_error(&err);
    start_gateway(&store, members);
    return store;
}

struct store store_start(const char *members)
{
    return start(NULL, members);
}

struct store store_start_in_bucket(const char *members)
{
    struct support_error err = {.text = ""};
    struct bucket_server *bucket = bucket_server_start(NULL, &err);
    assert_no_error(&err);
    return start(bucket, members);
}

void store_stop(struct store *store)
{
    end_gateway(store, false);
    bucket_server_stop(store->bucket);
    temp_dir_free(store->dir);
    temp_dir_free(store->jobs);
}

void store_restart(struct store *store, bool killed, const char *members)
{
    end_gateway(store, killed);
    start_gateway(store, members);
}

void store_post(const struct store *store, const struct at_peer *at, const char *query,
                const struct study *study, struct http_response *ret_response)
{
    char *url = gateway_url_of(store->gateway, "/v1/peers/%s/get%s", at->name, query);
    json_t *keys = study_keys(study);
    char *text = json_dumps(keys, 0);
    http_post_json(url, text, ret_response);
    free(text);
    json_decref(keys);
    free(url);
}

void store_request(const struct store *store, const char *method, const char *path,
                   const char *const *headers, struct http_response *ret_response)
{
    const struct http_options options = {.headers = headers};
    char *url = gateway_url_of(store->gateway, "%s", path);
    http_request(method, url, &options, ret_response);
    free(url);
}

char **store_files_of_getscu(const struct at_peer *at, const struct study *study, const char *directory,
                             size_t *ret_count)
{
    struct support_error err = {.text = ""};
    struct peer *peer = the_world.peers[at->index];
    char key[128];
    (void)snprintf(key, sizeof key, "StudyInstanceUID=%s", study->study_uid);
    const struct getscu_options options = {.port = peer_port(peer),
                                           .called_ae = peer_ae_title(peer),
                                           .keys =
                                               (const char *const[]){"QueryRetrieveLevel=STUDY", key, NULL},
                                           .output_directory = directory,
                                           .tcp_nodelay = true};
    (void)getscu_run(&options, NULL, &err);
    assert_no_error(&err);
    return file_list(directory, ret_count);
}

/* ---- jobs ---- */

json_t *store_ask(const struct store *store, const char *method, long status, const char *format, ...)
{
    char path[512] = "/v1/jobs";
    struct http_response response;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(path + strlen(path), sizeof path - strlen(path), format, args);
    va_end(args);
    store_request(store, method, path, NULL, &response);
    if (response.status != status || response.result != CURLE_OK)
        fail_msg("%s %s: status %ld in place of %ld: %.500s", method, path, response.status, status,
                 response.body == NULL ? "" : (const char *)response.body);
    json_t *json = http_json(&response);
    assert_int_equal(json != NULL, response.body_length > 0);
    http_response_release(&response);
    return json;
}

char *store_submit(const struct store *store, const struct at_peer *at, const char *query,
                   const struct study *study)
{
    char *url = gateway_url_of(store->gateway, "/v1/peers/%s/get%s", at->name, query);
    const char *const headers[] = {"Content-Type: application/json", "Prefer: respond-async", NULL};
    json_t *keys = study_keys(study);
    char *text = json_dumps(keys, 0);
    const struct http_options options = {.headers = headers, .body = text};
    char location[128];
    struct http_response response;
    http_request("POST", url, &options, &response);
    free(text);
    json_decref(keys);
    free(url);
    if (response.status != 202 || response.result != CURLE_OK)
        fail_msg("status %ld: %.500s", response.status, (const char *)response.body);
    assert_header(&response, "Preference-Applied", "respond-async");
    json_t *job = http_json(&response);
    char *id = strdup(json_string_value(json_object_get(job, "id")));
    (void)snprintf(location, sizeof location, "/v1/jobs/%s", id);
    assert_header(&response, "Location", location);
    json_decref(job);
    http_response_release(&response);
    return id;
}

json_t *store_wait(const struct store *store, const char *id)
{
    struct cgw_deadline deadline = cgw_deadline_in(JOB_MS);
    for (;;) {
        json_t *job = store_ask(store, "GET", 200, "/%s", id);
        const char *state = json_string_value(json_object_get(job, "state"));
        if (strcmp(state, "queued") != 0 && strcmp(state, "running") != 0)
            return job;
        json_decref(job);
        assert_false(cgw_deadline_passed(deadline));
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
}
