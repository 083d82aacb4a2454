#include "unit/cmocka_all.h"

#include "cgetway/json_piece.h"
#include "support/failing_alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PIECES = 2000, TEXT_BYTES = 6000 };

/* Objects of different lengths; the first are the shortest that there are. */
static size_t fill_text(size_t index, char text[static TEXT_BYTES])
{
    size_t length = (size_t)snprintf(text, TEXT_BYTES, "{");
    for (size_t i = 0; i < index % 100; i++)
        length +=
            (size_t)snprintf(text + length, TEXT_BYTES - length,
                             "%s\"%08zX\":{\"vr\":\"US\",\"Value\":[%zu]}", i > 0 ? "," : "", i, index * i);
    return length + (size_t)snprintf(text + length, TEXT_BYTES - length, "}");
}

static void add(struct cgw_json_joiner *joiner, const char *text, size_t length, struct cgw_buffer *target)
{
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20);
    struct cgw_json_piece piece;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_true(cgw_buffer_append_text(&bytes, "before")); /* a target need not be empty */
    assert_int_equal(cgw_json_piece_make(text, length, &bytes, &piece, &err), CGW_OK);
    assert_ptr_equal(piece.bytes, bytes.bytes + 6);
    assert_int_equal(piece.length, bytes.length - 6);
    assert_int_equal(cgw_json_joiner_add(joiner, &piece, target, &err), CGW_OK);
    cgw_buffer_release(&bytes);
}

/* The array of so many pieces into target, and what it should be into expected. */
static void join(size_t count, struct cgw_buffer *target, struct cgw_buffer *expected)
{
    struct cgw_json_joiner *joiner = cgw_json_joiner_new();
    struct cgw_error err = CGW_ERROR_INIT;
    char text[TEXT_BYTES];
    assert_non_null(joiner);
    assert_true(cgw_buffer_append_text(expected, "["));
    for (size_t i = 0; i < count; i++) {
        size_t length = fill_text(i, text);
        assert_true(i == 0 || cgw_buffer_append_text(expected, ","));
        assert_true(cgw_buffer_append(expected, text, length));
        add(joiner, text, length, target);
    }
    assert_true(cgw_buffer_append_text(expected, "]\n"));
    assert_int_equal(cgw_json_joiner_end(joiner, target, &err), CGW_OK);
    cgw_json_joiner_free(joiner);
}

static const size_t counts[] = {0, 1, 2, 3, PIECES};

static void joined_pieces_are_one_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct cgw_buffer text = CGW_BUFFER_INIT(SIZE_MAX / 2), expected = CGW_BUFFER_INIT(SIZE_MAX / 2);
        join(counts[i], &text, &expected);
        assert_int_equal(text.length, expected.length);
        assert_memory_equal(text.bytes, expected.bytes, expected.length);
        cgw_buffer_release(&text);
        cgw_buffer_release(&expected);
    }
}

/* Chunks that are just full, text that does not compress, and text that compresses to next to nothing. */
static void a_piece_may_have_any_length(void **state)
{
    static char text[200 * 1000];
    uint32_t random = 1;
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 1664525u + 1013904223u;
            text[i] = kind == 0 ? (char)(random >> 24) : 'a';
        }
        for (size_t length = 16300; length < sizeof text; length += length < 16500 ? 1 : 9973) {
            struct cgw_buffer target = CGW_BUFFER_INIT(SIZE_MAX / 2);
            struct cgw_json_joiner *joiner = cgw_json_joiner_new();
            add(joiner, text, length, &target);
            assert_int_equal(target.length, 1 + length);
            assert_memory_equal(target.bytes + 1, text, length);
            cgw_json_joiner_free(joiner);
            cgw_buffer_release(&target);
        }
    }
}

/* ---- damage ---- */

struct fixture {
    struct cgw_buffer bytes;
    struct cgw_json_piece piece;
};

static void make(struct fixture *fixture)
{
    char text[TEXT_BYTES];
    size_t length = fill_text(50, text);
    *fixture = (struct fixture){.bytes = CGW_BUFFER_INIT(1 << 20)};
    assert_int_equal(cgw_json_piece_make(text, length, &fixture->bytes, &fixture->piece, NULL), CGW_OK);
}

/* Leaves no trace in what is joined. */
static void check_refused(const struct cgw_json_piece *piece)
{
    struct cgw_json_joiner *joiner = cgw_json_joiner_new();
    struct cgw_buffer target = CGW_BUFFER_INIT(1 << 20), expected = CGW_BUFFER_INIT(1 << 20);
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_json_joiner_add(joiner, piece, &target, &err), CGW_E_INTERNAL);
    assert_int_equal(err.code, CGW_E_INTERNAL);
    assert_int_equal(target.length, 0);
    add(joiner, "{}", 2, &target);
    size_t length = target.length;
    assert_int_equal(cgw_json_joiner_add(joiner, piece, &target, NULL), CGW_E_INTERNAL);
    assert_int_equal(target.length, length);
    assert_int_equal(cgw_json_joiner_end(joiner, &target, NULL), CGW_OK);
    assert_true(cgw_buffer_append_text(&expected, "[{}]\n"));
    assert_int_equal(target.length, expected.length);
    assert_memory_equal(target.bytes, expected.bytes, expected.length);
    cgw_json_joiner_free(joiner);
    cgw_buffer_release(&target);
    cgw_buffer_release(&expected);
}

static void a_damaged_byte_is_found_in_text(void **state)
{
    struct fixture fixture;
    (void)state;
    make(&fixture);
    for (size_t i = 0; i < fixture.piece.length; i++) {
        fixture.bytes.bytes[i] ^= 0x41;
        check_refused(&fixture.piece);
        fixture.bytes.bytes[i] ^= 0x41;
    }
    cgw_buffer_release(&fixture.bytes);
}

static void a_piece_that_is_not_what_it_says_is_found_in_text(void **state)
{
    struct fixture fixture;
    (void)state;
    make(&fixture);
    struct cgw_json_piece piece = fixture.piece;
    piece.crc ^= 1;
    check_refused(&piece);
    piece = fixture.piece;
    piece.text_length--;
    check_refused(&piece);
    piece.text_length += 2;
    check_refused(&piece);
    piece.text_length = UINT64_MAX;
    check_refused(&piece);
    cgw_buffer_release(&fixture.bytes);
}

/* Text that ends the deflate stream would hide all pieces behind it. */
static void a_piece_that_ends_the_stream_is_found_in_text(void **state)
{
    static const uint8_t bytes[] = {0, 2, 0, 0xFD, 0xFF, '{', '}', 1, 0, 0, 0xFF, 0xFF};
    struct cgw_json_piece piece = {.bytes = bytes, .length = sizeof bytes, .text_length = 2};
    (void)state;
    piece.crc = (uint32_t)crc32_z(0, (const Bytef *)"{}", 2);
    check_refused(&piece);
}

/* Not for want of memory: no more is inflated than the piece says. */
static void a_piece_that_inflates_to_much_more_is_found_before_it_is_whole(void **state)
{
    static char text[10 * 1000 * 1000];
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20);
    struct cgw_json_piece piece;
    (void)state;
    assert_int_equal(cgw_json_piece_make(text, sizeof text, &bytes, &piece, NULL), CGW_OK);
    piece.text_length = 2;
    check_refused(&piece);
    cgw_buffer_release(&bytes);
}

static void a_piece_that_is_cut_is_found(void **state)
{
    struct fixture fixture;
    (void)state;
    make(&fixture);
    for (size_t length = 0; length < fixture.piece.length; length++) {
        struct cgw_json_piece piece = fixture.piece;
        piece.length = length;
        check_refused(&piece);
    }
    cgw_buffer_release(&fixture.bytes);
}

/* ---- limits ---- */

static void a_target_that_is_full_stays_as_it_was(void **state)
{
    struct fixture fixture;
    (void)state;
    make(&fixture);
    for (size_t max = 0;; max++) {
        struct cgw_json_joiner *joiner = cgw_json_joiner_new();
        struct cgw_buffer target = CGW_BUFFER_INIT(max);
        enum cgw_code code = cgw_json_joiner_add(joiner, &fixture.piece, &target, NULL);
        assert_true(code == CGW_OK || (code == CGW_E_OUT_OF_MEMORY && target.length == 0));
        size_t length = target.length;
        if (code == CGW_OK)
            code = cgw_json_joiner_end(joiner, &target, NULL);
        assert_true(code == CGW_OK || target.length == length);
        cgw_json_joiner_free(joiner);
        cgw_buffer_release(&target);
        if (code == CGW_OK)
            break;
        assert_int_equal(code, CGW_E_OUT_OF_MEMORY);
    }
    cgw_buffer_release(&fixture.bytes);
}

static void nothing_leaks_whichever_allocation_fails(void **state)
{
    struct cgw_alloc_report report;
    size_t n = 0;
    (void)state;
    do {
        struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20), target = CGW_BUFFER_INIT(1 << 20);
        struct cgw_json_piece piece;
        enum cgw_code code = CGW_E_OUT_OF_MEMORY;
        cgw_alloc_begin(++n);
        struct cgw_json_joiner *joiner = cgw_json_joiner_new();
        if (joiner != NULL)
            code = cgw_json_piece_make("{}", 2, &bytes, &piece, NULL);
        if (code == CGW_OK)
            code = cgw_json_joiner_add(joiner, &piece, &target, NULL);
        if (code == CGW_OK)
            code = cgw_json_joiner_end(joiner, &target, NULL);
        cgw_json_joiner_free(joiner);
        cgw_buffer_release(&bytes);
        cgw_buffer_release(&target);
        report = cgw_alloc_end();
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        assert_int_equal(report.live, 0);
    } while (report.failed);
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_pieces_are_one_text),
        cmocka_unit_test(a_piece_may_have_any_length),
        cmocka_unit_test(a_damaged_byte_is_found_in_text),
        cmocka_unit_test(a_piece_that_is_not_what_it_says_is_found_in_text),
        cmocka_unit_test(a_piece_that_ends_the_stream_is_found_in_text),
        cmocka_unit_test(a_piece_that_inflates_to_much_more_is_found_before_it_is_whole),
        cmocka_unit_test(a_piece_that_is_cut_is_found),
        cmocka_unit_test(a_target_that_is_full_stays_as_it_was),
        cmocka_unit_test(nothing_leaks_whichever_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
