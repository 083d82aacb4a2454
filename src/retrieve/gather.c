#include "gather.h"

#include "keys.h"

#include "cgetway/channel.h"
#include "cgetway/tag.h"

#include <string.h>

bool gather_ends_all(enum cgw_code code)
{
    return cgw_was_interrupted(code) || code == CGW_E_TOTAL_TIMEOUT || code == CGW_E_OUT_OF_MEMORY;
}

static bool names_instances(const struct gathering *gathering)
{
    const struct survey_options *survey = &gathering->survey;
    return keys_are_of_level(survey->identifier, "IMAGE") && !survey->setting->peer->enhanced_conversion;
}

bool gather_misses_named(const struct gathering *gathering)
{
    const struct survey_options *survey = &gathering->survey;
    char uid[CGW_UID_BYTES];
    size_t at = 0;
    while (names_instances(gathering) &&
           keys_next_uid(survey->identifier, CGW_TAG_SOP_INSTANCE_UID, &at, uid)) {
        if (!cgw_ledger_has(survey->setting->ledger, uid))
            return true;
    }
    return false;
}

static enum cgw_code add_uid(struct cgw_wanted *wanted, const char *uid, struct cgw_error *err)
{
    return wanted_add(wanted, uid, WANTED_NO_CLASS, WANTED_NO_SERIES, 0, err);
}

static enum cgw_code add_failed(const struct gathering *gathering, struct cgw_wanted *wanted,
                                struct cgw_error *err)
{
    const char *uid = gathering->failed_uids;
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; code == CGW_OK && i < gathering->report->failed_uid_count; i++) {
        code = add_uid(wanted, uid, err);
        uid += strlen(uid) + 1;
    }
    return code;
}

/* is_answered: by C-FIND. */
static enum cgw_code add_named(const struct gathering *gathering, struct cgw_wanted *wanted, bool is_answered,
                               struct cgw_error *err)
{
    char uid[CGW_UID_BYTES];
    size_t at = 0;
    enum cgw_code code = CGW_OK;
    while (code == CGW_OK && names_instances(gathering) &&
           keys_next_uid(gathering->survey.identifier, CGW_TAG_SOP_INSTANCE_UID, &at, uid)) {
        size_t before = wanted->count;
        code = add_uid(wanted, uid, err);
        if (wanted->count > before)
            wanted->items[before].is_unnamed = is_answered;
    }
    return code;
}

/* What came already is not asked for; what the peer could not send in the first pass is not asked for in the
 * same way. */
static enum cgw_code settle(const struct gathering *gathering, struct again *again, struct cgw_error *err)
{
    struct cgw_wanted *wanted = again->wanted;
    struct cgw_uid_set failed;
    cgw_uid_set_init(&failed);
    const char *uid = gathering->failed_uids;
    bool is_new, ok = true;
    for (size_t i = 0; ok && i < gathering->report->failed_uid_count; i++, uid += strlen(uid) + 1)
        ok = cgw_uid_set_add(&failed, uid, &is_new);
    for (size_t i = 0; i < wanted->count; i++) {
        struct wanted_item *item = &wanted->items[i];
        if (cgw_ledger_has(again->ledger, wanted_uid(wanted, item)))
            item->state = WANTED_RECEIVED;
        else if (cgw_ledger_has_other(again->ledger, wanted_uid(wanted, item)))
            item->state = WANTED_OTHER;
        else if (cgw_uid_set_has(&failed, wanted_uid(wanted, item)))
            again_note_failure(again, item);
    }
    cgw_uid_set_release(&failed);
    return ok ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what failed");
}

/* Where the peer named one class for all, what it then names without its class is of that one. */
static void assume_class(struct cgw_wanted *wanted, uint16_t sop_class)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->items[i].sop_class == WANTED_NO_CLASS && !wanted->items[i].is_unnamed)
            wanted->items[i].sop_class = sop_class;
    }
}

enum cgw_code gather(const struct gathering *gathering, struct again *again, bool *ret_is_surveyed,
                     struct cgw_error *err)
{
    bool has_one_class = again->wanted->class_count == 1;
    struct cgw_error find_error = CGW_ERROR_INIT;
    enum cgw_code code = survey_instances(&gathering->survey, again->wanted, &find_error);
    if (gather_ends_all(code)) {
        *err = find_error;
        return code;
    }
    bool is_answered = code == CGW_OK;
    if (!is_answered)
        setting_trace(gathering->survey.setting, "no survey by C-FIND", find_error.detail);
    size_t surveyed = again->wanted->count;
    again_note_classes(again);
    code = add_failed(gathering, again->wanted, err);
    *ret_is_surveyed = is_answered && surveyed > 0 && again->wanted->count == surveyed;
    if (code == CGW_OK)
        code = add_named(gathering, again->wanted, is_answered, err);
    if (has_one_class && again->wanted->class_count == 1)
        assume_class(again->wanted, 0);
    return code == CGW_OK ? settle(gathering, again, err) : code;
}
