#include "assignment.h"

#include "cgetway/character_set.h"
#include "cgetway/tag.h"

#include "base.h"
#include "key_errors.h"
#include "utf8.h"
#include "value.h"

#include <string.h>

/* What (0008,0005) says where it holds for a text. */
struct terms {
    const char *text; /* borrowed; NULL: there is none */
    size_t length;
    bool is_faulty; /* the key's value was refused, and that has been told */
};

/* The (0008,0005) that a key gives to the item, or the data set (0 steps), that the steps lead to. */
static const struct cgw_assignment *key_at(const struct cgw_assignments *assignments,
                                           const struct cgw_step *steps, size_t step_count)
{
    /* Those of the file come behind all of the keys. */
    for (size_t i = 0; i < assignments->count && !assignments->items[i].is_from_file; i++) {
        const struct cgw_assignment *set = &assignments->items[i];
        if (set->target.entry.tag == CGW_TAG_SPECIFIC_CHARACTER_SET && set->target.step_count == step_count &&
            memcmp(set->target.steps, steps, step_count * sizeof steps[0]) == 0)
            return set;
    }
    return NULL;
}

/* The same of the file. An empty one of the data set itself counts for none: it is the default. */
static struct terms file_terms_at(const struct cgw_data_set *base, const struct cgw_step *steps,
                                  size_t step_count)
{
    const struct cgw_data_set *item = cgw_base_item(base, steps, step_count);
    const struct cgw_element *set =
        item != NULL ? cgw_data_set_find(item, CGW_TAG_SPECIFIC_CHARACTER_SET) : NULL;
    if (set == NULL || (set->length == 0 && step_count == 0))
        return (struct terms){0};
    return (struct terms){.text = set->length > 0 ? (const char *)set->value : "", .length = set->length};
}

/* The innermost (0008,0005) around the text. PS3.5 7.5.3. */
static struct terms terms_of(const struct cgw_assignments *assignments, const struct cgw_data_set *base,
                             const struct cgw_assignment *text)
{
    const struct cgw_step *steps = text->target.steps;
    for (size_t left = text->target.step_count + 1; left > 0; left--) {
        const struct cgw_assignment *key = key_at(assignments, steps, left - 1);
        if (key != NULL)
            return (struct terms){.text = key->value.length > 0 ? (const char *)key->value.bytes : "",
                                  .length = key->value.length,
                                  .is_faulty = key->is_faulty};
        struct terms terms = file_terms_at(base, steps, left - 1);
        if (terms.text != NULL)
            return terms;
    }
    return (struct terms){0};
}

/* The innermost (0008,0005) of the file alone. */
static struct terms file_terms_of(const struct cgw_data_set *base, const struct cgw_target *target)
{
    struct terms terms = {0};
    for (size_t left = target->step_count + 1; left > 0 && terms.text == NULL; left--)
        terms = file_terms_at(base, target->steps, left - 1);
    return terms;
}

/* A key's (0008,0005) over text of the file that is in another one. Where the file declares none, the key
 * supplies what is missing. */
static enum cgw_code check_conflict(const struct cgw_assignment *set, const struct cgw_data_set *base,
                                    struct cgw_key_errors *errors)
{
    char excerpt[CGW_EXCERPT_BYTES];
    struct cgw_fault fault = {0};
    const struct cgw_target *target = &set->target;
    const struct cgw_data_set *item = cgw_base_item(base, target->steps, target->step_count);
    struct terms terms = file_terms_of(base, target);
    if (set->is_faulty || item == NULL || terms.length == 0 || !cgw_base_has_text_in_set(item) ||
        (terms.length == set->value.length && memcmp(terms.text, set->value.bytes, terms.length) == 0))
        return CGW_OK;
    cgw_excerpt(excerpt, terms.text, terms.length); /* defined terms, or cgw_base_check has found a fault */
    (void)cgw_fault_set(&fault, "bad-character-set",
                        "the file has text outside ASCII in %s, or bytes of VR UN that may be such text; "
                        "leave this key out, and the other keys are written in that character set too",
                        excerpt);
    cgw_key_errors_add(errors, set->key, &fault);
    return errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}

static enum cgw_code check_conflicts(const struct cgw_assignments *assignments,
                                     const struct cgw_data_set *base, struct cgw_key_errors *errors)
{
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; code == CGW_OK && i < assignments->count; i++) {
        const struct cgw_assignment *set = &assignments->items[i];
        if (!set->is_from_file && set->target.entry.tag == CGW_TAG_SPECIFIC_CHARACTER_SET)
            code = check_conflict(set, base, errors);
    }
    return code;
}

static bool needs_a_set(const struct cgw_assignment *assignment)
{
    return !assignment->is_faulty && !assignment->is_from_file &&
           cgw_vr_info_of(assignment->vr)->in_character_set &&
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

/* Text that needs a set where neither keys nor file name one: fine, unless the file has such text too, which
 * then nobody knows how to read. */
static enum cgw_code encode_in_default(struct cgw_assignment *assignment, const char *terms,
                                       bool base_is_undeclared, struct cgw_key_errors *errors)
{
    struct cgw_fault fault = {0};
    if (!base_is_undeclared)
        return encode(assignment, terms, strlen(terms), errors);
    (void)cgw_fault_set(&fault, "bad-character-set",
                        "this text needs a character set, and the file has text outside ASCII, or bytes of "
                        "VR UN that may be such text, without (0008,0005); add the key SpecificCharacterSet "
                        "with the one that the file is in");
    cgw_key_errors_add(errors, assignment->key, &fault);
    return errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}

enum cgw_code cgw_apply_character_sets(struct cgw_assignments *assignments, const struct cgw_data_set *base,
                                       const char *default_terms, struct cgw_key_errors *errors)
{
    const char *terms = default_terms != NULL && default_terms[0] != '\0' ? default_terms : CGW_UTF8_TERM;
    bool default_is_used = false, base_is_undeclared = cgw_base_has_text_in_set(base);
    enum cgw_code code = check_conflicts(assignments, base, errors);
    for (size_t i = 0; code == CGW_OK && i < assignments->count; i++) {
        struct cgw_assignment *assignment = &assignments->items[i];
        if (!needs_a_set(assignment))
            continue;
        struct terms set = terms_of(assignments, base, assignment);
        default_is_used = default_is_used || set.text == NULL;
        if (set.text == NULL)
            code = encode_in_default(assignment, terms, base_is_undeclared, errors);
        else if (!set.is_faulty)
            code = encode(assignment, set.text, set.length, errors);
    }
    return code == CGW_OK && default_is_used ? add_set(assignments, terms) : code;
}
