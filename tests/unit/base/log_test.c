/* Standard error is a pipe here; what the test itself says goes where standard error went before. */
#include "unit/cmocka_all.h"

#include "cgetway/deadline.h"
#include "cgetway/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 1 << 20, MUCH_TOO_LATE_MS = 5000 };

static int log_end; /* where the lines can be read */
static int real_stderr;

static int start_log(void **state)
{
    int fds[2];
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    if (pipe(fds) != 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0 || dup2(fds[1], STDERR_FILENO) < 0)
        return -1;
    (void)close(fds[1]);
    log_end = fds[0];
    cgw_log_open(CGW_LOG_INFO);
    return 0;
}

static int end_log(void **state)
{
    (void)state;
    return dup2(real_stderr, STDERR_FILENO) < 0 ? -1 : 0;
}

/* Everything that is there now; NUL-terminated. */
static size_t drain(char *text)
{
    size_t at = 0;
    ssize_t got;
    while (at + 1 < TEXT_BYTES && (got = read(log_end, text + at, TEXT_BYTES - 1 - at)) > 0)
        at += (size_t)got;
    text[at] = '\0';
    return at;
}

static json_t *take_line(void)
{
    static char text[TEXT_BYTES];
    size_t length = drain(text);
    assert_true(length > 0 && text[length - 1] == '\n');
    assert_ptr_equal(strchr(text, '\n'), text + length - 1); /* one line */
    json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(line);
    return line;
}

static void assert_silent(void)
{
    static char text[TEXT_BYTES];
    assert_int_equal(drain(text), 0);
}

static void a_line_is_one_json_object_with_time_level_and_event_first(void **state)
{
    static char text[TEXT_BYTES];
    (void)state;
    cgw_log(CGW_LOG_WARNING, "a-thing-happened", json_pack("{s:i}", "count", 7));
    assert_true(drain(text) > 0);
    assert_int_equal(strncmp(text, "{\"ts\":\"2", 8), 0);
    assert_non_null(strstr(text, "Z\",\"level\":\"warning\",\"event\":\"a-thing-happened\",\"count\":7}\n"));
}

static void what_comes_from_outside_cannot_leave_its_line_or_its_string(void **state)
{
    (void)state;
    cgw_log(CGW_LOG_INFO, "escaped",
            json_pack("{s:s}", "path", "/a\"b\\c\r\n{\"level\":\"critical\"}\t\x01\x7f"));
    json_t *line = take_line();
    assert_string_equal(json_string_value(json_object_get(line, "path")),
                        "/a\"b\\c\r\n{\"level\":\"critical\"}\t\x01\x7f");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "info");
    json_decref(line);
}

static void fields_cannot_replace_time_level_or_event(void **state)
{
    (void)state;
    cgw_log(CGW_LOG_INFO, "true-event", json_pack("{s:s, s:s}", "event", "false", "level", "false"));
    json_t *line = take_line();
    assert_string_equal(json_string_value(json_object_get(line, "event")), "true-event");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "info");
    json_decref(line);
}

static void an_event_without_fields_is_a_line_too(void **state)
{
    (void)state;
    cgw_log(CGW_LOG_ERROR, "alone", NULL);
    json_t *line = take_line();
    assert_int_equal(json_object_size(line), 3);
    json_decref(line);
}

static void lines_below_the_level_are_not_written_and_quiet_writes_none(void **state)
{
    static const enum cgw_log_level levels[] = {CGW_LOG_DEBUG, CGW_LOG_INFO,     CGW_LOG_WARNING,
                                                CGW_LOG_ERROR, CGW_LOG_CRITICAL, CGW_LOG_QUIET};
    (void)state;
    for (size_t lowest = 0; lowest < 6; lowest++) {
        cgw_log_open(levels[lowest]);
        for (size_t level = 0; level < 5; level++) {
            assert_int_equal(cgw_log_wants(levels[level]), level >= lowest);
            cgw_log(levels[level], "maybe", json_object());
            if (level >= lowest)
                json_decref(take_line());
            else
                assert_silent();
        }
        cgw_log(CGW_LOG_QUIET, "never", json_object());
        assert_silent();
        cgw_log_always("always", NULL);
        json_decref(take_line());
    }
    cgw_log_open(CGW_LOG_INFO);
}

static void levels_are_known_by_name(void **state)
{
    static const char *const names[] = {"debug", "info", "warning", "error", "critical", "quiet"};
    enum cgw_log_level level;
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_true(cgw_log_level_from_name(names[i], &level));
        assert_int_equal(level, i);
        assert_string_equal(cgw_log_level_name(level), names[i]);
    }
    assert_false(cgw_log_level_from_name("INFO", &level));
    assert_false(cgw_log_level_from_name("", &level));
}

static json_t *long_field(size_t length)
{
    char *text = malloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    json_t *fields = json_pack("{s:s}", "text", text);
    free(text);
    return fields;
}

/* The collector reads nothing: the first line waits a moment, those after it do not. */
static void a_full_pipe_stops_nobody_and_the_lines_lost_are_counted(void **state)
{
    static char text[TEXT_BYTES];
    (void)state;
    int64_t before_ms = cgw_now_ms();
    for (int i = 0; i < 500; i++)
        cgw_log(CGW_LOG_INFO, "lost", long_field(1000));
    assert_in_range(cgw_now_ms() - before_ms, 0, MUCH_TOO_LATE_MS);
    size_t kept = 0;
    drain(text);
    for (const char *at = text; (at = strstr(at, "\"event\":\"lost\"")) != NULL; at++)
        kept++;
    assert_in_range(kept, 1, 499);
    cgw_log(CGW_LOG_INFO, "after", NULL);
    json_t *line = take_line();
    assert_int_equal(json_integer_value(json_object_get(line, "droppedLines")), 500 - kept);
    json_decref(line);
    cgw_log(CGW_LOG_INFO, "after", NULL);
    line = take_line();
    assert_null(json_object_get(line, "droppedLines"));
    json_decref(line);
}

/* A line longer than the pipe is torn; the next one must not be glued to its beginning. */
static void a_torn_line_does_not_spoil_the_next(void **state)
{
    static char text[TEXT_BYTES];
    (void)state;
    cgw_log(CGW_LOG_INFO, "torn", long_field(200000));
    size_t length = drain(text);
    assert_true(length > 0 && text[length - 1] != '\n');
    cgw_log(CGW_LOG_INFO, "next", NULL);
    assert_true(drain(text) > 0);
    assert_int_equal(text[0], '\n');
    json_t *line = json_loads(text + 1, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "event")), "next");
    json_decref(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_json_object_with_time_level_and_event_first),
        cmocka_unit_test(what_comes_from_outside_cannot_leave_its_line_or_its_string),
        cmocka_unit_test(fields_cannot_replace_time_level_or_event),
        cmocka_unit_test(an_event_without_fields_is_a_line_too),
        cmocka_unit_test(lines_below_the_level_are_not_written_and_quiet_writes_none),
        cmocka_unit_test(levels_are_known_by_name),
        cmocka_unit_test(a_full_pipe_stops_nobody_and_the_lines_lost_are_counted),
        cmocka_unit_test(a_torn_line_does_not_spoil_the_next),
    };
    return cmocka_run_group_tests(tests, start_log, end_log);
}
