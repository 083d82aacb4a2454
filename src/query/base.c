#include "base.h"

#include "cgetway/character_set.h"
#include "cgetway/tag.h"

#include "frame_keys.h"
#include "key_errors.h"
#include "rules.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

enum { BASE_KEY_BYTES = 256, ESCAPE = 0x1B };

/* ---- names ---- */

/* Appends what people know the element by; cut where it is too long. */
static void append_name(char key[static BASE_KEY_BYTES], uint32_t tag)
{
    struct cgw_dictionary_entry entry;
    size_t length = strlen(key);
    if (cgw_dictionary_find_tag(tag, &entry) && !entry.repeating && entry.keyword[0] != '\0')
        (void)snprintf(key + length, BASE_KEY_BYTES - length, "%s", entry.keyword);
    else
        (void)snprintf(key + length, BASE_KEY_BYTES - length, "(%04X,%04X)", CGW_TAG_GROUP(tag),
                       CGW_TAG_ELEMENT(tag));
}

static void append_text(char key[static BASE_KEY_BYTES], const char *text)
{
    size_t length = strlen(key);
    (void)snprintf(key + length, BASE_KEY_BYTES - length, "%s", text);
}

/* ---- faults of the file's own ---- */

static enum cgw_code check_data_set(const struct cgw_data_set *data_set, const char *around,
                                    struct cgw_key_errors *errors);

static void report(struct cgw_key_errors *errors, const char *around, uint32_t tag,
                   const struct cgw_fault *fault)
{
    char key[BASE_KEY_BYTES] = "";
    append_text(key, around);
    append_name(key, tag);
    append_text(key, CGW_FROM_THE_FILE);
    cgw_key_errors_add(errors, key, fault);
}

static void check_character_set(const struct cgw_element *element, const char *around,
                                struct cgw_key_errors *errors)
{
    struct cgw_character_set set;
    struct cgw_fault fault = {0};
    struct cgw_error error = CGW_ERROR_INIT;
    if (element->vr != CGW_VR_CS)
        (void)cgw_fault_set(&fault, "bad-character-set", "(0008,0005) has VR %s; it is CS",
                            cgw_vr_info_of(element->vr)->name);
    else if (cgw_character_set_from_terms((const char *)element->value, element->length, &set, &error) !=
             CGW_OK)
        (void)cgw_fault_from_error(&fault, "bad-character-set", &error);
    if (fault.code != NULL)
        report(errors, around, element->tag, &fault);
}

static void check_text(const struct cgw_element *element, const char *around, struct cgw_key_errors *errors)
{
    struct cgw_fault fault = {0};
    if (element->length == 0 || cgw_vr_info_of(element->vr)->kind != CGW_VR_TEXT ||
        memchr(element->value, '\0', element->length) == NULL)
        return;
    (void)cgw_fault_set(&fault, "bad-value", "the text holds NUL, which is no character of VR %s",
                        cgw_vr_info_of(element->vr)->name);
    report(errors, around, element->tag, &fault);
}

static void check_decimals(const struct cgw_element *element, const char *around,
                           struct cgw_key_errors *errors)
{
    struct cgw_fault fault = {0};
    const char *at = (const char *)element->value;
    size_t left = element->length;
    while (left > 0) {
        const char *end = memchr(at, '\\', left);
        size_t length = end != NULL ? (size_t)(end - at) : left;
        if (cgw_value_overflows(at, length)) {
            (void)cgw_fault_set(&fault, "bad-value", "the number is larger than any that JSON can show");
            report(errors, around, element->tag, &fault);
            return;
        }
        if (end == NULL)
            return;
        at += length + 1;
        left -= length + 1;
    }
}

static enum cgw_code check_items(const struct cgw_element *sequence, const char *around,
                                 struct cgw_key_errors *errors)
{
    char name[BASE_KEY_BYTES] = "", key[BASE_KEY_BYTES];
    append_text(name, around);
    append_name(name, sequence->tag);
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; code == CGW_OK && i < sequence->item_count; i++) {
        char index[32];
        (void)snprintf(index, sizeof index, "[%zu].", i);
        key[0] = '\0';
        append_text(key, name);
        append_text(key, index);
        code = check_data_set(&sequence->items[i], key, errors);
    }
    return code;
}

/* Recurses as deep as the reader. */
static enum cgw_code check_data_set(const struct cgw_data_set *data_set, const char *around,
                                    struct cgw_key_errors *errors)
{
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; code == CGW_OK && i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        if (element->tag == CGW_TAG_SPECIFIC_CHARACTER_SET)
            check_character_set(element, around, errors);
        else if (element->vr == CGW_VR_SQ)
            code = check_items(element, around, errors);
        else
            check_text(element, around, errors);
        if (element->vr == CGW_VR_DS)
            check_decimals(element, around, errors);
    }
    return errors->truncated ? CGW_E_OUT_OF_MEMORY : code;
}

enum cgw_code cgw_base_check(const struct cgw_data_set *base, struct cgw_key_errors *errors)
{
    return check_data_set(base, "", errors);
}

/* ---- keys over the file ---- */

const struct cgw_data_set *cgw_base_item(const struct cgw_data_set *base, const struct cgw_step *steps,
                                         size_t step_count)
{
    for (size_t i = 0; i < step_count; i++) {
        const struct cgw_element *sequence = cgw_data_set_find(base, steps[i].tag);
        if (sequence == NULL || steps[i].index >= sequence->item_count)
            return NULL;
        base = &sequence->items[steps[i].index];
    }
    return base;
}

static bool is_character_set(const struct cgw_assignment *assignment)
{
    return assignment->target.entry.tag == CGW_TAG_SPECIFIC_CHARACTER_SET;
}

static void override_element(const struct cgw_data_set *base, const struct cgw_assignment *assignment)
{
    const struct cgw_target *target = &assignment->target;
    const struct cgw_data_set *item = cgw_base_item(base, target->steps, target->step_count);
    struct cgw_element *element = item != NULL ? cgw_data_set_find(item, target->entry.tag) : NULL;
    if (element == NULL || target->has_index)
        return;
    if (is_character_set(assignment) && cgw_base_has_text_in_set(item))
        return;
    cgw_element_clear(element);
    element->vr = assignment->vr;
}

void cgw_base_override(struct cgw_data_set *base, const struct cgw_assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++) {
        if (!is_character_set(&assignments->items[i]))
            override_element(base, &assignments->items[i]);
    }
    for (size_t i = 0; i < assignments->count; i++) { /* over the text that is left */
        if (is_character_set(&assignments->items[i]))
            override_element(base, &assignments->items[i]);
    }
}

/* Of a sequence and those in its items the longest; recurses as deep as the reader. */
static size_t most_items(const struct cgw_element *sequence)
{
    size_t most = sequence->item_count;
    for (size_t i = 0; i < sequence->item_count; i++) {
        const struct cgw_data_set *item = &sequence->items[i];
        for (size_t j = 0; j < item->count; j++) {
            size_t inside = most_items(&item->elements[j]);
            most = inside > most ? inside : most;
        }
    }
    return most;
}

static bool rules_go_by(uint32_t tag)
{
    for (size_t i = 0; i < CGW_FRAME_KEY_COUNT; i++) {
        if (cgw_frame_keys[i].tag == tag)
            return true;
    }
    return tag == CGW_TAG_QUERY_RETRIEVE_LEVEL || cgw_is_unique_key(tag);
}

static void check_vr(struct cgw_assignment *assignment, struct cgw_key_errors *errors)
{
    struct cgw_fault fault = {0};
    uint32_t tag = assignment->target.entry.tag;
    if (!rules_go_by(tag) || assignment->vr == cgw_query_vr_of(tag, NULL))
        return;
    (void)cgw_fault_set(&fault, "bad-value", "the file holds it with VR %s; it is %s",
                        cgw_vr_info_of(assignment->vr)->name,
                        cgw_vr_info_of(cgw_query_vr_of(tag, NULL))->name);
    cgw_key_errors_add(errors, assignment->key, &fault);
    assignment->is_faulty = true;
}

/* The character set of the data set itself: that of a key, which another one of the file would contradict, or
 * the file's. */
static struct cgw_character_set set_of(const struct cgw_data_set *base,
                                       const struct cgw_assignments *assignments)
{
    struct cgw_character_set set = {0};
    const struct cgw_assignment *key = cgw_assignments_find_top(assignments, CGW_TAG_SPECIFIC_CHARACTER_SET);
    const struct cgw_element *element = cgw_data_set_find(base, CGW_TAG_SPECIFIC_CHARACTER_SET);
    enum cgw_code code = CGW_OK;
    if (key != NULL && !key->is_faulty)
        code = cgw_character_set_from_terms((const char *)key->value.bytes, key->value.length, &set, NULL);
    else if (element != NULL)
        code = cgw_character_set_from_terms((const char *)element->value, element->length, &set, NULL);
    return code == CGW_OK ? set : (struct cgw_character_set){0}; /* that fault has been told */
}

static bool copy_value(const struct cgw_element *element, const struct cgw_character_set *set,
                       struct cgw_buffer *value)
{
    *value = (struct cgw_buffer)CGW_BUFFER_INIT(SIZE_MAX / 2); /* bounded by the file */
    if (cgw_vr_info_of(element->vr)->in_character_set)
        return cgw_character_set_decode(set, (const char *)element->value, element->length, value);
    return cgw_buffer_append(value, element->value, element->length);
}

static enum cgw_code list_element(const struct cgw_element *element, const struct cgw_character_set *set,
                                  struct cgw_assignments *assignments, struct cgw_key_errors *errors)
{
    char key[BASE_KEY_BYTES] = "";
    struct cgw_assignment *added = cgw_assignments_add(assignments);
    if (added == NULL)
        return CGW_E_OUT_OF_MEMORY;
    append_name(key, element->tag);
    append_text(key, CGW_FROM_THE_FILE);
    added->is_from_file = true;
    added->target.entry.tag = element->tag;
    added->target.entry.vr = added->vr = element->vr;
    added->item_count = most_items(element);
    added->key = strdup(key);
    if (added->key == NULL || (rules_go_by(element->tag) && !copy_value(element, set, &added->value)))
        return CGW_E_OUT_OF_MEMORY;
    check_vr(added, errors);
    return errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}

static bool is_given(const struct cgw_assignments *assignments, size_t count, uint32_t tag)
{
    for (size_t i = 0; i < count; i++) {
        const struct cgw_target *target = &assignments->items[i].target;
        if (target->step_count == 0 && target->entry.tag == tag)
            return true;
    }
    return false;
}

enum cgw_code cgw_base_list(const struct cgw_data_set *base, struct cgw_assignments *assignments,
                            struct cgw_key_errors *errors)
{
    const struct cgw_character_set set = set_of(base, assignments);
    size_t keys = assignments->count;
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; code == CGW_OK && i < base->count; i++) {
        if (!is_given(assignments, keys, base->elements[i].tag))
            code = list_element(&base->elements[i], &set, assignments, errors);
    }
    return code;
}

/* ---- what else is asked of a base ---- */

static bool is_outside_ascii(const struct cgw_element *element)
{
    for (size_t i = 0; i < element->length; i++) {
        if (element->value[i] >= 0x80 || element->value[i] == ESCAPE)
            return true;
    }
    return false;
}

bool cgw_base_has_text_in_set(const struct cgw_data_set *data_set)
{
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        bool may_be_text = cgw_vr_info_of(element->vr)->in_character_set || element->vr == CGW_VR_UN;
        if (may_be_text && is_outside_ascii(element))
            return true;
        for (size_t j = 0; j < element->item_count; j++) {
            const struct cgw_data_set *item = &element->items[j];
            if (cgw_data_set_find(item, CGW_TAG_SPECIFIC_CHARACTER_SET) == NULL &&
                cgw_base_has_text_in_set(item))
                return true;
        }
    }
    return false;
}

size_t cgw_base_count_items(const struct cgw_data_set *base)
{
    size_t count = 0;
    for (size_t i = 0; i < base->count; i++) {
        const struct cgw_element *element = &base->elements[i];
        count += element->item_count;
        for (size_t j = 0; j < element->item_count; j++)
            count += cgw_base_count_items(&element->items[j]);
    }
    return count;
}
