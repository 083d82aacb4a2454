#include "intake.h"

#include "cgetway/cleanup.h"
#include "cgetway/hash.h"
#include "cgetway/part10.h"
#include "cgetway/status.h"
#include "cgetway/stored_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ROW_BYTES = 1024 }; /* of an instance in the index, besides metadata and frames */

/* The name of a peer may begin with a dot, that of a folder may not. */
static void write_label(const struct cgw_peer *peer, char label[CGW_LABEL_BYTES])
{
    if (cgw_label_is_valid(peer->name)) {
        (void)snprintf(label, CGW_LABEL_BYTES, "%s", peer->name);
        return;
    }
    (void)snprintf(label, CGW_LABEL_BYTES, "peer-%016llx",
                   (unsigned long long)cgw_hash_text(CGW_HASH_START, peer->name));
}

enum cgw_code intake_open(struct cgw_cache *cache, const struct unit *unit, int64_t unit_id,
                          struct intake *ret_intake, struct cgw_error *err)
{
    char label[CGW_LABEL_BYTES];
    write_label(unit->peer, label);
    const struct cgw_store_options options = {.place = {.directory = cache->config->cache_directory},
                                              .watch = {-1, -1},
                                              .label = label,
                                              .source_aet = unit->peer->called_aet,
                                              .layout = CGW_LAYOUT_STUDY,
                                              .existing = CGW_STORE_REPLACE,
                                              .sync = cache->config->cache_fsync};
    *ret_intake = (struct intake){.cache = cache, .unit = unit, .unit_id = unit_id, .error = CGW_ERROR_INIT};
    description_init(&ret_intake->description);
    return cgw_store_open(&options, &ret_intake->directory, err);
}

void intake_close(struct intake *intake)
{
    if (intake->cache == NULL)
        return;
    room_release(intake->cache, &intake->room);
    description_release(&intake->description);
    cgw_store_free(intake->directory);
    *intake = (struct intake){.cache = NULL};
}

/* ---- room ---- */

static bool make_room(struct intake *intake, uint64_t bytes)
{
    enum cgw_code code = room_claim(intake->cache, &intake->room, bytes, &intake->error);
    cgw_store_limit(intake->directory, cgw_store_bytes(intake->directory) + intake->room.reserved);
    return code == CGW_OK && bytes <= intake->room.reserved;
}

static void note_full(struct intake *intake, const char *why)
{
    (void)cgw_fail(&intake->error, CGW_E_CACHE_FAILED, "the cache takes no more: %s", why);
}

/* ---- an instance with a file ---- */

/* The study and series that its folders are named after; "" where they are not. */
static void read_folders(const char *path, char study[CGW_UID_BYTES], char series[CGW_UID_BYTES])
{
    const char *first = strchr(path, '/');
    const char *second = first != NULL ? strchr(first + 1, '/') : NULL;
    const char *third = second != NULL ? strchr(second + 1, '/') : NULL;
    if (third == NULL || second - first > CGW_UID_BYTES || third - second > CGW_UID_BYTES)
        return;
    (void)snprintf(study, CGW_UID_BYTES, "%.*s", (int)(second - first - 1), first + 1);
    (void)snprintf(series, CGW_UID_BYTES, "%.*s", (int)(third - second - 1), second + 1);
}

static void fill_row(const struct intake *intake, const struct cgw_stored *stored,
                     const struct cgw_instance *instance, struct index_instance *row)
{
    const struct description *description = &intake->description;
    *row = (struct index_instance){.bytes = stored->bytes,
                                   .metadata = description->metadata,
                                   .frames = description->frames.bytes,
                                   .frames_length = description->frames.length};
    memcpy(row->study, description->study, sizeof row->study);
    memcpy(row->series, description->series, sizeof row->series);
    memcpy(row->instance, instance->sop_instance, sizeof row->instance);
    memcpy(row->sop_class, instance->sop_class, sizeof row->sop_class);
    memcpy(row->transfer_syntax, instance->transfer_syntax, sizeof row->transfer_syntax);
    memcpy(row->path, stored->path, sizeof row->path);
    if (row->study[0] == '\0' && row->series[0] == '\0')
        read_folders(stored->path, row->study, row->series);
    if (row->study[0] == '\0')
        memcpy(row->study, intake->unit->study, sizeof row->study);
    if (row->series[0] == '\0')
        memcpy(row->series, intake->unit->series, sizeof row->series);
}

static enum cgw_code add_strange(struct intake *intake, const struct index_instance *row,
                                 struct cgw_error *err)
{
    const struct unit other = unit_for(intake->unit, row->study, row->series);
    const struct index_key key = unit_key(&other);
    struct index_unit shown;
    enum cgw_code code = index_pin(intake->cache->index, &key, &shown, err);
    if (code != CGW_OK)
        return code;
    code = index_add(intake->cache->index, shown.id, row, err);
    index_unpin(intake->cache->index, shown.id);
    intake->strange += code == CGW_OK;
    return code;
}

static enum cgw_code add_row(struct intake *intake, const struct index_instance *row, struct cgw_error *err)
{
    if (!unit_covers(intake->unit, row->study, row->series))
        return add_strange(intake, row, err);
    enum cgw_code code = index_add(intake->cache->index, intake->unit_id, row, err);
    intake->kept += code == CGW_OK;
    return code;
}

static enum cgw_code keep(struct intake *intake, const struct cgw_stored *stored,
                          const struct cgw_instance *instance, struct cgw_error *err)
{
    CGW_AUTO_CLOSE int fd = -1;
    struct index_instance row;
    uint64_t bytes;
    if (!cgw_stored_file_open(intake->cache->config->cache_directory, stored->path, &fd, &bytes))
        return cgw_fail(err, CGW_E_CACHE_FAILED, "a file of the cache cannot be opened: %s", strerror(errno));
    enum cgw_code code = description_make(&intake->description, fd, instance->sop_instance, err);
    if (code != CGW_OK)
        return code;
    fill_row(intake, stored, instance, &row);
    /* The rows may take a little more than there is; the next claim makes that good. */
    (void)make_room(intake, stored->bytes + row.metadata.length + row.frames_length + ROW_BYTES);
    return add_row(intake, &row, err);
}

/* True: an instance of the unit is in the index. */
static bool end_instance(struct intake *intake, struct cgw_retrieve *retrieve, const struct cgw_event *event)
{
    size_t entry_index = cgw_ledger_count(cgw_retrieve_outcome(retrieve)->ledger);
    const struct cgw_ledger_entry entry = {.sop_instance = event->instance->sop_instance,
                                           .sop_class = event->instance->sop_class};
    size_t kept_before = intake->kept;
    struct cgw_stored stored;
    cgw_store_take(intake->directory, retrieve, event);
    if (!cgw_store_stored(intake->directory, entry_index, &entry, &stored) ||
        stored.existing == CGW_EXISTING_REFUSED) {
        intake->not_stored++;
    } else if (keep(intake, &stored, event->instance, &intake->error) != CGW_OK) {
        (void)cgw_stored_file_remove(intake->cache->config->cache_directory, stored.path);
        cgw_retrieve_refuse(retrieve, CGW_STORE_OUT_OF_RESOURCES);
    }
    room_release(intake->cache, &intake->room);
    if (cgw_store_is_full(intake->directory) == CGW_E_STORE_QUOTA)
        note_full(intake, "cache-size is reached, and all of it is in use");
    else if (cgw_store_is_full(intake->directory) != CGW_OK)
        note_full(intake, "its file system is full, or cannot be written");
    return intake->kept > kept_before;
}

bool intake_take(struct intake *intake, struct cgw_retrieve *retrieve, const struct cgw_event *event,
                 bool is_here)
{
    if (event->type == CGW_EVENT_INSTANCE) {
        intake->passes_over = is_here;
        intake->growing = CGW_PART10_MAX_BYTES;
    }
    if (intake->passes_over && event->type != CGW_EVENT_OUTCOME)
        return false;
    if (event->type == CGW_EVENT_BYTES) {
        intake->growing += event->length;
        (void)make_room(intake, intake->growing); /* where there is none the directory drops the instance */
    }
    if (event->type == CGW_EVENT_END)
        return end_instance(intake, retrieve, event);
    cgw_store_take(intake->directory, retrieve, event);
    if (event->type == CGW_EVENT_OUTCOME)
        room_release(intake->cache, &intake->room);
    return false;
}
