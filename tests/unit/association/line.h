/* A channel over one end of a socket pair, for waits that are real; the test holds the other end. */
#ifndef CGW_TESTS_LINE_H
#define CGW_TESTS_LINE_H

#include "cgetway/channel.h"

#include <stdbool.h>

struct line {
    int ours, theirs; /* both non-blocking */
    bool closed;
};

/* Fails the test when there is no socket pair or no memory. */
struct cgw_channel *open_line(struct line *line, struct cgw_watch watch);
void close_line(struct line *line, struct cgw_channel *channel);

#endif
