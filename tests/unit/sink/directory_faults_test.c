/* Every call on files fails once in every way, and the process is killed at each: what has a name is whole,
 * what the peer was told Success for is there, and nothing is left over but what a sweep removes. */
#include "unit/cmocka_all.h"

#include "storing.h"
#include "support/failing_files.h"
#include "unit/memory_peer/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { INSTANCES = 3, MAX_CALLS = 200 };

/* One fits into the first write, one needs several, one is of another class. */
#define SCRIPT                                                                                               \
    "store:ct:1.1:300 command:ct:1.2 data:ct:40000 data:ct:40000 last:ct:7 store:mr:1.3:9000 "               \
    "final:0000:-:3:0:0"

static const struct {
    const char *name, *class, *uid;
    size_t bytes;
} instances[INSTANCES] = {{"CT.1.1", SETTING_CT_IMAGE, "1.1", 300},
                          {"CT.1.2", SETTING_CT_IMAGE, "1.2", 80007},
                          {"MR.1.3", SETTING_MR_IMAGE, "1.3", 9000}};

static const struct {
    const char *what, *label;
    enum cgw_store_layout layout;
    enum cgw_store_existing existing;
    const char *folder;
    bool has_noreplace;
} settings[] = {
    {"flat", "", CGW_LAYOUT_FLAT, CGW_STORE_KEEP, "", true},
    {"in folders", "a", CGW_LAYOUT_STUDY, CGW_STORE_KEEP, "a/unknown/", true},
    {"replacing", "", CGW_LAYOUT_FLAT, CGW_STORE_REPLACE, "", true},
    {"without RENAME_NOREPLACE", "", CGW_LAYOUT_FLAT, CGW_STORE_KEEP, "", false},
};

/* The middle instance is of three PDVs, each of which begins the pattern anew. */
static bool is_whole(const struct storing *storing, const char *folder, size_t i)
{
    char path[128];
    struct support_error err = {.text = ""};
    size_t length = 0;
    (void)snprintf(path, sizeof path, "%s%s", folder, instances[i].name);
    if (i != 1)
        return storing_is_whole(storing, path, instances[i].class, instances[i].uid, instances[i].bytes);
    char *whole_path = temp_dir_join(storing->dir, path);
    uint8_t *bytes = file_read(whole_path, &length, &err);
    size_t head = length - instances[i].bytes;
    bool whole = bytes != NULL && length > instances[i].bytes && memcmp(bytes + 128, "DICM", 4) == 0;
    for (size_t k = 0; whole && k < instances[i].bytes; k++)
        whole = bytes[head + k] == (uint8_t)(k % 40000 * 7);
    free(bytes);
    free(whole_path);
    return whole;
}

static bool is_there(const struct storing *storing, const char *folder, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s%s", folder, name);
    char *whole_path = temp_dir_join(storing->dir, path);
    bool there = access(whole_path, F_OK) == 0;
    free(whole_path);
    return there;
}

static bool outcome_is_whole(const struct storing *storing, const char *label)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s%soutcome-request.json", label, label[0] != '\0' ? "/" : "");
    char *whole_path = temp_dir_join(storing->dir, path);
    json_t *outcome = json_load_file(whole_path, 0, NULL);
    bool whole = json_is_array(json_object_get(outcome, "instances"));
    json_decref(outcome);
    free(whole_path);
    return whole;
}

static size_t count_temporary(const struct storing *storing)
{
    size_t count = 0, found = 0;
    char **paths = file_list(storing->options.place.directory, &count);
    for (size_t i = 0; i < count; i++)
        found += strstr(paths[i], "/.cgetway-") != NULL;
    file_list_free(paths, count);
    return found;
}

static void prepare(struct storing *storing, size_t setting)
{
    storing_begin(storing);
    storing->options.label = settings[setting].label;
    storing->options.layout = settings[setting].layout;
    storing->options.existing = settings[setting].existing;
    cgw_files_have_noreplace(settings[setting].has_noreplace);
}

/* ---- failures ---- */

/* What the i-th C-STORE request was answered with. */
static bool was_told_success(const struct storing *storing, size_t i)
{
    const char *at = storing->heard;
    for (size_t k = 0; at != NULL && k <= i; k++)
        at = strstr(at + 1, "C-STORE-RSP(");
    return at != NULL && strncmp(at, "C-STORE-RSP(0000)", 17) == 0;
}

static void assert_holds(const struct storing *storing, size_t setting, size_t n, const char *how)
{
    const char *folder = settings[setting].folder;
    bool complete = json_is_true(json_object_get(storing->outcome, "complete"));
    size_t told = 0;
    for (size_t i = 0; i < INSTANCES; i++) {
        bool whole = is_whole(storing, folder, i);
        told += was_told_success(storing, i);
        if (!whole && is_there(storing, folder, instances[i].name))
            fail_msg("%s, %s at call %zu: %s is partial", settings[setting].what, how, n, instances[i].name);
        if (!whole && was_told_success(storing, i))
            fail_msg("%s, %s at call %zu: %s is lost", settings[setting].what, how, n, instances[i].name);
    }
    if (complete != (told == INSTANCES))
        fail_msg("%s, %s at call %zu: %zu instances told, and complete: %d", settings[setting].what, how, n,
                 told, complete);
    if (storing->error.code == CGW_OK && !outcome_is_whole(storing, settings[setting].label))
        fail_msg("%s, %s at call %zu: the outcome is not there", settings[setting].what, how, n);
    if (told < INSTANCES)
        assert_int_equal(storing->error.code, CGW_E_STORE_FAILED);
}

/* Returns whether the call came. */
static bool fail_at(size_t setting, size_t n, int how, const char *name)
{
    struct storing storing;
    prepare(&storing, setting);
    cgw_files_begin(n, how);
    storing_run(&storing, SCRIPT);
    struct cgw_files_report report = cgw_files_end();
    assert_holds(&storing, setting, n, name);
    size_t left = count_temporary(&storing);
    if (left != 0 && strcmp(cgw_files_victim(), "unlinkat") != 0)
        fail_msg("%s, %s at call %zu (%s): %zu files are left", settings[setting].what, name, n,
                 cgw_files_victim(), left);
    storing_end(&storing);
    return report.came;
}

static const struct {
    int how;
    const char *name;
} ways[] = {{ENOSPC, "ENOSPC"},
            {EIO, "EIO"},
            {EDQUOT, "EDQUOT"},
            {EMFILE, "EMFILE"},
            {EINTR, "EINTR"},
            {EINVAL, "EINVAL"},
            {CGW_FILES_SHORT, "a short write"}};

static void a_store_survives_the_failure_of_any_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(settings); i++) {
        for (size_t k = 0; k < COUNT(ways); k++) {
            size_t n = 1;
            while (fail_at(i, n, ways[k].how, ways[k].name))
                assert_true(++n < MAX_CALLS);
            assert_true(n > 20);
        }
    }
}

/* ---- SIGKILL ---- */

static void acknowledge(void *context)
{
    _Atomic size_t *acknowledged = context;
    (*acknowledged)++;
}

/* Returns whether the call came, and the process ended by it. */
static bool kill_at(size_t setting, size_t n)
{
    struct storing storing;
    int status;
    _Atomic size_t *acknowledged =
        mmap(NULL, sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(acknowledged, MAP_FAILED);
    prepare(&storing, setting);
    storing.before_answer = acknowledge; /* from here on the peer may be told */
    storing.context = acknowledged;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cgw_files_begin(n, CGW_FILES_KILL);
        storing_run(&storing, SCRIPT);
        _exit(storing.error.code == CGW_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    assert_true(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    for (size_t i = 0; i < INSTANCES; i++) {
        bool whole = is_whole(&storing, settings[setting].folder, i);
        if (!whole && is_there(&storing, settings[setting].folder, instances[i].name))
            fail_msg("%s, killed at call %zu: %s is partial", settings[setting].what, n, instances[i].name);
        if (!whole && i < *acknowledged)
            fail_msg("%s, killed at call %zu: %s is lost", settings[setting].what, n, instances[i].name);
    }
    if (is_there(&storing, settings[setting].label[0] != '\0' ? "a/" : "", "outcome-request.json"))
        assert_true(outcome_is_whole(&storing, settings[setting].label));
    size_t left = count_temporary(&storing);
    assert_true(left <= 1);
    assert_int_equal(cgw_directory_sweep(storing.options.place.directory), left);
    assert_int_equal(count_temporary(&storing), 0);
    storing_end(&storing);
    (void)munmap(acknowledged, sizeof *acknowledged);
    return killed;
}

static void a_kill_at_any_call_leaves_no_partial_file_and_loses_nothing_acknowledged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(settings); i++) {
        size_t n = 1;
        while (kill_at(i, n))
            assert_true(++n < MAX_CALLS);
        assert_true(n > 20);
    }
}

/* ---- the order of calls: what a power failure would find ---- */

/* Returns whether the call came. The second instance takes three pieces to compare. */
static bool keep_failing_at(size_t n, int how)
{
    struct storing storing;
    prepare(&storing, 0);
    storing_run(&storing, SCRIPT);
    cgw_files_begin(n, how);
    storing_run(&storing, SCRIPT);
    struct cgw_files_report report = cgw_files_end();
    const char *name = cgw_files_victim();
    bool matters = how > 0 && how != EINTR && strcmp(name, "unlinkat") != 0 && strcmp(name, "close") != 0;
    if (report.came && matters && storing.error.code != CGW_E_STORE_FAILED)
        fail_msg("call %zu (%s) failed, and all is well", n, name);
    if (strcmp(name, "pread") == 0)
        assert_int_equal(json_is_true(json_object_get(storing.outcome, "complete")), !matters);
    for (size_t i = 0; i < INSTANCES; i++)
        assert_true(is_whole(&storing, "", i)); /* whatever fails, it is never touched */
    size_t left = count_temporary(&storing);
    if (left != 0 && strcmp(name, "unlinkat") != 0)
        fail_msg("call %zu (%s) failed: %zu files are left", n, name, left);
    if (n == 0) {
        assert_non_null(strstr(report.trace, "openat write openat pread openat pread pread close "
                                             "fsync fsync close close unlinkat"));
        assert_non_null(strstr(report.trace, "openat write write write openat pread openat pread pread pread "
                                             "pread pread pread close fsync fsync close close unlinkat"));
    }
    storing_end(&storing);
    return report.came;
}

/* What cannot be read is not taken for the instance. */
static void a_file_that_is_kept_was_read_to_its_end_and_is_durable_too(void **state)
{
    static const int hows[] = {EIO, EINTR, CGW_FILES_SHORT};
    (void)state;
    (void)keep_failing_at(0, 0);
    for (size_t i = 0; i < COUNT(hows); i++) {
        size_t n = 1;
        while (keep_failing_at(n, hows[i]))
            assert_true(++n < MAX_CALLS);
        assert_true(n > 40);
    }
}

/* ---- somebody else is faster ---- */

struct other_storing {
    const struct storing *storing;
    const char *script; /* NULL: makes a folder */
};

/* Between the look for a file and the rename. */
static void store_first(void *context)
{
    const struct other_storing *other = context;
    struct storing storing = *other->storing;
    cgw_files_before_rename(NULL, NULL);
    if (other->script == NULL) {
        char *path = temp_dir_join(storing.dir, "CT.1.1");
        assert_int_equal(mkdir(path, 0700), 0);
        free(path);
        return;
    }
    storing.outcome = NULL;
    storing_run(&storing, other->script);
    assert_int_equal(storing.error.code, CGW_OK);
    json_decref(storing.outcome);
}

static void a_file_that_appears_meanwhile_is_compared_too(void **state)
{
    static const struct {
        const char *script, *stored;
        enum cgw_code code;
    } rows[] = {
        {"store:ct:1.1:300 final:0000:-:1:0:0", "CT.1.1 kept received", CGW_OK},
        {"store:ct:1.1:302 final:0000:-:1:0:0", "CT.1.1 refused not-kept", CGW_E_STORE_EXISTS},
        {NULL, "- - not-kept", CGW_E_STORE_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct storing storing;
        struct other_storing other = {.storing = &storing, .script = rows[i].script};
        prepare(&storing, 0);
        cgw_files_begin(0, 0);
        cgw_files_before_rename(store_first, &other);
        storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0");
        (void)cgw_files_end();
        storing_assert_stored(&storing, rows[i].stored);
        assert_int_equal(storing.error.code, rows[i].code);
        assert_int_equal(count_temporary(&storing), 0);
        storing_end(&storing);
    }
}

/* ---- files of an earlier retrieve ---- */

/* Returns whether the call came. */
static bool adopt_failing_at(size_t n)
{
    static const char *const paths[] = {"a/unknown/CT.1.1", "a/unknown/CT.1.2", "a/CT.1.1"};
    static const bool are_there[] = {true, true, false};
    struct cgw_store *directory = NULL;
    struct storing storing;
    size_t adopted = 0;
    prepare(&storing, 1);
    storing_run(&storing, SCRIPT);
    assert_int_equal(cgw_store_open(&storing.options, &directory, NULL), CGW_OK);
    cgw_files_begin(n, EMFILE);
    for (size_t i = 0; i < COUNT(paths); i++) {
        bool is_adopted = cgw_store_adopt(directory, i, paths[i]);
        assert_true(!is_adopted || are_there[i]);
        adopted += is_adopted;
    }
    struct cgw_files_report report = cgw_files_end();
    assert_true(adopted == 2 || (report.came && adopted == 1));
    assert_null(strstr(report.trace, "mkdirat"));
    cgw_store_free(directory);
    storing_end(&storing);
    return report.came;
}

static void what_cannot_be_looked_at_is_not_taken_over(void **state)
{
    size_t n = 1;
    (void)state;
    while (adopt_failing_at(n))
        assert_true(++n < MAX_CALLS);
    assert_true(n > 3);
}

static void mark_answer(void *context)
{
    (void)context;
    cgw_files_mark("| answer |");
}

static void assert_trace(bool sync, const char *expected)
{
    struct storing storing;
    prepare(&storing, 1);
    storing.options.layout = CGW_LAYOUT_FLAT;
    storing.options.sync = sync;
    storing.before_answer = mark_answer;
    storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0"); /* opens what is opened once */
    cgw_files_begin(0, 0);
    storing.options.existing = CGW_STORE_REPLACE;
    storing_run(&storing, "store:ct:1.1:300 store:ct:1.2:300 final:0000:-:2:0:0");
    struct cgw_files_report report = cgw_files_end();
    assert_string_equal(report.trace, expected);
    storing_end(&storing);
}

static void files_and_names_are_durable_before_the_peer_is_answered(void **state)
{
    (void)state;
    assert_trace(true, "openat close openat fsync openat "
                       "openat write fsync close renameat fsync | answer | "
                       "openat write fsync close renameat fsync | answer | "
                       "openat write fsync close renameat2 unlinkat "
                       "openat write fsync close renameat2 fsync "
                       "close close close");
    assert_trace(false,
                 "openat close openat openat openat write close renameat | answer | "
                 "openat write close renameat | answer | "
                 "openat write close renameat2 unlinkat openat write close renameat2 close close close");
}

/* It is looked into without being made durable, and then it is stored in. */
static void the_folder_of_an_earlier_retrieve_is_durable_before_the_peer_is_answered(void **state)
{
    static const char *const adopted[] = {"a/CT.1.1"};
    static const struct cgw_prior prior = {"1.1", SETTING_CT_IMAGE, "1.2.840.10008.1.2.1", 300};
    struct storing storing;
    struct setting setting;
    (void)state;
    prepare(&storing, 1);
    storing.options.layout = CGW_LAYOUT_FLAT;
    storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0");
    setting_init(&setting);
    say_script(&setting, "accept store:ct:1.1:300 store:ct:1.2:300 final:0000:-:2:0:0");
    setting.prior = &prior;
    setting.prior_count = 1;
    storing.adopted = adopted;
    storing.before_answer = mark_answer;
    cgw_files_begin(0, 0);
    storing_run_from(&storing, &setting);
    struct cgw_files_report report = cgw_files_end();
    assert_string_equal(report.trace, "openat close openat openat close "
                                      "close openat fsync openat "
                                      "openat write fsync close renameat2 fsync | answer | "
                                      "openat write fsync close renameat2 unlinkat "
                                      "openat write fsync close renameat2 fsync "
                                      "close close close");
    setting_release(&setting);
    storing_end(&storing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_survives_the_failure_of_any_call),
        cmocka_unit_test(a_kill_at_any_call_leaves_no_partial_file_and_loses_nothing_acknowledged),
        cmocka_unit_test(a_file_that_is_kept_was_read_to_its_end_and_is_durable_too),
        cmocka_unit_test(a_file_that_appears_meanwhile_is_compared_too),
        cmocka_unit_test(what_cannot_be_looked_at_is_not_taken_over),
        cmocka_unit_test(files_and_names_are_durable_before_the_peer_is_answered),
        cmocka_unit_test(the_folder_of_an_earlier_retrieve_is_durable_before_the_peer_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
