/* Who wants to follow a conversation with a peer step by step: its states, what was negotiated, each message.
 */
#ifndef CGETWAY_TRACE_H
#define CGETWAY_TRACE_H

/* Zeroed: nobody. detail may hold UIDs. */
struct cgw_trace {
    void (*say)(void *context, const char *what, const char *detail);
    void *context;
};

#endif
