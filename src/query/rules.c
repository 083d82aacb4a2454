#include "rules.h"

#include "cgetway/tag.h"

#include "key_errors.h"

#include <string.h>

#define RULE "(PS3.4 C.4.2.1.4.1, C.4.3.1.3)"

static const uint32_t query_retrieve_view = CGW_TAG(0x0008, 0x0053);

enum level { PATIENT, STUDY, SERIES, IMAGE, LEVEL_COUNT };

struct level_row {
    const char *name;
    uint32_t unique_key;
    const char *keyword;
};

static const struct level_row levels[LEVEL_COUNT] = {
    [PATIENT] = {"PATIENT", CGW_TAG_PATIENT_ID, "PatientID"},
    [STUDY] = {"STUDY", CGW_TAG_STUDY_INSTANCE_UID, "StudyInstanceUID"},
    [SERIES] = {"SERIES", CGW_TAG_SERIES_INSTANCE_UID, "SeriesInstanceUID"},
    [IMAGE] = {"IMAGE", CGW_TAG_SOP_INSTANCE_UID, "SOPInstanceUID"},
};

/* The levels of each model, from the top: PS3.4 C.6.1, C.6.2, C.6.3. */
struct model_row {
    enum level top, bottom;
};

static const struct model_row models[] = {
    [CGW_MODEL_AUTO] = {PATIENT, IMAGE},
    [CGW_MODEL_PATIENT] = {PATIENT, IMAGE},
    [CGW_MODEL_STUDY] = {STUDY, IMAGE},
    [CGW_MODEL_PSONLY] = {PATIENT, STUDY},
};

struct checking {
    const struct cgw_assignments *assignments;
    const struct cgw_query_options *options;
    struct cgw_key_errors *errors;
    struct cgw_key_errors *remarks;
    enum cgw_model model;
    enum level level;
};

bool cgw_is_unique_key(uint32_t tag)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (levels[i].unique_key == tag)
            return true;
    }
    return false;
}

/* A rule is broken: a fault, or where the peer is known to be lenient, a remark. */
static void report(struct checking *checking, const char *key, const struct cgw_fault *fault)
{
    cgw_key_errors_add(checking->options->lenient_identifier ? checking->remarks : checking->errors, key,
                       fault);
}

/* Blanks alone are padding, which a peer takes for an empty value: it would match everything. */
static bool is_blank(const struct cgw_buffer *value)
{
    for (size_t i = 0; i < value->length; i++) {
        if (value->bytes[i] != ' ')
            return false;
    }
    return true;
}

static bool has_value(const struct cgw_assignment *assignment)
{
    return assignment != NULL && (assignment->is_faulty || !is_blank(&assignment->value));
}

/* False: there is no level to go by. A level whose value was refused has been reported already. */
static bool find_level(struct checking *checking)
{
    struct cgw_fault fault = {0};
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, CGW_TAG_QUERY_RETRIEVE_LEVEL);
    if (given != NULL && given->is_faulty)
        return false;
    for (int i = 0; given != NULL && i < LEVEL_COUNT; i++) {
        size_t length = strlen(levels[i].name);
        if (given->value.length == length && memcmp(given->value.bytes, levels[i].name, length) == 0) {
            checking->level = (enum level)i;
            return true;
        }
    }
    if (given == NULL)
        (void)cgw_fault_set(&fault, "bad-level", "the key is missing; " CGW_LEVEL_HINT);
    else if (given->value.length == 5 && memcmp(given->value.bytes, "FRAME", 5) == 0)
        (void)cgw_fault_set(&fault, "bad-level",
                            "the level FRAME belongs to the Composite Instance Root model, which is not "
                            "offered; " CGW_LEVEL_HINT);
    else
        (void)cgw_fault_set(&fault, "bad-level", CGW_LEVEL_HINT);
    cgw_key_errors_add(checking->errors, given != NULL ? given->key : "QueryRetrieveLevel", &fault);
    return false;
}

static enum cgw_model choose_model(const struct checking *checking)
{
    if (checking->options->model != CGW_MODEL_AUTO)
        return checking->options->model;
    bool patient = checking->level == PATIENT ||
                   has_value(cgw_assignments_find_top(checking->assignments, CGW_TAG_PATIENT_ID));
    return patient ? CGW_MODEL_PATIENT : CGW_MODEL_STUDY;
}

static bool check_level_of_model(struct checking *checking)
{
    struct cgw_fault fault = {0};
    const struct model_row *model = &models[checking->model];
    if (checking->level >= model->top && checking->level <= model->bottom)
        return true;
    (void)cgw_fault_set(&fault, "bad-level",
                        "the model \"%s\" has no level %s; its levels go from %s to %s " RULE,
                        cgw_model_name(checking->model), levels[checking->level].name,
                        levels[model->top].name, levels[model->bottom].name);
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, CGW_TAG_QUERY_RETRIEVE_LEVEL);
    report(checking, given->key, &fault);
    return false;
}

static void check_wildcards(struct checking *checking, const struct cgw_assignment *given)
{
    struct cgw_fault fault = {0};
    if (memchr(given->value.bytes, '*', given->value.length) == NULL &&
        memchr(given->value.bytes, '?', given->value.length) == NULL)
        return;
    (void)cgw_fault_set(&fault, "wildcard",
                        "C-GET has no wildcards; write the whole value of a unique key " RULE);
    report(checking, given->key, &fault);
}

/* One value above the level, one UID or a list of them at the level. Patient IDs are no UIDs: never a list.
 */
static void check_unique_key(struct checking *checking, enum level level)
{
    struct cgw_fault fault = {0};
    const char *keyword = levels[level].keyword, *name = levels[checking->level].name;
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, levels[level].unique_key);
    bool above = level < checking->level;
    if (given != NULL && given->is_faulty)
        return;
    if (!has_value(given)) {
        if (above && checking->options->relational_retrieval)
            return;
        (void)cgw_fault_set(
            &fault, "missing-key",
            above ? "a retrieve at level %s needs one value of %s, unless relational retrieval is "
                    "asked for " RULE
                  : "a retrieve at level %s needs a value of %s " RULE,
            name, keyword);
        report(checking, given != NULL ? given->key : keyword, &fault);
        return;
    }
    check_wildcards(checking, given);
    bool list = memchr(given->value.bytes, '\\', given->value.length) != NULL;
    if (!list || (!above && level != PATIENT))
        return;
    (void)cgw_fault_set(&fault, "several-values",
                        above ? "at level %s, %s is above the level and holds exactly one value " RULE
                              : "at level %s, %s holds exactly one value: only UIDs can be listed " RULE,
                        name, keyword);
    report(checking, given->key, &fault);
}

/* A unique key that the model has no place for here: below the level, or Patient ID in the Study Root. */
static void check_stray_unique_key(struct checking *checking, enum level level)
{
    struct cgw_fault fault = {0};
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, levels[level].unique_key);
    if (given == NULL || given->is_faulty || given->value.length == 0)
        return;
    check_wildcards(checking, given);
    if (memchr(given->value.bytes, '\\', given->value.length) == NULL)
        return;
    (void)cgw_fault_set(&fault, "several-values",
                        "a list of UIDs is for the unique key of the level, %s, only " RULE,
                        levels[checking->level].keyword);
    report(checking, given->key, &fault);
}

static void check_unique_keys(struct checking *checking)
{
    const struct model_row *model = &models[checking->model];
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if ((enum level)i >= model->top && (enum level)i <= checking->level)
            check_unique_key(checking, (enum level)i);
        else
            check_stray_unique_key(checking, (enum level)i);
    }
}

static bool belongs(const struct checking *checking, uint32_t tag)
{
    for (int i = (int)models[checking->model].top; i <= (int)checking->level; i++) {
        if (levels[i].unique_key == tag)
            return true;
    }
    return tag == CGW_TAG_QUERY_RETRIEVE_LEVEL || tag == CGW_TAG_SPECIFIC_CHARACTER_SET ||
           tag == query_retrieve_view;
}

static void remark_other_keys(struct checking *checking)
{
    struct cgw_fault fault = {0};
    (void)cgw_fault_set(
        &fault, "may-be-ignored",
        "not a unique key at or above level %s; the peer may ignore it, so the retrieve may be wider "
        "than it looks",
        levels[checking->level].name);
    for (size_t i = 0; i < checking->assignments->count; i++) {
        const struct cgw_assignment *assignment = &checking->assignments->items[i];
        const struct cgw_target *target = &assignment->target;
        if (target->step_count > 0 || !belongs(checking, target->entry.tag))
            cgw_key_errors_add(checking->remarks, assignment->key, &fault);
    }
}

enum cgw_code cgw_check_rules(const struct cgw_assignments *assignments,
                              const struct cgw_query_options *options, struct cgw_key_errors *errors,
                              struct cgw_key_errors *remarks, struct cgw_rules_result *ret_result)
{
    struct checking checking = {
        .assignments = assignments, .options = options, .errors = errors, .remarks = remarks};
    *ret_result = (struct cgw_rules_result){.model = options->model};
    if (find_level(&checking)) {
        checking.model = choose_model(&checking);
        ret_result->model = checking.model;
        ret_result->level = levels[checking.level].name;
        if (check_level_of_model(&checking))
            check_unique_keys(&checking);
        remark_other_keys(&checking);
    }
    return errors->truncated || remarks->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}
