/* Searches over a peer in memory. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/json_text.h"
#include "cgetway/search.h"
#include "dicomweb/search_open.h"
#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 64 * 1024, CONNECTIONS = 2, PARAMETERS_MAX = 4 };

#define STUDIES CGW_SEARCH_STUDIES
#define SERIES CGW_SEARCH_SERIES
#define INSTANCES CGW_SEARCH_INSTANCES

struct world {
    struct setting settings[CONNECTIONS]; /* the peer behind each connection */
    size_t connections;
    struct cgw_search *search;
};

/* What the search is, and "a=b" for each parameter. */
struct asked {
    enum cgw_search_level level;
    const char *study, *series;
    const char *parameters[PARAMETERS_MAX];
};

static enum cgw_code open_next(void *context, const struct cgw_find_options *options,
                               struct cgw_find **ret_find, struct cgw_error *err)
{
    struct world *world = context;
    if (world->connections == CONNECTIONS)
        return cgw_fail(err, CGW_E_PEER_UNREACHABLE, "no further connection");
    struct setting *setting = &world->settings[world->connections++];
    return cgw_find_open_over(memory_peer_transport(&setting->memory), options, ret_find, err);
}

static void make_search(struct world *world, const struct asked *asked)
{
    char texts[PARAMETERS_MAX][128];
    struct cgw_search_parameter parameters[PARAMETERS_MAX];
    struct cgw_key_errors key_errors = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_search_options options = {
        .level = asked->level, .parameters = parameters, .peer = &world->settings[0].peer, .max_keys = 100};
    (void)snprintf(options.study, sizeof options.study, "%s", asked->study != NULL ? asked->study : "");
    (void)snprintf(options.series, sizeof options.series, "%s", asked->series != NULL ? asked->series : "");
    for (size_t i = 0; i < PARAMETERS_MAX && asked->parameters[i] != NULL; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%s", asked->parameters[i]);
        char *equals = strchr(texts[i], '=');
        *equals = '\0';
        parameters[options.parameter_count++] = (struct cgw_search_parameter){texts[i], equals + 1};
    }
    if (cgw_search_new(&options, &world->search, &key_errors, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    cgw_key_errors_release(&key_errors);
    search_open_with(world->search, open_next, world);
}

static void set_up(struct world *world, const struct asked *asked, const char *script)
{
    *world = (struct world){0};
    for (size_t i = 0; i < CONNECTIONS; i++) {
        setting_of_find(&world->settings[i]);
        say_script(&world->settings[i], "accept");
    }
    say_script(&world->settings[0], script);
    make_search(world, asked);
}

static void tear_down(struct world *world)
{
    cgw_search_free(world->search);
    for (size_t i = 0; i < CONNECTIONS; i++)
        setting_release(&world->settings[i]);
}

static enum cgw_code begin(struct world *world, struct cgw_error *err)
{
    return cgw_search_begin(world->search, (struct cgw_watch){-1, -1}, (struct cgw_trace){0},
                            (struct cgw_deadline){0}, err);
}

/* Everything that it gives, in pieces of so many bytes. Returns what the last read returned. */
static ssize_t read_all(struct world *world, size_t piece, char text[TEXT_BYTES])
{
    size_t length = 0;
    ssize_t got;
    while ((got = cgw_search_read(world->search, text + length, piece)) > 0) {
        length += (size_t)got;
        assert_true(length + piece < TEXT_BYTES);
    }
    text[length] = '\0';
    return got;
}

/* The whole answer; new reference. */
static json_t *search(const struct asked *asked, const char *script)
{
    static char text[TEXT_BYTES];
    struct world world;
    struct cgw_error err = CGW_ERROR_INIT;
    set_up(&world, asked, script);
    if (begin(&world, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    assert_int_equal(read_all(&world, 100, text), CGW_SEARCH_END);
    assert_true(cgw_search_is_complete(world.search));
    json_t *results = json_loads(text, 0, NULL);
    if (!json_is_array(results))
        fail_msg("no array: %s", text);
    assert_int_equal(json_array_size(results), cgw_search_matches(world.search));
    tear_down(&world);
    return results;
}

/* "TAG=VALUE\VALUE TAG=VALUE ..." of an object, without those that every result has. */
static void print_result(const json_t *result, char text[TEXT_BYTES])
{
    const char *tag;
    json_t *element, *value;
    size_t i, length = strlen(text);
    json_object_foreach((json_t *)(uintptr_t)result, tag, element)
    {
        if (strcmp(tag, "00080056") == 0)
            continue;
        length += (size_t)snprintf(text + length, TEXT_BYTES - length, " %s=", tag);
        json_array_foreach(json_object_get(element, "Value"), i, value)
        {
            const json_t *shown = json_is_object(value) ? json_object_get(value, "Alphabetic") : value;
            char *printed = json_is_string(shown) ? strdup(json_string_value(shown))
                                                  : cgw_json_text(shown, JSON_ENCODE_ANY);
            length +=
                (size_t)snprintf(text + length, TEXT_BYTES - length, "%s%s", i > 0 ? "\\" : "", printed);
            free(printed);
        }
    }
}

static void assert_results(const char *what, const struct asked *asked, const char *script,
                           const char *expected)
{
    static char text[TEXT_BYTES];
    json_t *results = search(asked, script);
    size_t i;
    const json_t *result;
    text[0] = '\0';
    json_array_foreach(results, i, result)
    {
        size_t length = strlen(text);
        (void)snprintf(text + length, TEXT_BYTES - length, "%s", i > 0 ? "\n" : "");
        print_result(result, text);
    }
    json_decref(results);
    if (strcmp(text, expected) != 0)
        fail_msg("%s:\n%s\ninstead of\n%s", what, text, expected);
}

static const struct {
    const char *what;
    struct asked asked;
    const char *script, *results; /* a line each */
} rows[] = {
    {"nothing", {.level = STUDIES}, "find:0000:1", ""},
    {"a study",
     {.level = STUDIES},
     "match:1:00080052=STUDY:00080054=PEER:00080061=CT:0020000D=1.2 find:0000:1",
     " 00080061=CT 00081190=studies/1.2 0020000D=1.2"},
    {"two studies",
     {.level = STUDIES},
     "match:1:00080061=CT:0020000D=1.2 match:1:00080061=MR:0020000D=1.3 find:0000:1",
     " 00080061=CT 00081190=studies/1.2 0020000D=1.2\n 00080061=MR 00081190=studies/1.3 0020000D=1.3"},
    {"a study without a UID",
     {.level = STUDIES},
     "match:1:00080061=CT:00100020=a find:0000:1",
     " 00080061=CT 00100020=a"},
    {"a study whose UID goes up",
     {.level = STUDIES},
     "match:1:00080061=CT:0020000D=../1 find:0000:1",
     " 00080061=CT 0020000D=../1"},
    {"a URL of the peer's",
     {.level = STUDIES},
     "match:1:00080061=CT:00081190=/evil find:0000:1",
     " 00080061=CT"},
    {"the second study",
     {STUDIES, NULL, NULL, {"offset=1", "limit=1"}},
     "match:1:00080061=CT:0020000D=1.2 match:1:00080061=MR:0020000D=1.3 match:1:00080061=MR:0020000D=1.4 "
     "find:FE00:1",
     " 00080061=MR 00081190=studies/1.3 0020000D=1.3"},
    {"no study", {STUDIES, NULL, NULL, {"limit=0"}}, "abort", ""},
    {"modalities are counted",
     {.level = STUDIES},
     "match:1:0020000D=1.2 match:1:00080061=MR:0020000D=1.3 find:0000:1 "
     "match:2:00080060=CT:00201209=3 match:2:00080060=SR:00201209=1 match:2:00080060=CT:00201209=2 "
     "find:0000:2",
     " 00080061=CT\\SR 00081190=studies/1.2 0020000D=1.2 00201206=3 00201208=6\n"
     " 00080061=MR 00081190=studies/1.3 0020000D=1.3"},
    {"instances are not known of each series",
     {.level = STUDIES},
     "match:1:0020000D=1.2:00201206=7 find:0000:1 match:2:00080060=CT:00201209=3 match:2:00080060=SR "
     "find:0000:2",
     " 00080061=CT\\SR 00081190=studies/1.2 0020000D=1.2 00201206=7"},
    {"the peer cannot tell the series",
     {.level = STUDIES},
     "match:1:0020000D=1.2 find:0000:1 find:A900:2",
     " 00081190=studies/1.2 0020000D=1.2"},
    {"modalities of what is given only",
     {STUDIES, NULL, NULL, {"offset=1", "limit=1"}},
     "match:1:0020000D=1.2 match:1:0020000D=1.3 find:FE00:1 match:2:00080060=CT find:0000:2",
     " 00080061=CT 00081190=studies/1.3 0020000D=1.3 00201206=1"},
    {"a modality is a filter",
     {STUDIES, NULL, NULL, {"ModalitiesInStudy=MR,S?"}},
     "match:1:0020000D=1.2 match:1:0020000D=1.3 match:1:0020000D=1.4 find:0000:1 "
     "match:2:00080060=CT find:0000:2 match:3:00080060=CT match:3:00080060=SR find:0000:3 "
     "match:4:00080060=MR find:0000:4",
     " 00080061=CT\\SR 00081190=studies/1.3 0020000D=1.3 00201206=2\n"
     " 00080061=MR 00081190=studies/1.4 0020000D=1.4 00201206=1"},
    {"a filter and an offset",
     {STUDIES, NULL, NULL, {"ModalitiesInStudy=MR", "offset=1"}},
     "match:1:0020000D=1.2 match:1:0020000D=1.3 match:1:0020000D=1.4 find:0000:1 "
     "match:2:00080060=MR find:0000:2 match:3:00080060=CT find:0000:3 match:4:00080060=MR find:0000:4",
     " 00080061=MR 00081190=studies/1.4 0020000D=1.4 00201206=1"},
    {"a peer that ignores the key and tells the modalities",
     {STUDIES, NULL, NULL, {"ModalitiesInStudy=MR"}},
     "match:1:00080061=CT:0020000D=1.2 match:1:00080061=MR:0020000D=1.3 find:0000:1",
     " 00080061=MR 00081190=studies/1.3 0020000D=1.3"},
    {"the series of a study",
     {.level = SERIES, .study = "1.2"},
     "match:1:00080060=CT:0020000E=1.2.1 find:0000:1",
     " 00080060=CT 00081190=series/1.2.1 0020000D=1.2 0020000E=1.2.1"},
    {"a series of another study",
     {.level = SERIES, .study = "1.2"},
     "match:1:0020000D=1.9:0020000E=1.2.1 find:0000:1",
     " 0020000D=1.9 0020000E=1.2.1"},
    {"a series with its patient",
     {SERIES, "1.2", NULL, {"includefield=PatientID"}},
     "match:1:00100020=a:00100040=F:0020000D=1.2 find:0000:1 match:2:0020000E=1.2.1 find:0000:2",
     " 00081190=series/1.2.1 00100020=a 0020000D=1.2 0020000E=1.2.1"},
    {"all series",
     {.level = SERIES},
     "match:1:00080052=STUDY:00100020=a:0020000D=1.2 match:1:00100020=b:0020000D=1.3 find:0000:1 "
     "match:2:00080060=CT:0020000E=1.2.1 match:2:00080060=SR:0020000E=1.2.2 find:0000:2 find:0000:3",
     " 00080060=CT 00081190=studies/1.2/series/1.2.1 00100020=a 0020000D=1.2 0020000E=1.2.1\n"
     " 00080060=SR 00081190=studies/1.2/series/1.2.2 00100020=a 0020000D=1.2 0020000E=1.2.2"},
    {"series of studies with a modality",
     {SERIES, NULL, NULL, {"ModalitiesInStudy=MR"}},
     "match:1:0020000D=1.2 match:1:0020000D=1.3 find:0000:1 match:2:00080060=CT find:0000:2 "
     "match:3:00080060=MR find:0000:3 match:4:0020000E=1.3.1 find:0000:4",
     " 00080061=MR 00081190=studies/1.3/series/1.3.1 0020000D=1.3 0020000E=1.3.1 00201206=1"},
    {"two series of all",
     {SERIES, NULL, NULL, {"limit=2"}},
     "match:1:0020000D=1.2 match:1:0020000D=1.3 find:FE00:1 match:2:0020000E=1.2.1 find:0000:2 "
     "match:3:0020000E=1.3.1 find:0000:3",
     " 00081190=studies/1.2/series/1.2.1 0020000D=1.2 0020000E=1.2.1\n"
     " 00081190=studies/1.3/series/1.3.1 0020000D=1.3 0020000E=1.3.1"},
    {"a study without series is made up for",
     {SERIES, NULL, NULL, {"limit=1"}},
     "match:1:0020000D=1.2 find:FE00:1 find:0000:2 match:3:0020000D=1.2 match:3:0020000D=1.3 find:FE00:3 "
     "match:4:0020000E=1.3.1 find:0000:4",
     " 00081190=studies/1.3/series/1.3.1 0020000D=1.3 0020000E=1.3.1"},
    {"the instances of a study",
     {.level = INSTANCES, .study = "1.2"},
     "match:1:00080060=CT:0020000E=1.2.1 match:1:00080060=SR:0020000E=1.2.2 find:0000:1 "
     "match:2:00080018=1.2.1.1 find:0000:2 match:3:00080018=1.2.2.1 find:0000:3",
     " 00080018=1.2.1.1 00080060=CT 00081190=series/1.2.1/instances/1.2.1.1 0020000D=1.2 0020000E=1.2.1\n"
     " 00080018=1.2.2.1 00080060=SR 00081190=series/1.2.2/instances/1.2.2.1 0020000D=1.2 0020000E=1.2.2"},
    {"the instances of a series",
     {.level = INSTANCES, .study = "1.2", .series = "1.2.1"},
     "match:1:00080018=1.2.1.1:00200013=1 find:0000:1",
     " 00080018=1.2.1.1 00081190=instances/1.2.1.1 0020000D=1.2 0020000E=1.2.1 00200013=1"},
    {"all instances",
     {.level = INSTANCES},
     "match:1:0020000D=1.2 find:0000:1 match:2:0020000E=1.2.1 find:0000:2 match:3:00080018=1.2.1.1 "
     "find:0000:3",
     " 00080018=1.2.1.1 00081190=studies/1.2/series/1.2.1/instances/1.2.1.1 0020000D=1.2 0020000E=1.2.1"},
    {"text in several character sets",
     {.level = SERIES},
     "match:1:00080005=GBK:00100010=\xCD\xF5:0020000D=1.2 find:0000:1 "
     "match:2:00080005=GB18030:0008103E=\xC0\xEE:0020000E=1.2.1 match:2:0008103E=x:0020000E=1.2.2 "
     "match:2:00080005=NONE:0008103E=\xB4:0020000E=1.2.3 find:0000:2",
     " 00080005=ISO_IR 192 0008103E=\xE6\x9D\x8E 00081190=studies/1.2/series/1.2.1 00100010=\xE7\x8E\x8B "
     "0020000D=1.2 0020000E=1.2.1\n"
     " 00080005=ISO_IR 192 0008103E=x 00081190=studies/1.2/series/1.2.2 00100010=\xE7\x8E\x8B "
     "0020000D=1.2 0020000E=1.2.2\n"
     " 00080005=ISO_IR 192 0008103E=\xEF\xBF\xBD 00081190=studies/1.2/series/1.2.3 00100010=\xE7\x8E\x8B "
     "0020000D=1.2 0020000E=1.2.3"},
};

static void matches_become_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_results(rows[i].what, &rows[i].asked, rows[i].script, rows[i].results);
}

static const struct {
    const char *what;
    struct asked asked;
    const char *script;
    enum cgw_code code;
    const char *text; /* NULL: an error before the first byte */
} failures[] = {
    {"at once", {.level = STUDIES}, "find:A700:1", CGW_E_PEER_OUT_OF_RESOURCES, NULL},
    {"at the second level",
     {.level = SERIES},
     "match:1:0020000D=1.2 find:0000:1 find:C001:2",
     CGW_E_PEER_FAILED,
     NULL},
    {"an abort", {.level = STUDIES}, "abort", CGW_E_PEER_ABORTED, NULL},
    {"an abort while modalities are counted",
     {.level = STUDIES},
     "match:1:0020000D=1.2 find:0000:1 abort",
     CGW_E_PEER_ABORTED,
     NULL},
    {"no UID to go on with", {.level = SERIES}, "match:1:00100020=a find:0000:1", CGW_E_PROTOCOL_ERROR, NULL},
    {"a UID that nobody can be asked for",
     {.level = SERIES},
     "match:1:0020000D=1.* find:0000:1",
     CGW_E_PROTOCOL_ERROR,
     NULL},
    {"in the middle",
     {.level = STUDIES},
     "match:1:00080061=CT:0020000D=1.2 find:C001:1",
     CGW_E_PEER_FAILED,
     "[{"},
    {"an abort in the middle",
     {.level = SERIES},
     "match:1:0020000D=1.2 match:1:0020000D=1.3 find:0000:1 match:2:0020000E=1.2.1 find:0000:2 abort",
     CGW_E_PEER_ABORTED,
     "[{"},
    {"a malformed match in the middle",
     {.level = STUDIES},
     "match:1:00080061=CT:0020000D=1.2 find:FF00:1:2000",
     CGW_E_PROTOCOL_ERROR,
     "[{"},
};

static void a_failure_is_told_or_seen(void **state)
{
    static char text[TEXT_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct world world;
        struct cgw_error err = CGW_ERROR_INIT;
        set_up(&world, &failures[i].asked, failures[i].script);
        enum cgw_code code = begin(&world, &err);
        if (code != (failures[i].text == NULL ? failures[i].code : CGW_OK) || err.code != code)
            fail_msg("%s: %s, %s", failures[i].what, cgw_code_name(code), err.detail);
        assert_int_equal(read_all(&world, 1000, text), CGW_SEARCH_CUT);
        assert_int_equal(cgw_search_error(world.search)->code, failures[i].code);
        assert_false(cgw_search_is_complete(world.search));
        if (failures[i].text != NULL) {
            assert_memory_equal(text, failures[i].text, strlen(failures[i].text));
            assert_null(strchr(text, ']') != NULL ? strstr(text, "]\n") : NULL);
        }
        tear_down(&world);
    }
}

static void a_failure_keeps_its_status(void **state)
{
    struct world world;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    set_up(&world, &(struct asked){.level = STUDIES}, "find:A900:1");
    assert_int_equal(begin(&world, &err), CGW_E_PEER_FAILED);
    assert_int_equal(err.dimse_status, 0xA900);
    tear_down(&world);
}

/* What was said to the peer until the search was freed. */
static void hear(const struct asked *asked, const char *script, char *heard, size_t size)
{
    static char text[TEXT_BYTES];
    struct world world;
    set_up(&world, asked, script);
    assert_int_equal(begin(&world, NULL), CGW_OK);
    assert_int_equal(read_all(&world, 1000, text), CGW_SEARCH_END);
    cgw_search_free(world.search);
    world.search = NULL;
    heard_as_text(&world.settings[0].memory.heard, heard, size);
    tear_down(&world);
}

static void the_limit_cancels(void **state)
{
    char heard[512];
    (void)state;
    hear(&(struct asked){STUDIES, NULL, NULL, {"limit=1"}},
         "match:1:00080061=CT:0020000D=1.2 match:1:00080061=CT:0020000D=1.3 find:FE00:1 releaserp", heard,
         sizeof heard);
    assert_string_equal(heard, "A-ASSOCIATE-RQ C-FIND-RQ(1) data C-CANCEL-RQ A-RELEASE-RQ");
    hear(&(struct asked){STUDIES, NULL, NULL, {"limit=0"}}, "", heard, sizeof heard);
    assert_string_equal(heard, "");
}

/* No C-FIND is sent for what nobody wants to know. */
static void modalities_are_asked_for_only_where_they_are_missing(void **state)
{
    char heard[512];
    (void)state;
    hear(&(struct asked){STUDIES, NULL, NULL, {"offset=1"}},
         "match:1:0020000D=1.2 match:1:00080061=MR:0020000D=1.3 match:1:0020000D=1.4 find:0000:1 find:0000:2 "
         "releaserp",
         heard, sizeof heard);
    assert_string_equal(heard, "A-ASSOCIATE-RQ C-FIND-RQ(1) data C-FIND-RQ(2) data A-RELEASE-RQ");
}

/* The peer ends neither the C-FIND nor the association: another one is opened. */
static void a_search_goes_on_where_a_cancel_is_not_obeyed(void **state)
{
    static char text[TEXT_BYTES];
    struct world world;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    set_up(&world, &(struct asked){SERIES, NULL, NULL, {"limit=1"}}, "match:1:0020000D=1.2");
    say_script(&world.settings[1], "match:1:0020000E=1.2.1 find:0000:1");
    if (begin(&world, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    assert_int_equal(read_all(&world, 1000, text), CGW_SEARCH_END);
    assert_non_null(strstr(text, "\"1.2.1\""));
    assert_int_equal(world.connections, 2);
    tear_down(&world);
}

/* One byte short of what a match may be. */
static void a_match_may_be_large(void **state)
{
    enum { VALUE = CGW_MATCH_MAX_BYTES - 64 };
    static char match[CGW_MATCH_MAX_BYTES];
    static char piece[100 * 1024];
    struct world world;
    struct cgw_buffer *words;
    size_t total = 0;
    ssize_t got;
    (void)state;
    set_up(&world, &(struct asked){.level = SERIES, .study = "1.2"}, "");
    /* (0008,103E), and (0020,000E) behind it */
    const uint8_t description[8] = {0x08, 0, 0x3E, 0x10, VALUE & 0xFF, (VALUE >> 8) & 0xFF, VALUE >> 16, 0};
    const uint8_t uid[] = {0x20, 0, 0x0E, 0, 4, 0, 0, 0, '1', '.', '2', '\0'};
    memcpy(match, description, 8);
    memset(match + 8, 0x01, VALUE);
    memcpy(match + 8 + VALUE, uid, sizeof uid);
    words = &world.settings[0].memory.words;
    say_find_response(words, 1, 0xFF00, match, 8 + VALUE + sizeof uid);
    say_script(&world.settings[0], "find:0000:1");
    assert_int_equal(begin(&world, NULL), CGW_OK);
    while ((got = cgw_search_read(world.search, piece, sizeof piece)) > 0)
        total += (size_t)got;
    assert_int_equal(got, CGW_SEARCH_END);
    assert_true(total > VALUE);
    tear_down(&world);
}

enum { KEPT = 4096, MORE = 10 };

/* More studies than are kept at once, all with a series. lost: one that the peer does not have any more when
 * it is asked again; KEPT: none. */
static ssize_t search_long_list(struct world *world, int lost, char *text, size_t room)
{
    char script[128];
    size_t length = 0;
    ssize_t got;
    set_up(world, &(struct asked){.level = SERIES}, "");
    for (size_t i = 0; i < CONNECTIONS; i++)
        world->settings[i].peer.max_matches = 100000;
    struct setting *setting = &world->settings[0];
    for (int i = 0; i < KEPT; i++) {
        (void)snprintf(script, sizeof script, "match:1:0020000D=1.%d", i);
        say_script(setting, script);
    }
    say_script(setting, "find:FE00:1");
    for (int i = 0; i < KEPT; i++) {
        (void)snprintf(script, sizeof script, "match:%d:0020000E=2.%d find:0000:%d", i + 2, i, i + 2);
        say_script(setting, script);
    }
    for (int i = 0; i < KEPT + MORE; i++) {
        (void)snprintf(script, sizeof script, "match:%d:0020000D=1.%d", KEPT + 2, i);
        if (i != lost || lost == KEPT)
            say_script(setting, script);
    }
    (void)snprintf(script, sizeof script, "find:0000:%d", KEPT + 2);
    say_script(setting, script);
    for (int i = 0; i < MORE; i++) {
        (void)snprintf(script, sizeof script, "match:%d:0020000E=2.%d find:0000:%d", KEPT + 3 + i, KEPT + i,
                       KEPT + 3 + i);
        say_script(setting, script);
    }
    assert_int_equal(begin(world, NULL), CGW_OK);
    while ((got = cgw_search_read(world->search, text + length, 60000)) > 0) {
        length += (size_t)got;
        assert_true(length + 60000 < room);
    }
    text[length] = '\0';
    return got;
}

static char long_text[4 * 1024 * 1024];

static void a_long_list_is_gone_through_in_parts(void **state)
{
    struct world world;
    (void)state;
    assert_int_equal(search_long_list(&world, KEPT, long_text, sizeof long_text), CGW_SEARCH_END);
    assert_int_equal(cgw_search_matches(world.search), KEPT + MORE);
    assert_non_null(strstr(long_text, "studies/1.4105/series/2.4105"));
    tear_down(&world);
}

/* What would be passed over for it is one that nobody was given. */
static void a_list_that_changes_meanwhile_is_cut(void **state)
{
    struct world world;
    (void)state;
    assert_int_equal(search_long_list(&world, 17, long_text, sizeof long_text), CGW_SEARCH_CUT);
    assert_int_equal(cgw_search_error(world.search)->code, CGW_E_PROTOCOL_ERROR);
    assert_false(cgw_search_is_complete(world.search));
    tear_down(&world);
}

static int load(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_become_results),
        cmocka_unit_test(a_failure_is_told_or_seen),
        cmocka_unit_test(a_failure_keeps_its_status),
        cmocka_unit_test(the_limit_cancels),
        cmocka_unit_test(modalities_are_asked_for_only_where_they_are_missing),
        cmocka_unit_test(a_search_goes_on_where_a_cancel_is_not_obeyed),
        cmocka_unit_test(a_match_may_be_large),
        cmocka_unit_test(a_long_list_is_gone_through_in_parts),
        cmocka_unit_test(a_list_that_changes_meanwhile_is_cut),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
