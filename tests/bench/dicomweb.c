/* DICOMweb: the gateway in front of an Orthanc, against the DICOMweb plugin of the same Orthanc. */
#include "bench.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_TIMEOUT_MS = 600000,
    MAX_REPEAT = 1024,
    DEFAULT_REPEAT = 9,
    LARGE_PIXEL_BYTES = 512 * 1024,
    SMALL_PIXEL_BYTES = 8 * 1024,
    CONNECTIONS = 8,
    URL_BYTES = 512
};

#define PLUGIN "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
#define FRAME_TYPE "Accept: multipart/related; type=\"application/octet-stream\"; transfer-syntax=*"

static const char about[] =
    "One Orthanc with its DICOMweb plugin, and the gateway with that Orthanc as its peer, asked the same\n"
    "things over HTTP: the metadata of a series of 2,000 instances, frames of 512 KB over 8 connections,\n"
    "both when everything was asked for before; and the first frame of a series of 400 instances that is\n"
    "only in the peer, against retrieving the whole series first.";

/* ---- a client: one connection that is kept ---- */

struct client {
    CURL *curl;
    struct curl_slist *headers;
    uint64_t bytes; /* of the body */
};

static size_t count_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct client *client = context;
    (void)bytes;
    client->bytes += size * count;
    return size * count;
}

static bool client_open(struct client *client, const char *accept, bool gzip)
{
    *client = (struct client){.curl = curl_easy_init(), .headers = curl_slist_append(NULL, accept)};
    if (gzip && client->headers != NULL)
        client->headers = curl_slist_append(client->headers, "Accept-Encoding: gzip");
    if (client->curl == NULL || client->headers == NULL)
        return false;
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, count_bytes);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)REQUEST_TIMEOUT_MS);
    (void)curl_easy_setopt(client->curl, CURLOPT_BUFFERSIZE, (long)CURL_MAX_READ_SIZE);
    (void)curl_easy_setopt(client->curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    return true;
}

static void client_close(struct client *client)
{
    curl_slist_free_all(client->headers);
    if (client->curl != NULL)
        curl_easy_cleanup(client->curl);
}

/* Whole, status 200, at least so many bytes. */
static bool client_get(struct client *client, const char *url, uint64_t least_bytes,
                       struct support_error *err)
{
    long status = 0;
    client->bytes = 0;
    (void)curl_easy_setopt(client->curl, CURLOPT_URL, url);
    CURLcode result = curl_easy_perform(client->curl);
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK && status == 200 && client->bytes >= least_bytes)
        return true;
    support_fail(err, "%s: %s, status %ld, %llu bytes", url, curl_easy_strerror(result), status,
                 (unsigned long long)client->bytes);
    return false;
}

/* ---- the servers ---- */

struct world {
    struct bench_study study;
    struct peer *peer;
    struct temp_dir *cache;
    struct gateway *gateway;
    char *gateway_base, *plugin_base;
};

static bool start_gateway(struct world *world, struct support_error *err)
{
    char *members = NULL;
    char *configuration = NULL;
    world->cache = temp_dir_new("bench-dicomweb", err);
    if (world->cache != NULL && asprintf(&members, "\"cache-directory\": \"%s\", \"cache-fresh\": 3600",
                                         temp_dir_path(world->cache)) > 0)
        configuration =
            gateway_configuration("main", peer_port(world->peer), peer_ae_title(world->peer), members);
    if (configuration != NULL)
        world->gateway = gateway_start(configuration, err);
    free(configuration);
    free(members);
    return world->gateway != NULL &&
           (world->gateway_base = gateway_url_of(world->gateway, "/v1/peers/main/dicom-web")) != NULL;
}

static void stop_gateway(struct world *world)
{
    gateway_free(world->gateway);
    temp_dir_free(world->cache);
    free(world->gateway_base);
    world->gateway = NULL;
    world->cache = NULL;
    world->gateway_base = NULL;
}

static bool world_begin(struct world *world, size_t instances, uint64_t pixel_bytes,
                        struct support_error *err)
{
    *world = (struct world){.peer = NULL};
    if (!bench_study_make(&world->study, instances, pixel_bytes, err))
        return false;
    const struct peer_options options = {.kind = PEER_ORTHANC,
                                         .files = world->study.paths,
                                         .file_count = instances,
                                         .configuration = "{\"Plugins\": [\"" PLUGIN "\"]}"};
    world->peer = peer_start(&options, err);
    if (world->peer == NULL ||
        asprintf(&world->plugin_base, "http://127.0.0.1:%u/dicom-web", peer_http_port(world->peer)) < 0)
        return false;
    return start_gateway(world, err);
}

static void world_end(struct world *world)
{
    stop_gateway(world);
    peer_free(world->peer);
    free(world->plugin_base);
    bench_study_release(&world->study);
}

static void series_url(const struct world *world, const char *base, const char *rest, char url[URL_BYTES])
{
    const struct study *study = world->study.study;
    (void)snprintf(url, URL_BYTES, "%s/studies/%s/series/%s%s", base, study->study_uid, study->series_uids[0],
                   rest);
}

static void frame_url(const struct world *world, const char *base, size_t instance, char url[URL_BYTES])
{
    char rest[URL_BYTES / 2];
    (void)snprintf(rest, sizeof rest, "/instances/%s/frames/1",
                   world->study.study->instances[instance].sop_instance);
    series_url(world, base, rest, url);
}

/* ---- metadata ---- */

static bool time_metadata(const struct world *world, const char *base, bool gzip, size_t repeat,
                          double *ret_s, uint64_t *ret_bytes, struct support_error *err)
{
    static double seconds[MAX_REPEAT];
    char url[URL_BYTES];
    struct client client;
    series_url(world, base, "/metadata", url);
    bool good = client_open(&client, "Accept: application/dicom+json", gzip) &&
                client_get(&client, url, 100, err); /* from here on it is warm */
    for (size_t i = 0; good && i < repeat; i++) {
        int64_t before_ns = bench_now_ns();
        good = client_get(&client, url, 100, err);
        seconds[i] = (double)(bench_now_ns() - before_ns) / 1e9;
    }
    *ret_bytes = client.bytes;
    *ret_s = good ? bench_median(seconds, repeat) : 0;
    client_close(&client);
    return good;
}

static bool measure_metadata(const struct bench_options *options, struct support_error *err)
{
    size_t instances = options->size == BENCH_FULL ? 2000 : options->size == BENCH_QUICK ? 200 : 5;
    size_t repeat = options->repeat > 0 ? options->repeat : options->size == BENCH_SMOKE ? 1 : DEFAULT_REPEAT;
    struct world world;
    bool good = world_begin(&world, instances, SMALL_PIXEL_BYTES, err);
    for (int gzip = 1; good && gzip >= 0; gzip--) {
        double plugin_s = 0, gateway_s = 0;
        uint64_t plugin_bytes = 0, gateway_bytes = 0;
        good = time_metadata(&world, world.plugin_base, gzip, repeat, &plugin_s, &plugin_bytes, err) &&
               time_metadata(&world, world.gateway_base, gzip, repeat, &gateway_s, &gateway_bytes, err);
        if (good)
            bench_row("warm metadata of a series of %zu, %s, plugin / gateway | %s | %.1f (plugin %.4f s and "
                      "%llu bytes, gateway %.4f s and %llu bytes, medians of %zu)",
                      instances, gzip ? "gzip accepted" : "no gzip", bench_target(options, ">= 3"),
                      plugin_s / gateway_s, plugin_s, (unsigned long long)plugin_bytes, gateway_s,
                      (unsigned long long)gateway_bytes, repeat);
    }
    world_end(&world);
    return good;
}

/* ---- frames ---- */

struct load {
    const struct world *world;
    const char *base;
    size_t requests, first;
    struct support_error err;
    bool good;
};

static void *run_load(void *context)
{
    struct load *load = context;
    struct client client;
    char url[URL_BYTES];
    load->good = client_open(&client, FRAME_TYPE, false);
    for (size_t i = 0; load->good && i < load->requests; i++) {
        frame_url(load->world, load->base, (load->first + i) % load->world->study.study->instance_count, url);
        load->good = client_get(&client, url, 1000, &load->err);
    }
    client_close(&client);
    return NULL;
}

/* Requests per second of all connections together. */
static bool time_frames(const struct world *world, const char *base, size_t requests, double *ret_rate,
                        struct support_error *err)
{
    pthread_t threads[CONNECTIONS];
    struct load loads[CONNECTIONS];
    bool good = true;
    int64_t before_ns = bench_now_ns();
    for (size_t i = 0; i < CONNECTIONS; i++) {
        loads[i] = (struct load){.world = world,
                                 .base = base,
                                 .requests = requests,
                                 .first = i * world->study.study->instance_count / CONNECTIONS};
        if (pthread_create(&threads[i], NULL, run_load, &loads[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        (void)pthread_join(threads[i], NULL);
        if (!loads[i].good && good)
            *err = loads[i].err;
        good = good && loads[i].good;
    }
    *ret_rate = (double)(requests * CONNECTIONS) / ((double)(bench_now_ns() - before_ns) / 1e9);
    return good;
}

static bool measure_frames(const struct bench_options *options, const struct world *world,
                           struct support_error *err)
{
    size_t instances = world->study.study->instance_count;
    size_t requests = options->size == BENCH_SMOKE ? 2 : instances;
    size_t repeat = options->size == BENCH_SMOKE ? 1 : 3;
    double plugin[3], gateway[3], warming;
    bool good = time_frames(world, world->gateway_base, instances, &warming, err) &&
                time_frames(world, world->plugin_base, requests, &warming, err);
    for (size_t i = 0; good && i < repeat; i++) {
        good = time_frames(world, world->plugin_base, requests, &plugin[i], err) &&
               time_frames(world, world->gateway_base, requests, &gateway[i], err);
        if (good)
            (void)printf("frames, run %zu: plugin %.0f/s, gateway %.0f/s\n", i + 1, plugin[i], gateway[i]);
    }
    if (good) {
        double plugin_rate = bench_median(plugin, repeat), gateway_rate = bench_median(gateway, repeat);
        bench_row(
            "warm frames of 512 KB over %d connections, gateway / plugin, requests per second | %s | %.1f "
            "(plugin %.0f/s, gateway %.0f/s, medians of %zu runs of %zu requests)",
            CONNECTIONS, bench_target(options, ">= 2"), gateway_rate / plugin_rate, plugin_rate, gateway_rate,
            repeat, requests * CONNECTIONS);
    }
    return good;
}

/* ---- cold ---- */

static bool time_cold(struct world *world, const char *accept, const char *url, uint64_t least_bytes,
                      double *ret_s, struct support_error *err)
{
    struct client client;
    bool good = client_open(&client, accept, false);
    int64_t before_ns = bench_now_ns();
    good = good && client_get(&client, url, least_bytes, err);
    *ret_s = (double)(bench_now_ns() - before_ns) / 1e9;
    client_close(&client);
    stop_gateway(world);
    return good;
}

static bool measure_cold(const struct bench_options *options, struct world *world, size_t instance,
                         const char *which, struct support_error *err)
{
    static double series[MAX_REPEAT], frame[MAX_REPEAT];
    size_t repeat = options->size == BENCH_SMOKE ? 1 : 3;
    uint64_t all = world->study.study->instance_count * (uint64_t)LARGE_PIXEL_BYTES / 2;
    char url[URL_BYTES];
    bool good = true;
    for (size_t i = 0; good && i < repeat; i++) {
        stop_gateway(world);
        good = start_gateway(world, err);
        if (good)
            series_url(world, world->gateway_base, "", url);
        good = good &&
               time_cold(world, "Accept: multipart/related; type=\"application/dicom\"; transfer-syntax=*",
                         url, all, &series[i], err);
        good = good && start_gateway(world, err);
        if (good)
            frame_url(world, world->gateway_base, instance, url);
        good = good && time_cold(world, FRAME_TYPE, url, 1000, &frame[i], err);
        if (good)
            (void)printf("cold, run %zu: series %.3f s, %s frame %.3f s\n", i + 1, series[i], which,
                         frame[i]);
    }
    if (good) {
        double series_s = bench_median(series, repeat), frame_s = bench_median(frame, repeat);
        bench_row(
            "cold open of a series of %zu: its %s frame / the whole series | %s | %.3f (frame %.3f s, series "
            "%.3f s, medians of %zu)",
            world->study.study->instance_count, which, bench_target(options, "< 0.25"), frame_s / series_s,
            frame_s, series_s, repeat);
    }
    return good;
}

static bool measure_large(const struct bench_options *options, struct support_error *err)
{
    size_t instances = options->size == BENCH_FULL ? 400 : options->size == BENCH_QUICK ? 100 : 3;
    struct world world;
    bool good = world_begin(&world, instances, LARGE_PIXEL_BYTES, err) &&
                measure_frames(options, &world, err) && measure_cold(options, &world, 0, "first", err) &&
                measure_cold(options, &world, instances - 1, "last", err);
    world_end(&world);
    return good;
}

int main(int argc, char **argv)
{
    struct bench_options options;
    struct support_error err = {.text = ""};
    int status;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    bench_print_machine();
    bool good = measure_metadata(&options, &err) && measure_large(&options, &err);
    if (!good)
        (void)fprintf(stderr, "bench-dicomweb: %s\n", err.text);
    return good ? 0 : 1;
}
