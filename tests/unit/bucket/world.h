/* A scripted server with a bucket of it, for one test. */
#ifndef CGW_TESTS_BUCKET_WORLD_H
#define CGW_TESTS_BUCKET_WORLD_H

#include "cgetway/bucket.h"
#include "support/bucket_server.h"

enum { WORLD_PART_BYTES = 1000 };

static const struct cgw_watch world_nobody = {-1, -1};

struct world {
    struct bucket_server *server;
    struct cgw_bucket_options options;
    struct cgw_bucket *bucket;
    struct cgw_error err;
};

/* Parts of WORLD_PART_BYTES, a timeout that no test reaches. options may be NULL. */
void world_start(struct world *world, const struct bucket_server_options *options);
/* Another bucket with world->options. */
void world_open_again(struct world *world);
/* Fails the test unless every signature was right and no upload is open. */
void world_stop(struct world *world);

/* length bytes that tell where they are. Owned by the caller. */
uint8_t *world_bytes(size_t length);
/* The object on the server is those bytes. */
void world_expect_object(struct world *world, const char *key, size_t length);
void world_expect_no_object(struct world *world, const char *key);

/* An object with so many bytes written, chunk bytes at a time. */
struct cgw_bucket_object *world_object(struct world *world, const char *key, size_t length, size_t chunk);
/* new, write, commit, free: what failed first, in world->err too, which is cleared before. */
enum cgw_code world_write(struct world *world, const char *key, size_t length, bool replace);

#endif
