#include "prior.h"

#include "cgetway/array.h"
#include "cgetway/part10.h"
#include "cgetway/stored_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_A_PAGE = 64 };

void prior_release(struct prior *prior)
{
    for (size_t i = 0; i < prior->count; i++)
        free((char *)prior->items[i].sop_instance);
    free(prior->items);
    *prior = (struct prior){0};
}

/* Somebody may have touched it since. *ret_bytes: its size now; 0 where it is not there. */
static bool is_whole(const struct space *space, const struct cgw_job_file *file, uint64_t *ret_bytes)
{
    int fd;
    *ret_bytes = 0;
    if (!cgw_stored_file_open(space->root, file->path, &fd, ret_bytes))
        return false;
    (void)close(fd);
    return *ret_bytes == file->bytes;
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
                         struct cgw_directory *directory, struct cgw_error *err)
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
    if (cgw_directory_adopt(directory, prior->count, file->path))
        prior->count++;
    else
        free((char *)item->sop_instance);
    return CGW_OK;
}

enum cgw_code prior_collect(struct space *space, const char *id, const char *source_aet,
                            struct cgw_directory *directory, struct prior *ret_prior, struct cgw_error *err)
{
    struct cgw_job_file *files = malloc(FILES_A_PAGE * sizeof *files);
    char after[CGW_JOB_FILE_NAME_BYTES] = "";
    size_t count = FILES_A_PAGE;
    uint64_t bytes;
    if (files == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is stored already");
    *ret_prior = (struct prior){0};
    enum cgw_code code = CGW_OK;
    while (code == CGW_OK && count == FILES_A_PAGE) {
        code = history_list_files(space->history, id, after, files, FILES_A_PAGE, &count, err);
        for (size_t i = 0; code == CGW_OK && i < count; i++) {
            memcpy(after, files[i].name, sizeof after);
            if (files[i].sop_instance[0] == '\0')
                continue; /* an outcome */
            if (is_whole(space, &files[i], &bytes))
                code = add(ret_prior, &files[i], source_aet, directory, err);
            else
                code = space_drop_damaged(space, id, &files[i], bytes, err);
        }
    }
    free(files);
    if (code != CGW_OK)
        prior_release(ret_prior);
    return code;
}
