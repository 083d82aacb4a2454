/*
 * The program under test, in a temporary directory, on a free port. The binary is the CMake target's;
 * CGW_BINARY in the environment names another one. Call gateway_start from the test's main thread.
 */
#ifndef CGETWAY_TESTS_GATEWAY_H
#define CGETWAY_TESTS_GATEWAY_H

#include "support/process.h"
#include "support/support_error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gateway; /* opaque */

struct gateway_options {
    const char *
        configuration; /* JSON text of the file; "port" is set to 0 and "address" to 127.0.0.1 where absent */
    const char *const *arguments;   /* more arguments, NULL-terminated; NULL: none */
    const char *const *environment; /* as in struct process_options */
    const char *const *wrapper;     /* put before the program: {"valgrind", "-q", NULL}; NULL: none */
    int64_t start_timeout_ms;       /* 0: 20 s */
};

struct gateway *gateway_start(const char *configuration, struct support_error *err);
struct gateway *gateway_start_with(const struct gateway_options *options, struct support_error *err);

/* A configuration with one peer on 127.0.0.1; more_members: more top level members as JSON text ("\"a\": 1"),
 * or NULL. Owned by the caller (free). */
char *gateway_configuration(const char *peer_name, uint16_t peer_port, const char *called_ae,
                            const char *more_members);

/* "http://127.0.0.1:41234" without a slash at the end; borrowed. */
const char *gateway_url(const struct gateway *gateway);
/* The base URL with a printf-style path after it; owned by the caller (free). */
char *gateway_url_of(const struct gateway *gateway, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
uint16_t gateway_port(const struct gateway *gateway);
struct process *gateway_process(const struct gateway *gateway); /* borrowed: usage, signals */
const char *gateway_directory(const struct gateway *gateway);   /* borrowed: its working directory */
const char *gateway_log_path(const struct gateway *gateway);    /* borrowed */

/* All log lines so far as an array of objects; new reference. A line that is no JSON object (a sanitizer's
 * report, a message of a library) comes as a string. */
json_t *gateway_log(const struct gateway *gateway);
/* Waits for a log line with this text. */
bool gateway_wait_log(struct gateway *gateway, const char *text, int64_t timeout_ms, char **ret_line,
                      struct support_error *err);

/* SIGTERM; true when it then exited with status 0 within the deadline and the log holds only JSON lines. */
bool gateway_stop(struct gateway *gateway, int64_t timeout_ms, struct support_error *err);
/* Kills what still runs and removes its directory. Takes NULL. */
void gateway_free(struct gateway *gateway);

#endif
