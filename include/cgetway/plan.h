/*
 * The plan: which presentation contexts an association proposes (PS3.8 9.3.2.2), made before it is opened.
 * Pure; any thread.
 *
 * A context carries one transfer syntax, that which the acceptor chooses, and an association holds 128 of
 * them: so a context is a pair of a storage class and a transfer syntax, and where the pairs are too many,
 * what is left waits for another association.
 */
#ifndef CGETWAY_PLAN_H
#define CGETWAY_PLAN_H

#include "cgetway/associate.h"
#include "cgetway/query.h"
#include "cgetway/uid_list.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Strings are borrowed from what the plan was made of. */
struct cgw_plan {
    struct cgw_context contexts[CGW_MAX_CONTEXTS];
    size_t context_count;
};

/* The id of the context that carries the C-GET itself: the first one. */
enum { CGW_GET_CONTEXT_ID = 1 };

/* A set of transfer syntaxes: bit n stands for the n-th of a list, so a list may have 64. */
typedef uint64_t cgw_syntax_set;
enum { CGW_SYNTAX_SET_MAX = 64 };

static inline size_t cgw_syntax_set_size(cgw_syntax_set set)
{
    return (size_t)__builtin_popcountll(set);
}

/* The set of this syntax alone; empty where it is not of the list. */
cgw_syntax_set cgw_plan_set_of(const struct cgw_uid_list *syntaxes, const char *uid);

/* The lists behind a configured text (uid_list.h): of transfer syntaxes, "*" for transfer_syntax.h's, and of
 * storage classes, "*" for those of sop_class.h and then those that DCMTK knows besides. */
void cgw_plan_syntaxes(const char *text, struct cgw_uid_list *ret_syntaxes);
void cgw_plan_classes(const char *text, struct cgw_uid_list *ret_classes);

/* The syntaxes of the list in which instances of the class can be: without "*" all; with it not the
 * compressions of pixels for a class that has none. */
cgw_syntax_set cgw_plan_syntaxes_of(const struct cgw_uid_list *syntaxes, const char *sop_class);

/* What is offered at once of those that are left (not empty): with "*" all of them, as the peer may have
 * stored an instance in any; without it the first, as the list is an order of preference and a peer that
 * could choose would not keep to it. */
cgw_syntax_set cgw_plan_offer(const struct cgw_uid_list *syntaxes, cgw_syntax_set left);

/* The ones to begin with where the classes of a study are not known, and every class gets one context: with
 * "*" the uncompressed ones, without it the first. */
cgw_syntax_set cgw_plan_first_syntaxes(const struct cgw_uid_list *syntaxes);

/* What an association should take of one class. */
struct cgw_wish {
    const char *sop_class;
    cgw_syntax_set syntaxes; /* not empty */
};

/* Where the knowledge of a plan is from. X(enumerator, name, what it means) */
#define CGW_PLANNED_FROM(X)                                                                                  \
    X(CONFIGURATION, "configuration",                                                                        \
      "storage-class and transfer-syntax as they are configured or requested")                               \
    X(FIND, "find", "the storage classes that the peer named in answer to a C-FIND")                         \
    X(MISSING, "missing", "what earlier associations did not bring")

enum cgw_planned_from {
#define CGW_PLANNED_ENUM(name, text, meaning) CGW_PLANNED_FROM_##name,
    CGW_PLANNED_FROM(CGW_PLANNED_ENUM)
#undef CGW_PLANNED_ENUM
};

/* The column `name`; static. */
const char *cgw_planned_from_name(enum cgw_planned_from planned_from);

struct cgw_plan_options {
    enum cgw_model model;                /* not AUTO */
    enum cgw_role role;                  /* proposed for every storage class */
    const struct cgw_uid_list *syntaxes; /* what the sets of the wishes are sets of */
};

/* One context for the model's GET class, with the four Identifier syntaxes, and then the contexts of the
 * wishes: every class gets a context before any gets a second one, those of a class stand together, in the
 * order of the list. A class that gets only one is offered in it what stands together in the list too (the
 * peer then chooses): Explicit and Implicit VR Little Endian of "*". Returns how many wishes, from the first,
 * got contexts: at most 127. */
size_t cgw_plan_get(const struct cgw_plan_options *options, const struct cgw_wish *wishes, size_t count,
                    struct cgw_plan *ret_plan);

/* What is proposed where nothing is known of the instances: one context for each of the classes, as many as
 * fit, and in each the same transfer syntaxes for the peer to choose from. Both arrays are borrowed by the
 * plan. */
void cgw_plan_get_any(const struct cgw_plan_options *options, const char *const *classes, size_t class_count,
                      const char *const *transfer_syntaxes, size_t transfer_syntax_count,
                      struct cgw_plan *ret_plan);

/* What is proposed by the configuration or the request alone: the classes that it names in what
 * cgw_plan_offer says, or where "*" is among them, in what cgw_plan_first_syntaxes says. */
void cgw_plan_by_configuration(const struct cgw_plan_options *options, const struct cgw_uid_list *classes,
                               struct cgw_plan *ret_plan);

/* One context for the Verification class. */
void cgw_plan_echo(struct cgw_plan *ret_plan);

/* One context for the model's FIND class (the four Identifier syntaxes). model: one that has a FIND class. */
void cgw_plan_find(enum cgw_model model, struct cgw_plan *ret_plan);

/* The GET and the FIND SOP class of the model, which is not AUTO; static. FIND: NULL where the model has
 * none. */
const char *cgw_model_get_class(enum cgw_model model);
const char *cgw_model_find_class(enum cgw_model model);

#ifdef __cplusplus
}
#endif
#endif
