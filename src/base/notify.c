#include "cgetway/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 1024 };

/* 0: no path that can be one. A name that starts with @ is of the abstract namespace, where the @ stands for
 * NUL and the length ends the name; any other one is the absolute path of a file. */
static socklen_t make_address(const char *path, struct sockaddr_un *ret_address)
{
    const size_t length = strlen(path);
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length < 2 || length >= sizeof ret_address->sun_path || (path[0] != '/' && path[0] != '@'))
        return 0;
    memcpy(ret_address->sun_path, path, length);
    if (path[0] == '@')
        ret_address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/' ? 1 : 0));
}

static int connect_to(const char *path)
{
    struct sockaddr_un address;
    const socklen_t length = make_address(path, &address);
    if (length == 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, length) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int cgw_notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    const int fd = path != NULL ? connect_to(path) : -1;
    (void)unsetenv("NOTIFY_SOCKET");
    return fd;
}

void cgw_notify_send(int fd, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list values;
    if (fd < 0)
        return;
    va_start(values, format);
    const int length = vsnprintf(message, sizeof message, format, values);
    va_end(values);
    if (length > 0 && (size_t)length < sizeof message)
        (void)send(fd, message, (size_t)length, MSG_NOSIGNAL);
}
