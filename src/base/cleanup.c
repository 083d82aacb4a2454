#include "cgetway/cleanup.h"

#include <stdlib.h>
#include <unistd.h>

void cgw_auto_free_pointer(void *variable)
{
    void **pointer = variable;
    free(*pointer);
}

void cgw_auto_close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
