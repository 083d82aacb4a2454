/* A set that is not complete, as an archive and as the file of one instance: whoever takes it for whole is
 * told otherwise by the cut, and by unzip. */
#include "faults/fault.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNZIP_MS = 30000, LOG_MS = 10000 };

#define ABORTED OPEN INSTANCE("1", "70001") BEGINNING("2", "5000") "send abort 0 0\nexpect eof reset=ok\n"
#define TWO OPEN INSTANCE("1", "1000") STORE("2") DATA("2", "1000") LEFT

static const struct row {
    const char *name; /* of its peer */
    const char *script, *accept;
    bool lenient;
    bool ends_cleanly; /* and then unzip takes it, where it is an archive */
    const char *code;  /* in the log */
} rows[] = {
    {"zip", ABORTED, "Accept: application/zip", false, false, "peer-aborted"},
    {"zip-lenient", ABORTED, "Accept: application/zip", true, true, "peer-aborted"},
    {"file", OPEN BEGINNING("1", "5000") "send abort 0 0\nexpect eof reset=ok\n", "Accept: application/dicom",
     false, false, "peer-aborted"},
    {"file-lenient", OPEN BEGINNING("1", "5000") "send abort 0 0\nexpect eof reset=ok\n",
     "Accept: application/dicom", true, false, "peer-aborted"},
    {"two-files", TWO, "Accept: application/dicom", false, false, "too-many-instances"},
    {"two-files-lenient", TWO, "Accept: application/dicom", true, false, "too-many-instances"},
};

static struct world *world;
static struct temp_dir *directory;

static int set_up(void **state)
{
    struct fault_peer peers[COUNT(rows)];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        peers[i] = (struct fault_peer){.name = rows[i].name, .script = rows[i].script};
    directory = temp_dir_new("answer-type", NULL);
    world = world_start(peers, COUNT(rows), NULL);
    return directory != NULL && world != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    world_stop(world);
    temp_dir_free(directory);
    return 0;
}

static void post(const struct row *row, struct http_response *ret_response)
{
    char id[64], id_header[96];
    char *url = gateway_url_of(world_gateway(world), "/v1/peers/%s/get", row->name);
    (void)snprintf(id, sizeof id, "answer-type.%s", row->name);
    (void)snprintf(id_header, sizeof id_header, "X-Request-Id: %s", id);
    const char *const headers[] = {"Content-Type: application/json", row->accept, id_header,
                                   row->lenient ? "Prefer: handling=lenient" : NULL, NULL};
    const struct http_options options = {.headers = headers,
                                         .body = "{\"QueryRetrieveLevel\":\"IMAGE\",\"StudyInstanceUID\":\"1."
                                                 "2.3\",\"SeriesInstanceUID\":\"1.2.3\","
                                                 "\"SOPInstanceUID\":\"1.2.3.1\"}"};
    world_expect_logged(world, id);
    http_request("POST", url, &options, ret_response);
    free(url);
}

static bool unzip_takes(const struct http_response *response)
{
    char *path = temp_dir_join(directory, "answer.zip");
    const char *const arguments[] = {"unzip", "-tq", path, NULL};
    const struct process_options run = {.argv = arguments};
    struct support_error err = {.text = ""};
    assert_true(file_write(path, response->body, response->body_length, NULL));
    bool good = process_run(&run, UNZIP_MS, NULL, &err);
    free(path);
    return good;
}

static void nobody_can_take_a_set_for_whole_that_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_response response;
        char *line = NULL;
        char id[64];
        post(&rows[i], &response);
        if (response.status != 200 || (response.result == CURLE_OK) != rows[i].ends_cleanly)
            fail_msg("%s: status %ld, %s", rows[i].name, response.status,
                     curl_easy_strerror(response.result));
        if (strstr(rows[i].accept, "zip") != NULL) {
            assert_int_equal(unzip_takes(&response), rows[i].ends_cleanly);
            assert_non_null(memmem(response.body, response.body_length, "\"complete\":false", 16));
        }
        (void)snprintf(id, sizeof id, "answer-type.%s\"", rows[i].name);
        assert_true(gateway_wait_log(world_gateway(world), id, LOG_MS, &line, NULL));
        if (strstr(line, rows[i].code) == NULL)
            fail_msg("%s: %s", rows[i].name, line);
        free(line);
        http_response_release(&response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_can_take_a_set_for_whole_that_is_not)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
