#include "unit/cmocka_all.h"

#include "cgetway/associate.h"
#include "cgetway/transfer_syntax.h"

#include <stdlib.h>
#include <string.h>

#define ILE CGW_TS_IMPLICIT_LE
#define ELE CGW_TS_EXPLICIT_LE

static const char *const get_syntaxes[] = {ILE, ELE};
static const char *const store_syntaxes[] = {ELE};
static const struct cgw_context contexts[] = {
    {1, CGW_ROLE_NONE, "9.1", get_syntaxes, 2},
    {3, CGW_ROLE_SCP, "9.2", store_syntaxes, 1},
    {255, CGW_ROLE_SCP, "9.3", store_syntaxes, 1},
};

static const struct cgw_associate_request request = {.called_aet = "PACS",
                                                     .calling_aet = "CGETWAY",
                                                     .contexts = contexts,
                                                     .context_count = 3,
                                                     .extended_class = "9.1",
                                                     .relational_retrieval = true};

/* Items after the 68 bytes that nobody reads. */
struct row {
    const char *what;
    const char *items;
    size_t length;
    const char *fault; /* part of the detail; NULL: it is taken */
    uint8_t results[3];
};

#define BYTES(text) text, sizeof(text) - 1
#define NO CGW_CONTEXT_NOT_ANSWERED
#define ACCEPT_1                                                                                             \
    "\x21\0\0\x19"                                                                                           \
    "\1\0\0\0"                                                                                               \
    "\x40\0\0\x11" ILE
#define ACCEPT_3                                                                                             \
    "\x21\0\0\x1b"                                                                                           \
    "\3\0\0\0"                                                                                               \
    "\x40\0\0\x13" ELE
#define ACCEPT_255                                                                                           \
    "\x21\0\0\x1b"                                                                                           \
    "\xff\0\0\0"                                                                                             \
    "\x40\0\0\x13" ELE

static const struct row rows[] = {
    {"nothing", BYTES(""), NULL, {NO, NO, NO}},
    {"the first", BYTES(ACCEPT_1), NULL, {0, NO, NO}},
    {"all, backwards", BYTES(ACCEPT_255 ACCEPT_3 ACCEPT_1), NULL, {0, 0, 0}},
    {"a padded syntax",
     BYTES("\x21\0\0\x1a"
           "\1\0\0\0"
           "\x40\0\0\x12" ILE "\0"),
     NULL,
     {0, NO, NO}},
    {"refusals without a syntax",
     BYTES("\x21\0\0\4"
           "\1\0\1\0"
           "\x21\0\0\4"
           "\3\0\3\0"
           "\x21\0\0\4"
           "\xff\0\4\0"),
     NULL,
     {1, 3, 4}},
    {"a refusal with nonsense behind",
     BYTES("\x21\0\0\6"
           "\1\0\2\0"
           "xx"),
     NULL,
     {2, NO, NO}},
    {"a result that nobody defined",
     BYTES("\x21\0\0\4"
           "\1\0\x99\0"),
     NULL,
     {0x99, NO, NO}},
    {"accepted, then refused",
     BYTES(ACCEPT_3 "\x21\0\0\4"
                    "\3\0\3\0"),
     NULL,
     {NO, 3, NO}},
    {"unknown items", BYTES("\x77\0\0\2xx" ACCEPT_1 "\0\0\0\0"), NULL, {0, NO, NO}},
    {"a context that was not proposed",
     BYTES("\x21\0\0\4"
           "\5\0\3\0"),
     "presentation context 5, which was not proposed",
     {NO}},
    {"an even context",
     BYTES("\x21\0\0\4"
           "\2\0\3\0"),
     "context 2, which was not proposed",
     {NO}},
    {"context 0",
     BYTES("\x21\0\0\4"
           "\0\0\0\0"),
     "context 0, which was not proposed",
     {NO}},
    {"a context of three bytes",
     BYTES("\x21\0\0\3"
           "\1\0\0"),
     "presentation context of 3 bytes",
     {NO}},
    {"accepted without a syntax",
     BYTES("\x21\0\0\4"
           "\1\0\0\0"),
     "context 1 without a transfer syntax",
     {NO}},
    {"accepted with another item",
     BYTES("\x21\0\0\x19"
           "\1\0\0\0"
           "\x30\0\0\x11" ILE),
     "without a transfer syntax",
     {NO}},
    {"a syntax longer than its item",
     BYTES("\x21\0\0\x19"
           "\1\0\0\0"
           "\x40\0\0\x12" ILE),
     "without a transfer syntax",
     {NO}},
    {"a syntax that is no UID",
     BYTES("\x21\0\0\x0c"
           "\1\0\0\0"
           "\x40\0\0\4"
           "../x"),
     "without a transfer syntax",
     {NO}},
    {"an empty syntax",
     BYTES("\x21\0\0\x08"
           "\1\0\0\0"
           "\x40\0\0\0"),
     "without a transfer syntax",
     {NO}},
    {"a syntax offered elsewhere only",
     BYTES("\x21\0\0\x19"
           "\3\0\0\0"
           "\x40\0\0\x11" ILE),
     "context 3 with a transfer syntax that was not offered",
     {NO}},
    {"a head of three bytes", BYTES(ACCEPT_1 "\x21\0\0"), "ends inside an item", {NO}},
    {"one byte past the end",
     BYTES("\x21\0\0\5"
           "\1\0\3\0"),
     "ends inside an item",
     {NO}},
    {"the longest length",
     BYTES("\x21\0\xff\xff"
           "\1\0\3\0"),
     "ends inside an item",
     {NO}},
    {"a user item past the end",
     BYTES("\x50\0\0\x08"
           "\x51\0\0\5"
           "\0\0\0\0"),
     "ends inside a user item",
     {NO}},
    {"user information of three bytes",
     BYTES("\x50\0\0\3"
           "\x51\0\0"),
     "ends inside a user item",
     {NO}},
};

/* In memory that ends where the bytes do. */
static enum cgw_code decode(const char *items, size_t length, struct cgw_associate_answer *answer,
                            struct cgw_error *err)
{
    uint8_t *body = calloc(1, 68 + length);
    memcpy(body + 68, items, length);
    enum cgw_code code = cgw_associate_accept_decode(body, 68 + length, &request, answer, err);
    free(body);
    return code;
}

static void answers_are_taken_or_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct cgw_associate_answer answer;
        struct cgw_error err = CGW_ERROR_INIT;
        enum cgw_code code = decode(row->items, row->length, &answer, &err);
        if (code != (row->fault == NULL ? CGW_OK : CGW_E_PROTOCOL_ERROR) || code != err.code)
            fail_msg("%s: %s", row->what, cgw_code_name(code));
        if (row->fault != NULL && strstr(err.detail, row->fault) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", row->what, err.detail, row->fault);
        for (size_t j = 0; row->fault == NULL && j < 3; j++) {
            if (answer.contexts[contexts[j].id / 2].result != row->results[j])
                fail_msg("%s: context %u: %u", row->what, contexts[j].id,
                         answer.contexts[contexts[j].id / 2].result);
        }
    }
}

static void an_answer_shorter_than_its_fixed_part_is_refused(void **state)
{
    struct cgw_associate_answer answer;
    (void)state;
    for (size_t length = 0; length < 68; length++) {
        uint8_t *body = calloc(1, length + 1);
        assert_int_equal(cgw_associate_accept_decode(body + 1, length, &request, &answer, NULL),
                         CGW_E_PROTOCOL_ERROR);
        free(body);
    }
}

static void the_accepted_syntax_is_told(void **state)
{
    struct cgw_associate_answer answer;
    (void)state;
    assert_int_equal(decode(BYTES(ACCEPT_1 ACCEPT_255), &answer, NULL), CGW_OK);
    assert_string_equal(answer.contexts[0].transfer_syntax, ILE);
    assert_string_equal(answer.contexts[127].transfer_syntax, ELE);
}

static void the_peers_implementation_is_told_without_what_could_harm_a_log(void **state)
{
    struct cgw_associate_answer answer;
    (void)state;
    assert_int_equal(decode(BYTES("\x50\0\0\x19"
                                  "\x52\0\0\4"
                                  "1.2\0"
                                  "\x51\0\0\4"
                                  "\0\0\x40\0"
                                  "\x55\0\0\5"
                                  "a\n\x80"
                                  "b "),
                            &answer, NULL),
                     CGW_OK);
    assert_string_equal(answer.implementation_class, "1.2");
    assert_string_equal(answer.implementation_version, "a??b ");
    assert_int_equal(answer.max_pdu, 16384);
    assert_int_equal(decode(BYTES("\x50\0\0\x23"
                                  "\x52\0\0\4"
                                  "../x"
                                  "\x55\0\0\x17"
                                  "more than 16 characters"),
                            &answer, NULL),
                     CGW_OK);
    assert_string_equal(answer.implementation_class, "");
    assert_string_equal(answer.implementation_version, "more than 16 cha");
}

static void a_role_that_is_refused_is_told_and_no_answer_is_no_refusal(void **state)
{
    struct cgw_associate_answer answer;
    (void)state;
    assert_int_equal(decode(BYTES(ACCEPT_3 ACCEPT_255 "\x50\0\0\x2b"
                                                      "\x54\0\0\7"
                                                      "\0\3"
                                                      "9.2\0\0" /* neither SCU nor SCP */
                                                      "\x54\0\0\7"
                                                      "\0\3"
                                                      "9.3\0\1" /* SCP, as proposed */
                                                      "\x54\0\0\7"
                                                      "\0\4"
                                                      "9.3\0\0" /* lengths disagree */
                                                      "\x54\0\0\6"
                                                      "\0\3"
                                                      "9.1\0"),
                            &answer, NULL),
                     CGW_OK);
    assert_true(answer.contexts[3 / 2].role_is_refused);
    assert_false(answer.contexts[255 / 2].role_is_refused);
    assert_false(answer.contexts[1 / 2].role_is_refused);
}

static void a_maximum_length_of_a_wrong_size_says_nothing(void **state)
{
    struct cgw_associate_answer answer;
    (void)state;
    assert_int_equal(decode(BYTES("\x50\0\0\6"
                                  "\x51\0\0\2"
                                  "\1\1"),
                            &answer, NULL),
                     CGW_OK);
    assert_int_equal(answer.max_pdu, 0);
}

struct extended_row {
    const char *what, *item;
    size_t length;
    bool answered, relational, enhanced;
};

static const struct extended_row extended_rows[] = {
    {"both",
     BYTES("\0\3"
           "9.1"
           "\1\1"),
     true, true, true},
    {"one byte",
     BYTES("\0\3"
           "9.1"
           "\1"),
     true, true, false},
    {"no byte",
     BYTES("\0\3"
           "9.1"),
     true, false, false},
    {"refused",
     BYTES("\0\3"
           "9.1"
           "\0\0"),
     true, false, false},
    {"values that nobody defined",
     BYTES("\0\3"
           "9.1"
           "\2\xff"),
     true, false, false},
    {"of another class",
     BYTES("\0\3"
           "9.2"
           "\1\1"),
     false, false, false},
    {"of a longer class",
     BYTES("\0\4"
           "9.1.\1\1"),
     false, false, false},
    {"a UID past the end",
     BYTES("\0\6"
           "9.1"
           "\1\1"),
     false, false, false},
    {"one byte in all", BYTES("\0"), false, false, false},
    {"empty", BYTES(""), false, false, false},
};

static void extended_negotiation_may_be_answered_with_two_bytes_one_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof extended_rows / sizeof extended_rows[0]; i++) {
        const struct extended_row *row = &extended_rows[i];
        char items[64] = {0x50, 0, 0, (char)(row->length + 4), 0x56, 0, 0, (char)row->length};
        struct cgw_associate_answer answer;
        memcpy(items + 8, row->item, row->length);
        assert_int_equal(decode(items, row->length + 8, &answer, NULL), CGW_OK);
        if (answer.extended_answered != row->answered || answer.relational_retrieval != row->relational ||
            answer.enhanced_conversion != row->enhanced)
            fail_msg("%s", row->what);
    }
}

static void a_role_that_is_refused_is_refused_for_every_context_of_the_class(void **state)
{
    static const struct cgw_context shared[] = {{1, CGW_ROLE_NONE, "9.2", get_syntaxes, 2},
                                                {3, CGW_ROLE_SCP, "9.2", store_syntaxes, 1},
                                                {5, CGW_ROLE_SCU_SCP, "9.2", get_syntaxes, 1},
                                                {7, CGW_ROLE_SCP, "9.22", store_syntaxes, 1}};
    struct cgw_associate_request of_shared = {.contexts = shared, .context_count = 4};
    struct cgw_associate_answer answer;
    uint8_t body[68 + 15] = {0};
    (void)state;
    memcpy(body + 68,
           "\x50\0\0\x0b"
           "\x54\0\0\7"
           "\0\3"
           "9.2\1\0", /* SCU only */
           15);
    assert_int_equal(cgw_associate_accept_decode(body, sizeof body, &of_shared, &answer, NULL), CGW_OK);
    assert_false(answer.contexts[0].role_is_refused); /* none was proposed */
    assert_true(answer.contexts[1].role_is_refused);
    assert_true(answer.contexts[2].role_is_refused);
    assert_false(answer.contexts[3].role_is_refused);
}

struct identity_row {
    const char *what, *item;
    size_t length;
    bool confirmed;
};

static const struct identity_row identity_rows[] = {
    {"an empty response", BYTES("\0\0"), true},
    {"a response", BYTES("\0\3abc"), true},
    {"a response longer than its item", BYTES("\0\4abc"), false},
    {"a response shorter than its item", BYTES("\0\2abc"), false},
    {"the longest length", BYTES("\xff\xff"), false},
    {"half a length", BYTES("\0"), false},
    {"nothing", BYTES(""), false},
};

static bool is_confirmed(const struct identity_row *row, const struct cgw_user_identity *identity)
{
    struct cgw_associate_request with_identity = request;
    struct cgw_associate_answer answer;
    size_t length = 68 + 8 + row->length;
    uint8_t *body = calloc(1, length); /* ends where the bytes do */
    with_identity.user_identity = *identity;
    const uint8_t heads[] = {0x50, 0, 0, (uint8_t)(row->length + 4), 0x59, 0, 0, (uint8_t)row->length};
    memcpy(body + 68, heads, sizeof heads);
    memcpy(body + 68 + sizeof heads, row->item, row->length);
    assert_int_equal(cgw_associate_accept_decode(body, length, &with_identity, &answer, NULL), CGW_OK);
    free(body);
    return answer.user_identity_confirmed;
}

static void a_user_identity_is_confirmed_by_a_response_that_was_asked_for(void **state)
{
    const struct cgw_user_identity asking = {.type = 1, .wants_response = true};
    const struct cgw_user_identity silent = {.type = 1};
    const struct cgw_user_identity none = {.wants_response = true};
    struct cgw_associate_answer answer;
    (void)state;
    for (size_t i = 0; i < sizeof identity_rows / sizeof identity_rows[0]; i++) {
        if (is_confirmed(&identity_rows[i], &asking) != identity_rows[i].confirmed)
            fail_msg("%s", identity_rows[i].what);
        assert_false(is_confirmed(&identity_rows[i], &silent));
        assert_false(is_confirmed(&identity_rows[i], &none));
    }
    assert_int_equal(decode(BYTES(ACCEPT_1), &answer, NULL), CGW_OK);
    assert_false(answer.user_identity_confirmed);
}

struct reject_row {
    uint8_t body[5];
    size_t length;
    enum cgw_code code;
    const char *detail;
};

static const struct reject_row reject_rows[] = {
    {{0, 1, 1, 1}, 4, CGW_E_PEER_REJECTED, "no reason given (result 1, source 1, reason 1)"},
    {{0, 1, 1, 2}, 4, CGW_E_PEER_REJECTED, "application context name not supported"},
    {{0, 1, 1, 3}, 4, CGW_E_PEER_REJECTED, "calling AE title not recognized"},
    {{0, 1, 1, 7}, 4, CGW_E_PEER_REJECTED, "called AE title not recognized"},
    {{0, 1, 1, 4}, 4, CGW_E_PEER_REJECTED, "DICOM does not define"},
    {{0, 1, 1, 255}, 4, CGW_E_PEER_REJECTED, "DICOM does not define"},
    {{0, 1, 2, 2}, 4, CGW_E_PEER_REJECTED, "protocol version not supported"},
    {{0, 1, 2, 0}, 4, CGW_E_PEER_REJECTED, "DICOM does not define"},
    {{0, 2, 3, 1}, 4, CGW_E_PEER_BUSY, "temporary congestion"},
    {{0, 2, 3, 2}, 4, CGW_E_PEER_BUSY, "local limit exceeded"},
    {{0, 1, 3, 2}, 4, CGW_E_PEER_REJECTED, "local limit exceeded"},
    {{0, 2, 9, 9}, 4, CGW_E_PEER_BUSY, "DICOM does not define"},
    {{0, 0, 0, 0}, 4, CGW_E_PEER_REJECTED, "(result 0, source 0, reason 0)"},
    {{0, 1, 1}, 3, CGW_E_PROTOCOL_ERROR, "3 bytes"},
    {{0, 1, 1, 1, 1}, 5, CGW_E_PROTOCOL_ERROR, "5 bytes"},
    {{0}, 0, CGW_E_PROTOCOL_ERROR, "0 bytes"},
};

static void rejections_are_told_in_words_and_transient_ones_as_busy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reject_rows / sizeof reject_rows[0]; i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        enum cgw_code code = cgw_associate_reject_decode(reject_rows[i].body, reject_rows[i].length, &err);
        if (code != reject_rows[i].code || strstr(err.detail, reject_rows[i].detail) == NULL)
            fail_msg("row %zu: %s: %s", i, cgw_code_name(code), err.detail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_taken_or_refused_with_the_reason),
        cmocka_unit_test(an_answer_shorter_than_its_fixed_part_is_refused),
        cmocka_unit_test(the_accepted_syntax_is_told),
        cmocka_unit_test(the_peers_implementation_is_told_without_what_could_harm_a_log),
        cmocka_unit_test(a_role_that_is_refused_is_told_and_no_answer_is_no_refusal),
        cmocka_unit_test(a_maximum_length_of_a_wrong_size_says_nothing),
        cmocka_unit_test(extended_negotiation_may_be_answered_with_two_bytes_one_or_none),
        cmocka_unit_test(a_role_that_is_refused_is_refused_for_every_context_of_the_class),
        cmocka_unit_test(a_user_identity_is_confirmed_by_a_response_that_was_asked_for),
        cmocka_unit_test(rejections_are_told_in_words_and_transient_ones_as_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
