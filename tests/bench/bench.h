/*
 * What the benches share. A bench never asserts a time: it prints what it measured, and as its last lines
 * rows of a Markdown table, "| what | target | measured |", which `run` collects. It fails (exit status 1)
 * only when something did not work.
 */
#ifndef CGETWAY_TESTS_BENCH_H
#define CGETWAY_TESTS_BENCH_H

#include "support/gateway.h"
#include "support/make_study.h"
#include "support/peers.h"
#include "support/process.h"
#include "support/support_error.h"
#include "support/temp_dir.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum bench_size { BENCH_FULL, BENCH_QUICK, BENCH_SMOKE };

struct bench_options {
    enum bench_size size;
    size_t repeat;     /* 0: the bench's own number */
    size_t buffer_kib; /* of the relay; 0: its own */
};

/* False: usage was printed, and *ret_status is the exit status. */
bool bench_parse(int argc, char **argv, const char *about, struct bench_options *ret_options,
                 int *ret_status);

/* The CPU, the cores, the kernel, the load, the versions of the peers. */
void bench_print_machine(void);
/* printf-style: a row of the summary. */
void bench_row(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The target, or "-" with tiny sizes, which say nothing. */
const char *bench_target(const struct bench_options *options, const char *target);

int64_t bench_now_ns(void);
/* User and system time of all threads of a process; -1: it has ended. */
int64_t bench_cpu_ns(pid_t id);
/* Sorts the values. count is not 0. */
double bench_median(double *values, size_t count);

/* A study and the directory it lies in. */
struct bench_study {
    struct temp_dir *dir;
    struct study *study;
    const char **paths;
};
bool bench_study_make(struct bench_study *study, size_t instances, uint64_t pixel_bytes,
                      struct support_error *err);
void bench_study_release(struct bench_study *study);
/* The study as the body of a request, and as a POST's URL at this gateway. Both are owned by the caller
 * (free). */
char *bench_study_body(const struct bench_study *study);
char *bench_get_url(const struct gateway *gateway);

struct bench_transfer {
    int64_t ns;     /* from the start of curl to its end */
    uint64_t bytes; /* of the body */
};
/* curl, a POST, the body to /dev/null. False unless curl found the answer whole and the status 2xx. */
bool bench_curl(const char *url, const char *body, int64_t timeout_ms, struct bench_transfer *ret_transfer,
                struct support_error *err);

#endif
