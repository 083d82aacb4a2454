/* What one stream costs in memory: it depends neither on the study, nor on the instance, nor on the client.
 */
#include "bench.h"

#include "support/http_client.h"

#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 600000, SLOW_RECEIVE_BUFFER_BYTES = 16 * 1024 };

static const char about[] =
    "Peak resident memory (VmHWM) of a gateway that has done nothing but this one stream:\n"
    "400 instances of 512 KB, the same to a client that reads slowly, one instance of 1,023 MiB\n"
    "(of 1 GiB and more, dcmqridx indexes nothing, and says nothing).";

#define MIB ((uint64_t)1 << 20)

struct scenario {
    const char *name;
    enum peer_kind peer;
    size_t instances;
    uint64_t pixel_bytes;
    int64_t client_bytes_per_s; /* 0: as fast as it comes */
};

static bool drop(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return true;
}

static bool stream(const char *url, const char *body, const struct scenario *scenario, uint64_t *ret_bytes,
                   struct support_error *err)
{
    const char *const headers[] = {"Content-Type: application/json", NULL};
    const struct http_options options = {
        .headers = headers,
        .body = body,
        .timeout_ms = TIMEOUT_MS,
        .on_body = drop,
        .max_receive_bytes_per_s = scenario->client_bytes_per_s,
        .receive_buffer_bytes = scenario->client_bytes_per_s > 0 ? SLOW_RECEIVE_BUFFER_BYTES : 0,
    };
    struct http_response response;
    http_request("POST", url, &options, &response);
    bool good = response.result == CURLE_OK && response.status == 200;
    if (!good)
        support_fail(err, "%s: HTTP status %ld, curl: %s", scenario->name, response.status,
                     curl_easy_strerror(response.result));
    (void)printf("%s: %llu bytes in %.1f s\n", scenario->name, (unsigned long long)response.received_bytes,
                 (double)response.total_ms / 1e3);
    *ret_bytes = response.received_bytes;
    http_response_release(&response);
    return good;
}

static bool measure(const struct bench_study *study, const struct peer *peer, const struct scenario *scenario,
                    struct support_error *err)
{
    struct process_usage idle;
    struct process_usage after;
    uint64_t bytes = 0;
    char *configuration = gateway_configuration("main", peer_port(peer), peer_ae_title(peer), NULL);
    struct gateway *gateway = configuration == NULL ? NULL : gateway_start(configuration, err);
    char *url = gateway == NULL ? NULL : bench_get_url(gateway);
    char *body = bench_study_body(study);
    bool good = url != NULL && body != NULL && process_usage(gateway_process(gateway), &idle) &&
                stream(url, body, scenario, &bytes, err) && process_usage(gateway_process(gateway), &after);
    if (good)
        bench_row("peak memory (VmHWM): %s | does not grow | %.1f MiB; idle before it %.1f MiB; body %.0f MB",
                  scenario->name, (double)after.rss_peak_kib / 1024, (double)idle.rss_peak_kib / 1024,
                  (double)bytes / 1e6);
    gateway_free(gateway);
    free(configuration);
    free(url);
    free(body);
    return good;
}

static bool run(const struct scenario *scenario, struct support_error *err)
{
    struct bench_study study;
    struct peer *peer = NULL;
    bool good = bench_study_make(&study, scenario->instances, scenario->pixel_bytes, err);
    if (good) {
        const struct peer_options options = {
            .kind = scenario->peer, .files = study.paths, .file_count = scenario->instances};
        peer = peer_start(&options, err);
        good = peer != NULL && measure(&study, peer, scenario, err);
    }
    peer_free(peer);
    bench_study_release(&study);
    return good;
}

int main(int argc, char **argv)
{
    static const struct scenario full[] = {
        {"one instance of 512 KB", PEER_ORTHANC, 1, 512 * 1000, 0},
        {"400 instances of 512 KB", PEER_ORTHANC, 400, 512 * 1000, 0},
        {"400 of 512 KB, client at 20 MB/s", PEER_ORTHANC, 400, 512 * 1000, 20 * 1000 * 1000},
        {"2,000 instances of 9 KB", PEER_ORTHANC, 2000, 8 * 1024, 0},
        {"one instance of 1,023 MiB", PEER_DCMQRSCP, 1, 1023 * MIB, 0},
        {"one of 128 MiB, client at 10 MB/s", PEER_DCMQRSCP, 1, 128 * MIB, 10 * 1000 * 1000},
    };
    static const struct scenario tiny[] = {
        {"one instance of 65 MiB", PEER_DCMQRSCP, 1, 65 * MIB, 0},
    };
    struct bench_options options;
    struct support_error err = {.text = ""};
    int status;
    bool good = true;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    const struct scenario *scenarios = options.size == BENCH_SMOKE ? tiny : full;
    size_t count = options.size == BENCH_SMOKE ? 1 : options.size == BENCH_QUICK ? 2 : 6;
    bench_print_machine();
    for (size_t i = 0; good && i < count; i++)
        good = run(&scenarios[i], &err);
    if (!good)
        (void)fprintf(stderr, "bench-memory: %s\n", err.text);
    return good ? 0 : 1;
}
