/* C-FIND over a peer in memory: what it says is a row, and what becomes of it is text: "M1.2" a match with
 * that StudyInstanceUID, "E" the end, "F" a failure. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"
#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEARD_FIRST "A-ASSOCIATE-RQ C-FIND-RQ(1) data"
/* (0010,0010) in Implicit VR Little Endian */
#define NAME_WITHOUT_VALUE "1000100000000000"

struct told {
    enum cgw_code code;
    int status;
    char events[512];
    char heard[1024];
    char detail[CGW_ERROR_DETAIL_BYTES];
};

static void tell(struct told *told, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct told *told, const char *format, ...)
{
    size_t at = strlen(told->events);
    va_list args;
    va_start(args, format);
    if (at > 0)
        told->events[at++] = ' ';
    (void)vsnprintf(told->events + at, sizeof told->events - at, format, args);
    va_end(args);
}

static void tell_match(struct told *told, const struct cgw_data_set *match)
{
    const struct cgw_element *uid = cgw_data_set_find(match, CGW_TAG_STUDY_INSTANCE_UID);
    tell(told, "M%.*s", uid != NULL ? (int)uid->length : 0, uid != NULL ? (const char *)uid->value : "");
}

/* Takes events until END, FAILED or AGAIN, which it tells. */
static enum cgw_find_event run(struct cgw_find *find, bool may_wait, struct told *told, struct cgw_error *err)
{
    static const char *const words[] = {
        [CGW_FIND_AGAIN] = "A", [CGW_FIND_END] = "E", [CGW_FIND_FAILED] = "F"};
    const struct cgw_data_set *match;
    enum cgw_find_event event;
    while ((event = cgw_find_next(find, may_wait, &match, err)) == CGW_FIND_MATCH)
        tell_match(told, match);
    tell(told, "%s", words[event]);
    return event;
}

/* Opens, asks once, takes everything, frees. */
static void converse(struct setting *setting, struct told *ret_told)
{
    struct cgw_find *find = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    *ret_told = (struct told){.status = CGW_NO_STATUS};
    ret_told->code = setting_open_find(setting, &find, &err);
    if (ret_told->code == CGW_OK)
        ret_told->code = cgw_find_request(find, &setting->identifier, &err);
    if (ret_told->code == CGW_OK && run(find, true, ret_told, &err) == CGW_FIND_END) {
        ret_told->status = cgw_find_status(find);
        (void)cgw_find_result(find, &err);
    }
    ret_told->code = err.code;
    cgw_find_free(find);
    memcpy(ret_told->detail, err.detail, sizeof err.detail);
    heard_as_text(&setting->memory.heard, ret_told->heard, sizeof ret_told->heard);
}

struct row {
    const char *what, *script, *events;
    enum cgw_code code;
    int status;
    const char *heard; /* behind the request */
};

static const struct row rows[] = {
    {"no match", "find:0000:1", "E", CGW_OK, 0x0000, "A-RELEASE-RQ"},
    {"matches", "match:1:1.2 match:1:1.3 find:0000:1", "M1.2 M1.3 E", CGW_OK, 0x0000, "A-RELEASE-RQ"},
    {"FF01 carries a match as well", "find:FF01:1:20000D0004000000312E3200 find:0000:1", "M1.2 E", CGW_OK,
     0x0000, "A-RELEASE-RQ"},
    {"a match without elements", "find:FF00:1: find:0000:1", "M E", CGW_OK, 0x0000, "A-RELEASE-RQ"},
    {"a final response with a data set", "match:1:1.2 find:0000:1:20000D0004000000312E3200", "M1.2 E", CGW_OK,
     0x0000, "A-RELEASE-RQ"},
    {"out of resources", "find:A700:1", "E", CGW_E_PEER_OUT_OF_RESOURCES, 0xA700, "A-RELEASE-RQ"},
    {"Identifier does not match", "match:1:1.2 find:A900:1", "M1.2 E", CGW_E_PEER_FAILED, 0xA900,
     "A-RELEASE-RQ"},
    {"unable to process", "find:C001:1", "E", CGW_E_PEER_FAILED, 0xC001, "A-RELEASE-RQ"},
    {"class not supported", "find:0122:1", "E", CGW_E_FIND_NOT_SUPPORTED, 0x0122, "A-RELEASE-RQ"},
    {"a cancel that nobody asked for", "match:1:1.2 find:FE00:1", "M1.2 E", CGW_E_PEER_FAILED, 0xFE00,
     "A-RELEASE-RQ"},
    {"a warning, which C-FIND has not", "find:B000:1", "E", CGW_E_PEER_FAILED, 0xB000, "A-RELEASE-RQ"},

    {"the response to another request", "match:2:1.2", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"pending without a data set", "find:FF00:1", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"a match that ends inside an element", "match:1:1.1 find:FF00:1:20000D0004000000312E", "M1.1 F",
     CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"a C-GET response", "final:0000:-:-:-:-", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"a C-STORE request in between", "match:1:1.1 store:1:1.2:10", "M1.1 F", CGW_E_PROTOCOL_ERROR,
     CGW_NO_STATUS, "A-ABORT"},
    {"a message on another context", "store:3:1.2:10", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"a data set without a command", "last:1:10", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"a command inside a data set", "command:1:1.2 field:1:8020", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS,
     "A-ABORT"},
    {"a data set that goes on elsewhere", "command:1:1.2 data:1:10 last:3:10", "F", CGW_E_PROTOCOL_ERROR,
     CGW_NO_STATUS, "A-ABORT"},
    {"a data set that is too long", "command:1:1.2 data:1:600000 last:1:600000", "F", CGW_E_PROTOCOL_ERROR,
     CGW_NO_STATUS, "A-ABORT"},
    {"a confirmation of no release", "releaserp", "F", CGW_E_PROTOCOL_ERROR, CGW_NO_STATUS, "A-ABORT"},
    {"a release", "match:1:1.1 release", "M1.1 F", CGW_E_PEER_CLOSED, CGW_NO_STATUS, "A-RELEASE-RP"},
    {"an abort", "match:1:1.1 abort", "M1.1 F", CGW_E_PEER_ABORTED, CGW_NO_STATUS, ""},
    {"a closed connection", "match:1:1.1", "M1.1 F", CGW_E_PEER_CLOSED, CGW_NO_STATUS, ""},
};

static void a_conversation_ends_as_its_last_message_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* The same, whether bytes come together or one by one. */
        for (size_t most_at_once = 0; most_at_once < 2; most_at_once++) {
            struct setting setting;
            struct told told;
            char heard[512];
            setting_of_find(&setting);
            setting.memory.most_at_once = most_at_once;
            say_script(&setting, "accept");
            say_script(&setting, rows[i].script);
            converse(&setting, &told);
            (void)snprintf(heard, sizeof heard, HEARD_FIRST "%s%s", rows[i].heard[0] != '\0' ? " " : "",
                           rows[i].heard);
            if (strcmp(told.events, rows[i].events) != 0 || told.code != rows[i].code ||
                told.status != rows[i].status || strcmp(told.heard, heard) != 0)
                fail_msg("%s: events \"%s\", code %s (%s), status %04X, heard \"%s\"", rows[i].what,
                         told.events, cgw_code_name(told.code), told.detail, (unsigned)told.status,
                         told.heard);
            assert_true(setting.memory.closed);
            setting_release(&setting);
        }
    }
}

/* The table of statuses is that of C-GET. */
static void a_status_is_told_in_words_of_a_query(void **state)
{
    static const struct {
        const char *script, *status;
    } statuses[] = {
        {"find:B000:1", "B000 (Warning)"},
        {"find:FE00:1", "FE00 (Cancel: matching was terminated)"},
        {"find:A700:1", "A700 (Refused: out of resources)"},
        {"find:A702:1", "A702 (Refused: out of resources)"},
        {"find:AA00:1", "AA00 (Failure)"},
        {"find:AA04:1", "AA04 (Failure)"},
        {"find:C001:1", "C001 (Unable to process)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct setting setting;
        struct told told;
        char detail[CGW_ERROR_DETAIL_BYTES];
        setting_of_find(&setting);
        say_script(&setting, "accept");
        say_script(&setting, statuses[i].script);
        converse(&setting, &told);
        (void)snprintf(detail, sizeof detail, "the peer answered the C-FIND with status %s",
                       statuses[i].status);
        assert_string_equal(told.detail, detail);
        setting_release(&setting);
    }
}

static void a_refused_context_is_told_and_the_association_released(void **state)
{
    struct setting setting;
    struct told told;
    (void)state;
    setting_of_find(&setting);
    const struct said_context refusal = {.id = 1, .result = CGW_CONTEXT_ABSTRACT_SYNTAX};
    say_accept(&setting.memory.words, &refusal, 1, 16384);
    converse(&setting, &told);
    assert_int_equal(told.code, CGW_E_FIND_NOT_SUPPORTED);
    assert_string_equal(told.heard, "A-ASSOCIATE-RQ A-RELEASE-RQ");
    setting_release(&setting);
}

static void a_match_is_read_in_the_transfer_syntax_that_was_accepted(void **state)
{
    static const struct {
        const char *syntax, *script;
    } syntaxes[] = {
        {CGW_TS_EXPLICIT_LE, "find:FF00:1:20000D0055490400312E3200 find:0000:1"},
        {CGW_TS_EXPLICIT_BE, "find:FF00:1:0020000D55490004312E3200 find:0000:1"},
        /* one stored block (RFC 1951 3.2.4) */
        {CGW_TS_DEFLATED, "find:FF00:1:010C00F3FF20000D0055490400312E320000 find:0000:1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++) {
        struct setting setting;
        struct told told;
        setting_of_find(&setting);
        const struct said_context said = {.id = 1, .transfer_syntax = syntaxes[i].syntax};
        say_accept(&setting.memory.words, &said, 1, 16384);
        say_script(&setting, syntaxes[i].script);
        converse(&setting, &told);
        if (strcmp(told.events, "M1.2 E") != 0)
            fail_msg("%s: events \"%s\", %s", syntaxes[i].syntax, told.events, told.detail);
        setting_release(&setting);
    }
}

static void the_vr_of_an_implicit_match_is_that_of_the_dictionary(void **state)
{
    struct setting setting;
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    const struct cgw_data_set *match;
    (void)state;
    setting_of_find(&setting);
    say_script(&setting, "accept find:FF00:1:" NAME_WITHOUT_VALUE "20000812020000003332 find:0000:1");
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
    assert_int_equal(cgw_find_next(find, true, &match, &err), CGW_FIND_MATCH);
    const struct cgw_element *name = cgw_data_set_find(match, CGW_TAG(0x0010, 0x0010));
    const struct cgw_element *count = cgw_data_set_find(match, CGW_TAG(0x0020, 0x1208));
    assert_non_null(name);
    assert_non_null(count);
    assert_int_equal(name->vr, CGW_VR_PN);
    assert_int_equal(name->length, 0);
    assert_int_equal(count->vr, CGW_VR_IS);
    cgw_find_free(find);
    setting_release(&setting);
}

static void requests_follow_each_other_on_one_association(void **state)
{
    struct setting setting;
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    struct told told = {.code = CGW_OK};
    (void)state;
    setting_of_find(&setting);
    say_script(&setting, "accept match:1:1.1 find:0000:1 find:C000:2 match:3:3.1 match:3:3.2 find:0000:3");
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
        assert_int_equal(cgw_find_status(find), CGW_NO_STATUS);
        assert_int_equal(run(find, true, &told, &err), CGW_FIND_END);
        assert_int_equal(cgw_find_status(find), i == 1 ? 0xC000 : 0x0000);
    }
    assert_int_equal(run(find, true, &told, &err), CGW_FIND_END); /* and stays there */
    assert_string_equal(told.events, "M1.1 E E M3.1 M3.2 E E");
    cgw_find_free(find);
    heard_as_text(&setting.memory.heard, told.heard, sizeof told.heard);
    assert_string_equal(told.heard,
                        "A-ASSOCIATE-RQ C-FIND-RQ(1) data C-FIND-RQ(2) data C-FIND-RQ(3) data A-RELEASE-RQ");
    setting_release(&setting);
}

/* Wherever the peer pauses, the caller gets the matches that are there, and goes on later. */
static void a_caller_that_does_not_wait_loses_nothing(void **state)
{
    (void)state;
    for (size_t pause_at = 1, end = SIZE_MAX; pause_at < end; pause_at++) {
        struct setting setting;
        struct cgw_find *find;
        struct cgw_error err = CGW_ERROR_INIT;
        struct told told = {.code = CGW_OK};
        setting_of_find(&setting);
        say_script(&setting, "accept");
        size_t accepted = setting.memory.words.length;
        say_script(&setting, "match:1:1.1 match:1:1.2 find:0000:1");
        end = setting.memory.words.length - accepted;
        setting.memory.pause_at = accepted + pause_at;
        assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
        assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
        assert_int_equal(run(find, false, &told, &err), CGW_FIND_AGAIN);
        assert_int_equal(run(find, false, &told, &err), CGW_FIND_END);
        char *again = strstr(told.events, "A ");
        assert_non_null(again);
        memmove(again, again + 2, strlen(again + 2) + 1);
        assert_string_equal(told.events, "M1.1 M1.2 E");
        cgw_find_free(find);
        setting_release(&setting);
    }
}

static void more_matches_than_allowed_fail_the_request(void **state)
{
    struct setting setting;
    struct told told;
    (void)state;
    setting_of_find(&setting);
    setting.peer.max_matches = 2;
    say_script(&setting, "accept match:1:1.1 match:1:1.2 match:1:1.3 find:0000:1");
    converse(&setting, &told);
    assert_string_equal(told.events, "M1.1 M1.2 F");
    assert_int_equal(told.code, CGW_E_TOO_MANY_MATCHES);
    assert_string_equal(told.heard, HEARD_FIRST " A-ABORT");
    setting_release(&setting);
}

static void a_request_that_failed_is_the_last_one(void **state)
{
    struct setting setting;
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    struct told told = {.code = CGW_OK};
    (void)state;
    setting_of_find(&setting);
    say_script(&setting, "accept match:7:1.1");
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
    assert_int_equal(run(find, true, &told, &err), CGW_FIND_FAILED);
    err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(run(find, true, &told, &err), CGW_FIND_FAILED);
    assert_int_equal(err.code, CGW_E_PROTOCOL_ERROR);
    assert_int_equal(cgw_find_request(find, &setting.identifier, NULL), CGW_E_PEER_CLOSED);
    cgw_find_free(find);
    setting_release(&setting);
}

static void an_identifier_is_sent_in_pdus_that_the_peer_takes(void **state)
{
    struct setting setting;
    struct told told;
    (void)state;
    setting_of_find(&setting);
    const struct said_context said = {.id = 1, .transfer_syntax = CGW_TS_IMPLICIT_LE};
    say_accept(&setting.memory.words, &said, 1, 128);
    say_script(&setting, "find:0000:1");
    converse(&setting, &told);
    assert_string_equal(told.events, "E");
    setting_release(&setting);
}

/* ---- waiting ---- */

struct wait_row {
    const char *script;  /* what comes before the silence */
    int64_t patience_ms; /* with each wait */
    int64_t total_ms;    /* for all of it */
    enum cgw_code code;
    const char *detail;
};

static const struct wait_row wait_rows[] = {
    {"accept", 30, 60000, CGW_E_DIMSE_TIMEOUT, "waiting for the next response to a C-FIND"},
    {"accept match:1:1.1", 30, 60000, CGW_E_DIMSE_TIMEOUT, "waiting for the next response to a C-FIND"},
    {"accept command:1:1.2 data:1:10", 30, 60000, CGW_E_NETWORK_TIMEOUT, "inside a data set"},
    {"accept", 60000, 30, CGW_E_TOTAL_TIMEOUT, "the time for the whole request is over"},
};

static void a_silent_peer_is_given_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wait_rows / sizeof wait_rows[0]; i++) {
        struct setting setting;
        struct told told;
        setting_of_find(&setting);
        setting.peer.dimse_timeout_ms = setting.peer.network_timeout_ms = wait_rows[i].patience_ms;
        setting.peer.total_timeout_ms = wait_rows[i].total_ms;
        say_script(&setting, wait_rows[i].script);
        setting.memory.pause_at = setting.memory.words.length;
        setting.memory.ready_fd = eventfd(0, EFD_CLOEXEC);
        say_script(&setting, "find:0000:1");
        converse(&setting, &told);
        assert_int_equal(told.code, wait_rows[i].code);
        assert_non_null(strstr(told.detail, wait_rows[i].detail));
        (void)close(setting.memory.ready_fd);
        setting_release(&setting);
    }
}

/* ---- cancelling ---- */

struct cancel_row {
    const char *what, *script;
    const char *heard; /* behind the request */
    int status;
    bool goes_on; /* the association takes another request */
};

static const struct cancel_row cancel_rows[] = {
    {"the peer obeys", "find:FE00:1", "C-CANCEL-RQ C-FIND-RQ(2) data A-RELEASE-RQ", 0xFE00, true},
    {"the peer obeys after some matches", "match:1:1.2 find:FF00:1:00 find:FE00:1",
     "C-CANCEL-RQ C-FIND-RQ(2) data A-RELEASE-RQ", 0xFE00, true},
    {"the peer had ended", "find:0000:1", "C-CANCEL-RQ C-FIND-RQ(2) data A-RELEASE-RQ", 0x0000, true},
    {"the peer closes", "match:1:1.2", "C-CANCEL-RQ A-ABORT", CGW_NO_STATUS, false},
    {"the peer talks of something else", "match:9:1.2 find:FE00:1", "C-CANCEL-RQ A-ABORT", CGW_NO_STATUS,
     false},
};

static void a_cancelled_request_ends_and_the_association_goes_on_where_the_peer_obeys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cancel_rows / sizeof cancel_rows[0]; i++) {
        struct setting setting;
        struct cgw_find *find;
        struct cgw_error err = CGW_ERROR_INIT;
        struct told told = {.code = CGW_OK};
        const struct cgw_data_set *match;
        char heard[512];
        setting_of_find(&setting);
        say_script(&setting, "accept match:1:1.1");
        say_script(&setting, cancel_rows[i].script);
        if (cancel_rows[i].goes_on)
            say_script(&setting, "match:2:2.1 find:0000:2");
        assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
        assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
        assert_int_equal(cgw_find_next(find, true, &match, &err), CGW_FIND_MATCH);
        cgw_find_cancel(find);
        assert_int_equal(run(find, true, &told, &err), CGW_FIND_END);
        assert_int_equal(cgw_find_status(find), cancel_rows[i].status);
        assert_int_equal(cgw_find_result(find, &err), CGW_OK);
        enum cgw_code again = cgw_find_request(find, &setting.identifier, NULL);
        assert_int_equal(again, cancel_rows[i].goes_on ? CGW_OK : CGW_E_PEER_CLOSED);
        if (again == CGW_OK)
            assert_int_equal(run(find, true, &told, &err), CGW_FIND_END);
        assert_string_equal(told.events, cancel_rows[i].goes_on ? "E M2.1 E" : "E");
        cgw_find_cancel(find); /* nothing is under way */
        cgw_find_free(find);
        heard_as_text(&setting.memory.heard, told.heard, sizeof told.heard);
        (void)snprintf(heard, sizeof heard, HEARD_FIRST " %s", cancel_rows[i].heard);
        if (strcmp(told.heard, heard) != 0)
            fail_msg("%s: the peer heard \"%s\"", cancel_rows[i].what, told.heard);
        setting_release(&setting);
    }
}

static void a_peer_that_ignores_the_cancel_is_left_after_the_grace(void **state)
{
    struct setting setting;
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    struct told told = {.code = CGW_OK};
    (void)state;
    setting_of_find(&setting);
    say_script(&setting, "accept match:1:1.1");
    setting.memory.pause_at = setting.memory.words.length;
    setting.memory.ready_fd = eventfd(0, EFD_CLOEXEC);
    say_script(&setting, "match:1:1.2");
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
    assert_int_equal(run(find, false, &told, &err), CGW_FIND_AGAIN);
    setting.memory.pause_at = setting.memory.said; /* it goes on being silent */
    int64_t before_ms = cgw_now_ms();
    cgw_find_cancel(find);
    assert_in_range(cgw_now_ms() - before_ms, setting.peer.cancel_grace_ms, 5000);
    assert_int_equal(run(find, true, &told, &err), CGW_FIND_END);
    assert_string_equal(told.events, "M1.1 A E");
    cgw_find_free(find);
    heard_as_text(&setting.memory.heard, told.heard, sizeof told.heard);
    assert_string_equal(told.heard, HEARD_FIRST " C-CANCEL-RQ A-ABORT");
    (void)close(setting.memory.ready_fd);
    setting_release(&setting);
}

/* A peer in whose full buffers there is no room even for a cancel. */
static void a_deaf_peer_is_left_after_the_grace(void **state)
{
    struct setting setting;
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    const struct cgw_data_set *match;
    (void)state;
    setting_of_find(&setting);
    say_script(&setting, "accept match:1:1.1");
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
    assert_int_equal(cgw_find_next(find, true, &match, &err), CGW_FIND_MATCH);
    setting.memory.stays_deaf = true;
    setting.memory.hears_at_most = setting.memory.heard.length;
    int64_t before_ms = cgw_now_ms();
    cgw_find_cancel(find);
    cgw_find_free(find);
    assert_in_range(cgw_now_ms() - before_ms, 0, 5000);
    setting_release(&setting);
}

static void a_client_that_leaves_cancels_the_request(void **state)
{
    struct setting setting;
    struct told told;
    int client[2];
    (void)state;
    setting_of_find(&setting);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    setting.watch.client_fd = client[0];
    say_script(&setting, "accept match:1:1.1");
    setting.memory.pause_at = setting.memory.words.length;
    setting.memory.ready_fd = eventfd(0, EFD_CLOEXEC);
    say_script(&setting, "find:FE00:1");
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    told = (struct told){.code = CGW_OK};
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
    assert_int_equal(close(client[1]), 0);
    assert_int_equal(run(find, true, &told, &err), CGW_FIND_FAILED);
    assert_int_equal(err.code, CGW_E_CLIENT_LEFT);
    assert_int_equal(run(find, true, &told, &err), CGW_FIND_FAILED);
    cgw_find_free(find);
    heard_as_text(&setting.memory.heard, told.heard, sizeof told.heard);
    assert_string_equal(told.heard, HEARD_FIRST " C-CANCEL-RQ A-RELEASE-RQ");
    (void)close(client[0]);
    (void)close(setting.memory.ready_fd);
    setting_release(&setting);
}

static void a_find_that_is_freed_in_the_middle_is_aborted(void **state)
{
    struct setting setting;
    struct cgw_find *find;
    struct cgw_error err = CGW_ERROR_INIT;
    char heard[256];
    (void)state;
    setting_of_find(&setting);
    say_script(&setting, "accept match:1:1.1 find:0000:1");
    assert_int_equal(setting_open_find(&setting, &find, &err), CGW_OK);
    assert_int_equal(cgw_find_request(find, &setting.identifier, &err), CGW_OK);
    cgw_find_free(find);
    heard_as_text(&setting.memory.heard, heard, sizeof heard);
    assert_string_equal(heard, HEARD_FIRST " A-ABORT");
    assert_true(setting.memory.closed);
    setting_release(&setting);
    cgw_find_free(NULL);
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_ends_as_its_last_message_says),
        cmocka_unit_test(a_status_is_told_in_words_of_a_query),
        cmocka_unit_test(a_refused_context_is_told_and_the_association_released),
        cmocka_unit_test(a_match_is_read_in_the_transfer_syntax_that_was_accepted),
        cmocka_unit_test(the_vr_of_an_implicit_match_is_that_of_the_dictionary),
        cmocka_unit_test(requests_follow_each_other_on_one_association),
        cmocka_unit_test(a_caller_that_does_not_wait_loses_nothing),
        cmocka_unit_test(more_matches_than_allowed_fail_the_request),
        cmocka_unit_test(a_request_that_failed_is_the_last_one),
        cmocka_unit_test(an_identifier_is_sent_in_pdus_that_the_peer_takes),
        cmocka_unit_test(a_silent_peer_is_given_up),
        cmocka_unit_test(a_cancelled_request_ends_and_the_association_goes_on_where_the_peer_obeys),
        cmocka_unit_test(a_peer_that_ignores_the_cancel_is_left_after_the_grace),
        cmocka_unit_test(a_deaf_peer_is_left_after_the_grace),
        cmocka_unit_test(a_client_that_leaves_cancels_the_request),
        cmocka_unit_test(a_find_that_is_freed_in_the_middle_is_aborted),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
