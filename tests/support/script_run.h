/*
 * The inside of a scripted peer: one struct connection a thread. Steps (the words of the script) work on it
 * through the input and output functions below; what a test may look at is written under the peer's lock.
 */
#ifndef CGETWAY_TESTS_SCRIPT_RUN_H
#define CGETWAY_TESTS_SCRIPT_RUN_H

#include "cgetway/buffer.h"
#include "cgetway/deadline.h"
#include "support/pdu.h"
#include "support/script.h"
#include "support/scripted_peer.h"

#include <pthread.h>

enum {
    EXPECT_TIMEOUT_MS = 10000,
    SEND_TIMEOUT_MS = 60000,
    WAIT_TIMEOUT_MS = 60000,
    DEFAULT_MAX_PDU = 131072,
    MAX_PDU_RECEIVED = 64 << 20,
};

enum step {
    STEP_OK,
    STEP_FAILED,  /* the failure is recorded */
    STEP_CLOSED,  /* the other side closed or aborted: a failure unless may_close */
    STEP_TIMEOUT, /* only from the input functions: the step makes a failure of it */
    STEP_END,     /* the script of this connection is over: cut, or the peer is being stopped */
};

struct received_request {
    struct scripted_request request;
    struct received_request *next; /* the one before it */
};

struct connection {
    struct scripted_peer *peer;
    size_t index;
    size_t first_line;
    int fd; /* -1 when cut; non-blocking */
    pthread_t thread;

    /* Owned by the connection's thread. */
    const struct script_line *line;
    size_t *loops_left; /* for each line of the script: 0 not entered */
    uint8_t ae_titles[64];
    struct cgw_buffer pdu; /* the body of the P-DATA-TF that is being read */
    size_t pdu_at;
    struct cgw_buffer corked; /* PDVs between begin-pdu and end-pdu */
    bool is_corked;
    uint64_t drip_bytes; /* for the next send; 0: all at once */
    int64_t drip_every_ms;
    int64_t expect_timeout_ms;
    int64_t send_timeout_ms;
    bool may_close;
    uint32_t max_pdu; /* that we announced: longer ones are a failure; 0: any */
    uint8_t store_context;
    uint16_t store_message_id;
    uint64_t data_offset;
    uint8_t get_context;
    struct command last_request;

    /* Under the peer's lock. */
    struct scripted_associate_rq *associate_rq;
    struct received_request *requests;
    size_t store_responses;
    uint16_t last_store_status;
    uint64_t bytes_sent;
    int64_t *done_ns; /* for each line of the script */
    bool is_done;
};

struct name_list {
    char **names;
    size_t count;
};

struct scripted_peer {
    struct script script;
    int listener;
    int stop_event; /* eventfd: readable once the peer is being stopped */
    uint16_t port;
    pthread_t acceptor;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    bool trace;
    char *failure;
    struct connection **connections;
    size_t connection_count;
    struct name_list gone; /* go */
    struct name_list signalled;
};

/* Thread function: runs the script from connection->first_line on. */
void *connection_run(void *argument);
void connection_free(struct connection *connection);

/* Steps. */
enum step step_send(struct connection *connection);
enum step step_send_data(struct connection *connection, const char *what);
enum step step_expect(struct connection *connection);

/* Records the first failure of the peer, with connection and line. Returns STEP_FAILED. */
enum step connection_fail(struct connection *connection, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Output; honours drip. */
enum step connection_send(struct connection *connection, const void *bytes, size_t length);
/* One PDV, in a PDU of its own or into the corked one. declared: the length in the PDV's head. */
enum step connection_send_pdv(struct connection *connection, unsigned context, unsigned header,
                              const uint8_t *bytes, size_t length, uint32_t declared);
enum step connection_send_command(struct connection *connection, unsigned context,
                                  const struct cgw_buffer *command);
/* Bytes of a fragment that the other side takes in a PDU of one PDV. */
size_t connection_fragment_bytes(const struct connection *connection);
bool context_is_explicit(const struct connection *connection, unsigned context);

/* Input. */
enum step connection_poll(struct connection *connection, short events, struct cgw_deadline deadline);
/* A PDU; body cleared before. */
enum step connection_read_pdu(struct connection *connection, struct cgw_deadline deadline, uint8_t *ret_type,
                              struct cgw_buffer *body);
/* Reads and drops until the other side closes: STEP_CLOSED. */
enum step connection_drain(struct connection *connection, struct cgw_deadline deadline, bool *ret_reset);

bool name_list_add(struct name_list *list, const char *name);
bool name_list_has(const struct name_list *list, const char *name);
void name_list_release(struct name_list *list);

#endif
