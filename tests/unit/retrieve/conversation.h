/*
 * A whole C-GET over a peer in memory, told as text, so that a test is a row of what the peer says and what
 * becomes of it: "I B10 E" an instance of ten bytes, "P" a pending response, "O" the outcome.
 */
#ifndef CGW_TESTS_CONVERSATION_H
#define CGW_TESTS_CONVERSATION_H

#include "unit/memory_peer/setting.h"

#include <stddef.h>

struct conversation {
    enum cgw_code code; /* of the outcome; of opening where it failed */
    bool opened, complete;
    int status;
    size_t noted, received;
    char events[1024];
    char heard[4096];
    char detail[CGW_ERROR_DETAIL_BYTES];
};

/* Runs it to its end and frees everything but the setting. */
void converse(struct setting *setting, struct conversation *ret_conversation);

#endif
