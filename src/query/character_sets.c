#include "assignment.h"

#include "cgetway/character_set.h"
#include "cgetway/tag.h"

#include "key_errors.h"
#include "utf8.h"
#include "value.h"

#include <string.h>

/* How many steps lead to the item (or the data set: 0) that a (0008,0005) is in, where it holds for the text.
 */
static bool holds_for(const struct cgw_assignment *set, const struct cgw_assignment *text)
{
    const struct cgw_target *outer = &set->target, *inner = &text->target;
    return outer->entry.tag == CGW_TAG_SPECIFIC_CHARACTER_SET && outer->step_count <= inner->step_count &&
           memcmp(outer->steps, inner->steps, outer->step_count * sizeof outer->steps[0]) == 0;
}

/* The innermost (0008,0005) around the text; NULL: none. PS3.5 7.5.3. */
static const struct cgw_assignment *set_of(const struct cgw_assignments *assignments,
                                           const struct cgw_assignment *text)
{
    const struct cgw_assignment *found = NULL;
    for (size_t i = 0; i < assignments->count; i++) {
        const struct cgw_assignment *candidate = &assignments->items[i];
        if (holds_for(candidate, text) &&
            (found == NULL || candidate->target.step_count > found->target.step_count))
            found = candidate;
    }
    return found;
}

static bool needs_a_set(const struct cgw_assignment *assignment)
{
    return !assignment->is_faulty && cgw_vr_info_of(assignment->vr)->in_character_set &&
           !cgw_utf8_is_ascii((const char *)assignment->value.bytes, assignment->value.length);
}

static enum cgw_code encode(struct cgw_assignment *assignment, const char *terms, size_t terms_length,
                            struct cgw_key_errors *errors)
{
    struct cgw_character_set set;
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_buffer encoded = CGW_BUFFER_INIT(CGW_VALUE_MAX_BYTES);
    enum cgw_code code = cgw_character_set_from_terms(terms, terms_length, &set, &error);
    if (code == CGW_OK)
        code = cgw_character_set_encode(&set, cgw_vr_info_of(assignment->vr)->backslash_separates,
                                        (const char *)assignment->value.bytes, assignment->value.length,
                                        &encoded, &error);
    if (code != CGW_OK) {
        cgw_buffer_release(&encoded);
        if (code != CGW_E_BAD_IDENTIFIER)
            return code;
        struct cgw_fault fault;
        (void)cgw_fault_from_error(&fault, "bad-character-set", &error);
        cgw_key_errors_add(errors, assignment->key, &fault);
        return errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
    }
    cgw_buffer_release(&assignment->value);
    assignment->value = encoded;
    return CGW_OK;
}

static enum cgw_code add_set(struct cgw_assignments *assignments, const char *terms)
{
    struct cgw_assignment *added = cgw_assignments_add(assignments);
    if (added == NULL)
        return CGW_E_OUT_OF_MEMORY;
    added->target.entry.tag = CGW_TAG_SPECIFIC_CHARACTER_SET;
    added->vr = added->target.entry.vr = CGW_VR_CS;
    added->key = strdup("SpecificCharacterSet");
    if (added->key == NULL)
        return CGW_E_OUT_OF_MEMORY;
    return cgw_value_put(&added->value, terms, strlen(terms));
}

enum cgw_code cgw_apply_character_sets(struct cgw_assignments *assignments, const char *default_terms,
                                       struct cgw_key_errors *errors)
{
    const char *terms = default_terms != NULL && default_terms[0] != '\0' ? default_terms : CGW_UTF8_TERM;
    bool default_is_used = false;
    for (size_t i = 0; i < assignments->count; i++) {
        struct cgw_assignment *assignment = &assignments->items[i];
        if (!needs_a_set(assignment))
            continue;
        const struct cgw_assignment *set = set_of(assignments, assignment);
        enum cgw_code code = CGW_OK;
        default_is_used = default_is_used || set == NULL;
        if (set == NULL)
            code = encode(assignment, terms, strlen(terms), errors);
        else if (!set->is_faulty)
            code = encode(assignment, (const char *)set->value.bytes, set->value.length, errors);
        if (code != CGW_OK)
            return code;
    }
    return default_is_used ? add_set(assignments, terms) : CGW_OK;
}
