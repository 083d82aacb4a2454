/* Retrieves over a memory peer into a directory, or a bucket, of the test's own. Fails the test where
 * something cannot be had. */
#ifndef CGW_TESTS_STORING_H
#define CGW_TESTS_STORING_H

#include "support/temp_dir.h"
#include "test_bucket.h"
#include "unit/memory_peer/setting.h"

#include "cgetway/store.h"

#include <jansson.h>

/* Set a group of tests up: storing_begin stores there from now on; at first in the directory. */
int storing_in_directory(void **state);
int storing_in_bucket(void **state);

struct storing {
    struct temp_dir *dir;
    struct test_bucket *bucket;       /* NULL: it stores in the directory */
    struct cgw_store_options options; /* flat, keep, sync, no label; the test may change it */
    const char *const *adopted;       /* paths of the setting's prior instances; NULL: none */
    const size_t *limits;             /* before INSTANCE and END of each, in limit_unit bytes; NULL: none */
    size_t limit_unit;
    void (*before_answer)(void *context); /* called where an instance has been taken; NULL: nothing */
    void *context;
    /* Of the last run: */
    struct cgw_error error; /* why it did not begin, or the directory's own */
    enum cgw_code full;     /* cgw_store_is_full, at the end */
    char heard[1024];       /* see heard.h */
    char outcome_path[CGW_STORED_PATH_BYTES];
    uint64_t bytes;  /* that the directory tells */
    json_t *outcome; /* as the answer tells it; NULL: it did not begin, or memory was out */
};

void storing_begin(struct storing *storing);
void storing_end(struct storing *storing);

/* A retrieve from the setting's peer into the directory. */
void storing_run_from(struct storing *storing, struct setting *setting);
/* The same from a peer that says the script behind `accept`. */
void storing_run(struct storing *storing, const char *script);

/* A file, besides what is stored. */
void storing_put(const struct storing *storing, const char *path, const void *bytes, size_t length);
/* With free(); NULL: there is none. */
uint8_t *storing_get(const struct storing *storing, const char *path, size_t *ret_length);
bool storing_holds(const struct storing *storing, const char *path, const void *bytes, size_t length);

/* The regular files, or objects, are these: relative paths in the order of their bytes, separated by blanks.
 */
void storing_assert_files(const struct storing *storing, const char *expected);

/* The file is a Part 10 header of this instance and the script's data set of so many bytes. False: it is
 * not. */
bool storing_is_whole(const struct storing *storing, const char *path, const char *sop_class,
                      const char *sop_instance, size_t data_bytes);

/* "path existing result" of each instance of the outcome, "-" where one is missing, separated by commas. */
void storing_assert_stored(const struct storing *storing, const char *expected);

#endif
