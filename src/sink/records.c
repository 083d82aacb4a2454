#include "records.h"

#include "cgetway/array.h"

#include <assert.h>
#include <stdlib.h>

enum { ENTRY_MAX = (1 << 30) - 1 };

bool records_make_room(struct records *records, const char *folder)
{
    void *array = records->items;
    if (!cgw_array_grow(&array, &records->capacity, records->count, sizeof *records->items))
        return false;
    records->items = array;
    return folder_names_note(&records->folders, folder);
}

struct record records_draft(const struct records *records, size_t entry)
{
    assert(entry <= ENTRY_MAX);
    return (struct record){.entry = (unsigned)entry & ENTRY_MAX,
                           .folder = folder_names_last(&records->folders)};
}

void records_add(struct records *records, struct record record)
{
    assert(records->count < records->capacity);
    assert(records->count == 0 || records->items[records->count - 1].entry < record.entry);
    records->items[records->count++] = record;
}

static int compare_entries(const void *key, const void *record)
{
    size_t index = *(const size_t *)key, entry = ((const struct record *)record)->entry;
    return index < entry ? -1 : index > entry;
}

const struct record *records_find(const struct records *records, size_t entry)
{
    if (records->count == 0)
        return NULL;
    return bsearch(&entry, records->items, records->count, sizeof *records->items, compare_entries);
}

const char *records_folder(const struct records *records, const struct record *record)
{
    return folder_names_at(&records->folders, record->folder);
}

void records_release(struct records *records)
{
    folder_names_release(&records->folders);
    free(records->items);
}
