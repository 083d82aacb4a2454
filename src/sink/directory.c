#include "cgetway/directory.h"

#include "existing_file.h"
#include "folders.h"
#include "new_file.h"
#include "stored_path.h"

#include "cgetway/array.h"
#include "cgetway/outcome_json.h"
#include "cgetway/part10.h"
#include "cgetway/peek.h"
#include "cgetway/status.h"
#include "cgetway/tag.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_BYTES = 64 * 1024, /* of a data set, in which its study and series are looked for */
    HEAD_BYTES = CGW_PART10_MAX_BYTES + LOOK_BYTES,
    OUTCOME_PIECE_BYTES = 16 * 1024,
    MAX_OUTCOMES = 100, /* of one request id, in one folder */
};

/* NONE: no instance, or one of which nothing is kept and somebody else tells why. HEAD: its beginning is in
 * memory. WRITING: it is in the file from now on. FAILED: it will be refused. */
enum stage { NONE, HEAD, WRITING, FAILED };

/* An instance that has a file. */
struct record {
    unsigned entry : 30;   /* of the ledger */
    unsigned existing : 2; /* enum cgw_existing_file */
    uint32_t folder;       /* in names of the folders */
    uint64_t bytes;        /* of the file */
};

enum { ENTRY_MAX = (1 << 30) - 1 };

struct cgw_directory {
    struct folders folders;
    char source_aet[CGW_AE_TITLE_BYTES];
    enum cgw_store_layout layout;
    enum cgw_store_existing existing;
    bool sync;
    enum stage stage;
    struct new_file file;
    uint8_t head[HEAD_BYTES]; /* Part 10 header, and the beginning of the data set; then for comparisons */
    size_t head_length, header_length;
    struct record *records;
    size_t record_count, record_capacity;
    uint64_t max_bytes;
    uint64_t added, growing;            /* bytes of files: whole ones, and the one that is being written */
    size_t failed, refused, over_quota; /* instances */
    char outcome_path[CGW_STORED_PATH_BYTES]; /* "": none */
    bool has_no_room;                         /* one of them for want of room */
    struct cgw_error failure;
    struct cgw_error error;
};

bool cgw_label_is_valid(const char *label)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strspn(label, allowed);
    return length > 0 && length < CGW_LABEL_BYTES && label[length] == '\0' && label[0] != '.';
}

enum cgw_code cgw_directory_open(const struct cgw_directory_options *options,
                                 struct cgw_directory **ret_directory, struct cgw_error *err)
{
    assert(options->label[0] == '\0' || cgw_label_is_valid(options->label));
    struct cgw_directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to store instances");
    (void)snprintf(directory->source_aet, sizeof directory->source_aet, "%s", options->source_aet);
    directory->layout = options->layout;
    directory->existing = options->existing;
    directory->sync = options->sync;
    directory->max_bytes = options->max_bytes > 0 ? options->max_bytes : UINT64_MAX;
    directory->file = (struct new_file)NEW_FILE_INIT;
    directory->failure = directory->error = (struct cgw_error)CGW_ERROR_INIT;
    if (folders_open(&directory->folders, options->path, options->label, options->sync, err) != CGW_OK) {
        cgw_directory_free(directory);
        return CGW_E_STORE_FAILED;
    }
    *ret_directory = directory;
    return CGW_OK;
}

void cgw_directory_free(struct cgw_directory *directory)
{
    if (directory == NULL)
        return;
    new_file_drop(&directory->file);
    folders_release(&directory->folders);
    free(directory->records);
    free(directory);
}

/* ---- an instance ---- */

static void find_folder(const struct cgw_directory *directory, const struct cgw_instance *instance,
                        char name[FOLDER_NAME_BYTES])
{
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES];
    const uint8_t *data_set = directory->head + directory->header_length;
    size_t length = directory->head_length - directory->header_length;
    name[0] = '\0';
    if (directory->layout == CGW_LAYOUT_FLAT)
        return;
    bool found =
        cgw_peek_uid(data_set, length, instance->transfer_syntax, CGW_TAG_STUDY_INSTANCE_UID, study) &&
        cgw_peek_uid(data_set, length, instance->transfer_syntax, CGW_TAG_SERIES_INSTANCE_UID, series);
    (void)snprintf(name, FOLDER_NAME_BYTES, "%s%s%s", found ? study : FOLDER_UNKNOWN, found ? "/" : "",
                   found ? series : "");
}

/* errno says why. */
static void fail_instance(struct cgw_directory *directory)
{
    (void)cgw_fail(&directory->failure, CGW_E_STORE_FAILED, "%s", strerror(errno));
    directory->has_no_room = directory->has_no_room || errno == ENOSPC || errno == EDQUOT || errno == EROFS;
    new_file_drop(&directory->file);
    directory->failed++;
    directory->stage = FAILED;
}

/* Under its name stands another instance than that one: the retrieve sees it too, and refuses it. */
static bool contradicts(const struct cgw_directory *directory, const struct cgw_instance *instance)
{
    struct cgw_peek peek = {.length = 0};
    cgw_peek_add(&peek, directory->head + directory->header_length,
                 directory->head_length - directory->header_length);
    return cgw_peek_contradicts(&peek, instance->transfer_syntax, instance->sop_class,
                                instance->sop_instance);
}

static struct record new_record(const struct cgw_directory *directory, size_t entry)
{
    assert(entry <= ENTRY_MAX);
    return (struct record){.entry = (unsigned)entry & ENTRY_MAX,
                           .folder = (uint32_t)(directory->folders.count - 1)};
}

/* What can fail for want of memory fails before the file has its name. */
static bool make_room_for_record(struct cgw_directory *directory)
{
    void *array = directory->records;
    if (!cgw_array_grow(&array, &directory->record_capacity, directory->record_count,
                        sizeof *directory->records)) {
        errno = ENOMEM;
        return false;
    }
    directory->records = array;
    return true;
}

/* It would be larger than it may. */
static void drop_for_quota(struct cgw_directory *directory)
{
    new_file_drop(&directory->file);
    directory->over_quota++;
    directory->stage = FAILED;
}

static bool has_room(const struct cgw_directory *directory, size_t length)
{
    uint64_t taken = directory->added + directory->growing;
    return taken <= directory->max_bytes && length <= directory->max_bytes - taken;
}

static void write_bytes(struct cgw_directory *directory, const uint8_t *bytes, size_t length)
{
    if (!has_room(directory, length))
        drop_for_quota(directory);
    else if (new_file_write(&directory->file, bytes, length))
        directory->growing += length;
    else
        fail_instance(directory);
}

static void add_record(struct cgw_directory *directory, struct record record)
{
    assert(directory->record_count == 0 ||
           directory->records[directory->record_count - 1].entry < record.entry);
    directory->records[directory->record_count++] = record;
}

/* Enough is known of it to say where it goes: its beginning is written there. */
static void begin_file(struct cgw_directory *directory, const struct cgw_instance *instance)
{
    char folder[FOLDER_NAME_BYTES];
    if (contradicts(directory, instance)) {
        directory->stage = NONE;
        return;
    }
    find_folder(directory, instance, folder);
    if (!make_room_for_record(directory) || !folders_enter(&directory->folders, folder) ||
        !new_file_create(&directory->file, directory->folders.fd)) {
        fail_instance(directory);
        return;
    }
    directory->stage = WRITING;
    directory->growing = 0;
    write_bytes(directory, directory->head, directory->head_length);
}

static void begin_instance(struct cgw_directory *directory, const struct cgw_instance *instance)
{
    directory->header_length =
        cgw_part10_header(instance->sop_class, instance->sop_instance, instance->transfer_syntax,
                          directory->source_aet, directory->head);
    directory->head_length = directory->header_length;
    directory->stage = HEAD;
}

static void take_bytes(struct cgw_directory *directory, const struct cgw_event *event)
{
    const uint8_t *bytes = event->bytes;
    size_t length = event->length;
    if (directory->stage == HEAD) {
        size_t room = directory->header_length + LOOK_BYTES - directory->head_length;
        size_t part = length < room ? length : room;
        memcpy(directory->head + directory->head_length, bytes, part);
        directory->head_length += part;
        bytes += part;
        length -= part;
        if (part == room)
            begin_file(directory, event->instance);
    }
    if (directory->stage == WRITING && length > 0)
        write_bytes(directory, bytes, length);
}

/* A file of its name is there and stays. Where that is this very instance, and may stand for it, it is made
 * as durable as one of ours. False, with errno: whether it is cannot be told. */
static bool leave_to_existing(struct cgw_directory *directory, const struct cgw_instance *instance,
                              const char *name, struct record *record)
{
    static_assert(sizeof directory->head >= COMPARISON_BYTES, "the head is in the file by now");
    const struct comparison comparison = {.file = &directory->file,
                                          .bytes = directory->growing,
                                          .header_bytes = directory->header_length,
                                          .transfer_syntax = instance->transfer_syntax,
                                          .sync = directory->sync};
    bool is_same = false;
    if (directory->existing == CGW_STORE_KEEP &&
        !existing_file_compare(&comparison, name, directory->head, &is_same))
        return false;
    new_file_drop(&directory->file);
    record->existing = is_same ? CGW_EXISTING_KEPT : CGW_EXISTING_REFUSED;
    return true;
}

/* Gives the file its name, or leaves that to a file that somebody stored meanwhile. False with errno. */
static bool publish(struct cgw_directory *directory, const struct cgw_instance *instance, const char *name,
                    struct record *record)
{
    bool replace = directory->existing == CGW_STORE_REPLACE;
    if (new_file_publish(&directory->file, name, replace, directory->sync)) {
        record->bytes = directory->growing;
        directory->added += directory->growing;
        return true;
    }
    if (replace || errno != EEXIST)
        return false;
    if (file_is_there(directory->folders.fd, name, &record->bytes))
        return leave_to_existing(directory, instance, name, record);
    errno = EEXIST; /* and no file */
    return false;
}

/* The instance is whole, and gets a file, or leaves that to one that is there. */
static void end_file(struct cgw_directory *directory, struct cgw_retrieve *retrieve,
                     const struct cgw_instance *instance)
{
    char name[FILE_NAME_BYTES];
    struct record record = new_record(directory, cgw_ledger_count(cgw_retrieve_outcome(retrieve)->ledger));
    stored_name_write(name, instance->sop_class, instance->sop_instance);
    bool is_there = file_is_there(directory->folders.fd, name, &record.bytes);
    bool stays = is_there && directory->existing != CGW_STORE_REPLACE;
    record.existing = is_there ? CGW_EXISTING_REPLACED : CGW_EXISTING_NONE;
    if (!stays && !has_room(directory, 0)) {
        drop_for_quota(directory);
        return;
    }
    if (stays ? !leave_to_existing(directory, instance, name, &record)
              : !publish(directory, instance, name, &record)) {
        fail_instance(directory);
        return;
    }
    add_record(directory, record);
    if (record.existing != CGW_EXISTING_REFUSED)
        return;
    directory->refused++;
    directory->stage = FAILED;
}

static void end_instance(struct cgw_directory *directory, struct cgw_retrieve *retrieve,
                         const struct cgw_instance *instance)
{
    if (directory->stage == HEAD && instance->bytes == 0)
        directory->stage = NONE; /* announced, and then not one byte of it: the retrieve refuses it */
    if (directory->stage == HEAD)
        begin_file(directory, instance);
    if (directory->stage == WRITING)
        end_file(directory, retrieve, instance);
    if (directory->stage == FAILED)
        cgw_retrieve_refuse(retrieve, CGW_STORE_OUT_OF_RESOURCES);
    directory->stage = NONE;
}

void cgw_directory_limit(struct cgw_directory *directory, uint64_t max_bytes)
{
    directory->max_bytes = max_bytes;
}

void cgw_directory_take(struct cgw_directory *directory, struct cgw_retrieve *retrieve,
                        const struct cgw_event *event)
{
    switch (event->type) {
    case CGW_EVENT_INSTANCE:
        begin_instance(directory, event->instance);
        break;
    case CGW_EVENT_BYTES:
        take_bytes(directory, event);
        break;
    case CGW_EVENT_END:
        end_instance(directory, retrieve, event->instance);
        break;
    case CGW_EVENT_OUTCOME:
        new_file_drop(&directory->file);
        break;
    case CGW_EVENT_PROGRESS:
    case CGW_EVENT_AGAIN:
        break;
    }
}

enum cgw_code cgw_directory_is_full(const struct cgw_directory *directory)
{
    if (directory->has_no_room)
        return CGW_E_STORE_FAILED;
    return directory->over_quota > 0 ? CGW_E_STORE_QUOTA : CGW_OK;
}

/* ---- an instance of an earlier retrieve ---- */

bool cgw_directory_adopt(struct cgw_directory *directory, size_t index, const char *path)
{
    char folder[FOLDER_NAME_BYTES];
    const char *name;
    uint64_t bytes;
    if (!stored_path_read(path, directory->folders.label, folder, &name) ||
        !make_room_for_record(directory) || !folders_look_into(&directory->folders, folder, name, &bytes))
        return false;
    struct record record = new_record(directory, index);
    record.existing = CGW_EXISTING_KEPT;
    record.bytes = bytes;
    add_record(directory, record);
    return true;
}

/* ---- the end ---- */

static void judge(struct cgw_directory *directory)
{
    if (directory->failed > 0)
        (void)cgw_fail(&directory->error, CGW_E_STORE_FAILED, "%zu of the instances could not be stored: %s",
                       directory->failed, directory->failure.detail);
    else if (directory->over_quota > 0)
        (void)cgw_fail(
            &directory->error, CGW_E_STORE_QUOTA,
            "%zu of the instances were not stored: together with what is stored they would be more "
            "than the quota allows",
            directory->over_quota);
    else if (directory->refused > 0)
        (void)cgw_fail(&directory->error, CGW_E_STORE_EXISTS,
                       directory->existing == CGW_STORE_KEEP
                           ? "of %zu of the instances there are other files of their names, which stay"
                           : "of %zu of the instances there are files already, and store-existing is refuse",
                       directory->refused);
}

/* False with errno; so is running out of memory. */
static bool write_outcome(struct cgw_directory *directory, const struct cgw_outcome *outcome)
{
    char piece[OUTCOME_PIECE_BYTES];
    ssize_t length;
    bool written = new_file_create(&directory->file, directory->folders.base_fd);
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, "", "\n");
    if (writer == NULL) {
        errno = ENOMEM;
        return false;
    }
    cgw_outcome_writer_name_files(writer, directory);
    while (written && (length = cgw_outcome_writer_read(writer, piece, sizeof piece)) != 0) {
        written = length > 0 && new_file_write(&directory->file, piece, (size_t)length);
        if (length < 0)
            errno = ENOMEM;
    }
    int reason = errno;
    cgw_outcome_writer_free(writer);
    errno = reason;
    return written;
}

/* A client may give two requests one id. False with errno. */
static bool store_outcome(struct cgw_directory *directory, const struct cgw_outcome *outcome, const char *id)
{
    char name[FILE_NAME_BYTES];
    bool stored = false;
    errno = EEXIST;
    for (int i = 1; !stored && errno == EEXIST && i <= MAX_OUTCOMES; i++) {
        if (i == 1)
            (void)snprintf(name, sizeof name, "outcome-%s.json", id);
        else
            (void)snprintf(name, sizeof name, "outcome-%s-%d.json", id, i);
        stored = write_outcome(directory, outcome) &&
                 new_file_publish(&directory->file, name, false, directory->sync);
        new_file_drop(&directory->file);
    }
    if (stored)
        stored_path_write(directory->outcome_path, directory->folders.label, "", name);
    return stored;
}

void cgw_directory_finish(struct cgw_directory *directory, const struct cgw_outcome *outcome,
                          const char *name)
{
    assert(strlen(name) < CGW_LABEL_BYTES);
    judge(directory);
    if (cgw_ledger_count(outcome->ledger) == 0)
        return;
    if (folders_open_base(&directory->folders) && store_outcome(directory, outcome, name))
        return;
    (void)cgw_fail(&directory->error, CGW_E_STORE_FAILED, "the file of the outcome could not be stored: %s",
                   strerror(errno));
    new_file_drop(&directory->file);
}

const struct cgw_error *cgw_directory_error(const struct cgw_directory *directory)
{
    return &directory->error;
}

const char *cgw_directory_outcome_path(const struct cgw_directory *directory)
{
    return directory->outcome_path;
}

uint64_t cgw_directory_bytes(const struct cgw_directory *directory)
{
    return directory->added;
}

static int compare_entries(const void *key, const void *record)
{
    size_t index = *(const size_t *)key, entry = ((const struct record *)record)->entry;
    return index < entry ? -1 : index > entry;
}

bool cgw_directory_stored(const struct cgw_directory *directory, size_t index,
                          const struct cgw_ledger_entry *entry, struct cgw_stored *ret_stored)
{
    char name[FILE_NAME_BYTES];
    if (directory->record_count == 0)
        return false;
    const struct record *record = bsearch(&index, directory->records, directory->record_count,
                                          sizeof *directory->records, compare_entries);
    if (record == NULL)
        return false;
    const char *folder = directory->folders.names[record->folder];
    stored_name_write(name, entry->sop_class, entry->sop_instance);
    stored_path_write(ret_stored->path, directory->folders.label, folder, name);
    ret_stored->existing = (enum cgw_existing_file)record->existing;
    ret_stored->bytes = record->bytes;
    return true;
}
