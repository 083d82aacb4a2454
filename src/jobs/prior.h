/* What earlier runs of a job stored: it is not asked for again. Takes about 150 bytes an instance, until the
 * retrieve is open. */
#ifndef CGW_JOBS_PRIOR_H
#define CGW_JOBS_PRIOR_H

#include "space.h"

#include "cgetway/retrieve.h"

struct prior {
    struct cgw_prior *items; /* UIDs are owned */
    size_t count, capacity;
};

/* The files of the job that are there, in the size that the history tells; the directory adopts them. Those
 * that are not are forgotten, unless none is there. CGW_E_STORE_FAILED, CGW_E_OUT_OF_MEMORY, and the failures
 * of space_drop_damaged. */
enum cgw_code prior_collect(struct space *space, const char *id, struct cgw_watch watch,
                            const char *source_aet, struct cgw_store *directory, struct prior *ret_prior,
                            struct cgw_error *err);
void prior_release(struct prior *prior);

#endif
