/*
 * Sinks: a retrieve as the bytes of an answer's body. What the body looks like is the matter of the format
 * that makes the sink (multipart.h, zip.h, single_instance.h); whoever reads one need not know which it is.
 *
 * Bytes come from the peer only when the reader asks, and are never held back while the peer is silent. The
 * body ends cleanly only for a complete set, or for a client that wants a lenient end. Every other body is
 * cut after the outcome was written, so that nobody can take it for whole. When memory is out, it is cut at
 * once.
 *
 * Thread: the owner of the retrieve.
 */
#ifndef CGETWAY_SINK_H
#define CGETWAY_SINK_H

#include "cgetway/error.h"
#include "cgetway/retrieve.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct cgw_sink; /* opaque */

/* What every format needs to make a sink. */
struct cgw_sink_options {
    struct cgw_retrieve *retrieve; /* borrowed until free */
    const struct cgw_event
        *first;             /* INSTANCE, which the caller took from the retrieve already; borrowed by new */
    const char *source_aet; /* see part10.h; borrowed until free */
    bool lenient_end;
};

enum { CGW_SINK_END = 0, CGW_SINK_CUT = -1 };

/* The next bytes: waits for the peer only while it has none to give. CGW_SINK_END: the body is whole.
 * CGW_SINK_CUT: the body must end here, visibly broken. capacity > 0. */
ssize_t cgw_sink_read(struct cgw_sink *sink, char *bytes, size_t capacity);

/* Of the body, as an HTTP field's value. Borrowed from the sink. */
const char *cgw_sink_content_type(const struct cgw_sink *sink);

/* Why the body is cut where the retrieve is not to blame; code CGW_OK: it has nothing to say. Borrowed. */
const struct cgw_error *cgw_sink_error(const struct cgw_sink *sink);

void cgw_sink_free(struct cgw_sink *sink); /* takes NULL; not the retrieve */

#endif
