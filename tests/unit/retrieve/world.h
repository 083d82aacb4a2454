/*
 * A peer that is made up, with the instances of a study, for the passes alone: no bytes and no association.
 * It answers plans and Identifiers as peers that are known do.
 */
#ifndef CGW_TESTS_WORLD_H
#define CGW_TESTS_WORLD_H

#include "retrieve/again.h"

#include "cgetway/ledger.h"

enum world_kind {
    FIRST_CONTEXT, /* looks at the first accepted context of a class only, goes on after a failure, lists them
                    */
    ALL_CONTEXTS,  /* looks at all of them, stops at the first failure with C000 and lists that one */
    WITHOUT_A_LIST,    /* as FIRST_CONTEXT, but tells a count only */
    STOPS_WITHOUT_ONE, /* as ALL_CONTEXTS, without a list */
    SUCCESS_ANYWAY,    /* as WITHOUT_A_LIST, and calls it Success */
    NO_UID_LISTS,      /* refuses a request for several UIDs */
    FIRST_OF_UID_LIST, /* takes the first UID of several and ignores the others */
    WHOLE_SERIES,      /* sends the whole series whatever UIDs it is asked for */
    WORLD_KIND_COUNT,
    /* As FIRST_CONTEXT with the last one. Not among those that are drawn: while nothing has come it cannot be
     * told from the first kind. */
    LAST_CONTEXT = WORLD_KIND_COUNT,
};

enum { WORLD_MAX_CLASSES = 6, WORLD_MAX_INSTANCES = 512, WORLD_MAX_REQUESTS = 20000 };

/* Transfer syntaxes are letters: world_syntax() has them. */
struct world_class {
    const char *uid;
    const char *takes; /* in presentation contexts; "": the class is refused */
    const char *holds; /* an instance each */
};

struct world_instance {
    char uid[CGW_UID_BYTES];
    size_t sop_class; /* index */
    char stored;
    uint32_t series;
    bool is_unnamed; /* by C-FIND; the Identifier names it */
    bool is_lost;    /* the peer has it no more */
    bool received;
};

struct world {
    enum world_kind kind;
    bool blames_class; /* gives that as its reason where it takes none of the syntaxes */
    bool goes_on;      /* where an earlier retrieve stopped: without the first C-GET */
    bool is_surveyed;  /* else nothing is known of the instances but their UIDs */
    size_t series_count;
    const struct world_class *classes;
    size_t class_count;
    struct world_instance instances[WORLD_MAX_INSTANCES];
    size_t instance_count;
    /* The gateway's side. */
    struct cgw_uid_list syntaxes, storage_classes;
    struct cgw_data_set identifier;
    struct cgw_ledger *ledger;
    struct again again;
    size_t passes, requests;
    char fault[256]; /* what the gateway did wrong; "": nothing */
};

/* All letters, and the UID behind one. */
extern const char world_letters[];
const char *world_syntax(char letter);

/* kind, is_surveyed, series_count, classes and class_count are set. storage_class, transfer_syntax: as they
 * are configured. */
void world_init(struct world *world, const char *storage_class, const char *transfer_syntax);
void world_release(struct world *world);

/* The gateway has this one from an earlier retrieve. */
void world_have(struct world *world, struct world_instance *instance);

/* The first C-GET, unless it goes on, and then passes until nothing is left to try or `fault` is set. */
void world_run(struct world *world);

/* The peer could send it in some plan of the gateway's; of one that is unnamed: and would tell of it in some
 * way where it does not. */
bool world_can_send(const struct world *world, const struct world_instance *instance);

/* What the peer holds of the instance, NULL: none of its. */
struct world_instance *world_find(struct world *world, const char *uid);

#endif
