#include "unit/cmocka_all.h"

#include "cgetway/associate.h"
#include "cgetway/byte_order.h"
#include "cgetway/part10.h"
#include "cgetway/sop_class.h"

#include <string.h>

static const char *const syntaxes[] = {"1.2.1", "1.2"};

static const struct cgw_context contexts[] = {
    {1, CGW_ROLE_NONE, "9.1", syntaxes, 2},
    {3, CGW_ROLE_SCP, "9.22", syntaxes, 1},
    {5, CGW_ROLE_SCP, "9.22", syntaxes + 1, 1},
    {255, CGW_ROLE_SCU_SCP, "9.3", syntaxes, 1},
};

static const struct cgw_associate_request small_request = {.called_aet = "PACS",
                                                           .calling_aet = "SIXTEEN_LETTERS_",
                                                           .contexts = contexts,
                                                           .context_count = 4,
                                                           .max_pdu = 0x00020000};

#define FIXED                                                                                                \
    "\0\1\0\0"                                                                                               \
    "PACS            "                                                                                       \
    "SIXTEEN_LETTERS_"
#define RESERVED                                                                                             \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                                                       \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define VARIABLE                                                                                             \
    "\x10\0\0\x15"                                                                                           \
    "1.2.840.10008.3.1.1.1"                                                                                  \
    "\x20\0\0\x1b"                                                                                           \
    "\1\0\0\0"                                                                                               \
    "\x30\0\0\3"                                                                                             \
    "9.1"                                                                                                    \
    "\x40\0\0\5"                                                                                             \
    "1.2.1"                                                                                                  \
    "\x40\0\0\3"                                                                                             \
    "1.2"                                                                                                    \
    "\x20\0\0\x15"                                                                                           \
    "\3\0\0\0"                                                                                               \
    "\x30\0\0\4"                                                                                             \
    "9.22"                                                                                                   \
    "\x40\0\0\5"                                                                                             \
    "1.2.1"                                                                                                  \
    "\x20\0\0\x13"                                                                                           \
    "\5\0\0\0"                                                                                               \
    "\x30\0\0\4"                                                                                             \
    "9.22"                                                                                                   \
    "\x40\0\0\3"                                                                                             \
    "1.2"                                                                                                    \
    "\x20\0\0\x14"                                                                                           \
    "\xff\0\0\0"                                                                                             \
    "\x30\0\0\3"                                                                                             \
    "9.3"                                                                                                    \
    "\x40\0\0\5"                                                                                             \
    "1.2.1"
#define USER                                                                                                 \
    "\x51\0\0\4"                                                                                             \
    "\0\2\0\0"                                                                                               \
    "\x52\0\0\x2c" CGW_IMPLEMENTATION_CLASS_UID "\x54\0\0\x08"                                               \
    "\0\4"                                                                                                   \
    "9.22"                                                                                                   \
    "\0\1"                                                                                                   \
    "\x54\0\0\7"                                                                                             \
    "\0\3"                                                                                                   \
    "9.3"                                                                                                    \
    "\1\1"                                                                                                   \
    "\x55\0\0\x0b" CGW_IMPLEMENTATION_VERSION_NAME

static void assert_encodes(const struct cgw_associate_request *request, const char *expected, size_t length)
{
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    assert_true(cgw_associate_request_encode(request, &pdu));
    assert_int_equal(pdu.length, length);
    assert_memory_equal(pdu.bytes, expected, length);
    cgw_buffer_release(&pdu);
}

static void a_request_is_these_bytes_with_one_role_a_class(void **state)
{
    static const char expected[] = "\1\0\0\0\1\x26" FIXED RESERVED VARIABLE "\x50\0\0\x5e" USER;
    (void)state;
    assert_encodes(&small_request, expected, sizeof expected - 1);
}

static void extended_negotiation_is_asked_for_one_class(void **state)
{
    static const char expected[] = "\1\0\0\0\1\x31" FIXED RESERVED VARIABLE "\x50\0\0\x69" USER "\x56\0\0\7"
                                   "\0\3"
                                   "9.1"
                                   "\1\0";
    struct cgw_associate_request request = small_request;
    (void)state;
    request.extended_class = "9.1";
    request.relational_retrieval = true;
    assert_encodes(&request, expected, sizeof expected - 1);
}

struct identity_row {
    const char *what;
    struct cgw_user_identity identity;
    const char *item; /* with its head */
    size_t length;
};

#define IDENTITY(kind, response, first, second)                                                              \
    {                                                                                                        \
        (kind), (response), (first), sizeof(first) - 1, (second), sizeof(second) - 1                         \
    }
#define ITEM(text) text, sizeof(text) - 1

/* PS3.7 table D.3-14: type, whether a response is wanted, and two fields with lengths of 16 bits. */
static const struct identity_row identity_rows[] = {
    {"a user name", IDENTITY(1, false, "jan", ""), ITEM("\x58\0\0\x09\1\0\0\3jan\0\0")},
    {"a user name in UTF-8", IDENTITY(1, true, "M\xC3\xBC", ""), ITEM("\x58\0\0\x09\1\1\0\3M\xC3\xBC\0\0")},
    {"a user name and a passcode", IDENTITY(2, true, "jan", "pw"), ITEM("\x58\0\0\x0b\2\1\0\3jan\0\2pw")},
    {"a ticket", IDENTITY(3, false, "\0\xff\0", ""), ITEM("\x58\0\0\x09\3\0\0\3\0\xff\0\0\0")},
    {"an assertion", IDENTITY(4, true, "<a/>", ""), ITEM("\x58\0\0\x0a\4\1\0\4<a/>\0\0")},
    {"a token", IDENTITY(5, false, "e.e.", ""),
     ITEM("\x58\0\0\x0a\5\0\0\4"
          "e.e.\0\0")},
    {"an empty user name", IDENTITY(1, false, "", ""), ITEM("\x58\0\0\6\1\0\0\0\0\0")},
    {"no identity", IDENTITY(0, true, "jan", "pw"), ITEM("")},
};

static void a_user_identity_is_the_last_user_item(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identity_rows / sizeof identity_rows[0]; i++) {
        const struct identity_row *row = &identity_rows[i];
        struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
        struct cgw_associate_request request = small_request;
        request.user_identity = row->identity;
        assert_true(cgw_associate_request_encode(&request, &pdu));
        if (pdu.length != 6 + 0x126 + row->length ||
            memcmp(pdu.bytes + 6 + 0x126, row->item, row->length) != 0)
            fail_msg("%s", row->what);
        assert_int_equal(cgw_get_u32be(pdu.bytes + 2), 0x126 + row->length);
        assert_memory_equal(pdu.bytes + pdu.length - row->length - 0x5e - 4, "\x50\0", 2);
        assert_int_equal(cgw_get_u16be(pdu.bytes + pdu.length - row->length - 0x5e - 2), 0x5e + row->length);
        cgw_buffer_release(&pdu);
    }
}

static void a_user_identity_longer_than_its_length_can_say_fails(void **state)
{
    static char token[UINT16_MAX + 1];
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    struct cgw_associate_request request = small_request;
    (void)state;
    request.user_identity = (struct cgw_user_identity){.type = 5, .primary = token, .primary_length = 65000};
    assert_true(cgw_associate_request_encode(&request, &pdu));
    cgw_buffer_clear(&pdu);
    request.user_identity.primary_length = sizeof token;
    assert_false(cgw_associate_request_encode(&request, &pdu));
    cgw_buffer_clear(&pdu);
    request.user_identity.primary_length = UINT16_MAX - 4; /* the field fits, and not the item around it */
    assert_false(cgw_associate_request_encode(&request, &pdu));
    cgw_buffer_release(&pdu);
}

static void a_role_is_proposed_where_only_a_later_context_of_the_class_has_it(void **state)
{
    const struct cgw_context two[] = {{1, CGW_ROLE_NONE, "9.2", syntaxes, 1},
                                      {3, CGW_ROLE_SCP, "9.2", syntaxes + 1, 1}};
    struct cgw_associate_request request = {
        .called_aet = "A", .calling_aet = "B", .contexts = two, .context_count = 2};
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    (void)state;
    assert_true(cgw_associate_request_encode(&request, &pdu));
    assert_non_null(memmem(pdu.bytes, pdu.length,
                           "\x54\0\0\7\0\3"
                           "9.2\0\1",
                           11));
    cgw_buffer_release(&pdu);
}

static void a_request_is_appended_to_what_is_there(void **state)
{
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    (void)state;
    assert_true(cgw_buffer_append(&pdu, "before", 6));
    assert_true(cgw_associate_request_encode(&small_request, &pdu));
    assert_memory_equal(pdu.bytes, "before\1\0\0\0\1\x26", 12);
    cgw_buffer_release(&pdu);
}

static void a_request_that_does_not_fit_fails_wherever_the_end_is(void **state)
{
    (void)state;
    for (size_t max = 0; max < 6 + 0x126; max++) {
        struct cgw_buffer pdu = CGW_BUFFER_INIT(max);
        assert_false(cgw_associate_request_encode(&small_request, &pdu));
        cgw_buffer_release(&pdu);
    }
}

/* Lengths of items have 16 bits. */
static void an_item_longer_than_its_length_can_say_fails(void **state)
{
    static const char uid[] = "1234567890.1234567890.1234567890.1234567890.1234567890.123456789";
    const char *many[1000];
    struct cgw_context context = {
        .id = 1, .abstract_syntax = "1.2", .transfer_syntaxes = many, .transfer_syntax_count = 962};
    struct cgw_associate_request request = {
        .called_aet = "A", .calling_aet = "B", .contexts = &context, .context_count = 1};
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        many[i] = uid;
    assert_true(cgw_associate_request_encode(&request, &pdu)); /* 4 + 7 + 962 * 68 = 65427 */
    cgw_buffer_clear(&pdu);
    context.transfer_syntax_count = 965;
    assert_false(cgw_associate_request_encode(&request, &pdu));
    cgw_buffer_release(&pdu);
}

static void titles_are_cut_at_16_characters_and_padded_with_blanks(void **state)
{
    struct cgw_associate_request request = small_request;
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    (void)state;
    request.called_aet = "SEVENTEEN_LETTERS";
    request.calling_aet = "";
    assert_true(cgw_associate_request_encode(&request, &pdu));
    assert_memory_equal(pdu.bytes + 10, "SEVENTEEN_LETTER                ", 32);
    cgw_buffer_release(&pdu);
}

static void every_storage_class_fits_with_one_role_each(void **state)
{
    struct cgw_context all[CGW_MAX_CONTEXTS] = {{1, CGW_ROLE_NONE, CGW_SOP_PATIENT_ROOT_GET, syntaxes, 2}};
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    size_t roles = 0, count = 1;
    (void)state;
    for (size_t i = 0; i < cgw_storage_class_count && count < CGW_MAX_CONTEXTS; i++, count++)
        all[count] = (struct cgw_context){(uint8_t)(2 * count + 1), CGW_ROLE_SCP, cgw_storage_classes[i].uid,
                                          syntaxes, 2};
    struct cgw_associate_request request = {
        .called_aet = "PACS", .calling_aet = "CGETWAY", .contexts = all, .context_count = count};
    assert_true(cgw_associate_request_encode(&request, &pdu));
    assert_int_equal(cgw_get_u32be(pdu.bytes + 2), pdu.length - 6);
    size_t at = 6 + 68;
    while (pdu.bytes[at] != 0x50)
        at += 4u + cgw_get_u16be(pdu.bytes + at + 2);
    assert_int_equal(at + 4 + cgw_get_u16be(pdu.bytes + at + 2), pdu.length);
    for (at += 4; at < pdu.length; at += 4u + cgw_get_u16be(pdu.bytes + at + 2))
        roles += pdu.bytes[at] == 0x54;
    assert_int_equal(at, pdu.length);
    assert_int_equal(roles, count - 1);
    cgw_buffer_release(&pdu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_these_bytes_with_one_role_a_class),
        cmocka_unit_test(extended_negotiation_is_asked_for_one_class),
        cmocka_unit_test(a_user_identity_is_the_last_user_item),
        cmocka_unit_test(a_user_identity_longer_than_its_length_can_say_fails),
        cmocka_unit_test(a_role_is_proposed_where_only_a_later_context_of_the_class_has_it),
        cmocka_unit_test(a_request_is_appended_to_what_is_there),
        cmocka_unit_test(a_request_that_does_not_fit_fails_wherever_the_end_is),
        cmocka_unit_test(an_item_longer_than_its_length_can_say_fails),
        cmocka_unit_test(titles_are_cut_at_16_characters_and_padded_with_blanks),
        cmocka_unit_test(every_storage_class_fits_with_one_role_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
