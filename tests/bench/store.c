/* Instances stored as files: by the gateway, with and without fsync, and by getscu. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CURL_TIMEOUT_MS = 600000,
    GETSCU_TIMEOUT_MS = 900000,
    MAX_REPEAT = 1024,
    DEFAULT_REPEAT = 5,
    LARGE_PIXEL_BYTES = 512 * 1024,
    SMALL_PIXEL_BYTES = 8 * 1024,
    URL_BYTES = 256
};

static const char about[] =
    "400 instances of 512 KB, and 2,000 of about 9 KB, from orthanc into files: the whole HTTP request by\n"
    "curl (output=store, a fresh label each time) with store-fsync off and on, against Debian's\n"
    "getscu --bit-preserving -od, as it is. Files lie below $TMPDIR or /tmp: fsync means what it means "
    "there.";

/* The files that are there afterwards count: getscu exits with 0 for an incomplete set too. */
static bool has_files(const char *directory, size_t expected, const char *who, struct support_error *err)
{
    size_t count = 0;
    char **files = file_list(directory, &count);
    file_list_free(files, count);
    if (count != expected)
        support_fail(err, "%s stored %zu files of %zu", who, count, expected);
    return count == expected;
}

static bool time_store(const struct bench_study *study, const struct gateway *gateway, const char *root,
                       size_t run, double *ret_s, struct support_error *err)
{
    char url[URL_BYTES];
    char *directory = NULL;
    struct bench_transfer transfer;
    char *base = bench_get_url(gateway);
    char *body = bench_study_body(study);
    (void)snprintf(url, sizeof url, "%s?output=store&label=run-%zu", base != NULL ? base : "", run);
    bool good = base != NULL && body != NULL && asprintf(&directory, "%s/run-%zu", root, run) > 0 &&
                bench_curl(url, body, CURL_TIMEOUT_MS, &transfer, err) &&
                has_files(directory, study->study->instance_count + 1, "the gateway", err);
    *ret_s = good ? (double)transfer.ns / 1e9 : 0;
    free(directory);
    free(base);
    free(body);
    return good;
}

static bool time_gateway(const struct bench_study *study, const struct peer *peer, bool with_fsync,
                         size_t repeat, double *ret_s, struct support_error *err)
{
    static double seconds[MAX_REPEAT];
    char *members = NULL;
    struct temp_dir *dir = temp_dir_new("bench-store", err);
    bool good = dir != NULL && asprintf(&members, "\"output-directory\": \"%s\", \"store-fsync\": %s",
                                        temp_dir_path(dir), with_fsync ? "true" : "false") > 0;
    char *configuration =
        good ? gateway_configuration("main", peer_port(peer), peer_ae_title(peer), members) : NULL;
    struct gateway *gateway = configuration != NULL ? gateway_start(configuration, err) : NULL;
    good = gateway != NULL;
    for (size_t i = 0; good && i < repeat; i++) {
        good = time_store(study, gateway, temp_dir_path(dir), i, &seconds[i], err);
        (void)printf("gateway, fsync %s, run %zu: %.3f s\n", with_fsync ? "on" : "off", i + 1, seconds[i]);
    }
    *ret_s = good ? bench_median(seconds, repeat) : 0;
    gateway_free(gateway);
    free(configuration);
    free(members);
    temp_dir_free(dir);
    return good;
}

static bool time_getscu(const struct bench_study *study, const struct peer *peer, double *ret_s,
                        struct support_error *err)
{
    char uid[128];
    (void)snprintf(uid, sizeof uid, "StudyInstanceUID=%s", study->study->study_uid);
    struct temp_dir *dir = temp_dir_new("bench-getscu", err);
    if (dir == NULL)
        return false;
    const struct getscu_options options = {
        .port = peer_port(peer),
        .called_ae = peer_ae_title(peer),
        .keys = (const char *const[]){"QueryRetrieveLevel=STUDY", uid, NULL},
        .arguments = (const char *const[]){"--study", "--bit-preserving", NULL},
        .output_directory = temp_dir_path(dir),
        .timeout_ms = GETSCU_TIMEOUT_MS};
    int64_t before_ns = bench_now_ns();
    bool good = getscu_run(&options, NULL, err);
    *ret_s = (double)(bench_now_ns() - before_ns) / 1e9;
    (void)printf("getscu --bit-preserving -od: %.3f s\n", *ret_s);
    good = good && has_files(temp_dir_path(dir), study->study->instance_count, "getscu", err);
    temp_dir_free(dir);
    return good;
}

static bool measure(const struct bench_options *options, size_t instances, uint64_t pixel_bytes,
                    const char *what, struct support_error *err)
{
    double without_s = 0, with_s = 0, getscu_s = 0;
    struct bench_study study;
    size_t repeat = options->repeat > 0 ? options->repeat : options->size == BENCH_SMOKE ? 1 : DEFAULT_REPEAT;
    if (!bench_study_make(&study, instances, pixel_bytes, err)) {
        bench_study_release(&study);
        return false;
    }
    const struct peer_options from = {.kind = PEER_ORTHANC, .files = study.paths, .file_count = instances};
    struct peer *peer = peer_start(&from, err);
    bool good = peer != NULL && time_gateway(&study, peer, false, repeat, &without_s, err) &&
                time_gateway(&study, peer, true, repeat, &with_s, err) &&
                time_getscu(&study, peer, &getscu_s, err);
    if (good) {
        bench_row(
            "%zu instances of %s from orthanc to files, getscu / gateway, fsync off | %s | %.0f (getscu "
            "%.1f s, once; gateway %.3f s, median of %zu repetitions)",
            instances, what, bench_target(options, ">= 20"), getscu_s / without_s, getscu_s, without_s,
            repeat);
        bench_row("the same, fsync on | - | %.1f (gateway %.3f s, %.0f files/s)", getscu_s / with_s, with_s,
                  (double)instances / with_s);
    }
    peer_free(peer);
    bench_study_release(&study);
    return good;
}

int main(int argc, char **argv)
{
    struct bench_options options;
    struct support_error err = {.text = ""};
    int status;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    size_t large = options.size == BENCH_FULL ? 400 : options.size == BENCH_QUICK ? 100 : 3;
    size_t small = options.size == BENCH_FULL ? 2000 : options.size == BENCH_QUICK ? 200 : 5;
    bench_print_machine();
    bool good = measure(&options, large, LARGE_PIXEL_BYTES, "512 KB", &err) &&
                measure(&options, small, SMALL_PIXEL_BYTES, "9 KB", &err);
    if (!good)
        (void)fprintf(stderr, "bench-store: %s\n", err.text);
    return good ? 0 : 1;
}
