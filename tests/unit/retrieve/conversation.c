#include "conversation.h"

#include "unit/memory_peer/heard.h"

#include <stdio.h>
#include <string.h>

static void tell(struct conversation *conversation, const char *word)
{
    size_t at = strlen(conversation->events);
    (void)snprintf(conversation->events + at, sizeof conversation->events - at, "%s%s", at > 0 ? " " : "",
                   word);
}

/* Adjoining pieces of one data set are told as one. */
static void tell_bytes(struct conversation *conversation, size_t *length)
{
    char word[32];
    if (*length == 0)
        return;
    (void)snprintf(word, sizeof word, "B%zu", *length);
    tell(conversation, word);
    *length = 0;
}

static void run(struct cgw_retrieve *retrieve, struct conversation *conversation)
{
    static const char *const words[] = {[CGW_EVENT_INSTANCE] = "I",
                                        [CGW_EVENT_END] = "E",
                                        [CGW_EVENT_PROGRESS] = "P",
                                        [CGW_EVENT_OUTCOME] = "O",
                                        [CGW_EVENT_AGAIN] = "A"};
    struct cgw_event event;
    size_t length = 0;
    do {
        cgw_retrieve_next(retrieve, true, &event);
        if (event.type == CGW_EVENT_BYTES) {
            length += event.length;
            continue;
        }
        tell_bytes(conversation, &length);
        tell(conversation, words[event.type]);
    } while (event.type != CGW_EVENT_OUTCOME);
}

void converse(struct setting *setting, struct conversation *ret_conversation)
{
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    *ret_conversation = (struct conversation){.status = CGW_NO_STATUS};
    ret_conversation->code = setting_open(setting, &retrieve, &err);
    ret_conversation->opened = ret_conversation->code == CGW_OK;
    if (ret_conversation->opened) {
        run(retrieve, ret_conversation);
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
        err = outcome->error;
        ret_conversation->code = err.code;
        ret_conversation->complete = outcome->complete;
        ret_conversation->status = outcome->report.status;
        ret_conversation->noted = cgw_ledger_count(outcome->ledger);
        ret_conversation->received = cgw_ledger_received(outcome->ledger);
        cgw_retrieve_free(retrieve);
    }
    memcpy(ret_conversation->detail, err.detail, sizeof err.detail);
    heard_as_text(&setting->memory.heard, ret_conversation->heard, sizeof ret_conversation->heard);
}
