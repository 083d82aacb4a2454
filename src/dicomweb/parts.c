#include "cgetway/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BOUNDARY_BYTES = 48, BODY_TYPE_BYTES = 256, HEAD_BYTES = CGW_PART_TYPE_BYTES + BOUNDARY_BYTES + 64 };

enum stage { NEXT, HEAD, CONTENT, CLOSING, ENDED, CUT };

struct cgw_parts {
    struct cgw_parts_source source;
    char boundary[BOUNDARY_BYTES];
    char content_type[BODY_TYPE_BYTES];
    enum stage stage;
    bool has_parts;
    char head[HEAD_BYTES]; /* of a part, or the closing delimiter */
    size_t head_length, head_given;
    struct cgw_error error;
};

struct cgw_parts *cgw_parts_new(const char *type, const struct cgw_parts_source *source)
{
    uint64_t random[2] = {0};
    struct cgw_parts *parts = calloc(1, sizeof *parts);
    if (parts == NULL || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        free(parts);
        return NULL;
    }
    parts->source = *source;
    parts->error = (struct cgw_error)CGW_ERROR_INIT;
    (void)snprintf(parts->boundary, sizeof parts->boundary, "cgetway-%016llx%016llx",
                   (unsigned long long)random[0], (unsigned long long)random[1]);
    (void)snprintf(parts->content_type, sizeof parts->content_type,
                   "multipart/related; type=\"%s\"; boundary=%s", type, parts->boundary);
    return parts;
}

void cgw_parts_free(struct cgw_parts *parts)
{
    free(parts);
}

const char *cgw_parts_content_type(const struct cgw_parts *parts)
{
    return parts->content_type;
}

const struct cgw_error *cgw_parts_error(const struct cgw_parts *parts)
{
    return &parts->error;
}

/* The line break before a delimiter belongs to the delimiter, and there is none before the first. */
static size_t write_head(const struct cgw_parts *parts, const char *content_type, bool is_first,
                         char head[HEAD_BYTES])
{
    return (size_t)snprintf(head, HEAD_BYTES, "%s--%s\r\nContent-Type: %s\r\n\r\n", is_first ? "" : "\r\n",
                            parts->boundary, content_type);
}

static size_t write_closing(const struct cgw_parts *parts, char head[HEAD_BYTES])
{
    return (size_t)snprintf(head, HEAD_BYTES, "\r\n--%s--\r\n", parts->boundary);
}

uint64_t cgw_parts_length(const struct cgw_parts *parts, const struct cgw_part *part, size_t count,
                          uint64_t length)
{
    char head[HEAD_BYTES];
    uint64_t total = length + write_closing(parts, head);
    total += count * (uint64_t)write_head(parts, part->content_type, false, head);
    return count > 0 ? total - 2 : total;
}

static void cut(struct cgw_parts *parts)
{
    (void)cgw_fail(&parts->error, CGW_E_INTERNAL, "a part of the answer cannot be read");
    parts->stage = CUT;
}

static void begin_part(struct cgw_parts *parts)
{
    struct cgw_part part;
    bool is_end = false;
    if (parts->source.next(parts->source.context, &part, &is_end, &parts->error) != CGW_OK) {
        cut(parts);
        return;
    }
    parts->head_given = 0;
    if (is_end)
        parts->head_length = write_closing(parts, parts->head);
    else
        parts->head_length = write_head(parts, part.content_type, !parts->has_parts, parts->head);
    parts->has_parts = true;
    parts->stage = is_end ? CLOSING : HEAD;
}

static size_t give_head(struct cgw_parts *parts, uint8_t *bytes, size_t capacity)
{
    size_t length = parts->head_length - parts->head_given;
    if (length > capacity)
        length = capacity;
    memcpy(bytes, parts->head + parts->head_given, length);
    parts->head_given += length;
    if (parts->head_given == parts->head_length)
        parts->stage = parts->stage == CLOSING ? ENDED : CONTENT;
    return length;
}

static size_t give_content(struct cgw_parts *parts, uint8_t *bytes, size_t capacity)
{
    ssize_t length = parts->source.read(parts->source.context, bytes, capacity, &parts->error);
    if (length < 0)
        cut(parts);
    else if (length == 0)
        parts->stage = NEXT;
    return length > 0 ? (size_t)length : 0;
}

/* What is there is not held back while the next part is waited for. */
ssize_t cgw_parts_read(struct cgw_parts *parts, uint8_t *bytes, size_t capacity)
{
    size_t given = 0;
    while (given < capacity && parts->stage != ENDED && parts->stage != CUT) {
        if (parts->stage == NEXT && given > 0)
            break;
        if (parts->stage == NEXT)
            begin_part(parts);
        else if (parts->stage == CONTENT)
            given += give_content(parts, bytes + given, capacity - given);
        else
            given += give_head(parts, bytes + given, capacity - given);
    }
    if (given > 0)
        return (ssize_t)given;
    return parts->stage == ENDED ? CGW_PARTS_END : CGW_PARTS_CUT;
}
