#include "body.h"

#include "unit/cmocka_all.h"

#include "cgetway/outcome_json.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <string.h>

enum { BODY_MAX_BYTES = 1 << 20, PIECE_BYTES = 1 << 16, UNTOUCHED = 0xEE };

void body_open(struct setting *setting, make_sink *make, bool lenient, struct opened *ret_opened)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    assert_int_equal(setting_open(setting, &ret_opened->retrieve, &err), CGW_OK);
    cgw_retrieve_next(ret_opened->retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_INSTANCE);
    const struct cgw_sink_options options = {
        .retrieve = ret_opened->retrieve, .first = &event, .source_aet = "PEER", .lenient_end = lenient};
    ret_opened->sink = make(&options);
    assert_non_null(ret_opened->sink);
}

void body_close(struct opened *opened)
{
    cgw_sink_free(opened->sink);
    cgw_retrieve_free(opened->retrieve);
}

static void read_outcome(const struct cgw_outcome *outcome, struct cgw_buffer *text)
{
    char piece[1000];
    ssize_t length;
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, "", "");
    while ((length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0)
        assert_true(cgw_buffer_append(text, piece, (size_t)length));
    assert_int_equal(length, 0);
    cgw_outcome_writer_free(writer);
}

static ssize_t read_to_end(struct cgw_sink *sink, size_t capacity, struct cgw_buffer *bytes)
{
    char piece[PIECE_BYTES + 1];
    for (size_t i = 0;; i++) {
        size_t room = capacity != 0 ? capacity : 1 + i * 7 % 101;
        assert_true(room <= PIECE_BYTES);
        memset(piece, UNTOUCHED, room + 1);
        ssize_t length = cgw_sink_read(sink, piece, room);
        if (length <= 0)
            return length;
        assert_true((size_t)length <= room);
        assert_int_equal((uint8_t)piece[room], UNTOUCHED);
        assert_true(cgw_buffer_append(bytes, piece, (size_t)length));
    }
}

void body_read(const struct reading *reading, struct body *ret_body)
{
    struct setting setting;
    struct opened opened;
    char piece[1];
    *ret_body =
        (struct body){.bytes = CGW_BUFFER_INIT(BODY_MAX_BYTES), .outcome = CGW_BUFFER_INIT(BODY_MAX_BYTES)};
    setting_init(&setting);
    setting.memory.most_at_once = reading->most_at_once;
    say_script(&setting, "accept");
    say_script(&setting, reading->script);
    body_open(&setting, reading->make, reading->lenient, &opened);
    (void)snprintf(ret_body->content_type, sizeof ret_body->content_type, "%s",
                   cgw_sink_content_type(opened.sink));
    ret_body->end = read_to_end(opened.sink, reading->capacity, &ret_body->bytes);
    assert_int_equal(cgw_sink_read(opened.sink, piece, sizeof piece), ret_body->end); /* and stays so */
    ret_body->sink_code = cgw_sink_error(opened.sink)->code;
    read_outcome(cgw_retrieve_outcome(opened.retrieve), &ret_body->outcome);
    body_close(&opened);
    setting_release(&setting);
}

void body_release(struct body *body)
{
    cgw_buffer_release(&body->bytes);
    cgw_buffer_release(&body->outcome);
}

void body_is_the_same_for_every_capacity(make_sink *make, const char *script,
                                         void (*blank)(struct body *body))
{
    struct body whole;
    body_read(&(struct reading){.make = make, .script = script, .capacity = PIECE_BYTES}, &whole);
    if (blank != NULL)
        blank(&whole);
    for (size_t capacity = 0; capacity < whole.bytes.length + 2; capacity += capacity < 300 ? 1 : 97) {
        struct body body;
        body_read(
            &(struct reading){
                .make = make, .script = script, .capacity = capacity, .most_at_once = capacity % 3 * 5},
            &body);
        if (blank != NULL)
            blank(&body);
        assert_int_equal(body.bytes.length, whole.bytes.length);
        assert_memory_equal(body.bytes.bytes, whole.bytes.bytes, whole.bytes.length);
        assert_int_equal(body.end, whole.end);
        body_release(&body);
    }
    body_release(&whole);
}
