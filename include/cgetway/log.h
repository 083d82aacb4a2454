/*
 * The log: one JSON object a line on standard error, so that a container's log collector can read it.
 *
 *   {"ts":"2026-11-22T10:46:00.123Z","level":"info","event":"retrieve-ended","requestId":"...",...}
 *
 * Only main and the HTTP handlers log; modules return errors. No patient data above debug level: keys, values
 * and UIDs of a request go to debug only. Everything from outside passes through jansson's escaping.
 * Thread-safe. A line is written by one write(2); where standard error is a full pipe the line is dropped
 * after 100 ms and counted, so that a blocked log collector cannot stop a retrieve.
 */
#ifndef CGETWAY_LOG_H
#define CGETWAY_LOG_H

#include <jansson.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* getscu's levels, in getscu's order. QUIET stands above critical: nothing is written. */
enum cgw_log_level {
    CGW_LOG_DEBUG,
    CGW_LOG_INFO,
    CGW_LOG_WARNING,
    CGW_LOG_ERROR,
    CGW_LOG_CRITICAL,
    CGW_LOG_QUIET,
};

/* First thing in main. Where standard input, output or error is closed, it becomes /dev/null: otherwise the
 * next descriptor that is opened would take its number, and the log would go there. */
void cgw_log_guard_standard_error(void);

/* Call once in main, before any thread. Until then warnings and above are written. */
void cgw_log_open(enum cgw_log_level lowest);

/* "debug", "info", "warning", "error", "critical", "quiet" -> level; false when it is none of them. */
bool cgw_log_level_from_name(const char *name, enum cgw_log_level *ret_level);
const char *cgw_log_level_name(enum cgw_log_level level);

/* True when a line of this level would be written: ask before building costly fields. */
bool cgw_log_wants(enum cgw_log_level level);

/* event: a constant in kebab case. fields: a JSON object, stolen; its members follow ts, level and event.
 * NULL (also what json_pack returns when memory is out) writes the event alone. */
void cgw_log(enum cgw_log_level level, const char *event, json_t *fields);

/* Writes whatever the level: only for the line that tells the address listened on. */
void cgw_log_always(const char *event, json_t *fields);

#ifdef __cplusplus
}
#endif
#endif
