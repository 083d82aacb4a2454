/*
 * A flight: one retrieve of one unit into the cache, in a thread of its own, and an express beside it where
 * somebody waits for an instance that it has not brought yet. Readings listen to it: they are woken whenever
 * it has brought an instance, and when it is over; what it brought they find in the index.
 *
 * It lives, and is in the cache's list, as long as somebody has it: its threads and its listeners. There are
 * never two of one unit that are not over. Nobody listens any more: it goes on for a while, and is then
 * ended with C-CANCEL. What it brought stays.
 *
 * end_fd is a timer, and the stop_fd of all its associations: it goes off when the flight is to end.
 */
#ifndef CGW_CACHE_FLIGHT_H
#define CGW_CACHE_FLIGHT_H

#include "cache_internal.h"

#include "cgetway/error.h"
#include "cgetway/uid_set.h"

/* A reading; its own memory, in the list of the flight that it joined. */
struct listener {
    struct listener *next;
    int wake_fd; /* eventfd, borrowed: readable whenever there is something new */
};

/* WAITING: to be asked for. UNDER_WAY. ABSENT: the peer does not have it. FAILED: who can tell? */
enum wish_state { WISH_WAITING, WISH_UNDER_WAY, WISH_ABSENT, WISH_FAILED };

/* An instance that a reading waits for. */
struct wish {
    char series[CGW_UID_BYTES], instance[CGW_UID_BYTES];
    enum wish_state state;
};

/* Where more are waited for than are asked for at once, they wait for the flight. */
enum { FLIGHT_MAX_WISHES = 64 };

struct flight {
    struct flight *next;
    struct cgw_cache *cache;
    struct unit unit;
    int64_t unit_id;  /* pinned */
    int end_fd;       /* timerfd */
    int64_t began_ms; /* cgw_now_ms */

    /* Under the cache's mutex. */
    size_t holders; /* listeners and threads */
    struct listener *listeners;
    bool is_admitted, is_over;
    bool is_full;           /* over, as nothing more can be kept */
    bool is_void;           /* over, as nobody listened, or files were lost meanwhile: it is to begin again */
    struct cgw_error error; /* over: code CGW_OK: the unit is complete */
    struct cgw_uid_set brought; /* instances of the unit that it has put into the index */
    bool has_express;
    struct wish wishes[FLIGHT_MAX_WISHES];
    size_t wish_count;
};

/* Under mutex: the flight of the unit, or the one of its series where it is one instance. NULL: there is
 * none. */
struct flight *flight_find(const struct cgw_cache *cache, const struct unit *unit);

/* Under mutex: begins one. unit_id is pinned once more for it. CGW_E_OUT_OF_MEMORY, CGW_E_OUT_OF_DESCRIPTORS,
 * CGW_E_CANCELLED (the cache stops), CGW_E_TOO_MANY_RETRIEVES (as many wait already as may). */
enum cgw_code flight_begin(struct cgw_cache *cache, const struct unit *unit, struct flight **ret_flight,
                           struct cgw_error *err);

void flight_join(struct flight *flight, struct listener *listener);  /* under mutex */
void flight_leave(struct flight *flight, struct listener *listener); /* under mutex; may free it */

/* Under mutex: whoever reads what it has brought already wants more of it soon. */
void flight_touch(struct flight *flight);

/* Under mutex: it is to end now, and its express too; in a while. */
void flight_end(struct flight *flight);
void flight_end_soon(struct flight *flight);

/* Under mutex: an instance is asked for on an association of its own. False: not now. */
bool flight_wish(struct flight *flight, const char *series, const char *instance);
/* Under mutex: what became of that; WISH_WAITING where it was not asked for. */
enum wish_state flight_wish_state(struct flight *flight, const char *instance);

/* ---- for its threads ---- */

struct cgw_trace flight_trace(struct flight *flight);
bool flight_has_brought(struct flight *flight, const char *instance);  /* locks */
void flight_note_brought(struct flight *flight, const char *instance); /* locks, wakes */
void flight_wake(struct flight *flight);                               /* under mutex */
void flight_release(struct flight *flight);                            /* under mutex: a holder less */
void flight_run(void *flight);                                         /* flight_run.c */
void express_run(void *flight);                                        /* express.c */

#endif
