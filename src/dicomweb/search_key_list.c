#include "search_key_list.h"

#include "cgetway/array.h"
#include "cgetway/dictionary.h"
#include "cgetway/printable.h"
#include "cgetway/tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A path of keywords is shorter than that, and so is a list of all the UIDs that fit into a URL. */
enum { NAME_BYTES = SEARCH_PATH_DEPTH * (CGW_KEYWORD_BYTES + 4), VALUE_MAX_BYTES = 64 * 1024 };
enum { TAG_DIGITS = 8, SHOWN_BYTES = 64 };

static enum cgw_code fail_memory(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the keys of a search");
}

/* ---- names ---- */

static bool parse_tag(const char *text, size_t length, uint32_t *ret_tag)
{
    char digits[TAG_DIGITS + 1] = "";
    if (length != TAG_DIGITS)
        return false;
    memcpy(digits, text, TAG_DIGITS);
    if (strspn(digits, "0123456789abcdefABCDEF") != TAG_DIGITS)
        return false;
    *ret_tag = (uint32_t)strtoul(digits, NULL, 16);
    return true;
}

static bool find_tag(const char *text, size_t length, struct cgw_dictionary_entry *ret_entry)
{
    char keyword[CGW_KEYWORD_BYTES] = "";
    uint32_t tag;
    if (parse_tag(text, length, &tag)) {
        if (!cgw_dictionary_find_tag(tag, ret_entry)) /* private, or unknown: the query tells */
            *ret_entry = (struct cgw_dictionary_entry){.tag = tag, .vr = CGW_VR_UN};
        return true;
    }
    if (length >= sizeof keyword)
        return false;
    memcpy(keyword, text, length);
    return cgw_dictionary_find_keyword(keyword, ret_entry);
}

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.'))
            return false;
    }
    return length > 0;
}

/* A key being made. */
struct parsing {
    struct search_key key;
    char name[NAME_BYTES];
    size_t name_length;
    bool is_list; /* several values are a list: UIDs, and CS, which has no comma */
    bool is_uid;
};

static bool append(struct parsing *parsing, const char *text, size_t length)
{
    if (length >= NAME_BYTES - parsing->name_length)
        return false;
    memcpy(parsing->name + parsing->name_length, text, length);
    parsing->name_length += length;
    return true;
}

/* False: the path is too long. An unknown component leaves the key without tags. */
static bool parse_path(struct parsing *parsing, const char *name, size_t length)
{
    struct cgw_dictionary_entry entry = {0};
    bool is_known = true;
    for (const char *end = name + length;;) {
        const char *dot = memchr(name, '.', (size_t)(end - name));
        size_t component = (size_t)((dot != NULL ? dot : end) - name);
        if (parsing->key.depth == SEARCH_PATH_DEPTH || !append(parsing, name, component))
            return false;
        is_known = is_known && find_tag(name, component, &entry);
        parsing->key.tags[parsing->key.depth++] = entry.tag;
        if (dot == NULL)
            break;
        if (!append(parsing, "[0].", 4))
            return false;
        name = dot + 1;
    }
    parsing->is_uid = is_known && entry.vr == CGW_VR_UI;
    parsing->is_list = parsing->is_uid || (is_known && entry.vr == CGW_VR_CS);
    if (!is_known)
        parsing->key.depth = 0;
    return true;
}

/* ---- the list ---- */

/* PS3.18 has commas between UIDs; to a peer they are backslashes. */
static char *value_of(const struct parsing *parsing, const char *value)
{
    char *copy = strdup(value);
    for (char *at = copy; copy != NULL && *at != '\0'; at++) {
        if (parsing->is_list && *at == ',')
            *at = '\\';
    }
    return copy;
}

/* Owns nothing of the parsing but its value, which it takes. */
static enum cgw_code append_key(struct search_key_list *list, const struct parsing *parsing, char *value,
                                struct cgw_error *err)
{
    char *name = strndup(parsing->name, parsing->name_length);
    if (name == NULL ||
        !cgw_array_grow((void **)&list->items, &list->capacity, list->count, sizeof list->items[0])) {
        free(name);
        free(value);
        return fail_memory(err);
    }
    struct search_key *key = &list->items[list->count++];
    *key = parsing->key;
    key->name = name;
    key->value = value;
    return CGW_OK;
}

/* One that the list has, and which asks for what this one asks for. */
static struct search_key *find_same(const struct search_key_list *list, const struct search_key *key)
{
    for (size_t i = 0; key->depth > 0 && i < list->count; i++) {
        struct search_key *other = &list->items[i];
        if (other->depth == key->depth &&
            memcmp(other->tags, key->tags, key->depth * sizeof key->tags[0]) == 0)
            return other;
    }
    return NULL;
}

/* Both values are of UIDs. */
static enum cgw_code join(struct search_key *key, const char *value, struct cgw_error *err)
{
    size_t before = strlen(key->value), added = strlen(value);
    if (before + added + 2 > VALUE_MAX_BYTES)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: the list of UIDs is too long", key->name);
    char *joined = realloc(key->value, before + added + 2);
    if (joined == NULL)
        return fail_memory(err);
    joined[before] = '\\';
    memcpy(joined + before + 1, value, added + 1);
    key->value = joined;
    return CGW_OK;
}

static enum cgw_code merge(struct search_key *key, const struct parsing *parsing, char *value,
                           struct cgw_error *err)
{
    if (value == NULL)
        return CGW_OK;
    if (key->value == NULL) {
        key->value = strdup(value);
        key->origin = parsing->key.origin;
        return key->value != NULL ? CGW_OK : fail_memory(err);
    }
    if (strcmp(key->value, value) == 0)
        return CGW_OK;
    if (key->origin == SEARCH_KEY_OF_PATH)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: the path names another one", key->name);
    if (parsing->is_uid)
        return join(key, value, err);
    return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: is given twice, with different values", key->name);
}

static enum cgw_code add_parsed(struct search_key_list *list, struct parsing *parsing, const char *value,
                                struct cgw_error *err)
{
    char *copy = NULL;
    if (value != NULL && value[0] != '\0' && (copy = value_of(parsing, value)) == NULL)
        return fail_memory(err);
    struct search_key *same = find_same(list, &parsing->key);
    if (same == NULL)
        return append_key(list, parsing, copy, err);
    enum cgw_code code = merge(same, parsing, copy, err);
    free(copy);
    return code;
}

/* What a search gives in its own way. */
static bool is_ours(const struct search_key *key)
{
    uint32_t tag = key->depth == 1 ? key->tags[0] : 0;
    return tag == CGW_TAG_SPECIFIC_CHARACTER_SET || tag == CGW_TAG_QUERY_RETRIEVE_LEVEL ||
           tag == SEARCH_TAG_RETRIEVE_AE_TITLE || tag == SEARCH_TAG_RETRIEVE_URL;
}

enum cgw_code search_key_list_add(struct search_key_list *list, enum search_key_origin origin,
                                  const char *name, size_t name_length, const char *value,
                                  struct cgw_error *err)
{
    char shown[SHOWN_BYTES];
    struct parsing parsing = {.key.origin = origin};
    cgw_copy_printable(shown, sizeof shown, name, name_length);
    if (!is_name(name, name_length) || !parse_path(&parsing, name, name_length))
        return cgw_fail(err, CGW_E_BAD_PARAMETER,
                        "%s is no attribute: a keyword, or a tag of eight hex digits, or a path of them with "
                        "dots between",
                        shown);
    if (!is_ours(&parsing.key))
        return add_parsed(list, &parsing, value, err);
    if (origin != SEARCH_KEY_OF_CLIENT || value == NULL || value[0] == '\0')
        return CGW_OK;
    return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: nothing can be searched by it", shown);
}

enum cgw_code search_key_list_add_tag(struct search_key_list *list, enum search_key_origin origin,
                                      uint32_t tag, uint32_t in_item, const char *value,
                                      struct cgw_error *err)
{
    char name[2 * TAG_DIGITS + 2];
    if (in_item == 0)
        (void)snprintf(name, sizeof name, "%08X", (unsigned)tag);
    else
        (void)snprintf(name, sizeof name, "%08X.%08X", (unsigned)tag, (unsigned)in_item);
    return search_key_list_add(list, origin, name, strlen(name), value, err);
}

enum cgw_search_level search_key_level(const struct search_key *key, enum cgw_search_level searched)
{
    return key->depth == 0 ? searched : search_level_of(key->tags[0], searched);
}

void search_key_list_release(struct search_key_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
    }
    free(list->items);
    *list = (struct search_key_list){0};
}
