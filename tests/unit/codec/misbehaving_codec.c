/* Stands in for cgetway-codec and does what the first word of its standard input says: what a codec might do
 * that somebody has taken over. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void *volatile nowhere;

static void loop(void)
{
    for (volatile unsigned i = 0;; i++) {
    }
}

static void allocate(void)
{
    for (;;) {
        char *block = malloc(1 << 20);
        if (block == NULL)
            _exit(71);
        memset(block, 1, 1 << 20);
    }
}

static void write_for_ever(void)
{
    static char block[1 << 16];
    while (write(STDOUT_FILENO, block, sizeof block) > 0) {
    }
    _exit(errno == EFBIG ? 72 : 1);
}

static void complain_for_ever(void)
{
    static char block[4096];
    memset(block, '\1', sizeof block);
    for (;;)
        (void)!write(STDERR_FILENO, block, sizeof block);
}

/* One line: what of the gateway's is seen from here. */
static void tell(void)
{
    int descriptors = 0;
    for (int fd = 0; fd < 4096; fd++)
        descriptors += fcntl(fd, F_GETFD) >= 0;
    struct rlimit core, files;
    (void)getrlimit(RLIMIT_CORE, &core);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    (void)printf("descriptors %d, environment %s, core %d, files %d, input %s", descriptors,
                 environ[0] == NULL ? "empty" : "full", (int)core.rlim_cur, (int)files.rlim_cur,
                 (fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY ? "read-only" : "writable");
    (void)fflush(stdout);
    (void)lseek(STDIN_FILENO, 1234, SEEK_SET);
}

int main(void)
{
    char word[32] = "";
    (void)!pread(STDIN_FILENO, word, sizeof word - 1, 0);
    if (strcmp(word, "loop") == 0)
        loop();
    if (strcmp(word, "allocate") == 0)
        allocate();
    if (strcmp(word, "write") == 0)
        write_for_ever();
    if (strcmp(word, "complain") == 0)
        complain_for_ever();
    if (strcmp(word, "crash") == 0)
        *(volatile int *)nowhere = 1;
    if (strcmp(word, "abort") == 0)
        abort();
    if (strcmp(word, "fail") == 0) {
        (void)fputs("a line\nand \x1b[31manother", stderr);
        return 70;
    }
    if (strcmp(word, "strange") == 0)
        return 3;
    if (strcmp(word, "tell") == 0)
        tell();
    return 0;
}
