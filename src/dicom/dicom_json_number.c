#include "dicom_json_number.h"

#include "cgetway/byte_order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

enum { LONGEST_NUMBER = 64 }; /* characters; DS has 16, IS 12 */

/* A decimal as it is spelled: sign, digits, point, digits, exponent. */
struct decimal {
    bool is_negative, has_point;
    const char *whole, *fraction, *exponent; /* no leading zeros; without the point; with its letter */
    size_t whole_length, fraction_length, exponent_length;
};

static size_t count_of(char first, char last, const char *text, const char *end)
{
    size_t count = 0;
    while (text + count < end && text[count] >= first && text[count] <= last)
        count++;
    return count;
}

static bool is_sign(const char *text, const char *end)
{
    return text < end && (*text == '+' || *text == '-');
}

static bool is_exponent(const char *text, const char *end)
{
    if (text == end)
        return true;
    if (*text != 'e' && *text != 'E')
        return false;
    text += is_sign(text + 1, end) ? 2 : 1;
    return text < end && text + count_of('0', '9', text, end) == end;
}

static bool parse_decimal(const char *text, size_t length, struct decimal *decimal)
{
    const char *end = text + length;
    decimal->is_negative = length > 0 && *text == '-';
    text += is_sign(text, end) ? 1 : 0;
    size_t digits = count_of('0', '9', text, end), zeros = count_of('0', '0', text, end);
    decimal->whole = text + zeros;
    decimal->whole_length = digits - zeros;
    text += digits;
    decimal->has_point = text < end && *text == '.';
    text += decimal->has_point ? 1 : 0;
    decimal->fraction = text;
    decimal->fraction_length = decimal->has_point ? count_of('0', '9', text, end) : 0;
    text += decimal->fraction_length;
    decimal->exponent = text;
    decimal->exponent_length = (size_t)(end - text);
    return digits + decimal->fraction_length > 0 && is_exponent(text, end);
}

static bool is_zero(const struct decimal *decimal)
{
    const char *fraction_end = decimal->fraction + decimal->fraction_length;
    return decimal->whole_length == 0 &&
           count_of('0', '0', decimal->fraction, fraction_end) == decimal->fraction_length;
}

static bool is_beyond_double(const char *text, size_t length)
{
    char copy[LONGEST_NUMBER + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    return isinf(strtod(copy, NULL));
}

/* Doubles keep every integer up to this one. */
static bool is_beyond_safe(const struct decimal *decimal)
{
    static const char most[] = "9007199254740992"; /* 2^53 */
    return decimal->whole_length >= sizeof most ||
           (decimal->whole_length == sizeof most - 1 && memcmp(decimal->whole, most, sizeof most - 1) > 0);
}

static bool is_json_number(enum cgw_vr vr, const char *text, size_t length, struct decimal *decimal)
{
    if (length > LONGEST_NUMBER || !parse_decimal(text, length, decimal))
        return false;
    if (!decimal->has_point && decimal->exponent_length == 0)
        return !is_beyond_safe(decimal);
    return vr != CGW_VR_IS && (decimal->exponent_length == 0 || !is_beyond_double(text, length));
}

bool json_number_from_text(struct json_out *out, enum cgw_vr vr, const char *text, size_t length)
{
    struct decimal decimal;
    if (!is_json_number(vr, text, length, &decimal))
        return false;
    if (decimal.is_negative)
        JSON_OUT_LITERAL(out, "-");
    if (is_zero(&decimal)) { /* whatever the exponent */
        JSON_OUT_LITERAL(out, "0");
        return true;
    }
    if (decimal.whole_length == 0)
        JSON_OUT_LITERAL(out, "0");
    json_out_bytes(out, decimal.whole, decimal.whole_length);
    if (decimal.fraction_length > 0)
        JSON_OUT_LITERAL(out, ".");
    json_out_bytes(out, decimal.fraction, decimal.fraction_length);
    json_out_bytes(out, decimal.exponent, decimal.exponent_length);
    return true;
}

/* ---- bytes ---- */

static void write_integer(struct json_out *out, bool is_negative, uint64_t magnitude)
{
    static const uint64_t most_of_a_double = UINT64_C(1) << 53;
    char text[24];
    size_t at = sizeof text;
    bool is_string = magnitude > most_of_a_double;
    if (is_string)
        text[--at] = '"';
    do {
        text[--at] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (is_negative)
        text[--at] = '-';
    if (is_string)
        text[--at] = '"';
    json_out_bytes(out, text + at, sizeof text - at);
}

static void write_signed(struct json_out *out, int64_t value)
{
    write_integer(out, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* As few digits as give the same number again. */
static void write_real(struct json_out *out, double value, bool is_single)
{
    char text[32];
    int length = 0;
    if (isnan(value))
        JSON_OUT_LITERAL(out, "\"NaN\"");
    else if (isinf(value) && value > 0)
        JSON_OUT_LITERAL(out, "\"inf\"");
    else if (isinf(value))
        JSON_OUT_LITERAL(out, "\"-inf\"");
    if (!isfinite(value))
        return;
    for (int digits = is_single ? 6 : 15; digits <= (is_single ? 9 : 17); digits++) {
        length = snprintf(text, sizeof text, "%.*g", digits, value);
        double read = is_single ? (double)strtof(text, NULL) : strtod(text, NULL);
        if (read >= value && read <= value)
            break;
    }
    json_out_bytes(out, text, (size_t)length);
}

static uint64_t get_u64le(const uint8_t *value)
{
    return (uint64_t)cgw_get_u32le(value + 4) << 32 | cgw_get_u32le(value);
}

static void write_single(struct json_out *out, const uint8_t *value)
{
    uint32_t bits = cgw_get_u32le(value);
    float single;
    memcpy(&single, &bits, sizeof single);
    write_real(out, (double)single, true);
}

static void write_double(struct json_out *out, const uint8_t *value)
{
    uint64_t bits = get_u64le(value);
    double real;
    memcpy(&real, &bits, sizeof real);
    write_real(out, real, false);
}

static void write_tag(struct json_out *out, const uint8_t *value)
{
    JSON_OUT_LITERAL(out, "\"");
    json_out_tag(out, (uint32_t)cgw_get_u16le(value) << 16 | cgw_get_u16le(value + 2));
    JSON_OUT_LITERAL(out, "\"");
}

void json_number_from_bytes(struct json_out *out, enum cgw_vr vr, const uint8_t *value)
{
    switch (vr) {
    case CGW_VR_AT:
        write_tag(out, value);
        break;
    case CGW_VR_FL:
        write_single(out, value);
        break;
    case CGW_VR_FD:
        write_double(out, value);
        break;
    case CGW_VR_SS:
        write_signed(out, (int16_t)cgw_get_u16le(value));
        break;
    case CGW_VR_SL:
        write_signed(out, (int32_t)cgw_get_u32le(value));
        break;
    case CGW_VR_SV:
        write_signed(out, (int64_t)get_u64le(value));
        break;
    case CGW_VR_US:
        write_integer(out, false, cgw_get_u16le(value));
        break;
    case CGW_VR_UL:
        write_integer(out, false, cgw_get_u32le(value));
        break;
    default: /* UV */
        write_integer(out, false, get_u64le(value));
    }
}
