#include "outcome_file.h"

#include "cgetway/outcome_json.h"

#include <stdio.h>

enum {
    PIECE_BYTES = 16 * 1024,
    MAX_OUTCOMES = 100, /* of one id, in one folder */
};

static enum cgw_code write_outcome(struct destination *destination, const struct cgw_store *store,
                                   const struct cgw_outcome *outcome, struct cgw_error *err)
{
    char piece[PIECE_BYTES];
    ssize_t length = -1;
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, "", "\n");
    if (writer != NULL)
        cgw_outcome_writer_name_files(writer, store);
    while (writer != NULL && err->code == CGW_OK &&
           (length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0)
        (void)destination->ops->write(destination, piece, (size_t)length, err);
    if (length < 0)
        (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the outcome");
    cgw_outcome_writer_free(writer);
    return err->code;
}

/* CGW_E_STORE_EXISTS: the name is taken. */
static enum cgw_code store_as(struct destination *destination, const struct cgw_store *store,
                              const struct cgw_outcome *outcome, const char *name, struct cgw_error *err)
{
    const struct new_content content = {.folder = "", .name = name};
    if (destination->ops->create(destination, &content, err) == CGW_OK &&
        write_outcome(destination, store, outcome, err) == CGW_OK)
        (void)destination->ops->publish(destination, false, err);
    destination->ops->drop(destination);
    return err->code;
}

/* A client may give two requests one id. */
enum cgw_code outcome_file_store(struct destination *destination, const struct cgw_store *store,
                                 const struct cgw_outcome *outcome, const char *id,
                                 char ret_name[FILE_NAME_BYTES], struct cgw_error *err)
{
    enum cgw_code code = CGW_E_STORE_EXISTS;
    for (int i = 1; code == CGW_E_STORE_EXISTS && i <= MAX_OUTCOMES; i++) {
        if (i == 1)
            (void)snprintf(ret_name, FILE_NAME_BYTES, "outcome-%s.json", id);
        else
            (void)snprintf(ret_name, FILE_NAME_BYTES, "outcome-%s-%d.json", id, i);
        *err = (struct cgw_error)CGW_ERROR_INIT;
        code = store_as(destination, store, outcome, ret_name, err);
    }
    return code;
}
