/*
 * A configuration while it is read: the sources set values one after the other, each by the path of its key
 * ("listen.port", "dimse-timeout", "override-maximum.dimse-timeout", "peers.main.host"), a later one over an
 * earlier one. Faults are collected; nothing stops at the first.
 */
#ifndef CGW_CONFIG_LOADING_H
#define CGW_CONFIG_LOADING_H

#include "reason.h"
#include "table.h"

struct cgw_loading_peer {
    struct cgw_peer peer;
    bool own[CGW_KEYS_MAX]; /* by cgw_key_index: set for this peer, so the top level does not count */
};

struct cgw_loading {
    struct cgw_config *config;
    struct cgw_loading_peer *peers; /* owned */
    size_t peer_count;
    struct cgw_config_faults *faults;
    bool out_of_memory; /* something was left out: the result is of no use */
};

#define CGW_PATH_PEERS "peers."
#define CGW_PATH_OVERRIDE_MAXIMUM "override-maximum."

/* Sets the built-in defaults; config and faults are borrowed. */
void cgw_loading_start(struct cgw_loading *loading, struct cgw_config *config,
                       struct cgw_config_faults *faults);
void cgw_loading_release(struct cgw_loading *loading);

void cgw_loading_fault(struct cgw_loading *loading, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Borrowed until the next peer is made. */
struct cgw_loading_peer *cgw_loading_find_peer(struct cgw_loading *loading, const char *name);

/* Finds or makes the peer; NULL: a fault was added. */
struct cgw_loading_peer *cgw_loading_make_peer(struct cgw_loading *loading, const char *place,
                                               const char *name);

/* Where a value of this path goes. */
struct cgw_target {
    const struct cgw_key *key;
    void *base;
    bool *own; /* NULL: not a peer's */
};

/* False: a fault was added. Makes the peer that the path names. */
bool cgw_loading_find(struct cgw_loading *loading, const char *place, const char *path,
                      struct cgw_target *ret);

void cgw_loading_set(struct cgw_loading *loading, const char *place, const char *path, const char *text);
void cgw_loading_set_json(struct cgw_loading *loading, const char *place, const char *path,
                          const json_t *value);

/* The nearest path that exists, for "did you mean"; NULL: none. Written to buffer. */
const char *cgw_loading_nearest(const char *path, char *buffer, size_t size);

/* Hands the top level down to the peers, sorts them and moves them into the configuration. */
void cgw_loading_finish(struct cgw_loading *loading);

#endif
