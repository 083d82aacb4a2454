#include "unit/cmocka_all.h"

#include "cgetway/byte_order.h"
#include "cgetway/dimse.h"

#include <stdlib.h>
#include <string.h>

#define UID_OF_64 "1234567890.1234567890.1234567890.1234567890.1234567890.123456789"

/* Elements as text of bytes; FIELD and TYPE make a command set that may be decoded. */
#define FIELD "\0\0\0\1\2\0\0\0\1\0"  /* (0000,0100) C-STORE-RQ */
#define TYPE "\0\0\0\x08\2\0\0\0\1\1" /* (0000,0800) 0101 */

struct decode_row {
    const char *what;
    const char *bytes;
    size_t length;
    const char *fault; /* part of the detail; NULL: it is decoded */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct decode_row decode_rows[] = {
    {"field and type", BYTES(FIELD TYPE), NULL},
    {"any order", BYTES(TYPE FIELD), NULL},
    {"nothing at all", BYTES(""), "lacks"},
    {"no data set type", BYTES(FIELD), "lacks"},
    {"no field", BYTES(TYPE), "lacks"},
    {"an empty field is none", BYTES("\0\0\0\1\0\0\0\0" TYPE), "lacks"},
    {"an empty field and a full one", BYTES("\0\0\0\1\0\0\0\0" FIELD TYPE), NULL},
    {"the field twice", BYTES(FIELD FIELD TYPE), "(0000,0100) twice"},
    {"a UID twice, the first empty",
     BYTES(FIELD TYPE "\0\0\2\0\0\0\0\0"
                      "\0\0\2\0\2\0\0\0"
                      "1\0"),
     "(0000,0002) twice"},
    {"an unknown element of the group", BYTES(FIELD TYPE "\0\0\x10\x10\3\0\0\0abc"), NULL},
    {"an unknown element twice",
     BYTES("\0\0\1\0\0\0\0\0"
           "\0\0\1\0\0\0\0\0" FIELD TYPE),
     NULL},
    {"another group, as Orthanc sends it", BYTES(FIELD TYPE "\x08\0\x58\0\0\0\0\0"), NULL},
    {"another group past the end", BYTES(FIELD TYPE "\x08\0\x58\0\1\0\0\0"), "(0008,0058) passes its end"},
    {"an element number of ours in another group", BYTES(FIELD TYPE "\x08\0\0\x09\1\0\0\0x"), NULL},
    {"a number of one byte", BYTES(FIELD "\0\0\0\x08\1\0\0\0\1"), "1 bytes instead of 2"},
    {"a number of four bytes", BYTES(FIELD "\0\0\0\x08\4\0\0\0\1\1\0\0"), "4 bytes instead of 2"},
    {"one byte past the end",
     BYTES(FIELD TYPE "\0\0\2\0\3\0\0\0"
                      "1\0"),
     "passes its end"},
    {"an undefined length",
     BYTES(FIELD TYPE "\0\0\2\0\xFF\xFF\xFF\xFF"
                      "1\0"),
     "passes its end"},
    {"a head of seven bytes", BYTES(FIELD TYPE "\0\0\2\0\0\0\0"), "ends inside an element at byte 20"},
    {"one byte", BYTES("\0"), "ends inside an element at byte 0"},
    {"a wrong group length", BYTES("\0\0\0\0\4\0\0\0\xFF\xFF\xFF\xFF" FIELD TYPE), NULL},
};

static void command_sets_are_decoded_or_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decode_rows / sizeof decode_rows[0]; i++) {
        const struct decode_row *row = &decode_rows[i];
        struct cgw_command command = {.present = 77};
        struct cgw_error err = CGW_ERROR_INIT;
        /* Exactly as long as it is, so that a sanitizer sees a read past the end. */
        uint8_t *bytes = malloc(row->length + 1);
        memcpy(bytes + 1, row->bytes, row->length);
        enum cgw_code code = cgw_command_decode(bytes + 1, row->length, &command, &err);
        free(bytes);
        if (code != (row->fault == NULL ? CGW_OK : CGW_E_PROTOCOL_ERROR))
            fail_msg("%s: %s", row->what, cgw_code_name(code));
        if (row->fault != NULL && strstr(err.detail, row->fault) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", row->what, err.detail, row->fault);
        if (row->fault != NULL && command.present != 77)
            fail_msg("%s: something was returned", row->what);
    }
}

struct uid_row {
    const char *value;
    size_t length;
    const char *decoded;
};

static const struct uid_row uid_rows[] = {
    {BYTES("1.2.3\0"), "1.2.3"},   {BYTES("1.2 "), "1.2"},
    {BYTES("1.2\0\0 \0"), "1.2"},  {BYTES(""), ""},
    {BYTES("\0\0"), ""},           {BYTES("1.02.3"), "1.02.3"},
    {BYTES(UID_OF_64), UID_OF_64}, {BYTES(UID_OF_64 "0"), ""},
    {BYTES("../x"), ""},           {BYTES("/abs"), ""},
    {BYTES("1.2\0.3"), ""},        {BYTES("1.2\r\n"), ""},
    {BYTES("1..2"), ""},           {BYTES(" 1.2"), ""},
};

static void a_uid_that_is_not_safe_is_present_and_empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uid_rows / sizeof uid_rows[0]; i++) {
        uint8_t bytes[200] = FIELD TYPE "\0\0\0\x10";
        struct cgw_command command;
        bytes[24] = (uint8_t)uid_rows[i].length;
        memset(bytes + 25, 0, 3);
        memcpy(bytes + 28, uid_rows[i].value, uid_rows[i].length);
        assert_int_equal(cgw_command_decode(bytes, 28 + uid_rows[i].length, &command, NULL), CGW_OK);
        assert_true(cgw_command_has(&command, CGW_HAS_SOP_INSTANCE));
        assert_string_equal(command.sop_instance, uid_rows[i].decoded);
    }
}

static void an_error_comment_is_printable_and_cut_to_64_characters(void **state)
{
    uint8_t bytes[28 + 200] = FIELD TYPE "\0\0\2\x09\xC8\0\0\0"
                                         "tab\there\nline\"\x80\xFF";
    struct cgw_command command;
    (void)state;
    assert_int_equal(cgw_command_decode(bytes, sizeof bytes, &command, NULL), CGW_OK);
    assert_string_equal(command.error_comment, "tab?here?line\"??");
    memset(bytes + 28, 'x', 200);
    assert_int_equal(cgw_command_decode(bytes, sizeof bytes, &command, NULL), CGW_OK);
    assert_int_equal(strlen(command.error_comment), CGW_ERROR_COMMENT_BYTES - 1);
}

static struct cgw_command full_command(void)
{
    struct cgw_command command = {.present = (1u << 13) - 1,
                                  .field = CGW_C_GET_RSP,
                                  .message_id = 0x0102,
                                  .responded_message_id = 0xFFFF,
                                  .priority = 2,
                                  .data_set_type = CGW_NO_DATA_SET,
                                  .status = 0xB000,
                                  .remaining = 1,
                                  .completed = 0xFFFE,
                                  .failed = 3,
                                  .warning = 4,
                                  .sop_class = "1.2.3",
                                  .sop_instance = UID_OF_64,
                                  .error_comment = "odd"};
    return command;
}

static void what_is_encoded_decodes_to_the_same(void **state)
{
    uint8_t bytes[CGW_COMMAND_MAX_BYTES], again[CGW_COMMAND_MAX_BYTES];
    struct cgw_command command = full_command(), back;
    (void)state;
    size_t length = cgw_command_encode(&command, bytes, sizeof bytes);
    assert_true(length > 0 && length % 2 == 0);
    assert_int_equal(cgw_get_u32le(bytes + 8), length - 12);
    assert_int_equal(cgw_command_decode(bytes, length, &back, NULL), CGW_OK);
    assert_int_equal(back.present, command.present);
    assert_int_equal(back.completed, 0xFFFE);
    assert_string_equal(back.sop_instance, UID_OF_64);
    assert_string_equal(back.error_comment, "odd");
    assert_int_equal(cgw_command_encode(&back, again, sizeof again), length);
    assert_memory_equal(again, bytes, length);
}

static void elements_are_written_in_the_order_of_their_tags(void **state)
{
    uint8_t bytes[CGW_COMMAND_MAX_BYTES];
    struct cgw_command command = full_command();
    (void)state;
    size_t length = cgw_command_encode(&command, bytes, sizeof bytes), count = 0;
    uint16_t last = 0;
    for (size_t at = 12; at < length; at += 8 + cgw_get_u32le(bytes + at + 4), count++) {
        assert_true(cgw_get_u16le(bytes + at + 2) > last);
        last = cgw_get_u16le(bytes + at + 2);
    }
    assert_int_equal(count, 13);
}

static void a_buffer_that_is_too_small_by_any_number_of_bytes_gives_nothing(void **state)
{
    uint8_t bytes[CGW_COMMAND_MAX_BYTES];
    struct cgw_command command = full_command();
    (void)state;
    size_t needed = cgw_command_encode(&command, bytes, sizeof bytes);
    for (size_t capacity = 0; capacity < needed; capacity++) {
        uint8_t *exact = malloc(capacity + 1);
        assert_int_equal(cgw_command_encode(&command, exact + 1, capacity), 0);
        free(exact);
    }
    assert_int_equal(cgw_command_encode(&command, bytes, needed), needed);
}

static void a_store_response_is_these_bytes(void **state)
{
    static const char expected[] = "\0\0\0\0\4\0\0\0\x3E\0\0\0"
                                   "\0\0\2\0\4\0\0\0"
                                   "1.2\0"
                                   "\0\0\0\1\2\0\0\0\1\x80"
                                   "\0\0\x20\1\2\0\0\0\7\0"
                                   "\0\0\0\x08\2\0\0\0\1\1"
                                   "\0\0\0\x09\2\0\0\0\0\xA7"
                                   "\0\0\0\x10\2\0\0\0"
                                   "3\0";
    struct cgw_command command = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD |
                                             CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_DATA_SET_TYPE |
                                             CGW_HAS_STATUS | CGW_HAS_SOP_INSTANCE,
                                  .field = CGW_C_STORE_RSP,
                                  .responded_message_id = 7,
                                  .data_set_type = CGW_NO_DATA_SET,
                                  .status = 0xA700,
                                  .sop_class = "1.2",
                                  .sop_instance = "3"};
    uint8_t bytes[CGW_COMMAND_MAX_BYTES];
    (void)state;
    size_t length = cgw_command_encode(&command, bytes, sizeof bytes);
    assert_int_equal(length, sizeof expected - 1);
    assert_memory_equal(bytes, expected, length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_sets_are_decoded_or_refused_with_the_reason),
        cmocka_unit_test(a_uid_that_is_not_safe_is_present_and_empty),
        cmocka_unit_test(an_error_comment_is_printable_and_cut_to_64_characters),
        cmocka_unit_test(what_is_encoded_decodes_to_the_same),
        cmocka_unit_test(elements_are_written_in_the_order_of_their_tags),
        cmocka_unit_test(a_buffer_that_is_too_small_by_any_number_of_bytes_gives_nothing),
        cmocka_unit_test(a_store_response_is_these_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
