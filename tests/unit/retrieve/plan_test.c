#include "unit/cmocka_all.h"

#include "cgetway/plan.h"
#include "cgetway/sop_class.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

struct model_row {
    enum cgw_model model;
    const char *sop_class;
};

static const struct model_row model_rows[] = {
    {CGW_MODEL_PATIENT, CGW_SOP_PATIENT_ROOT_GET},
    {CGW_MODEL_STUDY, CGW_SOP_STUDY_ROOT_GET},
    {CGW_MODEL_PSONLY, CGW_SOP_PATIENT_STUDY_ONLY_GET},
};

static void the_first_context_is_the_models_with_the_identifier_syntaxes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct cgw_plan plan;
        cgw_plan_get(model_rows[i].model, &plan);
        const struct cgw_context *first = &plan.contexts[0];
        assert_int_equal(first->id, CGW_GET_CONTEXT_ID);
        assert_int_equal(first->role, CGW_ROLE_NONE);
        assert_string_equal(first->abstract_syntax, model_rows[i].sop_class);
        assert_string_equal(cgw_model_get_class(model_rows[i].model), model_rows[i].sop_class);
        assert_int_equal(first->transfer_syntax_count, 4);
        assert_string_equal(first->transfer_syntaxes[0], CGW_TS_IMPLICIT_LE);
    }
}

static void ids_are_odd_rise_and_lie_at_half_of_themselves(void **state)
{
    struct cgw_plan plan;
    (void)state;
    cgw_plan_get(CGW_MODEL_STUDY, &plan);
    assert_in_range(plan.context_count, 2, CGW_MAX_CONTEXTS);
    for (size_t i = 0; i < plan.context_count; i++) {
        assert_int_equal(plan.contexts[i].id, 2 * i + 1);
        assert_int_equal(plan.contexts[i].id / 2, i);
    }
}

static void every_storage_class_is_asked_for_with_the_role_scp_and_uncompressed(void **state)
{
    struct cgw_plan plan;
    (void)state;
    cgw_plan_get(CGW_MODEL_STUDY, &plan);
    for (size_t i = 0; i < cgw_storage_class_count; i++) {
        size_t found = 0;
        for (size_t j = 1; j < plan.context_count; j++)
            found += strcmp(plan.contexts[j].abstract_syntax, cgw_storage_classes[i].uid) == 0;
        assert_true(found >= 1);
    }
    for (size_t j = 1; j < plan.context_count; j++) {
        assert_int_equal(plan.contexts[j].role, CGW_ROLE_SCP);
        assert_string_equal(plan.contexts[j].transfer_syntaxes[0], CGW_TS_EXPLICIT_LE);
        for (size_t k = 0; k < plan.contexts[j].transfer_syntax_count; k++) {
            assert_string_not_equal(plan.contexts[j].transfer_syntaxes[k], CGW_TS_DEFLATED);
            assert_string_not_equal(plan.contexts[j].transfer_syntaxes[k], CGW_TS_EXPLICIT_BE);
        }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_context_is_the_models_with_the_identifier_syntaxes),
        cmocka_unit_test(ids_are_odd_rise_and_lie_at_half_of_themselves),
        cmocka_unit_test(every_storage_class_is_asked_for_with_the_role_scp_and_uncompressed),
        cmocka_unit_test(an_echo_has_one_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
