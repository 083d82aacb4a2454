/*
 * Signals as something to be read from a descriptor, so that none arrives in the middle of something.
 *
 * Thread: the main one.
 */
#ifndef CGETWAY_SIGNALS_H
#define CGETWAY_SIGNALS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Blocks the signals that the gateway knows, for this thread and those that it will start; call it before any
 * is. SIGPIPE and SIGXFSZ are blocked and never read: writes fail with EPIPE and EFBIG. Returns a descriptor
 * that is readable when there is a signal, closed by the caller; -1: errno. */
int cgw_signals_open(void);

/* SIGTERM, SIGINT: the number. 0: none now. SIGHUP has nothing to do here, must not end a server whose
 * terminal was closed, and is logged. */
int cgw_signals_read(int fd);

/* Until there is SIGTERM or SIGINT. */
void cgw_signals_wait(int fd);

#ifdef __cplusplus
}
#endif
#endif
