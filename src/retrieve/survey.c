#include "survey.h"

#include "keys.h"

#include "cgetway/array.h"
#include "cgetway/find.h"
#include "cgetway/tag.h"

#include <stdlib.h>
#include <string.h>

#define TAG_SOP_CLASSES_IN_STUDY CGW_TAG(0x0008, 0x0062)
#define TAG_NUMBER_OF_STUDY_RELATED_INSTANCES CGW_TAG(0x0020, 0x1208)
#define TAG_AVAILABLE_TRANSFER_SYNTAX_UID CGW_TAG(0x0008, 0x3002)

struct surveying {
    const struct survey_options *options;
    struct cgw_find *find;
    enum cgw_model model;
    struct cgw_wanted *wanted;
    struct cgw_error *err;
};

/* Takes one match; not CGW_OK ends the survey. */
typedef enum cgw_code visit_match(struct surveying *surveying, const struct cgw_data_set *match,
                                  void *context);

static enum cgw_code fail_memory(struct surveying *surveying)
{
    return cgw_fail(surveying->err, CGW_E_OUT_OF_MEMORY, "no memory to learn what the retrieve covers");
}

/* What has no UID cannot be asked for, and without it the survey is not of all. */
static enum cgw_code fail_nameless(struct surveying *surveying)
{
    return cgw_fail(surveying->err, CGW_E_INCOMPLETE, "a match has no UID of its level");
}

static enum cgw_code open_find(struct surveying *surveying)
{
    const struct survey_options *options = surveying->options;
    const struct pass_setting *setting = options->setting;
    struct cgw_find_options find_options = {.trace = setting->trace,
                                            .peer = setting->peer,
                                            .model = surveying->model,
                                            .watch = setting->watch,
                                            .total = setting->total};
    struct cgw_transport transport;
    if (options->connector->connect == NULL)
        return cgw_find_open(&find_options, &surveying->find, surveying->err);
    enum cgw_code code = options->connector->connect(options->connector->context, &transport, surveying->err);
    return code == CGW_OK ? cgw_find_open_over(transport, &find_options, &surveying->find, surveying->err)
                          : code;
}

static enum cgw_code begin(struct surveying *surveying)
{
    const struct survey_options *options = surveying->options;
    surveying->model = keys_model(options->model, options->identifier);
    if (cgw_model_find_class(surveying->model) == NULL)
        return cgw_fail(surveying->err, CGW_E_FIND_NOT_SUPPORTED, "the model has no C-FIND");
    return open_find(surveying);
}

static enum cgw_code each_match(struct surveying *surveying, const struct cgw_data_set *keys,
                                visit_match *visit, void *context)
{
    enum cgw_code code = cgw_find_request(surveying->find, keys, surveying->err);
    while (code == CGW_OK) {
        const struct cgw_data_set *match;
        switch (cgw_find_next(surveying->find, true, &match, surveying->err)) {
        case CGW_FIND_MATCH:
            code = visit(surveying, match, context);
            break;
        case CGW_FIND_END:
            return cgw_find_result(surveying->find, surveying->err);
        case CGW_FIND_AGAIN:
        case CGW_FIND_FAILED:
            return surveying->err->code;
        }
    }
    return code;
}

bool survey_failed_alone(enum cgw_code code)
{
    switch (code) {
    case CGW_E_FIND_NOT_SUPPORTED:
    case CGW_E_PEER_ABORTED:
    case CGW_E_PEER_CLOSED:
    case CGW_E_PROTOCOL_ERROR:
    case CGW_E_PEER_FAILED:
    case CGW_E_PEER_OUT_OF_RESOURCES:
    case CGW_E_INCOMPLETE:
    case CGW_E_NO_MATCH:
    case CGW_E_DIMSE_TIMEOUT:
    case CGW_E_NETWORK_TIMEOUT:
    case CGW_E_PEER_TOO_SLOW:
    case CGW_E_TOO_MANY_INSTANCES:
    case CGW_E_TOO_MANY_MATCHES:
        return true;
    default:
        return false;
    }
}

/* ---- the classes ---- */

struct class_visit {
    uint32_t tag; /* where the classes are */
    size_t matches, without_classes, without_number;
    size_t instances; /* of those with a number */
};

/* An IS (PS3.5 6.2): 0 where it is none, or none that an archive can have. */
static size_t number_of_instances(const struct cgw_data_set *match)
{
    enum { MOST = 1000000000 };
    const struct cgw_element *element = cgw_data_set_find(match, TAG_NUMBER_OF_STUDY_RELATED_INSTANCES);
    size_t number = 0;
    for (size_t i = 0; element != NULL && i < element->length; i++) {
        uint8_t digit = element->value[i];
        if (digit == ' ')
            continue;
        if (digit < '0' || digit > '9' || number > MOST / 10)
            return 0;
        number = number * 10 + (size_t)(digit - '0');
    }
    return number;
}

static enum cgw_code add_class(struct surveying *surveying, const char *uid, uint16_t *ret_index)
{
    if (wanted_add_class(surveying->wanted, uid, ret_index))
        return CGW_OK;
    if (surveying->wanted->class_count < WANTED_MAX_CLASSES)
        return fail_memory(surveying);
    return cgw_fail(surveying->err, CGW_E_PROTOCOL_ERROR, "the peer names more than %d SOP classes",
                    WANTED_MAX_CLASSES);
}

static enum cgw_code visit_classes(struct surveying *surveying, const struct cgw_data_set *match,
                                   void *context)
{
    struct class_visit *visit = context;
    char uid[CGW_UID_BYTES];
    size_t at = 0;
    bool has_one = false;
    while (keys_next_uid(match, visit->tag, &at, uid)) {
        uint16_t index;
        has_one = true;
        enum cgw_code code = add_class(surveying, uid, &index);
        if (code != CGW_OK)
            return code;
    }
    visit->matches++;
    visit->without_classes += !has_one;
    size_t instances = number_of_instances(match);
    visit->without_number += instances == 0;
    visit->instances += instances;
    return CGW_OK;
}

/* At level IMAGE the instances themselves, above it the studies that they are in. */
static bool make_class_keys(const struct surveying *surveying, bool by_image, struct cgw_data_set *keys)
{
    const struct cgw_data_set *identifier = surveying->options->identifier;
    if (!keys_begin(keys, by_image ? "IMAGE" : "STUDY", surveying->model, identifier))
        return false;
    if (!by_image)
        return keys_set(keys, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, "") &&
               keys_copy(keys, CGW_TAG_STUDY_INSTANCE_UID, identifier) &&
               keys_set(keys, TAG_SOP_CLASSES_IN_STUDY, CGW_VR_UI, "") &&
               keys_set(keys, TAG_NUMBER_OF_STUDY_RELATED_INSTANCES, CGW_VR_IS, "");
    return keys_copy(keys, CGW_TAG_STUDY_INSTANCE_UID, identifier) &&
           keys_copy(keys, CGW_TAG_SERIES_INSTANCE_UID, identifier) &&
           keys_copy(keys, CGW_TAG_SOP_INSTANCE_UID, identifier) &&
           keys_set(keys, CGW_TAG_SOP_CLASS_UID, CGW_VR_UI, "");
}

/* Without any of these the whole archive would be asked for. */
static bool has_unique_key(const struct surveying *surveying)
{
    const struct cgw_data_set *identifier = surveying->options->identifier;
    return keys_have(identifier, CGW_TAG_STUDY_INSTANCE_UID) || surveying->model == CGW_MODEL_PATIENT;
}

/* All of the studies that are found, and nothing less. */
static bool covers_studies(const struct cgw_data_set *identifier)
{
    return (keys_are_of_level(identifier, "PATIENT") || keys_are_of_level(identifier, "STUDY")) &&
           keys_are_unique_ones(identifier);
}

enum cgw_code survey_classes(const struct survey_options *options, struct cgw_wanted *wanted,
                             struct survey_found *ret_found, struct cgw_error *err)
{
    struct surveying surveying = {.options = options, .wanted = wanted, .err = err};
    bool by_image = keys_are_of_level(options->identifier, "IMAGE");
    struct class_visit visit = {.tag = by_image ? CGW_TAG_SOP_CLASS_UID : TAG_SOP_CLASSES_IN_STUDY};
    struct cgw_data_set keys = {0};
    *ret_found = (struct survey_found){0};
    surveying.model = keys_model(options->model, options->identifier);
    if (!has_unique_key(&surveying))
        return cgw_fail(err, CGW_E_FIND_NOT_SUPPORTED, "the Identifier has no unique key to ask by");
    enum cgw_code code = begin(&surveying);
    if (code == CGW_OK)
        code = make_class_keys(&surveying, by_image, &keys)
                   ? each_match(&surveying, &keys, visit_classes, &visit)
                   : fail_memory(&surveying);
    cgw_find_free(surveying.find);
    cgw_data_set_release(&keys);
    if (visit.without_classes > 0)
        wanted_forget(wanted, 0);
    ret_found->has_matches = visit.matches > 0;
    if (code == CGW_OK && visit.without_number == 0 && covers_studies(options->identifier))
        ret_found->instances = visit.instances;
    return code;
}

/* ---- the instances ---- */

/* UIDs that a request brought, to be asked for one by one afterwards. */
struct uids {
    char (*items)[CGW_UID_BYTES]; /* owned */
    size_t count, capacity;
    uint32_t tag;
};

static enum cgw_code add_uid(struct surveying *surveying, struct uids *uids, const char uid[CGW_UID_BYTES])
{
    size_t limit = (size_t)surveying->options->setting->peer->max_instances;
    if (uids->count == limit)
        return cgw_fail(surveying->err, CGW_E_TOO_MANY_INSTANCES, "the retrieve covers more than %zu series",
                        limit);
    void *array = uids->items;
    if (!cgw_array_grow(&array, &uids->capacity, uids->count, sizeof *uids->items))
        return fail_memory(surveying);
    uids->items = array;
    memcpy(uids->items[uids->count++], uid, CGW_UID_BYTES);
    return CGW_OK;
}

static enum cgw_code visit_uid(struct surveying *surveying, const struct cgw_data_set *match, void *context)
{
    struct uids *uids = context;
    char uid[CGW_UID_BYTES] = "";
    size_t at = 0;
    return keys_next_uid(match, uids->tag, &at, uid) ? add_uid(surveying, uids, uid)
                                                     : fail_nameless(surveying);
}

/* The values that the Identifier has for a key; when it has none, what the peer has below `keys` (one level).
 * Takes keys. */
static enum cgw_code list_uids(struct surveying *surveying, struct cgw_data_set *keys, struct uids *ret_uids)
{
    char uid[CGW_UID_BYTES] = "";
    size_t at = 0;
    enum cgw_code code = CGW_OK;
    while (code == CGW_OK && keys_next_uid(surveying->options->identifier, ret_uids->tag, &at, uid))
        code = add_uid(surveying, ret_uids, uid);
    if (code == CGW_OK && ret_uids->count == 0)
        code = keys_set(keys, ret_uids->tag, CGW_VR_UI, "") ? each_match(surveying, keys, visit_uid, ret_uids)
                                                            : fail_memory(surveying);
    return code;
}

/* The syntaxes of the list that the peer says it cannot give; none where it says nothing, or nothing of the
 * list. */
static cgw_syntax_set ruled_out_by(const struct cgw_uid_list *syntaxes, const struct cgw_data_set *match)
{
    cgw_syntax_set available = 0;
    char uid[CGW_UID_BYTES];
    size_t at = 0;
    while (keys_next_uid(match, TAG_AVAILABLE_TRANSFER_SYNTAX_UID, &at, uid))
        available |= cgw_plan_set_of(syntaxes, uid);
    return available != 0 ? ~available : 0;
}

static enum cgw_code visit_instance(struct surveying *surveying, const struct cgw_data_set *match,
                                    void *context)
{
    const uint32_t *series = context;
    char instance[CGW_UID_BYTES], sop_class[CGW_UID_BYTES];
    size_t at = 0;
    uint16_t class_index = WANTED_NO_CLASS;
    if (!keys_next_uid(match, CGW_TAG_SOP_INSTANCE_UID, &at, instance))
        return fail_nameless(surveying);
    at = 0;
    enum cgw_code code = keys_next_uid(match, CGW_TAG_SOP_CLASS_UID, &at, sop_class)
                             ? add_class(surveying, sop_class, &class_index)
                             : CGW_OK;
    if (code != CGW_OK)
        return code;
    return wanted_add(surveying->wanted, instance, class_index, *series,
                      ruled_out_by(surveying->options->syntaxes, match), surveying->err);
}

/* series_index: of (study, series) in wanted; both "" where not known. has_details: with the class of each,
 * and the transfer syntaxes in which the peer has it. */
static enum cgw_code find_instances(struct surveying *surveying, uint32_t series_index, bool has_details)
{
    const struct cgw_data_set *identifier = surveying->options->identifier;
    const struct wanted_series *series = &surveying->wanted->series[series_index];
    struct cgw_data_set keys = {0};
    bool made =
        keys_begin(&keys, "IMAGE", surveying->model, identifier) &&
        (series->study[0] == '\0' || keys_set(&keys, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, series->study)) &&
        (series->series[0] == '\0' ||
         keys_set(&keys, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, series->series)) &&
        keys_set(&keys, CGW_TAG_SOP_INSTANCE_UID, CGW_VR_UI, "") &&
        keys_copy(&keys, CGW_TAG_SOP_INSTANCE_UID, identifier) &&
        (!has_details || (keys_set(&keys, CGW_TAG_SOP_CLASS_UID, CGW_VR_UI, "") &&
                          keys_set(&keys, TAG_AVAILABLE_TRANSFER_SYNTAX_UID, CGW_VR_UI, "")));
    enum cgw_code code =
        made ? each_match(surveying, &keys, visit_instance, &series_index) : fail_memory(surveying);
    cgw_data_set_release(&keys);
    return code;
}

/* study and series: "" where not known. */
static enum cgw_code survey_series(struct surveying *surveying, const char *study, const char *series)
{
    uint32_t index;
    enum cgw_code code = wanted_add_series(surveying->wanted, study, series, &index, surveying->err);
    if (code == CGW_OK)
        code = find_instances(surveying, index, true);
    /* Orthanc reads the details from the stored files: where one of them is lost it fails for all. */
    if (code == CGW_E_PEER_FAILED) {
        *surveying->err = (struct cgw_error)CGW_ERROR_INIT;
        code = find_instances(surveying, index, false);
    }
    return code;
}

static enum cgw_code survey_study(struct surveying *surveying, const char *study)
{
    struct uids series = {.tag = CGW_TAG_SERIES_INSTANCE_UID};
    struct cgw_data_set keys = {0};
    bool made = keys_begin(&keys, "SERIES", surveying->model, surveying->options->identifier) &&
                (study[0] == '\0' || keys_set(&keys, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, study));
    enum cgw_code code = made ? list_uids(surveying, &keys, &series) : fail_memory(surveying);
    for (size_t i = 0; code == CGW_OK && i < series.count; i++)
        code = survey_series(surveying, study, series.items[i]);
    free(series.items);
    cgw_data_set_release(&keys);
    return code;
}

/* From the first level that has no value down. */
static enum cgw_code survey_all(struct surveying *surveying)
{
    const struct cgw_data_set *identifier = surveying->options->identifier;
    struct uids studies = {.tag = CGW_TAG_STUDY_INSTANCE_UID};
    struct cgw_data_set keys = {0};
    /* Relational Identifiers name what they cover without what is above it. */
    if (!keys_have(identifier, CGW_TAG_STUDY_INSTANCE_UID)) {
        if (keys_have(identifier, CGW_TAG_SERIES_INSTANCE_UID))
            return survey_study(surveying, "");
        if (keys_have(identifier, CGW_TAG_SOP_INSTANCE_UID))
            return survey_series(surveying, "", "");
    }
    bool made = keys_begin(&keys, "STUDY", surveying->model, identifier);
    enum cgw_code code = made ? list_uids(surveying, &keys, &studies) : fail_memory(surveying);
    for (size_t i = 0; code == CGW_OK && i < studies.count; i++)
        code = survey_study(surveying, studies.items[i]);
    free(studies.items);
    cgw_data_set_release(&keys);
    return code;
}

/* The unique key of its own level says what an Identifier covers; by other keys and wildcards more would be
 * found, or less. */
static bool has_key_of_level(const struct survey_options *options)
{
    char uid[CGW_UID_BYTES];
    size_t at = 0;
    const struct cgw_data_set *identifier = options->identifier;
    if (keys_are_of_level(identifier, "PATIENT"))
        return keys_model(options->model, identifier) == CGW_MODEL_PATIENT;
    uint32_t tag = keys_are_of_level(identifier, "STUDY")    ? CGW_TAG_STUDY_INSTANCE_UID
                   : keys_are_of_level(identifier, "SERIES") ? CGW_TAG_SERIES_INSTANCE_UID
                                                             : CGW_TAG_SOP_INSTANCE_UID;
    return keys_next_uid(identifier, tag, &at, uid);
}

enum cgw_code survey_instances(const struct survey_options *options, struct cgw_wanted *wanted,
                               struct cgw_error *err)
{
    struct surveying surveying = {.options = options, .wanted = wanted, .err = err};
    if (!has_key_of_level(options))
        return cgw_fail(err, CGW_E_FIND_NOT_SUPPORTED, "the Identifier has no unique key to ask by");
    if (!keys_are_unique_ones(options->identifier))
        return cgw_fail(err, CGW_E_FIND_NOT_SUPPORTED, "the Identifier has other keys than unique ones");
    enum cgw_code code = begin(&surveying);
    if (code == CGW_OK)
        code = survey_all(&surveying);
    cgw_find_free(surveying.find);
    return code;
}
