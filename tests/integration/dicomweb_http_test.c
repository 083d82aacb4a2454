/*
 * What holds for every DICOMweb resource: pages of other origins, methods, and paths that name nothing.
 */
#include "integration/dicomweb.h"

enum { RESOURCES = 13, LONG_PATH_BYTES = 4096 };

#define VIEWER "https://viewer.example.org"
#define LOCAL_VIEWER "http://localhost:3000"
#define STRANGER "https://stranger.example.org"

static struct study *study;
static char image[DICOMWEB_PATH_BYTES], series[DICOMWEB_PATH_BYTES], whole[DICOMWEB_PATH_BYTES],
    bulk_data[DICOMWEB_PATH_BYTES], wado[DICOMWEB_PATH_BYTES];

/* Paths, with what is put behind them. */
static const struct {
    const char *path, *rest;
} resources[RESOURCES] = {
    {"", "/studies"},     {whole, ""},           {whole, "/metadata"}, {whole, "/thumbnail"},
    {whole, "/series"},   {series, "/metadata"}, {series, ""},         {image, ""},
    {image, "/metadata"}, {image, "/frames/1"},  {image, "/rendered"}, {image, bulk_data},
    {wado, ""},
};

static int set_up(void **state)
{
    const struct study_options options = {.seed = 61};
    (void)state;
    at_orthanc.index = 0;
    study = world_begin() ? world_study("study", &options) : NULL;
    if (study == NULL)
        return -1;
    const struct study_instance *instance = &study->instances[0];
    dicomweb_study_path(study, whole);
    dicomweb_series_path(study, 0, series);
    dicomweb_instance_path(study, 0, image);
    (void)snprintf(bulk_data, sizeof bulk_data, "/bulkdata/%s/%s/7FE00010", study->series_uids[0],
                   instance->sop_instance);
    (void)snprintf(wado, sizeof wado, "/wado?requestType=WADO&studyUID=%s&seriesUID=%s&objectUID=%s",
                   study->study_uid, study->series_uids[0], instance->sop_instance);
    const char *const files[] = {instance->path};
    const struct world_peer peers[] = {
        {at_orthanc.name, {.kind = PEER_ORTHANC, .files = files, .file_count = 1}}};
    return dicomweb_start(peers, 1, "\"cors-origins\": \"" VIEWER "," LOCAL_VIEWER "\"") ? 0 : -1;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(study);
    return result;
}

/* A gateway beside that of the world, which knows the same peer. */
static struct gateway *start_other(const char *members)
{
    struct support_error err = {.text = ""};
    const struct peer *peer = the_world.peers[0];
    char *text = gateway_configuration(at_orthanc.name, peer_port(peer), peer_ae_title(peer), members);
    struct gateway *gateway = gateway_start(text, &err);
    assert_no_error(&err);
    free(text);
    return gateway;
}

static void stop_other(struct gateway *gateway)
{
    struct support_error err = {.text = ""};
    assert_true(gateway_stop(gateway, STOP_TIMEOUT_MS, &err));
    gateway_free(gateway);
}

/* ---- pages of other origins ---- */

static void request_at(struct gateway *gateway, const char *method, const char *path,
                       const char *const *headers, struct http_response *ret_response)
{
    char *url = gateway_url_of(gateway, "%s", path);
    const struct http_options options = {.headers = headers,
                                         .body = strcmp(method, "POST") == 0 ? "{}" : NULL};
    http_request(method, url, &options, ret_response);
    free(url);
}

static void assert_no_header(const struct http_response *response, const char *name)
{
    char *value = http_header(response, name);
    if (value != NULL)
        fail_msg("%s: %s", name, value);
}

#define varies_by_origin(response) (strcasestr((response)->headers, "\r\nVary: Origin\r\n") != NULL)

static void assert_allows(const struct http_response *response, const char *origin)
{
    assert_header(response, "Access-Control-Allow-Origin", origin);
    assert_header(response, "Cross-Origin-Resource-Policy", "cross-origin");
    char *exposed = http_header(response, "Access-Control-Expose-Headers");
    static const char *const names[] = {"Content-Type",       "Content-Length", "Content-Location",
                                        "X-Request-Id",       "Warning",        "ETag",
                                        "Content-Disposition"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(strstr(exposed, names[i]));
    free(exposed);
    assert_int_equal(varies_by_origin(response), strcmp(origin, "*") != 0);
}

static void assert_allows_nothing(const struct http_response *response)
{
    assert_no_header(response, "Access-Control-Allow-Origin");
    assert_no_header(response, "Access-Control-Expose-Headers");
    assert_no_header(response, "Access-Control-Allow-Methods");
    assert_no_header(response, "Access-Control-Allow-Headers");
}

static const char *const from_viewer[] = {"Origin: " VIEWER, NULL};
static const char *const from_stranger[] = {"Origin: " STRANGER, NULL};

static void a_listed_origin_may_read_every_resource(void **state)
{
    struct http_response response;
    for (size_t i = 0; i < RESOURCES; i++) {
        dicomweb_request("GET", *state, resources[i].path, resources[i].rest, from_viewer, &response);
        assert_body(&response, NULL);
        assert_allows(&response, VIEWER);
        http_response_release(&response);
    }
    static const char *const other[] = {"Origin: " LOCAL_VIEWER, NULL};
    dicomweb_request("GET", *state, image, "/metadata", other, &response);
    assert_allows(&response, LOCAL_VIEWER);
    http_response_release(&response);
    /* It may also read what is wrong. */
    dicomweb_request("GET", *state, image, "/frames/7", from_viewer, &response);
    assert_int_equal(response.status, 404);
    assert_allows(&response, VIEWER);
    http_response_release(&response);
}

static void no_other_origin_may(void **state)
{
    static const char *const origins[] = {STRANGER,
                                          "null",
                                          "",
                                          "https://viewer.example.org.evil.example",
                                          "https://viewer.example.org:8443",
                                          "http://viewer.example.org",
                                          VIEWER "," LOCAL_VIEWER,
                                          "*",
                                          VIEWER "/"};
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        char field[256];
        struct http_response response;
        (void)snprintf(field, sizeof field, "Origin: %s", origins[i]);
        const char *const headers[] = {field, NULL};
        dicomweb_request("GET", *state, image, "/metadata", headers, &response);
        assert_int_equal(response.status, 200);
        assert_allows_nothing(&response);
        assert_true(varies_by_origin(&response));
        http_response_release(&response);
    }
    struct http_response response;
    dicomweb_request("GET", *state, image, "/metadata", NULL, &response);
    assert_allows_nothing(&response);
    assert_true(varies_by_origin(&response));
    http_response_release(&response);
}

static void browsers_that_ask_first_are_told(void **state)
{
    static const char *const headers[] = {"Origin: " VIEWER, "Access-Control-Request-Method: GET",
                                          "Access-Control-Request-Headers: authorization,range", NULL};
    static const char *const stranger[] = {"Origin: " STRANGER, "Access-Control-Request-Method: GET", NULL};
    static const char *const rests[] = {"/studies", "/nothing/is/here", ""};
    const struct at_peer *at = *state;
    struct http_response response;
    for (size_t i = 0; i < 3; i++) {
        dicomweb_request("OPTIONS", at, "", rests[i], headers, &response);
        assert_int_equal(response.status, 204);
        assert_int_equal(response.body_length, 0);
        assert_allows(&response, VIEWER);
        char *methods = http_header(&response, "Access-Control-Allow-Methods");
        char *names = http_header(&response, "Access-Control-Allow-Headers");
        assert_non_null(strstr(methods, "GET"));
        static const char *const wanted[] = {"accept",        "authorization", "range",
                                             "if-none-match", "traceparent",   "content-type"};
        for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
            assert_non_null(strstr(names, wanted[k]));
        assert_header(&response, "Access-Control-Max-Age", "7200");
        http_response_release(&response);
        free(methods);
        free(names);
        dicomweb_request("OPTIONS", at, "", rests[i], stranger, &response);
        assert_int_equal(response.status, 204);
        assert_allows_nothing(&response);
        assert_true(varies_by_origin(&response));
        http_response_release(&response);
    }
}

static void a_star_allows_every_page(void **state)
{
    (void)state;
    struct gateway *gateway = start_other("\"cors-origins\": \"*\"");
    struct http_response response;
    request_at(gateway, "GET", "/v1/peers", from_stranger, &response);
    assert_int_equal(response.status, 200);
    assert_allows(&response, "*");
    http_response_release(&response);
    request_at(gateway, "GET", "/v1/peers", NULL, &response);
    assert_allows_nothing(&response);
    http_response_release(&response);
    stop_other(gateway);
}

static void without_origins_nothing_is_said(void **state)
{
    (void)state;
    static const char *const preflight[] = {"Origin: " VIEWER, "Access-Control-Request-Method: GET", NULL};
    struct gateway *gateway = start_other(NULL);
    struct http_response response;
    request_at(gateway, "GET", "/v1/peers", from_viewer, &response);
    assert_int_equal(response.status, 200);
    assert_allows_nothing(&response);
    assert_false(varies_by_origin(&response));
    http_response_release(&response);
    request_at(gateway, "OPTIONS", "/v1/peers", preflight, &response);
    assert_int_equal(response.status, 204);
    assert_allows_nothing(&response);
    http_response_release(&response);
    stop_other(gateway);
}

/* A page of another site may send a form without asking; browsers say so. */
static void only_a_listed_origin_may_post_from_another_site(void **state)
{
    static const char *const strange[] = {"Origin: " STRANGER, "Sec-Fetch-Site: cross-site", NULL};
    static const char *const listed[] = {"Origin: " VIEWER, "Sec-Fetch-Site: cross-site", NULL};
    static const char *const unnamed[] = {"Sec-Fetch-Site: cross-site", NULL};
    struct http_response response;
    (void)state;
    request_at(the_world.gateway, "POST", "/v1/peers/orthanc/echo", strange, &response);
    json_decref(take_problem(&response, 403, "cross-site"));
    request_at(the_world.gateway, "POST", "/v1/peers/orthanc/echo", unnamed, &response);
    json_decref(take_problem(&response, 403, "cross-site"));
    request_at(the_world.gateway, "POST", "/v1/peers/orthanc/echo", listed, &response);
    if (response.status == 403)
        fail_msg("%s", (const char *)response.body);
    assert_allows(&response, VIEWER);
    http_response_release(&response);
}

/* ---- without a cache-directory ---- */

static void get_at(struct gateway *gateway, size_t resource, struct http_response *ret_response)
{
    static const char *const none[] = {NULL};
    char path[2 * DICOMWEB_PATH_BYTES];
    (void)snprintf(path, sizeof path, "/v1/peers/orthanc/dicom-web%s%s", resources[resource].path,
                   resources[resource].rest);
    request_at(gateway, "GET", path, none, ret_response);
}

/* Every read goes to the peer, and gives the same. */
static void without_a_cache_everything_is_the_same(void **state)
{
    (void)state;
    struct gateway *gateway = start_other(NULL);
    for (size_t i = 0; i < RESOURCES; i++) {
        struct http_response here, there;
        get_at(the_world.gateway, i, &here);
        get_at(gateway, i, &there);
        assert_body(&there, NULL);
        char *type = http_header(&there, "Content-Type");
        assert_int_equal(there.body_length, here.body_length);
        if (strncmp(type, "multipart/", 10) != 0) /* the boundaries differ */
            assert_memory_equal(there.body, here.body, here.body_length);
        free(type);
        http_response_release(&here);
        http_response_release(&there);
    }
    stop_other(gateway);
}

/* ---- methods ---- */

static void the_base_tells_what_there_is(void **state)
{
    static const char program[] = "import sys, urllib.request, xml.etree.ElementTree as e\n"
                                  "for u in sys.argv[1:]:\n"
                                  "    r = urllib.request.Request(u, method='OPTIONS')\n"
                                  "    a = urllib.request.urlopen(r, timeout=20)\n"
                                  "    assert a.status == 200, a.status\n"
                                  "    t = a.headers['Content-Type']\n"
                                  "    assert t == 'application/vnd.sun.wadl+xml', t\n"
                                  "    x = e.fromstring(a.read())\n"
                                  "    assert x.tag.endswith('}application'), x.tag\n"
                                  "    assert x.findall('.//{*}resource[@path=\"studies\"]')\n";
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    char *bare = gateway_url_of(the_world.gateway, "/v1/peers/%s/dicom-web", at->name);
    char *slash = gateway_url_of(the_world.gateway, "/v1/peers/%s/dicom-web/", at->name);
    const char *const argv[] = {CGW_PYTHON, "-c", program, bare, slash, NULL};
    const struct process_options run = {
        .argv = argv, .stdout_path = "/dev/stderr", .stderr_path = "/dev/stderr"};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    free(bare);
    free(slash);
    struct http_response response;
    request_at(the_world.gateway, "OPTIONS", "/v1/peers/nobody/dicom-web", NULL, &response);
    json_decref(take_problem(&response, 404, "unknown-peer"));
}

static void head_is_get_without_a_body(void **state)
{
    static const char *const same[] = {"Content-Type",   "ETag", "Cache-Control",
                                       "Content-Length", "Vary", "Content-Disposition"};
    for (size_t i = 0; i < RESOURCES; i++) {
        struct http_response get, head;
        dicomweb_request("GET", *state, resources[i].path, resources[i].rest, NULL, &get);
        dicomweb_request("HEAD", *state, resources[i].path, resources[i].rest, NULL, &head);
        assert_int_equal(get.status, 200);
        assert_int_equal(head.status, 200);
        assert_int_equal(head.body_length, 0);
        for (size_t k = 0; k < sizeof same / sizeof same[0]; k++) {
            char *of_get = http_header(&get, same[k]), *of_head = http_header(&head, same[k]);
            if (k == 0 && of_get != NULL && strncmp(of_get, "multipart/", 10) == 0 && of_head != NULL)
                of_get[17] = of_head[17] = '\0'; /* the boundary differs */
            bool is_same = of_get == NULL || (of_head != NULL && strcmp(of_get, of_head) == 0);
            if (!is_same)
                fail_msg("%s%s: %s is %s and %s", resources[i].path, resources[i].rest, same[k], of_get,
                         of_head);
            free(of_get);
            free(of_head);
        }
        http_response_release(&get);
        http_response_release(&head);
    }
}

/* Nobody asked for a body, so nobody left before it came. */
static void head_is_no_failure_in_the_log(void **state)
{
    for (size_t i = 0; i < RESOURCES; i++) {
        char field[64], id[32];
        struct http_response response;
        (void)snprintf(id, sizeof id, "head-%zu", i);
        (void)snprintf(field, sizeof field, "X-Request-Id: %s", id);
        const char *const headers[] = {field, NULL};
        dicomweb_request("HEAD", *state, resources[i].path, resources[i].rest, headers, &response);
        http_response_release(&response);
        char *line = NULL;
        assert_true(gateway_wait_log(the_world.gateway, id, STOP_TIMEOUT_MS, &line, NULL));
        if (strstr(line, "\"error\"") != NULL)
            fail_msg("%s%s: %s", resources[i].path, resources[i].rest, line);
        free(line);
    }
}

/* Whatever came there would be taken for the next answer. */
static void nothing_follows_the_header_of_a_head(void **state)
{
    const struct at_peer *at = *state;
    for (size_t i = 0; i < RESOURCES; i++) {
        char text[4 * DICOMWEB_PATH_BYTES];
        struct raw_connection *client = raw_connect(gateway_port(the_world.gateway), NULL);
        assert_non_null(client);
        (void)snprintf(text, sizeof text,
                       "HEAD /v1/peers/%s/dicom-web%s%s HTTP/1.1\r\nHost: g\r\n\r\n"
                       "GET /healthz HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n",
                       at->name, resources[i].path, resources[i].rest);
        assert_true(raw_send_text(client, text));
        assert_true(raw_receive_all(client, STOP_TIMEOUT_MS, NULL));
        const char *end = strstr(raw_received(client, NULL), "\r\n\r\n");
        assert_non_null(end);
        if (end[4] != '\0' && strncmp(end + 4, "HTTP/1.1 200", 12) != 0)
            fail_msg("%s%s: %.40s", resources[i].path, resources[i].rest, end + 4);
        raw_close(client);
    }
}

static void other_methods_are_refused(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH"};
    for (size_t i = 0; i < RESOURCES; i++) {
        struct http_response response;
        for (size_t k = 0; k < sizeof methods / sizeof methods[0]; k++) {
            dicomweb_request(methods[k], *state, resources[i].path, resources[i].rest, NULL, &response);
            assert_header(&response, "Allow", "GET, HEAD, OPTIONS");
            json_decref(take_problem(&response, 405, "method-not-allowed"));
        }
        dicomweb_request("OPTIONS", *state, resources[i].path, resources[i].rest, NULL, &response);
        assert_int_equal(response.status, 204);
        assert_header(&response, "Allow", "GET, HEAD, OPTIONS");
        http_response_release(&response);
    }
}

/* Where its end is all that tells that it is whole, a client that cannot see a cut is given nothing. */
static void http_1_0_is_given_what_has_a_length_only(void **state)
{
    static const struct {
        const char *path, *rest, *accept;
        bool is_given;
    } table[] = {
        {whole, "", "*/*", false},
        {whole, "", "application/zip", false},
        {whole, "/metadata", "*/*", false},
        {image, "", "*/*", false},
        {image, "", "application/dicom", true},
        {image, "", "application/dicom; transfer-syntax=" DEFLATED_LE, false},
        {image, "/frames/1", "*/*", true},
        {image, "/frames/1", "application/octet-stream", true},
        {image, "/rendered", "*/*", true},
        {image, bulk_data, "*/*", true},
        {wado, "", "*/*", true},
        {wado, "&contentType=application/dicom", "*/*", true},
        {wado, "&contentType=application/dicom&transferSyntax=" DEFLATED_LE, "*/*", false},
    };
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char field[128];
        struct http_response response;
        char *url = gateway_url_of(the_world.gateway, "/v1/peers/%s/dicom-web%s%s", at->name, table[i].path,
                                   table[i].rest);
        (void)snprintf(field, sizeof field, "Accept: %s", table[i].accept);
        const char *const headers[] = {field, NULL};
        const struct http_options options = {.headers = headers, .http10 = true};
        http_request("GET", url, &options, &response);
        if (response.status != (table[i].is_given ? 200 : 505))
            fail_msg("%s%s (%s): status %ld", table[i].path, table[i].rest, table[i].accept, response.status);
        char *length = http_header(&response, "Content-Length");
        assert_non_null(length);
        free(length);
        http_response_release(&response);
        free(url);
    }
}

/* ---- paths ---- */

static void an_unknown_peer_is_not_found(void **state)
{
    struct at_peer nobody = {.world = &the_world, .name = "nobody"};
    (void)state;
    for (size_t i = 0; i < RESOURCES; i++)
        assert_refused(&nobody, resources[i].path, resources[i].rest, NULL, 404, "unknown-peer", "nobody");
}

static void an_unknown_study_is_not_found(void **state)
{
    static const char *const rests[] = {
        "",
        "/metadata",
        "/thumbnail",
        "/series/1.2.4",
        "/series/1.2.4/metadata",
        "/series/1.2.4/thumbnail",
        "/series/1.2.4/instances/1.2.5",
        "/series/1.2.4/instances/1.2.5/metadata",
        "/series/1.2.4/instances/1.2.5/frames/1",
        "/series/1.2.4/instances/1.2.5/rendered",
        "/series/1.2.4/instances/1.2.5/frames/1/rendered",
        "/series/1.2.4/instances/1.2.5/thumbnail",
        "/bulkdata/1.2.4/1.2.5/7FE00010",
    };
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        assert_refused(*state, "/studies/1.2.3", rests[i], NULL, 404, "no-match", NULL);
        if (strncmp(rests[i], "/series", 7) == 0) /* of a study that is there */
            assert_refused(*state, whole, rests[i], NULL, 404, "no-match", NULL);
    }
    assert_refused(*state, series, "/instances/1.2.5", NULL, 404, "no-match", NULL);
    assert_refused(*state, series, "/instances/1.2.5/frames/1", NULL, 404, "no-match", NULL);
}

/* An instance is in one series of one study: under another one there is none. */
static void an_instance_is_not_found_in_another_series(void **state)
{
    char path[2 * DICOMWEB_PATH_BYTES];
    struct http_response response;
    dicomweb_request("GET", *state, image, "/metadata", NULL, &response); /* it is in the cache */
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    (void)snprintf(path, sizeof path, "%s/series/1.2.4/instances/%s", whole,
                   study->instances[0].sop_instance);
    assert_refused(*state, path, "/metadata", NULL, 404, "no-match", NULL);
    assert_refused(*state, path, "/frames/1", NULL, 404, "no-match", NULL);
    /* Orthanc looks at the lower keys only, and sends it: that is not what was asked for. */
    (void)snprintf(path, sizeof path, "/studies/1.2.3/series/%s/instances/%s", study->series_uids[0],
                   study->instances[0].sop_instance);
    dicomweb_request("GET", *state, path, "", NULL, &response);
    if (response.status != 404)
        json_decref(take_problem(&response, 502, "incomplete"));
    else
        http_response_release(&response);
}

static void wado_uri_is_there_without_dicom_web_too(void **state)
{
    const struct at_peer *at = *state;
    char path[2 * DICOMWEB_PATH_BYTES];
    struct http_response response;
    (void)snprintf(path, sizeof path, "/v1/peers/%s%s&contentType=application/dicom", at->name, wado);
    request_at(the_world.gateway, "GET", path, NULL, &response);
    assert_body(&response, "application/dicom; transfer-syntax=" EXPLICIT_LE);
    http_response_release(&response);
}

static void what_is_no_uid_is_refused(void **state)
{
    static const char *const bad[] = {"a",
                                      "1.2.x",
                                      "1..2",
                                      "1.2.",
                                      ".1.2",
                                      "1.2*",
                                      "1.2%5C1.3",
                                      "1.2%20",
                                      "..%2F..%2Fetc",
                                      "%00",
                                      "1.2.3.4.5.6.7.8.9.1.2.3.4.5.6.7.8.9.1.2.3.4.5.6.7.8.9.1.2.3.4.5.6.7"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/studies/%s", bad[i]);
        assert_refused(*state, path, "/metadata", NULL, 400, "bad-parameter", "study");
    }
}

static void what_is_no_uid_is_refused_at_every_level(void **state)
{
    assert_refused(*state, "/studies/x", "", NULL, 400, "bad-parameter", "study");
    assert_refused(*state, whole, "/series/x", NULL, 400, "bad-parameter", "series");
    assert_refused(*state, series, "/instances/x", NULL, 400, "bad-parameter", "instance");
    assert_refused(*state, series, "/instances/x/frames/1", NULL, 400, "bad-parameter", "instance");
    assert_refused(*state, series, "/instances/x/rendered", NULL, 400, "bad-parameter", "instance");
    assert_refused(*state, whole, "/bulkdata/x/1.2/7FE00010", NULL, 400, "bad-parameter", "series");
    assert_refused(*state, whole, "/bulkdata/1.2/x/7FE00010", NULL, 400, "bad-parameter", "instance");
}

static void a_path_of_4_kb_is_refused(void **state)
{
    char path[LONG_PATH_BYTES + 32];
    memset(path, '1', sizeof path);
    path[sizeof path - 1] = '\0';
    memcpy(path, "/studies/", strlen("/studies/"));
    assert_refused(*state, path, "", NULL, 404, "unknown-resource", NULL);
    /* One that is cut short would be another one. */
    char list[LONG_PATH_BYTES] = "/frames/1";
    size_t length = strlen(list);
    for (; length + 3 < sizeof list; length += 2)
        memcpy(list + length, ",1", 3);
    struct http_response response;
    dicomweb_request("GET", *state, image, list, NULL, &response);
    assert_true(response.status >= 400 && response.status < 500);
    http_response_release(&response);
}

static void segments_that_are_empty_or_too_many_are_not_found(void **state)
{
    static const char *const rests[] = {"/studies/",
                                        "/studies//metadata",
                                        "/studies/1.2/",
                                        "/study",
                                        "/studies/1.2/series/1.2/instances/1.2/frames",
                                        "/studies/1.2/bulkdata/1.2/1.2",
                                        "/studies/1.2/rendered/1",
                                        "/studies/1.2/series/1.2/instances/1.2/frames/1/2"};
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++)
        assert_refused(*state, "", rests[i], NULL, 404, "unknown-resource", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_listed_origin_may_read_every_resource, orthanc),
        WITH(no_other_origin_may, orthanc),
        WITH(browsers_that_ask_first_are_told, orthanc),
        WITH(a_star_allows_every_page, orthanc),
        WITH(without_origins_nothing_is_said, orthanc),
        WITH(only_a_listed_origin_may_post_from_another_site, orthanc),
        WITH(without_a_cache_everything_is_the_same, orthanc),
        WITH(the_base_tells_what_there_is, orthanc),
        WITH(head_is_get_without_a_body, orthanc),
        WITH(head_is_no_failure_in_the_log, orthanc),
        WITH(nothing_follows_the_header_of_a_head, orthanc),
        WITH(other_methods_are_refused, orthanc),
        WITH(http_1_0_is_given_what_has_a_length_only, orthanc),
        WITH(an_unknown_peer_is_not_found, orthanc),
        WITH(an_unknown_study_is_not_found, orthanc),
        WITH(an_instance_is_not_found_in_another_series, orthanc),
        WITH(wado_uri_is_there_without_dicom_web_too, orthanc),
        WITH(what_is_no_uid_is_refused, orthanc),
        WITH(what_is_no_uid_is_refused_at_every_level, orthanc),
        WITH(a_path_of_4_kb_is_refused, orthanc),
        WITH(segments_that_are_empty_or_too_many_are_not_found, orthanc),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
