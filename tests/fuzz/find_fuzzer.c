/*
 * A C-FIND over a peer in memory, and the text of its matches. Input: a byte of flags, the bytes that a
 * receive gives at most, the reads after which the caller cancels (0: never), and then what the peer says
 * behind its A-ASSOCIATE-AC. A text that ended cleanly is JSON.
 */
#include "fuzz/fuzz.h"

#include "cgetway/dictionary.h"
#include "cgetway/find_json.h"
#include "cgetway/transfer_syntax.h"
#include "unit/memory_peer/setting.h"
#include "unit/memory_peer/words.h"

#include <jansson.h>
#include <string.h>

enum {
    SYNTAX = 3, /* of the context: an index */
    AS_LINES = 4,
    LIMITED = 8, /* to MANY_ENOUGH matches */
    HEAD_BYTES = 3,
    MANY_ENOUGH = 2,
    MAX_MATCHES = 50,
    MAX_INPUT_BYTES = 256 * 1024,
    MAX_TEXT_BYTES = 64 * 1024 * 1024,
};

static void check_json(const char *text, size_t length, size_t *matches)
{
    json_t *json = json_loadb(text, length, JSON_ALLOW_NUL, NULL);
    FUZZ_DEMAND(json != NULL);
    *matches += json_is_array(json) ? json_array_size(json) : 1;
    json_decref(json);
}

static void check_text(const struct cgw_buffer *text, uint8_t flags, size_t expected)
{
    size_t matches = 0;
    const char *at = (const char *)text->bytes;
    if ((flags & AS_LINES) == 0) {
        check_json(at, text->length, &matches);
    } else {
        for (size_t left = text->length; left > 0;) {
            const char *end = memchr(at, '\n', left);
            FUZZ_DEMAND(end != NULL);
            check_json(at, (size_t)(end - at), &matches);
            left -= (size_t)(end + 1 - at);
            at = end + 1;
        }
    }
    FUZZ_DEMAND(matches == expected);
}

static void take_text(struct cgw_find *find, uint8_t flags, size_t most_reads)
{
    struct cgw_find_json_options options = {.find = find,
                                            .form = (flags & AS_LINES) != 0 ? CGW_FIND_LINES : CGW_FIND_ARRAY,
                                            .limit = (flags & LIMITED) != 0 ? MANY_ENOUGH : 0};
    struct cgw_find_json *json = cgw_find_json_new(&options);
    struct cgw_buffer text = CGW_BUFFER_INIT(MAX_TEXT_BYTES);
    struct cgw_error err = CGW_ERROR_INIT;
    char piece[1024];
    ssize_t length = CGW_FIND_JSON_CUT;
    FUZZ_DEMAND(json != NULL);
    if (cgw_find_json_begin(json, &err) != CGW_OK) {
        FUZZ_DEMAND(err.code != CGW_OK && err.detail[0] != '\0');
    } else {
        for (size_t i = 0; i == 0 || length > 0; i++) {
            size_t capacity = 1 + i * 37 % sizeof piece;
            if (most_reads > 0 && i == most_reads)
                cgw_find_cancel(find);
            length = cgw_find_json_read(json, piece, capacity);
            FUZZ_DEMAND(length <= (ssize_t)capacity);
            if (length > 0)
                FUZZ_DEMAND(cgw_buffer_append(&text, piece, (size_t)length));
        }
    }
    FUZZ_DEMAND((length == CGW_FIND_JSON_CUT) == (cgw_find_json_error(json)->code != CGW_OK));
    FUZZ_DEMAND(cgw_find_json_matches(json) <= MAX_MATCHES);
    if (length == CGW_FIND_JSON_END)
        check_text(&text, flags, cgw_find_json_matches(json));
    cgw_buffer_release(&text);
    cgw_find_json_free(json);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                           CGW_TS_EXPLICIT_BE};
    struct setting setting;
    struct cgw_find *find = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    if (size < HEAD_BYTES || size > MAX_INPUT_BYTES)
        return 0;
    const struct said_context said = {.id = 1, .transfer_syntax = syntaxes[data[0] & SYNTAX]};
    setting_of_find(&setting);
    setting.peer.max_matches = MAX_MATCHES;
    setting.memory.most_at_once = data[1];
    say_accept(&setting.memory.words, &said, 1, 16384);
    say_bytes(&setting.memory.words, data + HEAD_BYTES, size - HEAD_BYTES);
    FUZZ_DEMAND(setting_open_find(&setting, &find, &err) == CGW_OK);
    FUZZ_DEMAND(cgw_find_request(find, &setting.identifier, &err) == CGW_OK);
    take_text(find, data[0], data[2]);
    cgw_find_cancel(find);
    cgw_find_free(find);
    FUZZ_DEMAND(setting.memory.closed);
    setting_release(&setting);
    return 0;
}
