#include "range.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

/* Digits; larger than any file where there are too many. False: there is none. */
static bool parse_number(const char **text, uint64_t *ret_number)
{
    const char *digit = *text;
    uint64_t number = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t value = (uint64_t)(*digit - '0');
        number = number > (UINT64_MAX - value) / 10 ? UINT64_MAX : number * 10 + value;
    }
    bool is_there = digit != *text;
    *text = digit;
    *ret_number = number;
    return is_there;
}

/* "3-7", "3-" or "-5", with nothing but blanks around. */
struct range_spec {
    bool has_first, has_last;
    uint64_t first, last; /* without first: how many from the end */
};

static bool parse_spec(const char *text, struct range_spec *ret_spec)
{
    text += strspn(text, BLANKS);
    ret_spec->has_first = parse_number(&text, &ret_spec->first);
    if (*text++ != '-')
        return false;
    ret_spec->has_last = parse_number(&text, &ret_spec->last);
    if (text[strspn(text, BLANKS)] != '\0' || !(ret_spec->has_first || ret_spec->has_last))
        return false;
    return !(ret_spec->has_first && ret_spec->has_last) || ret_spec->first <= ret_spec->last;
}

enum range range_parse(const char *field, uint64_t size, uint64_t *ret_first, uint64_t *ret_length)
{
    static const char unit[] = "bytes=";
    struct range_spec spec;
    *ret_first = 0;
    *ret_length = size;
    if (field == NULL || strncasecmp(field, unit, sizeof unit - 1) != 0 ||
        !parse_spec(field + sizeof unit - 1, &spec))
        return RANGE_WHOLE;
    if (!spec.has_first && spec.last > 0 && size == 0)
        return RANGE_WHOLE; /* all of nothing, which Content-Range has no words for */
    if (spec.has_first ? spec.first >= size : spec.last == 0) {
        *ret_length = 0;
        return RANGE_NOT_SATISFIABLE;
    }
    if (!spec.has_first)
        *ret_first = spec.last < size ? size - spec.last : 0;
    else
        *ret_first = spec.first;
    uint64_t end = spec.has_first && spec.has_last && spec.last < size ? spec.last + 1 : size;
    *ret_length = end - *ret_first;
    return RANGE_PART;
}

bool etag_is_listed(const char *field, const char *etag)
{
    if (field == NULL)
        return false;
    if (strcmp(field, "*") == 0)
        return true;
    /* A tag in its quotes cannot be part of another one, so the list need not be taken apart. */
    return strstr(field, etag) != NULL;
}
