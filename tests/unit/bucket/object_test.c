#include "unit/cmocka_all.h"

#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void what_is_smaller_than_a_part_is_one_put(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    static const size_t lengths[] = {0, 1, WORLD_PART_BYTES - 1, WORLD_PART_BYTES};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "a/b-%zu_c.dcm", i);
        assert_int_equal(world_write(&world, key, lengths[i], true), CGW_OK);
        world_expect_object(&world, key, lengths[i]);
    }
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT), 4);
    assert_int_equal(bucket_server_count(world.server, BUCKET_ANY), 4);
    assert_int_equal(bucket_server_connections(world.server), 1);
    world_stop(&world);
}

static void what_is_larger_is_an_upload_of_parts(void **state)
{
    static const struct {
        size_t length, parts;
    } cases[] = {{WORLD_PART_BYTES + 1, 2},
                 {2 * WORLD_PART_BYTES, 2},
                 {2 * WORLD_PART_BYTES + 1, 3},
                 {10 * WORLD_PART_BYTES, 10}};
    static const size_t chunks[] = {1, 999, 1000, 1001, 100000};
    struct world world;
    size_t parts = 0;
    (void)state;
    world_start(&world, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof chunks / sizeof chunks[0]; j++) {
            struct cgw_bucket_object *object = world_object(&world, "large", cases[i].length, chunks[j]);
            assert_int_equal(cgw_bucket_object_commit(object, true, &world.err), CGW_OK);
            cgw_bucket_object_free(object);
            world_expect_object(&world, "large", cases[i].length);
            parts += cases[i].parts;
            assert_int_equal(bucket_server_count(world.server, BUCKET_PUT_PART), parts);
        }
    }
    assert_int_equal(bucket_server_count(world.server, BUCKET_ABORT), 0);
    world_stop(&world);
}

static void a_part_of_megabytes_goes_through(void **state)
{
    enum { MANY = 13 * 1024 * 1024 };
    struct world world;
    (void)state;
    world_start(&world, NULL);
    world.options.part_bytes = 5 * 1024 * 1024;
    world_open_again(&world);
    assert_int_equal(world_write(&world, "large", MANY, false), CGW_OK);
    world_expect_object(&world, "large", MANY);
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT_PART), 3);
    world_stop(&world);
}

static void an_object_has_its_key_only_when_it_is_committed(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    struct cgw_bucket_object *object = world_object(&world, "large", 5000, 300);
    world_expect_no_object(&world, "large");
    assert_int_equal(bucket_server_open_uploads(world.server), 1);
    cgw_bucket_object_free(object);
    world_expect_no_object(&world, "large");
    assert_int_equal(bucket_server_open_uploads(world.server), 0);

    object = world_object(&world, "small", 10, 10);
    cgw_bucket_object_free(object);
    world_expect_no_object(&world, "small");
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT), 0);
    world_stop(&world);
}

static void more_parts_than_there_may_be_are_refused(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    world.options.part_bytes = 1;
    world_open_again(&world);
    assert_int_equal(world_write(&world, "most", CGW_BUCKET_MAX_PARTS, true), CGW_OK);
    world_expect_object(&world, "most", CGW_BUCKET_MAX_PARTS);
    assert_int_equal(world_write(&world, "more", CGW_BUCKET_MAX_PARTS + 1, true), CGW_E_INSTANCE_TOO_LARGE);
    world_expect_no_object(&world, "more");
    world_stop(&world);
}

static void only_a_commit_that_may_replace_does(void **state)
{
    static const size_t lengths[] = {10, 3 * WORLD_PART_BYTES};
    static const struct bucket_server_options kinds[] = {{.session_token = NULL},
                                                         {.ignores_conditions = true}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            struct world world;
            world_start(&world, &kinds[i]);
            assert_int_equal(world_write(&world, "one", lengths[j], false), CGW_OK);
            assert_int_equal(world_write(&world, "one", lengths[j] + 5, false), CGW_E_STORE_EXISTS);
            world_expect_object(&world, "one", lengths[j]);
            assert_int_equal(world_write(&world, "one", lengths[j] + 9, true), CGW_OK);
            world_expect_object(&world, "one", lengths[j] + 9);
            world_stop(&world);
        }
    }
}

static void a_server_that_was_checked_is_not_asked_before(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    assert_int_equal(cgw_bucket_check(world.bucket, world_nobody, &world.err), CGW_OK);
    assert_int_equal(bucket_server_objects(world.server), 0);
    size_t before = bucket_server_count(world.server, BUCKET_ANY);
    assert_int_equal(world_write(&world, "one", 10, false), CGW_OK);
    assert_int_equal(bucket_server_count(world.server, BUCKET_ANY), before + 1);
    assert_int_equal(world_write(&world, "one", 20, false), CGW_E_STORE_EXISTS);
    world_expect_object(&world, "one", 10);
    world_stop(&world);
}

static void the_type_follows_the_name(void **state)
{
    struct world world;
    char type[64];
    (void)state;
    world_start(&world, NULL);
    assert_int_equal(world_write(&world, "a/1.2.3.dcm", 10, false), CGW_OK);
    assert_true(bucket_server_type(world.server, "a/1.2.3.dcm", type, sizeof type));
    assert_string_equal(type, "application/dicom");
    assert_int_equal(world_write(&world, "a/outcome-1.json", 5000, false), CGW_OK);
    assert_true(bucket_server_type(world.server, "a/outcome-1.json", type, sizeof type));
    assert_string_equal(type, "application/json");
    world_stop(&world);
}

static void a_session_token_is_sent_and_signed(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, &(struct bucket_server_options){.session_token = "a/token+of=some//length"});
    assert_int_equal(world_write(&world, "one", 5000, false), CGW_OK);
    world_expect_object(&world, "one", 5000);
    world_stop(&world);
}

static void without_a_key_nothing_is_signed(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, &(struct bucket_server_options){.takes_unsigned = true});
    assert_int_equal(world_write(&world, "one", 5000, false), CGW_OK);
    world_expect_object(&world, "one", 5000);
    assert_int_equal(cgw_bucket_remove(world.bucket, world_nobody, "one", &world.err), CGW_OK);
    world_expect_no_object(&world, "one");
    world_stop(&world);
}

static void keys_that_would_need_encoding_are_refused(void **state)
{
    static const char *const keys[] = {"",       "/a",  "a/",  "a//b", "a b",      "a%20b", "../a",
                                       "a/../b", "a/.", "a?b", "a#b",  "\xC3\xA4", "a\nb"};
    struct world world;
    char longest[CGW_BUCKET_KEY_BYTES + 1];
    (void)state;
    world_start(&world, NULL);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct cgw_bucket_object *object = NULL;
        world.err = (struct cgw_error)CGW_ERROR_INIT;
        assert_int_equal(cgw_bucket_object_new(world.bucket, world_nobody, keys[i], &object, &world.err),
                         CGW_E_STORE_FAILED);
    }
    memset(longest, 'x', sizeof longest);
    longest[CGW_BUCKET_KEY_BYTES] = '\0';
    world.err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(cgw_bucket_remove(world.bucket, world_nobody, longest, &world.err), CGW_E_STORE_FAILED);
    assert_int_equal(bucket_server_count(world.server, BUCKET_ANY), 0);
    longest[CGW_BUCKET_KEY_BYTES - 1] = '\0';
    assert_int_equal(world_write(&world, longest, 5000, false), CGW_OK);
    world_expect_object(&world, longest, 5000);
    world_stop(&world);
}

static void looking_tells_length_and_time(void **state)
{
    struct world world;
    struct cgw_bucket_info info;
    (void)state;
    world_start(&world, NULL);
    assert_int_equal(world_write(&world, "one", 1234, false), CGW_OK);
    assert_int_equal(cgw_bucket_look(world.bucket, world_nobody, "one", &info, &world.err), CGW_OK);
    assert_int_equal(info.bytes, 1234);
    assert_int_equal(info.modified, 1735689600);
    assert_int_equal(cgw_bucket_remove(world.bucket, world_nobody, "one", &world.err), CGW_OK);
    assert_int_equal(cgw_bucket_remove(world.bucket, world_nobody, "one", &world.err), CGW_OK);
    assert_int_equal(cgw_bucket_look(world.bucket, world_nobody, "one", &info, &world.err),
                     CGW_E_UNKNOWN_FILE);
    world_stop(&world);
}

/* ---- uploads that are kept ---- */

struct keeper {
    unsigned begun, ended;
    bool refuses;
    char key[64], upload[64];
};

static bool keep_begin(void *context, const char *key, const char *upload)
{
    struct keeper *keeper = context;
    keeper->begun++;
    (void)snprintf(keeper->key, sizeof keeper->key, "%s", key);
    (void)snprintf(keeper->upload, sizeof keeper->upload, "%s", upload);
    return !keeper->refuses;
}

static void keep_end(void *context, const char *key, const char *upload)
{
    struct keeper *keeper = context;
    assert_string_equal(key, keeper->key);
    assert_string_equal(upload, keeper->upload);
    keeper->ended++;
}

static void uploads_are_noted_from_begin_to_end(void **state)
{
    struct world world;
    struct keeper keeper = {0};
    (void)state;
    world_start(&world, NULL);
    cgw_bucket_keep_uploads(world.bucket, &(struct cgw_bucket_uploads){keep_begin, keep_end, &keeper});
    assert_int_equal(world_write(&world, "small", 10, false), CGW_OK);
    assert_int_equal(keeper.begun, 0);
    assert_int_equal(world_write(&world, "large", 5000, false), CGW_OK);
    assert_int_equal(keeper.begun, 1);
    assert_int_equal(keeper.ended, 1);
    cgw_bucket_object_free(world_object(&world, "left", 5000, 100));
    assert_int_equal(keeper.begun, 2);
    assert_int_equal(keeper.ended, 2);
    world_stop(&world);
}

static void an_upload_that_cannot_be_noted_sends_nothing(void **state)
{
    struct world world;
    struct keeper keeper = {.refuses = true};
    (void)state;
    world_start(&world, NULL);
    cgw_bucket_keep_uploads(world.bucket, &(struct cgw_bucket_uploads){keep_begin, keep_end, &keeper});
    assert_int_equal(world_write(&world, "large", 5000, false), CGW_E_STORE_FAILED);
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT_PART), 0);
    assert_int_equal(keeper.ended, 0);
    world_stop(&world);
}

static void an_upload_that_could_not_be_aborted_stays_noted_for_the_next_process(void **state)
{
    struct world world;
    struct keeper keeper = {0};
    (void)state;
    world_start(&world, NULL);
    cgw_bucket_keep_uploads(world.bucket, &(struct cgw_bucket_uploads){keep_begin, keep_end, &keeper});
    struct cgw_bucket_object *object = world_object(&world, "left", 5000, 100);
    bucket_server_fault(
        world.server,
        (struct bucket_fault){.request = BUCKET_ABORT, .times = 3, .kind = FAULT_ANSWER, .status = 500});
    cgw_bucket_object_free(object);
    assert_int_equal(keeper.ended, 0);
    assert_int_equal(bucket_server_open_uploads(world.server), 1);
    for (int i = 0; i < 2; i++) /* the second time it is there no more */
        assert_int_equal(cgw_bucket_abort(world.bucket, world_nobody, keeper.key, keeper.upload, &world.err),
                         CGW_OK);
    assert_int_equal(keeper.ended, 0);
    world_stop(&world);
}

/* ---- threads ---- */

struct writer {
    struct world *world;
    char name;
    bool good;
};

static void *write_some(void *context)
{
    struct writer *writer = context;
    uint8_t *bytes = world_bytes(3500);
    writer->good = true;
    for (int i = 0; i < 10; i++) {
        char key[32];
        struct cgw_bucket_object *object = NULL;
        (void)snprintf(key, sizeof key, "%c/%d", writer->name, i);
        writer->good =
            writer->good &&
            cgw_bucket_object_new(writer->world->bucket, world_nobody, key, &object, NULL) == CGW_OK &&
            cgw_bucket_object_write(object, bytes, 3500, NULL) == CGW_OK &&
            cgw_bucket_object_commit(object, false, NULL) == CGW_OK;
        cgw_bucket_object_free(object);
    }
    free(bytes);
    return NULL;
}

static void threads_share_a_bucket(void **state)
{
    struct world world;
    struct writer writers[3];
    pthread_t threads[3];
    (void)state;
    world_start(&world, NULL);
    for (size_t i = 0; i < 3; i++) {
        writers[i] = (struct writer){.world = &world, .name = (char)('a' + i)};
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, &writers[i]), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(writers[i].good);
    }
    assert_int_equal(bucket_server_objects(world.server), 30);
    world_expect_object(&world, "c/9", 3500);
    assert_true(bucket_server_connections(world.server) <= 3);
    world_stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_smaller_than_a_part_is_one_put),
        cmocka_unit_test(what_is_larger_is_an_upload_of_parts),
        cmocka_unit_test(a_part_of_megabytes_goes_through),
        cmocka_unit_test(an_object_has_its_key_only_when_it_is_committed),
        cmocka_unit_test(more_parts_than_there_may_be_are_refused),
        cmocka_unit_test(only_a_commit_that_may_replace_does),
        cmocka_unit_test(a_server_that_was_checked_is_not_asked_before),
        cmocka_unit_test(the_type_follows_the_name),
        cmocka_unit_test(a_session_token_is_sent_and_signed),
        cmocka_unit_test(without_a_key_nothing_is_signed),
        cmocka_unit_test(keys_that_would_need_encoding_are_refused),
        cmocka_unit_test(looking_tells_length_and_time),
        cmocka_unit_test(uploads_are_noted_from_begin_to_end),
        cmocka_unit_test(an_upload_that_cannot_be_noted_sends_nothing),
        cmocka_unit_test(an_upload_that_could_not_be_aborted_stays_noted_for_the_next_process),
        cmocka_unit_test(threads_share_a_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
