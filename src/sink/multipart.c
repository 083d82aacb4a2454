#include "cgetway/multipart.h"

#include "cgetway/outcome_json.h"
#include "cgetway/part10.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What the reader is given next: the text in `head`, then the bytes of the event, then another event. */
enum stage { PARTS, OUTCOME, CLOSING, ENDED, CUT };

enum { HEAD_TEXT_BYTES = 256 };

struct cgw_multipart {
    struct cgw_retrieve *retrieve;
    const char *source_aet;
    bool lenient_end;
    enum stage stage;
    bool has_parts;
    char boundary[CGW_BOUNDARY_BYTES];
    const uint8_t *bytes; /* of the event, not given yet */
    size_t bytes_left;
    struct cgw_outcome_writer *outcome_writer;
    size_t head_length, head_offset;
    uint8_t head[HEAD_TEXT_BYTES + CGW_PART10_MAX_BYTES];
};

static bool make_boundary(char boundary[CGW_BOUNDARY_BYTES])
{
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    int length = snprintf(boundary, CGW_BOUNDARY_BYTES, "cgetway-");
    for (size_t i = 0; i < sizeof random; i++)
        length += snprintf(boundary + length, CGW_BOUNDARY_BYTES - (size_t)length, "%02x", random[i]);
    return true;
}

/* The delimiter and the header of a part. The line break before a delimiter belongs to the delimiter. */
static void put_part_head(struct cgw_multipart *multipart, const char *content_type,
                          const char *transfer_syntax)
{
    int length = snprintf((char *)multipart->head, HEAD_TEXT_BYTES, "%s--%s\r\nContent-Type: %s%s%s\r\n\r\n",
                          multipart->has_parts ? "\r\n" : "", multipart->boundary, content_type,
                          transfer_syntax != NULL ? "; transfer-syntax=" : "",
                          transfer_syntax != NULL ? transfer_syntax : "");
    assert(length > 0 && length < HEAD_TEXT_BYTES);
    multipart->head_length = (size_t)length;
    multipart->head_offset = 0;
    multipart->has_parts = true;
}

static void begin_instance(struct cgw_multipart *multipart, const struct cgw_instance *instance)
{
    put_part_head(multipart, "application/dicom", instance->transfer_syntax);
    multipart->head_length +=
        cgw_part10_header(instance->sop_class, instance->sop_instance, instance->transfer_syntax,
                          multipart->source_aet, multipart->head + multipart->head_length);
}

struct cgw_multipart *cgw_multipart_new(struct cgw_retrieve *retrieve, const struct cgw_event *first,
                                        const char *source_aet, bool lenient_end)
{
    struct cgw_multipart *multipart = calloc(1, sizeof *multipart);
    if (multipart == NULL || !make_boundary(multipart->boundary)) {
        free(multipart);
        return NULL;
    }
    multipart->retrieve = retrieve;
    multipart->source_aet = source_aet;
    multipart->lenient_end = lenient_end;
    assert(first->type == CGW_EVENT_INSTANCE);
    begin_instance(multipart, first->instance);
    return multipart;
}

void cgw_multipart_free(struct cgw_multipart *multipart)
{
    if (multipart == NULL)
        return;
    cgw_outcome_writer_free(multipart->outcome_writer);
    free(multipart);
}

const char *cgw_multipart_boundary(const struct cgw_multipart *multipart)
{
    return multipart->boundary;
}

static void begin_outcome(struct cgw_multipart *multipart)
{
    put_part_head(multipart, "application/json", NULL);
    multipart->outcome_writer = cgw_outcome_writer_new(cgw_retrieve_outcome(multipart->retrieve), "", "");
    multipart->stage = multipart->outcome_writer != NULL ? OUTCOME : CUT;
}

static void begin_closing(struct cgw_multipart *multipart)
{
    if (!cgw_retrieve_outcome(multipart->retrieve)->complete && !multipart->lenient_end) {
        multipart->stage = CUT;
        return;
    }
    int length = snprintf((char *)multipart->head, HEAD_TEXT_BYTES, "\r\n--%s--\r\n", multipart->boundary);
    multipart->head_length = (size_t)length;
    multipart->head_offset = 0;
    multipart->stage = CLOSING;
}

/* Takes the next event of the retrieve. False: nothing is there, and may_wait is false. */
static bool take_event(struct cgw_multipart *multipart, bool may_wait)
{
    struct cgw_event event;
    cgw_retrieve_next(multipart->retrieve, may_wait, &event);
    switch (event.type) {
    case CGW_EVENT_INSTANCE:
        begin_instance(multipart, event.instance);
        break;
    case CGW_EVENT_BYTES:
        multipart->bytes = event.bytes;
        multipart->bytes_left = event.length;
        break;
    case CGW_EVENT_END:
        break;
    case CGW_EVENT_PROGRESS:
        return may_wait; /* a peer that sends nothing else must not make us hold bytes back */
    case CGW_EVENT_OUTCOME:
        begin_outcome(multipart);
        break;
    case CGW_EVENT_AGAIN:
        return false;
    }
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Copies what is at hand: of the head first, else of the event. */
static size_t give(struct cgw_multipart *multipart, char *bytes, size_t capacity)
{
    size_t part = smaller(multipart->head_length - multipart->head_offset, capacity);
    if (part > 0) {
        memcpy(bytes, multipart->head + multipart->head_offset, part);
        multipart->head_offset += part;
        return part;
    }
    part = smaller(multipart->bytes_left, capacity);
    if (part > 0) {
        memcpy(bytes, multipart->bytes, part);
        multipart->bytes += part;
        multipart->bytes_left -= part;
    }
    return part;
}

ssize_t cgw_multipart_read(struct cgw_multipart *multipart, char *bytes, size_t capacity)
{
    size_t filled = 0;
    while (filled < capacity) {
        size_t given = give(multipart, bytes + filled, capacity - filled);
        filled += given;
        if (given > 0)
            continue;
        if (multipart->stage == PARTS) {
            if (!take_event(multipart, filled == 0))
                break;
        } else if (multipart->stage == OUTCOME) {
            ssize_t written =
                cgw_outcome_writer_read(multipart->outcome_writer, bytes + filled, capacity - filled);
            if (written > 0)
                filled += (size_t)written;
            else if (written == 0)
                begin_closing(multipart);
            else
                multipart->stage = CUT;
        } else if (multipart->stage == CLOSING) {
            multipart->stage = ENDED;
        } else {
            break;
        }
    }
    if (filled > 0)
        return (ssize_t)filled;
    return multipart->stage == ENDED ? CGW_SINK_END : CGW_SINK_CUT;
}
