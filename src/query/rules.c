#include "rules.h"

#include "cgetway/tag.h"

#include "frame_keys.h"
#include "key_errors.h"

#include <string.h>

static const uint32_t query_retrieve_view = CGW_TAG(0x0008, 0x0053);

enum level { PATIENT, STUDY, SERIES, IMAGE, FRAME, LEVEL_COUNT };

struct level_row {
    const char *name;
    uint32_t unique_key; /* 0: none */
    const char *keyword;
};

static const struct level_row levels[LEVEL_COUNT] = {
    [PATIENT] = {"PATIENT", CGW_TAG_PATIENT_ID, "PatientID"},
    [STUDY] = {"STUDY", CGW_TAG_STUDY_INSTANCE_UID, "StudyInstanceUID"},
    [SERIES] = {"SERIES", CGW_TAG_SERIES_INSTANCE_UID, "SeriesInstanceUID"},
    [IMAGE] = {"IMAGE", CGW_TAG_SOP_INSTANCE_UID, "SOPInstanceUID"},
    [FRAME] = {"FRAME", 0, NULL},
};

/* The levels of each model, from the top (PS3.4 C.6.1, C.6.2, C.6.3, Y.3.1, Z.3.1), and where its rules for
 * the Identifier of a C-GET are. */
struct model_row {
    enum level top, bottom;
    const char *rule;
};

static const struct model_row models[] = {
    [CGW_MODEL_PATIENT] = {PATIENT, IMAGE, "(PS3.4 C.4.2.1.4.1, C.4.3.1.3)"},
    [CGW_MODEL_STUDY] = {STUDY, IMAGE, "(PS3.4 C.4.2.1.4.1, C.4.3.1.3)"},
    [CGW_MODEL_PSONLY] = {PATIENT, STUDY, "(PS3.4 C.4.2.1.4.1, C.4.3.1.3)"},
    [CGW_MODEL_COMPOSITE] = {IMAGE, FRAME, "(PS3.4 Y.4.2.1.3)"},
    [CGW_MODEL_WITHOUT_BULK_DATA] = {IMAGE, IMAGE, "(PS3.4 Z.4.2.1.3)"},
};

struct checking {
    const struct cgw_assignments *assignments;
    const struct cgw_query_options *options;
    struct cgw_key_errors *errors;
    struct cgw_key_errors *remarks;
    enum cgw_model model;
    enum level level;
};

static bool is_find(const struct checking *checking)
{
    return checking->options->service == CGW_SERVICE_FIND;
}

static const char *rule_of(const struct checking *checking)
{
    return is_find(checking) ? "(PS3.4 C.4.1.1.3.1)" : models[checking->model].rule;
}

static const char *operation_of(const struct checking *checking)
{
    return is_find(checking) ? "query" : "retrieve";
}

bool cgw_is_unique_key(uint32_t tag)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (levels[i].unique_key == tag && tag != 0)
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

/* Blanks alone are padding, and values of nothing else are no values: a peer takes them for an empty one,
 * which would match everything. */
static bool is_blank(const struct cgw_buffer *value)
{
    for (size_t i = 0; i < value->length; i++) {
        if (value->bytes[i] != ' ' && value->bytes[i] != '\\')
            return false;
    }
    return true;
}

/* Whether one of several values is empty. */
static bool has_gap(const struct cgw_buffer *value)
{
    bool is_empty = true;
    for (size_t i = 0; i < value->length; i++) {
        if (value->bytes[i] == '\\' && is_empty)
            return true;
        is_empty = value->bytes[i] == '\\' || (is_empty && value->bytes[i] == ' ');
    }
    return is_empty;
}

static bool has_value(const struct cgw_assignment *assignment)
{
    return assignment != NULL && (assignment->is_faulty || !is_blank(&assignment->value));
}

/* What level is named; LEVEL_COUNT: none. */
static enum level level_of(const struct cgw_buffer *name)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        size_t length = strlen(levels[i].name);
        if (name->length == length && memcmp(name->bytes, levels[i].name, length) == 0)
            return (enum level)i;
    }
    return LEVEL_COUNT;
}

/* False: there is no level to go by. A level whose value was refused has been reported already. */
static bool find_level(struct checking *checking)
{
    struct cgw_fault fault = {0};
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, CGW_TAG_QUERY_RETRIEVE_LEVEL);
    if (given != NULL && given->is_faulty)
        return false;
    checking->level = given != NULL ? level_of(&given->value) : LEVEL_COUNT;
    if (checking->level != LEVEL_COUNT && !(checking->level == FRAME && is_find(checking)))
        return true;
    if (given == NULL)
        (void)cgw_fault_set(&fault, "bad-level", "the key is missing; " CGW_LEVEL_HINT);
    else if (checking->level == FRAME)
        (void)cgw_fault_set(&fault, "bad-level",
                            "C-FIND has no level FRAME; write PATIENT, STUDY, SERIES or IMAGE %s",
                            rule_of(checking));
    else
        (void)cgw_fault_set(&fault, "bad-level", CGW_LEVEL_HINT);
    cgw_key_errors_add(checking->errors, given != NULL ? given->key : "QueryRetrieveLevel", &fault);
    return false;
}

static enum cgw_model choose_model(const struct checking *checking)
{
    if (checking->options->model != CGW_MODEL_AUTO)
        return checking->options->model;
    if (checking->level == FRAME)
        return CGW_MODEL_COMPOSITE;
    /* In the Study Root, Patient ID is a key of the level STUDY like others: it takes wildcards. */
    if (checking->level == STUDY && is_find(checking))
        return CGW_MODEL_STUDY;
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
    if (checking->level == FRAME)
        (void)cgw_fault_set(&fault, "bad-level",
                            "the model \"%s\" has no level FRAME, which belongs to the model \"composite\" "
                            "(PS3.4 Y.3.1); ask for that model, or for auto",
                            cgw_model_name(checking->model));
    else if (model->top == model->bottom)
        (void)cgw_fault_set(&fault, "bad-level", "the model \"%s\" has no level %s; its only level is %s %s",
                            cgw_model_name(checking->model), levels[checking->level].name,
                            levels[model->top].name, rule_of(checking));
    else
        (void)cgw_fault_set(&fault, "bad-level",
                            "the model \"%s\" has no level %s; its levels go from %s to %s %s",
                            cgw_model_name(checking->model), levels[checking->level].name,
                            levels[model->top].name, levels[model->bottom].name, rule_of(checking));
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
                        is_find(checking)
                            ? "a unique key above the level has no wildcards; write its whole value %s"
                            : "C-GET has no wildcards; write the whole value of a unique key %s",
                        rule_of(checking));
    report(checking, given->key, &fault);
}

static void report_missing(struct checking *checking, enum level level, const struct cgw_assignment *given)
{
    struct cgw_fault fault = {0};
    const char *keyword = levels[level].keyword;
    bool may_be_relational = level < checking->level && cgw_model_is_hierarchy(checking->model);
    (void)cgw_fault_set(&fault, "missing-key",
                        may_be_relational ? "a %s at level %s needs one value of %s, unless relational "
                                            "retrieval is asked for %s"
                                          : "a %s at level %s needs a value of %s %s",
                        operation_of(checking), levels[checking->level].name, keyword, rule_of(checking));
    report(checking, given != NULL ? given->key : keyword, &fault);
}

/* Whether the key may be absent, or present and empty. */
static bool may_be_empty(const struct checking *checking, bool above)
{
    if (above)
        return checking->options->relational_retrieval && cgw_model_is_hierarchy(checking->model);
    return is_find(checking); /* universal matching */
}

/* A list of values, where there is to be one. Patient IDs are no UIDs: never a list. */
static void check_list(struct checking *checking, enum level level, const struct cgw_assignment *given)
{
    struct cgw_fault fault = {0};
    bool above = level < checking->level;
    if (memchr(given->value.bytes, '\\', given->value.length) == NULL || (!above && level != PATIENT))
        return;
    (void)cgw_fault_set(&fault, "several-values",
                        above ? "at level %s, %s is above the level and holds exactly one value %s"
                              : "at level %s, %s holds exactly one value: only UIDs can be listed %s",
                        levels[checking->level].name, levels[level].keyword, rule_of(checking));
    report(checking, given->key, &fault);
}

/* A list from a file; those of keys have no gaps. Peers differ in what they match with an empty UID. */
static void check_gaps(struct checking *checking, const struct cgw_assignment *given)
{
    struct cgw_fault fault = {0};
    if (!has_gap(&given->value))
        return;
    (void)cgw_fault_set(&fault, "bad-value", "a value of the list is empty; leave its backslash out");
    report(checking, given->key, &fault);
}

/* One value above the level, one UID or a list of them at the level. */
static void check_unique_key(struct checking *checking, enum level level)
{
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, levels[level].unique_key);
    bool above = level < checking->level;
    if (given != NULL && given->is_faulty)
        return;
    if (!has_value(given)) {
        if (!may_be_empty(checking, above))
            report_missing(checking, level, given);
        return;
    }
    /* Relational queries match keys of every level alike (PS3.4 C.4.1.2.2.2). */
    bool is_matching = is_find(checking) && (!above || checking->options->relational_retrieval);
    if (!is_matching)
        check_wildcards(checking, given);
    if (!is_matching || level == PATIENT)
        check_list(checking, level, given);
    check_gaps(checking, given);
}

/* A unique key that the model has no place for here: below the level, or Patient ID in the Study Root. */
static void check_stray_unique_key(struct checking *checking, enum level level)
{
    struct cgw_fault fault = {0};
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, levels[level].unique_key);
    if (given == NULL || given->is_faulty || given->value.length == 0)
        return;
    if (is_find(checking)) {
        if (level == PATIENT)
            check_list(checking, level, given);
        return;
    }
    check_wildcards(checking, given);
    if (memchr(given->value.bytes, '\\', given->value.length) == NULL)
        return;
    (void)cgw_fault_set(&fault, "several-values",
                        "a list of UIDs is for the unique key of the level, %s, only %s",
                        levels[checking->level < FRAME ? checking->level : IMAGE].keyword, rule_of(checking));
    report(checking, given->key, &fault);
}

static void check_unique_keys(struct checking *checking)
{
    const struct model_row *model = &models[checking->model];
    for (int i = 0; i <= IMAGE; i++) {
        if ((enum level)i >= model->top && (enum level)i <= checking->level)
            check_unique_key(checking, (enum level)i);
        else
            check_stray_unique_key(checking, (enum level)i);
    }
}

/* Exactly one of them, and only at the level FRAME (PS3.4 Y.4.2.1.3.1). */
static void check_frame_keys(struct checking *checking)
{
    const struct cgw_assignment *first = NULL;
    for (size_t i = 0; i < CGW_FRAME_KEY_COUNT; i++) {
        struct cgw_fault fault = {0};
        const struct cgw_assignment *given =
            cgw_assignments_find_top(checking->assignments, cgw_frame_keys[i].tag);
        if (given == NULL || (!given->is_faulty && given->value.length == 0))
            continue;
        if (first != NULL) {
            (void)cgw_fault_set(&fault, "several-values",
                                "frames are selected by one key, and %s selects them already %s", first->key,
                                rule_of(checking));
            report(checking, given->key, &fault);
        } else {
            first = given;
        }
        if (!given->is_faulty && cgw_frame_keys[i].check(&given->value, &fault) != CGW_OK)
            report(checking, given->key, &fault);
    }
    if (first != NULL)
        return;
    struct cgw_fault fault = {0};
    (void)cgw_fault_set(&fault, "missing-key",
                        "a retrieve at level FRAME needs one of SimpleFrameList, CalculatedFrameList and "
                        "TimeRange %s",
                        rule_of(checking));
    report(checking, cgw_frame_keys[0].keyword, &fault);
}

/* Its Identifier is made of UIDs and numbers; there is to be no character set in it. */
static void check_no_character_set(struct checking *checking)
{
    struct cgw_fault fault = {0};
    const struct cgw_assignment *given =
        cgw_assignments_find_top(checking->assignments, CGW_TAG_SPECIFIC_CHARACTER_SET);
    if (given == NULL)
        return;
    (void)cgw_fault_set(&fault, "forbidden-tag", "SpecificCharacterSet has no place in the model \"%s\" %s",
                        cgw_model_name(checking->model), rule_of(checking));
    report(checking, given->key, &fault);
}

/* A sequence matches by one item (PS3.4 C.2.2.2.6). */
static void check_items(struct checking *checking)
{
    struct cgw_fault fault = {0};
    (void)cgw_fault_set(&fault, "several-values",
                        "C-FIND matches a sequence by one item: its index is 0 (PS3.4 C.2.2.2.6)");
    for (size_t i = 0; i < checking->assignments->count; i++) {
        const struct cgw_assignment *assignment = &checking->assignments->items[i];
        const struct cgw_target *target = &assignment->target;
        bool several = assignment->item_count > 1;
        for (size_t j = 0; j < target->step_count; j++)
            several = several || target->steps[j].index > 0;
        if (several)
            report(checking, assignment->key, &fault);
    }
}

static void check_keys(struct checking *checking)
{
    check_unique_keys(checking);
    if (checking->level == FRAME)
        check_frame_keys(checking);
    if (!cgw_model_is_hierarchy(checking->model))
        check_no_character_set(checking);
}

static bool is_frame_key(uint32_t tag)
{
    for (size_t i = 0; i < CGW_FRAME_KEY_COUNT; i++) {
        if (cgw_frame_keys[i].tag == tag)
            return true;
    }
    return false;
}

static bool belongs(const struct checking *checking, uint32_t tag)
{
    for (int i = (int)models[checking->model].top; i <= (int)checking->level; i++) {
        if (levels[i].unique_key == tag)
            return true;
    }
    if (checking->level == FRAME && is_frame_key(tag))
        return true;
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

enum cgw_code cgw_check_service(const struct cgw_query_options *options, struct cgw_error *err)
{
    if (options->service != CGW_SERVICE_FIND || cgw_model_is_hierarchy(options->model))
        return CGW_OK;
    return cgw_fail(err, CGW_E_BAD_PARAMETER,
                    "model: \"%s\" has no C-FIND; ask for auto, patient, study or psonly",
                    cgw_model_name(options->model));
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
            check_keys(&checking);
        if (is_find(&checking))
            check_items(&checking);
        else
            remark_other_keys(&checking);
    }
    return errors->truncated || remarks->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}
