/* How much the files of all jobs take: never more than the quota, and as much as the history says, whatever
 * was stored, kept, replaced and removed. */
#include "unit/cmocka_all.h"

#include "history_scene.h"
#include "jobs/space.h"
#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"

#include "cgetway/part10.h"
#include "cgetway/stored_file.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { TEXT_BYTES = 512 };

static const struct cgw_watch nobody = {-1, -1};

/* ---- what happens while a file gets its name, or goes ---- */

static struct {
    pthread_barrier_t *limited;  /* all know how much room there is before one takes it; NULL: as they come */
    pthread_barrier_t *together; /* all take their END at once; NULL: as they come */
    struct claims
        *claims; /* the instance must be claimed while a file is stored or removed; NULL: not looked at */
    size_t looked;
} hooks;

/* Names that the linker's --wrap gives. */
// NOLINTBEGIN(bugprone-reserved-identifier)
void __real_cgw_store_take(struct cgw_store *directory, struct cgw_retrieve *retrieve,
                           const struct cgw_event *event);
void __wrap_cgw_store_take(struct cgw_store *directory, struct cgw_retrieve *retrieve,
                           const struct cgw_event *event);
bool __real_cgw_stored_file_remove(const char *root, const char *path);
bool __wrap_cgw_stored_file_remove(const char *root, const char *path);
// NOLINTEND(bugprone-reserved-identifier)

/* There is one, of this instance. */
static void look_at_claims(const char *instance, bool is_exclusive)
{
    if (hooks.claims == NULL)
        return;
    const struct claim *held = hooks.claims->held;
    assert_non_null(held);
    assert_null(held->next);
    assert_string_equal(held->instance, instance);
    assert_int_equal(held->is_exclusive, is_exclusive);
    hooks.looked++;
}

void __wrap_cgw_store_take(struct cgw_store *directory, struct cgw_retrieve *retrieve,
                           const struct cgw_event *event)
{
    if (event->type == CGW_EVENT_END && hooks.together != NULL)
        (void)pthread_barrier_wait(hooks.together);
    if (event->type == CGW_EVENT_END)
        look_at_claims(event->instance->sop_instance, false);
    __real_cgw_store_take(directory, retrieve, event);
}

bool __wrap_cgw_stored_file_remove(const char *root, const char *path)
{
    look_at_claims(strchr(path, '.') + 1, true);
    return __real_cgw_stored_file_remove(root, path);
}

/* ---- the place where files are stored ---- */

struct store {
    struct scene *scene; /* its history is that of the space */
    struct temp_dir *dir;
    struct cgw_place place;
    struct space space;
};

static void store_begin(struct store *store, void **state, int64_t quota_bytes)
{
    struct support_error err = {.text = ""};
    *store = (struct store){.scene = *state, .dir = temp_dir_new("space", &err)};
    assert_non_null(store->dir);
    store->place.directory = temp_dir_path(store->dir);
    assert_int_equal(space_open(&store->space, store->scene->history, &store->place, (uint64_t)quota_bytes,
                                &store->scene->err),
                     CGW_OK);
}

static void store_end(struct store *store)
{
    assert_int_equal(store->space.reserved_bytes, 0);
    space_release(&store->space);
    temp_dir_free(store->dir);
    memset(&hooks, 0, sizeof hooks);
}

/* Of the regular files that are there. */
static uint64_t bytes_on_disk(const struct store *store)
{
    uint64_t bytes = 0;
    size_t count = 0;
    char **paths = file_list(temp_dir_path(store->dir), &count);
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        assert_int_equal(stat(paths[i], &status), 0);
        bytes += (uint64_t)status.st_size;
    }
    file_list_free(paths, count);
    return bytes;
}

static void assert_as_history_says(struct store *store)
{
    uint64_t bytes = 0;
    assert_int_equal(history_stored_bytes(store->scene->history, &bytes, &store->scene->err), CGW_OK);
    assert_int_equal(space_stored(&store->space), bytes);
    scene_reopen(store->scene); /* which counts anew */
    store->space.history = store->scene->history;
    assert_int_equal(history_stored_bytes(store->scene->history, &bytes, &store->scene->err), CGW_OK);
    assert_int_equal(space_stored(&store->space), bytes);
}

/* ---- runs of jobs ---- */

struct job_run {
    struct store *store;
    const char *id, *script;
    enum cgw_store_existing existing;
    bool has_outcome;
    /* Of the end: */
    enum cgw_code code; /* the first failure of the space */
    size_t stored;      /* instances that the peer was told to be stored */
    char heard[TEXT_BYTES];
};

static void take_all(struct job_run *run, struct cgw_store *directory, struct cgw_retrieve *retrieve)
{
    struct space *space = &run->store->space;
    struct cgw_event event;
    struct cgw_error err = CGW_ERROR_INIT;
    char outcome[CGW_JOB_FILE_NAME_BYTES] = "";
    bool is_stored;
    do { /* as job.c does */
        cgw_retrieve_next(retrieve, true, &event);
        space_limit(space, directory);
        if (event.type == CGW_EVENT_END && hooks.limited != NULL)
            (void)pthread_barrier_wait(hooks.limited);
        if (event.type != CGW_EVENT_END)
            cgw_store_take(directory, retrieve, &event);
        else if (space_store(space, run->id, nobody, directory, retrieve, &event, &is_stored, &err) !=
                     CGW_OK &&
                 run->code == CGW_OK)
            run->code = err.code;
    } while (event.type != CGW_EVENT_OUTCOME);
    run->stored = cgw_ledger_received(cgw_retrieve_outcome(retrieve)->ledger);
    if (!run->has_outcome)
        return;
    cgw_store_finish(directory, cgw_retrieve_outcome(retrieve), run->id);
    (void)space_note_outcome(space, run->id, nobody, directory, outcome, &err);
}

/* Also as the function of a thread. */
static void *do_run(void *argument)
{
    struct job_run *run = argument;
    struct setting setting;
    struct cgw_store *directory = NULL;
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    const struct cgw_store_options options = {.place = run->store->place,
                                              .watch = {-1, -1},
                                              .label = "",
                                              .source_aet = "PEER",
                                              .existing = run->existing};
    run->code = CGW_OK;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_script(&setting, run->script);
    if (cgw_store_open(&options, &directory, &err) != CGW_OK ||
        setting_open(&setting, &retrieve, &err) != CGW_OK)
        abort();
    take_all(run, directory, retrieve);
    cgw_retrieve_free(retrieve);
    cgw_store_free(directory);
    heard_as_text(&setting.memory.heard, run->heard, sizeof run->heard);
    setting_release(&setting);
    return NULL;
}

static void do_together(struct job_run *runs, size_t count)
{
    pthread_t threads[8];
    assert_true(count <= COUNT(threads));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, do_run, &runs[i]), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* ---- the quota ---- */

/* Each alone has room, and they get their names at the same moment. */
static void jobs_that_store_at_once_do_not_exceed_the_quota_together(void **state)
{
    struct store store;
    pthread_barrier_t together;
    char scripts[3][TEXT_BYTES];
    struct job_run runs[3];
    store_begin(&store, state, 10000);
    assert_int_equal(pthread_barrier_init(&together, NULL, COUNT(runs)), 0);
    hooks.limited = hooks.together = &together;
    for (size_t i = 0; i < COUNT(runs); i++) {
        (void)snprintf(scripts[i], sizeof scripts[i], "store:ct:1.%zu:6000 final:0000:-:1:0:0", i);
        scene_add_of(store.scene, (char)('1' + i), CGW_JOB_RUNNING);
        runs[i] = (struct job_run){.store = &store, .script = scripts[i]};
    }
    runs[0].id = STEPS_ID("1");
    runs[1].id = STEPS_ID("2");
    runs[2].id = STEPS_ID("3");
    do_together(runs, COUNT(runs));
    assert_int_equal(runs[0].stored + runs[1].stored + runs[2].stored, 1);
    assert_true(bytes_on_disk(&store) > 6000 && bytes_on_disk(&store) < 6000 + CGW_PART10_MAX_BYTES);
    assert_int_equal(space_stored(&store.space), bytes_on_disk(&store));
    assert_as_history_says(&store);
    assert_int_equal(pthread_barrier_destroy(&together), 0);
    store_end(&store);
}

/* Many small ones, as they come. */
static void many_instances_of_several_jobs_fill_the_quota_and_no_more(void **state)
{
    enum { INSTANCES = 30, BYTES = 700 };
    static const char *const ids[] = {STEPS_ID("1"), STEPS_ID("2"), STEPS_ID("3"), STEPS_ID("4")};
    static char scripts[COUNT(ids)][INSTANCES * 32];
    struct job_run runs[COUNT(ids)];
    struct store store;
    uint64_t quota = 40000;
    store_begin(&store, state, (int64_t)quota);
    for (size_t i = 0; i < COUNT(ids); i++) {
        size_t used = 0;
        for (int n = 0; n < INSTANCES; n++)
            used += (size_t)snprintf(scripts[i] + used, sizeof scripts[i] - used, "store:ct:1.%zu.%d:%d ", i,
                                     n, BYTES);
        (void)snprintf(scripts[i] + used, sizeof scripts[i] - used, "final:0000:-:%d:0:0", INSTANCES);
        scene_add_of(store.scene, (char)('1' + i), CGW_JOB_RUNNING);
        runs[i] = (struct job_run){.store = &store, .id = ids[i], .script = scripts[i]};
    }
    do_together(runs, COUNT(runs));
    assert_true(bytes_on_disk(&store) <= quota);
    /* What is left over is less than one of them and the reservations beside it would need. */
    assert_true(bytes_on_disk(&store) + COUNT(ids) * (BYTES + CGW_PART10_MAX_BYTES) >= quota);
    assert_int_equal(space_stored(&store.space), bytes_on_disk(&store));
    assert_as_history_says(&store);
    store_end(&store);
}

static void what_a_file_that_is_replaced_took_is_free_at_once(void **state)
{
    struct store store;
    store_begin(&store, state, 5000);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    struct job_run run = {.store = &store, .id = STEPS_ID("1"), .existing = CGW_STORE_REPLACE};
    run.script = "store:ct:7.1:3000 store:ct:7.1:100 store:ct:7.2:3000 final:0000:-:2:0:0";
    do_run(&run);
    assert_int_equal(run.stored, 3);
    assert_true(bytes_on_disk(&store) > 3100 && bytes_on_disk(&store) < 5000);
    assert_int_equal(space_stored(&store.space), bytes_on_disk(&store));
    assert_as_history_says(&store);
    store_end(&store);
}

/* Also within one run, before its outcome. */
static void files_that_replace_smaller_ones_do_not_exceed_the_quota(void **state)
{
    struct store store;
    store_begin(&store, state, 9000);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    struct job_run run = {.store = &store, .id = STEPS_ID("1"), .existing = CGW_STORE_REPLACE};
    run.script = "store:ct:7.1:100 store:ct:7.2:100 store:ct:7.1:5000 store:ct:7.2:5000 final:0000:-:2:0:0";
    do_run(&run);
    assert_int_equal(run.stored, 3);
    assert_true(bytes_on_disk(&store) <= 9000);
    assert_int_equal(space_stored(&store.space), bytes_on_disk(&store));
    assert_as_history_says(&store);
    store_end(&store);
}

static void what_is_reserved_is_given_back_whatever_becomes_of_the_instance(void **state)
{
    static const struct {
        enum cgw_store_existing existing;
        const char *id, *script, *heard;
        enum cgw_code code;
    } rows[] = {
        /* no job of this id */
        {CGW_STORE_KEEP, STEPS_ID("9"), "store:ct:7.1:100 final:0000:-:1:0:0", "A700", CGW_E_UNKNOWN_JOB},
        /* there already */
        {CGW_STORE_KEEP, STEPS_ID("1"), "store:ct:7.9:100 final:0000:-:1:0:0", "0000", CGW_OK},
        {CGW_STORE_REFUSE, STEPS_ID("1"), "store:ct:7.9:100 final:0000:-:1:0:0", "A700", CGW_OK},
        {CGW_STORE_REPLACE, STEPS_ID("1"), "store:ct:7.9:200 final:0000:-:1:0:0", "0000", CGW_OK},
        /* more than there is room for */
        {CGW_STORE_KEEP, STEPS_ID("1"), "store:ct:7.2:20000 final:0000:-:1:0:0", "A700", CGW_OK},
        /* not whole */
        {CGW_STORE_KEEP, STEPS_ID("1"), "command:ct:7.3 data:ct:50 abort", "", CGW_OK},
    };
    struct store store;
    store_begin(&store, state, 9000);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    struct job_run first = {
        .store = &store, .id = STEPS_ID("1"), .script = "store:ct:7.9:100 final:0000:-:1:0:0"};
    do_run(&first);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct job_run run = {
            .store = &store, .id = rows[i].id, .existing = rows[i].existing, .script = rows[i].script};
        do_run(&run);
        assert_int_equal(run.code, rows[i].code);
        if (strstr(run.heard, rows[i].heard) == NULL)
            fail_msg("row %zu: %s", i, run.heard);
        assert_int_equal(store.space.reserved_bytes, 0);
        assert_as_history_says(&store);
    }
    store_end(&store);
}

/* ---- the claims ---- */

static void a_file_is_stored_and_removed_while_its_instance_is_claimed(void **state)
{
    struct store store;
    struct cgw_job_file file;
    struct cgw_error err = CGW_ERROR_INIT;
    store_begin(&store, state, 0);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    hooks.claims = &store.space.claims;
    struct job_run run = {
        .store = &store, .id = STEPS_ID("1"), .script = "store:ct:7.1:100 final:0000:-:1:0:0"};
    do_run(&run);
    assert_int_equal(hooks.looked, 1);
    assert_int_equal(history_find_file(store.scene->history, run.id, "CT.7.1", &file, &err), CGW_OK);
    assert_int_equal(space_remove(&store.space, run.id, nobody, &file, &err), CGW_OK);
    assert_int_equal(hooks.looked, 2);
    assert_int_equal(bytes_on_disk(&store), 0);
    assert_null(store.space.claims.held); /* and given back */
    store_end(&store);
}

struct removing {
    struct store *store;
    pthread_barrier_t *start;
    struct cgw_job_file file;
    enum cgw_code code;
};

static void *remove_file(void *argument)
{
    struct removing *removing = argument;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)pthread_barrier_wait(removing->start);
    removing->code = space_remove(&removing->store->space, STEPS_ID("1"), nobody, &removing->file, &err);
    return NULL;
}

/* One job goes and another one has the same instance from its peer: whichever comes first, that one has it.
 */
static void what_another_job_keeps_at_this_moment_is_not_removed(void **state)
{
    enum { ROUNDS = 60 };
    static const char script[] = "store:ct:7.1:100 final:0000:-:1:0:0";
    struct store store;
    pthread_barrier_t start;
    store_begin(&store, state, 0);
    assert_int_equal(pthread_barrier_init(&start, NULL, 2), 0);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    scene_add_of(store.scene, '2', CGW_JOB_RUNNING);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t thread;
        struct removing removing = {.store = &store, .start = &start};
        struct job_run first = {.store = &store, .id = STEPS_ID("1"), .script = script};
        struct job_run second = {.store = &store, .id = STEPS_ID("2"), .script = script};
        do_run(&first);
        assert_int_equal(history_find_file(store.scene->history, STEPS_ID("1"), "CT.7.1", &removing.file,
                                           &store.scene->err),
                         CGW_OK);
        hooks.together = &start; /* it goes on when the second job has the instance */
        assert_int_equal(pthread_create(&thread, NULL, remove_file, &removing), 0);
        do_run(&second);
        assert_int_equal(pthread_join(thread, NULL), 0);
        hooks.together = NULL;
        assert_int_equal(removing.code, CGW_OK);
        assert_int_equal(second.stored, 1);
        assert_int_equal(space_stored(&store.space), bytes_on_disk(&store));
        assert_true(bytes_on_disk(&store) > 0);
        assert_int_equal(history_find_file(store.scene->history, STEPS_ID("2"), "CT.7.1", &removing.file,
                                           &store.scene->err),
                         CGW_OK);
        assert_true(removing.file.is_owned);
        assert_int_equal(space_remove(&store.space, STEPS_ID("2"), nobody, &removing.file, &store.scene->err),
                         CGW_OK);
        assert_int_equal(bytes_on_disk(&store), 0);
    }
    assert_as_history_says(&store);
    assert_int_equal(pthread_barrier_destroy(&start), 0);
    store_end(&store);
}

static void what_was_there_before_any_job_is_not_counted_and_stays(void **state)
{
    struct store store;
    struct cgw_job_file file;
    store_begin(&store, state, 5000);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    scene_add_of(store.scene, '2', CGW_JOB_RUNNING);
    const char *script = "store:ct:7.1:100 final:0000:-:1:0:0";
    struct job_run first = {.store = &store, .id = STEPS_ID("1"), .script = script};
    struct job_run second = {.store = &store, .id = STEPS_ID("2"), .script = script};
    do_run(&first);
    uint64_t bytes = bytes_on_disk(&store);
    /* From now on it is the file of nobody. */
    assert_int_equal(history_remove_file(store.scene->history, first.id, "CT.7.1", &store.scene->err),
                     CGW_OK);
    do_run(&second);
    assert_int_equal(second.stored, 1);
    assert_int_equal(space_stored(&store.space), 0);
    assert_int_equal(history_find_file(store.scene->history, second.id, "CT.7.1", &file, &store.scene->err),
                     CGW_OK);
    assert_int_equal(space_remove(&store.space, second.id, nobody, &file, &store.scene->err), CGW_OK);
    assert_int_equal(bytes_on_disk(&store), bytes);
    assert_as_history_says(&store);
    store_end(&store);
}

static void a_file_with_another_content_is_none_of_the_job(void **state)
{
    struct store store;
    struct cgw_job_file file;
    struct support_error err = {.text = ""};
    store_begin(&store, state, 5000);
    scene_add_of(store.scene, '1', CGW_JOB_RUNNING);
    char *path = temp_dir_join(store.dir, "CT.7.1");
    assert_true(file_write(path, "of somebody", 11, &err));
    struct job_run run = {
        .store = &store, .id = STEPS_ID("1"), .script = "store:ct:7.1:100 final:0000:-:1:0:0"};
    do_run(&run);
    assert_int_equal(run.stored, 0);
    assert_int_equal(space_stored(&store.space), 0);
    assert_int_equal(history_find_file(store.scene->history, run.id, "CT.7.1", &file, &store.scene->err),
                     CGW_E_UNKNOWN_FILE);
    assert_int_equal(bytes_on_disk(&store), 11);
    free(path);
    store_end(&store);
}

/* ---- any sequence ---- */

enum { JOBS = 3, INSTANCES_OF_ALL = 4, STEPS = 250 };

struct chance {
    uint32_t state;
};

/* Below n; the same in each run. */
static unsigned draw(struct chance *chance, unsigned n)
{
    chance->state = chance->state * 1664525u + 1013904223u;
    return (chance->state >> 8) % n;
}

static void store_something(struct store *store, struct chance *chance, const char *id, bool may_replace)
{
    char script[TEXT_BYTES];
    struct job_run run = {.store = store, .id = id, .script = script, .has_outcome = draw(chance, 3) == 0};
    run.existing = (enum cgw_store_existing)draw(chance, 3);
    if (!may_replace && run.existing == CGW_STORE_REPLACE)
        run.existing = CGW_STORE_KEEP;
    /* Where nothing is replaced an instance is the same each time that it comes. */
    unsigned a = draw(chance, INSTANCES_OF_ALL), b = draw(chance, INSTANCES_OF_ALL);
    (void)snprintf(script, sizeof script, "store:ct:7.%u:%u store:ct:7.%u:%u final:0000:-:2:0:0", a,
                   may_replace ? 2 + 2 * draw(chance, 900) : 200 + 200 * a, b,
                   may_replace ? 2 + 2 * draw(chance, 900) : 200 + 200 * b);
    do_run(&run);
}

/* All its files, or one. */
static void remove_something(struct store *store, struct chance *chance, const char *id)
{
    struct cgw_job_file files[64];
    size_t count = 0;
    bool all = draw(chance, 2) == 0;
    assert_int_equal(
        history_list_files(store->scene->history, id, NULL, files, COUNT(files), &count, &store->scene->err),
        CGW_OK);
    for (size_t i = 0; i < count; i++) {
        if (all || i == draw(chance, (unsigned)count))
            assert_int_equal(space_remove(&store->space, id, nobody, &files[i], &store->scene->err), CGW_OK);
    }
}

/* Behind our back. */
static void lose_a_file(struct store *store, struct chance *chance)
{
    char name[32];
    (void)snprintf(name, sizeof name, "CT.7.%u", draw(chance, INSTANCES_OF_ALL));
    assert_true(cgw_stored_file_remove(temp_dir_path(store->dir), name));
}

static void any_sequence_is_counted_as_the_history_counts_it(void **state)
{
    static const char *const ids[JOBS] = {STEPS_ID("1"), STEPS_ID("2"), STEPS_ID("3")};
    struct store store;
    struct chance chance = {.state = 12345};
    uint64_t quota = 4000, bytes = 0, most = 0;
    store_begin(&store, state, (int64_t)quota);
    for (char digit = '1'; digit < '1' + JOBS; digit++)
        scene_add_of(store.scene, digit, CGW_JOB_RUNNING);
    for (int i = 0; i < STEPS; i++) {
        const char *id = ids[draw(&chance, JOBS)];
        bool is_tame = i < STEPS / 2; /* nothing is replaced or lost, so the disk says the same */
        if (draw(&chance, 3) != 0)
            store_something(&store, &chance, id, !is_tame);
        else if (is_tame || draw(&chance, 3) != 0)
            remove_something(&store, &chance, id);
        else
            lose_a_file(&store, &chance);
        assert_int_equal(history_stored_bytes(store.scene->history, &bytes, &store.scene->err), CGW_OK);
        if (space_stored(&store.space) != bytes || (is_tame && bytes != bytes_on_disk(&store)) ||
            bytes_on_disk(&store) > bytes)
            fail_msg("step %d: space says %llu, the history %llu, the disk %llu", i,
                     (unsigned long long)space_stored(&store.space), (unsigned long long)bytes,
                     (unsigned long long)bytes_on_disk(&store));
        most = bytes > most ? bytes : most;
    }
    assert_true(most > quota / 2);
    assert_as_history_says(&store);
    store_end(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(jobs_that_store_at_once_do_not_exceed_the_quota_together),
        SCENE_TEST(many_instances_of_several_jobs_fill_the_quota_and_no_more),
        SCENE_TEST(what_a_file_that_is_replaced_took_is_free_at_once),
        SCENE_TEST(files_that_replace_smaller_ones_do_not_exceed_the_quota),
        SCENE_TEST(what_is_reserved_is_given_back_whatever_becomes_of_the_instance),
        SCENE_TEST(a_file_is_stored_and_removed_while_its_instance_is_claimed),
        SCENE_TEST(what_another_job_keeps_at_this_moment_is_not_removed),
        SCENE_TEST(what_was_there_before_any_job_is_not_counted_and_stays),
        SCENE_TEST(a_file_with_another_content_is_none_of_the_job),
        SCENE_TEST(any_sequence_is_counted_as_the_history_counts_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
