#include "resolve.h"

#include "cgetway/tag.h"

#include "suggest.h"

#include <stdio.h>
#include <string.h>

static enum cgw_code fail_unknown(const char *keyword, size_t length, struct cgw_suggest_budget *budget,
                                  struct cgw_fault *fault)
{
    struct cgw_suggestions near = {0};
    char excerpt[CGW_EXCERPT_BYTES];
    cgw_excerpt(excerpt, keyword, length);
    if (budget->left > 0) {
        budget->left--;
        cgw_suggest(keyword, length, &near);
    }
    switch (near.count) {
    case 0:
        return cgw_fault_set(fault, "unknown-keyword",
                             "%s is not in the dictionary; write a keyword of PS3.6 or a tag", excerpt);
    case 1:
        return cgw_fault_set(fault, "unknown-keyword", "%s is not in the dictionary; did you mean %s?",
                             excerpt, near.keywords[0]);
    case 2:
        return cgw_fault_set(fault, "unknown-keyword", "%s is not in the dictionary; did you mean %s or %s?",
                             excerpt, near.keywords[0], near.keywords[1]);
    default:
        return cgw_fault_set(fault, "unknown-keyword",
                             "%s is not in the dictionary; did you mean %s, %s or %s?", excerpt,
                             near.keywords[0], near.keywords[1], near.keywords[2]);
    }
}

enum cgw_code cgw_resolve_keyword(const char *keyword, size_t length, struct cgw_suggest_budget *budget,
                                  struct cgw_dictionary_entry *ret_entry, struct cgw_fault *reterr_fault)
{
    char copy[CGW_KEYWORD_BYTES];
    if (length >= sizeof copy)
        return fail_unknown(keyword, length, budget, reterr_fault);
    memcpy(copy, keyword, length);
    copy[length] = '\0';
    if (strlen(copy) != length || !cgw_dictionary_find_keyword(copy, ret_entry))
        return fail_unknown(keyword, length, budget, reterr_fault);
    if (ret_entry->repeating)
        return cgw_fault_set(reterr_fault, "repeating-group",
                             "%s stands for many elements; use the tag of one, such as (%04X,%04X)", copy,
                             CGW_TAG_GROUP(ret_entry->tag), CGW_TAG_ELEMENT(ret_entry->tag));
    return CGW_OK;
}

/* Private elements have no dictionary here: creators are LO, all others bytes of VR UN (PS3.5 7.8). */
static enum cgw_code resolve_private_tag(uint32_t tag, struct cgw_dictionary_entry *ret_entry,
                                         struct cgw_fault *fault)
{
    uint16_t group = CGW_TAG_GROUP(tag), element = CGW_TAG_ELEMENT(tag);
    if (group < 0x0009 || group == 0xFFFF)
        return cgw_fault_set(fault, "forbidden-tag",
                             "group %04X is not a group for private elements (PS3.5 7.8)", group);
    if (element < 0x0010)
        return cgw_fault_set(fault, "forbidden-tag",
                             "elements 0001 to 000F of an odd group are not to be used (PS3.5 7.8.1)");
    *ret_entry = (struct cgw_dictionary_entry){
        .tag = tag, .vr = element <= 0x00FF ? CGW_VR_LO : CGW_VR_UN, .vm_min = 1, .vm_max = 1, .vm_step = 1};
    return CGW_OK;
}

static enum cgw_code check_place(uint32_t tag, struct cgw_fault *fault)
{
    uint16_t group = CGW_TAG_GROUP(tag);
    if (CGW_TAG_ELEMENT(tag) == 0x0000 && group != 0x0000)
        return cgw_fault_set(fault, "forbidden-tag",
                             "(%04X,0000) is a group length, which is no part of an Identifier", group);
    switch (group) {
    case 0x0000:
        return cgw_fault_set(fault, "forbidden-tag", "group 0000 is for commands, not for an Identifier");
    case 0x0002:
        return cgw_fault_set(fault, "forbidden-tag", "group 0002 is for files, not for an Identifier");
    case 0xFFFE:
        return cgw_fault_set(fault, "forbidden-tag", "group FFFE marks items; write Sequence[0] for an item");
    default:
        return CGW_OK;
    }
}

static enum cgw_code resolve_tag(uint32_t tag, struct cgw_dictionary_entry *ret_entry,
                                 struct cgw_fault *fault)
{
    enum cgw_code code = check_place(tag, fault);
    if (code != CGW_OK)
        return code;
    if (CGW_TAG_GROUP(tag) % 2 != 0)
        return resolve_private_tag(tag, ret_entry, fault);
    if (!cgw_dictionary_find_tag(tag, ret_entry))
        return cgw_fault_set(fault, "unknown-keyword", "the dictionary has no element (%04X,%04X)",
                             CGW_TAG_GROUP(tag), CGW_TAG_ELEMENT(tag));
    return CGW_OK;
}

static enum cgw_code resolve_component(const struct cgw_path_component *component,
                                       struct cgw_suggest_budget *budget,
                                       struct cgw_dictionary_entry *ret_entry, struct cgw_fault *fault)
{
    if (component->keyword == NULL)
        return resolve_tag(component->tag, ret_entry, fault);
    enum cgw_code code =
        cgw_resolve_keyword(component->keyword, component->keyword_length, budget, ret_entry, fault);
    return code == CGW_OK ? check_place(ret_entry->tag, fault) : code;
}

/* What people know the element by. */
static void name_element(const struct cgw_dictionary_entry *entry, char out[static CGW_KEYWORD_BYTES])
{
    if (entry->keyword[0] != '\0')
        (void)snprintf(out, CGW_KEYWORD_BYTES, "%s", entry->keyword);
    else
        (void)snprintf(out, CGW_KEYWORD_BYTES, "(%04X,%04X)", CGW_TAG_GROUP(entry->tag),
                       CGW_TAG_ELEMENT(entry->tag));
}

static enum cgw_code check_sequence(const struct cgw_path_component *component, bool is_last,
                                    const struct cgw_dictionary_entry *entry, struct cgw_fault *fault)
{
    char name[CGW_KEYWORD_BYTES];
    name_element(entry, name);
    if (entry->vr != CGW_VR_SQ && (component->has_index || !is_last))
        return cgw_fault_set(fault, "not-a-sequence",
                             "%s has VR %s; only a sequence takes an index or a component after it", name,
                             cgw_vr_info_of(entry->vr)->name);
    if (!is_last && !component->has_index)
        return cgw_fault_set(fault, "index-missing", "write which item of the sequence is meant: %s[0]",
                             name);
    return CGW_OK;
}

enum cgw_code cgw_resolve_path(const struct cgw_path *path, struct cgw_suggest_budget *budget,
                               struct cgw_target *target, struct cgw_fault *reterr_fault)
{
    if (target->step_count + path->count > CGW_PATH_MAX_DEPTH)
        return cgw_fault_set(reterr_fault, "path-too-deep",
                             "a path has at most %d components, those around it included",
                             CGW_PATH_MAX_DEPTH);
    for (size_t i = 0; i < path->count; i++) {
        const struct cgw_path_component *component = &path->components[i];
        bool is_last = i + 1 == path->count;
        enum cgw_code code = resolve_component(component, budget, &target->entry, reterr_fault);
        if (code == CGW_OK)
            code = check_sequence(component, is_last, &target->entry, reterr_fault);
        if (code != CGW_OK)
            return code;
        target->has_index = component->has_index;
        target->index = component->index;
        if (!is_last)
            target->steps[target->step_count++] =
                (struct cgw_step){.tag = target->entry.tag, .index = component->index};
    }
    return CGW_OK;
}
