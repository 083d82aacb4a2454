/*
 * Objects of a bucket. What was sent cannot be read back before it is committed, so the data set is hashed on
 * its way (SHA-256), and so is that of the object that turns out to have the key already.
 *
 * That is told by the commit, which costs no request of its own. Only a large instance is looked for before
 * it is sent: where its key is taken nothing of it is sent at all.
 */
#include "destination.h"

#include "cgetway/cleanup.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGE_BYTES = 4 * 1024 * 1024, /* less than a part, so that none is sent in vain */
    HASH_BYTES = 32,
    /* Each was tried three times by then, so one may be bad luck. */
    MAX_FAILURES_IN_A_ROW = 2,
};

struct bucket {
    struct destination destination; /* first: its address is the bucket's */
    struct cgw_bucket *bucket;
    char label[CGW_LABEL_BYTES];
    bool replaces, hashes;
    char key[CGW_STORED_PATH_BYTES];  /* of the object that is under way */
    struct cgw_bucket_object *object; /* NULL: there is none, or its key is taken */
    bool was_looked_for, is_taken;    /* the key */
    uint64_t written;
    size_t header_left; /* until the data set begins */
    EVP_MD_CTX *hash;
    bool hash_failed;
    bool has_begun;    /* an instance, or the outcome */
    unsigned failures; /* in a row: instances, or looks before the first one */
};

CGW_DEFINE_AUTO(bucket_reader, struct cgw_bucket_reader *, cgw_bucket_reader_free)

static struct bucket *of(struct destination *destination)
{
    return (struct bucket *)destination;
}

static enum cgw_code note_failure(struct bucket *bucket, enum cgw_code code)
{
    if (code == CGW_E_STORE_FAILED && ++bucket->failures >= MAX_FAILURES_IN_A_ROW)
        bucket->destination.is_full = true;
    return code;
}

/* That a key can be looked at says nothing about whether an instance can be stored. */
static enum cgw_code note_look(struct bucket *bucket, enum cgw_code code)
{
    if (!bucket->has_begun && (code == CGW_OK || code == CGW_E_UNKNOWN_FILE))
        bucket->failures = 0;
    return note_failure(bucket, code);
}

/* What has the key may still have to be read. */
static enum cgw_code note_commit(struct bucket *bucket, enum cgw_code code)
{
    if (code == CGW_OK || (code == CGW_E_STORE_EXISTS && !bucket->hashes))
        bucket->failures = 0;
    return note_failure(bucket, code);
}

static enum cgw_code note_comparison(struct bucket *bucket, enum cgw_code code)
{
    if (code == CGW_OK)
        bucket->failures = 0;
    return note_failure(bucket, code);
}

static enum cgw_code check_not_full(const struct bucket *bucket, struct cgw_error *err)
{
    if (!bucket->destination.is_full)
        return CGW_OK;
    return cgw_fail(err, CGW_E_STORE_FAILED, "the bucket failed %d times in a row, and is not asked any more",
                    MAX_FAILURES_IN_A_ROW);
}

/* ---- the hash ---- */

static void begin_hash(struct bucket *bucket)
{
    bucket->hash_failed = EVP_DigestInit_ex(bucket->hash, EVP_sha256(), NULL) != 1;
}

static void add_to_hash(struct bucket *bucket, const uint8_t *bytes, size_t length)
{
    if (!bucket->hash_failed)
        bucket->hash_failed = EVP_DigestUpdate(bucket->hash, bytes, length) != 1;
}

static bool end_hash(struct bucket *bucket, uint8_t ret_hash[HASH_BYTES])
{
    unsigned length = 0;
    return !bucket->hash_failed && EVP_DigestFinal_ex(bucket->hash, ret_hash, &length) == 1 &&
           length == HASH_BYTES;
}

static void hash_data_set(struct bucket *bucket, const uint8_t *bytes, size_t length)
{
    size_t skipped = length < bucket->header_left ? length : bucket->header_left;
    bucket->header_left -= skipped;
    add_to_hash(bucket, bytes + skipped, length - skipped);
}

/* ---- a new object ---- */

static void drop(struct destination *destination)
{
    struct bucket *bucket = of(destination);
    cgw_bucket_object_free(bucket->object);
    bucket->object = NULL;
}

static enum cgw_code create(struct destination *destination, const struct new_content *content,
                            struct cgw_error *err)
{
    struct bucket *bucket = of(destination);
    if (check_not_full(bucket, err) != CGW_OK)
        return err->code;
    stored_path_write(bucket->key, bucket->label, content->folder, content->name);
    bucket->was_looked_for = bucket->is_taken = false;
    bucket->has_begun = true;
    bucket->written = 0;
    bucket->header_left = content->header_bytes;
    begin_hash(bucket);
    return cgw_bucket_object_new(bucket->bucket, destination->watch, bucket->key, &bucket->object, err);
}

static enum cgw_code look_at_key(struct bucket *bucket, const char *key, bool *ret_is_there,
                                 uint64_t *ret_bytes, struct cgw_error *err)
{
    struct cgw_bucket_info info;
    struct cgw_error why = CGW_ERROR_INIT;
    if (check_not_full(bucket, err) != CGW_OK)
        return err->code;
    enum cgw_code code =
        note_look(bucket, cgw_bucket_look(bucket->bucket, bucket->destination.watch, key, &info, &why));
    *ret_is_there = code == CGW_OK;
    if (code == CGW_OK)
        *ret_bytes = info.bytes;
    return code == CGW_OK || code == CGW_E_UNKNOWN_FILE ? CGW_OK : cgw_fail(err, code, "%s", why.detail);
}

/* False: *err. Where its key is taken nothing more of it is sent. */
static bool look_before_it_is_sent(struct bucket *bucket, struct cgw_error *err)
{
    uint64_t bytes;
    if (bucket->replaces || bucket->was_looked_for || bucket->written <= LARGE_BYTES)
        return true;
    bucket->was_looked_for = true;
    if (look_at_key(bucket, bucket->key, &bucket->is_taken, &bytes, err) != CGW_OK)
        return false;
    if (bucket->is_taken)
        drop(&bucket->destination);
    return true;
}

static enum cgw_code write_bytes(struct destination *destination, const void *bytes, size_t length,
                                 struct cgw_error *err)
{
    struct bucket *bucket = of(destination);
    enum cgw_code code;
    bucket->written += length;
    if (!look_before_it_is_sent(bucket, err))
        return err->code;
    if (bucket->hashes)
        hash_data_set(bucket, bytes, length);
    if (bucket->is_taken)
        return CGW_OK;
    code = cgw_bucket_object_write(bucket->object, bytes, length, err);
    return note_failure(bucket, code);
}

static enum cgw_code publish(struct destination *destination, bool replace, struct cgw_error *err)
{
    struct bucket *bucket = of(destination);
    if (bucket->is_taken)
        return note_commit(bucket, cgw_fail(err, CGW_E_STORE_EXISTS, "there is an object of this key"));
    enum cgw_code code = note_commit(bucket, cgw_bucket_object_commit(bucket->object, replace, err));
    drop(destination);
    return code;
}

static enum cgw_code look(struct destination *destination, const char *folder, const char *name,
                          bool *ret_is_there, uint64_t *ret_bytes, struct cgw_error *err)
{
    char key[CGW_STORED_PATH_BYTES];
    struct bucket *bucket = of(destination);
    stored_path_write(key, bucket->label, folder, name);
    return look_at_key(bucket, key, ret_is_there, ret_bytes, err);
}

/* ---- an existing one ---- */

/* All of it. */
static bool read_header(struct cgw_bucket_reader *reader, uint8_t *bytes, size_t length,
                        struct cgw_error *err)
{
    while (length > 0) {
        ssize_t got = cgw_bucket_reader_read(reader, bytes, length, err);
        if (got == 0)
            (void)cgw_fail(err, CGW_E_STORE_FAILED, "an object ends too early");
        if (got <= 0)
            return false;
        bytes += got;
        length -= (size_t)got;
    }
    return true;
}

static bool hash_rest(struct bucket *bucket, struct cgw_bucket_reader *reader, uint8_t *buffer,
                      uint8_t ret_hash[HASH_BYTES], struct cgw_error *err)
{
    ssize_t got;
    begin_hash(bucket);
    while ((got = cgw_bucket_reader_read(reader, buffer, COMPARISON_BYTES, err)) > 0)
        add_to_hash(bucket, buffer, (size_t)got);
    if (got == 0 && !end_hash(bucket, ret_hash))
        (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "a hash could not be made");
    return err->code == CGW_OK;
}

/* Its size is that of the bytes that come: the reader tells an end that comes too early. */
static enum cgw_code compare_hash(struct bucket *bucket, const struct comparison *comparison,
                                  const uint8_t hash[HASH_BYTES], uint8_t *buffer, bool *ret_is_same,
                                  struct cgw_error *err)
{
    size_t header_bytes;
    uint8_t existing[HASH_BYTES];
    struct cgw_bucket_info info;
    CGW_AUTO(bucket_reader) struct cgw_bucket_reader *reader = NULL;
    if (cgw_bucket_reader_open(bucket->bucket, bucket->destination.watch, bucket->key, 0, &reader, &info,
                               err) != CGW_OK)
        return err->code;
    if (!existing_file_may_be_same(comparison, info.bytes, &header_bytes))
        return CGW_OK;
    if (!read_header(reader, buffer, header_bytes, err))
        return err->code;
    if (!existing_file_has_header(comparison, buffer, header_bytes))
        return CGW_OK;
    if (!hash_rest(bucket, reader, buffer, existing, err))
        return err->code;
    *ret_is_same = memcmp(existing, hash, HASH_BYTES) == 0;
    return CGW_OK;
}

static enum cgw_code compare(struct destination *destination, const struct comparison *comparison,
                             uint8_t buffer[COMPARISON_BYTES], bool *ret_is_same, struct cgw_error *err)
{
    uint8_t hash[HASH_BYTES];
    struct bucket *bucket = of(destination);
    assert(bucket->hashes);
    drop(destination);
    *ret_is_same = false;
    if (!end_hash(bucket, hash))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "a hash could not be made");
    return note_comparison(bucket, compare_hash(bucket, comparison, hash, buffer, ret_is_same, err));
}

/* ---- the store's ---- */

static void release(struct destination *destination)
{
    struct bucket *bucket = of(destination);
    drop(destination);
    EVP_MD_CTX_free(bucket->hash);
    free(bucket);
}

enum cgw_code destination_open_bucket(const struct cgw_store_options *options,
                                      struct destination **ret_destination, struct cgw_error *err)
{
    static const struct destination_ops ops = {.look_is_dear = true,
                                               .create = create,
                                               .write = write_bytes,
                                               .publish = publish,
                                               .look = look,
                                               .compare = compare,
                                               .drop = drop,
                                               .free = release};
    struct bucket *bucket = calloc(1, sizeof *bucket);
    if (bucket != NULL)
        bucket->hash = EVP_MD_CTX_new();
    if (bucket == NULL || bucket->hash == NULL) {
        free(bucket);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to store instances");
    }
    bucket->destination = (struct destination){.ops = &ops, .watch = options->watch};
    bucket->bucket = options->place.bucket;
    (void)snprintf(bucket->label, sizeof bucket->label, "%s", options->label);
    bucket->replaces = options->existing == CGW_STORE_REPLACE;
    bucket->hashes = options->existing == CGW_STORE_KEEP;
    *ret_destination = &bucket->destination;
    return CGW_OK;
}
