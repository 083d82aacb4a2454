/*
 * What a peer says in a C-GET, as bytes: PDUs (PS3.8 9.3) appended to a buffer. Nothing here is checked, so
 * that a test can say the wrong thing. Out of memory aborts.
 */
#ifndef CGW_TESTS_WORDS_H
#define CGW_TESTS_WORDS_H

#include "cgetway/associate.h"
#include "cgetway/buffer.h"
#include "cgetway/dimse.h"

#include <stddef.h>
#include <stdint.h>

enum { PDV_DATA = 0, PDV_COMMAND = 1, PDV_LAST = 2 };

void say_bytes(struct cgw_buffer *words, const void *bytes, size_t length);
void say_pdu(struct cgw_buffer *words, uint8_t type, const void *body, size_t length);

/* A P-DATA-TF with one PDV. */
void say_pdv(struct cgw_buffer *words, uint8_t context_id, int header, const void *bytes, size_t length);

/* What the acceptor does with one context. */
struct said_context {
    uint8_t id, result;
    const char *transfer_syntax;
};

/* An A-ASSOCIATE-AC with these items; max_pdu as the peer's. */
void say_accept(struct cgw_buffer *words, const struct said_context *contexts, size_t count,
                uint32_t max_pdu);

/* Every context with the first transfer syntax that was offered. */
void say_accept_all(struct cgw_buffer *words, const struct cgw_context *contexts, size_t count);

void say_command(struct cgw_buffer *words, uint8_t context_id, const struct cgw_command *command);

/* A C-STORE request and its data set, one PDV each. */
void say_store(struct cgw_buffer *words, uint8_t context_id, uint16_t message_id, const char *sop_class,
               const char *sop_instance, const void *data_set, size_t length);
/* Its command only. */
void say_store_command(struct cgw_buffer *words, uint8_t context_id, uint16_t message_id,
                       const char *sop_class, const char *sop_instance);

/* A C-GET response on context 1; a negative count is left out. */
struct said_counts {
    int remaining, completed, failed, warning;
};
void say_response(struct cgw_buffer *words, uint16_t status, struct said_counts counts);
/* The same with a data set to follow. */
void say_response_with_data_set(struct cgw_buffer *words, uint16_t status, struct said_counts counts,
                                const void *data_set, size_t length);
/* Either (data_set: NULL for none), to another C-GET than the first, which has message id 1. */
void say_response_to(struct cgw_buffer *words, uint16_t message_id, uint16_t status,
                     struct said_counts counts, const void *data_set, size_t length);

/* A C-FIND response on context 1; with a data set to follow, and that, where data_set is not NULL. */
void say_find_response(struct cgw_buffer *words, uint16_t message_id, uint16_t status, const void *data_set,
                       size_t length);

#endif
