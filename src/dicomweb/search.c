/*
 * A search is a walk down the levels, one C-FIND after the other over one association:
 *
 *     ASK a level -> READ its matches: of the level searched they are given out, of one above they are listed
 *     NEXT: the next of the list is the parent that the level below is ASKed for; where there is none, the
 *     level above goes on, and behind the first level the search is at its end.
 *
 * Studies whose modalities the peer does not tell are listed too, and have a C-FIND for their series
 * (search_modalities.h), whose matches are counted only.
 */
#include "cgetway/search.h"

#include "search_list.h"
#include "search_modalities.h"
#include "search_open.h"
#include "search_plan.h"
#include "search_result.h"
#include "search_set.h"

#include "cgetway/buffer.h"
#include "cgetway/dicom_json.h"
#include "cgetway/tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one match and its parents: see find_json.c. */
enum { TEXT_MAX_BYTES = (SEARCH_LEVELS * 16 + 1) * CGW_MATCH_MAX_BYTES };

/* LAST_WORDS: what is pending ends the text. */
enum state { ASK, READ, NEXT, LAST_WORDS, CUT };

struct cgw_search {
    struct search_plan plan;
    search_opener *open;
    void *open_context;
    struct cgw_find_options options;
    struct cgw_find *find;
    bool was_cancelled; /* by us, so that the association may be gone */
    enum state state;
    enum cgw_search_level level; /* that is asked, read, or gone through */
    bool counts_modalities;      /* of parents[CGW_SEARCH_STUDIES]; level is that of the studies then */
    struct search_modalities modalities;
    struct search_list lists[SEARCH_LEVELS];
    struct cgw_data_set parents[SEARCH_LEVELS];
    size_t skipped, matches;
    struct cgw_buffer pending; /* given up to pending_offset */
    size_t pending_offset;
    struct cgw_error error;
};

static enum cgw_code open_association(void *context, const struct cgw_find_options *options,
                                      struct cgw_find **ret_find, struct cgw_error *err)
{
    (void)context;
    return cgw_find_open(options, ret_find, err);
}

enum cgw_code cgw_search_new(const struct cgw_search_options *options, struct cgw_search **ret_search,
                             struct cgw_key_errors *reterr_keys, struct cgw_error *err)
{
    struct cgw_search *search = calloc(1, sizeof *search);
    if (search == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a search");
    search->open = open_association;
    search->options.peer = options->peer;
    search->options.model = CGW_MODEL_STUDY;
    search->pending = (struct cgw_buffer)CGW_BUFFER_INIT(TEXT_MAX_BYTES);
    search->error = (struct cgw_error)CGW_ERROR_INIT;
    enum cgw_code code = search_plan_make(options, &search->plan, reterr_keys, err);
    if (code != CGW_OK) {
        cgw_search_free(search);
        return code;
    }
    search->level = search->plan.first;
    *ret_search = search;
    return CGW_OK;
}

void search_open_with(struct cgw_search *search, search_opener *open, void *context)
{
    search->open = open;
    search->open_context = context;
}

void cgw_search_free(struct cgw_search *search)
{
    if (search == NULL)
        return;
    if (search->find != NULL)
        cgw_find_cancel(search->find);
    cgw_find_free(search->find);
    for (int i = 0; i < SEARCH_LEVELS; i++) {
        search_list_release(&search->lists[i]);
        cgw_data_set_release(&search->parents[i]);
    }
    search_plan_release(&search->plan);
    cgw_buffer_release(&search->pending);
    free(search);
}

const char *cgw_search_warning(const struct cgw_search *search)
{
    return search->plan.warning;
}

/* ---- ends ---- */

static void cut(struct cgw_search *search)
{
    search->state = CUT;
}

static void cut_for_memory(struct cgw_search *search)
{
    (void)cgw_fail(&search->error, CGW_E_OUT_OF_MEMORY, "no memory for a match");
    cut(search);
}

static void cut_for_change(struct cgw_search *search)
{
    (void)cgw_fail(&search->error, CGW_E_PROTOCOL_ERROR,
                   "what the peer has changed while it was searched: the same question had another answer");
    cut(search);
}

static void end(struct cgw_search *search)
{
    search->state = LAST_WORDS;
    if (!cgw_buffer_append_text(&search->pending, search->matches > 0 ? "]\n" : "[]\n"))
        cut_for_memory(search);
}

/* ---- asking ---- */

static enum cgw_code reopen(struct cgw_search *search, struct cgw_error *err)
{
    cgw_find_free(search->find);
    search->find = NULL;
    return search->open(search->open_context, &search->options, &search->find, err);
}

/* A peer that does not obey a cancel in time loses its association (find.h); the search goes on over another.
 */
static enum cgw_code request(struct cgw_search *search, const struct cgw_data_set *identifier)
{
    struct cgw_error error = CGW_ERROR_INIT;
    enum cgw_code code = cgw_find_request(search->find, identifier, &error);
    if (code != CGW_OK && !search->was_cancelled)
        return cgw_fail(&search->error, code, "%s", error.detail);
    search->was_cancelled = false;
    if (code == CGW_OK)
        return CGW_OK;
    code = reopen(search, &search->error);
    return code == CGW_OK ? cgw_find_request(search->find, identifier, &search->error) : code;
}

static enum cgw_code put_parents(struct cgw_search *search, enum cgw_search_level below,
                                 struct cgw_data_set *identifier)
{
    for (int i = 0; i < (int)below; i++) {
        char uid[CGW_UID_BYTES];
        enum cgw_search_level level = (enum cgw_search_level)i;
        if (!search_parent_uid(&search->plan, search->parents, level, uid))
            return cgw_fail(&search->error, CGW_E_PROTOCOL_ERROR,
                            "a match of level %s has no UID that what is below it could be asked for by",
                            search_level_name(level));
        if (!search_set_put(identifier, search_unique_key(level), CGW_VR_UI, uid))
            return cgw_fail(&search->error, CGW_E_OUT_OF_MEMORY, "no memory for a search");
    }
    return CGW_OK;
}

static void trace_question(const struct cgw_search *search, enum cgw_search_level level)
{
    char detail[64 + CGW_UID_BYTES], uid[CGW_UID_BYTES] = "";
    const struct cgw_trace *trace = &search->options.trace;
    if (trace->say == NULL)
        return;
    if (level > CGW_SEARCH_STUDIES)
        (void)search_parent_uid(&search->plan, search->parents, (enum cgw_search_level)(level - 1), uid);
    (void)snprintf(detail, sizeof detail, "level %s%s%s", search_level_name(level),
                   uid[0] != '\0' ? " of " : "", uid);
    trace->say(trace->context, "search", detail);
}

static void ask(struct cgw_search *search)
{
    enum cgw_search_level asked = search->counts_modalities ? CGW_SEARCH_SERIES : search->level;
    struct cgw_data_set *identifier = search->counts_modalities
                                          ? &search->plan.modalities_question
                                          : &search->plan.questions[search->level].identifier;
    trace_question(search, asked);
    if (put_parents(search, asked, identifier) != CGW_OK || request(search, identifier) != CGW_OK)
        cut(search);
    else
        search->state = READ;
}

static void ask_below(struct cgw_search *search, enum cgw_search_level level)
{
    search->level = level;
    search->state = ASK;
    search_list_begin(&search->lists[level], false);
}

/* ---- results ---- */

static bool append_result(struct cgw_search *search, const struct cgw_data_set *result)
{
    static const struct cgw_dicom_json_options options = {.bulk_prefix = NULL};
    return cgw_buffer_append_text(&search->pending, search->matches > 0 ? ",\n" : "[") &&
           cgw_dicom_json_write(result, &options, &search->pending, &search->error) == CGW_OK;
}

/* Some peers ignore this key, as they may (PS3.4 C.2.2.1.3), and viewers offer it as a filter. */
static bool is_wanted(const struct cgw_search *search, const struct cgw_data_set *match)
{
    return search->level != CGW_SEARCH_STUDIES || search->plan.modalities == NULL ||
           search_modalities_match(match, search->plan.modalities);
}

/* A match of the level searched. */
static void give(struct cgw_search *search, struct cgw_data_set *match)
{
    if (!is_wanted(search, match))
        return;
    if (search->skipped < search->plan.offset) {
        search->skipped++;
        return;
    }
    if (!search_result_finish(match, &search->plan, search->parents) || !append_result(search, match)) {
        cut_for_memory(search);
        return;
    }
    search->matches++;
    if (search->matches == search->plan.limit)
        end(search);
}

/* ---- matches ---- */

/* The study that is gone through has no modalities, and somebody wants them. */
static bool has_to_count(const struct cgw_search *search, const struct cgw_data_set *study)
{
    char uid[CGW_UID_BYTES];
    const struct search_plan *plan = &search->plan;
    bool is_given = plan->last == CGW_SEARCH_STUDIES && search->skipped >= plan->offset;
    return (is_given || plan->modalities != NULL) &&
           !search_set_has_value(study, SEARCH_TAG_MODALITIES_IN_STUDY) &&
           search_set_uid(study, CGW_TAG_STUDY_INSTANCE_UID, uid);
}

/* How many of a level's matches suffice, as far as one can know: of those that all have something below. */
static size_t enough_of(const struct cgw_search *search)
{
    const struct search_plan *plan = &search->plan;
    size_t wanted = plan->limit == SIZE_MAX ? SIZE_MAX : plan->offset + plan->limit;
    for (int i = (int)search->level + 1; i <= (int)plan->last; i++) {
        if (plan->questions[i].has_keys)
            return SIZE_MAX;
    }
    if (wanted == SIZE_MAX || (search->level == CGW_SEARCH_STUDIES && plan->modalities != NULL))
        return SIZE_MAX;
    return wanted - search->skipped - search->matches;
}

static void list_match(struct cgw_search *search, struct cgw_data_set *match)
{
    struct search_list *list = &search->lists[search->level];
    if (!search_list_add(list, match)) {
        cut_for_memory(search);
    } else if (search_list_is_full(list, enough_of(search))) {
        cgw_find_cancel(search->find);
        search->was_cancelled = true;
        search->state = NEXT;
    }
}

/* Studies stay in their order, so behind one that is listed all are. */
static bool has_to_wait(const struct cgw_search *search, const struct cgw_data_set *match)
{
    return search->level < search->plan.last ||
           (search->level == CGW_SEARCH_STUDIES &&
            (search->lists[CGW_SEARCH_STUDIES].count > 0 || has_to_count(search, match)));
}

static void take_match(struct cgw_search *search, const struct cgw_data_set *match)
{
    struct cgw_data_set copy = {0};
    if (search->counts_modalities) {
        search_modalities_add(&search->modalities, match);
        return;
    }
    struct search_list *list = &search->lists[search->level];
    char uid[CGW_UID_BYTES] = "";
    (void)search_set_uid(match, search_unique_key(search->level), uid);
    bool is_new = search_list_see(list, uid);
    if (search_list_is_other(list, false))
        cut_for_change(search);
    if (!is_new || search->state == CUT)
        return;
    if (!search_set_complete(&copy, match) || !search_set_to_utf8(&copy)) {
        cut_for_memory(search);
    } else if (has_to_wait(search, &copy)) {
        if (search->level < search->plan.last)
            search_set_keep(&copy, &search->plan.questions[search->level].identifier);
        list_match(search, &copy);
    } else {
        give(search, &copy);
    }
    cgw_data_set_release(&copy);
}

/* ---- down and up ---- */

/* The parent of this level is known as far as it can be. */
static void enter(struct cgw_search *search)
{
    struct cgw_data_set *parent = &search->parents[search->level];
    search->state = NEXT;
    if (search->level < search->plan.last && is_wanted(search, parent))
        ask_below(search, (enum cgw_search_level)(search->level + 1));
    else if (search->level == search->plan.last)
        give(search, parent);
}

static void take_next(struct cgw_search *search)
{
    struct search_list *list = &search->lists[search->level];
    struct cgw_data_set *parent = &search->parents[search->level];
    if (search_list_take(list, parent)) {
        search->counts_modalities = search->level == CGW_SEARCH_STUDIES && has_to_count(search, parent);
        search->modalities = (struct search_modalities){0};
        if (search->counts_modalities)
            search->state = ASK;
        else
            enter(search);
    } else if (list->has_more) {
        search_list_begin(list, true);
        search->state = ASK;
    } else if (search->level == search->plan.first) {
        end(search);
    } else {
        search->level--;
    }
}

/* A peer that cannot say which series there are leaves the modalities unknown. */
static void end_counting(struct cgw_search *search)
{
    search->counts_modalities = false;
    if (!search_modalities_fill(&search->modalities, &search->parents[CGW_SEARCH_STUDIES]))
        cut_for_memory(search);
    else
        enter(search);
}

static void end_request(struct cgw_search *search)
{
    if (search->counts_modalities)
        end_counting(search);
    else if (cgw_find_result(search->find, &search->error) != CGW_OK)
        cut(search);
    else if (search_list_is_other(&search->lists[search->level], true))
        cut_for_change(search);
    else
        search->state = NEXT;
}

/* False: the peer has nothing now, and nobody wants to wait. */
static bool read_event(struct cgw_search *search, bool may_wait)
{
    const struct cgw_data_set *match;
    switch (cgw_find_next(search->find, may_wait, &match, &search->error)) {
    case CGW_FIND_MATCH:
        take_match(search, match);
        break;
    case CGW_FIND_AGAIN:
        return false;
    case CGW_FIND_END:
        end_request(search);
        break;
    case CGW_FIND_FAILED:
        cut(search);
        break;
    }
    return true;
}

static bool step(struct cgw_search *search, bool may_wait)
{
    switch (search->state) {
    case ASK:
        ask(search);
        break;
    case READ:
        return read_event(search, may_wait);
    case NEXT:
        take_next(search);
        break;
    case LAST_WORDS:
    case CUT:
        break;
    }
    return true;
}

/* ---- the text ---- */

static bool is_over(const struct cgw_search *search)
{
    return search->state == LAST_WORDS || search->state == CUT;
}

enum cgw_code cgw_search_begin(struct cgw_search *search, struct cgw_watch watch, struct cgw_trace trace,
                               struct cgw_deadline total, struct cgw_error *err)
{
    search->options.watch = watch;
    search->options.trace = trace;
    search->options.total =
        total.at_ms != 0 ? total : cgw_deadline_in(search->options.peer->total_timeout_ms);
    if (search->plan.limit == 0)
        end(search);
    else if (reopen(search, &search->error) != CGW_OK)
        cut(search);
    while (!is_over(search) && search->pending.length == 0)
        (void)step(search, true);
    if (search->state == CUT && err != NULL && err->code == CGW_OK)
        *err = search->error;
    return search->error.code;
}

ssize_t cgw_search_read(struct cgw_search *search, char *bytes, size_t capacity)
{
    size_t given = 0;
    while (search->state != CUT) {
        given += cgw_buffer_give(&search->pending, &search->pending_offset, bytes + given, capacity - given);
        if (given == capacity || search->state == LAST_WORDS || (!step(search, given == 0) && given > 0))
            break;
    }
    if (given == 0)
        return search->state == CUT ? CGW_SEARCH_CUT : CGW_SEARCH_END;
    return (ssize_t)given;
}

const struct cgw_error *cgw_search_error(const struct cgw_search *search)
{
    return &search->error;
}

size_t cgw_search_matches(const struct cgw_search *search)
{
    return search->matches;
}

bool cgw_search_is_complete(const struct cgw_search *search)
{
    return search->state == LAST_WORDS;
}

const char *cgw_search_error_comment(const struct cgw_search *search)
{
    return search->find != NULL ? cgw_find_error_comment(search->find) : "";
}
