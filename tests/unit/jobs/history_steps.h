/* A life of a history in steps, each one call that writes, and what the history holds as text: a step has
 * happened whole or not at all when the text is that of before or of after. */
#ifndef CGW_TESTS_JOBS_HISTORY_STEPS_H
#define CGW_TESTS_JOBS_HISTORY_STEPS_H

#include "jobs/history.h"

/* Ids are 32 hexadecimal digits. */
#define STEPS_ID(digit) "0000000000000000000000000000000" digit

struct step {
    const char *what;
    enum cgw_code (*run)(struct history *history, struct cgw_error *err);
};

extern const struct step history_steps[];
extern const size_t history_step_count;

/* A queued job of the peer "main", made at 1000. */
struct cgw_job_info steps_info(const char *id);
/* identifier and overrides are of static storage: not to be released. */
struct history_order steps_order(void);
/* path: its name is what follows the last slash; an outcome where sop_instance is "". */
struct cgw_job_file steps_file(const char *path, uint64_t bytes, const char *sop_instance);

/* Everything that can be asked for; owned by the caller (free). NULL: some call failed. Fails the test where
 * the counts of a job are not those of its files. */
char *history_to_text(struct history *history);

#endif
