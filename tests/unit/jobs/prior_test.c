/* What is taken for stored when a job goes on, and what becomes of files that are not as they were. */
#include "unit/cmocka_all.h"

#include "history_scene.h"
#include "jobs/prior.h"

#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CT "1.2.840.10008.5.1.4.1.1.2"
#define ID STEPS_ID("1")
#define OTHER STEPS_ID("2")

enum { BYTES = 1000, PATH_BYTES = 256 };

static const struct cgw_watch nobody = {-1, -1};

struct place {
    struct scene *scene;
    struct temp_dir *dir;
    struct cgw_place at;
    struct space space;
    struct cgw_store *directory;
    struct prior prior;
};

static void place_begin(struct place *place, void **state, const char *label)
{
    struct support_error support_err = {.text = ""};
    struct cgw_error *err = &((struct scene *)*state)->err;
    *place = (struct place){.scene = *state, .dir = temp_dir_new("prior", &support_err)};
    assert_non_null(place->dir);
    place->at.directory = temp_dir_path(place->dir);
    scene_add_of(place->scene, '1', CGW_JOB_RUNNING);
    scene_add_of(place->scene, '2', CGW_JOB_COMPLETE);
    assert_int_equal(space_open(&place->space, place->scene->history, &place->at, 0, err), CGW_OK);
    const struct cgw_store_options options = {
        .place = place->at, .watch = {-1, -1}, .label = label, .source_aet = "PEER"};
    assert_int_equal(cgw_store_open(&options, &place->directory, err), CGW_OK);
}

static void place_end(struct place *place)
{
    prior_release(&place->prior);
    cgw_store_free(place->directory);
    space_release(&place->space);
    temp_dir_free(place->dir);
}

static void collect(struct place *place)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (prior_collect(&place->space, ID, nobody, "PEER", place->directory, &place->prior, &err) != CGW_OK)
        fail_msg("%s", err.detail);
}

static void write_file(const struct place *place, const char *path, size_t length)
{
    uint8_t *bytes = calloc(1, length + 1);
    char *whole = temp_dir_join(place->dir, path);
    assert_non_null(bytes);
    assert_true(file_write(whole, bytes, length, NULL));
    free(bytes);
    free(whole);
}

static bool is_there(const struct place *place, const char *path)
{
    struct stat status;
    char *whole = temp_dir_join(place->dir, path);
    bool found = lstat(whole, &status) == 0;
    free(whole);
    return found;
}

static void make_folder(const struct place *place, const char *path)
{
    char *whole = temp_dir_join(place->dir, path);
    assert_int_equal(mkdir(whole, 0700), 0);
    free(whole);
}

/* As it was stored, or kept. */
static void note(const struct place *place, const char *id, const char *path, const char *sop_instance,
                 enum cgw_existing_file existing)
{
    struct cgw_job_file file = steps_file(path, BYTES, sop_instance);
    file.existing = existing;
    assert_int_equal(history_add_file(place->scene->history, id, &file, &place->scene->err), CGW_OK);
}

static bool is_noted(const struct place *place, const char *id, const char *name)
{
    struct cgw_job_file file;
    struct cgw_error err = CGW_ERROR_INIT;
    return history_find_file(place->scene->history, id, name, &file, &err) == CGW_OK;
}

static void a_file_that_is_whole_is_prior(void **state)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    struct place place;
    place_begin(&place, state, "");
    write_file(&place, "CT.1.5", BYTES);
    note(&place, ID, "CT.1.5", "1.5", CGW_EXISTING_NONE);
    collect(&place);
    assert_int_equal(place.prior.count, 1);
    const struct cgw_prior *item = &place.prior.items[0];
    assert_string_equal(item->sop_instance, "1.5");
    assert_string_equal(item->sop_class, CT);
    assert_string_equal(item->transfer_syntax, CGW_TS_EXPLICIT_LE);
    assert_int_equal(item->bytes, BYTES - cgw_part10_header(CT, "1.5", CGW_TS_EXPLICIT_LE, "PEER", header));
    /* The directory has it, in the place of that entry of the ledger. */
    struct cgw_ledger_entry entry = {.sop_instance = "1.5", .sop_class = CT};
    struct cgw_stored stored;
    assert_true(cgw_store_stored(place.directory, 0, &entry, &stored));
    assert_string_equal(stored.path, "CT.1.5");
    assert_int_equal(stored.existing, CGW_EXISTING_KEPT);
    place_end(&place);
}

static void a_file_shorter_than_its_header_has_no_bytes(void **state)
{
    struct place place;
    struct cgw_job_file file = steps_file("CT.1.5", 10, "1.5");
    place_begin(&place, state, "");
    write_file(&place, "CT.1.5", 10);
    assert_int_equal(history_add_file(place.scene->history, ID, &file, &place.scene->err), CGW_OK);
    collect(&place);
    assert_int_equal(place.prior.count, 1);
    assert_int_equal(place.prior.items[0].bytes, 0);
    place_end(&place);
}

enum found { WHOLE, GONE, SHORT, LONG, EMPTY, LINK, FOLDER };

static void find(const struct place *place, enum found found)
{
    char *path = temp_dir_join(place->dir, "CT.1.5");
    switch (found) {
    case WHOLE:
    case SHORT:
    case LONG:
    case EMPTY:
        write_file(place, "CT.1.5",
                   found == EMPTY ? 0 : (size_t)(BYTES + (found == LONG) - (found == SHORT)));
        break;
    case LINK: /* to one that is as long as it should be */
        write_file(place, "target", BYTES);
        assert_int_equal(symlink("target", path), 0);
        break;
    case FOLDER:
        make_folder(place, "CT.1.5");
        break;
    case GONE:
        break;
    }
    free(path);
}

static void a_file_that_is_not_as_it_was_stored_is_fetched_again(void **state)
{
    static const struct {
        const char *what;
        enum found found;
        enum cgw_existing_file existing; /* KEPT: it was there before any job */
        size_t prior;
        bool stays;
    } rows[] = {
        {"whole", WHOLE, CGW_EXISTING_NONE, 1, true},
        {"whole, in the place of another", WHOLE, CGW_EXISTING_REPLACED, 1, true},
        {"whole, of somebody", WHOLE, CGW_EXISTING_KEPT, 1, true},
        {"vanished", GONE, CGW_EXISTING_NONE, 0, false},
        {"vanished, of somebody", GONE, CGW_EXISTING_KEPT, 0, false},
        {"a byte short", SHORT, CGW_EXISTING_NONE, 0, false},
        {"a byte long", LONG, CGW_EXISTING_NONE, 0, false},
        {"empty", EMPTY, CGW_EXISTING_NONE, 0, false},
        {"a byte short, of somebody", SHORT, CGW_EXISTING_KEPT, 0, true},
        {"a symbolic link", LINK, CGW_EXISTING_NONE, 0, false},
        {"a folder", FOLDER, CGW_EXISTING_NONE, 0, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct place place;
        scene_end(state);
        assert_int_equal(scene_begin(state), 0);
        place_begin(&place, state, "");
        find(&place, rows[i].found);
        note(&place, ID, "CT.1.5", "1.5", rows[i].existing);
        /* Where nothing at all is there nothing is forgotten. */
        write_file(&place, "outcome-0.json", BYTES);
        note(&place, ID, "outcome-0.json", "", CGW_EXISTING_KEPT);
        collect(&place);
        if (place.prior.count != rows[i].prior || is_noted(&place, ID, "CT.1.5") != (rows[i].prior == 1) ||
            is_there(&place, "CT.1.5") != rows[i].stays)
            fail_msg("%s: %zu prior", rows[i].what, place.prior.count);
        assert_true(rows[i].found != LINK || is_there(&place, "target"));
        bool is_counted = rows[i].prior == 1 && rows[i].existing != CGW_EXISTING_KEPT;
        scene_assert_stored(place.scene, is_counted ? BYTES : 0);
        scene_assert_counts(place.scene, ID, rows[i].prior, (rows[i].prior + 1) * BYTES);
        place_end(&place);
    }
}

/* The file system is not mounted, or it is another one. */
static void where_no_file_is_there_nothing_is_forgotten(void **state)
{
    struct place place;
    struct cgw_error err = CGW_ERROR_INIT;
    place_begin(&place, state, "");
    note(&place, ID, "CT.1.5", "1.5", CGW_EXISTING_NONE);
    note(&place, ID, "outcome-0.json", "", CGW_EXISTING_NONE);
    assert_int_equal(prior_collect(&place.space, ID, nobody, "PACS", place.directory, &place.prior, &err),
                     CGW_E_STORE_FAILED);
    assert_int_equal(place.prior.count, 0);
    assert_true(is_noted(&place, ID, "CT.1.5"));
    place_end(&place);
}

/* Also where nobody asks the history after it. */
static void what_is_dropped_is_free_at_once(void **state)
{
    struct place place;
    place_begin(&place, state, "");
    write_file(&place, "CT.1.5", BYTES - 1);
    note(&place, ID, "CT.1.5", "1.5", CGW_EXISTING_NONE);
    place.space.stored_bytes = BYTES;
    collect(&place);
    assert_int_equal(space_stored(&place.space), 0);
    place_end(&place);
}

/* Other jobs keep what they know of it: they fetch it again when they are resumed. */
static void a_damaged_file_is_forgotten_by_this_job_only(void **state)
{
    struct place place;
    place_begin(&place, state, "");
    write_file(&place, "CT.1.5", BYTES - 1);
    note(&place, ID, "CT.1.5", "1.5", CGW_EXISTING_NONE);
    note(&place, OTHER, "CT.1.5", "1.5", CGW_EXISTING_KEPT);
    collect(&place);
    assert_false(is_noted(&place, ID, "CT.1.5"));
    assert_true(is_noted(&place, OTHER, "CT.1.5"));
    place_end(&place);
}

/* Another job put its own in the place of ours: it is that of both, and whole. */
static void a_file_that_another_job_replaced_stays(void **state)
{
    struct place place;
    place_begin(&place, state, "");
    write_file(&place, "CT.1.5", BYTES);
    note(&place, ID, "CT.1.5", "1.5", CGW_EXISTING_NONE);
    write_file(&place, "CT.1.5", BYTES + 1);
    struct cgw_job_file theirs = steps_file("CT.1.5", BYTES + 1, "1.5");
    theirs.existing = CGW_EXISTING_REPLACED;
    assert_int_equal(history_add_file(place.scene->history, OTHER, &theirs, &place.scene->err), CGW_OK);
    collect(&place);
    assert_int_equal(place.prior.count, 1);
    assert_true(is_there(&place, "CT.1.5"));
    place_end(&place);
}

static void files_of_another_label_and_outcomes_are_no_prior_instances(void **state)
{
    struct place place;
    place_begin(&place, state, "mine");
    make_folder(&place, "mine");
    make_folder(&place, "other");
    write_file(&place, "mine/CT.1.1", BYTES);
    write_file(&place, "other/CT.1.2", BYTES);
    write_file(&place, "CT.1.3", BYTES);
    write_file(&place, "mine/outcome-1.json", BYTES - 1); /* nobody looks at it */
    note(&place, ID, "mine/CT.1.1", "1.1", CGW_EXISTING_NONE);
    note(&place, ID, "other/CT.1.2", "1.2", CGW_EXISTING_NONE);
    note(&place, ID, "CT.1.3", "1.3", CGW_EXISTING_NONE);
    note(&place, ID, "mine/outcome-1.json", "", CGW_EXISTING_NONE);
    collect(&place);
    assert_int_equal(place.prior.count, 1);
    assert_string_equal(place.prior.items[0].sop_instance, "1.1");
    assert_true(is_there(&place, "other/CT.1.2") && is_there(&place, "CT.1.3"));
    assert_true(is_noted(&place, ID, "outcome-1.json") && is_there(&place, "mine/outcome-1.json"));
    place_end(&place);
}

/* Several pages, some of them damaged, so that what the history lists changes under way. */
static void many_files_are_all_looked_at(void **state)
{
    enum { FILES = 200 };
    struct place place;
    size_t expected = 0;
    place_begin(&place, state, "");
    for (int i = 0; i < FILES; i++) {
        char name[PATH_BYTES];
        (void)snprintf(name, sizeof name, "CT.1.%d", 1000 + i);
        write_file(&place, name, i % 3 == 0 ? 1 : BYTES);
        note(&place, ID, name, name + 3, CGW_EXISTING_NONE);
        expected += i % 3 != 0;
    }
    collect(&place);
    assert_int_equal(place.prior.count, expected);
    for (size_t i = 1; i < expected; i++)
        assert_true(strcmp(place.prior.items[i - 1].sop_instance, place.prior.items[i].sop_instance) < 0);
    scene_assert_counts(place.scene, ID, expected, expected * BYTES);
    assert_int_equal(space_stored(&place.space), expected * BYTES);
    place_end(&place);
}

static void a_job_without_files_has_nothing_prior(void **state)
{
    struct place place;
    struct cgw_error err = CGW_ERROR_INIT;
    place_begin(&place, state, "");
    collect(&place);
    assert_int_equal(place.prior.count, 0);
    assert_int_equal(
        prior_collect(&place.space, STEPS_ID("9"), nobody, "PEER", place.directory, &place.prior, &err),
        CGW_E_UNKNOWN_JOB);
    assert_int_equal(place.prior.count, 0);
    place_end(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_file_that_is_whole_is_prior),
        SCENE_TEST(a_file_shorter_than_its_header_has_no_bytes),
        SCENE_TEST(a_file_that_is_not_as_it_was_stored_is_fetched_again),
        SCENE_TEST(what_is_dropped_is_free_at_once),
        SCENE_TEST(where_no_file_is_there_nothing_is_forgotten),
        SCENE_TEST(a_damaged_file_is_forgotten_by_this_job_only),
        SCENE_TEST(a_file_that_another_job_replaced_stays),
        SCENE_TEST(files_of_another_label_and_outcomes_are_no_prior_instances),
        SCENE_TEST(many_files_are_all_looked_at),
        SCENE_TEST(a_job_without_files_has_nothing_prior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
