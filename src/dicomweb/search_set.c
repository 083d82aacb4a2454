#include "search_set.h"

#include "cgetway/character_set.h"
#include "cgetway/find.h"
#include "cgetway/tag.h"

#include <string.h>

/* A byte of a match becomes three at most: U+FFFD. */
enum { UTF8_MAX_BYTES = 4 * CGW_MATCH_MAX_BYTES };

/* ---- copies ---- */

static bool copy_element(struct cgw_element *target, const struct cgw_element *source)
{
    if (source->vr != CGW_VR_SQ)
        return cgw_element_set_value(target, source->value, source->length);
    if (!cgw_element_grow_items(target, source->item_count))
        return false;
    for (size_t i = 0; i < source->item_count; i++) { /* as deep as the reader's limit */
        if (!search_set_complete(&target->items[i], &source->items[i]))
            return false;
    }
    return true;
}

bool search_set_complete(struct cgw_data_set *target, const struct cgw_data_set *source)
{
    for (size_t i = 0; i < source->count; i++) {
        const struct cgw_element *element = &source->elements[i];
        struct cgw_element *copy = cgw_data_set_obtain(target, element->tag, element->vr);
        if (copy == NULL)
            return false;
        if (copy->length > 0 || copy->item_count > 0)
            continue;
        copy->vr = element->vr;
        if (!copy_element(copy, element))
            return false;
    }
    return true;
}

/* ---- UTF-8 ---- */

/* The character set that holds in a data set or item. Unknown terms of a peer's: ASCII is read in any set. */
static struct cgw_character_set character_set_of(const struct cgw_data_set *set,
                                                 const struct cgw_character_set *around)
{
    struct cgw_character_set own = {0};
    const struct cgw_element *terms = cgw_data_set_find(set, CGW_TAG_SPECIFIC_CHARACTER_SET);
    if (terms == NULL)
        return *around;
    if (cgw_character_set_from_terms((const char *)terms->value, terms->length, &own, NULL) != CGW_OK)
        own = (struct cgw_character_set){0};
    return own;
}

static bool is_ascii(const struct cgw_element *element)
{
    for (size_t i = 0; i < element->length; i++) {
        if (element->value[i] >= 0x80 || element->value[i] == 0x1B)
            return false;
    }
    return true;
}

static bool text_to_utf8(struct cgw_element *element, const struct cgw_character_set *set)
{
    struct cgw_buffer utf8 = CGW_BUFFER_INIT(UTF8_MAX_BYTES);
    bool done = cgw_character_set_decode(set, (const char *)element->value, element->length, &utf8) &&
                cgw_element_set_value(element, utf8.bytes, utf8.length);
    cgw_buffer_release(&utf8);
    return done;
}

static bool elements_to_utf8(struct cgw_data_set *set, const struct cgw_character_set *around,
                             bool *ret_is_ascii)
{
    struct cgw_character_set own = character_set_of(set, around);
    for (size_t i = 0; i < set->count; i++) {
        struct cgw_element *element = &set->elements[i];
        for (size_t j = 0; j < element->item_count; j++) {
            if (!elements_to_utf8(&element->items[j], &own, ret_is_ascii))
                return false;
            search_set_remove(&element->items[j], CGW_TAG_SPECIFIC_CHARACTER_SET);
        }
        if (!cgw_vr_info_of(element->vr)->in_character_set || is_ascii(element))
            continue;
        *ret_is_ascii = false;
        if (!text_to_utf8(element, &own))
            return false;
    }
    return true;
}

bool search_set_to_utf8(struct cgw_data_set *set)
{
    static const struct cgw_character_set ascii = {0};
    bool is_all_ascii = true;
    if (!elements_to_utf8(set, &ascii, &is_all_ascii))
        return false;
    if (is_all_ascii && cgw_data_set_find(set, CGW_TAG_SPECIFIC_CHARACTER_SET) == NULL)
        return true;
    return search_set_put(set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, CGW_UTF8_TERM);
}

/* ---- what is in them ---- */

void search_set_keep(struct cgw_data_set *set, const struct cgw_data_set *wanted)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct cgw_element *element = &set->elements[i];
        if (element->tag == CGW_TAG_SPECIFIC_CHARACTER_SET || cgw_data_set_find(wanted, element->tag) != NULL)
            set->elements[kept++] = *element;
        else
            cgw_element_clear(element);
    }
    set->count = kept;
}

void search_set_remove(struct cgw_data_set *set, uint32_t tag)
{
    struct cgw_element *element = cgw_data_set_find(set, tag);
    if (element == NULL)
        return;
    cgw_element_clear(element);
    size_t behind = set->count - (size_t)(element - set->elements) - 1;
    memmove(element, element + 1, behind * sizeof *element);
    set->count--;
}

size_t search_set_bytes(const struct cgw_data_set *set)
{
    size_t bytes = sizeof *set;
    for (size_t i = 0; i < set->count; i++) {
        const struct cgw_element *element = &set->elements[i];
        bytes += sizeof *element + element->length;
        for (size_t j = 0; j < element->item_count; j++)
            bytes += search_set_bytes(&element->items[j]);
    }
    return bytes;
}

bool search_set_put(struct cgw_data_set *set, uint32_t tag, enum cgw_vr vr, const char *text)
{
    struct cgw_element *element = cgw_data_set_obtain(set, tag, vr);
    if (element == NULL)
        return false;
    if (element->vr != vr) {
        cgw_element_clear(element);
        element->vr = vr;
    }
    return cgw_element_set_value(element, text, strlen(text));
}

bool search_set_has_value(const struct cgw_data_set *set, uint32_t tag)
{
    const struct cgw_element *element = cgw_data_set_find(set, tag);
    if (element == NULL)
        return false;
    for (size_t i = 0; i < element->length; i++) {
        if (element->value[i] != ' ' && element->value[i] != '\0')
            return true;
    }
    return element->item_count > 0;
}

bool search_set_uid(const struct cgw_data_set *set, uint32_t tag, char uid[CGW_UID_BYTES])
{
    const struct cgw_element *element = cgw_data_set_find(set, tag);
    uid[0] = '\0';
    return element != NULL && element->vr == CGW_VR_UI &&
           cgw_uid_copy_safe(element->value, element->length, uid);
}
