#include "cgetway/store.h"

#include "destination.h"
#include "outcome_file.h"
#include "records.h"
#include "stored_path.h"

#include "cgetway/part10.h"
#include "cgetway/peek.h"
#include "cgetway/status.h"
#include "cgetway/tag.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_BYTES = 64 * 1024, /* of a data set, in which its study and series are looked for */
    HEAD_BYTES = CGW_PART10_MAX_BYTES + LOOK_BYTES,
};

/* NONE: no instance, or one of which nothing is kept and somebody else tells why. HEAD: its beginning is in
 * memory. WRITING: it is in the file from now on. FAILED: it will be refused. */
enum stage { NONE, HEAD, WRITING, FAILED };

struct cgw_store {
    struct destination *destination;
    char label[CGW_LABEL_BYTES];
    char source_aet[CGW_AE_TITLE_BYTES];
    enum cgw_store_layout layout;
    enum cgw_store_existing existing;
    enum stage stage;
    uint8_t head[HEAD_BYTES]; /* Part 10 header, and the beginning of the data set; then for comparisons */
    size_t head_length, header_length;
    struct records records;
    uint64_t max_bytes;
    uint64_t added, growing;            /* bytes of files: whole ones, and the one that is being written */
    size_t failed, refused, over_quota; /* instances */
    char outcome_path[CGW_STORED_PATH_BYTES]; /* "": none */
    struct cgw_error failure;
    struct cgw_error error;
};

bool cgw_label_is_valid(const char *label)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strspn(label, allowed);
    return length > 0 && length < CGW_LABEL_BYTES && label[length] == '\0' && label[0] != '.';
}

enum cgw_code cgw_store_open(const struct cgw_store_options *options, struct cgw_store **ret_store,
                             struct cgw_error *err)
{
    assert(options->label[0] == '\0' || cgw_label_is_valid(options->label));
    struct cgw_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to store instances");
    (void)snprintf(store->label, sizeof store->label, "%s", options->label);
    (void)snprintf(store->source_aet, sizeof store->source_aet, "%s", options->source_aet);
    store->layout = options->layout;
    store->existing = options->existing;
    store->max_bytes = options->max_bytes > 0 ? options->max_bytes : UINT64_MAX;
    store->failure = store->error = (struct cgw_error)CGW_ERROR_INIT;
    enum cgw_code code = options->place.bucket != NULL
                             ? destination_open_bucket(options, &store->destination, err)
                             : destination_open_directory(options, &store->destination, err);
    if (code == CGW_OK)
        *ret_store = store;
    else
        cgw_store_free(store);
    return code;
}

void cgw_store_free(struct cgw_store *store)
{
    if (store == NULL)
        return;
    if (store->destination != NULL)
        store->destination->ops->free(store->destination);
    records_release(&store->records);
    free(store);
}

/* ---- an instance ---- */

static void find_folder(const struct cgw_store *store, const struct cgw_instance *instance,
                        char name[FOLDER_NAME_BYTES])
{
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES];
    const uint8_t *data_set = store->head + store->header_length;
    size_t length = store->head_length - store->header_length;
    name[0] = '\0';
    if (store->layout == CGW_LAYOUT_FLAT)
        return;
    bool found =
        cgw_peek_uid(data_set, length, instance->transfer_syntax, CGW_TAG_STUDY_INSTANCE_UID, study) &&
        cgw_peek_uid(data_set, length, instance->transfer_syntax, CGW_TAG_SERIES_INSTANCE_UID, series);
    (void)snprintf(name, FOLDER_NAME_BYTES, "%s%s%s", found ? study : FOLDER_UNKNOWN, found ? "/" : "",
                   found ? series : "");
}

static void drop_file(struct cgw_store *store)
{
    store->destination->ops->drop(store->destination);
}

static void fail_instance(struct cgw_store *store, const struct cgw_error *why)
{
    drop_file(store);
    store->stage = FAILED;
    if (cgw_was_interrupted(why->code)) /* that ends the retrieve too, and is no failure of the place */
        return;
    (void)cgw_fail(&store->failure, CGW_E_STORE_FAILED, "%s", why->detail);
    store->failed++;
}

/* Under its name stands another instance than that one: the retrieve sees it too, and refuses it. */
static bool contradicts(const struct cgw_store *store, const struct cgw_instance *instance)
{
    struct cgw_peek peek = {.length = 0};
    cgw_peek_add(&peek, store->head + store->header_length, store->head_length - store->header_length);
    return cgw_peek_contradicts(&peek, instance->transfer_syntax, instance->sop_class,
                                instance->sop_instance);
}

static enum cgw_code make_room_for_record(struct cgw_store *store, const char *folder, struct cgw_error *err)
{
    if (records_make_room(&store->records, folder))
        return CGW_OK;
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to note what is stored");
}

/* It would be larger than it may. */
static void drop_for_quota(struct cgw_store *store)
{
    drop_file(store);
    store->over_quota++;
    store->stage = FAILED;
}

static bool has_room(const struct cgw_store *store, size_t length)
{
    uint64_t taken = store->added + store->growing;
    return taken <= store->max_bytes && length <= store->max_bytes - taken;
}

static void write_bytes(struct cgw_store *store, const uint8_t *bytes, size_t length)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (!has_room(store, length))
        drop_for_quota(store);
    else if (store->destination->ops->write(store->destination, bytes, length, &err) == CGW_OK)
        store->growing += length;
    else
        fail_instance(store, &err);
}

/* Enough is known of it to say where it goes: its beginning is written there. */
static void begin_file(struct cgw_store *store, const struct cgw_instance *instance)
{
    char folder[FOLDER_NAME_BYTES], name[FILE_NAME_BYTES];
    struct cgw_error err = CGW_ERROR_INIT;
    if (contradicts(store, instance)) {
        store->stage = NONE;
        return;
    }
    find_folder(store, instance, folder);
    stored_name_write(name, instance->sop_class, instance->sop_instance);
    const struct new_content content = {folder, name, store->header_length};
    if (make_room_for_record(store, folder, &err) != CGW_OK ||
        store->destination->ops->create(store->destination, &content, &err) != CGW_OK) {
        fail_instance(store, &err);
        return;
    }
    store->stage = WRITING;
    store->growing = 0;
    write_bytes(store, store->head, store->head_length);
}

static void begin_instance(struct cgw_store *store, const struct cgw_instance *instance)
{
    store->header_length = cgw_part10_header(instance->sop_class, instance->sop_instance,
                                             instance->transfer_syntax, store->source_aet, store->head);
    store->head_length = store->header_length;
    store->stage = HEAD;
}

static void take_bytes(struct cgw_store *store, const struct cgw_event *event)
{
    const uint8_t *bytes = event->bytes;
    size_t length = event->length;
    if (store->stage == HEAD) {
        size_t room = store->header_length + LOOK_BYTES - store->head_length;
        size_t part = length < room ? length : room;
        memcpy(store->head + store->head_length, bytes, part);
        store->head_length += part;
        bytes += part;
        length -= part;
        if (part == room)
            begin_file(store, event->instance);
    }
    if (store->stage == WRITING && length > 0)
        write_bytes(store, bytes, length);
}

/* Whether a file has its name, and how large that is: record->bytes. */
static enum cgw_code look(struct cgw_store *store, const char *name, struct record *record,
                          bool *ret_is_there, struct cgw_error *err)
{
    return store->destination->ops->look(store->destination, records_folder(&store->records, record), name,
                                         ret_is_there, &record->bytes, err);
}

/* A file of its name is there and stays. Where that is this very instance, and may stand for it, it is made
 * as durable as one of ours. A failure: whether it is cannot be told. */
static enum cgw_code leave_to_existing(struct cgw_store *store, const struct cgw_instance *instance,
                                       struct record *record, struct cgw_error *err)
{
    static_assert(sizeof store->head >= COMPARISON_BYTES, "the head is in the file by now");
    const struct comparison comparison = {.bytes = store->growing,
                                          .header_bytes = store->header_length,
                                          .transfer_syntax = instance->transfer_syntax};
    bool is_same = false;
    if (store->existing == CGW_STORE_KEEP &&
        store->destination->ops->compare(store->destination, &comparison, store->head, &is_same, err) !=
            CGW_OK)
        return err->code;
    drop_file(store);
    record->existing = is_same ? CGW_EXISTING_KEPT : CGW_EXISTING_REFUSED;
    return CGW_OK;
}

/* Gives the file its name, or leaves that to a file that is there. */
static enum cgw_code publish(struct cgw_store *store, const struct cgw_instance *instance, const char *name,
                             struct record *record, struct cgw_error *err)
{
    bool is_there;
    struct cgw_error why = CGW_ERROR_INIT;
    enum cgw_code code =
        store->destination->ops->publish(store->destination, store->existing == CGW_STORE_REPLACE, &why);
    if (code == CGW_OK) {
        record->bytes = store->growing;
        store->added += store->growing;
        return CGW_OK;
    }
    if (code != CGW_E_STORE_EXISTS)
        return cgw_fail(err, code, "%s", why.detail);
    if (look(store, name, record, &is_there, err) != CGW_OK)
        return err->code;
    return is_there ? leave_to_existing(store, instance, record, err)
                    : cgw_fail(err, CGW_E_STORE_FAILED, "%s", why.detail); /* what is there is no file */
}

/* Looks where that is cheap, or is needed to tell what became of it. */
static enum cgw_code place_file(struct cgw_store *store, const struct cgw_instance *instance,
                                struct record *record, struct cgw_error *err)
{
    char name[FILE_NAME_BYTES];
    bool is_there = false, replaces = store->existing == CGW_STORE_REPLACE;
    stored_name_write(name, instance->sop_class, instance->sop_instance);
    if ((replaces || !has_room(store, 0) || !store->destination->ops->look_is_dear) &&
        look(store, name, record, &is_there, err) != CGW_OK)
        return err->code;
    if (is_there && !replaces)
        return leave_to_existing(store, instance, record, err);
    if (!has_room(store, 0)) {
        drop_for_quota(store);
        return CGW_OK;
    }
    record->existing = is_there ? CGW_EXISTING_REPLACED : CGW_EXISTING_NONE;
    return publish(store, instance, name, record, err);
}

/* The instance is whole, and gets a file, or leaves that to one that is there. */
static void end_file(struct cgw_store *store, struct cgw_retrieve *retrieve,
                     const struct cgw_instance *instance)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct record record =
        records_draft(&store->records, cgw_ledger_count(cgw_retrieve_outcome(retrieve)->ledger));
    if (place_file(store, instance, &record, &err) != CGW_OK)
        fail_instance(store, &err);
    if (store->stage == FAILED)
        return;
    records_add(&store->records, record);
    if (record.existing != CGW_EXISTING_REFUSED)
        return;
    store->refused++;
    store->stage = FAILED;
}

static void end_instance(struct cgw_store *store, struct cgw_retrieve *retrieve,
                         const struct cgw_instance *instance)
{
    if (store->stage == HEAD && instance->bytes == 0)
        store->stage = NONE; /* announced, and then not one byte of it: the retrieve refuses it */
    if (store->stage == HEAD)
        begin_file(store, instance);
    if (store->stage == WRITING)
        end_file(store, retrieve, instance);
    if (store->stage == FAILED)
        cgw_retrieve_refuse(retrieve, CGW_STORE_OUT_OF_RESOURCES);
    store->stage = NONE;
}

void cgw_store_limit(struct cgw_store *store, uint64_t max_bytes)
{
    store->max_bytes = max_bytes;
}

void cgw_store_take(struct cgw_store *store, struct cgw_retrieve *retrieve, const struct cgw_event *event)
{
    switch (event->type) {
    case CGW_EVENT_INSTANCE:
        begin_instance(store, event->instance);
        break;
    case CGW_EVENT_BYTES:
        take_bytes(store, event);
        break;
    case CGW_EVENT_END:
        end_instance(store, retrieve, event->instance);
        break;
    case CGW_EVENT_OUTCOME:
        drop_file(store);
        break;
    case CGW_EVENT_PROGRESS:
    case CGW_EVENT_AGAIN:
        break;
    }
}

enum cgw_code cgw_store_is_full(const struct cgw_store *store)
{
    if (store->destination->is_full)
        return CGW_E_STORE_FAILED;
    return store->over_quota > 0 ? CGW_E_STORE_QUOTA : CGW_OK;
}

/* ---- an instance of an earlier retrieve ---- */

bool cgw_store_adopt(struct cgw_store *store, size_t index, const char *path)
{
    char folder[FOLDER_NAME_BYTES];
    const char *name;
    bool is_there;
    struct cgw_error err = CGW_ERROR_INIT;
    if (!stored_path_read(path, store->label, folder, &name) ||
        make_room_for_record(store, folder, &err) != CGW_OK)
        return false;
    struct record record = records_draft(&store->records, index);
    if (look(store, name, &record, &is_there, &err) != CGW_OK || !is_there)
        return false;
    record.existing = CGW_EXISTING_KEPT;
    records_add(&store->records, record);
    return true;
}

/* ---- the end ---- */

static void judge(struct cgw_store *store)
{
    if (store->failed > 0)
        (void)cgw_fail(&store->error, CGW_E_STORE_FAILED, "%zu of the instances could not be stored: %s",
                       store->failed, store->failure.detail);
    else if (store->over_quota > 0)
        (void)cgw_fail(
            &store->error, CGW_E_STORE_QUOTA,
            "%zu of the instances were not stored: together with what is stored they would be more "
            "than the quota allows",
            store->over_quota);
    else if (store->refused > 0)
        (void)cgw_fail(&store->error, CGW_E_STORE_EXISTS,
                       store->existing == CGW_STORE_KEEP
                           ? "of %zu of the instances there are other files of their names, which stay"
                           : "of %zu of the instances there are files already, and store-existing is refuse",
                       store->refused);
}

void cgw_store_finish(struct cgw_store *store, const struct cgw_outcome *outcome, const char *name)
{
    static const struct cgw_watch nobody = {-1, -1};
    char file_name[FILE_NAME_BYTES];
    struct cgw_error err = CGW_ERROR_INIT;
    assert(strlen(name) < CGW_LABEL_BYTES);
    judge(store);
    if (cgw_ledger_count(outcome->ledger) == 0)
        return;
    store->destination->watch = nobody;
    if (outcome_file_store(store->destination, store, outcome, name, file_name, &err) == CGW_OK)
        stored_path_write(store->outcome_path, store->label, "", file_name);
    else
        (void)cgw_fail(&store->error, CGW_E_STORE_FAILED, "the file of the outcome could not be stored: %s",
                       err.detail);
}

const struct cgw_error *cgw_store_error(const struct cgw_store *store)
{
    return &store->error;
}

const char *cgw_store_outcome_path(const struct cgw_store *store)
{
    return store->outcome_path;
}

uint64_t cgw_store_bytes(const struct cgw_store *store)
{
    return store->added;
}

bool cgw_store_stored(const struct cgw_store *store, size_t index, const struct cgw_ledger_entry *entry,
                      struct cgw_stored *ret_stored)
{
    char name[FILE_NAME_BYTES];
    const struct record *record = records_find(&store->records, index);
    if (record == NULL)
        return false;
    stored_name_write(name, entry->sop_class, entry->sop_instance);
    stored_path_write(ret_stored->path, store->label, records_folder(&store->records, record), name);
    ret_stored->existing = (enum cgw_existing_file)record->existing;
    ret_stored->bytes = record->bytes;
    return true;
}
