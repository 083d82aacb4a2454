#include "json_reader.h"

#include "utf8.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char byte_at(const struct cgw_json_reader *reader, size_t at)
{
    return at < reader->length ? reader->text[at] : '\0';
}

/* The four digits of an escape; -1 when they are not there. */
static int32_t read_hex4(const struct cgw_json_reader *reader, size_t at)
{
    static const char digits[] = "0123456789abcdef";
    int32_t number = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = byte_at(reader, at + i);
        char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        const char *digit = c != '\0' ? strchr(digits, lower) : NULL;
        if (digit == NULL)
            return -1;
        number = number * 16 + (int32_t)(digit - digits);
    }
    return number;
}

static bool append_code_point(struct cgw_buffer *buffer, uint32_t c)
{
    uint8_t bytes[4];
    size_t length;
    if (c < 0x80) {
        bytes[0] = (uint8_t)c;
        length = 1;
    } else if (c < 0x800) {
        bytes[0] = (uint8_t)(0xC0 | c >> 6);
        length = 2;
    } else if (c < 0x10000) {
        bytes[0] = (uint8_t)(0xE0 | c >> 12);
        length = 3;
    } else {
        bytes[0] = (uint8_t)(0xF0 | c >> 18);
        length = 4;
    }
    for (size_t i = 1; i < length; i++)
        bytes[i] = (uint8_t)(0x80 | ((c >> 6 * (length - 1 - i)) & 0x3F));
    return cgw_buffer_append(buffer, bytes, length);
}

/* Behind the u of an escape; a surrogate needs its partner. */
static enum cgw_code read_unicode_escape(struct cgw_json_reader *reader)
{
    int32_t c = read_hex4(reader, reader->at);
    if (c < 0)
        return cgw_json_fail(reader, "four hex digits are expected after \\u");
    if (c == 0)
        return cgw_json_fail(reader, "NUL is not allowed in a string");
    size_t used = 4;
    if (c >= 0xD800 && c <= 0xDFFF) {
        int32_t low = byte_at(reader, reader->at + 4) == '\\' && byte_at(reader, reader->at + 5) == 'u'
                          ? read_hex4(reader, reader->at + 6)
                          : -1;
        if (c >= 0xDC00 || low < 0xDC00 || low > 0xDFFF)
            return cgw_json_fail(reader, "half a surrogate pair is no character");
        c = 0x10000 + (c - 0xD800) * 0x400 + (low - 0xDC00);
        used = 10;
    }
    reader->at += used;
    return append_code_point(&reader->string, (uint32_t)c) ? CGW_OK : cgw_json_fail_memory(reader);
}

/* Behind the backslash. */
static enum cgw_code read_escape(struct cgw_json_reader *reader)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = byte_at(reader, reader->at);
    if (c == 'u') {
        reader->at++;
        return read_unicode_escape(reader);
    }
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (name == NULL)
        return cgw_json_fail(reader, "there is no such escape; a backslash itself is written \\\\");
    reader->at++;
    return cgw_buffer_append(&reader->string, &meanings[name - names], 1) ? CGW_OK
                                                                          : cgw_json_fail_memory(reader);
}

/* At a byte of 0x80 or more. */
static enum cgw_code read_utf8(struct cgw_json_reader *reader)
{
    size_t length = cgw_utf8_measure(reader->text + reader->at, reader->length - reader->at);
    if (length == 0)
        return cgw_json_fail(reader, "the text is not UTF-8");
    const char *start = reader->text + reader->at;
    reader->at += length;
    return cgw_buffer_append(&reader->string, start, length) ? CGW_OK : cgw_json_fail_memory(reader);
}

static enum cgw_code read_plain(struct cgw_json_reader *reader)
{
    size_t start = reader->at;
    while (reader->at < reader->length) {
        unsigned char c = (unsigned char)reader->text[reader->at];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
            break;
        reader->at++;
    }
    return cgw_buffer_append(&reader->string, reader->text + start, reader->at - start)
               ? CGW_OK
               : cgw_json_fail_memory(reader);
}

enum cgw_code cgw_json_read_string(struct cgw_json_reader *reader)
{
    enum cgw_code code = CGW_OK;
    cgw_buffer_clear(&reader->string);
    reader->at++;
    while (code == CGW_OK) {
        if (reader->at == reader->length)
            return cgw_json_fail(reader, "a string has no end");
        unsigned char c = (unsigned char)reader->text[reader->at];
        if (c == '"') {
            reader->at++;
            return cgw_buffer_append(&reader->string, "", 1) ? CGW_OK : cgw_json_fail_memory(reader);
        }
        if (c == '\\') {
            reader->at++;
            code = read_escape(reader);
        } else if (c < 0x20) {
            return cgw_json_fail(reader, "a control character in a string must be escaped");
        } else {
            code = c < 0x80 ? read_plain(reader) : read_utf8(reader);
        }
    }
    return code;
}

static size_t skip_digits(const struct cgw_json_reader *reader, size_t at)
{
    while (is_digit(byte_at(reader, at)))
        at++;
    return at;
}

/* Where the number ends that begins at reader->at; 0 when it follows no rule. */
static size_t end_of_number(const struct cgw_json_reader *reader, bool *is_integer)
{
    size_t at = reader->at + (byte_at(reader, reader->at) == '-');
    size_t end = byte_at(reader, at) == '0' ? at + 1 : skip_digits(reader, at);
    *is_integer = true;
    if (end == at || is_digit(byte_at(reader, end)))
        return 0;
    if (byte_at(reader, end) == '.') {
        at = end + 1;
        end = skip_digits(reader, at);
        *is_integer = false;
        if (end == at)
            return 0;
    }
    if (byte_at(reader, end) == 'e' || byte_at(reader, end) == 'E') {
        at = end + 1;
        at += byte_at(reader, at) == '+' || byte_at(reader, at) == '-';
        end = skip_digits(reader, at);
        *is_integer = false;
        if (end == at)
            return 0;
    }
    return end;
}

/* The program never calls setlocale, so the decimal point of strtod is a point. */
enum cgw_code cgw_json_read_number(struct cgw_json_reader *reader, json_t **ret_number)
{
    char copy[512];
    bool is_integer;
    size_t end = end_of_number(reader, &is_integer), length = end - reader->at;
    if (end == 0)
        return cgw_json_fail(reader, "this is no number of JSON");
    if (length >= sizeof copy)
        return cgw_json_fail(reader, "a number has too many digits; write it as a string");
    memcpy(copy, reader->text + reader->at, length);
    copy[length] = '\0';
    errno = 0;
    long long integer = is_integer ? strtoll(copy, NULL, 10) : 0;
    double real = is_integer ? 0 : strtod(copy, NULL);
    if ((is_integer && errno == ERANGE) || !isfinite(real))
        return cgw_json_fail(reader, "a number is too large; write it as a string");
    *ret_number = is_integer ? json_integer(integer) : json_real(real);
    reader->at = end;
    return *ret_number != NULL ? CGW_OK : cgw_json_fail_memory(reader);
}
