/*
 * Lets the n-th allocation of the loader and of jansson, and every one after it, fail, for every n until the
 * load gets through. The linker sends the calls here (CMakeLists.txt: --wrap).
 */
#include "loaded.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long allocations_left = -1; /* -1: all get through */
static bool one_failed;

static bool may_allocate(void)
{
    if (allocations_left > 0)
        allocations_left--;
    else if (allocations_left == 0)
        one_failed = true;
    return allocations_left != 0 || !one_failed;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
int __real_vasprintf(char **ret, const char *format, va_list args);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_vasprintf(char **ret, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return may_allocate() ? __real_realloc(memory, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return may_allocate() ? __real_strdup(text) : NULL;
}

int __wrap_vasprintf(char **ret, const char *format, va_list args)
{
    return may_allocate() ? __real_vasprintf(ret, format, args) : -1;
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = __wrap_vasprintf(ret, format, args);
    va_end(args);
    return length;
}

static char directory[] = "/tmp/cgw-alloc-XXXXXX";

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void fail_every_allocation(const char *const *arguments, const char *const *environment,
                                  enum cgw_code expected)
{
    enum { TOO_MANY = 5000 };
    long n = 0;

    for (bool through = false; !through; n++) {
        allocations_left = n;
        one_failed = false;
        struct loaded loaded = load(arguments, environment);
        through = !one_failed;
        allocations_left = -1;
        one_failed = false;
        if (loaded.code != (through ? expected : CGW_E_OUT_OF_MEMORY))
            fail_msg("allocation %ld: %s: %s", n, cgw_code_name(loaded.code), loaded.err.detail);
        if (!through)
            assert_true(loaded.config.peers == NULL && loaded.config.peer_count == 0);
        loaded_release(&loaded);
        assert_true(n < TOO_MANY);
    }
    assert_true(n > 50); /* the hooks are in place */
}

static void a_good_configuration_is_out_of_memory_or_whole(void **state)
{
    (void)state;
    fail_every_allocation(
        ARGUMENTS("--config", CGW_TEST_DATA "/../docs/examples/cgetway.json", "--peer=x=h:1,model=study",
                  "--set", "peers.y.host=h", "--set=peers.y.port=3"),
        ARGUMENTS("CGETWAY_PEERS__Z__HOST=h", "CGETWAY_PEERS__Z__PORT=3", "CGETWAY_CALLED_AET_FILE=aet"),
        CGW_OK);
}

static void the_faults_of_a_bad_configuration_are_out_of_memory_or_all_there(void **state)
{
    (void)state;
    write_file("bad.json",
               "{\"listen\": {\"prot\": 1}, \"x.y\": 1, \"max-keys\": \"1\", \"peers\": {\"a b\": {}, "
               "\"c\": {\"port\": 0}, \"d\": 1}}");
    fail_every_allocation(
        ARGUMENTS("--config=bad.json", "--nonsense", "--peer=x=h:1,model=s", "--set", "a=b"),
        ARGUMENTS("CGETWAY_MAX_BODYY=1", "CGETWAY_CALLED_AET_FILE=not-there"), CGW_E_BAD_CONFIGURATION);
}

static void printing_gives_everything_or_nothing(void **state)
{
    long n = 0;

    (void)state;
    struct loaded loaded = load(ARGUMENTS("--peer=a=h:1", "--allow-overrides=model,max-pdu"), NOTHING);
    json_t *whole = cgw_config_to_json(&loaded.config);
    for (bool through = false; !through; n++) {
        allocations_left = n;
        one_failed = false;
        json_t *printed = cgw_config_to_json(&loaded.config);
        through = !one_failed;
        allocations_left = -1;
        one_failed = false;
        assert_true(through ? json_equal(printed, whole) : printed == NULL);
        json_decref(printed);
    }
    assert_true(n > 50);
    json_decref(whole);
    loaded_release(&loaded);
}

static int enter_directory(void **state)
{
    (void)state;
    json_set_alloc_funcs(__wrap_malloc, free); /* jansson is a shared library, which --wrap does not reach */
    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        return -1;
    write_file("aet", "AET\n");
    return 0;
}

static int leave_directory(void **state)
{
    (void)state;
    (void)unlink("aet");
    (void)unlink("bad.json");
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_configuration_is_out_of_memory_or_whole),
        cmocka_unit_test(the_faults_of_a_bad_configuration_are_out_of_memory_or_all_there),
        cmocka_unit_test(printing_gives_everything_or_nothing),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
