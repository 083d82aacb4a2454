/* Units and instances: what was added is there, what is removed goes with its file. */
#include "unit/cmocka_all.h"

#include "index_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX = 64 };

static size_t list(struct index_scene *scene, int64_t unit_id, int64_t after, unsigned wants,
                   struct index_instance *instances, size_t max)
{
    size_t count = 99;
    assert_int_equal(
        index_list(scene->index, unit_id, "", "", after, wants, instances, max, &count, &scene->err), CGW_OK);
    return count;
}

static void a_unit_is_made_where_it_is_not_there(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit unit = scene_pin(scene, 1), same = scene_pin(scene, 1), other = scene_pin(scene, 2);
    assert_true(unit.id > 0);
    assert_false(unit.is_complete);
    assert_int_equal(unit.checked_ms, 0);
    assert_int_equal(unit.instances, 0);
    assert_int_equal(unit.known_instances, 0);
    assert_int_equal(same.id, unit.id);
    assert_int_not_equal(other.id, unit.id);
    index_unpin(scene->index, unit.id);
    index_unpin(scene->index, unit.id);
    index_unpin(scene->index, other.id);
}

static void the_key_is_all_of_its_parts(void **state)
{
    static const struct index_key keys[] = {
        {"a", "1.2", "1.3", "1.4"}, {"b", "1.2", "1.3", "1.4"}, {"a", "1.5", "1.3", "1.4"},
        {"a", "1.2", "1.5", "1.4"}, {"a", "1.2", "1.3", "1.5"}, {"a", "1.2", "1.3", ""},
        {"a", "1.2", "", ""},
    };
    struct index_scene *scene = *state;
    struct index_unit units[COUNT(keys)], again;
    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_int_equal(index_pin(scene->index, &keys[i], &units[i], &scene->err), CGW_OK);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(units[i].id, units[j].id);
    }
    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_int_equal(index_pin(scene->index, &keys[i], &again, &scene->err), CGW_OK);
        assert_int_equal(again.id, units[i].id);
        index_unpin(scene->index, again.id);
        index_unpin(scene->index, again.id);
    }
}

/* Else whoever asks for what no peer has would fill the index. */
static void a_unit_that_stays_empty_is_forgotten(void **state)
{
    struct index_scene *scene = *state;
    struct index_totals totals;
    struct index_unit unit = scene_pin(scene, 1);
    index_look(scene->index, &totals);
    assert_int_equal(totals.units, 1);
    (void)scene_pin(scene, 1);
    index_unpin(scene->index, unit.id);
    index_look(scene->index, &totals);
    assert_int_equal(totals.units, 1);
    index_unpin(scene->index, unit.id);
    index_look(scene->index, &totals);
    assert_int_equal(totals.units, 0);
    assert_int_equal(totals.bytes, 0);
    unit = scene_pin(scene, 2);
    assert_int_equal(index_settle(scene->index, unit.id, true, 0, &scene->err), CGW_OK);
    index_unpin(scene->index, unit.id);
    index_look(scene->index, &totals);
    assert_int_equal(totals.units, 1); /* that the peer has nothing was worth to know */
}

static void an_instance_is_kept_as_it_was_added(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit unit = scene_pin(scene, 1);
    scene_add(scene, unit.id, 1, 5, 1000);
    index_unpin(scene->index, unit.id);
    for (int i = 0; i < 2; i++) {
        struct index_instance expected = scene_instance(1, 5, 1000), found;
        unit = scene_pin(scene, 1);
        assert_int_equal(unit.instances, 1);
        assert_int_equal(
            list(scene, unit.id, 0, CGW_WANT_FILE | CGW_WANT_METADATA | CGW_WANT_FRAMES, &found, 1), 1);
        assert_true(found.row > 0);
        assert_string_equal(found.study, expected.study);
        assert_string_equal(found.series, expected.series);
        assert_string_equal(found.instance, expected.instance);
        assert_string_equal(found.sop_class, expected.sop_class);
        assert_string_equal(found.transfer_syntax, expected.transfer_syntax);
        assert_string_equal(found.path, expected.path);
        assert_int_equal(found.bytes, 1000);
        assert_int_equal(found.metadata.length, 2);
        assert_memory_equal(found.metadata.bytes, "m5", 2);
        assert_int_equal(found.metadata.crc, 0xFFFFFFF5U);
        assert_int_equal(found.metadata.text_length, 7);
        assert_int_equal(found.frames_length, 5);
        assert_memory_equal(found.frames, "frame", 5);
        index_instances_release(&found, 1);
        assert_null(found.metadata.bytes);
        index_unpin(scene->index, unit.id);
        scene_reopen(scene);
    }
}

static void only_what_is_wanted_is_read(void **state)
{
    static const unsigned wants[] = {0, CGW_WANT_FILE, CGW_WANT_METADATA, CGW_WANT_FRAMES,
                                     CGW_WANT_METADATA | CGW_WANT_FRAMES};
    struct index_scene *scene = *state;
    struct index_unit unit = scene_pin(scene, 1);
    scene_add(scene, unit.id, 1, 5, 10);
    for (size_t i = 0; i < COUNT(wants); i++) {
        struct index_instance found;
        assert_int_equal(list(scene, unit.id, 0, wants[i], &found, 1), 1);
        assert_int_equal(found.metadata.length, (wants[i] & CGW_WANT_METADATA) != 0 ? 2 : 0);
        assert_int_equal(found.frames_length, (wants[i] & CGW_WANT_FRAMES) != 0 ? 5 : 0);
        index_instances_release(&found, 1);
    }
    index_unpin(scene->index, unit.id);
}

static void instances_are_listed_in_pages_in_the_order_in_which_they_came(void **state)
{
    static const unsigned order[] = {4, 1, 3, 2, 9};
    struct index_scene *scene = *state;
    struct index_instance found[2];
    struct index_unit unit = scene_pin(scene, 1);
    int64_t after = 0;
    size_t seen = 0;
    for (size_t i = 0; i < COUNT(order); i++)
        scene_add(scene, unit.id, 1, order[i], 10);
    for (size_t count; (count = list(scene, unit.id, after, CGW_WANT_FILE, found, 2)) > 0;) {
        for (size_t i = 0; i < count; i++) {
            struct index_instance expected = scene_instance(1, order[seen++], 10);
            assert_string_equal(found[i].instance, expected.instance);
        }
        after = found[count - 1].row;
        index_instances_release(found, count);
    }
    assert_int_equal(seen, COUNT(order));
    index_unpin(scene->index, unit.id);
}

/* A unit may be a study. */
static void series_and_instance_can_be_chosen(void **state)
{
    static const struct {
        const char *series, *instance;
        int64_t after;
        size_t expected;
    } cases[] = {
        {"", "", 0, 5},           {STUDY ".1", "", 0, 3},           {STUDY ".2", "", 0, 2},
        {STUDY ".3", "", 0, 0},   {"", STUDY ".2.1", 0, 1},         {STUDY ".2", STUDY ".2.1", 0, 1},
        {"", STUDY ".2.9", 0, 0}, {STUDY ".1", STUDY ".2.1", 0, 0}, {"", STUDY ".2.1", INT64_MAX, 0},
        {"", "", INT64_MAX, 0},
    };
    struct index_scene *scene = *state;
    struct index_key key = {.peer = "main", .study = STUDY, .series = "", .instance = ""};
    struct index_unit unit;
    assert_int_equal(index_pin(scene->index, &key, &unit, &scene->err), CGW_OK);
    for (unsigned i = 1; i <= 3; i++)
        scene_add(scene, unit.id, 1, i, 10);
    for (unsigned i = 1; i <= 2; i++)
        scene_add(scene, unit.id, 2, i, 10);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct index_instance found[MAX];
        size_t count = 99;
        assert_int_equal(index_list(scene->index, unit.id, cases[i].series, cases[i].instance, cases[i].after,
                                    0, found, MAX, &count, &scene->err),
                         CGW_OK);
        assert_int_equal(count, cases[i].expected);
        index_instances_release(found, count);
    }
    index_unpin(scene->index, unit.id);
}

static void one_page_has_a_mebibyte_but_at_least_one_instance(void **state)
{
    enum { LARGE = 600 * 1024 };
    struct index_scene *scene = *state;
    struct index_instance found[4];
    struct index_unit unit = scene_pin(scene, 1);
    static uint8_t bytes[2 * LARGE];
    for (unsigned i = 1; i <= 3; i++) {
        struct index_instance instance = scene_instance(1, i, 10);
        instance.metadata.bytes = bytes;
        instance.metadata.length = i == 3 ? sizeof bytes : LARGE;
        scene_write(scene, &instance);
        assert_int_equal(index_add(scene->index, unit.id, &instance, &scene->err), CGW_OK);
    }
    assert_int_equal(list(scene, unit.id, 0, CGW_WANT_FILE, found, 4), 3);
    int64_t rows[3] = {found[0].row, found[1].row, found[2].row};
    index_instances_release(found, 3);
    assert_int_equal(list(scene, unit.id, 0, CGW_WANT_METADATA, found, 4), 1);
    index_instances_release(found, 1);
    assert_int_equal(list(scene, unit.id, rows[1], CGW_WANT_METADATA, found, 4), 1);
    assert_int_equal(found[0].metadata.length, sizeof bytes);
    index_instances_release(found, 1);
    assert_int_equal(list(scene, unit.id, rows[2], CGW_WANT_METADATA, found, 4), 0);
    index_unpin(scene->index, unit.id);
}

static void a_settled_unit_says_when_and_how(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit unit = scene_fill(scene, 1, 2, 10);
    assert_true(unit.is_complete);
    assert_true(unit.checked_ms > 1600000000000);
    assert_int_equal(unit.known_instances, 2);
    scene_reopen(scene);
    struct index_unit again = scene_pin(scene, 1);
    assert_int_equal(again.id, unit.id);
    assert_true(again.is_complete);
    assert_int_equal(again.checked_ms, unit.checked_ms);
    assert_int_equal(again.revision, unit.revision);
    assert_int_equal(again.instances, 2);
    assert_int_equal(again.known_instances, 2);
    assert_int_equal(index_settle(scene->index, unit.id, false, 7, &scene->err), CGW_OK);
    again = scene_show(scene, unit.id);
    assert_false(again.is_complete);
    assert_int_equal(again.known_instances, 7);
    index_unpin(scene->index, unit.id);
}

static void a_revision_never_comes_back(void **state)
{
    struct index_scene *scene = *state;
    struct index_instance instance = scene_instance(1, 1, 10);
    uint64_t last = 0;
    for (int i = 0; i < 3; i++) {
        struct index_unit unit = scene_pin(scene, 1);
        uint64_t room;
        assert_true(unit.revision > last);
        last = unit.revision;
        scene_add(scene, unit.id, 1, 1, 10);
        unit = scene_show(scene, unit.id);
        assert_true(unit.revision > last);
        last = unit.revision;
        scene_add(scene, unit.id, 1, 1, 10); /* the same again */
        unit = scene_show(scene, unit.id);
        assert_true(unit.revision > last);
        assert_int_equal(unit.instances, 1);
        last = unit.revision;
        assert_int_equal(index_settle(scene->index, unit.id, true, 1, &scene->err), CGW_OK);
        assert_int_equal(scene_show(scene, unit.id).revision, last);
        assert_int_equal(index_remove(scene->index, unit.id, instance.instance, &scene->err), CGW_OK);
        unit = scene_show(scene, unit.id);
        assert_true(unit.revision > last);
        assert_false(unit.is_complete);
        last = unit.revision;
        index_unpin(scene->index, unit.id);
        assert_int_equal(index_make_room(scene->index, 0, &room, &scene->err), CGW_OK);
        scene_close(scene);
        if (i == 1) /* also not when the index is lost */
            assert_int_equal(unlink(scene_path(scene, SCENE_DATABASE)), 0);
        scene_reopen(scene);
    }
}

/* Numbers are reserved in the transaction that needs the first of them. */
static void numbers_do_not_come_back_when_their_transaction_failed(void **state)
{
    struct index_scene *scene = *state;
    struct index_instance instance = scene_instance(1, 1, 10);
    struct cgw_error err = CGW_ERROR_INIT;
    scene_write(scene, &instance);
    assert_int_equal(index_add(scene->index, 12345, &instance, &err), CGW_E_INTERNAL);
    struct index_unit unit = scene_fill(scene, 1, 2, 10);
    scene_reopen(scene);
    struct index_unit other = scene_pin(scene, 2);
    assert_true(other.revision > unit.revision);
    index_unpin(scene->index, other.id);
}

static void what_is_removed_goes_with_its_file_and_its_folders(void **state)
{
    struct index_scene *scene = *state;
    struct index_instance instance = scene_instance(1, 1, 10), other = scene_instance(1, 2, 10);
    struct index_unit unit = scene_fill(scene, 1, 2, 10);
    assert_int_equal(index_remove(scene->index, unit.id, "1.9", &scene->err), CGW_OK);
    assert_true(scene_show(scene, unit.id).is_complete);
    assert_int_equal(index_remove(scene->index, unit.id, instance.instance, &scene->err), CGW_OK);
    assert_false(scene_has_file(scene, instance.path));
    assert_true(scene_has_file(scene, other.path));
    assert_false(scene_show(scene, unit.id).is_complete);
    assert_int_equal(index_remove(scene->index, unit.id, instance.instance, &scene->err), CGW_OK);
    /* Whoever has a unit of the study pinned may be storing there. */
    struct index_unit pinned = scene_pin(scene, 7);
    assert_int_equal(index_remove(scene->index, unit.id, other.instance, &scene->err), CGW_OK);
    assert_false(scene_has_file(scene, other.path));
    assert_true(scene_has_file(scene, "main/" STUDY "/" STUDY ".1"));
    index_unpin(scene->index, pinned.id);
    unit = scene_fill(scene, 1, 1, 10);
    assert_int_equal(index_remove(scene->index, unit.id, instance.instance, &scene->err), CGW_OK);
    assert_false(scene_has_file(scene, "main/" STUDY));
    assert_true(scene_has_file(scene, "main"));
}

static void a_file_has_one_row(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit series = scene_fill(scene, 1, 2, 10);
    struct index_instance instance = scene_instance(1, 1, 20);
    struct index_key key = scene_key(1);
    struct index_unit unit;
    struct index_totals totals;
    key.instance = instance.instance;
    assert_int_equal(index_pin(scene->index, &key, &unit, &scene->err), CGW_OK);
    scene_write(scene, &instance);
    assert_int_equal(index_add(scene->index, unit.id, &instance, &scene->err), CGW_OK);
    assert_true(scene_has(scene, unit.id, 1, 1));
    assert_false(scene_has(scene, series.id, 1, 1));
    assert_true(scene_has(scene, series.id, 1, 2));
    struct index_unit shown = scene_show(scene, series.id);
    assert_false(shown.is_complete);
    assert_int_equal(shown.instances, 1);
    assert_true(shown.revision > series.revision);
    index_look(scene->index, &totals);
    assert_int_equal(totals.instances, 2);
    index_unpin(scene->index, unit.id);
}

static void a_replaced_instance_takes_its_old_file_with_it(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit unit = scene_pin(scene, 1);
    struct index_instance old = scene_instance(1, 1, 10), instance = scene_instance(1, 1, 30);
    scene_add(scene, unit.id, 1, 1, 10);
    (void)snprintf(instance.path, sizeof instance.path, "main/" STUDY "/" STUDY ".1/MR." STUDY ".1.1");
    scene_write(scene, &instance);
    assert_int_equal(index_add(scene->index, unit.id, &instance, &scene->err), CGW_OK);
    assert_false(scene_has_file(scene, old.path));
    assert_true(scene_has(scene, unit.id, 1, 1));
    assert_int_equal(scene_show(scene, unit.id).instances, 1);
    index_unpin(scene->index, unit.id);
    scene_assert_sound(scene, 1);
}

static void only_whole_files_are_taken(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit unit = scene_pin(scene, 1);
    struct index_instance instance = scene_instance(1, 1, 10);
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(index_add(scene->index, unit.id, &instance, &err), CGW_E_CACHE_FAILED);
    scene_write(scene, &instance);
    instance.bytes = 11;
    assert_int_equal(index_add(scene->index, unit.id, &instance, &err), CGW_E_CACHE_FAILED);
    instance.bytes = 10;
    (void)snprintf(instance.instance, sizeof instance.instance, STUDY ".1.2");
    assert_int_equal(index_add(scene->index, unit.id, &instance, &err), CGW_E_INTERNAL);
    (void)snprintf(instance.instance, sizeof instance.instance, STUDY ".1.1");
    assert_int_equal(index_add(scene->index, unit.id + 1000, &instance, &err), CGW_E_INTERNAL);
    assert_int_equal(scene_show(scene, unit.id).instances, 0);
    assert_int_equal(index_add(scene->index, unit.id, &instance, &err), CGW_OK);
    index_unpin(scene->index, unit.id);
    scene_assert_sound(scene, 1);
}

static void a_file_that_is_not_as_it_was_is_dropped_when_it_is_opened(void **state)
{
    struct index_scene *scene = *state;
    for (int i = 0; i < 3; i++) {
        struct index_unit unit = scene_fill(scene, 1, 2, 10);
        struct index_instance instance = scene_instance(1, 1, 10), found;
        struct cgw_error err = CGW_ERROR_INIT;
        size_t count;
        int fd = -1;
        (void)scene_pin(scene, 1);
        assert_int_equal(
            index_list(scene->index, unit.id, "", instance.instance, 0, 0, &found, 1, &count, &err), CGW_OK);
        instance.bytes = 9;
        if (i == 1)
            scene_write(scene, &instance);
        else
            assert_int_equal(unlink(scene_path(scene, instance.path)), 0);
        if (i == 2)
            assert_int_equal(symlink("CT." STUDY ".1.2", scene_path(scene, instance.path)), 0);
        assert_int_equal(index_open_file(scene->index, unit.id, &found, &fd, &err), CGW_E_CACHE_FAILED);
        assert_true(err.detail[0] != '\0');
        assert_int_equal(fd, -1);
        assert_false(scene_show(scene, unit.id).is_complete);
        assert_int_equal(scene_show(scene, unit.id).instances, 1);
        assert_false(scene_has_file(scene, instance.path));
        assert_true(scene_has(scene, unit.id, 1, 2));
        index_instances_release(&found, 1);
        index_unpin(scene->index, unit.id);
    }
}

static void without_descriptors_nothing_is_dropped(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit unit = scene_fill(scene, 1, 1, 10);
    struct index_instance found;
    struct rlimit before, none;
    int fd = -1;
    assert_int_equal(list(scene, unit.id, 0, 0, &found, 1), 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum cgw_code code = index_open_file(scene->index, unit.id, &found, &fd, &scene->err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(code, CGW_E_OUT_OF_DESCRIPTORS);
    assert_true(scene_show(scene, unit.id).is_complete);
    assert_true(scene_has(scene, unit.id, 1, 1));
    index_instances_release(&found, 1);
}

/* ---- the limits ---- */

static bool is_there(struct index_scene *scene, unsigned series)
{
    return scene_has_file(scene, scene_instance(series, 1, 0).path);
}

static void the_least_recently_used_units_go_first(void **state)
{
    enum { BYTES = 1000, UNITS = 5, MORE_THAN_A_UNIT = 2 * (BYTES + 1024) + 600 };
    struct index_scene *scene = *state;
    struct index_unit units[UNITS + 1];
    struct index_totals totals;
    uint64_t room;
    for (unsigned i = 1; i <= UNITS; i++)
        units[i] = scene_fill(scene, i, 2, BYTES);
    index_look(scene->index, &totals);
    scene->options.max_bytes = totals.bytes;
    scene_reopen(scene); /* the order is kept */
    index_unpin(scene->index, scene_pin(scene, 1).id);
    assert_int_equal(index_make_room(scene->index, 0, &room, &scene->err), CGW_OK);
    assert_int_equal(room, 0);
    (void)scene_pin(scene, 3);
    assert_int_equal(index_make_room(scene->index, MORE_THAN_A_UNIT, &room, &scene->err), CGW_OK);
    assert_true(room >= MORE_THAN_A_UNIT);
    assert_true(is_there(scene, 1));
    assert_false(is_there(scene, 2));
    assert_true(is_there(scene, 3)); /* pinned */
    assert_false(is_there(scene, 4));
    assert_true(is_there(scene, 5));
    /* What can never have room does not clear everything. */
    assert_int_equal(index_make_room(scene->index, scene->options.max_bytes + 1, &room, &scene->err), CGW_OK);
    assert_true(is_there(scene, 5));
    assert_int_equal(index_make_room(scene->index, scene->options.max_bytes, &room, &scene->err), CGW_OK);
    assert_false(is_there(scene, 1));
    assert_false(is_there(scene, 5));
    assert_true(scene_has(scene, units[3].id, 3, 2));
    index_look(scene->index, &totals);
    assert_int_equal(totals.units, 1);
    assert_int_equal(totals.instances, 2);
    assert_int_equal(room, scene->options.max_bytes - totals.bytes);
    assert_int_equal(scene_files(scene), 2);
    index_unpin(scene->index, units[3].id);
}

static void without_a_limit_there_is_room_for_anything(void **state)
{
    struct index_scene *scene = *state;
    uint64_t room = 0;
    (void)scene_fill(scene, 1, 2, 10);
    assert_int_equal(index_make_room(scene->index, UINT64_MAX, &room, &scene->err), CGW_OK);
    assert_int_equal(room, UINT64_MAX);
    assert_true(is_there(scene, 1));
}

static void a_large_unit_goes_as_a_whole(void **state)
{
    struct index_scene *scene = *state;
    struct index_totals totals;
    uint64_t room;
    (void)scene_fill(scene, 1, 200, 10); /* more than one batch */
    (void)scene_fill(scene, 2, 1, 10);
    index_look(scene->index, &totals);
    scene->options.max_bytes = totals.bytes;
    scene_reopen(scene);
    assert_int_equal(index_make_room(scene->index, 1, &room, &scene->err), CGW_OK);
    assert_int_equal(scene_files(scene), 1);
    assert_true(is_there(scene, 2));
    scene_assert_sound(scene, 2);
}

static void what_nobody_used_for_long_goes(void **state)
{
    struct index_scene *scene = *state;
    struct index_unit old = scene_fill(scene, 1, 1, 10), pinned = scene_fill(scene, 2, 1, 10);
    struct index_unit fresh = scene_fill(scene, 3, 1, 10);
    uint64_t room;
    scene->options.max_idle_ms = 3600 * 1000;
    scene_reopen(scene);
    assert_int_equal(index_make_room(scene->index, 0, &room, &scene->err), CGW_OK);
    assert_int_equal(room, UINT64_MAX);
    assert_true(scene_has(scene, old.id, 1, 1));
    scene_close(scene);
    scene_execute(scene, "UPDATE units SET used_us = used_us - 3600000000 WHERE series <> '" STUDY ".3'");
    scene_reopen(scene);
    (void)scene_pin(scene, 2);
    assert_int_equal(index_make_room(scene->index, 0, &room, &scene->err), CGW_OK);
    assert_false(is_there(scene, 1));
    assert_true(scene_has(scene, pinned.id, 2, 1));
    assert_true(scene_has(scene, fresh.id, 3, 1));
    index_unpin(scene->index, pinned.id);
}

/* Or what was used by a clock that was ahead would stay for ever. */
static void nothing_was_used_in_the_future(void **state)
{
    struct index_scene *scene = *state;
    struct index_totals totals;
    uint64_t room;
    (void)scene_fill(scene, 1, 1, 10);
    scene_close(scene);
    scene_execute(scene, "UPDATE units SET used_us = used_us * 2");
    scene_reopen(scene);
    (void)scene_fill(scene, 2, 1, 10);
    index_look(scene->index, &totals);
    scene->options.max_bytes = totals.bytes;
    scene_reopen(scene);
    assert_int_equal(index_make_room(scene->index, 1, &room, &scene->err), CGW_OK);
    assert_false(is_there(scene, 1));
    assert_true(is_there(scene, 2));
}

static void nothing_is_freed(void **state)
{
    (void)state;
    index_free(NULL);
    index_instances_release(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_unit_is_made_where_it_is_not_there),
        SCENE_TEST(the_key_is_all_of_its_parts),
        SCENE_TEST(a_unit_that_stays_empty_is_forgotten),
        SCENE_TEST(an_instance_is_kept_as_it_was_added),
        SCENE_TEST(only_what_is_wanted_is_read),
        SCENE_TEST(instances_are_listed_in_pages_in_the_order_in_which_they_came),
        SCENE_TEST(series_and_instance_can_be_chosen),
        SCENE_TEST(one_page_has_a_mebibyte_but_at_least_one_instance),
        SCENE_TEST(a_settled_unit_says_when_and_how),
        SCENE_TEST(a_revision_never_comes_back),
        SCENE_TEST(numbers_do_not_come_back_when_their_transaction_failed),
        SCENE_TEST(what_is_removed_goes_with_its_file_and_its_folders),
        SCENE_TEST(a_file_has_one_row),
        SCENE_TEST(a_replaced_instance_takes_its_old_file_with_it),
        SCENE_TEST(only_whole_files_are_taken),
        SCENE_TEST(a_file_that_is_not_as_it_was_is_dropped_when_it_is_opened),
        SCENE_TEST(without_descriptors_nothing_is_dropped),
        SCENE_TEST(the_least_recently_used_units_go_first),
        SCENE_TEST(without_a_limit_there_is_room_for_anything),
        SCENE_TEST(a_large_unit_goes_as_a_whole),
        SCENE_TEST(what_nobody_used_for_long_goes),
        SCENE_TEST(nothing_was_used_in_the_future),
        cmocka_unit_test(nothing_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
