/*
 * The passes after the first: what is missing is asked for again, by UID, over associations with other
 * presentation contexts, until nothing is left or nothing else can be tried.
 *
 * For each instance it is remembered which transfer syntaxes are ruled out. A peer of one kind (DCMTK's)
 * looks at the first accepted context of a class only, so an instance that failed rules out the transfer
 * syntax of that one; a peer of another kind looks at the last one only; the third kind (Orthanc, dcm4chee)
 * has looked at all. Which it is shows by the contexts that instances come on; until then it is taken for one
 * of the first kind, which rules out least that could still come. An association asks for the instances of a
 * class that have the same ones left.
 */
#ifndef CGW_RETRIEVE_AGAIN_H
#define CGW_RETRIEVE_AGAIN_H

#include "pass.h"
#include "wanted.h"

struct again {
    const struct cgw_uid_list *syntaxes, *classes;
    const struct cgw_data_set *identifier; /* of the retrieve */
    enum cgw_model model;
    enum cgw_role role;
    struct cgw_wanted *wanted;
    const struct cgw_ledger *ledger;
    /* Of the latest pass, also when it is over. */
    struct cgw_plan plan;
    struct cgw_associate_answer answer;
    /* An instance came on another context than the first, and on another than the last accepted one of its
     * class: a peer of which both are true looks at all of them. */
    bool not_only_first, not_only_last;
    size_t batch; /* the most that the next C-GET of this pass asks for */
    /* Latest pass: what it offered to instances of whatever class; 0: it was made for known ones. */
    cgw_syntax_set any;
    const char *offer[CGW_SYNTAX_SET_MAX]; /* the same, for its plan */
};

/* The transfer syntaxes of a context, as a set of again->syntaxes. */
cgw_syntax_set again_offered_in(const struct again *again, const struct cgw_context *context);

/* A pass was opened: notes what the peer answered to its contexts. */
void again_note_answers(struct again *again, const struct pass *pass);

/* The same, for classes that were not known then. */
void again_note_classes(struct again *again);

/* An instance came on a context of the pass: the first accepted one of its class, or is the peer of the other
 * kind? */
void again_note_instance(struct again *again, const struct pass *pass);

/* The instance failed in the latest pass: what that rules out is not tried again. */
void again_note_failure(const struct again *again, struct wanted_item *item);

/* The peer accepted no context in which an instance could come: all that the pass was to ask for failed. */
void again_fail_pass(struct again *again);

/* What the next pass proposes, and which instances it asks for. False: nothing is left to try. */
bool again_plan(struct again *again, struct cgw_plan *ret_plan);

/* The Identifier of the next C-GET of this pass into an empty data set. *ret_asks: false when this pass has
 * asked for all of its instances. CGW_E_OUT_OF_MEMORY. */
enum cgw_code again_next_identifier(struct again *again, struct cgw_data_set *ret_identifier, bool *ret_asks,
                                    struct cgw_error *err);

/* The final response to that C-GET came; failed_uids: count of them, NUL-terminated, one after the other. */
void again_take_report(struct again *again, const struct cgw_report *report, const char *failed_uids);

#endif
