/*
 * The plan: which presentation contexts an association proposes (PS3.8 9.3.2.2), made before a socket is
 * opened. Pure; any thread.
 */
#ifndef CGETWAY_PLAN_H
#define CGETWAY_PLAN_H

#include "cgetway/associate.h"
#include "cgetway/query.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Plain data; every string in it is static. */
struct cgw_plan {
    struct cgw_context contexts[CGW_MAX_CONTEXTS];
    size_t context_count;
};

/* The id of the context that carries the C-GET itself: the first one. */
enum { CGW_GET_CONTEXT_ID = 1 };

/* One context for the model's GET class (the four Identifier syntaxes), then one with the role SCP for each
 * default storage class (uncompressed syntaxes). model: not AUTO. */
void cgw_plan_get(enum cgw_model model, struct cgw_plan *ret_plan);

/* One context for the Verification class. */
void cgw_plan_echo(struct cgw_plan *ret_plan);

/* One context for the model's FIND class (the four Identifier syntaxes). model: not AUTO. */
void cgw_plan_find(enum cgw_model model, struct cgw_plan *ret_plan);

/* The GET and the FIND SOP class of the model; static. */
const char *cgw_model_get_class(enum cgw_model model);
const char *cgw_model_find_class(enum cgw_model model);

#ifdef __cplusplus
}
#endif
#endif
