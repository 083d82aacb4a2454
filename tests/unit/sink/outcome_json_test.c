#include "unit/cmocka_all.h"

#include "cgetway/outcome_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 1 << 20 };

/* An outcome over a plan of two contexts, the second one refused. */
struct scene {
    struct cgw_plan plan;
    struct cgw_associate_answer answer;
    struct cgw_ledger *ledger;
    struct cgw_outcome outcome;
};

static void scene_init(struct scene *scene)
{
    static const char *const syntaxes[] = {"1.2.840.10008.1.2.1"};
    memset(scene, 0, sizeof *scene);
    scene->plan.context_count = 3;
    scene->plan.contexts[0] = (struct cgw_context){1, CGW_ROLE_NONE, "9.0", syntaxes, 1};
    scene->plan.contexts[1] = (struct cgw_context){3, CGW_ROLE_SCP, "9.1", syntaxes, 1};
    scene->plan.contexts[2] = (struct cgw_context){5, CGW_ROLE_SCP, "9.2", syntaxes, 1};
    memcpy(scene->answer.contexts[0].transfer_syntax, "1.2", 4);
    memcpy(scene->answer.contexts[1].transfer_syntax, syntaxes[0], strlen(syntaxes[0]) + 1);
    scene->answer.contexts[2].result = CGW_CONTEXT_ABSTRACT_SYNTAX;
    scene->ledger = cgw_ledger_new();
    assert_non_null(scene->ledger);
    scene->outcome = (struct cgw_outcome){.complete = true,
                                          .error = CGW_ERROR_INIT,
                                          .status = 0x0000,
                                          .remaining = CGW_NO_COUNT,
                                          .completed = 2,
                                          .failed = 0,
                                          .warning = CGW_NO_COUNT,
                                          .ledger = scene->ledger,
                                          .plan = &scene->plan,
                                          .answer = &scene->answer};
}

static void scene_release(struct scene *scene)
{
    cgw_ledger_free(scene->ledger);
}

static char *write_all(const struct cgw_outcome *outcome, const char *prefix, const char *suffix,
                       size_t capacity)
{
    struct cgw_buffer text = CGW_BUFFER_INIT(TEXT_MAX_BYTES);
    char *piece = malloc(capacity);
    ssize_t length;
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, prefix, suffix);
    assert_non_null(writer);
    while ((length = cgw_outcome_writer_read(writer, piece, capacity)) > 0) {
        assert_true((size_t)length <= capacity);
        assert_true(cgw_buffer_append(&text, piece, (size_t)length));
    }
    assert_int_equal(length, 0);
    assert_int_equal(cgw_outcome_writer_read(writer, piece, capacity), 0);
    cgw_outcome_writer_free(writer);
    free(piece);
    assert_true(cgw_buffer_append(&text, "", 1));
    return (char *)text.bytes;
}

static void assert_writes(const struct cgw_outcome *outcome, const char *expected)
{
    char *text = write_all(outcome, "", "", 65536);
    json_error_t error;
    json_t *actual = json_loads(text, JSON_REJECT_DUPLICATES, &error),
           *wanted = json_loads(expected, 0, &error);
    assert_non_null(wanted);
    if (actual == NULL || !json_equal(actual, wanted))
        fail_msg("%s", text);
    json_decref(actual);
    json_decref(wanted);
    free(text);
}

#define REFUSED                                                                                              \
    "\"refusedContexts\":[{\"id\":5,\"abstractSyntax\":\"9.2\",\"result\":\"abstract syntax not "            \
    "supported\"}]"

static void a_complete_outcome_lists_every_instance(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    assert_true(cgw_ledger_add(scene.ledger, "1.1", 3, 10, CGW_ENTRY_RECEIVED));
    assert_true(cgw_ledger_add(scene.ledger, "1.2", 3, UINT64_C(5000000000), CGW_ENTRY_RECEIVED));
    assert_writes(
        &scene.outcome,
        "{\"complete\":true,\"received\":2,\"bytes\":5000000010,\"status\":\"0000\",\"meaning\":\"Success\","
        "\"completed\":2,\"failed\":0," REFUSED ",\"failedSopInstanceUids\":[],\"instances\":["
        "{\"sopClassUid\":\"9.1\",\"sopInstanceUid\":\"1.1\",\"transferSyntaxUid\":\"1.2.840.10008.1.2.1\","
        "\"bytes\":10,\"result\":\"received\"},"
        "{\"sopClassUid\":\"9.1\",\"sopInstanceUid\":\"1.2\",\"transferSyntaxUid\":\"1.2.840.10008.1.2.1\","
        "\"bytes\":5000000000,\"result\":\"received\"}]}");
    scene_release(&scene);
}

static void an_incomplete_one_says_why_and_what_failed(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.outcome.complete = false;
    scene.outcome.status = 0xB000;
    scene.outcome.failed = 2;
    scene.outcome.remaining = 0;
    scene.outcome.warning = 1;
    scene.outcome.failed_uids = "1.7\0"
                                "1.80";
    scene.outcome.failed_uid_count = 2;
    memcpy(scene.outcome.error_comment, "a \"comment\"", 12);
    (void)cgw_fail(&scene.outcome.error, CGW_E_INCOMPLETE, "because of \"\\\t\"");
    assert_writes(
        &scene.outcome,
        "{\"complete\":false,\"received\":0,\"bytes\":0,\"status\":\"B000\",\"meaning\":\"Warning: "
        "sub-operations complete, some failed\",\"errorComment\":\"a \\\"comment\\\"\",\"completed\":2,"
        "\"failed\":2,\"warning\":1,\"remaining\":0,\"reason\":{\"code\":\"incomplete\","
        "\"detail\":\"because of \\\"\\\\\\t\\\"\"}," REFUSED
        ",\"failedSopInstanceUids\":[\"1.7\",\"1.80\"],\"instances\":[]}");
    scene_release(&scene);
}

static void
without_a_final_response_there_is_no_status_and_extended_negotiation_is_told_when_asked(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.outcome.complete = false;
    scene.outcome.status = CGW_NO_STATUS;
    scene.outcome.completed = scene.outcome.failed = CGW_NO_COUNT;
    scene.outcome.extended_asked = scene.outcome.extended_answered = scene.outcome.relational_retrieval =
        true;
    (void)cgw_fail(&scene.outcome.error, CGW_E_PEER_CLOSED, "gone");
    assert_writes(
        &scene.outcome,
        "{\"complete\":false,\"received\":0,\"bytes\":0,\"extendedNegotiation\":{\"answered\":true,"
        "\"relationalRetrieval\":true,\"enhancedConversion\":false},\"reason\":{\"code\":\"peer-closed\","
        "\"detail\":\"gone\"}," REFUSED ",\"failedSopInstanceUids\":[],\"instances\":[]}");
    scene_release(&scene);
}

static void a_refused_instance_has_no_uid_when_it_came_without_one(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    assert_true(cgw_ledger_add(scene.ledger, "", 3, 0, CGW_ENTRY_BAD_UID));
    scene.outcome.complete = false;
    char *text = write_all(&scene.outcome, "", "", 100);
    assert_non_null(strstr(text, "\"sopInstanceUid\":\"\""));
    assert_non_null(strstr(text, "\"result\":\"bad-uid\""));
    free(text);
    scene_release(&scene);
}

static void every_capacity_gives_the_same_text_with_what_is_around_it(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.outcome.failed_uids = "1.7\0"
                                "1.80";
    scene.outcome.failed_uid_count = 2;
    for (int i = 0; i < 5; i++)
        assert_true(cgw_ledger_add(scene.ledger, "1.1", 3, 10, CGW_ENTRY_RECEIVED));
    char *whole = write_all(&scene.outcome, "{\"outcome\":", "}\n", 65536);
    assert_memory_equal(whole, "{\"outcome\":{\"complete\":true,", 28);
    assert_string_equal(whole + strlen(whole) - 5, "}]}}\n");
    for (size_t capacity = 1; capacity < strlen(whole) + 2; capacity++) {
        char *text = write_all(&scene.outcome, "{\"outcome\":", "}\n", capacity);
        assert_string_equal(text, whole);
        free(text);
    }
    free(whole);
    scene_release(&scene);
}

static void a_hundred_thousand_instances_are_written_piece_by_piece(void **state)
{
    struct scene scene;
    char piece[777];
    size_t total = 0;
    ssize_t length;
    (void)state;
    scene_init(&scene);
    for (int i = 0; i < 100000; i++)
        assert_true(cgw_ledger_add(scene.ledger, "1.1", 3, 10, CGW_ENTRY_RECEIVED));
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(&scene.outcome, "", "");
    while ((length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0)
        total += (size_t)length;
    assert_int_equal(length, 0);
    assert_true(total > 100000 * (size_t)100);
    cgw_outcome_writer_free(writer);
    scene_release(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_outcome_lists_every_instance),
        cmocka_unit_test(an_incomplete_one_says_why_and_what_failed),
        cmocka_unit_test(
            without_a_final_response_there_is_no_status_and_extended_negotiation_is_told_when_asked),
        cmocka_unit_test(a_refused_instance_has_no_uid_when_it_came_without_one),
        cmocka_unit_test(every_capacity_gives_the_same_text_with_what_is_around_it),
        cmocka_unit_test(a_hundred_thousand_instances_are_written_piece_by_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
