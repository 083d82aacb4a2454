#include "cgetway/jobs.h"

#include <string.h>

static const char *const names[] = {
#define STATE_NAME(name, text, meaning) [CGW_JOB_##name] = (text),
    CGW_JOB_STATES(STATE_NAME)
#undef STATE_NAME
};

const char *cgw_job_state_name(enum cgw_job_state state)
{
    return names[state];
}

bool cgw_job_state_from_name(const char *name, enum cgw_job_state *ret_state)
{
    for (int state = 0; state < CGW_JOB_STATE_COUNT; state++) {
        if (strcmp(name, names[state]) == 0) {
            *ret_state = (enum cgw_job_state)state;
            return true;
        }
    }
    return false;
}

bool cgw_job_state_is_over(enum cgw_job_state state)
{
    return state != CGW_JOB_QUEUED && state != CGW_JOB_RUNNING;
}
