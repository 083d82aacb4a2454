/* Whatever the process does, the gateway's side answers in time, and nothing of it is left. */
#include "unit/cmocka_all.h"

#include "coding.h"

#include "cgetway/deadline.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

enum { SHORT_MS = 300, PROMPTLY_MS = 5000, THREADS = 8, ROUNDS = 5, MAX_PROCESSES = 2 };

static struct cgw_codec *open_misbehaving(size_t max_processes, int64_t timeout_ms)
{
    const struct cgw_codec_options options = {
        .program = CGW_MISBEHAVING,
        .max_processes = max_processes,
        .timeout_ms = timeout_ms,
        .max_memory_bytes = (uint64_t)64 << 20,
        .max_result_bytes = 1 << 20,
    };
    struct cgw_codec *codec = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_codec_open(&options, &codec, &err), CGW_OK);
    return codec;
}

static int order_file(const char *word)
{
    int fd = memfd_create("order", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, word, strlen(word)), strlen(word));
    return fd;
}

static struct coded run_watched(struct cgw_codec *codec, const char *word, struct cgw_watch watch)
{
    int fd = order_file(word);
    struct coded coded =
        coding_run_fd(codec, fd, (struct cgw_codec_job){.task = CGW_CODEC_INSTANCE, .watch = watch});
    (void)close(fd);
    return coded;
}

static struct coded run_word(struct cgw_codec *codec, const char *word)
{
    return run_watched(codec, word, (struct cgw_watch){-1, -1});
}

static void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *listing = opendir("/proc/self/fd");
    assert_non_null(listing);
    while (readdir(listing) != NULL)
        count++;
    (void)closedir(listing);
    return count;
}

/* Children of every thread (proc(5): children, which is exact while none of them ends). */
static size_t count_children(void)
{
    size_t count = 0;
    DIR *threads = opendir("/proc/self/task");
    assert_non_null(threads);
    for (struct dirent *entry = readdir(threads); entry != NULL; entry = readdir(threads)) {
        char path[320];
        long id = 0;
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/children", entry->d_name);
        FILE *children = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
        while (children != NULL && fscanf(children, "%ld", &id) == 1)
            count++;
        if (children != NULL)
            (void)fclose(children);
    }
    (void)closedir(threads);
    return count;
}

static void await_children(size_t wanted)
{
    struct cgw_deadline deadline = cgw_deadline_in(PROMPTLY_MS);
    while (count_children() < wanted) {
        assert_false(cgw_deadline_passed(deadline));
        (void)sched_yield();
    }
}

static void test_each_misbehaviour_has_its_code(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum cgw_code code;
        const char *detail; /* a part of it */
    } cases[] = {
        {"loop", CGW_E_CODEC_TIMEOUT, "over"},
        {"complain", CGW_E_CODEC_TIMEOUT, "over"},
        {"write", CGW_E_CODEC_FAILED, "larger"},
        {"allocate", CGW_E_CODEC_FAILED, "memory"},
        {"crash", CGW_E_CODEC_FAILED, HAS_SANITIZER ? "" : "signal 11"},
        {"abort", CGW_E_CODEC_FAILED, "signal 6"},
        {"fail", CGW_E_CODEC_FAILED, "the pixel data cannot be decoded: a line"},
        {"strange", CGW_E_CODEC_FAILED, "the pixel data cannot be decoded"},
        {"nothing", CGW_E_CODEC_FAILED, "nothing"},
    };
    struct cgw_codec *codec = open_misbehaving(1, 1500);
    size_t descriptors = count_descriptors();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (HAS_SANITIZER && strcmp(cases[i].word, "allocate") == 0)
            continue; /* it would: there is no limit then */
        int64_t before_ms = cgw_now_ms();
        struct coded coded = run_word(codec, cases[i].word);
        print_message("%s: %s\n", cases[i].word, coded.err.detail);
        assert_string_equal(cgw_code_name(coded.code), cgw_code_name(cases[i].code));
        assert_non_null(strstr(coded.err.detail, cases[i].detail));
        assert_null(strstr(coded.err.detail, "another"));
        assert_true(cgw_now_ms() - before_ms < PROMPTLY_MS);
        assert_no_children();
        assert_int_equal(count_descriptors(), descriptors);
        coded_release(&coded);
    }
    cgw_codec_free(codec);
}

static void test_nothing_of_the_gateway_is_passed_on(void **state)
{
    (void)state;
    struct cgw_codec *codec = open_misbehaving(1, PROMPTLY_MS);
    struct rlimit core;
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    core.rlim_cur = core.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_CORE, &core), 0);
    int leaky[2]; /* not close-on-exec */
    assert_int_equal(pipe(leaky), 0);
    int fd = order_file("tell"); /* open for writing */
    assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
    struct coded coded = coding_run_fd(codec, fd, (struct cgw_codec_job){.task = CGW_CODEC_INSTANCE});
    assert_coded(&coded);
    coded.bytes[coded.length] = '\0';
    assert_string_equal((const char *)coded.bytes,
                        "descriptors 3, environment empty, core 0, files 16, input read-only");
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 2);
    coded_release(&coded);
    (void)close(fd);
    (void)close(leaky[0]);
    (void)close(leaky[1]);
    cgw_codec_free(codec);
}

static void test_a_gateway_without_standard_descriptors(void **state)
{
    (void)state;
    struct cgw_codec *codec = open_misbehaving(1, PROMPTLY_MS);
    int input = dup(STDIN_FILENO);
    (void)close(STDIN_FILENO);
    struct coded coded = run_word(codec, "tell");
    (void)dup2(input, STDIN_FILENO);
    (void)close(input);
    assert_coded(&coded);
    assert_memory_equal(coded.bytes, "descriptors 3,", 14);
    coded_release(&coded);
    cgw_codec_free(codec);
}

struct leaving {
    struct cgw_codec *codec;
    struct cgw_watch watch;
    const char *word;
    struct coded coded;
    int64_t ended_ms;
};

static void *run_leaving(void *context)
{
    struct leaving *leaving = context;
    leaving->coded = run_watched(leaving->codec, leaving->word, leaving->watch);
    leaving->ended_ms = cgw_now_ms();
    return NULL;
}

/* A word that never ends, once with the client that goes and once with a gateway that stops. */
static void test_who_leaves_ends_it_at_once(void **state)
{
    (void)state;
    for (int is_stop = 0; is_stop < 2; is_stop++) {
        struct cgw_codec *codec = open_misbehaving(1, 60000);
        int client[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
        int stop_fd = eventfd(0, EFD_CLOEXEC);
        struct leaving running = {.codec = codec, .word = "loop", .watch = {client[0], stop_fd}};
        struct leaving waiting = running; /* in the queue behind it */
        pthread_t threads[2];
        assert_int_equal(pthread_create(&threads[0], NULL, run_leaving, &running), 0);
        assert_int_equal(pthread_create(&threads[1], NULL, run_leaving, &waiting), 0);
        await_children(1);
        int64_t left_ms = cgw_now_ms();
        if (is_stop)
            (void)eventfd_write(stop_fd, 1);
        else
            (void)close(client[1]);
        (void)pthread_join(threads[0], NULL);
        (void)pthread_join(threads[1], NULL);
        enum cgw_code expected = is_stop ? CGW_E_CANCELLED : CGW_E_CLIENT_LEFT;
        assert_int_equal(running.coded.code, expected);
        assert_int_equal(waiting.coded.code, expected);
        assert_true(running.ended_ms - left_ms < PROMPTLY_MS && waiting.ended_ms - left_ms < PROMPTLY_MS);
        assert_no_children();
        if (is_stop)
            (void)close(client[1]);
        (void)close(client[0]);
        (void)close(stop_fd);
        cgw_codec_free(codec);
    }
}

static void test_who_waits_too_long_for_its_turn_is_told(void **state)
{
    (void)state;
    struct cgw_codec *codec = open_misbehaving(1, SHORT_MS);
    struct leaving threads_of[3];
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        threads_of[i] = (struct leaving){.codec = codec, .word = "loop", .watch = {-1, -1}};
        assert_int_equal(pthread_create(&threads[i], NULL, run_leaving, &threads_of[i]), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(threads_of[i].coded.code, CGW_E_CODEC_TIMEOUT);
    }
    struct coded coded = run_word(codec, "tell"); /* every place is free again */
    assert_coded(&coded);
    coded_release(&coded);
    assert_no_children();
    cgw_codec_free(codec);
}

struct rounds {
    struct cgw_codec *codec;
    int client_fd;
    bool failed;
};

/* One that loops until its client leaves, then some that end by themselves. */
static void *run_rounds(void *context)
{
    struct rounds *rounds = context;
    struct coded coded = run_watched(rounds->codec, "loop", (struct cgw_watch){rounds->client_fd, -1});
    rounds->failed = coded.code != CGW_E_CLIENT_LEFT;
    for (int round = 0; round < ROUNDS; round++) {
        coded = run_word(rounds->codec, "tell");
        rounds->failed = rounds->failed || coded.code != CGW_OK;
        coded_release(&coded);
    }
    return NULL;
}

static void test_many_threads_share_few_places(void **state)
{
    (void)state;
    struct cgw_codec *codec = open_misbehaving(MAX_PROCESSES, 60000);
    size_t descriptors = count_descriptors();
    int client[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    pthread_t threads[THREADS];
    struct rounds rounds[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        rounds[i] = (struct rounds){.codec = codec, .client_fd = client[0]};
        assert_int_equal(pthread_create(&threads[i], NULL, run_rounds, &rounds[i]), 0);
    }
    await_children(MAX_PROCESSES);
    for (int i = 0; i < 100; i++)
        assert_int_equal(count_children(), MAX_PROCESSES);
    (void)close(client[1]);
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_false(rounds[i].failed);
    }
    (void)close(client[0]);
    assert_no_children();
    assert_int_equal(count_descriptors(), descriptors);
    cgw_codec_free(codec);
}

static void test_a_program_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const programs[] = {"", "cgetway-codec", "/nonexistent", "/tmp", "/etc/passwd"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        struct cgw_codec_options options = {.program = programs[i], .max_processes = 1, .timeout_ms = 1000};
        struct cgw_codec *codec = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        assert_int_equal(cgw_codec_open(&options, &codec, &err), CGW_E_BAD_CONFIGURATION);
        assert_null(codec);
    }
    cgw_codec_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_misbehaviour_has_its_code),
        cmocka_unit_test(test_nothing_of_the_gateway_is_passed_on),
        cmocka_unit_test(test_a_gateway_without_standard_descriptors),
        cmocka_unit_test(test_who_leaves_ends_it_at_once),
        cmocka_unit_test(test_who_waits_too_long_for_its_turn_is_told),
        cmocka_unit_test(test_many_threads_share_few_places),
        cmocka_unit_test(test_a_program_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
