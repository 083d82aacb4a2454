#include "storing.h"

#include "unit/cmocka_all.h"

#include "cgetway/outcome_json.h"
#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"
#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4096, OUTCOME_MAX_BYTES = 1 << 16 };

static bool uses_bucket;

int storing_in_directory(void **state)
{
    (void)state;
    uses_bucket = false;
    return 0;
}

int storing_in_bucket(void **state)
{
    (void)state;
    uses_bucket = true;
    return 0;
}

void storing_begin(struct storing *storing)
{
    struct support_error err = {.text = ""};
    *storing = (struct storing){.dir = temp_dir_new("storing", &err)};
    assert_non_null(storing->dir);
    storing->options = (struct cgw_store_options){.place = {.directory = temp_dir_path(storing->dir)},
                                                  .watch = {-1, -1},
                                                  .label = "",
                                                  .source_aet = "PEER",
                                                  .layout = CGW_LAYOUT_FLAT,
                                                  .existing = CGW_STORE_KEEP,
                                                  .sync = true};
    if (!uses_bucket)
        return;
    storing->bucket = test_bucket_new();
    storing->options.place = (struct cgw_place){.bucket = test_bucket_of(storing->bucket)};
}

void storing_end(struct storing *storing)
{
    json_decref(storing->outcome);
    test_bucket_free(storing->bucket);
    temp_dir_free(storing->dir);
}

static json_t *read_outcome(const struct cgw_outcome *outcome, const struct cgw_store *directory)
{
    char piece[1000];
    ssize_t length = -1;
    struct cgw_buffer text = CGW_BUFFER_INIT(OUTCOME_MAX_BYTES);
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, "", "");
    if (writer != NULL)
        cgw_outcome_writer_name_files(writer, directory);
    while (writer != NULL && (length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0) {
        if (!cgw_buffer_append(&text, piece, (size_t)length))
            break;
    }
    cgw_outcome_writer_free(writer);
    json_t *json = length == 0 ? json_loadb((const char *)text.bytes, text.length, 0, NULL) : NULL;
    cgw_buffer_release(&text);
    return json;
}

static void take_all(struct storing *storing, struct cgw_store *directory, struct cgw_retrieve *retrieve)
{
    struct cgw_event event;
    size_t limit = 0;
    do {
        cgw_retrieve_next(retrieve, true, &event);
        if (storing->limits != NULL && (event.type == CGW_EVENT_INSTANCE || event.type == CGW_EVENT_END))
            cgw_store_limit(directory, storing->limits[limit++] * storing->limit_unit);
        cgw_store_take(directory, retrieve, &event);
        if (event.type == CGW_EVENT_END && storing->before_answer != NULL)
            storing->before_answer(storing->context);
    } while (event.type != CGW_EVENT_OUTCOME);
    cgw_store_finish(directory, cgw_retrieve_outcome(retrieve), "request");
    storing->error = *cgw_store_error(directory);
    storing->full = cgw_store_is_full(directory);
    storing->bytes = cgw_store_bytes(directory);
    (void)snprintf(storing->outcome_path, sizeof storing->outcome_path, "%s",
                   cgw_store_outcome_path(directory));
    storing->outcome = read_outcome(cgw_retrieve_outcome(retrieve), directory);
}

void storing_run_from(struct storing *storing, struct setting *setting)
{
    struct cgw_store *directory = NULL;
    struct cgw_retrieve *retrieve = NULL;
    json_decref(storing->outcome);
    storing->outcome = NULL;
    storing->error = (struct cgw_error)CGW_ERROR_INIT;
    if (cgw_store_open(&storing->options, &directory, &storing->error) == CGW_OK &&
        setting_open(setting, &retrieve, &storing->error) == CGW_OK) {
        for (size_t i = 0; storing->adopted != NULL && i < setting->prior_count; i++)
            assert_true(cgw_store_adopt(directory, i, storing->adopted[i]));
        take_all(storing, directory, retrieve);
    }
    cgw_retrieve_free(retrieve);
    cgw_store_free(directory);
    heard_as_text(&setting->memory.heard, storing->heard, sizeof storing->heard);
}

void storing_run(struct storing *storing, const char *script)
{
    struct setting setting;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_script(&setting, script);
    storing_run_from(storing, &setting);
    setting_release(&setting);
}

void storing_put(const struct storing *storing, const char *path, const void *bytes, size_t length)
{
    struct support_error err = {.text = ""};
    if (storing->bucket != NULL) {
        test_bucket_put(storing->bucket, path, bytes, length);
        return;
    }
    char *whole_path = temp_dir_join(storing->dir, path);
    assert_true(file_write(whole_path, bytes, length, &err));
    free(whole_path);
}

uint8_t *storing_get(const struct storing *storing, const char *path, size_t *ret_length)
{
    struct support_error err = {.text = ""};
    if (storing->bucket != NULL)
        return test_bucket_get(storing->bucket, path, ret_length);
    char *whole_path = temp_dir_join(storing->dir, path);
    uint8_t *bytes = file_read(whole_path, ret_length, &err);
    free(whole_path);
    return bytes;
}

bool storing_holds(const struct storing *storing, const char *path, const void *bytes, size_t length)
{
    size_t found_length = 0;
    uint8_t *found = storing_get(storing, path, &found_length);
    bool same = found != NULL && found_length == length && memcmp(found, bytes, length) == 0;
    free(found);
    return same;
}

static void list_directory(const struct storing *storing, char text[TEXT_BYTES])
{
    size_t count = 0, used = 0, root = strlen(storing->options.place.directory) + 1;
    char **paths = file_list(storing->options.place.directory, &count);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s%s", i == 0 ? "" : " ", paths[i] + root);
    file_list_free(paths, count);
}

void storing_assert_files(const struct storing *storing, const char *expected)
{
    char text[TEXT_BYTES];
    if (storing->bucket != NULL)
        test_bucket_list(storing->bucket, text, sizeof text);
    else
        list_directory(storing, text);
    assert_string_equal(text, expected);
}

bool storing_is_whole(const struct storing *storing, const char *path, const char *sop_class,
                      const char *sop_instance, size_t data_bytes)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    size_t length = 0;
    uint8_t *bytes = storing_get(storing, path, &length);
    size_t head = cgw_part10_header(sop_class, sop_instance, CGW_TS_EXPLICIT_LE, "PEER", header);
    bool is_whole = bytes != NULL && length == head + data_bytes && memcmp(bytes, header, head) == 0;
    for (size_t i = 0; is_whole && i < data_bytes; i++)
        is_whole = bytes[head + i] == (uint8_t)(i * 7);
    free(bytes);
    return is_whole;
}

static const char *text_or_dash(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "-";
}

void storing_assert_stored(const struct storing *storing, const char *expected)
{
    char text[TEXT_BYTES] = "";
    size_t index, used = 0;
    const json_t *instance;
    assert_non_null(storing->outcome);
    json_array_foreach(json_object_get(storing->outcome, "instances"), index, instance)
    {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s %s", index == 0 ? "" : ", ",
                                 text_or_dash(instance, "stored"), text_or_dash(instance, "existing"),
                                 text_or_dash(instance, "result"));
    }
    assert_string_equal(text, expected);
}
