#include "cgetway/multipart.h"

#include "format.h"

#include "cgetway/part10.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { BOUNDARY_BYTES = 48, HEAD_TEXT_BYTES = 256 };

struct multipart {
    struct cgw_sink sink;
    bool has_parts;
    char boundary[BOUNDARY_BYTES];
};

static bool make_boundary(char boundary[BOUNDARY_BYTES])
{
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    int length = snprintf(boundary, BOUNDARY_BYTES, "cgetway-");
    for (size_t i = 0; i < sizeof random; i++)
        length += snprintf(boundary + length, BOUNDARY_BYTES - (size_t)length, "%02x", random[i]);
    return true;
}

/* The delimiter and the header of a part. The line break before a delimiter belongs to the delimiter. */
static bool emit_part_head(struct multipart *multipart, const char *content_type, const char *transfer_syntax)
{
    char head[HEAD_TEXT_BYTES];
    int length = snprintf(head, sizeof head, "%s--%s\r\nContent-Type: %s%s%s\r\n\r\n",
                          multipart->has_parts ? "\r\n" : "", multipart->boundary, content_type,
                          transfer_syntax != NULL ? "; transfer-syntax=" : "",
                          transfer_syntax != NULL ? transfer_syntax : "");
    assert(length > 0 && length < HEAD_TEXT_BYTES);
    multipart->has_parts = true;
    return sink_emit(&multipart->sink, head, (size_t)length);
}

static bool begin_instance(struct cgw_sink *sink, const struct cgw_instance *instance)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    size_t length = sink_part10(sink, instance, header);
    return emit_part_head((struct multipart *)sink, "application/dicom", instance->transfer_syntax) &&
           sink_emit(sink, header, length);
}

static bool begin_outcome(struct cgw_sink *sink)
{
    return emit_part_head((struct multipart *)sink, "application/json", NULL);
}

static bool emit_closing_delimiter(struct cgw_sink *sink)
{
    char text[HEAD_TEXT_BYTES];
    int length = snprintf(text, sizeof text, "\r\n--%s--\r\n", ((const struct multipart *)sink)->boundary);
    return sink_emit(sink, text, (size_t)length);
}

static const struct sink_format format = {
    .begin_instance = begin_instance, .begin_outcome = begin_outcome, .close = emit_closing_delimiter};

struct cgw_sink *cgw_multipart_new(const struct cgw_sink_options *options)
{
    struct multipart *multipart = calloc(1, sizeof *multipart);
    if (multipart == NULL || !make_boundary(multipart->boundary)) {
        free(multipart);
        return NULL;
    }
    (void)snprintf(multipart->sink.content_type, sizeof multipart->sink.content_type,
                   "multipart/related; type=\"application/dicom\"; boundary=%s", multipart->boundary);
    if (!sink_start(&multipart->sink, &format, options)) {
        cgw_sink_free(&multipart->sink);
        return NULL;
    }
    return &multipart->sink;
}
