#include "value.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct integer_range {
    int64_t min;
    uint64_t max;
};

static struct integer_range range_of(enum cgw_vr vr)
{
    switch (vr) {
    case CGW_VR_SS:
        return (struct integer_range){INT16_MIN, INT16_MAX};
    case CGW_VR_US:
        return (struct integer_range){0, UINT16_MAX};
    case CGW_VR_SL:
    case CGW_VR_IS:
        return (struct integer_range){INT32_MIN, INT32_MAX};
    case CGW_VR_UL:
        return (struct integer_range){0, UINT32_MAX};
    case CGW_VR_SV:
        return (struct integer_range){INT64_MIN, INT64_MAX};
    default:
        return (struct integer_range){0, UINT64_MAX};
    }
}

static enum cgw_code fail_integer(enum cgw_vr vr, struct cgw_fault *fault)
{
    struct integer_range range = range_of(vr);
    return cgw_fault_set(fault, "bad-value", "VR %s takes whole decimal numbers from %" PRId64 " to %" PRIu64,
                         cgw_vr_info_of(vr)->name, range.min, range.max);
}

/* Sign and magnitude. Blanks, other bases and overflow fail. */
static bool parse_integer(const char *text, size_t length, bool *negative, uint64_t *magnitude)
{
    size_t i = 0;
    *negative = length > 0 && text[0] == '-';
    if (length > 0 && (text[0] == '-' || text[0] == '+'))
        i = 1;
    *magnitude = 0;
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(*magnitude, 10u, magnitude) ||
            __builtin_add_overflow(*magnitude, (uint64_t)(text[i] - '0'), magnitude))
            return false;
    }
    return true;
}

/* 1024.0 is the whole number 1024: JSON has one kind of number. Beyond 2^53 a real may have lost digits. */
static bool integer_of_json(const json_t *number, bool *negative, uint64_t *magnitude)
{
    static const double exact = 9007199254740992.0;
    if (json_is_integer(number)) {
        json_int_t integer = json_integer_value(number);
        *negative = integer < 0;
        *magnitude = integer < 0 ? 0u - (uint64_t)integer : (uint64_t)integer;
        return true;
    }
    double real = json_real_value(number);
    if (!(fabs(real) <= exact) || floor(real) < real)
        return false;
    *negative = real < 0;
    *magnitude = (uint64_t)fabs(real);
    return true;
}

static bool is_in_range(enum cgw_vr vr, bool negative, uint64_t magnitude)
{
    struct integer_range range = range_of(vr);
    return negative ? magnitude <= 0u - (uint64_t)range.min : magnitude <= range.max;
}

enum cgw_code cgw_value_append_integer(enum cgw_vr vr, const struct cgw_piece *piece,
                                       struct cgw_buffer *value, struct cgw_fault *fault)
{
    bool negative = false;
    uint64_t magnitude = 0;
    bool parsed = piece->text != NULL ? parse_integer(piece->text, piece->length, &negative, &magnitude)
                                      : integer_of_json(piece->number, &negative, &magnitude);
    if (!parsed || !is_in_range(vr, negative, magnitude))
        return fail_integer(vr, fault);
    uint64_t bits = negative ? 0u - magnitude : magnitude;
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    return cgw_value_put(value, bytes, cgw_vr_info_of(vr)->size);
}

static size_t skip_digits(const char *text, size_t length, size_t at)
{
    while (at < length && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* [+-] digits [. digits] [e [+-] digits], with digits before or after the point. */
static bool is_decimal(const char *text, size_t length)
{
    size_t at = length > 0 && (text[0] == '+' || text[0] == '-') ? 1 : 0;
    size_t whole = skip_digits(text, length, at);
    size_t digits = whole - at;
    at = whole;
    if (at < length && text[at] == '.') {
        size_t fraction = skip_digits(text, length, at + 1);
        digits += fraction - at - 1;
        at = fraction;
    }
    if (digits == 0)
        return false;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '+' || text[at] == '-'))
            at++;
        size_t exponent = skip_digits(text, length, at);
        if (exponent == at)
            return false;
        at = exponent;
    }
    return at == length;
}

/* strtod needs a terminated copy. The program never calls setlocale, so the decimal point is a point. */
static bool parse_real(const char *text, size_t length, double *ret_real)
{
    char copy[512];
    if (length >= sizeof copy || !is_decimal(text, length))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *ret_real = strtod(copy, NULL);
    return true;
}

enum cgw_code cgw_value_append_real(enum cgw_vr vr, const struct cgw_piece *piece, struct cgw_buffer *value,
                                    struct cgw_fault *fault)
{
    double real = 0;
    bool parsed = true;
    if (piece->text != NULL)
        parsed = parse_real(piece->text, piece->length, &real);
    else
        real = json_number_value(piece->number);
    double limit = vr == CGW_VR_FL ? (double)FLT_MAX : DBL_MAX;
    if (!parsed || !(fabs(real) <= limit))
        return cgw_fault_set(fault, "bad-value", "VR %s takes decimal numbers with magnitudes up to %.3g",
                             cgw_vr_info_of(vr)->name, limit);
    uint64_t bits = 0;
    if (vr == CGW_VR_FL) {
        float narrow = (float)real;
        uint32_t narrow_bits;
        memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
        bits = narrow_bits;
    } else {
        memcpy(&bits, &real, sizeof bits);
    }
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    return cgw_value_put(value, bytes, cgw_vr_info_of(vr)->size);
}

/* The shortest text that reads back as the same number. */
static void print_shortest(double real, char out[static CGW_NUMBER_TEXT_BYTES])
{
    for (int digits = 1; digits <= DBL_DECIMAL_DIG; digits++) {
        (void)snprintf(out, CGW_NUMBER_TEXT_BYTES, "%.*g", digits, real);
        double back = strtod(out, NULL);
        if (memcmp(&back, &real, sizeof real) == 0)
            return;
    }
}

enum cgw_code cgw_value_print_decimal(enum cgw_vr vr, const json_t *number,
                                      char out[static CGW_NUMBER_TEXT_BYTES], struct cgw_fault *fault)
{
    bool negative = false;
    uint64_t magnitude = 0;
    if (integer_of_json(number, &negative, &magnitude))
        (void)snprintf(out, CGW_NUMBER_TEXT_BYTES, "%s%" PRIu64, negative ? "-" : "", magnitude);
    else if (vr == CGW_VR_IS)
        return fail_integer(vr, fault);
    else
        print_shortest(json_real_value(number), out);
    size_t length = strlen(out), limit = cgw_vr_info_of(vr)->size;
    if (vr == CGW_VR_DS && length > limit && json_is_real(number))
        print_shortest(json_real_value(number), out); /* 1e+15 rather than 1000000000000000.0 */
    if (strlen(out) > limit)
        return cgw_fault_set(
            fault, "bad-value",
            "this number needs more than the %zu characters of VR %s; round it, or write it as a "
            "string",
            limit, cgw_vr_info_of(vr)->name);
    return CGW_OK;
}

bool cgw_value_overflows(const char *text, size_t length)
{
    char copy[400];
    if (length >= sizeof copy)
        return true; /* a DS has 16 characters */
    memcpy(copy, text, length);
    copy[length] = '\0';
    return isinf(strtod(copy, NULL)) != 0;
}

enum cgw_code cgw_value_check_decimal(enum cgw_vr vr, const char *text, size_t length,
                                      struct cgw_fault *fault)
{
    bool negative = false;
    uint64_t magnitude = 0;
    while (length > 0 && text[0] == ' ') { /* PS3.5 6.2: both may be padded with blanks */
        text++;
        length--;
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (vr == CGW_VR_DS && is_decimal(text, length) && cgw_value_overflows(text, length))
        return cgw_fault_set(fault, "bad-value", "the number is larger than any that JSON can show");
    if (vr == CGW_VR_DS)
        return is_decimal(text, length)
                   ? CGW_OK
                   : cgw_fault_set(fault, "bad-value", "VR DS takes decimal numbers such as -1.5 or 2e3");
    if (!parse_integer(text, length, &negative, &magnitude) || !is_in_range(vr, negative, magnitude))
        return fail_integer(vr, fault);
    return CGW_OK;
}
