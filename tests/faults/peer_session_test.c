/* Conversations that need more than a row: what reaches the peer, what comes after a fault, and a client that
 * leaves. */
#include "faults/fault.h"

#include "cgetway/deadline.h"
#include "support/part10.h"

#include <stdlib.h>
#include <string.h>

enum { SIGNAL_MS = 5000, FREED_WITHIN_MS = 3000 };

#define TWO_CONNECTIONS(first) first "connection\n" OPEN INSTANCE("1", "1000") FINAL("0000", "1") RELEASE
#define POLITE OPEN INSTANCE("1", "1000") FINAL("0000", "1") RELEASE

static struct world *start(const char *script, const char *members)
{
    const struct fault_peer peer = {.name = "main", .script = script, .members = members};
    return world_start(&peer, 1, NULL);
}

static void end(struct world *world, size_t connections)
{
    world_assert_done(world, 0, connections);
    world_stop(world);
}

static void assert_complete_from(struct world *world, const char *query, size_t instances)
{
    const struct fault_request request = {.query = query};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_complete(retrieval, instances);
    retrieval_free(retrieval);
}

/* ---- after a fault ---- */

static void what_failed_is_listed_and_a_second_retrieve_works(void **state)
{
    (void)state;
    struct world *world = start(TWO_CONNECTIONS(OPEN INSTANCE(
                                    "1", "1000") "send C-GET-RSP status=B000 completed=1 failed=2 warning=0 "
                                                 "failed-list=1.2.3.8,1.2.3.9\n" RELEASE),
                                NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_cut(retrieval, "incomplete");
    const json_t *failed = json_object_get(retrieval->outcome, "failedSopInstanceUids");
    assert_int_equal(json_array_size(failed), 2);
    assert_string_equal(json_string_value(json_array_get(failed, 0)), "1.2.3.8");
    assert_string_equal(json_string_value(json_array_get(failed, 1)), "1.2.3.9");
    assert_int_equal(json_integer_value(json_object_get(retrieval->outcome, "failed")), 2);
    retrieval_free(retrieval);
    assert_complete_from(world, "", 1);
    end(world, 2);
}

static void a_peer_that_aborted_is_asked_again_by_the_next_request(void **state)
{
    (void)state;
    struct world *world =
        start(TWO_CONNECTIONS(OPEN BEGINNING("1", "5000") "send abort 0 0\nexpect eof reset=ok\n"), NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_cut(retrieval, "peer-aborted");
    assert_string_equal(instance_result(retrieval, 0), "truncated");
    retrieval_free(retrieval);
    assert_complete_from(world, "", 1);
    end(world, 2);
}

/* ---- large and deep ---- */

/* 4 GiB - 2 of length; in it a data set's PDV and the final response. */
static void a_pdu_of_four_gigabytes_is_passed_on_as_it_comes(void **state)
{
    (void)state;
    struct world *world = start(
        OPEN "send C-STORE-RQ class=" CR_CLASS " uid=1.2.39.1 context=3\nsend pdu-header 04 0xFFFFFFFE\n"
             "send hex 0000000A 0302 6F6E657477 6F2121\n" STORED
             "send hex 00000064 0103 00000000 04000000 56000000 00000200 1c000000\n"
             "send hex 312e322e3834302e31303030382e352e312e342e312e322e322e3300\n"
             "send hex 00000001 02000000 1080 00002001 02000000 0100 00000008 02000000 0101\n"
             "send hex 00000009 02000000 0000 00002110 02000000 0100\n" RELEASE,
        NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    struct support_error err = {.text = ""};
    struct part10_meta meta;
    assert_complete(retrieval, 1);
    const struct multipart_part *part = &retrieval->parts.parts[0];
    assert_true(part10_parse(part->body, part->body_length, &meta, &err));
    assert_int_equal(part->body_length - meta.data_set_offset, 8);
    assert_memory_equal(part->body + meta.data_set_offset, "onetwo!!", 8);
    retrieval_free(retrieval);
    end(world, 1);
}

static void ten_thousand_nested_sequences_pass_untouched(void **state)
{
    (void)state;
    struct world *world = start(OPEN "send C-STORE-RQ class=" CR_CLASS " uid=1.2.39.1\n"
                                     "send nested-data class=" CR_CLASS
                                     " uid=1.2.39.1 depth=10000\n" STORED FINAL("0000", "1") RELEASE,
                                NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    struct support_error err = {.text = ""};
    struct part10_meta meta;
    size_t length = 0;
    uint8_t *sent = scripted_nested_data_set(CR_CLASS, "1.2.39.1", 10000, true, &length);
    assert_complete(retrieval, 1);
    const struct multipart_part *part = &retrieval->parts.parts[0];
    assert_true(part10_parse(part->body, part->body_length, &meta, &err));
    assert_int_equal(part->body_length - meta.data_set_offset, length);
    assert_memory_equal(part->body + meta.data_set_offset, sent, length);
    free(sent);
    retrieval_free(retrieval);
    end(world, 1);
}

/* ---- what reaches the peer ---- */

static const struct scripted_context *get_context(struct world *world)
{
    const struct scripted_associate_rq *request = scripted_peer_associate_rq(world_peer(world, 0), 0);
    assert_true(request->context_count > 2);
    assert_int_equal(request->contexts[0].id, 1);
    return &request->contexts[0];
}

static void extended_negotiation_reaches_the_peer_and_its_answer_the_client(void **state)
{
    (void)state;
    struct world *world =
        start("expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC extneg=01\nexpect C-GET-RQ\n" INSTANCE("1", "1000")
                  FINAL("0000", "1") RELEASE,
              NULL);
    const struct fault_request request = {.query = "?relational-retrieval=true&enhanced-conversion=true"};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_complete(retrieval, 1);
    const struct scripted_context *context = get_context(world);
    assert_true(context->has_extneg);
    assert_int_equal(context->extneg_length, 2);
    assert_int_equal(context->extneg[0], 1);
    assert_int_equal(context->extneg[1], 1);
    const json_t *answer = json_object_get(retrieval->outcome, "extendedNegotiation");
    assert_true(json_is_true(json_object_get(answer, "answered")));
    assert_true(json_is_true(json_object_get(answer, "relationalRetrieval")));
    assert_true(json_is_false(json_object_get(answer, "enhancedConversion")));
    retrieval_free(retrieval);
    end(world, 1);
}

static void an_extended_negotiation_without_an_answer_is_told(void **state)
{
    (void)state;
    struct world *world = start(POLITE, "\"relational-retrieval\": true");
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_complete(retrieval, 1);
    assert_true(get_context(world)->has_extneg);
    const json_t *answer = json_object_get(retrieval->outcome, "extendedNegotiation");
    assert_true(json_is_false(json_object_get(answer, "answered")));
    retrieval_free(retrieval);
    end(world, 1);
}

static void nothing_is_negotiated_that_nobody_asked_for(void **state)
{
    (void)state;
    struct world *world = start(POLITE, NULL);
    assert_complete_from(world, "", 1);
    const struct scripted_associate_rq *request = scripted_peer_associate_rq(world_peer(world, 0), 0);
    assert_false(get_context(world)->has_extneg);
    assert_string_equal(get_context(world)->abstract_syntax, STUDY_ROOT);
    assert_string_equal(request->contexts[1].abstract_syntax, CR_CLASS);
    assert_true(request->contexts[1].has_role);
    assert_int_equal(request->contexts[1].scu_role, 0);
    assert_int_equal(request->contexts[1].scp_role, 1);
    assert_string_equal(request->calling_ae, "CGETWAY");
    assert_string_equal(request->called_ae, "SCRIPT");
    assert_int_equal(request->max_pdu, 131072);
    end(world, 1);
}

static void assert_max_pdu(const char *query, uint32_t expected)
{
    struct world *world = start(POLITE, NULL);
    assert_complete_from(world, query, 1);
    assert_int_equal(scripted_peer_associate_rq(world_peer(world, 0), 0)->max_pdu, expected);
    end(world, 1);
}

static void a_largest_pdu_of_0_reaches_the_peer(void **state)
{
    (void)state;
    assert_max_pdu("?max-pdu=0", 0);
}

static void a_largest_pdu_of_the_request_reaches_the_peer(void **state)
{
    (void)state;
    assert_max_pdu("?max-pdu=16384", 16384);
}

static void titles_of_the_request_reach_the_peer(void **state)
{
    (void)state;
    struct world *world = start(POLITE, NULL);
    assert_complete_from(world, "?calling-aet=SOMEONE&called-aet=ELSE", 1);
    const struct scripted_associate_rq *request = scripted_peer_associate_rq(world_peer(world, 0), 0);
    assert_string_equal(request->calling_ae, "SOMEONE");
    assert_string_equal(request->called_ae, "ELSE");
    end(world, 1);
}

static void assert_model(const char *query, const char *sop_class)
{
    struct world *world = start(POLITE, NULL);
    const struct fault_request request = {
        .query = query,
        .json = "{\"QueryRetrieveLevel\": \"STUDY\", \"PatientID\": \"X\", \"StudyInstanceUID\": \"1.2.3\"}"};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_complete(retrieval, 1);
    assert_string_equal(get_context(world)->abstract_syntax, sop_class);
    assert_string_equal(scripted_peer_request(world_peer(world, 0), 0)->sop_class, sop_class);
    retrieval_free(retrieval);
    end(world, 1);
}

static void the_model_of_the_request_is_the_class_that_is_asked(void **state)
{
    (void)state;
    assert_model("?model=patient", "1.2.840.10008.5.1.4.1.2.1.3");
    assert_model("?model=study", STUDY_ROOT);
    assert_model("?model=psonly", "1.2.840.10008.5.1.4.1.2.3.3");
}

/* ---- a client that leaves ---- */

/* Starts a stream, waits until its beginning is there and leaves. */
static void leave_in_an_instance(struct world *world)
{
    const struct fault_request request = {.stop_after_bytes = 2000};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_int_equal(retrieval->response.result, CURLE_WRITE_ERROR);
    retrieval_free(retrieval);
}

static void a_cancel_that_is_honoured_ends_by_release(void **state)
{
    (void)state;
    struct world *world = start(
        OPEN BEGINNING("1", "5000") "expect C-CANCEL-RQ\n" DATA(
            "1", "100000") "expect C-STORE-RSP status=A700\n"
                           "send C-GET-RSP status=FE00 remaining=3 completed=0 failed=1 warning=0\n" RELEASE,
        NULL);
    leave_in_an_instance(world);
    end(world, 1);
}

static void after_a_cancel_further_instances_are_refused(void **state)
{
    (void)state;
    struct world *world = start(
        OPEN BEGINNING("1", "5000") "expect C-CANCEL-RQ\n" DATA(
            "1", "100000") "expect C-STORE-RSP status=A700\n" STORE("2")
            DATA("2",
                 "100000") "expect C-STORE-RSP status=A700\nsend C-GET-RSP status=FE00 failed=2\n" RELEASE,
        NULL);
    leave_in_an_instance(world);
    end(world, 1);
}

static void a_cancel_that_is_ignored_ends_by_abort_within_three_seconds(void **state)
{
    (void)state;
    struct world *world =
        start(OPEN BEGINNING("1", "5000") "left: expect C-CANCEL-RQ\naborted: expect abort\n"
                                          "expect eof reset=ok\n",
              NULL);
    int64_t start_ms = cgw_now_ms();
    leave_in_an_instance(world);
    world_assert_done(world, 0, 1);
    struct scripted_peer *peer = world_peer(world, 0);
    int64_t grace_ms =
        (scripted_peer_time_ns(peer, 0, "aborted") - scripted_peer_time_ns(peer, 0, "left")) / 1000000;
    assert_in_range(grace_ms, 1900, 2500 + NOISE_MS);
    world_assert_idle(world);
    assert_in_range(cgw_now_ms() - start_ms, 1900, FREED_WITHIN_MS + NOISE_MS);
    end(world, 1);
}

static void a_peer_that_sends_on_after_a_cancel_is_aborted_after_the_grace(void **state)
{
    (void)state;
    struct world *world =
        start(OPEN STORE("1") "may-close\nloop 0\nsend data pattern=1 bytes=100000 last=no\nend\n",
              "\"cancel-grace\": 0.3");
    leave_in_an_instance(world);
    world_assert_idle(world);
    end(world, 1);
}

static void a_client_that_leaves_before_the_first_instance_frees_the_association(void **state)
{
    (void)state;
    struct world *world =
        start(OPEN "signal asked\nexpect C-CANCEL-RQ\nsend C-GET-RSP status=FE00\n" RELEASE, NULL);
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(world)), NULL);
    assert_true(raw_send_text(client,
                              "POST /v1/peers/main/get HTTP/1.1\r\nHost: x\r\nX-Request-Id: left\r\n"
                              "Content-Type: application/json\r\nContent-Length: 60\r\n\r\n"
                              "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3.4\"} "));
    world_expect_logged(world, "left");
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "asked", SIGNAL_MS));
    raw_close(client);
    end(world, 1);
}

static void a_client_that_leaves_during_the_association_frees_it(void **state)
{
    (void)state;
    struct world *world =
        start("expect A-ASSOCIATE-RQ\nsignal asked\nmay-close\nexpect eof reset=ok\n", NULL);
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(world)), NULL);
    assert_true(raw_send_text(client,
                              "POST /v1/peers/main/get HTTP/1.1\r\nHost: x\r\nX-Request-Id: left\r\n"
                              "Content-Type: application/json\r\nContent-Length: 60\r\n\r\n"
                              "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3.4\"} "));
    world_expect_logged(world, "left");
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "asked", SIGNAL_MS));
    raw_reset(client);
    end(world, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_is_listed_and_a_second_retrieve_works),
        cmocka_unit_test(a_peer_that_aborted_is_asked_again_by_the_next_request),
        cmocka_unit_test(a_pdu_of_four_gigabytes_is_passed_on_as_it_comes),
        cmocka_unit_test(ten_thousand_nested_sequences_pass_untouched),
        cmocka_unit_test(extended_negotiation_reaches_the_peer_and_its_answer_the_client),
        cmocka_unit_test(an_extended_negotiation_without_an_answer_is_told),
        cmocka_unit_test(nothing_is_negotiated_that_nobody_asked_for),
        cmocka_unit_test(a_largest_pdu_of_0_reaches_the_peer),
        cmocka_unit_test(a_largest_pdu_of_the_request_reaches_the_peer),
        cmocka_unit_test(titles_of_the_request_reach_the_peer),
        cmocka_unit_test(the_model_of_the_request_is_the_class_that_is_asked),
        cmocka_unit_test(a_cancel_that_is_honoured_ends_by_release),
        cmocka_unit_test(after_a_cancel_further_instances_are_refused),
        cmocka_unit_test(a_cancel_that_is_ignored_ends_by_abort_within_three_seconds),
        cmocka_unit_test(a_peer_that_sends_on_after_a_cancel_is_aborted_after_the_grace),
        cmocka_unit_test(a_client_that_leaves_before_the_first_instance_frees_the_association),
        cmocka_unit_test(a_client_that_leaves_during_the_association_frees_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
