/* What a retrieve over a memory peer needs besides the peer's words. */
#ifndef CGW_TESTS_SETTING_H
#define CGW_TESTS_SETTING_H

#include "memory_peer.h"

#include "cgetway/retrieve.h"

#include <stdint.h>

#define SETTING_CT_IMAGE "1.2.840.10008.5.1.4.1.1.2"
#define SETTING_MR_IMAGE "1.2.840.10008.5.1.4.1.1.4"

struct setting {
    struct cgw_peer peer;
    struct cgw_data_set identifier;
    struct cgw_plan plan;
    uint8_t ct, mr; /* their context ids */
    struct memory_peer memory;
    struct cgw_watch watch;
};

/* Study Root, every limit generous but the grace after a cancel (200 ms). Out of memory aborts. */
void setting_init(struct setting *setting);
void setting_release(struct setting *setting);

/* Every context of the plan accepted. */
void setting_accept(struct setting *setting);

enum cgw_code setting_open(struct setting *setting, struct cgw_retrieve **ret_retrieve,
                           struct cgw_error *err);

#endif
