#include "memory_bucket.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAX_OBJECTS = 16, MAX_OBJECT_BYTES = 16 * 1024 * 1024, KEY_BYTES = 300, MODIFIED = 1795368000 };

/* Its bytes are no allocation that a test counts. */
struct item {
    char key[KEY_BYTES]; /* "": none */
    uint8_t *bytes;      /* MAX_OBJECT_BYTES */
    size_t length;
    time_t modified;
};

struct cgw_bucket_object {
    struct cgw_bucket *bucket; /* NULL: none is written */
    struct item item;
    size_t sent; /* in parts */
    bool is_over;
    struct cgw_watch watch;
};

struct cgw_bucket_reader {
    struct cgw_bucket *bucket; /* NULL: none is read */
    struct item item;          /* as it was when it was opened */
    size_t at;
};

struct cgw_bucket {
    struct item items[MAX_OBJECTS];
    struct cgw_bucket_object object;
    struct cgw_bucket_reader reader;
    size_t fail_at, fail_count;
    enum cgw_code code;
    struct memory_bucket_report report;
    void (*before_commit)(void *context);
    void *context;
    time_t now;
};

struct test_bucket {
    struct cgw_bucket bucket;
};

static uint8_t *map_bytes(void)
{
    uint8_t *bytes = mmap(NULL, MAX_OBJECT_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    return bytes;
}

struct test_bucket *test_bucket_new(void)
{
    struct test_bucket *bucket =
        mmap(NULL, sizeof *bucket, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(bucket, MAP_FAILED);
    for (size_t i = 0; i < MAX_OBJECTS; i++)
        bucket->bucket.items[i].bytes = map_bytes();
    bucket->bucket.object.item.bytes = map_bytes();
    bucket->bucket.reader.item.bytes = map_bytes();
    bucket->bucket.now = MODIFIED;
    return bucket;
}

void test_bucket_free(struct test_bucket *bucket)
{
    if (bucket == NULL)
        return;
    assert_null(bucket->bucket.object.bucket);
    assert_null(bucket->bucket.reader.bucket);
    for (size_t i = 0; i < MAX_OBJECTS; i++)
        (void)munmap(bucket->bucket.items[i].bytes, MAX_OBJECT_BYTES);
    (void)munmap(bucket->bucket.object.item.bytes, MAX_OBJECT_BYTES);
    (void)munmap(bucket->bucket.reader.item.bytes, MAX_OBJECT_BYTES);
    (void)munmap(bucket, sizeof *bucket);
}

struct cgw_bucket *test_bucket_of(struct test_bucket *bucket)
{
    return &bucket->bucket;
}

static struct item *find(struct cgw_bucket *bucket, const char *key)
{
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        if (strcmp(bucket->items[i].key, key) == 0)
            return &bucket->items[i];
    }
    return NULL;
}

static void put(struct cgw_bucket *bucket, const char *key, const void *bytes, size_t length)
{
    struct item *item = find(bucket, key);
    if (item == NULL)
        item = find(bucket, "");
    assert_non_null(item);
    assert_true(length <= MAX_OBJECT_BYTES && strlen(key) < KEY_BYTES);
    (void)snprintf(item->key, sizeof item->key, "%s", key);
    if (length > 0)
        memcpy(item->bytes, bytes, length);
    item->length = length;
    item->modified = bucket->now++;
}

void test_bucket_put(struct test_bucket *bucket, const char *key, const void *bytes, size_t length)
{
    put(&bucket->bucket, key, bytes, length);
}

uint8_t *test_bucket_get(struct test_bucket *bucket, const char *key, size_t *ret_length)
{
    const struct item *item = find(&bucket->bucket, key);
    uint8_t *bytes = item != NULL ? malloc(item->length + 1) : NULL;
    if (bytes == NULL)
        return NULL;
    memcpy(bytes, item->bytes, item->length);
    *ret_length = item->length;
    return bytes;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->key, ((const struct item *)b)->key);
}

void test_bucket_list(struct test_bucket *bucket, char *text, size_t capacity)
{
    size_t used = 0;
    struct item items[MAX_OBJECTS];
    memcpy(items, bucket->bucket.items, sizeof items);
    qsort(items, MAX_OBJECTS, sizeof items[0], compare_keys);
    text[0] = '\0';
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        if (items[i].key[0] != '\0')
            used += (size_t)snprintf(text + used, capacity - used, "%s%s", used > 0 ? " " : "", items[i].key);
    }
}

void memory_bucket_begin(struct test_bucket *bucket, size_t number, size_t count, enum cgw_code code)
{
    bucket->bucket.fail_at = number;
    bucket->bucket.fail_count = count;
    bucket->bucket.code = code;
    bucket->bucket.report = (struct memory_bucket_report){.requests = 0};
}

struct memory_bucket_report memory_bucket_end(struct test_bucket *bucket)
{
    struct memory_bucket_report report = bucket->bucket.report;
    memory_bucket_begin(bucket, 0, 0, CGW_OK);
    return report;
}

void memory_bucket_before_commit(struct test_bucket *bucket, void (*act)(void *context), void *context)
{
    bucket->bucket.before_commit = act;
    bucket->bucket.context = context;
}

/* ---- bucket.h ---- */

static void trace(struct cgw_bucket *bucket, const char *word)
{
    char *text = bucket->report.trace;
    size_t used = strlen(text);
    (void)snprintf(text + used, MEMORY_BUCKET_TRACE_BYTES - used, "%s%s", used > 0 ? " " : "", word);
}

static enum cgw_code request(struct cgw_bucket *bucket, const char *word, struct cgw_watch watch,
                             struct cgw_error *err)
{
    size_t number = ++bucket->report.requests;
    trace(bucket, word);
    bucket->report.watch = watch;
    if (bucket->fail_at == 0 || number < bucket->fail_at || number >= bucket->fail_at + bucket->fail_count)
        return CGW_OK;
    return cgw_fail(err, bucket->code, "%s: 503 SlowDown", word);
}

enum cgw_code cgw_bucket_check(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_error *err)
{
    return request(bucket, "CHECK", watch, err);
}

enum cgw_code cgw_bucket_look(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                              struct cgw_bucket_info *ret_info, struct cgw_error *err)
{
    const struct item *item = find(bucket, key);
    if (request(bucket, "HEAD", watch, err) != CGW_OK)
        return bucket->code;
    if (item == NULL)
        return cgw_fail(err, CGW_E_UNKNOWN_FILE, "there is no such object");
    *ret_info = (struct cgw_bucket_info){.bytes = item->length, .modified = item->modified};
    return CGW_OK;
}

enum cgw_code cgw_bucket_remove(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                struct cgw_error *err)
{
    struct item *item = find(bucket, key);
    if (request(bucket, "DELETE", watch, err) != CGW_OK)
        return bucket->code;
    if (item != NULL)
        item->key[0] = '\0';
    return CGW_OK;
}

enum cgw_code cgw_bucket_reader_open(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                     uint64_t offset, struct cgw_bucket_reader **ret_reader,
                                     struct cgw_bucket_info *ret_info, struct cgw_error *err)
{
    struct cgw_bucket_reader *reader = &bucket->reader;
    const struct item *item = find(bucket, key);
    uint8_t *bytes = reader->item.bytes;
    assert_null(reader->bucket);
    if (request(bucket, "GET", watch, err) != CGW_OK)
        return bucket->code;
    if (item == NULL)
        return cgw_fail(err, CGW_E_UNKNOWN_FILE, "there is no such object");
    if (offset > item->length)
        return cgw_fail(err, CGW_E_RANGE_NOT_SATISFIABLE, "it is not that long");
    memcpy(bytes, item->bytes, item->length);
    *reader = (struct cgw_bucket_reader){.bucket = bucket, .item = *item, .at = (size_t)offset};
    reader->item.bytes = bytes;
    *ret_info = (struct cgw_bucket_info){.bytes = item->length, .modified = item->modified};
    *ret_reader = reader;
    return CGW_OK;
}

/* In pieces that fit nothing. Each is a request of its own, so that it can fail. */
ssize_t cgw_bucket_reader_read(struct cgw_bucket_reader *reader, void *bytes, size_t capacity,
                               struct cgw_error *err)
{
    static const struct cgw_watch nobody = {-1, -1};
    size_t length = reader->item.length - reader->at;
    if (length > 30011)
        length = 30011;
    if (length > capacity)
        length = capacity;
    if (request(reader->bucket, "READ", nobody, err) != CGW_OK)
        return -1;
    memcpy(bytes, reader->item.bytes + reader->at, length);
    reader->at += length;
    return (ssize_t)length;
}

void cgw_bucket_reader_free(struct cgw_bucket_reader *reader)
{
    if (reader != NULL)
        reader->bucket = NULL;
}

enum cgw_code cgw_bucket_object_new(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                    struct cgw_bucket_object **ret_object, struct cgw_error *err)
{
    struct cgw_bucket_object *object = &bucket->object;
    uint8_t *bytes = object->item.bytes;
    (void)err;
    assert_null(object->bucket);
    *object = (struct cgw_bucket_object){.bucket = bucket, .item = {.bytes = bytes}, .watch = watch};
    (void)snprintf(object->item.key, sizeof object->item.key, "%s", key);
    *ret_object = object;
    return CGW_OK;
}

static enum cgw_code fail_object(struct cgw_bucket_object *object, enum cgw_code code)
{
    object->is_over = true;
    return code;
}

enum cgw_code cgw_bucket_object_write(struct cgw_bucket_object *object, const void *bytes, size_t length,
                                      struct cgw_error *err)
{
    struct item *item = &object->item;
    assert_false(object->is_over);
    assert_true(length <= MAX_OBJECT_BYTES - item->length);
    memcpy(item->bytes + item->length, bytes, length);
    item->length += length;
    while (item->length - object->sent > TEST_BUCKET_PART_BYTES) {
        object->sent += TEST_BUCKET_PART_BYTES;
        if (request(object->bucket, "PART", object->watch, err) != CGW_OK)
            return fail_object(object, object->bucket->code);
    }
    return CGW_OK;
}

enum cgw_code cgw_bucket_object_commit(struct cgw_bucket_object *object, bool replace, struct cgw_error *err)
{
    struct cgw_bucket *bucket = object->bucket;
    assert_false(object->is_over);
    if (bucket->before_commit != NULL)
        bucket->before_commit(bucket->context);
    if (request(bucket, object->sent > 0 ? "COMPLETE" : "PUT", object->watch, err) != CGW_OK)
        return fail_object(object, bucket->code);
    if (!replace && find(bucket, object->item.key) != NULL) {
        object->is_over = true;
        return cgw_fail(err, CGW_E_STORE_EXISTS, "there is an object of this key");
    }
    put(bucket, object->item.key, object->item.bytes, object->item.length);
    object->sent = 0;
    return fail_object(object, CGW_OK);
}

void cgw_bucket_object_free(struct cgw_bucket_object *object)
{
    if (object == NULL)
        return;
    if (object->sent > 0)
        trace(object->bucket, "ABORT");
    object->bucket = NULL;
}
