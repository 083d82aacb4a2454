#include "world.h"

#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"
#include "retrieve/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    char letter;
    const char *uid;
} syntaxes[] = {
    {'E', CGW_TS_EXPLICIT_LE},       {'I', CGW_TS_IMPLICIT_LE},        {'L', "1.2.840.10008.1.2.4.70"},
    {'B', "1.2.840.10008.1.2.4.50"}, {'J', "1.2.840.10008.1.2.4.90"},  {'R', "1.2.840.10008.1.2.5"},
    {'D', CGW_TS_DEFLATED},          {'V', "1.2.840.10008.1.2.4.102"},
};

const char world_letters[] = "EILBJRDV";

const char *world_syntax(char letter)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++) {
        if (syntaxes[i].letter == letter)
            return syntaxes[i].uid;
    }
    abort();
}

/* '\0': none of ours. */
static char letter_of(const char *uid)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++) {
        if (strcmp(syntaxes[i].uid, uid) == 0)
            return syntaxes[i].letter;
    }
    return '\0';
}

/* What is uncompressed converts into what is uncompressed. */
static bool converts(char stored, char wanted)
{
    return stored == wanted || (strchr("EI", stored) != NULL && strchr("EI", wanted) != NULL);
}

static const struct world_class *class_of(const struct world *world, const struct world_instance *instance)
{
    return &world->classes[instance->sop_class];
}

static bool list_has(const struct cgw_uid_list *list, const char *uid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->uids[i], uid) == 0)
            return true;
    }
    return false;
}

bool world_can_send(const struct world *world, const struct world_instance *instance)
{
    const struct world_class *sop_class = class_of(world, instance);
    bool has_class = world->is_surveyed && !instance->is_unnamed;
    bool is_silent = world->kind == SUCCESS_ANYWAY || world->kind == STOPS_WITHOUT_ONE;
    if (instance->is_lost || (instance->is_unnamed && is_silent) ||
        (!has_class && !list_has(&world->storage_classes, sop_class->uid)))
        return false;
    cgw_syntax_set set =
        has_class ? cgw_plan_syntaxes_of(&world->syntaxes, sop_class->uid) : ~(cgw_syntax_set)0;
    for (size_t i = 0; i < world->syntaxes.count; i++) {
        char letter = letter_of(world->syntaxes.uids[i]);
        if ((set >> i & 1) != 0 && letter != '\0' && strchr(sop_class->takes, letter) != NULL &&
            converts(instance->stored, letter))
            return true;
    }
    return false;
}

struct world_instance *world_find(struct world *world, const char *uid)
{
    for (size_t i = 0; i < world->instance_count; i++) {
        if (strcmp(world->instances[i].uid, uid) == 0)
            return &world->instances[i];
    }
    return NULL;
}

static void set_fault(struct world *world, const char *what, const char *uid)
{
    if (world->fault[0] == '\0')
        (void)snprintf(world->fault, sizeof world->fault, "%s %s (pass %zu, request %zu)", what, uid,
                       world->passes, world->requests);
}

/* ---- the gateway's side ---- */

static void add_instances(struct world *world)
{
    for (size_t c = 0; c < world->class_count; c++) {
        for (const char *stored = world->classes[c].holds; *stored != '\0'; stored++) {
            struct world_instance *instance = &world->instances[world->instance_count];
            if (world->instance_count == WORLD_MAX_INSTANCES)
                abort();
            *instance =
                (struct world_instance){.sop_class = c,
                                        .stored = *stored,
                                        .series = (uint32_t)(world->instance_count % world->series_count)};
            (void)snprintf(instance->uid, sizeof instance->uid, "1.%zu", world->instance_count++);
        }
    }
}

void world_init(struct world *world, const char *storage_class, const char *transfer_syntax)
{
    cgw_plan_classes(storage_class, &world->storage_classes);
    cgw_plan_syntaxes(transfer_syntax, &world->syntaxes);
    world->ledger = cgw_ledger_new();
    world->again = (struct again){.syntaxes = &world->syntaxes,
                                  .classes = &world->storage_classes,
                                  .identifier = &world->identifier,
                                  .model = CGW_MODEL_STUDY,
                                  .role = CGW_ROLE_SCP,
                                  .wanted = wanted_new(WORLD_MAX_INSTANCES),
                                  .ledger = world->ledger};
    if (world->ledger == NULL || world->again.wanted == NULL ||
        !keys_set(&world->identifier, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "STUDY") ||
        !keys_set(&world->identifier, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, "1"))
        abort();
    add_instances(world);
}

void world_release(struct world *world)
{
    cgw_data_set_release(&world->identifier);
    wanted_free(world->again.wanted);
    cgw_ledger_free(world->ledger);
}

/* ---- the peer ---- */

static void answer_context(const struct world *world, const struct cgw_context *context,
                           struct cgw_context_answer *answer)
{
    *answer = (struct cgw_context_answer){.result = CGW_CONTEXT_ABSTRACT_SYNTAX};
    for (size_t c = 0; c < world->class_count; c++) {
        if (strcmp(world->classes[c].uid, context->abstract_syntax) == 0 &&
            world->classes[c].takes[0] != '\0')
            answer->result = CGW_CONTEXT_TRANSFER_SYNTAXES;
        for (size_t i = 0;
             answer->result == CGW_CONTEXT_TRANSFER_SYNTAXES && i < context->transfer_syntax_count; i++) {
            char letter = letter_of(context->transfer_syntaxes[i]);
            if (letter == '\0' || strchr(world->classes[c].takes, letter) == NULL)
                continue;
            answer->result = CGW_CONTEXT_ACCEPTED;
            (void)snprintf(answer->transfer_syntax, sizeof answer->transfer_syntax, "%s",
                           context->transfer_syntaxes[i]);
        }
    }
    if (world->blames_class && answer->result == CGW_CONTEXT_TRANSFER_SYNTAXES)
        answer->result = CGW_CONTEXT_ABSTRACT_SYNTAX;
}

/* Returns how many of them it accepts, besides that of the C-GET. */
static size_t associate(struct world *world, const struct cgw_plan *plan)
{
    size_t accepted = 0;
    world->passes++;
    world->again.plan = *plan;
    world->again.answer.contexts[0].result = CGW_CONTEXT_ACCEPTED;
    for (size_t i = 1; i < plan->context_count; i++) {
        answer_context(world, &plan->contexts[i], &world->again.answer.contexts[i]);
        accepted += world->again.answer.contexts[i].result == CGW_CONTEXT_ACCEPTED;
    }
    again_note_classes(&world->again);
    return accepted;
}

/* The context on which the peer sends it; 0: it does not. */
static size_t context_for(const struct world *world, const struct world_instance *instance)
{
    const struct cgw_plan *plan = &world->again.plan;
    size_t last = 0; /* of LAST_CONTEXT */
    for (size_t i = 1; i < plan->context_count; i++) {
        const struct cgw_context_answer *answer = &world->again.answer.contexts[i];
        if (answer->result != CGW_CONTEXT_ACCEPTED ||
            strcmp(plan->contexts[i].abstract_syntax, class_of(world, instance)->uid) != 0)
            continue;
        bool fits = converts(instance->stored, letter_of(answer->transfer_syntax));
        if (world->kind == LAST_CONTEXT) {
            last = fits ? i : 0;
            continue;
        }
        if (fits)
            return i;
        if (world->kind != ALL_CONTEXTS && world->kind != STOPS_WITHOUT_ONE)
            return 0;
    }
    return last;
}

static void send(struct world *world, struct world_instance *instance, size_t context)
{
    const struct cgw_ledger_entry entry = {.sop_instance = instance->uid,
                                           .sop_class = class_of(world, instance)->uid,
                                           .transfer_syntax =
                                               world->again.answer.contexts[context].transfer_syntax,
                                           .bytes = 1,
                                           .pass = (unsigned)world->passes,
                                           .result = CGW_ENTRY_RECEIVED};
    struct pass pass = {.plan = world->again.plan, .message_context_id = (uint8_t)(2 * context + 1)};
    if (!cgw_ledger_add(world->ledger, &entry))
        abort();
    instance->received = true;
    again_note_instance(&world->again, &pass);
}

struct request {
    struct world_instance *asked[WORLD_MAX_INSTANCES];
    size_t count;
    bool by_uid;
    struct cgw_buffer failed_uids;
    struct cgw_report report;
};

/* Sends what it can of those, or of the series of the first. */
static void serve(struct world *world, struct request *request)
{
    bool stops = world->kind == ALL_CONTEXTS || world->kind == STOPS_WITHOUT_ONE;
    bool lists =
        world->kind != WITHOUT_A_LIST && world->kind != STOPS_WITHOUT_ONE && world->kind != SUCCESS_ANYWAY;
    request->report = (struct cgw_report)CGW_REPORT_INIT;
    request->report.status = 0x0000;
    if (world->kind == NO_UID_LISTS && request->by_uid && request->count > 1) {
        request->report.status = 0xA900;
        return;
    }
    if (world->kind == FIRST_OF_UID_LIST && request->by_uid)
        request->count = 1;
    for (size_t i = 0; i < request->count; i++) {
        if (request->asked[i]->is_lost)
            continue;
        size_t context = context_for(world, request->asked[i]);
        if (context != 0) {
            send(world, request->asked[i], context);
            continue;
        }
        request->report.status = stops ? 0xC000 : world->kind == SUCCESS_ANYWAY ? 0x0000 : 0xB000;
        if (lists) {
            request->report.failed_uid_count++;
            if (!cgw_buffer_append(&request->failed_uids, request->asked[i]->uid,
                                   strlen(request->asked[i]->uid) + 1))
                abort();
        }
        if (stops)
            return;
    }
}

/* ---- a C-GET by UID ---- */

/* As far as the gateway knows they are of one series. */
static bool are_known_together(const struct world *world, const struct world_instance *a,
                               const struct world_instance *b)
{
    return !world->is_surveyed ||
           (a->is_unnamed == b->is_unnamed && (a->is_unnamed || a->series == b->series));
}

static void take_identifier(struct world *world, const struct cgw_data_set *identifier,
                            struct request *request)
{
    char uid[CGW_UID_BYTES];
    size_t at = 0;
    while (keys_next_uid(identifier, CGW_TAG_SOP_INSTANCE_UID, &at, uid)) {
        struct world_instance *instance = world_find(world, uid);
        if (instance == NULL) {
            set_fault(world, "asks for what nobody told of:", uid);
            return;
        }
        if (instance->received)
            set_fault(world, "asks for what has come:", uid);
        if (request->count > 0 && !are_known_together(world, instance, request->asked[0]))
            set_fault(world, "asks for two series at once:", uid);
        for (size_t i = 0; i < request->count; i++) {
            if (request->asked[i] == instance)
                set_fault(world, "asks twice for", uid);
        }
        request->asked[request->count++] = instance;
    }
    if (request->count == 0 || request->count > 100)
        set_fault(world, "asks for none, or for more than a hundred", "");
    if (world->kind != WHOLE_SERIES || request->count == 0)
        return;
    uint32_t series = request->asked[0]->series;
    request->count = 0;
    for (size_t i = 0; i < world->instance_count; i++) {
        if (!world->is_surveyed || world->instances[i].series == series)
            request->asked[request->count++] = &world->instances[i];
    }
}

/* False: this pass has asked for all. */
static bool ask(struct world *world)
{
    struct request request = {.failed_uids = CGW_BUFFER_INIT(SIZE_MAX), .by_uid = true};
    struct cgw_data_set identifier = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    bool asks = false;
    if (again_next_identifier(&world->again, &identifier, &asks, &err) != CGW_OK)
        abort();
    if (asks) {
        world->requests++;
        take_identifier(world, &identifier, &request);
        serve(world, &request);
        again_take_report(&world->again, &request.report, (const char *)request.failed_uids.bytes);
    }
    if (world->requests == WORLD_MAX_REQUESTS)
        set_fault(world, "asks without end", "");
    cgw_data_set_release(&identifier);
    cgw_buffer_release(&request.failed_uids);
    return asks && world->fault[0] == '\0';
}

/* ---- a retrieve ---- */

static void want(struct world *world, const struct world_instance *instance)
{
    struct cgw_wanted *wanted = world->again.wanted;
    struct cgw_error err = CGW_ERROR_INIT;
    uint16_t sop_class = WANTED_NO_CLASS;
    bool is_found = world->is_surveyed && !instance->is_unnamed;
    if (is_found && !wanted_add_class(wanted, class_of(world, instance)->uid, &sop_class))
        abort();
    if (wanted_add(wanted, instance->uid, sop_class, is_found ? instance->series : WANTED_NO_SERIES, 0,
                   &err) != CGW_OK)
        abort();
    wanted->items[wanted->count - 1].is_unnamed = instance->is_unnamed;
}

/* What the retrieve makes of the first C-GET and of a survey. */
static void gather(struct world *world, const struct request *first)
{
    struct cgw_wanted *wanted = world->again.wanted;
    char series_uid[32];
    uint32_t series;
    struct cgw_error err = CGW_ERROR_INIT;
    for (size_t n = 0; n < world->series_count; n++) {
        (void)snprintf(series_uid, sizeof series_uid, "2.%zu", n);
        if (wanted_add_series(wanted, "1", series_uid, &series, &err) != CGW_OK)
            abort();
    }
    for (size_t n = 0; n < world->series_count; n++) { /* of one series they stand together */
        for (size_t i = 0; i < world->instance_count; i++) {
            if (world->instances[i].series == n && !world->instances[i].is_unnamed)
                want(world, &world->instances[i]);
        }
    }
    for (size_t i = 0; i < world->instance_count; i++) {
        if (world->instances[i].is_unnamed)
            want(world, &world->instances[i]);
    }
    again_note_classes(&world->again);
    for (size_t i = 0; i < wanted->count; i++) {
        struct wanted_item *item = &wanted->items[i];
        const char *failed = (const char *)first->failed_uids.bytes, *uid = wanted_uid(wanted, item);
        if (cgw_ledger_has(world->ledger, uid))
            item->state = WANTED_RECEIVED;
        for (size_t n = 0; n < first->report.failed_uid_count; n++, failed += strlen(failed) + 1) {
            if (strcmp(failed, uid) == 0)
                again_note_failure(&world->again, item);
        }
    }
}

static void get_first(struct world *world)
{
    struct cgw_plan plan;
    struct cgw_plan_options options = {
        .model = CGW_MODEL_STUDY, .role = CGW_ROLE_SCP, .syntaxes = &world->syntaxes};
    struct request request = {.failed_uids = CGW_BUFFER_INIT(SIZE_MAX), .count = world->instance_count};
    cgw_plan_by_configuration(&options, &world->storage_classes, &plan);
    world->again.any = cgw_plan_first_syntaxes(&world->syntaxes);
    (void)associate(world, &plan);
    for (size_t i = 0; i < world->instance_count; i++)
        request.asked[i] = &world->instances[i];
    serve(world, &request);
    gather(world, &request);
    cgw_buffer_release(&request.failed_uids);
}

void world_have(struct world *world, struct world_instance *instance)
{
    const struct cgw_ledger_entry entry = {.sop_instance = instance->uid,
                                           .sop_class = class_of(world, instance)->uid,
                                           .transfer_syntax = world_syntax(instance->stored),
                                           .bytes = 1,
                                           .result = CGW_ENTRY_RECEIVED};
    if (!cgw_ledger_add(world->ledger, &entry))
        abort();
    instance->received = true;
}

void world_run(struct world *world)
{
    const struct request nothing = {.count = 0};
    struct cgw_plan plan;
    if (world->goes_on)
        gather(world, &nothing);
    else
        get_first(world);
    while (world->fault[0] == '\0' && again_plan(&world->again, &plan)) {
        if (associate(world, &plan) == 0)
            again_fail_pass(&world->again);
        while (ask(world)) {
        }
        if (world->passes == 1000)
            set_fault(world, "passes without end", "");
    }
}
