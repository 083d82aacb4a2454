/* bucket-client STEP: what tests/bucket/client_test.mjs has src/bucket do; where, the environment says. Exits
 * with 1 and a line when something is not as it should be. */
#include "cgetway/bucket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 5 * 1024 * 1024, LARGE_BYTES = 2 * PART_BYTES + 12345 };

static const struct cgw_watch nobody = {-1, -1};
static struct cgw_error err = CGW_ERROR_INIT;

#define DEMAND(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: not so: %s (%s: %s)\n", __FILE__, __LINE__, #condition,            \
                          cgw_code_name(err.code), err.detail);                                              \
            exit(EXIT_FAILURE);                                                                              \
        }                                                                                                    \
    } while (0)

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

static uint8_t byte_at(size_t at)
{
    return (uint8_t)(at * 7 + at / 251 + at / 65521);
}

static struct cgw_bucket_object *fill(struct cgw_bucket *bucket, const char *key, size_t length)
{
    struct cgw_bucket_object *object = NULL;
    uint8_t bytes[10007];
    DEMAND(cgw_bucket_object_new(bucket, nobody, key, &object, &err) == CGW_OK);
    for (size_t at = 0; at < length;) {
        size_t some = length - at < sizeof bytes ? length - at : sizeof bytes;
        for (size_t i = 0; i < some; i++)
            bytes[i] = byte_at(at + i);
        DEMAND(cgw_bucket_object_write(object, bytes, some, &err) == CGW_OK);
        at += some;
    }
    return object;
}

static enum cgw_code write_object(struct cgw_bucket *bucket, const char *key, size_t length, bool replace)
{
    struct cgw_bucket_object *object = fill(bucket, key, length);
    enum cgw_code code = cgw_bucket_object_commit(object, replace, &err);
    cgw_bucket_object_free(object);
    return code;
}

static void read_object(struct cgw_bucket *bucket, const char *key, size_t length, size_t offset)
{
    struct cgw_bucket_reader *reader = NULL;
    struct cgw_bucket_info info;
    uint8_t bytes[20000];
    ssize_t got;
    DEMAND(cgw_bucket_reader_open(bucket, nobody, key, offset, &reader, &info, &err) == CGW_OK);
    DEMAND(info.bytes == length && info.modified > 0);
    while ((got = cgw_bucket_reader_read(reader, bytes, sizeof bytes, &err)) > 0) {
        for (size_t i = 0; i < (size_t)got; i++)
            DEMAND(bytes[i] == byte_at(offset + i));
        offset += (size_t)got;
    }
    DEMAND(got == 0 && offset == length);
    cgw_bucket_reader_free(reader);
}

static const struct {
    const char *key;
    size_t length;
} objects[] = {{"a/1.2.3/empty.dcm", 0}, {"a/1.2.3/small.dcm", 54321}, {"a/1.2.3/large.dcm", LARGE_BYTES}};
enum { OBJECTS = sizeof objects / sizeof objects[0] };

static void check(struct cgw_bucket *bucket)
{
    DEMAND(cgw_bucket_check(bucket, nobody, &err) == CGW_OK);
}

static void write_and_read(struct cgw_bucket *bucket)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        struct cgw_bucket_info info;
        DEMAND(write_object(bucket, objects[i].key, objects[i].length, false) == CGW_OK);
        DEMAND(cgw_bucket_look(bucket, nobody, objects[i].key, &info, &err) == CGW_OK);
        DEMAND(info.bytes == objects[i].length);
        read_object(bucket, objects[i].key, objects[i].length, 0);
        if (objects[i].length > 0) {
            read_object(bucket, objects[i].key, objects[i].length, 1);
            read_object(bucket, objects[i].key, objects[i].length, objects[i].length - 1);
        }
    }
}

static void replace(struct cgw_bucket *bucket)
{
    DEMAND(write_object(bucket, "small", 100, false) == CGW_OK);
    DEMAND(write_object(bucket, "small", 200, false) == CGW_E_STORE_EXISTS);
    err = (struct cgw_error)CGW_ERROR_INIT;
    read_object(bucket, "small", 100, 0);
    DEMAND(write_object(bucket, "small", LARGE_BYTES, false) == CGW_E_STORE_EXISTS);
    err = (struct cgw_error)CGW_ERROR_INIT;
    DEMAND(write_object(bucket, "small", 300, true) == CGW_OK);
    read_object(bucket, "small", 300, 0);
    DEMAND(cgw_bucket_remove(bucket, nobody, "small", &err) == CGW_OK);
}

static void give_up(struct cgw_bucket *bucket)
{
    cgw_bucket_object_free(fill(bucket, "given-up", LARGE_BYTES));
    DEMAND(cgw_bucket_abort(bucket, nobody, "given-up", "abcdef0123456789", &err) == CGW_OK);
}

static void remove_all(struct cgw_bucket *bucket)
{
    struct cgw_bucket_info info;
    struct cgw_bucket_reader *reader;
    for (size_t i = 0; i < 2 * OBJECTS; i++) {
        const char *key = objects[i % OBJECTS].key;
        DEMAND(cgw_bucket_remove(bucket, nobody, key, &err) == CGW_OK);
        DEMAND(cgw_bucket_look(bucket, nobody, key, &info, NULL) == CGW_E_UNKNOWN_FILE);
        DEMAND(cgw_bucket_reader_open(bucket, nobody, key, 0, &reader, &info, NULL) == CGW_E_UNKNOWN_FILE);
    }
}

static const struct {
    const char *name;
    void (*run)(struct cgw_bucket *bucket);
} steps[] = {{"check", check},
             {"write-and-read", write_and_read},
             {"replace", replace},
             {"give-up", give_up},
             {"remove", remove_all}};

int main(int argc, char **argv)
{
    const struct cgw_bucket_options options = {.url = setting("CGW_TEST_BUCKET_URL"),
                                               .region = setting("CGW_TEST_BUCKET_REGION"),
                                               .access_key = setting("CGW_TEST_BUCKET_ACCESS_KEY"),
                                               .secret_key = setting("CGW_TEST_BUCKET_SECRET_KEY"),
                                               .session_token = setting("CGW_TEST_BUCKET_SESSION_TOKEN"),
                                               .ca_file = setting("CGW_TEST_BUCKET_CA_FILE"),
                                               .part_bytes = PART_BYTES,
                                               .timeout_ms = 30000};
    struct cgw_bucket *bucket = NULL;
    DEMAND(argc == 2);
    DEMAND(cgw_bucket_open(&options, &bucket, &err) == CGW_OK);
    bool known = false;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(argv[1], steps[i].name) == 0) {
            steps[i].run(bucket);
            known = true;
        }
    }
    DEMAND(known);
    cgw_bucket_free(bucket);
    return EXIT_SUCCESS;
}
