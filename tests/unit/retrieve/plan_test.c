#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/plan.h"
#include "cgetway/sop_class.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <string.h>

#define CT "1.2.840.10008.5.1.4.1.1.2"
#define MR "1.2.840.10008.5.1.4.1.1.4"
#define SR "1.2.840.10008.5.1.4.1.1.88.33"
#define PRIVATE_CLASS "1.2.826.0.1.3680043.2.1143.9"
#define PRIVATE_SYNTAX "1.2.826.0.1.3680043.2.1143.7"
#define JPEG_LOSSLESS "1.2.840.10008.1.2.4.70"

enum { MAX_WISHES = 160, CONTEXTS_OF_CLASSES = CGW_MAX_CONTEXTS - 1 };

struct scene {
    struct cgw_uid_list syntaxes, classes;
    struct cgw_plan_options options;
    struct cgw_plan plan;
};

static void scene_init(struct scene *scene, const char *syntaxes, const char *classes)
{
    cgw_plan_syntaxes(syntaxes, &scene->syntaxes);
    cgw_plan_classes(classes, &scene->classes);
    scene->options = (struct cgw_plan_options){
        .model = CGW_MODEL_STUDY, .role = CGW_ROLE_SCP, .syntaxes = &scene->syntaxes};
}

static cgw_syntax_set set_of(const struct cgw_uid_list *syntaxes, const char *uid)
{
    for (size_t i = 0; i < syntaxes->count; i++) {
        if (strcmp(syntaxes->uids[i], uid) == 0)
            return (cgw_syntax_set)1 << i;
    }
    fail_msg("%s is not in the list", uid);
    return 0;
}

static size_t count_contexts(const struct cgw_plan *plan, const char *sop_class)
{
    size_t count = 0;
    for (size_t i = 1; i < plan->context_count; i++)
        count += strcmp(plan->contexts[i].abstract_syntax, sop_class) == 0;
    return count;
}

/* What holds for every plan of a retrieve. */
static void check_plan(const struct cgw_plan *plan, enum cgw_role role)
{
    assert_in_range(plan->context_count, 1, CGW_MAX_CONTEXTS);
    for (size_t i = 0; i < plan->context_count; i++) {
        const struct cgw_context *context = &plan->contexts[i];
        assert_int_equal(context->id, 2 * i + 1);
        assert_int_equal(context->role, i == 0 ? CGW_ROLE_NONE : role);
        assert_in_range(context->transfer_syntax_count, 1, CGW_SYNTAX_SET_MAX);
        /* those of a class stand together */
        if (i > 1 && strcmp(context->abstract_syntax, plan->contexts[i - 1].abstract_syntax) != 0)
            for (size_t j = 1; j < i; j++)
                assert_string_not_equal(context->abstract_syntax, plan->contexts[j].abstract_syntax);
        for (size_t j = 1; i > 0 && j < i; j++) {
            if (strcmp(context->abstract_syntax, plan->contexts[j].abstract_syntax) == 0)
                for (size_t n = 0; n < context->transfer_syntax_count; n++)
                    assert_string_not_equal(context->transfer_syntaxes[n],
                                            plan->contexts[j].transfer_syntaxes[0]);
        }
    }
}

/* ---- the context of the operation ---- */

struct model_row {
    enum cgw_model model;
    const char *get, *find;
};

static const struct model_row model_rows[] = {
    {CGW_MODEL_PATIENT, CGW_SOP_PATIENT_ROOT_GET, CGW_SOP_PATIENT_ROOT_FIND},
    {CGW_MODEL_STUDY, CGW_SOP_STUDY_ROOT_GET, CGW_SOP_STUDY_ROOT_FIND},
    {CGW_MODEL_PSONLY, CGW_SOP_PATIENT_STUDY_ONLY_GET, CGW_SOP_PATIENT_STUDY_ONLY_FIND},
    {CGW_MODEL_COMPOSITE, CGW_SOP_COMPOSITE_ROOT_GET, NULL},
    {CGW_MODEL_WITHOUT_BULK_DATA, CGW_SOP_WITHOUT_BULK_DATA_GET, NULL},
};

static void check_operation(const struct cgw_context *first, const char *abstract_syntax)
{
    assert_int_equal(first->id, CGW_GET_CONTEXT_ID);
    assert_int_equal(first->role, CGW_ROLE_NONE);
    assert_string_equal(first->abstract_syntax, abstract_syntax);
    assert_int_equal(first->transfer_syntax_count, 4);
    assert_string_equal(first->transfer_syntaxes[0], CGW_TS_IMPLICIT_LE);
}

static void the_first_context_is_the_models_with_the_identifier_syntaxes(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", "*");
    for (size_t i = 0; i < sizeof model_rows / sizeof model_rows[0]; i++) {
        const struct model_row *row = &model_rows[i];
        scene.options.model = row->model;
        cgw_plan_by_configuration(&scene.options, &scene.classes, &scene.plan);
        check_operation(&scene.plan.contexts[0], row->get);
        assert_string_equal(cgw_model_get_class(row->model), row->get);
        if (row->find == NULL) {
            assert_null(cgw_model_find_class(row->model));
            continue;
        }
        assert_string_equal(cgw_model_find_class(row->model), row->find);
        cgw_plan_find(row->model, &scene.plan);
        assert_int_equal(scene.plan.context_count, 1);
        check_operation(&scene.plan.contexts[0], row->find);
    }
}

static void an_echo_has_one_context(void **state)
{
    struct cgw_plan plan;
    (void)state;
    cgw_plan_echo(&plan);
    assert_int_equal(plan.context_count, 1);
    assert_int_equal(plan.contexts[0].id, 1);
    assert_string_equal(plan.contexts[0].abstract_syntax, CGW_SOP_VERIFICATION);
}

/* ---- the lists ---- */

static void the_classes_of_a_star_are_ours_and_then_those_that_only_dcmtk_knows(void **state)
{
    struct cgw_uid_list classes;
    (void)state;
    cgw_plan_classes("*", &classes);
    assert_true(classes.has_built_in);
    assert_true(classes.count > cgw_storage_class_count);
    assert_true(classes.count < CGW_UID_LIST_MAX);
    for (size_t i = 0; i < classes.count; i++) {
        if (i < cgw_storage_class_count)
            assert_string_equal(classes.uids[i], cgw_storage_classes[i].uid);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(classes.uids[i], classes.uids[j]);
    }
    for (size_t i = 0; cgw_dictionary_storage_class(i) != NULL; i++) {
        bool found = false;
        for (size_t j = 0; j < classes.count && !found; j++)
            found = strcmp(classes.uids[j], cgw_dictionary_storage_class(i)) == 0;
        assert_true(found);
    }
}

static void a_list_of_syntaxes_has_at_most_as_many_as_a_set(void **state)
{
    struct cgw_uid_list syntaxes;
    char text[CGW_UID_LIST_TEXT_BYTES] = "*";
    (void)state;
    for (size_t i = 0; i < 100; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), ",1.9.%zu", i);
    cgw_plan_syntaxes(text, &syntaxes);
    assert_int_equal(syntaxes.count, CGW_SYNTAX_SET_MAX);
    assert_true(cgw_plan_syntaxes_of(&syntaxes, CT) == UINT64_MAX);
    assert_string_equal(syntaxes.uids[0], CGW_TS_EXPLICIT_LE);
}

static void a_set_of_all_64_is_planned(void **state)
{
    struct scene scene;
    char text[CGW_UID_LIST_TEXT_BYTES] = "1.9";
    (void)state;
    for (size_t i = 1; i < CGW_SYNTAX_SET_MAX; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), ",1.9.%zu", i);
    scene_init(&scene, text, CT);
    const struct cgw_wish wish = {.sop_class = CT, .syntaxes = UINT64_MAX};
    assert_int_equal(cgw_plan_get(&scene.options, &wish, 1, &scene.plan), 1);
    check_plan(&scene.plan, CGW_ROLE_SCP);
    assert_int_equal(scene.plan.context_count, 1 + CGW_SYNTAX_SET_MAX);
    assert_string_equal(scene.plan.contexts[CGW_SYNTAX_SET_MAX].transfer_syntaxes[0], "1.9.63");
}

static void a_class_without_pixels_is_not_asked_for_in_their_compressions(void **state)
{
    struct cgw_uid_list all, configured;
    (void)state;
    cgw_plan_syntaxes("*," PRIVATE_SYNTAX, &all);
    cgw_plan_syntaxes(JPEG_LOSSLESS "," CGW_TS_EXPLICIT_LE, &configured);
    cgw_syntax_set of_sr = cgw_plan_syntaxes_of(&all, SR), of_ct = cgw_plan_syntaxes_of(&all, CT);
    assert_true((of_ct & set_of(&all, JPEG_LOSSLESS)) != 0);
    assert_true((of_sr & set_of(&all, JPEG_LOSSLESS)) == 0);
    assert_true((of_sr & set_of(&all, CGW_TS_DEFLATED)) != 0);
    assert_true((of_sr & set_of(&all, PRIVATE_SYNTAX)) != 0); /* of which nothing is known */
    assert_true((of_sr & ~of_ct) == 0);
    assert_true(cgw_plan_syntaxes_of(&all, PRIVATE_CLASS) == of_ct);
    assert_true(cgw_plan_syntaxes_of(&configured, SR) == 3); /* somebody asked for it */
}

static void one_begins_with_the_uncompressed_or_with_the_first_that_is_configured(void **state)
{
    struct cgw_uid_list syntaxes;
    (void)state;
    cgw_plan_syntaxes("*", &syntaxes);
    assert_true(cgw_plan_first_syntaxes(&syntaxes) ==
                (set_of(&syntaxes, CGW_TS_EXPLICIT_LE) | set_of(&syntaxes, CGW_TS_IMPLICIT_LE)));
    cgw_plan_syntaxes(PRIVATE_SYNTAX ",*", &syntaxes);
    assert_string_equal(syntaxes.uids[0], PRIVATE_SYNTAX);
    cgw_plan_syntaxes(JPEG_LOSSLESS "," CGW_TS_EXPLICIT_BE, &syntaxes);
    assert_true(cgw_plan_first_syntaxes(&syntaxes) == 1);
}

static void what_is_configured_is_offered_one_after_the_other_and_what_may_be_stored_at_once(void **state)
{
    struct cgw_uid_list all, configured;
    (void)state;
    cgw_plan_syntaxes("*", &all);
    cgw_plan_syntaxes(JPEG_LOSSLESS "," CGW_TS_EXPLICIT_LE "," CGW_TS_EXPLICIT_BE, &configured);
    assert_true(cgw_plan_offer(&all, 0xF0) == 0xF0);
    assert_true(cgw_plan_offer(&configured, 7) == 1);
    assert_true(cgw_plan_offer(&configured, 6) == 2);
    assert_true(cgw_plan_offer(&configured, (cgw_syntax_set)1 << 63) == (cgw_syntax_set)1 << 63);
}

/* ---- wishes ---- */

struct share_row {
    size_t wishes, each; /* syntaxes a wish */
    size_t taken, contexts, most, least;
};

static const struct share_row share_rows[] = {
    {1, 32, 1, 33, 32, 32},    {1, 1, 1, 2, 1, 1},      {5, 32, 5, 128, 26, 25}, {5, 3, 5, 16, 3, 3},
    {63, 32, 63, 128, 3, 2},   {64, 32, 64, 128, 2, 1}, {64, 1, 64, 65, 1, 1},   {127, 32, 127, 128, 1, 1},
    {160, 32, 127, 128, 1, 1}, {0, 1, 0, 1, 0, 0},
};

static void contexts_are_shared_one_to_each_before_any_gets_another(void **state)
{
    static char uids[MAX_WISHES][16];
    struct cgw_wish wishes[MAX_WISHES];
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", "*");
    for (size_t i = 0; i < sizeof share_rows / sizeof share_rows[0]; i++) {
        const struct share_row *row = &share_rows[i];
        size_t most = 0, least = row->wishes > 0 ? SIZE_MAX : 0;
        for (size_t n = 0; n < row->wishes; n++) {
            (void)snprintf(uids[n], sizeof uids[n], "1.8.%zu", n % MAX_WISHES);
            wishes[n] = (struct cgw_wish){uids[n], ((cgw_syntax_set)1 << row->each) - 1};
        }
        assert_int_equal(cgw_plan_get(&scene.options, wishes, row->wishes, &scene.plan), row->taken);
        check_plan(&scene.plan, CGW_ROLE_SCP);
        assert_int_equal(scene.plan.context_count, row->contexts);
        for (size_t n = 0; n < row->taken; n++) {
            size_t count = count_contexts(&scene.plan, uids[n]);
            most = count > most ? count : most;
            least = count < least ? count : least;
        }
        assert_int_equal(most, row->most);
        assert_int_equal(least, row->least);
    }
}

static void what_one_leaves_others_get(void **state)
{
    const struct cgw_wish wishes[] = {{CT, UINT32_MAX}, {MR, 1}, {SR, 3}};
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", "*");
    scene.options.role = CGW_ROLE_SCU_SCP;
    assert_int_equal(cgw_plan_get(&scene.options, wishes, 3, &scene.plan), 3);
    check_plan(&scene.plan, CGW_ROLE_SCU_SCP);
    assert_int_equal(count_contexts(&scene.plan, CT), 32);
    assert_int_equal(count_contexts(&scene.plan, MR), 1);
    assert_int_equal(count_contexts(&scene.plan, SR), 2);
}

static void a_context_of_its_own_carries_what_converts(void **state)
{
    static char uids[CONTEXTS_OF_CLASSES][16];
    struct cgw_wish wishes[CONTEXTS_OF_CLASSES];
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", "*");
    cgw_syntax_set uncompressed = cgw_plan_first_syntaxes(&scene.syntaxes);
    cgw_syntax_set jpeg = set_of(&scene.syntaxes, JPEG_LOSSLESS);
    for (size_t i = 0; i < CONTEXTS_OF_CLASSES; i++) {
        (void)snprintf(uids[i], sizeof uids[i], "1.8.%zu", i);
        wishes[i] = (struct cgw_wish){uids[i], UINT32_MAX};
    }
    wishes[1].syntaxes = ~uncompressed & UINT32_MAX; /* the first of the list, alone */
    wishes[2].syntaxes = jpeg | set_of(&scene.syntaxes, CGW_TS_IMPLICIT_LE);
    assert_int_equal(cgw_plan_get(&scene.options, wishes, CONTEXTS_OF_CLASSES, &scene.plan),
                     CONTEXTS_OF_CLASSES);
    check_plan(&scene.plan, CGW_ROLE_SCP);
    const struct cgw_context *contexts = scene.plan.contexts;
    assert_int_equal(contexts[1].transfer_syntax_count, 2);
    assert_string_equal(contexts[1].transfer_syntaxes[0], CGW_TS_EXPLICIT_LE);
    assert_string_equal(contexts[1].transfer_syntaxes[1], CGW_TS_IMPLICIT_LE);
    assert_int_equal(contexts[2].transfer_syntax_count, 1);
    assert_string_equal(contexts[2].transfer_syntaxes[0], JPEG_LOSSLESS);
    assert_int_equal(contexts[3].transfer_syntax_count, 1);
    assert_string_equal(contexts[3].transfer_syntaxes[0], CGW_TS_IMPLICIT_LE);
}

/* ---- by the configuration ---- */

static void by_default_every_class_of_ours_is_proposed_once_and_uncompressed(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", "*");
    cgw_plan_by_configuration(&scene.options, &scene.classes, &scene.plan);
    check_plan(&scene.plan, CGW_ROLE_SCP);
    for (size_t i = 0; i < cgw_storage_class_count; i++)
        assert_true(count_contexts(&scene.plan, cgw_storage_classes[i].uid) >= 1);
    for (size_t i = 1; i < scene.plan.context_count; i++) {
        const struct cgw_context *context = &scene.plan.contexts[i];
        for (size_t n = 0; n < context->transfer_syntax_count; n++)
            assert_true(strcmp(context->transfer_syntaxes[n], CGW_TS_EXPLICIT_LE) == 0 ||
                        strcmp(context->transfer_syntaxes[n], CGW_TS_IMPLICIT_LE) == 0);
    }
}

struct configured_row {
    const char *what, *classes, *syntaxes;
    const char *plan; /* CLASS=SYNTAX,SYNTAX each context, in order, its last components */
};

static const struct configured_row configured_rows[] = {
    {"one private class", PRIVATE_CLASS, JPEG_LOSSLESS "," CGW_TS_EXPLICIT_LE, "9=70"},
    {"the first is preferred", CT "," MR, CGW_TS_IMPLICIT_LE "," JPEG_LOSSLESS, "2=2 4=2"},
    {"one syntax", CT "," MR, CGW_TS_EXPLICIT_LE, "2=1 4=1"},
    {"none twice", CT "," CT, CGW_TS_EXPLICIT_LE "," CGW_TS_EXPLICIT_LE, "2=1"},
    {"a report in what is configured for it", SR, JPEG_LOSSLESS "," CGW_TS_EXPLICIT_LE, "33=70"},
    {"a report in whatever it is stored", SR, "*", "33=1 33=2 33=99 33=2"},
};

static const char *last_component(const char *uid)
{
    return strrchr(uid, '.') + 1;
}

static void tell_plan(const struct cgw_plan *plan, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 1; i < plan->context_count; i++) {
        const struct cgw_context *context = &plan->contexts[i];
        for (size_t n = 0; n < context->transfer_syntax_count; n++) {
            const char *before = i > 1 ? " " : "";
            (void)snprintf(text + strlen(text), size - strlen(text), "%s%s%s%s", n > 0 ? "" : before,
                           n > 0 ? "" : last_component(context->abstract_syntax), n > 0 ? "," : "=",
                           last_component(context->transfer_syntaxes[n]));
        }
    }
}

static void what_is_configured_is_proposed_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof configured_rows / sizeof configured_rows[0]; i++) {
        const struct configured_row *row = &configured_rows[i];
        struct scene scene;
        char text[512];
        scene_init(&scene, row->syntaxes, row->classes);
        cgw_plan_by_configuration(&scene.options, &scene.classes, &scene.plan);
        check_plan(&scene.plan, CGW_ROLE_SCP);
        tell_plan(&scene.plan, text, sizeof text);
        if (strcmp(text, row->plan) != 0)
            fail_msg("%s: \"%s\"", row->what, text);
    }
}

static void a_private_class_alone_is_proposed_in_all_that_there_is(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", PRIVATE_CLASS);
    cgw_plan_by_configuration(&scene.options, &scene.classes, &scene.plan);
    check_plan(&scene.plan, CGW_ROLE_SCP);
    assert_int_equal(count_contexts(&scene.plan, PRIVATE_CLASS), scene.syntaxes.count);
}

static void a_private_class_behind_a_star_does_not_push_out_any_of_ours(void **state)
{
    struct scene before, behind;
    (void)state;
    scene_init(&before, "*", PRIVATE_CLASS ",*");
    scene_init(&behind, "*", "*," PRIVATE_CLASS);
    assert_int_equal(before.classes.count, behind.classes.count);
    cgw_plan_by_configuration(&before.options, &before.classes, &before.plan);
    assert_string_equal(before.plan.contexts[1].abstract_syntax, PRIVATE_CLASS);
    assert_int_equal(before.plan.context_count, CGW_MAX_CONTEXTS);
    cgw_plan_by_configuration(&behind.options, &behind.classes, &behind.plan);
    assert_string_equal(behind.plan.contexts[1].abstract_syntax, cgw_storage_classes[0].uid);
    assert_int_equal(behind.plan.context_count, CGW_MAX_CONTEXTS);
}

/* ---- of whatever class ---- */

static void any_plan_gives_each_class_a_context_with_the_same_offer(void **state)
{
    static const char *const offer[] = {JPEG_LOSSLESS, CGW_TS_EXPLICIT_BE, PRIVATE_SYNTAX};
    static const size_t counts[] = {0, 1, 5, 127, 160};
    const char *classes[MAX_WISHES];
    struct scene scene;
    (void)state;
    scene_init(&scene, "*", "*");
    for (size_t i = 0; i < MAX_WISHES; i++)
        classes[i] = scene.classes.uids[i];
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        cgw_plan_get_any(&scene.options, classes, counts[i], offer, 3, &scene.plan);
        size_t taken = counts[i] < CONTEXTS_OF_CLASSES ? counts[i] : CONTEXTS_OF_CLASSES;
        check_plan(&scene.plan, CGW_ROLE_SCP);
        assert_int_equal(scene.plan.context_count, 1 + taken);
        for (size_t n = 0; n < taken; n++) {
            assert_string_equal(scene.plan.contexts[1 + n].abstract_syntax, classes[n]);
            assert_ptr_equal(scene.plan.contexts[1 + n].transfer_syntaxes, offer);
            assert_int_equal(scene.plan.contexts[1 + n].transfer_syntax_count, 3);
        }
    }
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_context_is_the_models_with_the_identifier_syntaxes),
        cmocka_unit_test(an_echo_has_one_context),
        cmocka_unit_test(the_classes_of_a_star_are_ours_and_then_those_that_only_dcmtk_knows),
        cmocka_unit_test(a_list_of_syntaxes_has_at_most_as_many_as_a_set),
        cmocka_unit_test(a_set_of_all_64_is_planned),
        cmocka_unit_test(a_class_without_pixels_is_not_asked_for_in_their_compressions),
        cmocka_unit_test(one_begins_with_the_uncompressed_or_with_the_first_that_is_configured),
        cmocka_unit_test(what_is_configured_is_offered_one_after_the_other_and_what_may_be_stored_at_once),
        cmocka_unit_test(contexts_are_shared_one_to_each_before_any_gets_another),
        cmocka_unit_test(what_one_leaves_others_get),
        cmocka_unit_test(a_context_of_its_own_carries_what_converts),
        cmocka_unit_test(by_default_every_class_of_ours_is_proposed_once_and_uncompressed),
        cmocka_unit_test(what_is_configured_is_proposed_as_it_is),
        cmocka_unit_test(a_private_class_alone_is_proposed_in_all_that_there_is),
        cmocka_unit_test(a_private_class_behind_a_star_does_not_push_out_any_of_ours),
        cmocka_unit_test(any_plan_gives_each_class_a_context_with_the_same_offer),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
