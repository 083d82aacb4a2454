#include "loaded.h"
#include "unit/cmocka_all.h"

#include "config/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loaded load_json(const json_t *document)
{
    char path[] = "/tmp/cgw-config-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(json_dumpfd(document, fd, 0), 0);
    (void)close(fd);
    struct loaded loaded = load(ARGUMENTS("--config", path), NOTHING);
    (void)unlink(path);
    return loaded;
}

static void expect_same_fields(const void *a, const void *b, bool global)
{
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if ((key->scope == CGW_SCOPE_GLOBAL) == global)
            assert_memory_equal((const char *)a + key->offset, (const char *)b + key->offset, key->size);
    }
}

static void expect_same_when_given_back(struct loaded first)
{
    if (first.code != CGW_OK)
        fail_msg("%s", first.err.detail);
    json_t *printed = cgw_config_to_json(&first.config);
    struct loaded second = load_json(printed);
    if (second.code != CGW_OK)
        fail_msg("%s", second.err.detail);

    expect_same_fields(&first.config, &second.config, true);
    expect_same_fields(&first.config.peer_defaults, &second.config.peer_defaults, false);
    expect_same_fields(&first.config.override_maximum, &second.config.override_maximum, false);
    assert_int_equal(first.config.peer_count, second.config.peer_count);
    for (size_t i = 0; i < first.config.peer_count; i++) {
        assert_string_equal(first.config.peers[i].name, second.config.peers[i].name);
        expect_same_fields(&first.config.peers[i], &second.config.peers[i], false);
    }
    json_decref(printed);
    loaded_release(&second);
    loaded_release(&first);
}

static void what_is_printed_makes_the_same_configuration(void **state)
{
    (void)state;
    expect_same_when_given_back(
        load(ARGUMENTS("--listen-port=0", "--allow-overrides=model,max-pdu", "--path-prefix=/x",
                       "--dimse-timeout=0.125", "--override-maximum-max-pdu=64K",
                       "--override-maximum-dimse-timeout=1.5", "--max-pdu=0",
                       "--peer=main=pacs.example:104,model=study,character-set=ISO_IR 100",
                       "--peer=b.c=[::1]:11112", "--output-directory=/a \"b\"", "-d"),
             NOTHING));
}

static void the_defaults_printed_make_the_defaults(void **state)
{
    (void)state;
    expect_same_when_given_back(load(ARGUMENTS("--peer=p=h:1"), NOTHING));
}

static void every_key_is_printed(void **state)
{
    (void)state;
    struct loaded loaded = load(ARGUMENTS("--peer=p=h:1"), NOTHING);
    json_t *printed = cgw_config_to_json(&loaded.config);
    const json_t *peer = json_object_get(json_object_get(printed, "peers"), "p");
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        const json_t *outer = printed;
        const char *name = key->name;
        const char *dot = strchr(name, '.');
        if (dot != NULL) {
            outer = json_object_get(printed, "listen");
            name = dot + 1;
        }
        if (key->scope != CGW_SCOPE_PEER)
            assert_non_null(json_object_get(outer, name));
        if (key->scope != CGW_SCOPE_GLOBAL)
            assert_non_null(json_object_get(peer, name));
    }
    json_decref(printed);
    loaded_release(&loaded);
}

static void a_peer_is_shown_with_its_name_first(void **state)
{
    const char *name;
    json_t *value;

    (void)state;
    struct loaded loaded = load(ARGUMENTS("--peer=main=pacs.example:104"), NOTHING);
    assert_int_equal(loaded.code, CGW_OK);
    json_t *peer = cgw_peer_to_json(cgw_config_find_peer(&loaded.config, "main"));
    assert_string_equal(json_string_value(json_object_get(peer, "name")), "main");
    assert_int_equal(json_integer_value(json_object_get(peer, "port")), 104);
    json_object_foreach(peer, name, value)
    {
        assert_string_equal(name, "name");
        break;
    }
    json_decref(peer);
    loaded_release(&loaded);
}

static void peers_are_sorted_and_found_by_their_exact_name(void **state)
{
    (void)state;
    struct loaded loaded = load(ARGUMENTS("--peer=b=h:1", "--peer=a=h:2", "--peer=B=h:3"), NOTHING);
    assert_int_equal(loaded.config.peer_count, 3);
    assert_string_equal(loaded.config.peers[0].name, "B");
    assert_string_equal(loaded.config.peers[1].name, "a");
    assert_string_equal(loaded.config.peers[2].name, "b");
    assert_int_equal(cgw_config_find_peer(&loaded.config, "B")->port, 3);
    assert_null(cgw_config_find_peer(&loaded.config, "A"));
    assert_null(cgw_config_find_peer(&loaded.config, ""));
    loaded_release(&loaded);
}

static void the_example_of_the_documentation_loads(void **state)
{
    (void)state;
    struct loaded loaded =
        load(ARGUMENTS("--config", CGW_TEST_DATA "/../docs/examples/cgetway.json"), NOTHING);
    if (loaded.code != CGW_OK)
        fail_msg("%s", loaded.err.detail);
    assert_true(loaded.config.peer_count >= 2);
    loaded_release(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_makes_the_same_configuration),
        cmocka_unit_test(the_defaults_printed_make_the_defaults),
        cmocka_unit_test(every_key_is_printed),
        cmocka_unit_test(a_peer_is_shown_with_its_name_first),
        cmocka_unit_test(peers_are_sorted_and_found_by_their_exact_name),
        cmocka_unit_test(the_example_of_the_documentation_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
