/*
 * The CPU that the gateway spends on a stream, against that of a bare relay (relay.c) for the same bytes.
 * What a process pays for a byte over loopback depends on who stands beside it: a sender's system call does
 * much of the receiver's work, and a slow sender makes for many small receives. So the figure that counts has
 * the relay in the gateway's own place, and the two take turns:
 *
 *     curl <- gateway <- orthanc            and      reader <- relay <- orthanc
 *
 * where the reader is the gateway with output=discard, which sends nothing on. The other two figures have
 * both in one chain, the relay before or behind the gateway, and show how much the place matters.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 120000, MAX_REPEAT = 1024, DEFAULT_REPEAT = 15, MAX_URL_BYTES = 128 };

static const char about[] =
    "CPU of the gateway against that of a bare recv/send relay which moves the same bytes from\n"
    "orthanc: 400 instances of 512 KB, in turns.";

struct relay {
    struct process *process;
    struct temp_dir *dir;
    char *output;
    uint16_t port;
};

struct chain {
    struct bench_study study;
    char *body;
    struct peer *orthanc;
    struct relay before;     /* to orthanc */
    struct gateway *gateway; /* its peer "main" is orthanc, "relayed" the relay before it */
    struct relay behind;     /* to the gateway */
};

static bool start_relay(struct relay *relay, uint16_t to_port, size_t buffer_kib, struct support_error *err)
{
    char port[16];
    char kib[16];
    char *line = NULL;
    (void)snprintf(port, sizeof port, "%u", to_port);
    (void)snprintf(kib, sizeof kib, "%zu", buffer_kib);
    const char *const arguments[] = {BENCH_RELAY, port, buffer_kib > 0 ? kib : NULL, NULL};
    relay->dir = temp_dir_new("relay", err);
    relay->output = relay->dir == NULL ? NULL : temp_dir_join(relay->dir, "output");
    if (relay->output == NULL)
        return false;
    const struct process_options start = {
        .argv = arguments, .stdout_path = relay->output, .stderr_path = relay->output};
    relay->process = process_start(&start, err);
    if (relay->process == NULL ||
        !process_wait_line(relay->process, relay->output, "listening ", 5000, &line, err))
        return false;
    relay->port = (uint16_t)strtoul(line + strlen("listening "), NULL, 10);
    free(line);
    return true;
}

static void stop_relay(struct relay *relay)
{
    process_free(relay->process);
    temp_dir_free(relay->dir);
    free(relay->output);
}

static bool start_gateway(struct chain *chain, struct support_error *err)
{
    char *text = NULL;
    if (asprintf(
            &text,
            "{\"peers\": {\"main\": {\"host\": \"127.0.0.1\", \"port\": %u, \"called-aet\": \"ORTHANC\"}, "
            "\"relayed\": {\"host\": \"127.0.0.1\", \"port\": %u, \"called-aet\": \"ORTHANC\"}}}",
            peer_port(chain->orthanc), chain->before.port) < 0)
        return false;
    chain->gateway = gateway_start(text, err);
    free(text);
    return chain->gateway != NULL;
}

static bool start(struct chain *chain, const struct bench_options *options, struct support_error *err)
{
    size_t instances = options->size == BENCH_FULL ? 400 : options->size == BENCH_QUICK ? 100 : 4;
    *chain = (struct chain){.orthanc = NULL};
    if (!bench_study_make(&chain->study, instances, 512 * 1000, err))
        return false;
    const struct peer_options peer = {
        .kind = PEER_ORTHANC, .files = chain->study.paths, .file_count = chain->study.study->instance_count};
    chain->orthanc = peer_start(&peer, err);
    chain->body = bench_study_body(&chain->study);
    return chain->orthanc != NULL && chain->body != NULL &&
           start_relay(&chain->before, peer_port(chain->orthanc), options->buffer_kib, err) &&
           start_gateway(chain, err) &&
           start_relay(&chain->behind, gateway_port(chain->gateway), options->buffer_kib, err);
}

static void stop(struct chain *chain)
{
    stop_relay(&chain->behind);
    gateway_free(chain->gateway);
    stop_relay(&chain->before);
    peer_free(chain->orthanc);
    bench_study_release(&chain->study);
    free(chain->body);
}

struct sample {
    double gateway_s, before_s, behind_s, wall_s;
    uint64_t bytes;
};

/* One retrieve, and the CPU that each of the three spent on it. */
static bool take_sample(const struct chain *chain, const struct relay *through, const char *path,
                        struct sample *ret_sample, struct support_error *err)
{
    const struct process *processes[] = {gateway_process(chain->gateway), chain->before.process,
                                         chain->behind.process};
    char url[MAX_URL_BYTES];
    int64_t cpu_ns[3];
    struct bench_transfer transfer;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/peers/%s",
                   through != NULL ? through->port : gateway_port(chain->gateway), path);
    for (size_t i = 0; i < 3; i++)
        cpu_ns[i] = bench_cpu_ns(process_id(processes[i]));
    if (!bench_curl(url, chain->body, TIMEOUT_MS, &transfer, err))
        return false;
    for (size_t i = 0; i < 3; i++)
        cpu_ns[i] = bench_cpu_ns(process_id(processes[i])) - cpu_ns[i];
    *ret_sample = (struct sample){.gateway_s = (double)cpu_ns[0] / 1e9,
                                  .before_s = (double)cpu_ns[1] / 1e9,
                                  .behind_s = (double)cpu_ns[2] / 1e9,
                                  .wall_s = (double)transfer.ns / 1e9,
                                  .bytes = transfer.bytes};
    return true;
}

/* What was measured with the relay in one place. */
struct series {
    double gateway_s[MAX_REPEAT], relay_s[MAX_REPEAT], ratio[MAX_REPEAT];
    size_t count;
};

static void add(struct series *series, const char *name, double gateway_s, double relay_s)
{
    series->gateway_s[series->count] = gateway_s;
    series->relay_s[series->count] = relay_s;
    series->ratio[series->count] = gateway_s / relay_s;
    (void)printf("  %-9s gateway %.3f s, relay %.3f s, ratio %.2f\n", name, gateway_s, relay_s,
                 series->ratio[series->count]);
    series->count++;
}

/* Quartiles, because a machine that others use too gives wild single values. */
static void print_series(struct series *series, const char *name, const char *target)
{
    size_t count = series->count;
    double ratio = bench_median(series->ratio, count);
    bench_row("CPU of the gateway / of a bare relay %s | %s | %.2f (quartiles %.2f, %.2f; medians %.3f s, "
              "%.3f s; %zu "
              "repetitions)",
              name, target, ratio, series->ratio[count / 4], series->ratio[(3 * count) / 4],
              bench_median(series->gateway_s, count), bench_median(series->relay_s, count), count);
}

static void print_moved(const struct relay *relay, struct support_error *err)
{
    size_t length = 0;
    char *text = (char *)file_read(relay->output, &length, err);
    const char *last = text == NULL ? NULL : strrchr(text, 'm');
    (void)printf("bytes through the relay before the gateway, last time: %s", last == NULL ? "?\n" : last);
    free(text);
}

static bool take_turns(const struct chain *chain, size_t repeat, struct series series[3],
                       struct support_error *err)
{
    struct sample alone;
    struct sample bare;
    struct sample before;
    struct sample behind;
    for (size_t i = 0; i <= repeat; i++) {
        if (!take_sample(chain, NULL, "main/get", &alone, err) ||
            !take_sample(chain, NULL, "relayed/get?output=discard", &bare, err) ||
            !take_sample(chain, NULL, "relayed/get", &before, err) ||
            !take_sample(chain, &chain->behind, "main/get", &behind, err))
            return false;
        if (i == 0) /* warms up caches */
            continue;
        (void)printf("turn %zu: %llu bytes; curl <- gateway <- orthanc in %.3f s, %.0f MB/s\n", i,
                     (unsigned long long)alone.bytes, alone.wall_s, (double)alone.bytes / 1e6 / alone.wall_s);
        add(&series[0], "in place", alone.gateway_s, bare.before_s);
        add(&series[1], "before", before.gateway_s, before.before_s);
        add(&series[2], "behind", behind.gateway_s, behind.behind_s);
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct series series[3];
    struct bench_options options;
    struct support_error err = {.text = ""};
    struct chain chain;
    int status;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    size_t repeat = options.repeat > 0 ? options.repeat : options.size == BENCH_SMOKE ? 1 : DEFAULT_REPEAT;
    bench_print_machine();
    bool good = start(&chain, &options, &err) && take_turns(&chain, repeat, series, &err);
    if (good) {
        char name[80];
        (void)snprintf(name, sizeof name, "in its place, %zu instances of 512 KB from orthanc",
                       chain.study.study->instance_count);
        print_moved(&chain.before, &err);
        print_series(&series[0], name, bench_target(&options, "<= 1.3"));
        print_series(&series[1], "between it and orthanc", "-");
        print_series(&series[2], "between it and curl", "-");
    }
    stop(&chain);
    if (!good)
        (void)fprintf(stderr, "bench-cpu: %s\n", err.text);
    return good ? 0 : 1;
}
