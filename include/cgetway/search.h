/*
 * The searches of DICOMweb (PS3.18 10.6) as C-FIND: studies, series and instances, within what the path says
 * or everywhere.
 *
 *     new (everything is checked, nothing is sent) -> begin -> read ... -> free
 *
 * A search below its path's level (all series, all instances of a study) goes through the levels above: a
 * C-FIND for studies, one for the series of each, and so on, over one association, with the keys of each
 * level. limit ends it by C-CANCEL.
 *
 * Thread: one owner; begin and read may block as long as the peer's limits say.
 */
#ifndef CGETWAY_SEARCH_H
#define CGETWAY_SEARCH_H

#include "cgetway/config.h"
#include "cgetway/error.h"
#include "cgetway/find.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum cgw_search_level { CGW_SEARCH_STUDIES, CGW_SEARCH_SERIES, CGW_SEARCH_INSTANCES };

struct cgw_search_parameter {
    const char *name, *value; /* decoded UTF-8, borrowed during new */
};

struct cgw_search_options {
    enum cgw_search_level level;
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES]; /* of the path, safe; "": it names none */
    const struct cgw_search_parameter
        *parameters; /* of the query string, in its order; borrowed during new */
    size_t parameter_count;
    const struct cgw_peer *peer; /* borrowed until free */
    size_t max_keys;             /* as in query.h */
};

struct cgw_search; /* opaque */

/* Parameters: attributes by keyword or tag, also paths ("RequestAttributesSequence.RequestedProcedureID"),
 * includefield (repeated, lists, "all"), limit, offset, fuzzymatching, emptyvaluematching,
 * multiplevaluematching. CGW_E_BAD_PARAMETER (with its name), CGW_E_BAD_IDENTIFIER (*reterr_keys lists them),
 * CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_search_new(const struct cgw_search_options *options, struct cgw_search **ret_search,
                             struct cgw_key_errors *reterr_keys, struct cgw_error *err);

/* What cannot be honoured, as the text of a Warning: 299 field (PS3.18 10.6.1.2, 10.6.3); "": nothing.
 * Borrowed; complete after new. */
const char *cgw_search_warning(const struct cgw_search *search);

/* Opens the association and asks until there is a match or none: failures before the first byte.
 * Failures: those of cgw_find_open and of find's final status. */
enum cgw_code cgw_search_begin(struct cgw_search *search, struct cgw_watch watch, struct cgw_trace trace,
                               struct cgw_deadline total, struct cgw_error *err);

enum { CGW_SEARCH_END = 0, CGW_SEARCH_CUT = -1 };

/* The next bytes of a JSON array of matches (PS3.18 F), [] where there is none. Each has the attributes that
 * PS3.18 10.6.3.3 demands as far as the peer or the path tells them, (0008,0005) ISO_IR 192 instead of the
 * peer's, and RetrieveURL (0008,1190) relative to the resource that is searched ("studies/1.2.3",
 * "series/1.2.4" ...). CGW_SEARCH_CUT: it must end here, visibly broken. */
ssize_t cgw_search_read(struct cgw_search *search, char *bytes, size_t capacity);

const struct cgw_error *cgw_search_error(const struct cgw_search *search); /* code CGW_OK: none. Borrowed. */
size_t cgw_search_matches(const struct cgw_search *search);   /* that were given, at least in part */
bool cgw_search_is_complete(const struct cgw_search *search); /* the text came to its clean end */
/* (0000,0902) of the final response that failed it, printable ASCII; "": none. Borrowed. */
const char *cgw_search_error_comment(const struct cgw_search *search);

void cgw_search_free(struct cgw_search *search); /* takes NULL; cancels what is under way */

#endif
