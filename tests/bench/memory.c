/* What one stream costs in memory: it depends neither on the study, nor on the instance, nor on the client;
 * and what many at once cost. */
#include "bench.h"

#include "support/http_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 600000, SLOW_RECEIVE_BUFFER_BYTES = 16 * 1024, MAX_CLIENTS = 64 };

static const char about[] =
    "Peak resident memory (VmHWM) of a gateway that has done nothing but this one stream:\n"
    "400 instances of 512 KB, the same to a client that reads slowly, one instance of 1,023 MiB\n"
    "(of 1 GiB and more, dcmqridx indexes nothing, and says nothing). Then of one with 32 at once.";

#define MIB ((uint64_t)1 << 20)

struct scenario {
    const char *name;
    enum peer_kind peer;
    size_t instances;
    uint64_t pixel_bytes;
    int64_t client_bytes_per_s; /* 0: as fast as it comes */
    size_t clients;             /* at once */
};

struct client {
    pthread_t thread;
    const char *url, *body;
    const struct scenario *scenario;
    uint64_t bytes;
    bool good;
    struct support_error err;
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
    *ret_bytes = response.received_bytes;
    http_response_release(&response);
    return good;
}

static void *client_main(void *argument)
{
    struct client *client = argument;
    client->good = stream(client->url, client->body, client->scenario, &client->bytes, &client->err);
    return NULL;
}

static bool stream_all(const char *url, const char *body, const struct scenario *scenario,
                       uint64_t *ret_bytes, struct support_error *err)
{
    static struct client clients[MAX_CLIENTS];
    size_t started = 0;
    bool good = true;
    for (; started < scenario->clients; started++) {
        clients[started] = (struct client){.url = url, .body = body, .scenario = scenario};
        if (pthread_create(&clients[started].thread, NULL, client_main, &clients[started]) != 0)
            break;
    }
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(clients[i].thread, NULL);
        if (good && !clients[i].good)
            *err = clients[i].err;
        good = good && clients[i].good;
        *ret_bytes += clients[i].bytes;
    }
    (void)printf("%s: %llu bytes\n", scenario->name, (unsigned long long)*ret_bytes);
    if (started < scenario->clients)
        support_fail(err, "%s: no thread for a client", scenario->name);
    return good && started == scenario->clients;
}

static bool measure(const struct bench_study *study, const struct peer *peer, const struct scenario *scenario,
                    struct support_error *err)
{
    struct process_usage idle;
    struct process_usage after;
    uint64_t bytes = 0;
    char *configuration =
        gateway_configuration("main", peer_port(peer), peer_ae_title(peer), "\"max-retrieves-per-peer\": 64");
    struct gateway *gateway = configuration == NULL ? NULL : gateway_start(configuration, err);
    char *url = gateway == NULL ? NULL : bench_get_url(gateway);
    char *body = bench_study_body(study);
    bool good = url != NULL && body != NULL && process_usage(gateway_process(gateway), &idle) &&
                stream_all(url, body, scenario, &bytes, err) &&
                process_usage(gateway_process(gateway), &after);
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
        {"one instance of 512 KB", PEER_ORTHANC, 1, 512 * 1000, 0, 1},
        {"400 instances of 512 KB", PEER_ORTHANC, 400, 512 * 1000, 0, 1},
        {"400 of 512 KB, client at 20 MB/s", PEER_ORTHANC, 400, 512 * 1000, 20 * 1000 * 1000, 1},
        {"2,000 instances of 9 KB", PEER_ORTHANC, 2000, 8 * 1024, 0, 1},
        {"one instance of 1,023 MiB", PEER_DCMQRSCP, 1, 1023 * MIB, 0, 1},
        {"one of 128 MiB, client at 10 MB/s", PEER_DCMQRSCP, 1, 128 * MIB, 10 * 1000 * 1000, 1},
        {"32 at once, each one of 16 MiB, client at 4 MB/s", PEER_DCMQRSCP, 1, 16 * MIB, 4 * 1000 * 1000, 32},
    };
    static const struct scenario tiny[] = {
        {"one instance of 65 MiB", PEER_DCMQRSCP, 1, 65 * MIB, 0, 1},
    };
    struct bench_options options;
    struct support_error err = {.text = ""};
    int status;
    bool good = true;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    const struct scenario *scenarios = options.size == BENCH_SMOKE ? tiny : full;
    size_t count = options.size == BENCH_SMOKE   ? 1
                   : options.size == BENCH_QUICK ? 2
                                                 : sizeof full / sizeof full[0];
    bench_print_machine();
    for (size_t i = 0; good && i < count; i++)
        good = run(&scenarios[i], &err);
    if (!good)
        (void)fprintf(stderr, "bench-memory: %s\n", err.text);
    return good ? 0 : 1;
}
