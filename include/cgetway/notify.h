/*
 * Tells systemd (or whatever else speaks its protocol, sd_notify(3)) how the service is: a datagram with
 * lines NAME=value to the socket that the variable NOTIFY_SOCKET names. Without that variable nothing is
 * sent.
 */
#ifndef CGETWAY_NOTIFY_H
#define CGETWAY_NOTIFY_H

#ifdef __cplusplus
extern "C" {
#endif

/* A connected socket, closed by the caller, or -1: nobody wants to be told, or the socket is not there. Takes
 * the variable out of the environment, so that no child speaks in our name: call it before any thread. */
int cgw_notify_open(void);

/* Sends the lines, separated by "\n". -1 is taken and ignored. Never waits, and never fails: a manager that
 * does not read must not stop the service. */
void cgw_notify_send(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
#endif
