#include "support/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_BOUNDARY_BYTES = 70 };

struct parser {
    const uint8_t *bytes;
    size_t length;
    size_t at;
    char delimiter[MAX_BOUNDARY_BYTES + 5]; /* CRLF "--" boundary */
    size_t delimiter_length;
    bool may_be_cut;
    struct multipart *result;
    struct support_error *err;
};

static char *trimmed(const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return strndup(start, (size_t)(end - start));
}

/* A quoted-string (RFC 7230 3.2.6); *text stands behind its first quote and is moved behind its last. */
static char *unquoted(const char **text)
{
    char *value = malloc(strlen(*text) + 1);
    size_t length = 0;
    while (value != NULL && **text != '\0' && **text != '"') {
        if (**text == '\\' && (*text)[1] != '\0')
            (*text)++;
        value[length++] = *(*text)++;
    }
    if (value != NULL)
        value[length] = '\0';
    if (**text == '"')
        (*text)++;
    return value;
}

char *media_type_parameter(const char *media_type, const char *name)
{
    const char *at = media_type + strcspn(media_type, ";");
    size_t name_length = strlen(name);
    while (*at == ';') {
        at += 1 + strspn(at + 1, " \t");
        size_t length = strcspn(at, "=; \t");
        bool wanted = length == name_length && strncasecmp(at, name, length) == 0;
        at += length;
        if (*at != '=')
            continue;
        char *value = NULL;
        if (*++at == '"') {
            at++;
            value = unquoted(&at);
        } else {
            size_t value_length = strcspn(at, ";");
            value = trimmed(at, at + value_length);
            at += value_length;
        }
        if (wanted)
            return value;
        free(value);
        at += strspn(at, " \t");
    }
    return NULL;
}

char *multipart_header(const struct multipart_part *part, const char *name)
{
    size_t name_length = strlen(name);
    const char *line = part->headers;
    const char *end = part->headers + part->headers_length;
    while (line < end) {
        const char *line_end = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (line_end == NULL)
            line_end = end;
        if ((size_t)(line_end - line) > name_length && line[name_length] == ':' &&
            strncasecmp(line, name, name_length) == 0)
            return trimmed(line + name_length + 1, line_end);
        line = line_end + 2;
    }
    return NULL;
}

static bool wrong(struct parser *parser, const char *what)
{
    support_fail(parser->err, "byte %zu: %s", parser->at, what);
    return false;
}

static bool cut(struct parser *parser, enum multipart_end end)
{
    static const char *const names[] = {
        [MULTIPART_CUT_AT_START] = "before the first part",
        [MULTIPART_CUT_IN_HEADER] = "in a part's header",
        [MULTIPART_CUT_IN_BODY] = "in a part's body",
        [MULTIPART_CUT_AFTER_PART] = "after a part, without the closing delimiter",
    };
    parser->result->end = end;
    parser->result->end_offset = parser->length;
    if (!parser->may_be_cut)
        support_fail(parser->err, "byte %zu: the body ends %s", parser->length, names[end]);
    return parser->may_be_cut;
}

/* How much of text is there; SIZE_MAX when something else is. */
static size_t looking_at(const struct parser *parser, const char *text, size_t text_length)
{
    size_t left = parser->length - parser->at;
    size_t compared = left < text_length ? left : text_length;
    return memcmp(parser->bytes + parser->at, text, compared) == 0 ? compared : SIZE_MAX;
}

static bool check_header_lines(struct parser *parser, const struct multipart_part *part)
{
    const char *line = part->headers;
    const char *end = line + part->headers_length;
    while (line < end) {
        const char *line_end = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (line_end == NULL)
            line_end = end;
        const char *colon = memchr(line, ':', (size_t)(line_end - line));
        if (colon == NULL || colon == line || memchr(line, ' ', (size_t)(colon - line)) != NULL)
            return wrong(parser, "a header line of the part before is not \"Name: value\"");
        for (const char *c = line; c < line_end; c++) {
            if ((unsigned char)*c < 0x20 && *c != '\t')
                return wrong(parser, "a control character in the header of the part before");
        }
        line = line_end + 2;
    }
    return true;
}

static struct multipart_part *add_part(struct multipart *result)
{
    struct multipart_part *grown = realloc(result->parts, (result->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    result->parts = grown;
    grown[result->count] = (struct multipart_part){.whole = false};
    return &grown[result->count++];
}

/* Stands behind a delimiter's line. *ret_more: a delimiter and another part follow. */
static bool parse_part(struct parser *parser, bool *ret_more)
{
    const uint8_t *start = parser->bytes + parser->at;
    size_t left = parser->length - parser->at;
    const uint8_t *headers_end = memmem(start, left, "\r\n\r\n", 4);
    *ret_more = false;
    if (looking_at(parser, "\r\n", 2) == 2)
        return wrong(parser, "a part without header fields");
    if (headers_end == NULL)
        return cut(parser, MULTIPART_CUT_IN_HEADER);
    struct multipart_part *part = add_part(parser->result);
    if (part == NULL)
        return wrong(parser, "out of memory");
    part->headers = (const char *)start;
    part->headers_length = (size_t)(headers_end - start);
    part->body = headers_end + 4;
    if (!check_header_lines(parser, part))
        return false;
    /* An empty body's delimiter may share the CRLF that ends the header only in loose parsers: search behind
     * it. */
    left = parser->length - (size_t)(part->body - parser->bytes);
    const uint8_t *end = memmem(part->body, left, parser->delimiter, parser->delimiter_length);
    part->body_length = end == NULL ? left : (size_t)(end - part->body);
    if (end == NULL)
        return cut(parser, MULTIPART_CUT_IN_BODY);
    part->whole = true;
    parser->at = (size_t)(end - parser->bytes) + parser->delimiter_length;
    size_t closing = looking_at(parser, "--", 2);
    if (closing < 2)
        return cut(parser, MULTIPART_CUT_AFTER_PART);
    if (closing == 2) {
        parser->at += 2;
        parser->result->end = MULTIPART_CLOSED;
        parser->result->end_offset = parser->at;
        bool last = parser->at == parser->length ||
                    (looking_at(parser, "\r\n", 2) == 2 && parser->length - parser->at == 2);
        return last || wrong(parser, "something follows the closing delimiter");
    }
    size_t line_end = looking_at(parser, "\r\n", 2);
    if (line_end == SIZE_MAX)
        return wrong(parser, "a delimiter that does not end with CRLF");
    if (line_end < 2)
        return cut(parser, MULTIPART_CUT_AFTER_PART);
    parser->at += 2;
    *ret_more = true;
    return true;
}

static bool parse_all(struct parser *parser)
{
    /* The first delimiter has no CRLF before it. */
    const char *first = parser->delimiter + 2;
    size_t first_length = parser->delimiter_length - 2;
    size_t there = looking_at(parser, first, first_length);
    if (there == SIZE_MAX)
        return wrong(parser, "the body does not start with the delimiter");
    if (there < first_length)
        return cut(parser, MULTIPART_CUT_AT_START);
    parser->at += first_length;
    there = looking_at(parser, "\r\n", 2);
    if (there == SIZE_MAX)
        return wrong(parser, "the first delimiter does not end with CRLF");
    if (there < 2)
        return cut(parser, MULTIPART_CUT_AT_START);
    parser->at += 2;
    bool more = true;
    while (more) {
        if (!parse_part(parser, &more))
            return false;
    }
    return true;
}

static bool parse(const char *content_type, const void *bytes, size_t length, bool may_be_cut,
                  struct multipart *ret_multipart, struct support_error *err)
{
    *ret_multipart = (struct multipart){.end = MULTIPART_CUT_AT_START};
    struct parser parser = {.bytes = length == 0 ? (const uint8_t *)"" : bytes,
                            .length = length,
                            .may_be_cut = may_be_cut,
                            .result = ret_multipart,
                            .err = err};
    char *boundary = content_type == NULL ? NULL : media_type_parameter(content_type, "boundary");
    size_t boundary_length = boundary == NULL ? 0 : strlen(boundary);
    if (boundary_length == 0 || boundary_length > MAX_BOUNDARY_BYTES ||
        boundary[boundary_length - 1] == ' ') {
        support_fail(err, "no boundary that RFC 2046 allows in Content-Type \"%s\"",
                     content_type == NULL ? "" : content_type);
        free(boundary);
        return false;
    }
    parser.delimiter_length =
        (size_t)snprintf(parser.delimiter, sizeof(parser.delimiter), "\r\n--%s", boundary);
    free(boundary);
    return parse_all(&parser);
}

bool multipart_parse(const char *content_type, const void *bytes, size_t length,
                     struct multipart *ret_multipart, struct support_error *err)
{
    return parse(content_type, bytes, length, false, ret_multipart, err);
}

bool multipart_parse_cut(const char *content_type, const void *bytes, size_t length,
                         struct multipart *ret_multipart, struct support_error *err)
{
    return parse(content_type, bytes, length, true, ret_multipart, err);
}

void multipart_release(struct multipart *multipart)
{
    free(multipart->parts);
    *multipart = (struct multipart){.parts = NULL};
}
