/*
 * From the start of the process to the first answer: fork and exec, then a GET as soon as something listens.
 * The gateway has what users give it: a peer, a directory for stored files and one for the cache. Orthanc,
 * started in turns with it, is what else one would put in front of an archive. Files are in the page cache,
 * after one turn that is not counted.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_MS = 60000, RETRY_NS = 200 * 1000, STOP_MS = 20000, MAX_RUNS = 64 };

static const char about[] = "How long a gateway takes from its start to its first answer, and Orthanc.";

struct program {
    const char *url_path;
    const char *(*configuration)(const char *directory, uint16_t port, char text[1024]);
    const char *arguments[4];
    double ms[MAX_RUNS];
};

static const char *gateway_text(const char *directory, uint16_t port, char text[1024])
{
    (void)snprintf(
        text, 1024,
        "{\"listen\": {\"port\": %u}, \"output-directory\": \"%s/store\", \"cache-directory\": \"%s/cache\","
        " \"peers\": {\"main\": {\"host\": \"127.0.0.1\", \"port\": 104}}}",
        port, directory, directory);
    return text;
}

static const char *orthanc_text(const char *directory, uint16_t port, char text[1024])
{
    (void)snprintf(
        text, 1024,
        "{\"HttpPort\": %u, \"DicomPort\": %u, \"StorageDirectory\": \"%s\", \"IndexDirectory\": \"%s\","
        " \"Plugins\": [], \"RemoteAccessAllowed\": false}",
        port, free_tcp_port(), directory, directory);
    return text;
}

static bool answers(uint16_t port, const char *path)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval limit = {.tv_sec = LIMIT_MS / 1000};
    char text[256];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0;
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
    if (good) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        good = send(fd, text, (size_t)length, MSG_NOSIGNAL) == length;
    }
    ssize_t got = good ? recv(fd, text, sizeof text - 1, 0) : -1;
    if (fd >= 0)
        (void)close(fd);
    return got > 12 && memcmp(text, "HTTP/1.", 7) == 0 && memcmp(text + 9, "200", 3) == 0;
}

static bool await_answer(struct process *process, uint16_t port, const char *path, struct support_error *err)
{
    const struct timespec pause = {.tv_nsec = RETRY_NS};
    const int64_t end_ns = bench_now_ns() + (int64_t)LIMIT_MS * 1000000;
    while (!answers(port, path)) {
        if (!process_is_running(process) || bench_now_ns() > end_ns) {
            support_fail(err, "it does not answer on port %u", port);
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static bool time_start(struct program *program, size_t run, struct support_error *err)
{
    char text[1024];
    const uint16_t port = free_tcp_port();
    struct temp_dir *dir = temp_dir_new("start", err);
    char *file = dir == NULL ? NULL : temp_dir_join(dir, "configuration");
    char *store = dir == NULL ? NULL : temp_dir_mkdir(dir, "store", err);
    char *cache = dir == NULL ? NULL : temp_dir_mkdir(dir, "cache", err);
    bool good = file != NULL && store != NULL && cache != NULL;
    good = good && program->configuration(temp_dir_path(dir), port, text) != NULL &&
           file_write(file, text, strlen(text), err);
    if (good) {
        const struct process_options options = {.argv = program->arguments, .directory = temp_dir_path(dir)};
        const int64_t before_ns = bench_now_ns();
        struct process *process = process_start(&options, err);
        good = process != NULL && await_answer(process, port, program->url_path, err);
        program->ms[run] = (double)(bench_now_ns() - before_ns) / 1e6;
        if (process != NULL)
            (void)process_stop(process, STOP_MS, NULL);
        process_free(process);
    }
    free(file);
    free(store);
    free(cache);
    temp_dir_free(dir);
    return good;
}

int main(int argc, char **argv)
{
    const char *binary = getenv("CGW_BINARY");
    struct program gateway = {
        .url_path = "/healthz",
        .configuration = gateway_text,
        .arguments = {binary != NULL ? binary : BENCH_GATEWAY, "--config", "configuration", NULL}};
    struct program orthanc = {.url_path = "/system",
                              .configuration = orthanc_text,
                              .arguments = {"Orthanc", "configuration", NULL}};
    struct bench_options options;
    struct support_error err = {.text = ""};
    int status;
    bool good = true;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    bench_print_machine();
    size_t runs = options.repeat != 0           ? options.repeat
                  : options.size == BENCH_FULL  ? 21
                  : options.size == BENCH_QUICK ? 5
                                                : 1;
    runs = runs < MAX_RUNS ? runs : MAX_RUNS;
    if (options.size != BENCH_SMOKE)
        good = time_start(&gateway, 0, &err) && time_start(&orthanc, 0, &err);
    for (size_t i = 0; good && i < runs; i++) {
        good = time_start(&gateway, i, &err) && time_start(&orthanc, i, &err);
        if (good)
            (void)printf("run %zu: gateway %.1f ms, Orthanc %.1f ms\n", i + 1, gateway.ms[i], orthanc.ms[i]);
    }
    if (!good) {
        (void)fprintf(stderr, "bench-start: %s\n", err.text);
        return 1;
    }
    const double ours = bench_median(gateway.ms, runs);
    const double theirs = bench_median(orthanc.ms, runs);
    bench_row("start to the first answer: gateway | %s | %.1f ms, median of %zu",
              bench_target(&options, "200 ms"), ours, runs);
    bench_row("start to the first answer: gateway / Orthanc | %s | %.3f (%.1f ms, %.1f ms)",
              bench_target(&options, "1"), ours / theirs, ours, theirs);
    return 0;
}
