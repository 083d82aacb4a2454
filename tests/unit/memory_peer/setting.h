/* What a retrieve, or a C-FIND, over a memory peer needs besides the peer's words. */
#ifndef CGW_TESTS_SETTING_H
#define CGW_TESTS_SETTING_H

#include "memory_peer.h"

#include "cgetway/find.h"
#include "cgetway/retrieve.h"

#include <stdint.h>

#define SETTING_CT_IMAGE "1.2.840.10008.5.1.4.1.1.2"
#define SETTING_MR_IMAGE "1.2.840.10008.5.1.4.1.1.4"

struct setting {
    struct cgw_peer peer;
    struct cgw_data_set identifier;
    struct cgw_uid_list classes, syntaxes;
    struct cgw_plan plan;       /* of the first association */
    uint8_t ct, mr;             /* their context ids */
    struct memory_peer memory;  /* behind the first connection */
    uint16_t responds_to;       /* the message id of the C-GET that a script's responses are to */
    struct memory_peer *others; /* behind the next ones, borrowed; then there is no connection to be had */
    size_t other_count, connections;
    struct cgw_watch watch;
    bool digest;
    const struct cgw_prior *prior; /* borrowed */
    size_t prior_count, at_least;
};

/* Study Root, every limit generous but the grace after a cancel (200 ms). Out of memory aborts. */
void setting_init(struct setting *setting);
void setting_release(struct setting *setting);

/* Every context of the plan accepted. */
void setting_accept(struct setting *setting);

enum cgw_code setting_open(struct setting *setting, struct cgw_retrieve **ret_retrieve,
                           struct cgw_error *err);

/* The same for a C-FIND: the plan holds its context only. */
void setting_of_find(struct setting *setting);

enum cgw_code setting_open_find(struct setting *setting, struct cgw_find **ret_find, struct cgw_error *err);

#endif
