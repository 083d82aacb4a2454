#include "jobs_internal.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct live *live_find(const struct cgw_jobs *jobs, const char *id)
{
    struct live *live = jobs->live;
    while (live != NULL && strcmp(live->info.id, id) != 0)
        live = live->next;
    return live;
}

bool live_is_quiet(const struct cgw_jobs *jobs)
{
    const struct live *live = jobs->live;
    while (live != NULL && live->is_removal)
        live = live->next;
    return live == NULL;
}

bool live_add(struct cgw_jobs *jobs, struct live *live)
{
    live->end_fd = -1;
    if (!live->is_removal && (live->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        return false;
    live->next = jobs->live;
    jobs->live = live;
    return true;
}

void live_remove(struct cgw_jobs *jobs, struct live *live)
{
    struct live **link = &jobs->live;
    while (*link != live)
        link = &(*link)->next;
    *link = live->next;
    if (live->end_fd >= 0)
        (void)close(live->end_fd);
    live->end_fd = -1;
}

void live_end(struct live *live)
{
    if (live->end_fd >= 0)
        (void)eventfd_write(live->end_fd, 1);
}
