/* Bodies of sinks over a memory peer, for any of the formats. Fails the test where something cannot be had.
 */
#ifndef CGW_TESTS_BODY_H
#define CGW_TESTS_BODY_H

#include "unit/memory_peer/setting.h"

#include "cgetway/sink.h"

typedef struct cgw_sink *make_sink(const struct cgw_sink_options *options);

/* A retrieve over what the setting's peer says, and a sink at its first instance. */
struct opened {
    struct cgw_retrieve *retrieve;
    struct cgw_sink *sink;
};
void body_open(struct setting *setting, make_sink *make, bool lenient, struct opened *ret_opened);
void body_close(struct opened *opened);

struct reading {
    make_sink *make;
    const char *script; /* behind `accept` */
    bool lenient;
    size_t capacity;     /* of each read; 0: one that changes from read to read */
    size_t most_at_once; /* bytes that a receive gives; 0: what fits */
};

struct body {
    struct cgw_buffer bytes;
    ssize_t end; /* CGW_SINK_END or CGW_SINK_CUT */
    char content_type[256];
    enum cgw_code sink_code;   /* of the sink's own error */
    struct cgw_buffer outcome; /* as the writer alone writes it */
};

/* Reads it whole. */
void body_read(const struct reading *reading, struct body *ret_body);
void body_release(struct body *body);

/* Reads it with reads of every size up to its length, and with peers that give a few bytes at a time: always
 * the same bytes, but for text that is random (`blank` takes it out; NULL: there is none). */
void body_is_the_same_for_every_capacity(make_sink *make, const char *script,
                                         void (*blank)(struct body *body));

#endif
