#include "accept.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEXT_BYTES = ACCEPT_TEXT_BYTES };

/* One media range of the list, or one preference. */
struct range {
    char type[TEXT_BYTES];
    bool has_type_parameter;
    char type_parameter[TEXT_BYTES];
    char transfer_syntax[TEXT_BYTES]; /* "": none */
    int quality;
};

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* What follows the comma after the member of a list that starts here; commas in quoted strings end no member.
 */
static const char *next_member(const char *at)
{
    bool quoted = false;
    for (; *at != '\0' && (quoted || *at != ','); at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (quoted && *at == '\\' && at[1] != '\0')
            at++;
    }
    return *at == ',' ? at + 1 : at;
}

/* A token or a quoted string; returns what follows it, NULL when there is none or it is too long. */
static const char *read_value(const char *at, char value[TEXT_BYTES])
{
    size_t length = 0;
    if (*at == '"') {
        for (at++; *at != '"'; at++) {
            if (*at == '\\' && at[1] != '\0')
                at++;
            if (*at == '\0' || length + 1 >= TEXT_BYTES)
                return NULL;
            value[length++] = *at;
        }
        at++;
    } else {
        length = strcspn(at, ",;= \t\"");
        if (length == 0 || length >= TEXT_BYTES)
            return NULL;
        memcpy(value, at, length);
        at += length;
    }
    value[length] = '\0';
    return at;
}

/* "0", "0.5", "1.000": thousandths; -1: no quality (RFC 9110 12.4.2). */
static int quality_of(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 5 || (text[0] != '0' && text[0] != '1') || (length > 1 && text[1] != '.'))
        return -1;
    int quality = (text[0] - '0') * 1000, weight = 100;
    for (size_t i = 2; i < length; i++, weight /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        quality += (text[i] - '0') * weight;
    }
    return quality <= 1000 ? quality : -1;
}

static bool take_parameter(struct range *range, const char *name, const char *value)
{
    if (strcasecmp(name, "q") == 0) {
        range->quality = quality_of(value);
        return range->quality >= 0;
    }
    if (strcasecmp(name, "type") == 0) {
        range->has_type_parameter = true;
        memcpy(range->type_parameter, value, strlen(value) + 1);
    }
    if (strcasecmp(name, "transfer-syntax") == 0)
        memcpy(range->transfer_syntax, value, strlen(value) + 1);
    return true;
}

/* Reads one range up to its comma. False: it cannot be read. */
static bool read_range(const char *at, struct range *ret_range)
{
    char name[TEXT_BYTES], value[TEXT_BYTES];
    struct range range = {.quality = 1000};
    const char *end = read_value(skip_blanks(at), range.type);
    bool ok = end != NULL;
    while (end != NULL && *(at = end = skip_blanks(end)) == ';') {
        at = skip_blanks(at + 1);
        if (*at == ';' || *at == ',' || *at == '\0') { /* an empty parameter is allowed */
            end = at;
            continue;
        }
        end = read_value(at, name);
        if (end != NULL && *end == '=')
            end = read_value(end + 1, value);
        else
            value[0] = '\0';
        ok = end != NULL && take_parameter(&range, name, value) && ok;
    }
    *ret_range = range;
    return ok && end != NULL && (*end == ',' || *end == '\0');
}

/* 0: no match; 1: any type, 2: any subtype, 3: the type, 4: the type with its parameter. */
static int specificity(const struct range *range, const char *type, const char *parameter)
{
    size_t main_length = strcspn(type, "/") + 1;
    if (strcmp(range->type, "*/*") == 0)
        return 1;
    if (strncasecmp(range->type, type, main_length) == 0 && strcmp(range->type + main_length, "*") == 0)
        return 2;
    if (strcasecmp(range->type, type) != 0)
        return 0;
    if (!range->has_type_parameter)
        return 3;
    return parameter != NULL && strcasecmp(range->type_parameter, parameter) == 0 ? 4 : 0;
}

int accept_quality(const char *accept, const char *type, const char *parameter)
{
    int best = 0, quality = 0;
    if (accept == NULL || *skip_blanks(accept) == '\0')
        return 1000;
    for (; *accept != '\0'; accept = next_member(accept)) {
        struct range range;
        int specific = read_range(accept, &range) ? specificity(&range, type, parameter) : 0;
        if (specific > best || (specific == best && specific > 0 && range.quality > quality)) {
            best = specific;
            quality = range.quality;
        }
    }
    return quality;
}

int accept_best(const char *accept, const struct accept_candidate *candidates, int count)
{
    int best = -1, best_quality = 0;
    for (int i = 0; i < count; i++) {
        int quality = accept_quality(accept, candidates[i].type, candidates[i].parameter);
        if (quality > best_quality) {
            best = i;
            best_quality = quality;
        }
    }
    return best;
}

/* ---- DICOMweb ---- */

/* Lower case, without blanks; a transfer syntax that stands inside the quoted type moves out of it. */
static void normalize(const struct range *range, struct accept_range *target)
{
    size_t length = 0;
    *target = (struct accept_range){.quality = range->quality,
                                    .is_multipart = strcasecmp(range->type, "multipart/related") == 0};
    const char *type = !target->is_multipart       ? range->type
                       : range->has_type_parameter ? range->type_parameter
                                                   : "*/*";
    for (; *type != '\0' && *type != ';'; type++) {
        if (*type != ' ' && *type != '\t')
            target->type[length++] = (char)(*type >= 'A' && *type <= 'Z' ? *type + ('a' - 'A') : *type);
    }
    memcpy(target->transfer_syntax, range->transfer_syntax, sizeof target->transfer_syntax);
    static const char inside[] = "transfer-syntax=";
    const char *syntax = *type == ';' ? skip_blanks(type + 1) : type;
    if (strncasecmp(syntax, inside, sizeof inside - 1) == 0 && target->transfer_syntax[0] == '\0') {
        syntax += sizeof inside - 1;
        memcpy(target->transfer_syntax, syntax, strcspn(syntax, "; \t"));
    }
}

size_t accept_ranges(const char *accept, struct accept_range ranges[ACCEPT_MAX_RANGES])
{
    size_t count = 0;
    if (accept == NULL || *skip_blanks(accept) == '\0')
        accept = "*/*";
    for (; *accept != '\0' && count < ACCEPT_MAX_RANGES; accept = next_member(accept)) {
        struct range range;
        if (!read_range(accept, &range) || range.quality == 0)
            continue;
        size_t at = count++;
        for (; at > 0 && ranges[at - 1].quality < range.quality; at--)
            ranges[at] = ranges[at - 1];
        normalize(&range, &ranges[at]);
    }
    return count;
}

bool accept_range_takes(const struct accept_range *range, const char *type)
{
    size_t main_length = strcspn(type, "/") + 1;
    if (strcmp(range->type, "*/*") == 0 || strcmp(range->type, type) == 0)
        return true;
    return strncmp(range->type, type, main_length) == 0 && strcmp(range->type + main_length, "*") == 0;
}

bool accept_encoding_is_gzip(const char *field)
{
    int quality = 0;
    for (; field != NULL && *field != '\0'; field = next_member(field)) {
        struct range range;
        if (!read_range(field, &range))
            continue;
        if (strcasecmp(range.type, "gzip") == 0 || strcasecmp(range.type, "x-gzip") == 0)
            return range.quality > 0;
        if (strcmp(range.type, "*") == 0)
            quality = range.quality;
    }
    return quality > 0;
}

/* ---- preferences ---- */

bool prefer_is_lenient(const char *prefer)
{
    for (; prefer != NULL && *prefer != '\0'; prefer = next_member(prefer)) {
        char name[TEXT_BYTES], value[TEXT_BYTES];
        const char *at = read_value(skip_blanks(prefer), name);
        if (at == NULL || strcasecmp(name, "handling") != 0)
            continue;
        at = skip_blanks(at);
        return *at == '=' && read_value(skip_blanks(at + 1), value) != NULL &&
               strcasecmp(value, "lenient") == 0;
    }
    return false;
}

bool prefer_is_async(const char *prefer)
{
    bool is_async = false;
    for (; prefer != NULL && *prefer != '\0'; prefer = next_member(prefer)) {
        char name[TEXT_BYTES];
        is_async = is_async ||
                   (read_value(skip_blanks(prefer), name) != NULL && strcasecmp(name, "respond-async") == 0);
    }
    return is_async;
}
