/* What can be done in the sandbox, and what ends the process that tries it. */
#include "unit/cmocka_all.h"

#include "codec_program/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLOSED = 7, NOT_CLOSED = 8 };

/* How a process ends that does this in the sandbox; 0: it could. */
static int signal_of(void (*action)(void))
{
    pid_t id = fork();
    assert_true(id >= 0);
    if (id == 0) {
        if (!sandbox_close())
            _exit(NOT_CLOSED);
        action();
        _exit(CLOSED);
    }
    int status = 0;
    assert_int_equal(waitpid(id, &status, 0), id);
    if (WIFSIGNALED(status))
        return WTERMSIG(status);
    assert_int_equal(WEXITSTATUS(status), CLOSED);
    return 0;
}

static void open_file(void)
{
    (void)open("/dev/null", O_RDONLY);
}

static void make_socket(void)
{
    (void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void execute(void)
{
    char *const none[] = {NULL};
    (void)execve("/bin/true", none, none);
}

static void start_process(void)
{
    (void)fork();
}

static void kill_other(void)
{
    (void)kill(getppid(), 0);
}

static void trace(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void map_code(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

#ifdef __x86_64__
/* The other architecture's numbers mean other calls. */
static void call_as_32_bit(void)
{
    long result = 20; /* getpid there */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
}
#endif

static void work(void)
{
    char byte = 0;
    void *memory = malloc(1 << 24);
    ((volatile char *)memory)[1 << 20] = 1;
    free(memory);
    (void)!pread(STDIN_FILENO, &byte, 1, 0);
    (void)!write(STDOUT_FILENO, "", 0);
}

static void test_only_work_is_possible(void **state)
{
    (void)state;
    static void (*const actions[])(void) = {
        open_file,      make_socket, execute, start_process, kill_other, trace, map_code, make_code,
#ifdef __x86_64__
        call_as_32_bit,
#endif
    };
    assert_int_equal(signal_of(work), 0);
    if (signal_of(open_file) == 0)
        skip(); /* a sanitizer is built in */
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        print_message("%zu\n", i);
        assert_int_equal(signal_of(actions[i]), SIGSYS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_work_is_possible)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
