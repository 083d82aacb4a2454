/* What the answers are held against: Debian's getscu, and the files that the studies were made of. */
#include "integration/integration.h"

enum { MAX_KEYS = 8, KEY_BYTES = 2048 };

/* "SOPInstanceUID=1.2\1.3" */
static void write_key(char text[KEY_BYTES], const char *keyword, const json_t *value)
{
    size_t used = (size_t)snprintf(text, KEY_BYTES, "%s=", keyword);
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count && used < KEY_BYTES; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        used += (size_t)snprintf(text + used, KEY_BYTES - used, "%s%s", i == 0 ? "" : "\\",
                                 json_string_value(one));
    }
    assert_true(used < KEY_BYTES);
}

static void run_getscu(const struct at_peer *at, const char *model, json_t *keys, const char *directory)
{
    static char texts[MAX_KEYS][KEY_BYTES];
    const char *list[MAX_KEYS + 1] = {NULL};
    const char *const arguments[] = {model, "--bit-preserving", "-pdu", "131072", NULL};
    const struct peer *peer = at->world->peers[at->index];
    struct support_error err = {.text = ""};
    size_t count = 0;
    const char *keyword;
    json_t *value;
    json_object_foreach(keys, keyword, value)
    {
        assert_true(count < MAX_KEYS);
        write_key(texts[count], keyword, value);
        list[count] = texts[count];
        count++;
    }
    const struct getscu_options options = {.port = peer_port(peer),
                                           .called_ae = peer_ae_title(peer),
                                           .keys = list,
                                           .arguments = arguments,
                                           .output_directory = directory,
                                           .tcp_nodelay = true};
    (void)getscu_run(&options, NULL, &err);
    assert_no_error(&err);
}

void assert_file_is_in(const char *path, const struct retrieved *retrieved)
{
    struct support_error err = {.text = ""};
    struct part10_meta meta;
    size_t length = 0;
    size_t found = 0;
    uint8_t *bytes = file_read(path, &length, &err);
    (void)(bytes != NULL && part10_parse(bytes, length, &meta, &err));
    assert_no_error(&err);
    for (size_t i = 0; i < retrieved->count; i++) {
        struct instance_bytes instance = retrieved_instance(retrieved, i);
        if (strcmp(instance.meta.sop_instance, meta.sop_instance) != 0)
            continue;
        found++;
        assert_string_equal(instance.meta.transfer_syntax, meta.transfer_syntax);
        assert_int_equal(instance.length, length - meta.data_set_offset);
        assert_memory_equal(instance.data_set, bytes + meta.data_set_offset, instance.length);
    }
    if (found != 1)
        fail_msg("instance %s came %zu times", meta.sop_instance, found);
    free(bytes);
}

void assert_same_as_getscu(const struct at_peer *at, const char *model, json_t *keys,
                           const struct retrieved *retrieved)
{
    static unsigned runs;
    struct support_error err = {.text = ""};
    char name[32];
    size_t count = 0;
    (void)snprintf(name, sizeof(name), "getscu-%u", runs++);
    char *directory = temp_dir_mkdir(at->world->dir, name, &err);
    assert_no_error(&err);
    run_getscu(at, model, keys, directory);
    char **files = file_list(directory, &count);
    assert_int_equal(count, retrieved->count);
    for (size_t i = 0; i < count; i++)
        assert_file_is_in(files[i], retrieved);
    file_list_free(files, count);
    free(directory);
}

void assert_same_as_files(const struct study *study, size_t series, const struct retrieved *retrieved)
{
    size_t count = 0;
    for (size_t i = 0; i < study->instance_count; i++) {
        if (series != SIZE_MAX && study->instances[i].series != series)
            continue;
        count++;
        assert_file_is_in(study->instances[i].path, retrieved);
    }
    assert_int_equal(count, retrieved->count);
}
