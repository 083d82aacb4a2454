#include "cgetway/deadline.h"

#include <limits.h>
#include <time.h>

int64_t cgw_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct cgw_deadline cgw_deadline_in(int64_t duration_ms)
{
    int64_t now_ms = cgw_now_ms();
    if (duration_ms <= 0 || duration_ms > CGW_NEVER_MS - now_ms)
        return CGW_NEVER;
    return (struct cgw_deadline){now_ms + duration_ms};
}

struct cgw_deadline cgw_deadline_earlier(struct cgw_deadline a, struct cgw_deadline b)
{
    return a.at_ms < b.at_ms ? a : b;
}

bool cgw_deadline_passed(struct cgw_deadline deadline)
{
    return deadline.at_ms != CGW_NEVER_MS && cgw_now_ms() >= deadline.at_ms;
}

int cgw_deadline_poll_ms(struct cgw_deadline deadline)
{
    if (deadline.at_ms == CGW_NEVER_MS)
        return -1;
    int64_t left_ms = deadline.at_ms - cgw_now_ms();
    if (left_ms <= 0)
        return 0;
    /* cgw_now_ms rounds down, so a wait of exactly left_ms may end a fraction early: one more loop, no harm.
     */
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
