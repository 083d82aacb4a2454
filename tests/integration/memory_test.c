/* The gateway's memory does not grow: not with the study, not with the instance, not with a slow client. */
#include "integration/integration.h"

#include <fcntl.h>
#include <unistd.h>

enum {
    MANY = 400,
    LARGE_MIB = 1023, /* dcmqridx silently leaves out a study of more than 1 GiB, headers included */
    MANY_PIXEL_BYTES = 512 * 1024,
    CEILING_KIB = 32 * 1024,
    KEPT_BYTES = 8192,
    PIECE_BYTES = 64 * 1024,
    SLOW_BYTES_PER_S = 4 << 20,
    SLOW_STOP_BYTES = 6 << 20,
    TIMEOUT_MS = 60000,
};

#define LARGE_PIXEL_BYTES ((uint64_t)LARGE_MIB << 20)

struct fixture {
    struct temp_dir *dir;
    char *stored; /* the gateway's output directory */
    struct study *many;
    struct study *large; /* one instance, on disk a sparse file */
    struct peer *dcmqrscp;
    struct gateway *gateway; /* a new one for each test: VmHWM is of a whole life */
    struct support_error err;
};

static struct study *make(struct fixture *fixture, const char *name, const struct study_options *options)
{
    char *directory = temp_dir_mkdir(fixture->dir, name, &fixture->err);
    struct study *study = directory == NULL ? NULL : study_make(directory, options, &fixture->err);
    free(directory);
    return study;
}

static bool start_peer(struct fixture *fixture)
{
    const char **paths = calloc(MANY + 1, sizeof(*paths));
    for (size_t i = 0; i < MANY; i++)
        paths[i] = fixture->many->instances[i].path;
    paths[MANY] = fixture->large->instances[0].path;
    const struct peer_options options = {.kind = PEER_DCMQRSCP, .files = paths, .file_count = MANY + 1};
    fixture->dcmqrscp = peer_start(&options, &fixture->err);
    free(paths);
    return fixture->dcmqrscp != NULL;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    const struct study_options many = {.seed = 31, .instances = MANY, .pixel_bytes = MANY_PIXEL_BYTES};
    const struct study_options large = {.seed = 32, .pixel_bytes = LARGE_PIXEL_BYTES};
    *state = &fixture;
    fixture.dir = temp_dir_new("memory", &fixture.err);
    fixture.stored = fixture.dir == NULL ? NULL : temp_dir_mkdir(fixture.dir, "stored", &fixture.err);
    fixture.many = fixture.stored == NULL ? NULL : make(&fixture, "many", &many);
    fixture.large = fixture.many == NULL ? NULL : make(&fixture, "large", &large);
    bool good = fixture.large != NULL && start_peer(&fixture);
    if (!good)
        print_error("%s\n", fixture.err.text);
    return good ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    peer_free(fixture->dcmqrscp);
    study_free(fixture->many);
    study_free(fixture->large);
    free(fixture->stored);
    temp_dir_free(fixture->dir);
    return 0;
}

static int start_gateway(void **state)
{
    struct fixture *fixture = *state;
    char members[512];
    (void)snprintf(members, sizeof(members), "\"output-directory\": \"%s\", \"store-fsync\": false",
                   fixture->stored);
    char *text = gateway_configuration("main", peer_port(fixture->dcmqrscp), "DCMQRSCP", members);
    fixture->gateway = gateway_start(text, &fixture->err);
    free(text);
    return fixture->gateway == NULL ? -1 : 0;
}

static int stop_gateway(void **state)
{
    struct fixture *fixture = *state;
    bool good = gateway_stop(fixture->gateway, STOP_TIMEOUT_MS, &fixture->err);
    gateway_free(fixture->gateway);
    return good ? 0 : -1;
}

static void assert_memory_is_small(const struct fixture *fixture, const char *what, int64_t took_ms)
{
    struct process_usage usage;
    assert_true(process_usage(gateway_process(fixture->gateway), &usage));
    print_message("%s: %lld ms, VmHWM of the gateway %lld KiB\n", what, (long long)took_ms,
                  (long long)usage.rss_peak_kib);
    if (!CGW_SANITIZED)
        assert_in_range(usage.rss_peak_kib, 1, CEILING_KIB);
}

/* An answer that is too large to be kept: how it starts, how it ends, and in between the bytes of a file. */
struct stream {
    int fd;        /* -1: only start and end are kept */
    off_t file_at; /* where the data set that comes next stands in the file */
    off_t file_end;
    uint8_t start[KEPT_BYTES];
    size_t start_length;
    uint8_t end[KEPT_BYTES];
    size_t end_length;
    bool in_data_set;
    bool differs;
};

static void keep(uint8_t *kept, size_t *length, const uint8_t *bytes, size_t count)
{
    if (count >= KEPT_BYTES) {
        memcpy(kept, bytes + count - KEPT_BYTES, KEPT_BYTES);
        *length = KEPT_BYTES;
        return;
    }
    size_t stays = *length + count <= KEPT_BYTES ? *length : KEPT_BYTES - count;
    memmove(kept, kept + *length - stays, stays);
    memcpy(kept + stays, bytes, count);
    *length = stays + count;
}

static size_t compare_with_file(struct stream *stream, const uint8_t *bytes, size_t length)
{
    static uint8_t expected[PIECE_BYTES];
    size_t left = (size_t)(stream->file_end - stream->file_at);
    size_t count = length < left ? length : left;
    count = count < PIECE_BYTES ? count : PIECE_BYTES;
    if (pread(stream->fd, expected, count, stream->file_at) != (ssize_t)count ||
        memcmp(expected, bytes, count) != 0)
        stream->differs = true;
    stream->file_at += (off_t)count;
    return count;
}

/* Once the Part 10 header is whole, the rest of what was kept belongs to the data set. */
static void look_for_data_set(struct stream *stream)
{
    struct part10_meta meta;
    const uint8_t *part = memmem(stream->start, stream->start_length, "\r\n\r\n", 4);
    if (stream->start_length < KEPT_BYTES || part == NULL)
        return;
    part += 4;
    size_t have = stream->start_length - (size_t)(part - stream->start);
    if (!part10_parse(part, have, &meta, NULL)) {
        stream->differs = true;
        return;
    }
    stream->in_data_set = true;
    (void)compare_with_file(stream, part + meta.data_set_offset, have - meta.data_set_offset);
}

static bool on_body(void *context, const uint8_t *bytes, size_t length)
{
    struct stream *stream = context;
    keep(stream->end, &stream->end_length, bytes, length);
    while (stream->fd >= 0 && length > 0 && !stream->differs) {
        size_t used;
        if (!stream->in_data_set) {
            size_t room = KEPT_BYTES - stream->start_length;
            used = length < room ? length : room;
            memcpy(stream->start + stream->start_length, bytes, used);
            stream->start_length += used;
            look_for_data_set(stream);
        } else if (stream->file_at < stream->file_end) {
            used = compare_with_file(stream, bytes, length);
        } else {
            used = length;
        }
        bytes += used;
        length -= used;
    }
    return !stream->differs;
}

static void post(const struct fixture *fixture, const char *query, const struct study *study,
                 struct http_options *options, struct http_response *ret_response)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    json_t *keys = study_keys(study);
    char *text = json_dumps(keys, 0);
    char *url = gateway_url_of(fixture->gateway, "/v1/peers/main/get%s", query);
    options->headers = headers;
    options->body = text;
    options->timeout_ms = TIMEOUT_MS;
    http_request("POST", url, options, ret_response);
    assert_int_equal(ret_response->status, 200);
    free(url);
    free(text);
    json_decref(keys);
}

static void assert_ends_complete(const struct stream *stream)
{
    static const char closing[] = "--\r\n";
    assert_true(stream->end_length > sizeof(closing));
    assert_memory_equal(stream->end + stream->end_length - 4, closing, 4);
    assert_non_null(memmem(stream->end, stream->end_length, "\"result\":\"received\"", 19));
}

static void four_hundred_instances_of_512_kib_take_little_memory(void **state)
{
    const struct fixture *fixture = *state;
    struct stream stream = {.fd = -1};
    struct http_options options = {.on_body = on_body, .context = &stream};
    struct http_response response;
    post(fixture, "", fixture->many, &options, &response);
    assert_int_equal(response.result, CURLE_OK);
    uint64_t file_bytes = 0;
    for (size_t i = 0; i < MANY; i++)
        file_bytes += fixture->many->instances[i].file_bytes;
    assert_true(response.received_bytes > file_bytes); /* delimiters and longer headers come on top */
    assert_ends_complete(&stream);
    assert_memory_is_small(fixture, "400 instances of 512 KiB", response.total_ms);
    http_response_release(&response);
}

static void one_huge_instance_takes_little_memory_and_is_byte_exact(void **state)
{
    const struct fixture *fixture = *state;
    const struct study_instance *instance = &fixture->large->instances[0];
    struct stream stream = {.fd = open(instance->path, O_RDONLY | O_CLOEXEC),
                            .file_end = (off_t)instance->file_bytes};
    uint8_t head[KEPT_BYTES];
    struct part10_meta meta;
    struct http_options options = {.on_body = on_body, .context = &stream};
    struct http_response response;
    assert_int_equal(pread(stream.fd, head, sizeof(head), 0), sizeof(head));
    assert_true(part10_parse(head, sizeof(head), &meta, NULL));
    stream.file_at = (off_t)meta.data_set_offset;
    post(fixture, "", fixture->large, &options, &response);
    assert_false(stream.differs);
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(stream.file_at, stream.file_end);
    assert_ends_complete(&stream);
    assert_memory_is_small(fixture, "one instance", response.total_ms);
    http_response_release(&response);
    (void)close(stream.fd);
}

static void a_client_that_reads_slowly_takes_little_memory(void **state)
{
    const struct fixture *fixture = *state;
    const struct study *const studies[] = {fixture->many, fixture->large};
    for (size_t i = 0; i < 2; i++) {
        struct stream stream = {.fd = -1};
        struct http_options options = {.on_body = on_body,
                                       .context = &stream,
                                       .receive_buffer_bytes = 16 * 1024,
                                       .max_receive_bytes_per_s = SLOW_BYTES_PER_S,
                                       .stop_after_bytes = SLOW_STOP_BYTES};
        struct http_response response;
        post(fixture, "", studies[i], &options, &response);
        assert_int_equal(response.received_bytes, SLOW_STOP_BYTES);
        assert_memory_is_small(fixture, i == 0 ? "slow client, many instances" : "slow client, one instance",
                               response.total_ms);
        http_response_release(&response);
    }
}

static void storing_takes_little_memory(void **state)
{
    const struct fixture *fixture = *state;
    const struct study *const studies[] = {fixture->many, fixture->large};
    for (size_t i = 0; i < 2; i++) {
        struct http_options options = {.body = NULL};
        struct http_response response;
        size_t count = 0;
        post(fixture, i == 0 ? "?output=store&label=many" : "?output=store&label=large", studies[i], &options,
             &response);
        char *folder = temp_dir_join(fixture->dir, i == 0 ? "stored/many" : "stored/large");
        char **files = file_list(folder, &count);
        assert_int_equal(count, studies[i]->instance_count + 1); /* and the outcome */
        assert_memory_is_small(fixture, i == 0 ? "storing many instances" : "storing one instance",
                               response.total_ms);
        file_list_free(files, count);
        free(folder);
        http_response_release(&response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(four_hundred_instances_of_512_kib_take_little_memory, start_gateway,
                                        stop_gateway),
        cmocka_unit_test_setup_teardown(one_huge_instance_takes_little_memory_and_is_byte_exact,
                                        start_gateway, stop_gateway),
        cmocka_unit_test_setup_teardown(storing_takes_little_memory, start_gateway, stop_gateway),
        cmocka_unit_test_setup_teardown(a_client_that_reads_slowly_takes_little_memory, start_gateway,
                                        stop_gateway),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
