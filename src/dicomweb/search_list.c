#include "search_list.h"

#include "search_set.h"

#include "cgetway/array.h"
#include "cgetway/hash.h"

#include <stdlib.h>

static void empty(struct search_list *list)
{
    for (size_t i = list->next; i < list->count; i++)
        cgw_data_set_release(&list->items[i]);
    list->count = list->next = list->bytes = 0;
}

void search_list_begin(struct search_list *list, bool again)
{
    empty(list);
    list->passed = again ? list->seen : 0;
    list->passed_hash = list->seen_hash;
    list->seen = 0;
    list->seen_hash = 0;
    list->has_more = false;
}

bool search_list_see(struct search_list *list, const char *uid)
{
    list->seen_hash = cgw_hash_byte(cgw_hash_text(list->seen_hash, uid), '\n');
    return ++list->seen > list->passed;
}

bool search_list_is_other(const struct search_list *list, bool is_end)
{
    return list->seen < list->passed
               ? is_end
               : list->seen == list->passed && list->passed > 0 && list->seen_hash != list->passed_hash;
}

bool search_list_add(struct search_list *list, struct cgw_data_set *match)
{
    if (!cgw_array_grow((void **)&list->items, &list->capacity, list->count, sizeof list->items[0]))
        return false;
    list->bytes += search_set_bytes(match);
    list->items[list->count++] = *match;
    *match = (struct cgw_data_set){0};
    return true;
}

bool search_list_is_full(struct search_list *list, size_t most)
{
    if (list->count == 0 ||
        (list->count < most && list->count < SEARCH_LIST_MAX && list->bytes < SEARCH_LIST_MAX_BYTES))
        return false;
    list->has_more = true;
    return true;
}

bool search_list_take(struct search_list *list, struct cgw_data_set *ret_match)
{
    cgw_data_set_release(ret_match);
    if (list->next == list->count) {
        empty(list);
        return false;
    }
    *ret_match = list->items[list->next];
    list->items[list->next++] = (struct cgw_data_set){0};
    return true;
}

void search_list_release(struct search_list *list)
{
    empty(list);
    free(list->items);
    *list = (struct search_list){0};
}
