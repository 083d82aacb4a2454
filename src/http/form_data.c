#include "form_data.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LINE_BYTES = 1024, DELIMITER_BYTES = FORM_BOUNDARY_BYTES + 4 };

static const char token_characters[] =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* ---- header fields and their parameters ---- */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* A token or a quoted string (RFC 9110 5.6.4); returns what follows it, NULL: there is none, or it is too
 * long.
 */
static const char *read_value(const char *at, char *value, size_t size)
{
    size_t length = 0;
    if (*at != '"') {
        length = strspn(at, token_characters);
        if (length == 0 || length >= size)
            return NULL;
        memcpy(value, at, length);
        value[length] = '\0';
        return at + length;
    }
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (*at == '\0' || length + 1 >= size)
            return NULL;
        value[length++] = *at;
    }
    value[length] = '\0';
    return at + 1;
}

/* One parameter from its semicolon on; *ret_after: what follows. */
static bool read_parameter(const char *at, char name[static 32], char value[static LINE_BYTES],
                           const char **ret_after)
{
    at = skip_blanks(at);
    if (*at != ';')
        return false;
    at = read_value(skip_blanks(at + 1), name, 32);
    if (at == NULL || *at != '=')
        return false;
    at = read_value(at + 1, value, LINE_BYTES);
    if (at == NULL)
        return false;
    *ret_after = skip_blanks(at);
    return true;
}

/* The parameter of that name among those that follow a type; false: malformed, twice, or too long for size.
 * Without one, found is left empty. */
static bool find_parameter(const char *at, const char *wanted, char *found, size_t size)
{
    char name[32], value[LINE_BYTES];
    found[0] = '\0';
    while (*at != '\0') {
        if (!read_parameter(at, name, value, &at))
            return false;
        if (strcasecmp(name, wanted) != 0)
            continue;
        size_t length = strlen(value);
        if (found[0] != '\0' || length >= size)
            return false;
        memcpy(found, value, length + 1);
    }
    return true;
}

/* ---- the boundary ---- */

enum cgw_code form_boundary(const char *content_type, char ret_boundary[static FORM_BOUNDARY_BYTES],
                            struct cgw_error *err)
{
    static const char allowed[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ";
    const char *parameters = content_type + strcspn(content_type, "; \t");
    if (!find_parameter(parameters, "boundary", ret_boundary, FORM_BOUNDARY_BYTES))
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the parameters of Content-Type are malformed");
    size_t length = strlen(ret_boundary);
    if (length == 0)
        return cgw_fail(
            err, CGW_E_BAD_REQUEST,
            "the Content-Type multipart/form-data has no boundary; let the HTTP client write that "
            "field (curl -F does)");
    if (strspn(ret_boundary, allowed) != length || ret_boundary[length - 1] == ' ')
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the boundary of Content-Type is none (RFC 2046 5.1.1)");
    return CGW_OK;
}

/* ---- the parts ---- */

struct cursor {
    const uint8_t *at, *end;
    const char *delimiter; /* "\r\n--boundary" */
    size_t delimiter_length;
    struct cgw_error *err;
};

static bool skip_text(struct cursor *cursor, const char *text, size_t length)
{
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* The next line without its end; "" ends a header. */
static enum cgw_code read_line(struct cursor *cursor, char line[static LINE_BYTES], size_t *header_bytes)
{
    const uint8_t *end = memmem(cursor->at, (size_t)(cursor->end - cursor->at), "\r\n", 2);
    if (end == NULL)
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST, "the form ends inside the header of a part");
    size_t length = (size_t)(end - cursor->at);
    *header_bytes += length + 2;
    if (length >= LINE_BYTES || *header_bytes > FORM_MAX_HEADER_BYTES)
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST, "the header of a part of the form is too long");
    memcpy(line, cursor->at, length);
    line[length] = '\0';
    if (strlen(line) != length || strpbrk(line, "\r\n") != NULL)
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST, "the header of a part of the form is malformed");
    cursor->at = end + 2;
    return CGW_OK;
}

static enum cgw_code take_disposition(struct form_part *part, const char *value, struct cgw_error *err)
{
    static const char wanted[] = "form-data";
    size_t length = sizeof wanted - 1;
    if (part->name[0] != '\0' || strncasecmp(value, wanted, length) != 0 ||
        !find_parameter(value + length, "name", part->name, sizeof part->name) || part->name[0] == '\0')
        return cgw_fail(err, CGW_E_BAD_REQUEST,
                        "a part of the form needs one Content-Disposition: form-data; name=\"...\"");
    for (char *c = part->name; *c != '\0'; c++) { /* it is told to people */
        if (*c < 0x20 || *c > 0x7E)
            *c = '?';
    }
    return CGW_OK;
}

static enum cgw_code take_field(struct form_part *part, const char *line, struct cgw_error *err)
{
    size_t length = strspn(line, token_characters);
    if (length == 0 || line[length] != ':')
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the header of a part of the form is malformed");
    const char *value = skip_blanks(line + length + 1);
    if (strncasecmp(line, "Content-Disposition:", length + 1) == 0)
        return take_disposition(part, value, err);
    if (strncasecmp(line, "Content-Type:", length + 1) == 0) {
        if (part->content_type[0] != '\0' || strlen(value) >= sizeof part->content_type)
            return cgw_fail(err, CGW_E_BAD_REQUEST, "a part of the form has too much of Content-Type");
        (void)snprintf(part->content_type, sizeof part->content_type, "%s", value);
    }
    if (strncasecmp(line, "Content-Transfer-Encoding:", length + 1) == 0 &&
        strcasecmp(value, "binary") != 0 && strcasecmp(value, "8bit") != 0 && strcasecmp(value, "7bit") != 0)
        return cgw_fail(err, CGW_E_BAD_REQUEST,
                        "a part of the form has a Content-Transfer-Encoding; send its bytes as they are");
    return CGW_OK; /* other fields mean nothing here: RFC 7578 4.8 */
}

static enum cgw_code read_header(struct cursor *cursor, struct form_part *part)
{
    char line[LINE_BYTES] = "";
    size_t header_bytes = 0;
    for (;;) {
        enum cgw_code code = read_line(cursor, line, &header_bytes);
        if (code == CGW_OK && line[0] == '\0')
            break;
        if (code == CGW_OK)
            code = take_field(part, line, cursor->err);
        if (code != CGW_OK)
            return code;
    }
    if (part->name[0] == '\0')
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST,
                        "a part of the form needs one Content-Disposition: form-data; name=\"...\"");
    return CGW_OK;
}

static enum cgw_code read_part(struct cursor *cursor, struct form_data *form)
{
    if (form->count == FORM_MAX_PARTS)
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST, "the form has more than %d parts", FORM_MAX_PARTS);
    struct form_part part = {.bytes = NULL};
    enum cgw_code code = read_header(cursor, &part);
    if (code != CGW_OK)
        return code;
    if (form_find(form, part.name) != NULL)
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST, "the form has the part \"%s\" twice", part.name);
    const uint8_t *from = cursor->at;
    const uint8_t *end =
        memmem(from, (size_t)(cursor->end - from), cursor->delimiter, cursor->delimiter_length);
    if (end == NULL)
        return cgw_fail(cursor->err, CGW_E_BAD_REQUEST,
                        "the form ends inside the part \"%s\", without its boundary", part.name);
    part.bytes = from;
    part.length = (size_t)(end - from);
    cursor->at = end + cursor->delimiter_length;
    form->parts[form->count++] = part;
    return CGW_OK;
}

enum cgw_code form_parse(const uint8_t *body, size_t length, const char *boundary, struct form_data *ret_form,
                         struct cgw_error *err)
{
    char delimiter[DELIMITER_BYTES];
    (void)snprintf(delimiter, sizeof delimiter, "\r\n--%s", boundary);
    struct cursor cursor = {.at = body,
                            .end = body + length,
                            .delimiter = delimiter,
                            .delimiter_length = strlen(delimiter),
                            .err = err};
    *ret_form = (struct form_data){0};
    if (!skip_text(&cursor, delimiter + 2, cursor.delimiter_length - 2))
        return cgw_fail(err, CGW_E_BAD_REQUEST,
                        "the form does not begin with the boundary that Content-Type names");
    while (!skip_text(&cursor, "--", 2)) {
        while (skip_text(&cursor, " ", 1) || skip_text(&cursor, "\t", 1)) {
        }
        if (!skip_text(&cursor, "\r\n", 2))
            return cgw_fail(err, CGW_E_BAD_REQUEST, "a boundary of the form is not the end of its line");
        enum cgw_code code = read_part(&cursor, ret_form);
        if (code != CGW_OK)
            return code;
    }
    (void)skip_text(&cursor, "\r\n", 2);
    if (cursor.at != cursor.end)
        return cgw_fail(err, CGW_E_BAD_REQUEST, "there is something behind the end of the form");
    return CGW_OK;
}

const struct form_part *form_find(const struct form_data *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->parts[i].name, name) == 0)
            return &form->parts[i];
    }
    return NULL;
}
