#include "json.h"

#include "cgetway/cleanup.h"

#include "json_reader.h"
#include "utf8.h"

#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

static enum cgw_code read_value(struct cgw_json_reader *reader, json_t **ret_value);

enum cgw_code cgw_json_fail(struct cgw_json_reader *reader, const char *what)
{
    size_t line = 1, line_start = 0;
    for (size_t i = 0; i < reader->at; i++) {
        if (reader->text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    size_t column = cgw_utf8_length(reader->text + line_start, reader->at - line_start) + 1;
    return cgw_fail(reader->err, CGW_E_BAD_JSON, "%s at line %zu, column %zu", what, line, column);
}

enum cgw_code cgw_json_fail_memory(struct cgw_json_reader *reader)
{
    return cgw_fail(reader->err, CGW_E_OUT_OF_MEMORY, "no memory for the JSON");
}

/* The next byte that is no white space; '\0' at the end, where a NUL in the text is told from it by
 * reader->at. */
static char peek(struct cgw_json_reader *reader)
{
    while (reader->at < reader->length && memchr(" \t\n\r", reader->text[reader->at], 4) != NULL)
        reader->at++;
    return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

static enum cgw_code fail_here(struct cgw_json_reader *reader, const char *expected)
{
    return cgw_json_fail(reader, reader->at < reader->length ? expected
                                 : reader->length == 0       ? "the body is empty"
                                                             : "the JSON ends too early");
}

static enum cgw_code read_literal(struct cgw_json_reader *reader, const char *name, json_t *value,
                                  json_t **ret_value)
{
    size_t length = strlen(name);
    if (reader->length - reader->at < length || memcmp(reader->text + reader->at, name, length) != 0)
        return fail_here(reader, "a value is expected");
    reader->at += length;
    *ret_value = value;
    return CGW_OK;
}

static enum cgw_code read_member(struct cgw_json_reader *reader, json_t *object)
{
    json_t *value = NULL;
    if (peek(reader) != '"')
        return fail_here(reader, "a key in quotation marks is expected");
    if (++reader->keys > reader->options->max_keys)
        return cgw_fail(reader->err, CGW_E_TOO_MANY_KEYS, "the Identifier has more than %zu keys",
                        reader->options->max_keys);
    size_t start = reader->at;
    enum cgw_code code = cgw_json_read_string(reader);
    if (code != CGW_OK)
        return code;
    if (json_object_get(object, (const char *)reader->string.bytes) != NULL) {
        reader->at = start;
        return cgw_json_fail(reader, "the same key comes twice in one object");
    }
    CGW_AUTO_FREE char *key = strdup((const char *)reader->string.bytes); /* the value may be a string too */
    if (key == NULL)
        return cgw_json_fail_memory(reader);
    if (peek(reader) != ':')
        return fail_here(reader, "a colon is expected");
    reader->at++;
    code = read_value(reader, &value);
    if (code != CGW_OK)
        return code;
    return json_object_set_new_nocheck(object, key, value) == 0 ? CGW_OK : cgw_json_fail_memory(reader);
}

static enum cgw_code read_element(struct cgw_json_reader *reader, json_t *array)
{
    json_t *value = NULL;
    enum cgw_code code = read_value(reader, &value);
    if (code != CGW_OK)
        return code;
    return json_array_append_new(array, value) == 0 ? CGW_OK : cgw_json_fail_memory(reader);
}

/* At the opening bracket: an object or an array, whose parts read_part reads into it. */
static enum cgw_code read_container(struct cgw_json_reader *reader, json_t *empty, char closing,
                                    enum cgw_code (*read_part)(struct cgw_json_reader *, json_t *),
                                    json_t **ret_value)
{
    CGW_AUTO(json) json_t *container = empty;
    if (container == NULL)
        return cgw_json_fail_memory(reader);
    if (++reader->depth > reader->options->max_depth)
        return cgw_fail(reader->err, CGW_E_TOO_DEEP, "the JSON is nested deeper than %zu",
                        reader->options->max_depth);
    reader->at++;
    bool is_first = true;
    while (peek(reader) != closing || reader->at == reader->length) {
        if (!is_first) {
            if (peek(reader) != ',')
                return fail_here(reader,
                                 closing == '}' ? "a comma or } is expected" : "a comma or ] is expected");
            reader->at++;
        }
        enum cgw_code code = read_part(reader, container);
        if (code != CGW_OK)
            return code;
        is_first = false;
    }
    reader->at++;
    reader->depth--;
    *ret_value = container;
    container = NULL;
    return CGW_OK;
}

static enum cgw_code read_string_value(struct cgw_json_reader *reader, json_t **ret_value)
{
    enum cgw_code code = cgw_json_read_string(reader);
    if (code != CGW_OK)
        return code;
    *ret_value = json_stringn_nocheck((const char *)reader->string.bytes, reader->string.length - 1);
    return *ret_value != NULL ? CGW_OK : cgw_json_fail_memory(reader);
}

/* Recurses as deep as max_depth. */
static enum cgw_code read_value(struct cgw_json_reader *reader, json_t **ret_value)
{
    switch (peek(reader)) {
    case '{':
        return read_container(reader, json_object(), '}', read_member, ret_value);
    case '[':
        return read_container(reader, json_array(), ']', read_element, ret_value);
    case '"':
        return read_string_value(reader, ret_value);
    case 't':
        return read_literal(reader, "true", json_true(), ret_value);
    case 'f':
        return read_literal(reader, "false", json_false(), ret_value);
    case 'n':
        return read_literal(reader, "null", json_null(), ret_value);
    case '-':
    case '0' ... '9':
        return cgw_json_read_number(reader, ret_value);
    default:
        return fail_here(reader, "a value is expected");
    }
}

enum cgw_code cgw_json_load_object(const char *body, size_t length, const struct cgw_query_options *options,
                                   json_t **ret_object, struct cgw_error *err)
{
    struct cgw_json_reader reader = {.text = body, .length = length, .options = options, .err = err};
    reader.string = (struct cgw_buffer)CGW_BUFFER_INIT(length + 1);
    CGW_AUTO(json) json_t *object = NULL;
    if (peek(&reader) != '{')
        return fail_here(&reader, "a JSON object, {\"keyword\": value, ...}, is expected");
    enum cgw_code code = read_value(&reader, &object);
    if (code == CGW_OK)
        (void)peek(&reader);
    if (code == CGW_OK && reader.at < length)
        code = cgw_json_fail(&reader, "there is something behind the JSON object");
    cgw_buffer_release(&reader.string);
    if (code != CGW_OK)
        return code;
    *ret_object = object;
    object = NULL;
    return CGW_OK;
}
