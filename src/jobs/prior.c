#include "prior.h"

#include "cgetway/array.h"
#include "cgetway/part10.h"

#include <stdlib.h>
#include <string.h>

enum { FILES_A_PAGE = 64 };

void prior_release(struct prior *prior)
{
    for (size_t i = 0; i < prior->count; i++)
        free((char *)prior->items[i].sop_instance);
    free(prior->items);
    *prior = (struct prior){0};
}

/* The three UIDs in one piece of memory, which begins with that of the instance. */
static bool set_uids(struct cgw_prior *item, const struct cgw_job_file *file)
{
    size_t instance = strlen(file->sop_instance) + 1, class = strlen(file->sop_class) + 1,
           syntax = strlen(file->transfer_syntax) + 1;
    char *text = malloc(instance + class + syntax);
    if (text == NULL)
        return false;
    item->sop_instance = memcpy(text, file->sop_instance, instance);
    item->sop_class = memcpy(text + instance, file->sop_class, class);
    item->transfer_syntax = memcpy(text + instance + class, file->transfer_syntax, syntax);
    return true;
}

/* One that the directory does not adopt is fetched again, and then kept. */
static enum cgw_code add(struct prior *prior, const struct cgw_job_file *file, const char *source_aet,
                         struct cgw_store *directory, struct cgw_error *err)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    void *array = prior->items;
    if (!cgw_array_grow(&array, &prior->capacity, prior->count, sizeof *prior->items))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is stored already");
    prior->items = array;
    struct cgw_prior *item = &prior->items[prior->count];
    if (!set_uids(item, file))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is stored already");
    size_t header_length =
        cgw_part10_header(file->sop_class, file->sop_instance, file->transfer_syntax, source_aet, header);
    item->bytes = file->bytes > header_length ? file->bytes - header_length : 0;
    if (cgw_store_adopt(directory, prior->count, file->path))
        prior->count++;
    else
        free((char *)item->sop_instance);
    return CGW_OK;
}

struct walk {
    struct cgw_watch watch;
    struct cgw_job_file files[FILES_A_PAGE];
    char after[CGW_JOB_FILE_PATH_BYTES]; /* a path: several files may have one name */
    size_t count;
    size_t there, damaged, gone; /* of the files that were looked at */
};

static enum cgw_code next_page(struct space *space, const char *id, struct walk *walk, struct cgw_error *err)
{
    enum cgw_code code =
        history_list_files(space->history, id, walk->after, walk->files, FILES_A_PAGE, &walk->count, err);
    if (code == CGW_OK && walk->count > 0)
        memcpy(walk->after, walk->files[walk->count - 1].path, sizeof walk->after);
    return code;
}

/* Somebody may have touched it since. */
static enum cgw_code take_file(struct space *space, struct walk *walk, const struct cgw_job_file *file,
                               const char *source_aet, struct cgw_store *directory, struct prior *prior,
                               struct cgw_error *err)
{
    struct cgw_error why = CGW_ERROR_INIT;
    uint64_t bytes = 0;
    enum cgw_code look = space_look(space, walk->watch, file->path, &bytes, &why);
    if (look != CGW_OK && look != CGW_E_UNKNOWN_FILE)
        return cgw_fail(err, look, "%s", why.detail);
    bool is_there = look == CGW_OK, is_whole = is_there && bytes == file->bytes;
    walk->there += is_there;
    if (is_outcome(file))
        return CGW_OK;
    walk->damaged += is_there && !is_whole;
    walk->gone += !is_there;
    return is_whole ? add(prior, file, source_aet, directory, err) : CGW_OK;
}

/* All at once are gone where a file system is not mounted; then nothing is forgotten. */
static enum cgw_code take_files(struct space *space, const char *id, struct walk *walk,
                                const char *source_aet, struct cgw_store *directory, struct prior *prior,
                                struct cgw_error *err)
{
    enum cgw_code code;
    do {
        code = next_page(space, id, walk, err);
        for (size_t i = 0; code == CGW_OK && i < walk->count; i++)
            code = take_file(space, walk, &walk->files[i], source_aet, directory, prior, err);
    } while (code == CGW_OK && walk->count > 0);
    if (code == CGW_OK && walk->there == 0 && walk->gone > 0)
        code =
            cgw_fail(err, CGW_E_STORE_FAILED, "none of the files of the job is there; is %s the one it was?",
                     space->place->bucket != NULL ? "the bucket" : "the output directory");
    return code;
}

static enum cgw_code forget_damaged(struct space *space, const char *id, struct walk *walk,
                                    struct cgw_error *err)
{
    enum cgw_code code;
    walk->after[0] = '\0';
    do {
        code = next_page(space, id, walk, err);
        for (size_t i = 0; code == CGW_OK && i < walk->count; i++)
            code = is_outcome(&walk->files[i])
                       ? CGW_OK
                       : space_drop_damaged(space, id, walk->watch, &walk->files[i], err);
    } while (code == CGW_OK && walk->count > 0);
    return code;
}

enum cgw_code prior_collect(struct space *space, const char *id, struct cgw_watch watch,
                            const char *source_aet, struct cgw_store *directory, struct prior *ret_prior,
                            struct cgw_error *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    *ret_prior = (struct prior){0};
    if (walk == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is stored already");
    walk->watch = watch;
    enum cgw_code code = take_files(space, id, walk, source_aet, directory, ret_prior, err);
    if (code == CGW_OK && walk->gone + walk->damaged > 0)
        code = forget_damaged(space, id, walk, err);
    free(walk);
    if (code != CGW_OK)
        prior_release(ret_prior);
    return code;
}
