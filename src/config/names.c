#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void cgw_variable_name(const char *path, char *name, size_t size)
{
    static const char prefix[] = "CGETWAY_";
    size_t used = (size_t)snprintf(name, size, "%s", prefix);

    for (; *path != '\0' && used + 2 < size; path++) {
        if (*path == '.')
            name[used++] = '_';
        name[used++] = (char)(*path == '.' || *path == '-' ? '_' : toupper((unsigned char)*path));
    }
    name[used] = '\0';
}

void cgw_option_name(const char *path, char *name, size_t size)
{
    (void)snprintf(name, size, "%s", path);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == '.')
            *at = '-';
    }
}
