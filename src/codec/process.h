/* One process of the codec program: started with next to nothing, waited for, and always reaped. */
#ifndef CGW_CODEC_PROCESS_H
#define CGW_CODEC_PROCESS_H

#include "cgetway/channel.h"

#include <stdint.h>

struct codec_process_options {
    const char *program;     /* absolute */
    const char *const *argv; /* NULL-terminated */
    int input_fd;            /* becomes standard input: nothing that is done to it may matter to us */
    int output_fd;           /* becomes standard output */
    uint64_t max_memory_bytes;
    uint64_t max_cpu_s;
    uint64_t max_file_bytes; /* that it can write into one file */
};

enum { CODEC_MESSAGE_BYTES = 160 };

struct codec_end {
    bool exited;                       /* by itself; otherwise by a signal */
    int status;                        /* exit status, or the signal */
    char message[CODEC_MESSAGE_BYTES]; /* what it wrote to standard error, printable, or "" */
};

/* Runs it to its end. *ret_end is set on success only. The process is gone and reaped whatever is returned:
 * CGW_E_CODEC_TIMEOUT (the deadline passed and it was killed), CGW_E_CLIENT_LEFT, CGW_E_CANCELLED (killed as
 * well), CGW_E_OUT_OF_DESCRIPTORS, CGW_E_OUT_OF_MEMORY, CGW_E_INTERNAL. */
enum cgw_code codec_process_run(const struct codec_process_options *options, struct cgw_watch watch,
                                struct cgw_deadline deadline, struct codec_end *ret_end,
                                struct cgw_error *err);

#endif
