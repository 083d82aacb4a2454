/* One job with its result in memory. */
#ifndef CGW_TESTS_CODEC_CODING_H
#define CGW_TESTS_CODEC_CODING_H

#include "cgetway/codec.h"

enum { CODING_TIMEOUT_MS = 20000 };

/* cgetway-codec with limits that nothing here passes. */
struct cgw_codec *coding_open(void);

struct coded {
    enum cgw_code code;
    struct cgw_error err;
    uint8_t *bytes; /* NULL on failure */
    size_t length;
};

/* job's fd and watch are set here: the file of the path, nobody. coded_release frees the result. */
struct coded coding_run(struct cgw_codec *codec, const char *path, struct cgw_codec_job job);
struct coded coding_run_fd(struct cgw_codec *codec, int fd, struct cgw_codec_job job);
void coded_release(struct coded *coded);

void assert_coded(const struct coded *coded);

#endif
