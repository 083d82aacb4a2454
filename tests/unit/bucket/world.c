#include "world.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

void world_start(struct world *world, const struct bucket_server_options *options)
{
    struct support_error support = {0};
    *world = (struct world){.err = CGW_ERROR_INIT};
    world->server = bucket_server_start(options, &support);
    assert_string_equal(support.text, "");
    bool is_unsigned = options != NULL && options->takes_unsigned;
    world->options = (struct cgw_bucket_options){
        .url = bucket_server_url(world->server),
        .region = BUCKET_SERVER_REGION,
        .access_key = is_unsigned ? "" : BUCKET_SERVER_ACCESS_KEY,
        .secret_key = is_unsigned ? "" : BUCKET_SERVER_SECRET_KEY,
        .session_token = options != NULL && options->session_token != NULL ? options->session_token : "",
        .ca_file = "",
        .part_bytes = WORLD_PART_BYTES,
        .timeout_ms = 60000};
    assert_int_equal(cgw_bucket_open(&world->options, &world->bucket, &world->err), CGW_OK);
}

void world_open_again(struct world *world)
{
    cgw_bucket_free(world->bucket);
    world->bucket = NULL;
    assert_int_equal(cgw_bucket_open(&world->options, &world->bucket, &world->err), CGW_OK);
}

void world_stop(struct world *world)
{
    cgw_bucket_free(world->bucket);
    assert_int_equal(bucket_server_bad_signatures(world->server), 0);
    assert_int_equal(bucket_server_open_uploads(world->server), 0);
    bucket_server_stop(world->server);
}

uint8_t *world_bytes(size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251 + i / 65521);
    return bytes;
}

void world_expect_object(struct world *world, const char *key, size_t length)
{
    size_t there = 0;
    uint8_t *object = bucket_server_object(world->server, key, &there), *expected = world_bytes(length);
    assert_non_null(object);
    assert_int_equal(there, length);
    assert_memory_equal(object, expected, length);
    free(object);
    free(expected);
}

void world_expect_no_object(struct world *world, const char *key)
{
    size_t there;
    uint8_t *object = bucket_server_object(world->server, key, &there);
    free(object);
    assert_null(object);
}

struct cgw_bucket_object *world_object(struct world *world, const char *key, size_t length, size_t chunk)
{
    struct cgw_bucket_object *object = NULL;
    uint8_t *bytes = world_bytes(length);
    assert_int_equal(cgw_bucket_object_new(world->bucket, world_nobody, key, &object, &world->err), CGW_OK);
    for (size_t at = 0; at < length && world->err.code == CGW_OK; at += chunk)
        (void)cgw_bucket_object_write(object, bytes + at, length - at < chunk ? length - at : chunk,
                                      &world->err);
    free(bytes);
    return object;
}

enum cgw_code world_write(struct world *world, const char *key, size_t length, bool replace)
{
    world->err = (struct cgw_error)CGW_ERROR_INIT;
    struct cgw_bucket_object *object = world_object(world, key, length, length > 0 ? length : 1);
    if (world->err.code == CGW_OK)
        (void)cgw_bucket_object_commit(object, replace, &world->err);
    cgw_bucket_object_free(object);
    return world->err.code;
}
