/*
 * What a retrieve brings, into the cache: each instance into its file, and then, with what is kept besides,
 * into the index. Only then the peer gets Success for it.
 *
 * A file takes the place of one that has its name (CGW_STORE_REPLACE): what the peer sends now is what it
 * has, and one that is kept instead would leave the unit incomplete for ever where the peer has changed the
 * instance. An instance of another series or study, from a peer that ignores keys, goes into the unit of
 * that: it is whole, and may be asked for; in this one it counts for nothing.
 *
 * Thread: the owner of the retrieve.
 */
#ifndef CGW_CACHE_INTAKE_H
#define CGW_CACHE_INTAKE_H

#include "cache_internal.h"
#include "description.h"
#include "room.h"

#include "cgetway/retrieve.h"
#include "cgetway/store.h"

struct intake {
    struct cgw_cache *cache;
    const struct unit *unit; /* borrowed */
    int64_t unit_id;
    struct cgw_store *directory;
    struct room room;
    struct description description;
    uint64_t growing;       /* bytes of the instance that comes */
    bool passes_over;       /* it is here already */
    size_t kept;            /* instances of the unit */
    size_t strange;         /* of others */
    size_t not_stored;      /* of any, whatever the reason */
    struct cgw_error error; /* why nothing more can be kept */
};

/* Failures: those of cgw_store_open. */
enum cgw_code intake_open(struct cgw_cache *cache, const struct unit *unit, int64_t unit_id,
                          struct intake *ret_intake, struct cgw_error *err);
void intake_close(struct intake *intake); /* also of zeroed memory */

/* Takes an event; is_here: the instance of an INSTANCE event is, and is passed over. True: by this END event
 * an instance of the unit is in the index. Once intake->error is set the retrieve should be stopped. */
bool intake_take(struct intake *intake, struct cgw_retrieve *retrieve, const struct cgw_event *event,
                 bool is_here);

#endif
