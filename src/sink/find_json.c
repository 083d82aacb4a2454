#include "cgetway/find_json.h"

#include "cgetway/buffer.h"

#include <stdlib.h>
#include <string.h>

/* The most that bytes can become: a control character and a backslash, a name among others, are 24
 * characters,
 * {"Alphabetic":"\u0001"}, and every element has its frame. */
enum { TEXT_MAX_BYTES = 16 * CGW_MATCH_MAX_BYTES };

/* MATCHES: there may be more. LAST_WORDS: what is pending ends the text. */
enum stage { MATCHES, LAST_WORDS, CUT };

struct cgw_find_json {
    struct cgw_find *find;
    enum cgw_find_form form;
    size_t limit;
    size_t matches;
    enum stage stage;
    bool complete;
    struct cgw_buffer pending; /* text of a match or of the end; given up to pending_offset */
    size_t pending_offset;
    struct cgw_error error;
};

struct cgw_find_json *cgw_find_json_new(const struct cgw_find_json_options *options)
{
    struct cgw_find_json *json = calloc(1, sizeof *json);
    if (json == NULL)
        return NULL;
    json->find = options->find;
    json->form = options->form;
    json->limit = options->limit;
    json->pending = (struct cgw_buffer)CGW_BUFFER_INIT(TEXT_MAX_BYTES);
    json->error = (struct cgw_error)CGW_ERROR_INIT;
    return json;
}

void cgw_find_json_free(struct cgw_find_json *json)
{
    if (json == NULL)
        return;
    cgw_buffer_release(&json->pending);
    free(json);
}

static void cut(struct cgw_find_json *json)
{
    (void)cgw_fail(&json->error, CGW_E_OUT_OF_MEMORY, "no memory for the text of a match");
    json->stage = CUT;
}

/* Text that stands around the matches. */
static bool append_frame(struct cgw_find_json *json, const char *array, const char *lines)
{
    return cgw_buffer_append_text(&json->pending, json->form == CGW_FIND_ARRAY ? array : lines);
}

static void end(struct cgw_find_json *json)
{
    json->stage = LAST_WORDS;
    if (!append_frame(json, json->matches > 0 ? "]\n" : "[]\n", ""))
        cut(json);
}

static void take_match(struct cgw_find_json *json, const struct cgw_data_set *match)
{
    char *text = NULL;
    if (cgw_match_to_json(match, &text, &json->error) != CGW_OK ||
        !append_frame(json, json->matches > 0 ? ",\n" : "[", "") ||
        !cgw_buffer_append_text(&json->pending, text) || !append_frame(json, "", "\n"))
        cut(json);
    free(text);
    json->matches++;
    if (json->stage == MATCHES && json->matches == json->limit)
        end(json);
}

/* What the peer has, or nothing where it has nothing and may_wait is false. */
static void take_event(struct cgw_find_json *json, bool may_wait)
{
    const struct cgw_data_set *match;
    switch (cgw_find_next(json->find, may_wait, &match, &json->error)) {
    case CGW_FIND_MATCH:
        take_match(json, match);
        break;
    case CGW_FIND_AGAIN:
        break;
    case CGW_FIND_END:
        json->complete = cgw_find_result(json->find, &json->error) == CGW_OK;
        if (json->complete)
            end(json);
        else
            cut(json);
        break;
    case CGW_FIND_FAILED:
        cut(json);
        break;
    }
}

enum cgw_code cgw_find_json_begin(struct cgw_find_json *json, struct cgw_error *err)
{
    take_event(json, true);
    if (json->stage == CUT && err != NULL && err->code == CGW_OK)
        *err = json->error;
    return json->error.code;
}

ssize_t cgw_find_json_read(struct cgw_find_json *json, char *bytes, size_t capacity)
{
    size_t given = 0;
    while (json->stage != CUT) {
        given += cgw_buffer_give(&json->pending, &json->pending_offset, bytes + given, capacity - given);
        if (given == capacity || json->stage == LAST_WORDS)
            break;
        take_event(json, given == 0);
        if (given > 0 && json->stage == MATCHES && json->pending.length == 0)
            break; /* nothing is there now */
    }
    if (given == 0)
        return json->stage == CUT ? CGW_FIND_JSON_CUT : CGW_FIND_JSON_END;
    return (ssize_t)given;
}

size_t cgw_find_json_matches(const struct cgw_find_json *json)
{
    return json->matches;
}

bool cgw_find_json_is_complete(const struct cgw_find_json *json)
{
    return json->complete;
}

const struct cgw_error *cgw_find_json_error(const struct cgw_find_json *json)
{
    return &json->error;
}
