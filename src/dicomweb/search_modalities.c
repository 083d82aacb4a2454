#include "search_modalities.h"

#include "search_keys.h"
#include "search_set.h"

#include "cgetway/tag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 12 /* of VR IS */ };

/* Without the blanks around it. */
struct word {
    const char *text;
    size_t length;
};

static struct word trimmed(const char *text, size_t length)
{
    while (length > 0 && text[0] == ' ') {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\0'))
        length--;
    return (struct word){text, length};
}

/* The first value, and behind it what is left; an empty one where nothing is. */
static struct word next_value(struct word *left)
{
    const char *separator = left->length > 0 ? memchr(left->text, '\\', left->length) : NULL;
    size_t length = separator != NULL ? (size_t)(separator - left->text) : left->length;
    struct word value = trimmed(left->text, length);
    size_t taken = separator != NULL ? length + 1 : length;
    *left = (struct word){left->text + taken, left->length - taken};
    return value;
}

static struct word words_of(const struct cgw_data_set *set, uint32_t tag)
{
    const struct cgw_element *element = cgw_data_set_find(set, tag);
    if (element == NULL || element->length == 0)
        return (struct word){"", 0};
    return (struct word){(const char *)element->value, element->length};
}

static void add_name(struct search_modalities *modalities, struct word word)
{
    if (word.length == 0 || word.length >= MODALITY_BYTES || modalities->count == MODALITIES_MAX)
        return;
    for (unsigned i = 0; i < modalities->count; i++) {
        const char *name = modalities->names[i];
        if (strlen(name) == word.length && memcmp(name, word.text, word.length) == 0)
            return;
    }
    char *name = modalities->names[modalities->count++];
    memcpy(name, word.text, word.length);
    name[word.length] = '\0';
}

static bool parse_count(struct word word, uint64_t *ret_count)
{
    if (word.length == 0 || word.length > DIGITS_MAX)
        return false;
    *ret_count = 0;
    for (size_t i = 0; i < word.length; i++) {
        if (word.text[i] < '0' || word.text[i] > '9')
            return false;
        *ret_count = *ret_count * 10 + (uint64_t)(word.text[i] - '0');
    }
    return true;
}

void search_modalities_add(struct search_modalities *modalities, const struct cgw_data_set *match)
{
    uint64_t instances = 0;
    struct word names = words_of(match, SEARCH_TAG_MODALITY);
    struct word count = words_of(match, SEARCH_TAG_SERIES_RELATED_INSTANCES);
    add_name(modalities, next_value(&names));
    modalities->series++;
    if (!parse_count(next_value(&count), &instances))
        modalities->unknown_instances = true;
    modalities->instances += instances;
}

static bool fill(struct cgw_data_set *study, uint32_t tag, enum cgw_vr vr, const char *text)
{
    return search_set_has_value(study, tag) || search_set_put(study, tag, vr, text);
}

static bool fill_count(struct cgw_data_set *study, uint32_t tag, uint64_t count)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    return strlen(text) > DIGITS_MAX || fill(study, tag, CGW_VR_IS, text);
}

bool search_modalities_fill(const struct search_modalities *modalities, struct cgw_data_set *study)
{
    char names[MODALITIES_MAX * MODALITY_BYTES] = "";
    size_t length = 0;
    if (modalities->series == 0)
        return true;
    for (unsigned i = 0; i < modalities->count; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? "\\" : "",
                                   modalities->names[i]);
    if (length > 0 && !fill(study, SEARCH_TAG_MODALITIES_IN_STUDY, CGW_VR_CS, names))
        return false;
    if (!fill_count(study, SEARCH_TAG_STUDY_RELATED_SERIES, modalities->series))
        return false;
    return modalities->unknown_instances ||
           fill_count(study, SEARCH_TAG_STUDY_RELATED_INSTANCES, modalities->instances);
}

/* Goes back to the last * only, so it takes no longer than the product of both lengths. */
static bool matches_pattern(struct word pattern, struct word name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, star_name = 0;
    while (n < name.length) {
        if (p < pattern.length && pattern.text[p] == '*') {
            star = p++;
            star_name = n;
        } else if (p < pattern.length && (pattern.text[p] == '?' || pattern.text[p] == name.text[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.text[p] == '*')
        p++;
    return p == pattern.length;
}

static bool has_modality(const struct cgw_data_set *study, struct word pattern)
{
    struct word names = words_of(study, SEARCH_TAG_MODALITIES_IN_STUDY);
    while (names.length > 0) {
        if (matches_pattern(pattern, next_value(&names)))
            return true;
    }
    return false;
}

bool search_modalities_match(const struct cgw_data_set *study, const char *asked)
{
    struct word left = {asked, strlen(asked)};
    if (!search_set_has_value(study, SEARCH_TAG_MODALITIES_IN_STUDY))
        return true;
    while (left.length > 0) {
        if (has_modality(study, next_value(&left)))
            return true;
    }
    return false;
}
