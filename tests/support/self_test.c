/* The ground that the other tests stand on: held against Debian's tools. */
#include "support/http_client.h"
#include "support/make_study.h"
#include "support/mixed_study.h"
#include "support/multipart.h"
#include "support/part10.h"
#include "support/pattern.h"
#include "support/peers.h"
#include "support/process.h"
#include "support/scripted_peer.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define STUDY_ROOT_GET "1.2.840.10008.5.1.4.1.2.2.3"

enum { RUN_TIMEOUT_MS = 30000 };

struct fixture {
    struct temp_dir *dir;
    struct study *mixed;
    const char **paths;
    struct support_error err;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    const struct study_options options = {
        .seed = 11,
        .modalities = {STUDY_CT, STUDY_MR, STUDY_SR, STUDY_MULTIFRAME, STUDY_PDF},
        .modality_count = 5,
        .instances = 12,
        .patient_name = "M\xc3\xbcller^J\xc3\xbcrgen",
    };
    fixture.dir = temp_dir_new("self", &fixture.err);
    fixture.mixed = study_make(temp_dir_path(fixture.dir), &options, &fixture.err);
    fixture.paths = fixture.mixed == NULL ? NULL : study_paths(fixture.mixed);
    *state = &fixture;
    return fixture.paths == NULL;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->paths);
    study_free(fixture->mixed);
    temp_dir_free(fixture->dir);
    return 0;
}

static void assert_no_error(const struct support_error *err)
{
    if (err->text[0] != '\0')
        fail_msg("%s", err->text);
}

static void assert_tool_accepts(const char *tool, const char *path)
{
    struct support_error err = {.text = ""};
    const char *const arguments[] = {tool, path, NULL};
    const struct process_options run = {.argv = arguments};
    (void)process_run(&run, RUN_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
}

static void every_kind_of_instance_is_a_dicom_file(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < fixture->mixed->instance_count; i++) {
        assert_tool_accepts("dcmftest", fixture->paths[i]);
        assert_tool_accepts("dcmdump", fixture->paths[i]);
    }
}

static void meta_header_and_data_set_name_the_same_instance(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < fixture->mixed->instance_count; i++) {
        uint8_t *bytes = NULL;
        size_t length = 0;
        char syntax[PART10_UID_BYTES];
        char uid[PART10_UID_BYTES];
        assert_true(data_set_of_file(fixture->paths[i], &bytes, &length, syntax, &fixture->err));
        assert_string_equal(syntax, "1.2.840.10008.1.2.1");
        assert_true(data_set_text(bytes, length, true, 0x00080018, uid, sizeof(uid)));
        assert_string_equal(uid, fixture->mixed->instances[i].sop_instance);
        free(bytes);
    }
}

static void each_instance_of_a_mixed_study_is_in_its_transfer_syntax(void **state)
{
    struct fixture *fixture = *state;
    char *directory = temp_dir_mkdir(fixture->dir, "mixed-syntaxes", &fixture->err);
    struct study *study = mixed_study_make(directory, 5, &fixture->err);
    assert_no_error(&fixture->err);
    for (size_t i = 0; i < MIXED_COUNT; i++) {
        size_t length = 0;
        struct part10_meta meta;
        uint8_t *bytes = file_read(study->instances[i].path, &length, &fixture->err);
        (void)part10_parse(bytes, length, &meta, &fixture->err);
        assert_no_error(&fixture->err);
        assert_string_equal(meta.transfer_syntax, mixed_transfer_syntax((enum mixed_instance)i));
        assert_string_equal(meta.sop_instance, study->instances[i].sop_instance);
        assert_int_equal(length, study->instances[i].file_bytes);
        assert_int_equal(length % 2, 0);
        assert_tool_accepts("dcmdump", study->instances[i].path);
        free(bytes);
    }
    study_free(study);
    free(directory);
}

static void a_large_instance_takes_no_room_and_can_be_checked(void **state)
{
    struct fixture *fixture = *state;
    const struct study_options options = {.seed = 3, .pixel_bytes = (uint64_t)128 << 20};
    char *directory = temp_dir_mkdir(fixture->dir, "large", &fixture->err);
    struct study *study = study_make(directory, &options, &fixture->err);
    assert_non_null(study);
    FILE *file = fopen(study->instances[0].path, "rb");
    assert_non_null(file);
    uint64_t head = study->instances[0].file_bytes - options.pixel_bytes;
    uint8_t got[8192];
    uint8_t expected[8192];
    uint64_t offset = (uint64_t)77 * STUDY_SPARSE_BLOCK_BYTES;
    assert_int_equal(fseek(file, (long)(head + offset), SEEK_SET), 0);
    assert_int_equal(fread(got, 1, sizeof(got), file), sizeof(got));
    study_sparse_fill(3, 0, offset, expected, sizeof(expected));
    assert_memory_equal(got, expected, sizeof(got));
    (void)fclose(file);
    study_free(study);
    free(directory);
}

/* Each file that getscu wrote holds the data set of the instance it is named after. */
static size_t count_same_data_sets(const struct study *study, const char *directory)
{
    size_t count = 0;
    size_t same = 0;
    char **files = file_list(directory, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < study->instance_count; k++) {
            uint8_t *got = NULL;
            uint8_t *stored = NULL;
            size_t got_length = 0;
            size_t stored_length = 0;
            if (strstr(files[i], study->instances[k].sop_instance) == NULL)
                continue;
            same += data_set_of_file(files[i], &got, &got_length, NULL, NULL) &&
                    data_set_of_file(study->instances[k].path, &stored, &stored_length, NULL, NULL) &&
                    got_length == stored_length && memcmp(got, stored, got_length) == 0;
            free(got);
            free(stored);
        }
    }
    file_list_free(files, count);
    return same;
}

static void both_peers_serve_the_study_to_getscu(void **state)
{
    struct fixture *fixture = *state;
    struct peer *peers[2];
    char key[128];
    (void)snprintf(key, sizeof(key), "StudyInstanceUID=%s", fixture->mixed->study_uid);
    const char *const keys[] = {"QueryRetrieveLevel=STUDY", key, NULL};
    const struct peer_options options[] = {
        {.kind = PEER_DCMQRSCP, .files = fixture->paths, .file_count = fixture->mixed->instance_count},
        {.kind = PEER_ORTHANC, .files = fixture->paths, .file_count = fixture->mixed->instance_count},
    };
    (void)peers_start(options, 2, peers, &fixture->err);
    assert_no_error(&fixture->err);
    for (size_t i = 0; i < 2; i++) {
        char *directory =
            temp_dir_mkdir(fixture->dir, i == 0 ? "from-dcmqrscp" : "from-orthanc", &fixture->err);
        const struct getscu_options run = {.port = peer_port(peers[i]),
                                           .called_ae = peer_ae_title(peers[i]),
                                           .keys = keys,
                                           .output_directory = directory,
                                           .tcp_nodelay = true};
        (void)getscu_run(&run, NULL, &fixture->err);
        assert_no_error(&fixture->err);
        assert_int_equal(count_same_data_sets(fixture->mixed, directory), fixture->mixed->instance_count);
        struct process_usage usage;
        assert_true(process_usage(peer_process(peers[i]), &usage));
        print_message("%s: start %lld ms, load %lld ms, VmHWM %lld KiB, %d fds, %d threads\n",
                      peer_ae_title(peers[i]), (long long)peer_start_ms(peers[i]),
                      (long long)peer_load_ms(peers[i]), (long long)usage.rss_peak_kib, usage.fds,
                      usage.threads);
        free(directory);
        peer_free(peers[i]);
    }
}

static void getscu_takes_an_instance_from_a_scripted_peer(void **state)
{
    struct fixture *fixture = *state;
    char script[4096];
    const struct study_instance *instance = &fixture->mixed->instances[0];
    (void)snprintf(script, sizeof(script),
                   "accept\n"
                   "expect A-ASSOCIATE-RQ\n"
                   "send A-ASSOCIATE-AC ts=1.2.840.10008.1.2.1\n"
                   "expect C-GET-RQ\n"
                   "store: send C-STORE-RQ class=%s uid=%s\n"
                   "send file-data %s pdv=1000 pdu-per=3\n"
                   "stored: expect C-STORE-RSP status=0000\n"
                   "send C-GET-RSP status=FF00 remaining=0 completed=1 failed=0 warning=0\n"
                   "send C-GET-RSP status=0000 completed=1 failed=0 warning=0\n"
                   "expect release\n"
                   "send release-rp\n"
                   "expect eof\n",
                   instance->sop_class, instance->sop_instance, instance->path);
    struct scripted_peer *peer = scripted_peer_start(script, &fixture->err);
    assert_no_error(&fixture->err);
    char *directory = temp_dir_mkdir(fixture->dir, "from-script", &fixture->err);
    const char *const keys[] = {"QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3", NULL};
    const struct getscu_options run = {
        .port = scripted_peer_port(peer), .called_ae = "SCRIPT", .keys = keys, .output_directory = directory};
    (void)getscu_run(&run, NULL, &fixture->err);
    assert_true(scripted_peer_wait_done(peer, 1, 5000));
    assert_null(scripted_peer_failed(peer));
    assert_no_error(&fixture->err);
    assert_int_equal(count_same_data_sets(fixture->mixed, directory), 1);
    const struct scripted_associate_rq *associate = scripted_peer_associate_rq(peer, 0);
    const struct scripted_request *request = scripted_peer_request(peer, 0);
    assert_string_equal(associate->called_ae, "SCRIPT");
    assert_int_equal(associate->max_pdu, 131072);
    assert_string_equal(request->sop_class, STUDY_ROOT_GET);
    assert_true(request->identifier_length > 0);
    assert_int_equal(scripted_peer_store_responses(peer, 0, NULL), 1);
    assert_true(scripted_peer_time_ns(peer, 0, "store") < scripted_peer_time_ns(peer, 0, "stored"));
    scripted_peer_stop(peer);
    free(directory);
}

static void a_script_that_is_not_kept_to_fails_with_its_line(void **state)
{
    struct fixture *fixture = *state;
    struct scripted_peer *peer = scripted_peer_start("# comment\nexpect A-ASSOCIATE-RQ\n", &fixture->err);
    struct raw_connection *raw = raw_connect(scripted_peer_port(peer), &fixture->err);
    assert_true(raw_send(raw, "\x04\0\0\0\0\0", 6, 1000));
    assert_true(scripted_peer_wait_done(peer, 1, 5000));
    assert_non_null(scripted_peer_failed(peer));
    assert_non_null(strstr(scripted_peer_failed(peer), "line 2"));
    raw_close(raw);
    scripted_peer_stop(peer);
    assert_null(scripted_peer_start("loop 3\nsend hex 00\n", &fixture->err));
    assert_non_null(strstr(fixture->err.text, "loop without end"));
    fixture->err.text[0] = '\0';
    assert_null(scripted_peer_start("sned hex 00\n", &fixture->err));
    fixture->err.text[0] = '\0';
}

static void raw_bytes_loops_drips_and_cuts_come_as_written(void **state)
{
    struct fixture *fixture = *state;
    const char *script = "connection\n"
                         "wait start\n"
                         "loop 2\n"
                         "loop 3\nsend hex 61 62\nend\n"
                         "send repeat 2 hex 2D\n"
                         "end\n"
                         "drip bytes=1 every-ms=2\n"
                         "send pdu-header 04 0x01020304\n"
                         "signal sent\n"
                         "cut fin\n"
                         "connection\n"
                         "refuse\n";
    struct scripted_peer *peer = scripted_peer_start(script, &fixture->err);
    struct raw_connection *raw = raw_connect(scripted_peer_port(peer), &fixture->err);
    bool reset = true;
    size_t length = 0;
    scripted_peer_go(peer, "start");
    assert_true(scripted_peer_wait_signal(peer, "sent", 5000));
    assert_true(raw_receive_all(raw, 5000, &reset));
    assert_false(reset);
    assert_memory_equal(raw_received(raw, &length), "ababab--ababab--\x04\0\1\2\3\4", 22);
    assert_int_equal(length, 22);
    assert_int_equal(scripted_peer_bytes_sent(peer, 0), 22);
    raw_close(raw);
    raw = raw_connect(scripted_peer_port(peer), &fixture->err);
    assert_non_null(raw);
    assert_true(raw_receive_all(raw, 5000, &reset));
    assert_true(reset);
    raw_close(raw);
    assert_true(scripted_peer_wait_done(peer, 2, 5000));
    assert_null(scripted_peer_failed(peer));
    scripted_peer_stop(peer);
}

static void a_peer_that_is_stopped_lets_go_of_everything(void **state)
{
    struct fixture *fixture = *state;
    static const char *const scripts[] = {"hold\n",
                                          "freeze\n",
                                          "wait never\n",
                                          "expect A-ASSOCIATE-RQ\n",
                                          "loop 0\nsend repeat 100 hex 00 00 00 00\nend\n",
                                          "drip bytes=1 every-ms=60000\nsend hex 00 00 00\n"};
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        struct scripted_peer *peer = scripted_peer_start(scripts[i], &fixture->err);
        struct raw_connection *raw = raw_connect(scripted_peer_port(peer), &fixture->err);
        assert_false(scripted_peer_wait_done(peer, 2, 20));
        scripted_peer_stop(peer);
        raw_close(raw);
    }
}

static void an_http_answer_that_is_cut_is_not_taken_for_whole(void **state)
{
    struct fixture *fixture = *state;
    /* The scripted peer can be an HTTP server too: "HTTP/1.1 200 OK", chunked, one chunk of 5 bytes, then
     * FIN. */
    const char *script =
        "send hex 485454502F312E3120323030204F4B0D0A5472616E736665722D456E636F64696E673A206368756E6B65640D0A"
        "0D0A350D0A68656C6C6F0D0A\ncut fin\n";
    struct scripted_peer *peer = scripted_peer_start(script, &fixture->err);
    char url[64];
    struct http_response response;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", scripted_peer_port(peer));
    http_get(url, &response);
    assert_int_equal(response.status, 200);
    assert_int_not_equal(response.result, CURLE_OK);
    assert_string_equal((const char *)response.body, "hello");
    char *encoding = http_header(&response, "transfer-encoding");
    assert_string_equal(encoding, "chunked");
    free(encoding);
    http_response_release(&response);
    scripted_peer_stop(peer);
}

static void multipart_is_parsed_strictly_and_cuts_are_placed(void **state)
{
    (void)state;
    const char *type = "multipart/related; type=\"application/dicom\"; boundary=\"a b'c\"";
    const char *whole = "--a b'c\r\nContent-Type: x/y\r\nX-B: \t2 \r\n\r\none\r\n--a b'c\r\ncontent-type: "
                        "z/z\r\n\r\n\r\n--a b'c--\r\n";
    struct multipart parsed;
    struct support_error err = {.text = ""};
    assert_true(multipart_parse(type, whole, strlen(whole), &parsed, &err));
    assert_int_equal(parsed.count, 2);
    assert_int_equal(parsed.parts[0].body_length, 3);
    assert_int_equal(parsed.parts[1].body_length, 0);
    char *value = multipart_header(&parsed.parts[0], "x-b");
    assert_string_equal(value, "2");
    free(value);
    multipart_release(&parsed);
    size_t closing = (size_t)(strstr(whole, "c--") - whole) + 3;
    for (size_t length = 0; length < closing; length++) {
        assert_false(multipart_parse(type, whole, length, &parsed, NULL));
        multipart_release(&parsed);
        assert_true(multipart_parse_cut(type, whole, length, &parsed, &err));
        assert_int_not_equal(parsed.end, MULTIPART_CLOSED);
        multipart_release(&parsed);
    }
    static const char *const bad[] = {
        "--x\nA: b\n\n1\n--x--\n",
        "x--x\r\nA: b\r\n\r\n1\r\n--x--\r\n",
        "--x\r\n\r\n1\r\n--x--\r\n",
        "--x\r\nA b\r\n\r\n1\r\n--x--\r\n",
        "--x\r\nA: b\r\n\r\n1\r\n--x--\r\nmore",
        "--x\r\nA: b\r\n\r\n1\r\n--xy\r\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(multipart_parse("multipart/related; boundary=x", bad[i], strlen(bad[i]), &parsed, NULL));
        multipart_release(&parsed);
    }
}

static void processes_are_waited_for_and_stopped(void **state)
{
    struct fixture *fixture = *state;
    char *output = temp_dir_join(fixture->dir, "sh.out");
    const char *const arguments[] = {
        "sh", "-c", "trap '' TERM; echo $CGW_A-$HOME-; echo ready; while :; do sleep 1; done", NULL};
    const char *const environment[] = {"CGW_A=1", "HOME", NULL};
    const struct process_options start = {
        .argv = arguments, .environment = environment, .stdout_path = output};
    struct process *process = process_start(&start, &fixture->err);
    char *line = NULL;
    struct process_exit end;
    struct process_usage usage;
    assert_true(process_wait_line(process, output, "ready", 5000, NULL, &fixture->err));
    assert_true(process_wait_line(process, output, "1-", 5000, &line, &fixture->err));
    assert_string_equal(line, "1--");
    assert_true(process_usage(process, &usage));
    assert_int_equal(usage.threads, 1);
    assert_false(process_wait_line(process, output, "never", 10, NULL, NULL));
    assert_true(process_stop(process, 50, &end));
    assert_true(end.killed);
    assert_int_equal(end.signal, 9);
    process_free(process);
    free(line);
    free(output);
}

static void patterns_can_be_checked_in_pieces(void **state)
{
    (void)state;
    uint8_t whole[100];
    pattern_fill(5, 1000, whole, sizeof(whole));
    for (size_t i = 0; i < sizeof(whole); i++)
        assert_true(pattern_matches(5, 1000 + i, whole + i, sizeof(whole) - i));
    assert_false(pattern_matches(6, 1000, whole, sizeof(whole)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_instance_is_a_dicom_file),
        cmocka_unit_test(meta_header_and_data_set_name_the_same_instance),
        cmocka_unit_test(each_instance_of_a_mixed_study_is_in_its_transfer_syntax),
        cmocka_unit_test(a_large_instance_takes_no_room_and_can_be_checked),
        cmocka_unit_test(both_peers_serve_the_study_to_getscu),
        cmocka_unit_test(getscu_takes_an_instance_from_a_scripted_peer),
        cmocka_unit_test(a_script_that_is_not_kept_to_fails_with_its_line),
        cmocka_unit_test(raw_bytes_loops_drips_and_cuts_come_as_written),
        cmocka_unit_test(a_peer_that_is_stopped_lets_go_of_everything),
        cmocka_unit_test(an_http_answer_that_is_cut_is_not_taken_for_whole),
        cmocka_unit_test(multipart_is_parsed_strictly_and_cuts_are_placed),
        cmocka_unit_test(processes_are_waited_for_and_stopped),
        cmocka_unit_test(patterns_can_be_checked_in_pieces),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
