/* DICOMweb reads where the peer or a client fails, or sends what cannot be read: nobody is told less is all.
 */
#include "fault.h"

#include "cgetway/deadline.h"
#include "support/make_image.h"
#include "support/part10.h"
#include "support/pattern.h"
#include "support/temp_dir.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNAL_MS = 8000,
    ENDED_MS = 15000,
    TEXT_BYTES = 4096,
    CLIENTS = 10,
    ID_BYTES = 32,
    BLOB_BYTES = 3000
};

#define STUDY "1.2.3"
#define SERIES "1.2.3.4"
#define OF_SERIES "/studies/" STUDY "/series/" SERIES
#define AS_STORED "multipart/related; type=\"application/dicom\"; transfer-syntax=*"
#define DICOM_JSON "application/dicom+json"
#define EXPLICIT_LE "1.2.840.10008.1.2.1"
#define JPEG_2000_LOSSLESS "1.2.840.10008.1.2.4.90"

/* The scripts name files by their number: @1 is the path of 1.2.3.1. */
#define SEND(n) "send C-STORE-RQ class=" CR_CLASS " uid=1.2.3." n "\nsend file-data @" n "\n" STORED
#define BOTH OPEN SEND("1") SEND("2") FINAL("0000", "2") RELEASE

struct dicomweb {
    struct temp_dir *files, *cache;
    struct world *world;
};

/* ---- instances ---- */

static const struct image_options layouts[] = {
    [1] = {.bits = 8, .rows = 8, .columns = 8, .frames = 1},
    [2] = {.bits = 8, .rows = 8, .columns = 8, .frames = 1},
    [3] = {.bits = 8,
           .rows = 8,
           .columns = 8,
           .frames = 3,
           .layout = IMAGE_LYING_TABLE,
           .blob_bytes = BLOB_BYTES},
};

static struct image_options image_of(size_t number, char instance[ID_BYTES])
{
    struct image_options options = layouts[number];
    (void)snprintf(instance, ID_BYTES, "1.2.3.%zu", number);
    options.seed = number;
    options.study = STUDY;
    options.series = SERIES;
    options.instance = instance;
    options.sop_class = CR_CLASS;
    options.transfer_syntax = options.layout != IMAGE_NATIVE ? JPEG_2000_LOSSLESS : NULL;
    return options;
}

static char *file_path(const struct dicomweb *dicomweb, size_t number)
{
    char name[ID_BYTES];
    (void)snprintf(name, sizeof name, "%zu", number);
    return temp_dir_join(dicomweb->files, name);
}

static void write_files(const struct dicomweb *dicomweb)
{
    struct support_error err = {.text = ""};
    for (size_t i = 1; i < COUNT(layouts); i++) {
        char instance[ID_BYTES], *path = file_path(dicomweb, i);
        const struct image_options options = image_of(i, instance);
        assert_true(image_write(path, &options, &err));
        free(path);
    }
}

/* ---- the world ---- */

/* With @N replaced by the paths of files. */
static char *script_of(const struct dicomweb *dicomweb, const char *text)
{
    char *script = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&script, &length);
    assert_non_null(stream);
    for (; *text != '\0'; text++) {
        if (*text == '@') {
            char *path = file_path(dicomweb, (size_t)(*++text - '0'));
            assert_true(fputs(path, stream) >= 0);
            free(path);
        } else {
            assert_int_equal(fputc(*text, stream), (unsigned char)*text);
        }
    }
    assert_int_equal(fclose(stream), 0);
    return script;
}

static struct dicomweb start_with(const char *script, const char *peer_members, const char *server_members)
{
    struct support_error err = {.text = ""};
    char members[TEXT_BYTES];
    struct dicomweb dicomweb = {.files = temp_dir_new("files", &err), .cache = temp_dir_new("cache", &err)};
    assert_true(dicomweb.files != NULL && dicomweb.cache != NULL);
    write_files(&dicomweb);
    char *text = script_of(&dicomweb, script);
    const struct fault_peer peer = {.name = "main", .script = text, .members = peer_members};
    (void)snprintf(members, sizeof members, "\"cache-directory\": \"%s\", \"cache-patience\": 3600%s%s",
                   temp_dir_path(dicomweb.cache), server_members != NULL ? ", " : "",
                   server_members != NULL ? server_members : "");
    dicomweb.world = world_start(&peer, 1, members);
    free(text);
    return dicomweb;
}

static struct dicomweb start(const char *script)
{
    return start_with(script, "\"transfer-syntax\": \"" EXPLICIT_LE "\"", NULL);
}

static void release_files(struct dicomweb *dicomweb)
{
    temp_dir_free(dicomweb->files);
    temp_dir_free(dicomweb->cache);
}

static void end(struct dicomweb *dicomweb)
{
    world_stop(dicomweb->world);
    release_files(dicomweb);
}

/* ---- requests ---- */

struct fetch {
    char *url, accept[160], id[ID_BYTES];
    struct http_response response;
    pthread_t thread;
};

static void *fetch_run(void *argument)
{
    struct fetch *fetch = argument;
    char id[64];
    (void)snprintf(id, sizeof id, "X-Request-Id: %s", fetch->id);
    const char *const headers[] = {id, fetch->accept, NULL};
    const struct http_options options = {.headers = headers};
    http_request("GET", fetch->url, &options, &fetch->response);
    return NULL;
}

static void fetch_start(const struct dicomweb *dicomweb, struct fetch *fetch, const char *path,
                        const char *accept)
{
    static unsigned number;
    *fetch = (struct fetch){
        .url = gateway_url_of(world_gateway(dicomweb->world), "/v1/peers/main/dicom-web%s", path)};
    (void)snprintf(fetch->id, sizeof fetch->id, "fetch-%u", ++number);
    (void)snprintf(fetch->accept, sizeof fetch->accept, "Accept: %s", accept);
    world_expect_logged(dicomweb->world, fetch->id);
    assert_int_equal(pthread_create(&fetch->thread, NULL, fetch_run, fetch), 0);
}

static void fetch_join(struct fetch *fetch)
{
    assert_int_equal(pthread_join(fetch->thread, NULL), 0);
    free(fetch->url);
}

static struct http_response get(const struct dicomweb *dicomweb, const char *path, const char *accept)
{
    struct fetch fetch;
    fetch_start(dicomweb, &fetch, path, accept);
    fetch_join(&fetch);
    return fetch.response;
}

/* The part is the file of this number, data set for data set. */
static void assert_is_file(const struct dicomweb *dicomweb, const struct multipart_part *part, size_t number)
{
    struct support_error err = {.text = ""};
    struct part10_meta meta;
    size_t length = 0;
    uint8_t *expected = NULL;
    char *path = file_path(dicomweb, number), instance[ID_BYTES];
    (void)snprintf(instance, sizeof instance, "1.2.3.%zu", number);
    assert_true(part10_parse(part->body, part->body_length, &meta, &err));
    assert_string_equal(meta.sop_instance, instance);
    assert_true(data_set_of_file(path, &expected, &length, NULL, &err));
    assert_int_equal(part->body_length - meta.data_set_offset, length);
    assert_memory_equal(part->body + meta.data_set_offset, expected, length);
    free(expected);
    free(path);
}

/* Of a whole answer, or of one that was cut; how many parts came whole. */
static size_t whole_parts(const struct dicomweb *dicomweb, struct http_response *response, bool is_cut)
{
    struct multipart body;
    struct support_error err = {.text = ""};
    char *type = http_header(response, "Content-Type");
    size_t count = 0;
    if (response->status != 200)
        fail_msg("status %ld: %.500s", response->status, (const char *)response->body);
    assert_int_equal(response->result == CURLE_OK, !is_cut);
    (void)multipart_parse_cut(type, response->body, response->body_length, &body, &err);
    if (err.text[0] != '\0')
        fail_msg("%s", err.text);
    assert_int_equal(body.end == MULTIPART_CLOSED, !is_cut);
    for (size_t i = 0; i < body.count && body.parts[i].whole; i++, count++)
        assert_is_file(dicomweb, &body.parts[i], i + 1);
    /* What was cut behind a part is the part that it looks like. */
    if (is_cut && body.count == count + 1)
        assert_is_file(dicomweb, &body.parts[count], count + 1);
    size_t found = body.count;
    multipart_release(&body);
    http_response_release(response);
    free(type);
    return found;
}

static void assert_is_problem(struct http_response *response, long status, const char *code)
{
    json_t *problem = http_json(response);
    const char *told = json_string_value(json_object_get(problem, "code"));
    if (response->status != status || told == NULL || strcmp(told, code) != 0)
        fail_msg("status %ld, expected %ld %s: %.600s", response->status, status, code,
                 (const char *)response->body);
    json_decref(problem);
    http_response_release(response);
}

/* ---- the peer fails ---- */

#define DIES_AFTER_ONE OPEN SEND("1") "signal one\nwait go\ncut rst\n"

static void a_peer_that_dies_cuts_the_answer_and_the_next_request_gets_all(void **state)
{
    (void)state;
    struct dicomweb dicomweb = start("connection\n" DIES_AFTER_ONE "connection\n" BOTH);
    struct fetch fetch;
    fetch_start(&dicomweb, &fetch, OF_SERIES, AS_STORED);
    assert_true(scripted_peer_wait_signal(world_peer(dicomweb.world, 0), "one", SIGNAL_MS));
    scripted_peer_go(world_peer(dicomweb.world, 0), "go");
    fetch_join(&fetch);
    assert_int_equal(whole_parts(&dicomweb, &fetch.response, true), 1);
    struct http_response response = get(&dicomweb, OF_SERIES, AS_STORED);
    assert_int_equal(whole_parts(&dicomweb, &response, false), 2);
    response = get(&dicomweb, OF_SERIES, AS_STORED); /* from the cache */
    assert_int_equal(whole_parts(&dicomweb, &response, false), 2);
    world_assert_done(dicomweb.world, 0, 2);
    end(&dicomweb);
}

static void a_peer_that_dies_cuts_metadata(void **state)
{
    (void)state;
    struct dicomweb dicomweb = start("connection\n" DIES_AFTER_ONE "connection\n" BOTH);
    struct fetch fetch;
    fetch_start(&dicomweb, &fetch, OF_SERIES "/metadata", DICOM_JSON);
    assert_true(scripted_peer_wait_signal(world_peer(dicomweb.world, 0), "one", SIGNAL_MS));
    scripted_peer_go(world_peer(dicomweb.world, 0), "go");
    fetch_join(&fetch);
    assert_int_equal(fetch.response.status, 200);
    assert_int_not_equal(fetch.response.result, CURLE_OK);
    json_t *json = http_json(&fetch.response);
    assert_null(json); /* no JSON reader takes it for whole either */
    http_response_release(&fetch.response);
    struct http_response response = get(&dicomweb, OF_SERIES "/metadata", DICOM_JSON);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    json = http_json(&response);
    assert_int_equal(json_array_size(json), 2);
    json_decref(json);
    http_response_release(&response);
    world_assert_done(dicomweb.world, 0, 2);
    end(&dicomweb);
}

/* In whatever form it is given. */
static void a_peer_that_dies_cuts_archives_and_compressed_answers(void **state)
{
    static const struct {
        const char *path, *accept;
    } table[] = {
        {OF_SERIES, "application/zip"},
        {OF_SERIES "/metadata", DICOM_JSON "\r\nAccept-Encoding: gzip"},
        {OF_SERIES "?accept=multipart/related;type=application/dicom", "*/*"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct dicomweb dicomweb = start("connection\n" DIES_AFTER_ONE);
        struct fetch fetch;
        fetch_start(&dicomweb, &fetch, table[i].path, table[i].accept);
        assert_true(scripted_peer_wait_signal(world_peer(dicomweb.world, 0), "one", SIGNAL_MS));
        scripted_peer_go(world_peer(dicomweb.world, 0), "go");
        fetch_join(&fetch);
        assert_int_equal(fetch.response.status, 200);
        assert_int_not_equal(fetch.response.result, CURLE_OK);
        http_response_release(&fetch.response);
        end(&dicomweb);
    }
}

static void a_peer_that_dies_at_once_is_a_problem(void **state)
{
    static const char *const rests[] = {"", "/metadata", "/instances/1.2.3.1/frames/1",
                                        "/instances/1.2.3.1/rendered", "/thumbnail"};
    (void)state;
    for (size_t i = 0; i < COUNT(rests); i++) {
        char path[128];
        struct dicomweb dicomweb = start("connection\n" OPEN "cut rst\n");
        (void)snprintf(path, sizeof path, OF_SERIES "%s", rests[i]);
        struct http_response response = get(&dicomweb, path, "*/*");
        assert_true(response.status == 502);
        assert_int_equal(response.result, CURLE_OK);
        http_response_release(&response);
        end(&dicomweb);
    }
}

/* ---- clients ---- */

/* The retrieve goes on for a while, and who comes then joins it. */
static void a_client_that_leaves_harms_nobody(void **state)
{
    (void)state;
    struct dicomweb dicomweb =
        start("connection\n" OPEN SEND("1") "signal one\nwait go\n" SEND("2") FINAL("0000", "2") RELEASE);
    struct fetch fetch;
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(dicomweb.world)), NULL);
    assert_non_null(client);
    world_expect_logged(dicomweb.world, "leaver");
    assert_true(raw_send_text(client, "GET /v1/peers/main/dicom-web" OF_SERIES " HTTP/1.1\r\nHost: g\r\n"
                                      "X-Request-Id: leaver\r\nAccept: " AS_STORED "\r\n\r\n"));
    assert_true(scripted_peer_wait_signal(world_peer(dicomweb.world, 0), "one", SIGNAL_MS));
    assert_true(raw_receive_until(client, "HTTP/1.1 200", SIGNAL_MS));
    raw_reset(client);
    assert_true(gateway_wait_log(world_gateway(dicomweb.world), "client-left", SIGNAL_MS, NULL, NULL));
    fetch_start(&dicomweb, &fetch, OF_SERIES, AS_STORED);
    scripted_peer_go(world_peer(dicomweb.world, 0), "go");
    fetch_join(&fetch);
    assert_int_equal(whole_parts(&dicomweb, &fetch.response, false), 2);
    world_assert_done(dicomweb.world, 0, 1);
    end(&dicomweb);
}

static void ten_clients_share_one_retrieve(void **state)
{
    (void)state;
    struct dicomweb dicomweb =
        start("connection\n" OPEN SEND("1") "signal one\nwait go\n" SEND("2") FINAL("0000", "2") RELEASE);
    struct fetch fetches[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++)
        fetch_start(&dicomweb, &fetches[i], OF_SERIES, AS_STORED);
    assert_true(scripted_peer_wait_signal(world_peer(dicomweb.world, 0), "one", SIGNAL_MS));
    scripted_peer_go(world_peer(dicomweb.world, 0), "go");
    for (size_t i = 0; i < CLIENTS; i++) {
        fetch_join(&fetches[i]);
        assert_int_equal(whole_parts(&dicomweb, &fetches[i].response, false), 2);
    }
    world_assert_done(dicomweb.world, 0, 1);
    end(&dicomweb);
}

/* ---- what comes is not what was asked for ---- */

static void another_instance_than_asked_for_is_never_given(void **state)
{
    static const char *const rests[] = {"", "/metadata", "/frames/1", "/rendered"};
    (void)state;
    struct dicomweb dicomweb =
        start_with("connection\n" OPEN SEND("2") FINAL("0000", "1") RELEASE,
                   "\"transfer-syntax\": \"" EXPLICIT_LE "\"", "\"cache-unit\": \"instance\"");
    for (size_t i = 0; i < COUNT(rests); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, OF_SERIES "/instances/1.2.3.1%s", rests[i]);
        struct http_response response = get(&dicomweb, path, "*/*");
        if (response.status != 404 && response.status != 502)
            fail_msg("%s: status %ld: %.300s", path, response.status, (const char *)response.body);
        http_response_release(&response);
    }
    end(&dicomweb);
}

/* ---- what cannot be read ---- */

static void garbage_is_given_as_it_came_and_has_no_metadata(void **state)
{
    (void)state;
    struct dicomweb dicomweb = start("connection\n" OPEN INSTANCE("9", "5000") FINAL("0000", "1") RELEASE);
    struct multipart body;
    struct part10_meta meta;
    struct support_error err = {.text = ""};
    struct http_response response = get(&dicomweb, OF_SERIES, AS_STORED);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    char *type = http_header(&response, "Content-Type");
    assert_true(multipart_parse(type, response.body, response.body_length, &body, &err));
    assert_int_equal(body.count, 1);
    assert_true(part10_parse(body.parts[0].body, body.parts[0].body_length, &meta, &err));
    assert_int_equal(body.parts[0].body_length - meta.data_set_offset, 5000);
    assert_true(pattern_matches(9, 0, body.parts[0].body + meta.data_set_offset, 5000));
    multipart_release(&body);
    http_response_release(&response);
    free(type);
    static const char *const rests[] = {"/metadata", "/instances/1.2.3.9/metadata",
                                        "/instances/1.2.3.9/frames/1",
                                        "/instances/1.2.3.9/bulkdata/" SERIES "/1.2.3.9/7FE00010"};
    for (size_t i = 0; i < COUNT(rests); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, OF_SERIES "%s", rests[i]);
        response = get(&dicomweb, path, "*/*");
        assert_is_problem(&response, 502, "instance-unreadable");
    }
    /* A picture is looked for, and there is none. */
    response = get(&dicomweb, OF_SERIES "/thumbnail", "*/*");
    assert_is_problem(&response, 404, "unknown-frame");
    end(&dicomweb);
}

static void garbage_behind_a_good_one_cuts_metadata(void **state)
{
    (void)state;
    struct dicomweb dicomweb =
        start("connection\n" OPEN SEND("1") INSTANCE("9", "5000") FINAL("0000", "2") RELEASE);
    for (size_t i = 0; i < 2; i++) { /* while it comes, and from the cache */
        struct http_response response = get(&dicomweb, OF_SERIES "/metadata", DICOM_JSON);
        if (response.status == 200)
            assert_int_not_equal(response.result, CURLE_OK);
        else
            assert_int_equal(response.status, 502);
        http_response_release(&response);
    }
    struct http_response response = get(&dicomweb, OF_SERIES "/instances/1.2.3.1/metadata", DICOM_JSON);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    http_response_release(&response);
    end(&dicomweb);
}

static void an_offset_table_that_lies_spoils_the_frames_only(void **state)
{
    (void)state;
    struct dicomweb dicomweb = start_with(
        "connection\n" OPEN SEND("3") FINAL("0000", "1") RELEASE,
        "\"transfer-syntax\": \"" JPEG_2000_LOSSLESS "\", \"storage-class\": \"" CR_CLASS "\"", NULL);
    struct http_response response = get(&dicomweb, OF_SERIES, AS_STORED);
    struct multipart body;
    struct support_error err = {.text = ""};
    assert_int_equal(response.status, 200);
    char *type = http_header(&response, "Content-Type");
    assert_true(multipart_parse(type, response.body, response.body_length, &body, &err));
    assert_int_equal(body.count, 1);
    assert_is_file(&dicomweb, &body.parts[0], 3);
    multipart_release(&body);
    http_response_release(&response);
    free(type);
    response = get(&dicomweb, OF_SERIES "/metadata", DICOM_JSON);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    http_response_release(&response);
    response = get(&dicomweb, OF_SERIES "/instances/1.2.3.3/frames/1", "*/*");
    assert_is_problem(&response, 502, "instance-unreadable");
    response = get(&dicomweb, OF_SERIES "/instances/1.2.3.3/bulkdata/" SERIES "/1.2.3.3/7FE00010", "*/*");
    assert_is_problem(&response, 502, "instance-unreadable");
    response = get(&dicomweb, OF_SERIES "/instances/1.2.3.3/bulkdata/" SERIES "/1.2.3.3/00291001",
                   "application/octet-stream");
    assert_int_equal(response.status, 200);
    assert_int_equal(response.body_length, BLOB_BYTES);
    assert_true(pattern_matches(3, 0, response.body, BLOB_BYTES));
    http_response_release(&response);
    end(&dicomweb);
}

/* ---- the end ---- */

static void while_it_drains_what_runs_ends_well_and_new_requests_get_a_503(void **state)
{
    static const char *const rests[] = {"", "/metadata", "/instances/1.2.3.1/frames/1", "/thumbnail"};
    (void)state;
    struct dicomweb dicomweb =
        start("connection\n" OPEN SEND("1") "signal one\nwait go\n" SEND("2") FINAL("0000", "2") RELEASE);
    struct fetch fetch;
    fetch_start(&dicomweb, &fetch, OF_SERIES, AS_STORED);
    assert_true(scripted_peer_wait_signal(world_peer(dicomweb.world, 0), "one", SIGNAL_MS));
    struct gateway *gateway = world_gateway(dicomweb.world);
    assert_true(process_signal(gateway_process(gateway), SIGTERM));
    assert_true(gateway_wait_log(gateway, "\"draining\"", SIGNAL_MS, NULL, NULL));
    for (size_t i = 0; i < COUNT(rests); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, OF_SERIES "%s", rests[i]);
        struct http_response response = get(&dicomweb, path, "*/*");
        assert_is_problem(&response, 503, "draining");
    }
    scripted_peer_go(world_peer(dicomweb.world, 0), "go");
    fetch_join(&fetch);
    assert_int_equal(whole_parts(&dicomweb, &fetch.response, false), 2);
    world_assert_done(dicomweb.world, 0, 1);
    world_assert_ended(dicomweb.world, ENDED_MS);
    world_free(dicomweb.world);
    release_files(&dicomweb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_dies_cuts_the_answer_and_the_next_request_gets_all),
        cmocka_unit_test(a_peer_that_dies_cuts_metadata),
        cmocka_unit_test(a_peer_that_dies_cuts_archives_and_compressed_answers),
        cmocka_unit_test(a_peer_that_dies_at_once_is_a_problem),
        cmocka_unit_test(a_client_that_leaves_harms_nobody),
        cmocka_unit_test(ten_clients_share_one_retrieve),
        cmocka_unit_test(another_instance_than_asked_for_is_never_given),
        cmocka_unit_test(garbage_is_given_as_it_came_and_has_no_metadata),
        cmocka_unit_test(garbage_behind_a_good_one_cuts_metadata),
        cmocka_unit_test(an_offset_table_that_lies_spoils_the_frames_only),
        cmocka_unit_test(while_it_drains_what_runs_ends_well_and_new_requests_get_a_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
