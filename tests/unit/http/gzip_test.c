#include "unit/cmocka_all.h"

#include "http/gzip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A reader that gives pieces of a text, and then an end. */
struct text {
    const char *bytes;
    size_t length, given, piece;
    ssize_t end;
    size_t calls;
};

static ssize_t read_text(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct text *text = context;
    size_t length = text->length - text->given;
    text->calls++;
    assert_int_equal(position, text->given);
    if (length == 0)
        return text->end;
    length = length < text->piece ? length : text->piece;
    length = length < capacity ? length : capacity;
    memcpy(bytes, text->bytes + text->given, length);
    text->given += length;
    return (ssize_t)length;
}

/* Everything that the compressor gives, asked for in small pieces; *ret_end: how it ends. */
static size_t compress_all(struct text *text, size_t capacity, char *compressed, size_t room,
                           ssize_t *ret_end)
{
    size_t used = 0;
    struct gzip *gzip = gzip_new(read_text, text);
    assert_non_null(gzip);
    for (;;) {
        size_t wanted = capacity < room - used ? capacity : room - used;
        assert_true(wanted > 0);
        ssize_t length = gzip_read(gzip, used, compressed + used, wanted);
        assert_int_not_equal(length, 0);
        if (length < 0) {
            *ret_end = length;
            break;
        }
        used += (size_t)length;
    }
    gzip_free(gzip);
    return used;
}

static size_t inflate_some(const char *compressed, size_t length, char *text, size_t room, bool *ret_is_whole)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)compressed,
                       .avail_in = (uInt)length,
                       .next_out = (Bytef *)text,
                       .avail_out = (uInt)room};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    int result = inflate(&stream, Z_SYNC_FLUSH);
    *ret_is_whole = result == Z_STREAM_END;
    size_t given = room - stream.avail_out;
    (void)inflateEnd(&stream);
    return given;
}

enum { TEXT_BYTES = 200000, ROOM = 400000 };

static char source[TEXT_BYTES], compressed[ROOM], inflated[TEXT_BYTES + 1];

static void make_source(void)
{
    uint32_t state = 7;
    for (size_t i = 0; i < sizeof source; i++) {
        state = state * 1664525u + 1013904223u;
        source[i] = (char)('a' + (state >> 24) % 20);
    }
}

static void what_comes_out_is_what_went_in(void **state)
{
    static const size_t pieces[] = {1000, 30000, 200000}, capacities[] = {7, 4096, 131072};
    (void)state;
    make_source();
    for (size_t i = 0; i < 9; i++) {
        struct text text = {.bytes = source,
                            .length = sizeof source,
                            .piece = pieces[i / 3],
                            .end = MHD_CONTENT_READER_END_OF_STREAM};
        ssize_t end;
        bool is_whole;
        size_t length = compress_all(&text, capacities[i % 3], compressed, sizeof compressed, &end);
        assert_int_equal(end, MHD_CONTENT_READER_END_OF_STREAM);
        assert_int_equal(inflate_some(compressed, length, inflated, sizeof inflated, &is_whole),
                         sizeof source);
        assert_true(is_whole);
        assert_memory_equal(inflated, source, sizeof source);
    }
}

static void nothing_is_held_back(void **state)
{
    (void)state;
    make_source();
    struct text text = {
        .bytes = source, .length = 100, .piece = 100, .end = MHD_CONTENT_READER_END_OF_STREAM};
    struct gzip *gzip = gzip_new(read_text, &text);
    bool is_whole;
    ssize_t length = gzip_read(gzip, 0, compressed, sizeof compressed);
    assert_int_equal(text.calls, 1); /* the reader was not asked again, which could wait */
    assert_true(length > 0);
    assert_int_equal(inflate_some(compressed, (size_t)length, inflated, sizeof inflated, &is_whole), 100);
    assert_false(is_whole);
    gzip_free(gzip);
}

static void an_answer_that_is_cut_is_cut(void **state)
{
    (void)state;
    make_source();
    struct text text = {
        .bytes = source, .length = 5000, .piece = 700, .end = MHD_CONTENT_READER_END_WITH_ERROR};
    ssize_t end;
    bool is_whole;
    size_t length = compress_all(&text, 4096, compressed, sizeof compressed, &end);
    assert_int_equal(end, MHD_CONTENT_READER_END_WITH_ERROR);
    assert_int_equal(inflate_some(compressed, length, inflated, sizeof inflated, &is_whole), 5000);
    assert_false(is_whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_what_went_in),
        cmocka_unit_test(nothing_is_held_back),
        cmocka_unit_test(an_answer_that_is_cut_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
