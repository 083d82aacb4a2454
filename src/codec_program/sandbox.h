#ifndef CGW_CODEC_PROGRAM_SANDBOX_H
#define CGW_CODEC_PROGRAM_SANDBOX_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From now on the process can compute, take memory, read and write the descriptors that it has, and end: any
 * other system call ends it (SIGSYS). Nothing can be opened, mapped to be executed, or started. False: the
 * kernel cannot do that. Does nothing where a sanitizer is built in, which needs more. */
bool sandbox_close(void);

#ifdef __cplusplus
}
#endif
#endif
