#include "folder_names.h"

#include "cgetway/array.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool folder_names_note(struct folder_names *names, const char *name)
{
    void *array = names->names;
    if (names->count > 0 && strcmp(names->names[names->count - 1], name) == 0)
        return true;
    if (!cgw_array_grow(&array, &names->capacity, names->count, sizeof *names->names))
        return false;
    names->names = array;
    char *copy = strdup(name);
    if (copy == NULL)
        return false;
    names->names[names->count++] = copy;
    return true;
}

uint32_t folder_names_last(const struct folder_names *names)
{
    assert(names->count > 0);
    return (uint32_t)(names->count - 1);
}

const char *folder_names_at(const struct folder_names *names, uint32_t index)
{
    assert(index < names->count);
    return names->names[index];
}

void folder_names_release(struct folder_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
}
