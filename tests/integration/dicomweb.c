#include "integration/dicomweb.h"

enum { TEXT_BYTES = 2048, UID_STUDY = 1, UID_SERIES = 2 };

static json_t *configuration_of(const struct world_peer *peers, const char *cache, const char *members)
{
    char text[TEXT_BYTES];
    (void)snprintf(text, sizeof text, "{\"cache-directory\": \"%s\"%s%s}", cache, members != NULL ? ", " : "",
                   members != NULL ? members : "");
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *list = json_object();
    assert_non_null(json);
    for (size_t i = 0; i < the_world.peer_count; i++) {
        const struct peer *peer = the_world.peers[i];
        (void)json_object_set_new(list, peers[i].name,
                                  json_pack("{ss si ss}", "host", "127.0.0.1", "port", (int)peer_port(peer),
                                            "called-aet", peer_ae_title(peer)));
    }
    (void)json_object_set_new(json, "peers", list);
    return json;
}

bool dicomweb_start(const struct world_peer *peers, size_t count, const char *members)
{
    struct world *world = &the_world;
    struct peer_options options[MAX_PEERS];
    char *cache = temp_dir_mkdir(world->dir, "cache", &world->err);
    assert_true(count <= MAX_PEERS);
    for (size_t i = 0; i < count; i++)
        options[i] = peers[i].options;
    world->peer_count = count;
    if (cache != NULL && peers_start(options, count, world->peers, &world->err)) {
        json_t *json = configuration_of(peers, cache, members);
        char *text = json_dumps(json, 0);
        world->gateway = gateway_start(text, &world->err);
        json_decref(json);
        free(text);
    }
    free(cache);
    if (world->gateway == NULL)
        print_error("%s\n", world->err.text);
    return world->gateway != NULL;
}

/* ---- instances ---- */

/* The tool, if any, takes the file's place. */
static bool encode(struct dicomweb_image *image, const char *const *tool)
{
    if (tool == NULL)
        return true;
    struct study_instance instance = {.path = image->file};
    bool good = study_instance_encode(&instance, tool, &the_world.err);
    image->file = instance.path;
    return good;
}

bool dicomweb_image_make(const struct image_options *options, const char *const *tool,
                         struct dicomweb_image *ret_image)
{
    char name[64];
    *ret_image = (struct dicomweb_image){.options = *options};
    study_uid(options->seed, 3, ret_image->instance);
    ret_image->options.instance = ret_image->instance;
    (void)snprintf(name, sizeof name, "image-%llu.dcm", (unsigned long long)options->seed);
    ret_image->file = temp_dir_join(the_world.dir, name);
    (void)snprintf(ret_image->path, sizeof ret_image->path, "/studies/%s/series/%s/instances/%s",
                   options->study, options->series, ret_image->instance);
    bool good = ret_image->file != NULL &&
                image_write(ret_image->file, &ret_image->options, &the_world.err) && encode(ret_image, tool);
    if (!good)
        print_error("%s\n", the_world.err.text);
    return good;
}

void dicomweb_study_path(const struct study *study, char path[DICOMWEB_PATH_BYTES])
{
    (void)snprintf(path, DICOMWEB_PATH_BYTES, "/studies/%s", study->study_uid);
}

void dicomweb_series_path(const struct study *study, size_t series, char path[DICOMWEB_PATH_BYTES])
{
    (void)snprintf(path, DICOMWEB_PATH_BYTES, "/studies/%s/series/%s", study->study_uid,
                   study->series_uids[series]);
}

void dicomweb_instance_path(const struct study *study, size_t index, char path[DICOMWEB_PATH_BYTES])
{
    const struct study_instance *instance = &study->instances[index];
    (void)snprintf(path, DICOMWEB_PATH_BYTES, "/studies/%s/series/%s/instances/%s", study->study_uid,
                   study->series_uids[instance->series], instance->sop_instance);
}

/* ---- requests ---- */

void dicomweb_request(const char *method, const struct at_peer *at, const char *path, const char *rest,
                      const char *const *headers, struct http_response *ret_response)
{
    char *url = gateway_url_of(at->world->gateway, "/v1/peers/%s/dicom-web%s%s", at->name, path, rest);
    const struct http_options options = {.headers = headers};
    assert_non_null(url);
    http_request(method, url, &options, ret_response);
    free(url);
}

void dicomweb_get(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                  struct http_response *ret_response)
{
    char field[1024];
    (void)snprintf(field, sizeof field, "Accept:%s%s", accept != NULL ? " " : "",
                   accept != NULL ? accept : "");
    const char *const headers[] = {field, NULL};
    dicomweb_request("GET", at, path, rest, headers, ret_response);
}

static void assert_length(const struct http_response *response)
{
    char expected[32], *length = http_header(response, "Content-Length");
    (void)snprintf(expected, sizeof expected, "%zu", response->body_length);
    if (length != NULL)
        assert_string_equal(length, expected);
    else
        assert_header(response, "Transfer-Encoding", "chunked");
    free(length);
}

void assert_body(const struct http_response *response, const char *type)
{
    if (response->status != 200 || response->result != CURLE_OK)
        fail_msg("status %ld, curl %s: %.500s", response->status, curl_easy_strerror(response->result),
                 response->body == NULL ? "" : (const char *)response->body);
    if (type != NULL)
        assert_header(response, "Content-Type", type);
    assert_length(response);
}

static void assert_only_type(const struct multipart_part *part)
{
    static const char name[] = "Content-Type: ";
    assert_true(part->headers_length > strlen(name) && part->headers_length < 1000);
    assert_memory_equal(part->headers, name, strlen(name));
    assert_null(memmem(part->headers, part->headers_length, "\r\n", 2));
}

void dicomweb_get_parts(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                        const char *type, struct dicomweb_parts *ret_parts)
{
    struct support_error err = {.text = ""};
    dicomweb_get(at, path, rest, accept, &ret_parts->response);
    assert_body(&ret_parts->response, NULL);
    char *whole = http_header(&ret_parts->response, "Content-Type");
    assert_non_null(whole);
    if (strncmp(whole, "multipart/related;", strlen("multipart/related;")) != 0)
        fail_msg("%s%s (%s) is %s", path, rest, accept, whole);
    char *root = media_type_parameter(whole, "type");
    assert_string_equal(root, type);
    (void)multipart_parse(whole, ret_parts->response.body, ret_parts->response.body_length, &ret_parts->body,
                          &err);
    assert_no_error(&err);
    assert_int_equal(ret_parts->body.end, MULTIPART_CLOSED);
    for (size_t i = 0; i < ret_parts->body.count; i++)
        assert_only_type(&ret_parts->body.parts[i]);
    free(root);
    free(whole);
}

void dicomweb_parts_release(struct dicomweb_parts *parts)
{
    multipart_release(&parts->body);
    http_response_release(&parts->response);
}

void assert_part(const struct dicomweb_parts *parts, size_t index, const char *type, const void *bytes,
                 size_t length)
{
    assert_true(index < parts->body.count);
    const struct multipart_part *part = &parts->body.parts[index];
    char *own = multipart_header(part, "Content-Type");
    assert_string_equal(own, type);
    free(own);
    assert_int_equal(part->body_length, length);
    assert_memory_equal(part->body, bytes, length);
}

void assert_single(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                   const char *type, const void *bytes, size_t length)
{
    struct http_response response;
    dicomweb_get(at, path, rest, accept, &response);
    assert_body(&response, type);
    assert_int_equal(response.body_length, length);
    assert_memory_equal(response.body, bytes, length);
    http_response_release(&response);
}

void assert_refused(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                    long status, const char *code, const char *detail)
{
    struct http_response response;
    dicomweb_get(at, path, rest, accept, &response);
    if (response.status != status)
        fail_msg("%s%s (%s): status %ld, expected %ld: %.500s", path, rest, accept != NULL ? accept : "-",
                 response.status, status, response.body == NULL ? "" : (const char *)response.body);
    json_t *problem = take_problem(&response, status, code);
    const char *told = json_string_value(json_object_get(problem, "detail"));
    if (detail != NULL && strstr(told, detail) == NULL)
        fail_msg("%s%s: %s does not name %s", path, rest, told, detail);
    json_decref(problem);
}

uint8_t *dcmconv_of(const char *path, const char *option, size_t *ret_length)
{
    char target[1024];
    struct support_error err = {.text = ""};
    (void)snprintf(target, sizeof target, "%s.dcmconv", path);
    const char *const argv[] = {"dcmconv", option, path, target, NULL};
    const struct process_options run = {.argv = argv};
    uint8_t *bytes =
        process_run(&run, TOOL_TIMEOUT_MS, NULL, &err) ? file_read(target, ret_length, &err) : NULL;
    assert_no_error(&err);
    return bytes;
}
