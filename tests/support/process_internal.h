/* Shared by process.c and process_wait.c. */
#ifndef CGETWAY_TESTS_PROCESS_INTERNAL_H
#define CGETWAY_TESTS_PROCESS_INTERNAL_H

#include "support/process.h"

struct process {
    pid_t id;
    int pidfd;     /* readable when it has ended; -1 on kernels without */
    char *program; /* owned */
    bool reaped;   /* then exit is filled */
    struct process_exit exit;
};

#endif
