#include "suggest.h"

#include "cgetway/tag.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { MAX_DISTANCE = 8 };

struct search {
    const char *wanted;
    size_t length;
    size_t max_distance;
    size_t distances[CGW_SUGGESTIONS];
    struct cgw_suggestions *found;
};

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance without regard to case; anything above limit is limit + 1. Both shorter than
 * CGW_KEYWORD_BYTES. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length, size_t limit)
{
    size_t row[CGW_KEYWORD_BYTES];
    if ((a_length > b_length ? a_length - b_length : b_length - a_length) > limit)
        return limit + 1;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0], best = i;
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t substituted = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            diagonal = row[j];
            row[j] = min_of(substituted, min_of(row[j], row[j - 1]) + 1);
            best = min_of(best, row[j]);
        }
        if (best > limit)
            return limit + 1;
    }
    return row[b_length];
}

static void keep(struct search *search, const char *keyword, size_t distance)
{
    struct cgw_suggestions *found = search->found;
    size_t place = found->count;
    while (place > 0 && search->distances[place - 1] > distance)
        place--;
    if (place == CGW_SUGGESTIONS)
        return;
    if (found->count < CGW_SUGGESTIONS)
        found->count++;
    for (size_t i = found->count - 1; i > place; i--) {
        search->distances[i] = search->distances[i - 1];
        memcpy(found->keywords[i], found->keywords[i - 1], CGW_KEYWORD_BYTES);
    }
    search->distances[place] = distance;
    memcpy(found->keywords[place], keyword, strlen(keyword) + 1);
}

/* No suggestion that would be refused in its turn. */
static bool is_usable(uint32_t tag)
{
    uint16_t group = CGW_TAG_GROUP(tag);
    return group != 0x0000 && group != 0x0002 && group != 0xFFFE;
}

static bool look_at(const char *keyword, uint32_t tag, void *context)
{
    struct search *search = context;
    size_t length = strlen(keyword);
    if (!is_usable(tag))
        return true;
    size_t distance = edit_distance(search->wanted, search->length, keyword, length, search->max_distance);
    if (distance == 0) {
        search->found->count = 0;
        keep(search, keyword, 0);
        return false;
    }
    if (distance <= search->max_distance)
        keep(search, keyword, distance);
    return true;
}

void cgw_suggest(const char *keyword, size_t length, struct cgw_suggestions *ret_suggestions)
{
    *ret_suggestions = (struct cgw_suggestions){0};
    if (length >= CGW_KEYWORD_BYTES)
        return;
    struct search search = {.wanted = keyword, .length = length, .found = ret_suggestions};
    search.max_distance = min_of(length / 3 + 1, MAX_DISTANCE);
    cgw_dictionary_each_keyword(look_at, &search);
}
