/* The matches of a C-FIND as text, over a peer in memory. */
#include "unit/cmocka_all.h"

#include "cgetway/byte_order.h"
#include "cgetway/dictionary.h"
#include "cgetway/find_json.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include <jansson.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MATCH(uid) "{\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"" uid "\"]}}"

struct opened {
    struct setting setting;
    struct cgw_find *find;
    struct cgw_find_json *json;
};

static void open_json(struct opened *opened, const char *script, enum cgw_find_form form, size_t limit)
{
    struct cgw_error err = CGW_ERROR_INIT;
    setting_of_find(&opened->setting);
    say_script(&opened->setting, "accept");
    say_script(&opened->setting, script);
    assert_int_equal(setting_open_find(&opened->setting, &opened->find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(opened->find, &opened->setting.identifier, &err), CGW_OK);
    struct cgw_find_json_options options = {.find = opened->find, .form = form, .limit = limit};
    opened->json = cgw_find_json_new(&options);
    assert_non_null(opened->json);
}

static void close_json(struct opened *opened)
{
    cgw_find_json_free(opened->json);
    cgw_find_free(opened->find);
    setting_release(&opened->setting);
}

/* Everything that it gives, in pieces of so many bytes. Returns what the last read returned. */
static ssize_t read_all(struct cgw_find_json *json, size_t piece, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;
    while ((got = cgw_find_json_read(json, text + length, piece)) > 0) {
        assert_true((size_t)got <= piece);
        length += (size_t)got;
        assert_true(length + piece < size);
    }
    text[length] = '\0';
    return got;
}

struct row {
    const char *what, *script;
    size_t limit;
    const char *array, *lines; /* NULL: an error before the first byte */
    enum cgw_code code;
    bool complete;
};

static const struct row rows[] = {
    {"nothing", "find:0000:1", 0, "[]\n", "", CGW_OK, true},
    {"one match", "match:1:1.2 find:0000:1", 0, "[" MATCH("1.2") "]\n", MATCH("1.2") "\n", CGW_OK, true},
    {"two matches", "match:1:1.2 match:1:1.3 find:0000:1", 0, "[" MATCH("1.2") ",\n" MATCH("1.3") "]\n",
     MATCH("1.2") "\n" MATCH("1.3") "\n", CGW_OK, true},
    {"as many as the limit", "match:1:1.2 match:1:1.3 find:0000:1", 2,
     "[" MATCH("1.2") ",\n" MATCH("1.3") "]\n", MATCH("1.2") "\n" MATCH("1.3") "\n", CGW_OK, false},
    {"more than the limit", "match:1:1.2 match:1:1.3 find:FE00:1", 1, "[" MATCH("1.2") "]\n",
     MATCH("1.2") "\n", CGW_OK, false},
    {"fewer than the limit", "match:1:1.2 find:0000:1", 2, "[" MATCH("1.2") "]\n", MATCH("1.2") "\n", CGW_OK,
     true},
    {"a failure at once", "find:A700:1", 0, NULL, NULL, CGW_E_PEER_OUT_OF_RESOURCES, false},
    {"an abort at once", "abort", 0, NULL, NULL, CGW_E_PEER_ABORTED, false},
    {"a failure in the middle", "match:1:1.2 find:C001:1", 0, "[" MATCH("1.2"), MATCH("1.2") "\n",
     CGW_E_PEER_FAILED, false},
    {"an abort in the middle", "match:1:1.2 abort", 0, "[" MATCH("1.2"), MATCH("1.2") "\n",
     CGW_E_PEER_ABORTED, false},
    {"a malformed match in the middle", "match:1:1.2 find:FF00:1:2000", 0, "[" MATCH("1.2"),
     MATCH("1.2") "\n", CGW_E_PROTOCOL_ERROR, false},
};

static void check_row(const struct row *row, enum cgw_find_form form, size_t piece)
{
    const char *expected = form == CGW_FIND_ARRAY ? row->array : row->lines;
    struct opened opened;
    struct cgw_error err = CGW_ERROR_INIT;
    char text[4096] = "";
    open_json(&opened, row->script, form, row->limit);
    enum cgw_code begun = cgw_find_json_begin(opened.json, &err);
    assert_int_equal(begun, expected != NULL ? CGW_OK : row->code);
    if (expected == NULL) {
        assert_int_equal(err.code, row->code);
        assert_int_equal(err.dimse_status, cgw_find_status(opened.find));
    } else {
        ssize_t end = read_all(opened.json, piece, text, sizeof text);
        if (strcmp(text, expected) != 0)
            fail_msg("%s in pieces of %zu: \"%s\"", row->what, piece, text);
        assert_int_equal(end, row->code == CGW_OK ? CGW_FIND_JSON_END : CGW_FIND_JSON_CUT);
        assert_int_equal(cgw_find_json_read(opened.json, text, 1), end); /* and stays so */
    }
    assert_int_equal(cgw_find_json_error(opened.json)->code, row->code);
    assert_int_equal(cgw_find_json_is_complete(opened.json), row->complete);
    close_json(&opened);
}

static void matches_become_an_array_or_lines(void **state)
{
    static const size_t pieces[] = {1, 7, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            check_row(&rows[i], CGW_FIND_ARRAY, pieces[j]);
            check_row(&rows[i], CGW_FIND_LINES, pieces[j]);
        }
    }
}

/* The peer pauses after its second match: both are given before it goes on. */
static void no_match_is_held_back_while_the_peer_is_silent(void **state)
{
    struct opened opened;
    char text[1024];
    (void)state;
    open_json(&opened, "match:1:1.2 match:1:1.3", CGW_FIND_LINES, 0);
    struct memory_peer *memory = &opened.setting.memory;
    memory->pause_at = memory->words.length;
    memory->ready_fd = eventfd(1, EFD_CLOEXEC); /* the pause is short */
    say_script(&opened.setting, "match:1:1.4 find:0000:1");
    assert_int_equal(cgw_find_json_begin(opened.json, NULL), CGW_OK);
    ssize_t length = cgw_find_json_read(opened.json, text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = '\0';
    assert_string_equal(text, MATCH("1.2") "\n" MATCH("1.3") "\n");
    assert_int_equal(cgw_find_json_matches(opened.json), 2);
    assert_int_equal(read_all(opened.json, 100, text, sizeof text), CGW_FIND_JSON_END);
    assert_string_equal(text, MATCH("1.4") "\n");
    (void)close(memory->ready_fd);
    close_json(&opened);
}

/* Names of one control character each: no other bytes become as much text. */
static void the_longest_match_has_room(void **state)
{
    enum { HEAD = 8, NAMES = (CGW_MATCH_MAX_BYTES - HEAD) / 2, CAPACITY = 64 * 1024 };
    static const char value[] = "{\"Alphabetic\":\"\\u0001\"}";
    static uint8_t match[HEAD + 2 * NAMES] = {0x10, 0, 0x10, 0};
    static char text[CAPACITY];
    struct opened opened;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t length = 0;
    (void)state;
    cgw_put_u32le(match + 4, 2 * NAMES);
    for (size_t i = HEAD; i < sizeof match; i += 2) {
        match[i] = 0x01;
        match[i + 1] = '\\';
    }
    match[sizeof match - 1] = ' ';
    open_json(&opened, "", CGW_FIND_LINES, 0);
    say_find_response(&opened.setting.memory.words, 1, 0xFF00, match, sizeof match);
    say_script(&opened.setting, "find:0000:1");
    (void)cgw_find_json_begin(opened.json, &err);
    assert_string_equal(err.detail, "");
    for (ssize_t got; (got = cgw_find_json_read(opened.json, text, sizeof text)) > 0;)
        length += (size_t)got;
    assert_true(cgw_find_json_is_complete(opened.json));
    assert_true(length > NAMES * (sizeof value - 1));
    close_json(&opened);
}

/* (0008,0005) ISO_IR 100, then (0010,0010) with a Latin-1 letter. */
static void text_in_a_character_set_of_its_own_becomes_utf8(void **state)
{
    struct opened opened;
    char text[1024];
    (void)state;
    open_json(&opened,
              "find:FF00:1:080005000A00000049534F5F49522031303010001000080000004DFC6C6C65725E4A find:0000:1",
              CGW_FIND_LINES, 0);
    assert_int_equal(cgw_find_json_begin(opened.json, NULL), CGW_OK);
    assert_int_equal(read_all(opened.json, 100, text, sizeof text), CGW_FIND_JSON_END);
    json_t *match = json_loads(text, 0, NULL);
    const char *name = NULL;
    assert_int_equal(json_unpack(match, "{s:{s:[{s:s}]}}", "00100010", "Value", "Alphabetic", &name), 0);
    assert_string_equal(name, "M\xC3\xBCller^J");
    json_decref(match);
    close_json(&opened);
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_become_an_array_or_lines),
        cmocka_unit_test(no_match_is_held_back_while_the_peer_is_silent),
        cmocka_unit_test(the_longest_match_has_room),
        cmocka_unit_test(text_in_a_character_set_of_its_own_becomes_utf8),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
