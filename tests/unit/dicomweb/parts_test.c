#include "unit/cmocka_all.h"

#include "cgetway/parts.h"
#include "cgetway/representation.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <string.h>

/* Parts "a", "bb", "ccc" ... */
struct letters {
    size_t count, next, given;
    size_t fail_at;    /* the part that cannot be begun, from 1; 0: none */
    bool fails_inside; /* it can be begun, and breaks after a byte */
};

static enum cgw_code next_letters(void *context, struct cgw_part *ret_part, bool *ret_is_end,
                                  struct cgw_error *err)
{
    struct letters *letters = context;
    *ret_is_end = letters->next == letters->count;
    if (*ret_is_end)
        return CGW_OK;
    letters->next++;
    letters->given = 0;
    if (letters->next == letters->fail_at && !letters->fails_inside)
        return cgw_fail(err, CGW_E_INCOMPLETE, "no part %zu", letters->next);
    (void)snprintf(ret_part->content_type, sizeof ret_part->content_type,
                   "text/plain; transfer-syntax=1.2.3");
    return CGW_OK;
}

static ssize_t read_letters(void *context, uint8_t *bytes, size_t capacity, struct cgw_error *err)
{
    struct letters *letters = context;
    if (letters->next == letters->fail_at && letters->given == 1) {
        (void)cgw_fail(err, CGW_E_CACHE_FAILED, "it broke");
        return -1;
    }
    size_t length = letters->next - letters->given;
    length = length < capacity ? length : capacity;
    length = letters->next == letters->fail_at ? 1 : length;
    memset(bytes, 'a' + (int)letters->next - 1, length);
    letters->given += length;
    return (ssize_t)length;
}

static struct cgw_parts *make_parts(struct letters *letters)
{
    const struct cgw_parts_source source = {.context = letters, .next = next_letters, .read = read_letters};
    struct cgw_parts *parts = cgw_parts_new("text/plain", &source);
    assert_non_null(parts);
    return parts;
}

/* Returns CGW_PARTS_END or CGW_PARTS_CUT. */
static ssize_t read_all(struct cgw_parts *parts, size_t capacity, char *text, size_t room)
{
    size_t used = 0;
    for (;;) {
        assert_true(used + capacity < room);
        ssize_t length = cgw_parts_read(parts, (uint8_t *)text + used, capacity);
        if (length <= 0) {
            text[used] = '\0';
            assert_int_equal(cgw_parts_read(parts, (uint8_t *)text + used + 1, capacity), length);
            return length;
        }
        used += (size_t)length;
    }
}

/* The body as it must be. */
static void expect(const struct cgw_parts *parts, size_t count, char *text, size_t room)
{
    const char *boundary = strstr(cgw_parts_content_type(parts), "boundary=");
    size_t used = 0;
    assert_non_null(boundary);
    boundary += strlen("boundary=");
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, room - used,
                                 "%s--%s\r\nContent-Type: text/plain; transfer-syntax=1.2.3\r\n\r\n",
                                 i > 0 ? "\r\n" : "", boundary);
        memset(text + used, 'a' + (int)i, i + 1);
        used += i + 1;
    }
    (void)snprintf(text + used, room - used, "\r\n--%s--\r\n", boundary);
}

static void the_body_is_what_clients_read_byte_for_byte(void **state)
{
    static const size_t capacities[] = {1, 3, 100, 4096};
    char text[8192], expected[8192];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct letters letters = {.count = 3};
        const struct cgw_part part = {.content_type = "text/plain; transfer-syntax=1.2.3"};
        struct cgw_parts *parts = make_parts(&letters);
        assert_int_equal(strncmp(cgw_parts_content_type(parts),
                                 "multipart/related; type=\"text/plain\"; boundary=cgetway-", 54),
                         0);
        expect(parts, 3, expected, sizeof expected);
        assert_int_equal(read_all(parts, capacities[i], text, sizeof text), CGW_PARTS_END);
        assert_string_equal(text, expected);
        assert_int_equal(cgw_parts_length(parts, &part, 3, 1 + 2 + 3), strlen(text));
        assert_int_equal(cgw_parts_error(parts)->code, CGW_OK);
        cgw_parts_free(parts);
    }
}

static void a_body_without_a_part_has_its_closing_delimiter(void **state)
{
    char text[1024];
    struct letters letters = {.count = 0};
    const struct cgw_part part = {.content_type = "text/plain"};
    (void)state;
    struct cgw_parts *parts = make_parts(&letters);
    assert_int_equal(read_all(parts, 512, text, sizeof text), CGW_PARTS_END);
    assert_int_equal(cgw_parts_length(parts, &part, 0, 0), strlen(text));
    assert_non_null(strstr(text, "--\r\n"));
    cgw_parts_free(parts);
}

static void what_cannot_be_given_cuts_the_body(void **state)
{
    char text[8192];
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        struct letters letters = {.count = 3, .fail_at = 2, .fails_inside = inside == 1};
        struct cgw_parts *parts = make_parts(&letters);
        assert_int_equal(read_all(parts, 512, text, sizeof text), CGW_PARTS_CUT);
        assert_int_equal(cgw_parts_error(parts)->code, inside ? CGW_E_CACHE_FAILED : CGW_E_INCOMPLETE);
        assert_null(strstr(text, "--\r\n"));
        assert_int_equal(strstr(text, "\r\n\r\nb") != NULL, inside);
        cgw_parts_free(parts);
    }
}

static void a_part_is_given_before_the_next_is_waited_for(void **state)
{
    uint8_t bytes[4096];
    struct letters letters = {.count = 2};
    (void)state;
    struct cgw_parts *parts = make_parts(&letters);
    assert_true(cgw_parts_read(parts, bytes, sizeof bytes) > 0);
    assert_int_equal(letters.next, 1);
    cgw_parts_free(parts);
}

/* ---- which transfer syntax comes out ---- */

struct syntax_row {
    const char *stored, *wanted;
    bool has_codec;
    const char *given; /* NULL: none */
};

#define JPEG_LOSSLESS "1.2.840.10008.1.2.4.70"
#define JPEG_2000 "1.2.840.10008.1.2.4.90"

static const struct syntax_row syntax_rows[] = {
    {CGW_TS_EXPLICIT_LE, "*", false, CGW_TS_EXPLICIT_LE},
    {CGW_TS_IMPLICIT_LE, "*", false, CGW_TS_EXPLICIT_LE},
    {CGW_TS_EXPLICIT_BE, "*", false, CGW_TS_EXPLICIT_LE},
    {CGW_TS_DEFLATED, "*", false, CGW_TS_DEFLATED},
    {JPEG_LOSSLESS, "*", false, JPEG_LOSSLESS},
    {"1.2.3.4", "*", false, "1.2.3.4"},
    {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, false, CGW_TS_EXPLICIT_LE},
    {CGW_TS_DEFLATED, CGW_TS_EXPLICIT_LE, false, CGW_TS_EXPLICIT_LE},
    {CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED, false, CGW_TS_DEFLATED},
    {CGW_TS_EXPLICIT_LE, CGW_TS_IMPLICIT_LE, false, NULL},
    {CGW_TS_IMPLICIT_LE, CGW_TS_IMPLICIT_LE, false, NULL},
    {CGW_TS_EXPLICIT_BE, CGW_TS_EXPLICIT_BE, false, NULL},
    {CGW_TS_EXPLICIT_LE, JPEG_LOSSLESS, true, NULL},
    {JPEG_LOSSLESS, JPEG_LOSSLESS, false, JPEG_LOSSLESS},
    {JPEG_LOSSLESS, CGW_TS_EXPLICIT_LE, true, CGW_TS_EXPLICIT_LE},
    {JPEG_LOSSLESS, CGW_TS_EXPLICIT_LE, false, NULL},
    {JPEG_LOSSLESS, CGW_TS_DEFLATED, true, CGW_TS_DEFLATED},
    {JPEG_2000, CGW_TS_EXPLICIT_LE, true, NULL},
    {JPEG_2000, JPEG_2000, true, JPEG_2000},
    {"1.2.3.4", CGW_TS_EXPLICIT_LE, true, NULL},
    {CGW_TS_EXPLICIT_LE, "nonsense", true, NULL},
};

static void an_instance_comes_out_in_what_the_client_takes_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof syntax_rows / sizeof syntax_rows[0]; i++) {
        const struct syntax_row *row = &syntax_rows[i];
        const char *given = cgw_representation_syntax(row->stored, row->wanted, row->has_codec);
        if ((given == NULL) != (row->given == NULL) || (given != NULL && strcmp(given, row->given) != 0))
            fail_msg("%s as %s: %s", row->stored, row->wanted, given != NULL ? given : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_body_is_what_clients_read_byte_for_byte),
        cmocka_unit_test(a_body_without_a_part_has_its_closing_delimiter),
        cmocka_unit_test(what_cannot_be_given_cuts_the_body),
        cmocka_unit_test(a_part_is_given_before_the_next_is_waited_for),
        cmocka_unit_test(an_instance_comes_out_in_what_the_client_takes_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
