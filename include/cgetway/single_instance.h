/*
 * The sink for one instance: the body is its Part 10 file and nothing else, so it has no place for the
 * outcome. It ends cleanly only when the retrieve ended and the ledger has this one instance as received (and
 * the set is complete, unless the client wants a lenient end). A second instance cuts it, whatever the client
 * wants: who asks for one file must not get one of several by chance.
 */
#ifndef CGETWAY_SINGLE_INSTANCE_H
#define CGETWAY_SINGLE_INSTANCE_H

#include "cgetway/sink.h"

/* NULL: out of memory. */
struct cgw_sink *cgw_single_instance_new(const struct cgw_sink_options *options);

#endif
