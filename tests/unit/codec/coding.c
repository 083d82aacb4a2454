#include "coding.h"

#include "unit/cmocka_all.h"

#include "support/temp_dir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct cgw_codec *coding_open(void)
{
    const struct cgw_codec_options options = {
        .program = CGW_CODEC,
        .max_processes = 2,
        .timeout_ms = CODING_TIMEOUT_MS,
        .max_memory_bytes = (uint64_t)1 << 30,
        .max_result_bytes = (uint64_t)1 << 28,
    };
    struct cgw_codec *codec = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_codec_open(&options, &codec, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    return codec;
}

static void read_all(int fd, struct coded *coded, uint64_t length)
{
    coded->length = (size_t)length;
    coded->bytes = malloc(coded->length + 1);
    assert_non_null(coded->bytes);
    assert_int_equal(read(fd, coded->bytes, coded->length + 1), coded->length);
}

struct coded coding_run_fd(struct cgw_codec *codec, int fd, struct cgw_codec_job job)
{
    struct coded coded = {.err = CGW_ERROR_INIT};
    int result_fd = -1;
    uint64_t length = 0;
    job.fd = fd;
    if (job.watch.client_fd == 0)
        job.watch = (struct cgw_watch){-1, -1};
    coded.code = cgw_codec_run(codec, &job, &result_fd, &length, &coded.err);
    if (coded.code == CGW_OK)
        read_all(result_fd, &coded, length);
    cgw_codec_close(result_fd, length);
    assert_int_equal(coded.code, coded.err.code);
    return coded;
}

struct coded coding_run(struct cgw_codec *codec, const char *path, struct cgw_codec_job job)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct coded coded = coding_run_fd(codec, fd, job);
    (void)close(fd);
    return coded;
}

void coded_release(struct coded *coded)
{
    free(coded->bytes);
    coded->bytes = NULL;
}

void assert_coded(const struct coded *coded)
{
    if (coded->code != CGW_OK)
        fail_msg("%s: %s", cgw_code_name(coded->code), coded->err.detail);
}
