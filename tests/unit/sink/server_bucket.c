#include "server_bucket.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test_bucket {
    struct bucket_server *server;
    struct cgw_bucket *bucket;
};

struct test_bucket *test_bucket_new(void)
{
    struct support_error err = {.text = ""};
    struct cgw_error why = CGW_ERROR_INIT;
    struct test_bucket *bucket = calloc(1, sizeof *bucket);
    assert_non_null(bucket);
    bucket->server = bucket_server_start(NULL, &err);
    if (bucket->server == NULL)
        fail_msg("%s", err.text);
    const struct cgw_bucket_options options = {.url = bucket_server_url(bucket->server),
                                               .region = BUCKET_SERVER_REGION,
                                               .access_key = BUCKET_SERVER_ACCESS_KEY,
                                               .secret_key = BUCKET_SERVER_SECRET_KEY,
                                               .session_token = "",
                                               .ca_file = "",
                                               .part_bytes = TEST_BUCKET_PART_BYTES,
                                               .timeout_ms = 20000};
    assert_int_equal(cgw_bucket_open(&options, &bucket->bucket, &why), CGW_OK);
    return bucket;
}

void test_bucket_free(struct test_bucket *bucket)
{
    if (bucket == NULL)
        return;
    assert_int_equal(bucket_server_open_uploads(bucket->server), 0);
    assert_int_equal(bucket_server_bad_signatures(bucket->server), 0);
    cgw_bucket_free(bucket->bucket);
    bucket_server_stop(bucket->server);
    free(bucket);
}

struct bucket_server *server_bucket_of(struct test_bucket *bucket)
{
    return bucket->server;
}

struct cgw_bucket *test_bucket_of(struct test_bucket *bucket)
{
    return bucket->bucket;
}

void test_bucket_put(struct test_bucket *bucket, const char *key, const void *bytes, size_t length)
{
    bucket_server_put(bucket->server, key, bytes, length);
}

uint8_t *test_bucket_get(struct test_bucket *bucket, const char *key, size_t *ret_length)
{
    return bucket_server_object(bucket->server, key, ret_length);
}

void test_bucket_list(struct test_bucket *bucket, char *text, size_t capacity)
{
    char key[CGW_BUCKET_KEY_BYTES];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; bucket_server_key(bucket->server, i, key, sizeof key); i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", i > 0 ? " " : "", key);
}
