/* The history keeps what it is told, in the order it is asked for. */
#include "unit/cmocka_all.h"

#include "history_scene.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void change(struct scene *scene, const struct cgw_job_info *info, enum cgw_job_state from)
{
    bool changed = false;
    assert_int_equal(history_change(scene->history, info, from, &changed, &scene->err), CGW_OK);
    assert_true(changed);
}

static void assert_same_job(const struct cgw_job_info *a, const struct cgw_job_info *b)
{
    assert_string_equal(a->id, b->id);
    assert_int_equal(a->state, b->state);
    assert_string_equal(a->peer, b->peer);
    assert_string_equal(a->label, b->label);
    assert_string_equal(a->level, b->level);
    assert_int_equal(a->model, b->model);
    assert_int_equal(a->created_ms, b->created_ms);
    assert_int_equal(a->started_ms, b->started_ms);
    assert_int_equal(a->ended_ms, b->ended_ms);
    assert_int_equal(a->runs, b->runs);
    assert_int_equal(a->instances, b->instances);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->known, b->known);
    assert_int_equal(a->told, b->told);
    assert_int_equal(a->remaining, b->remaining);
    assert_int_equal(a->failed, b->failed);
    assert_int_equal(a->error.code, b->error.code);
    assert_int_equal(a->error.dimse_status, b->error.dimse_status);
    assert_int_equal(a->error.retry_after_s, b->error.retry_after_s);
    assert_string_equal(a->error.detail, b->error.detail);
    assert_string_equal(a->outcome, b->outcome);
}

/* ---- jobs ---- */

static void a_job_is_kept_as_it_was_added(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = {.state = CGW_JOB_RUNNING,
                                .model = CGW_MODEL_WITHOUT_BULK_DATA,
                                .created_ms = INT64_MAX,
                                .started_ms = INT64_MAX - 1,
                                .runs = UINT_MAX,
                                .remaining = CGW_NO_COUNT,
                                .failed = CGW_NO_COUNT,
                                .error = CGW_ERROR_INIT};
    struct history_order order = steps_order(), found;
    scene_fill(info.id, sizeof info.id, 'f');
    scene_fill(info.peer, sizeof info.peer, '\'');
    scene_fill(info.label, sizeof info.label, 'l');
    scene_fill(info.level, sizeof info.level, 'S');
    scene_add(scene, &info);
    scene_reopen(scene);
    struct cgw_job_info shown = scene_show(scene, info.id);
    assert_same_job(&shown, &info);
    assert_int_equal(history_show_order(scene->history, info.id, &found, &scene->err), CGW_OK);
    assert_string_equal(found.overrides, order.overrides);
    assert_int_equal(found.identifier_length, order.identifier_length);
    assert_memory_equal(found.identifier, order.identifier, order.identifier_length);
    assert_true(found.digest);
    history_order_release(&found);
    assert_null(found.identifier);
}

static void a_job_changes_from_the_state_that_it_is_in(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_RUNNING);
    bool changed = true;
    scene_add(scene, &info);
    info.state = CGW_JOB_FAILED;
    info.ended_ms = 5;
    info.known = INT64_MAX;
    info.told = 1ULL << 40;
    info.remaining = INT32_MAX;
    info.failed = 0;
    info.error.code = CGW_E_PEER_FAILED;
    info.error.dimse_status = 0xFFFF;
    info.error.retry_after_s = 7;
    scene_fill(info.error.detail, sizeof info.error.detail, 'd');
    scene_fill(info.outcome, sizeof info.outcome, 'o');
    assert_int_equal(history_change(scene->history, &info, CGW_JOB_QUEUED, &changed, &scene->err), CGW_OK);
    assert_false(changed);
    assert_int_equal(scene_show(scene, info.id).state, CGW_JOB_RUNNING);
    change(scene, &info, CGW_JOB_RUNNING);
    scene_reopen(scene);
    struct cgw_job_info shown = scene_show(scene, info.id);
    assert_same_job(&shown, &info);
    struct cgw_job_info resumed = scene_info('1', CGW_JOB_QUEUED);
    change(scene, &resumed, CGW_JOB_FAILED); /* its outcome is "" */
    assert_string_equal(scene_show(scene, info.id).outcome, info.outcome);
    assert_int_equal(scene_show(scene, info.id).error.code, CGW_OK);
}

/* In one run the peer tells of fewer than in another, or dies before it tells. */
static void what_is_known_of_a_job_only_grows(void **state)
{
    static const struct {
        bool is_noted; /* while it runs; else it changes */
        uint64_t known, expected;
    } cases[] = {
        {true, 0, 0},  {true, 3, 3}, {true, 2, 3},  {true, 0, 3}, {false, 0, 3},
        {false, 2, 3}, {true, 4, 4}, {false, 9, 9}, {true, 9, 9}, {true, INT64_MAX, INT64_MAX},
    };
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_RUNNING);
    scene_add(scene, &info);
    scene_add_of(scene, '2', CGW_JOB_RUNNING);
    for (size_t i = 0; i < COUNT(cases); i++) {
        info.known = cases[i].known;
        if (cases[i].is_noted)
            assert_int_equal(history_note_known(scene->history, info.id, info.known, &scene->err), CGW_OK);
        else
            change(scene, &info, CGW_JOB_RUNNING);
        assert_int_equal(scene_show(scene, info.id).known, cases[i].expected);
    }
    assert_int_equal(scene_show(scene, STEPS_ID("2")).known, 0);
    scene_reopen(scene);
    assert_int_equal(scene_show(scene, info.id).known, INT64_MAX);
}

static void every_error_comes_back_as_it_was(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_FAILED);
    scene_add(scene, &info);
    for (int code = CGW_OK; code < CGW_CODE_COUNT; code++) {
        info.error.code = (enum cgw_code)code;
        change(scene, &info, CGW_JOB_FAILED);
        assert_int_equal(scene_show(scene, info.id).error.code, code);
    }
}

static void the_oldest_queued_job_is_taken(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info;
    struct history_order order;
    bool found = true;
    assert_int_equal(history_take_queued(scene->history, 9, &found, &info, &order, &scene->err), CGW_OK);
    assert_false(found);
    scene_add_of(scene, '3', CGW_JOB_QUEUED);
    scene_add_of(scene, '2', CGW_JOB_QUEUED);
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    for (char digit = '2'; digit <= '3'; digit++) {
        struct cgw_job_info expected = scene_info(digit, CGW_JOB_RUNNING);
        expected.remaining = expected.failed = CGW_NO_COUNT;
        expected.started_ms = 9;
        expected.runs = 1;
        assert_int_equal(history_take_queued(scene->history, 9, &found, &info, &order, &scene->err), CGW_OK);
        assert_true(found);
        assert_same_job(&info, &expected);
        assert_int_equal(order.identifier_length, steps_order().identifier_length);
        history_order_release(&order);
        struct cgw_job_info shown = scene_show(scene, expected.id);
        assert_same_job(&shown, &expected);
    }
    assert_int_equal(history_take_queued(scene->history, 9, &found, &info, &order, &scene->err), CGW_OK);
    assert_false(found);
}

static void a_job_that_is_taken_again_has_one_more_run_and_no_end(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_QUEUED);
    struct history_order order;
    bool found = false;
    info.runs = 4;
    scene_add(scene, &info);
    info.ended_ms = 70;
    change(scene, &info, CGW_JOB_QUEUED);
    assert_int_equal(history_take_queued(scene->history, 80, &found, &info, &order, &scene->err), CGW_OK);
    history_order_release(&order);
    assert_int_equal(info.runs, 5);
    assert_int_equal(info.started_ms, 80);
    assert_int_equal(info.ended_ms, 0);
}

static void what_ran_is_interrupted_and_nothing_else(void **state)
{
    struct scene *scene = *state;
    size_t count = 0;
    for (int i = 0; i < CGW_JOB_STATE_COUNT; i++)
        scene_add_of(scene, (char)('0' + i), (enum cgw_job_state)i);
    assert_int_equal(history_interrupt_running(scene->history, 77, &count, &scene->err), CGW_OK);
    assert_int_equal(count, 1);
    for (int i = 0; i < CGW_JOB_STATE_COUNT; i++) {
        struct cgw_job_info info = scene_show(scene, scene_info((char)('0' + i), CGW_JOB_QUEUED).id);
        bool ran = i == CGW_JOB_RUNNING;
        assert_int_equal(info.state, ran ? CGW_JOB_INTERRUPTED : i);
        assert_int_equal(info.ended_ms, ran ? 77 : 0);
        assert_int_equal(info.error.code, ran ? CGW_E_INTERRUPTED : CGW_OK);
        assert_int_equal(info.error.detail[0] != '\0', ran);
    }
    assert_int_equal(history_interrupt_running(scene->history, 78, &count, &scene->err), CGW_OK);
    assert_int_equal(count, 0);
}

/* Jobs 1 to 6, of the peers "a" and "b" in turn, 1 to 3 queued and 4 to 6 complete. */
static void jobs_are_listed_from_the_newest(void **state)
{
    static const struct {
        struct cgw_job_filter filter;
        size_t max;
        const char *digits;
    } cases[] = {
        {{.peer = NULL}, 10, "654321"},
        {{.peer = NULL}, 2, "65"},
        {{.peer = NULL}, 0, ""},
        {{.before = STEPS_ID("5")}, 2, "43"},
        {{.before = STEPS_ID("1")}, 10, ""},
        {{.peer = "a"}, 10, "531"},
        {{.peer = "b", .before = STEPS_ID("6")}, 1, "4"},
        {{.peer = "c"}, 10, ""},
        {{.peer = ""}, 10, ""},
        {{.has_state = true, .state = CGW_JOB_QUEUED}, 10, "321"},
        {{.has_state = true, .state = CGW_JOB_COMPLETE, .before = STEPS_ID("6")}, 10, "54"},
        {{.has_state = true, .state = CGW_JOB_FAILED}, 10, ""},
        {{.peer = "a", .has_state = true, .state = CGW_JOB_QUEUED}, 10, "31"},
        {{.peer = "b", .has_state = true, .state = CGW_JOB_COMPLETE, .before = STEPS_ID("5")}, 10, "4"},
    };
    struct scene *scene = *state;
    for (int i = 1; i <= 6; i++) {
        struct cgw_job_info info = scene_info((char)('0' + i), i <= 3 ? CGW_JOB_QUEUED : CGW_JOB_COMPLETE);
        (void)snprintf(info.peer, sizeof info.peer, "%s", i % 2 == 1 ? "a" : "b");
        scene_add(scene, &info);
    }
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct cgw_job_info infos[10];
        char digits[11] = "";
        size_t count = 99;
        assert_int_equal(
            history_list(scene->history, &cases[k].filter, infos, cases[k].max, &count, &scene->err), CGW_OK);
        assert_in_range(count, 0, cases[k].max);
        for (size_t i = 0; i < count; i++)
            digits[i] = infos[i].id[CGW_JOB_ID_BYTES - 2];
        assert_string_equal(digits, cases[k].digits);
    }
}

static void jobs_are_counted_by_state(void **state)
{
    struct scene *scene = *state;
    size_t count = 99;
    scene_add_of(scene, '1', CGW_JOB_QUEUED);
    scene_add_of(scene, '2', CGW_JOB_QUEUED);
    scene_add_of(scene, '3', CGW_JOB_CANCELLED);
    for (int i = 0; i < CGW_JOB_STATE_COUNT; i++) {
        assert_int_equal(history_count(scene->history, (enum cgw_job_state)i, &count, &scene->err), CGW_OK);
        assert_int_equal(count, i == CGW_JOB_QUEUED ? 2 : i == CGW_JOB_CANCELLED ? 1 : 0);
    }
}

/* One in each state, the one of the last state ended first; two ended at once. Those that are over and have
 * an even number have files, 6 an empty one only. */
static void make_one_in_each_state(struct scene *scene)
{
    for (int i = 0; i < CGW_JOB_STATE_COUNT; i++) {
        struct cgw_job_info info = scene_info((char)('0' + i), (enum cgw_job_state)i);
        scene_add(scene, &info);
        info.ended_ms = i == 3 ? 996 : 1000 - i;
        change(scene, &info, info.state);
        if (i % 2 == 0)
            scene_add_file(scene, info.id, info.id, i == 6 ? 0 : 1, "1"); /* a path that no other has */
    }
}

static void jobs_that_are_over_are_listed_by_their_end(void **state)
{
    static const struct {
        int64_t before_ms;
        bool with_files;
        size_t max;
        const char *digits;
    } cases[] = {
        {INT64_MAX, false, 10, "65342"},
        {INT64_MAX, false, 2, "65"},
        {INT64_MAX, false, 0, ""},
        {998, false, 10, "6534"},
        {996, false, 10, "65"},
        {995, false, 10, "6"},
        {994, false, 10, ""},
        {0, false, 10, ""},
        {INT64_MAX, true, 10, "42"},
        {INT64_MAX, true, 1, "4"},
        {998, true, 10, "4"},
        {996, true, 10, ""},
    };
    struct scene *scene = *state;
    size_t count = 99;
    assert_int_equal(history_list_over(scene->history, INT64_MAX, false, NULL, 10, &count, &scene->err),
                     CGW_OK);
    assert_int_equal(count, 0);
    make_one_in_each_state(scene);
    for (size_t k = 0; k < COUNT(cases); k++) {
        char ids[10][CGW_JOB_ID_BYTES], digits[11] = "";
        assert_int_equal(history_list_over(scene->history, cases[k].before_ms, cases[k].with_files, ids,
                                           cases[k].max, &count, &scene->err),
                         CGW_OK);
        assert_in_range(count, 0, cases[k].max);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(strlen(ids[i]), CGW_JOB_ID_BYTES - 1);
            digits[i] = ids[i][CGW_JOB_ID_BYTES - 2];
        }
        assert_string_equal(digits, cases[k].digits);
    }
}

/* ---- what is not there ---- */

static void an_id_of_no_job_is_told_so(void **state)
{
    struct scene *scene = *state;
    struct history *history = scene->history;
    static const char *const ids[] = {STEPS_ID("2"), "", "x", "' OR 1 --"};
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    for (size_t i = 0; i < COUNT(ids); i++) {
        const char *id = ids[i];
        struct cgw_job_info info = steps_info(id);
        struct history_order order;
        struct cgw_job_file file = steps_file("CT.1", 1, "1");
        size_t count;
        bool changed;
        const enum cgw_code codes[] = {
            history_change(history, &info, CGW_JOB_RUNNING, &changed, NULL),
            history_note_known(history, id, 1, NULL),
            history_show(history, id, &info, NULL),
            history_show_order(history, id, &order, NULL),
            history_remove(history, id, NULL),
            history_add_file(history, id, &file, NULL),
            history_list_files(history, id, NULL, &file, 1, &count, NULL),
            history_find_file(history, id, "CT.1", &file, NULL),
            history_remove_file(history, id, "CT.1", NULL),
        };
        for (size_t k = 0; k < COUNT(codes); k++)
            assert_int_equal(codes[k], CGW_E_UNKNOWN_JOB);
    }
    scene_assert_stored(scene, 0);
}

static void a_job_is_not_added_twice(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_QUEUED);
    struct history_order order = steps_order();
    scene_add(scene, &info);
    assert_int_equal(history_add(scene->history, &info, &order, &scene->err), CGW_E_JOBS_FAILED);
    assert_non_null(strstr(scene->err.detail, "UNIQUE"));
    scene_add_of(scene, '2', CGW_JOB_QUEUED); /* and it goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_job_is_kept_as_it_was_added),
        SCENE_TEST(a_job_changes_from_the_state_that_it_is_in),
        SCENE_TEST(what_is_known_of_a_job_only_grows),
        SCENE_TEST(every_error_comes_back_as_it_was),
        SCENE_TEST(the_oldest_queued_job_is_taken),
        SCENE_TEST(a_job_that_is_taken_again_has_one_more_run_and_no_end),
        SCENE_TEST(what_ran_is_interrupted_and_nothing_else),
        SCENE_TEST(jobs_are_listed_from_the_newest),
        SCENE_TEST(jobs_are_counted_by_state),
        SCENE_TEST(jobs_that_are_over_are_listed_by_their_end),
        SCENE_TEST(an_id_of_no_job_is_told_so),
        SCENE_TEST(a_job_is_not_added_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
