#include "cgetway/uid_list.h"

#include <string.h>

static void add(struct cgw_uid_list *list, const char *uid)
{
    if (list->count == CGW_UID_LIST_MAX)
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->uids[i], uid) == 0)
            return;
    }
    list->uids[list->count++] = uid;
}

void cgw_uid_list_expand(struct cgw_uid_list *list, const char *text, const char *(*built_in)(size_t index))
{
    size_t length = strnlen(text, sizeof list->text - 1);
    list->count = 0;
    list->has_built_in = false;
    memcpy(list->text, text, length);
    list->text[length] = '\0';
    for (char *item = list->text; item != NULL;) {
        char *comma = strchr(item, ',');
        if (comma != NULL)
            *comma++ = '\0';
        if (strcmp(item, "*") == 0) {
            const char *uid;
            list->has_built_in = true;
            for (size_t i = 0; (uid = built_in(i)) != NULL; i++)
                add(list, uid);
        } else if (*item != '\0') {
            add(list, item);
        }
        item = comma;
    }
}
