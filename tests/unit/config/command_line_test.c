#include "loaded.h"
#include "unit/cmocka_all.h"

#include "config/names.h"
#include "config/options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct captured {
    struct loaded loaded;
    char text[64 * 1024];
};

/* Loads with standard output in a file. */
static void capture(const char *const *arguments, struct captured *ret)
{
    FILE *file = tmpfile();
    int standard_output = dup(STDOUT_FILENO);

    assert_non_null(file);
    (void)fflush(stdout);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    ret->loaded = load(arguments, NOTHING);
    assert_true(dup2(standard_output, STDOUT_FILENO) >= 0);
    (void)close(standard_output);
    rewind(file);
    ret->text[fread(ret->text, 1, sizeof ret->text - 1, file)] = '\0';
    (void)fclose(file);
}

static void help_names_every_key_of_the_top_level_with_its_option(void **state)
{
    static struct captured captured;

    (void)state;
    capture(ARGUMENTS("--help"), &captured);
    assert_int_equal(captured.loaded.code, CGW_OK);
    assert_int_equal(captured.loaded.action, CGW_ACTION_EXIT);
    for (size_t i = 0; i < cgw_key_count; i++) {
        char name[CGW_KEY_NAME_BYTES];
        char option[CGW_KEY_NAME_BYTES + 4];
        cgw_option_name(cgw_keys[i].name, name, sizeof name);
        (void)snprintf(option, sizeof option, "--%s", name);
        if (cgw_keys[i].scope != CGW_SCOPE_PEER && strstr(captured.text, option) == NULL)
            fail_msg("%s is not in the help", option);
    }
    assert_non_null(strstr(captured.text, "-aet, --calling-aet AET"));
    assert_non_null(strstr(captured.text, "--override-maximum-dimse-timeout SECONDS"));
    for (const char *line = captured.text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 110);
    loaded_release(&captured.loaded);
}

static void version_is_what_main_says(void **state)
{
    static struct captured captured;

    (void)state;
    argp_program_version = "cgetway 9.8.7";
    capture(ARGUMENTS("--version"), &captured);
    assert_int_equal(captured.loaded.action, CGW_ACTION_EXIT);
    assert_string_equal(captured.text, "cgetway 9.8.7\n");
    loaded_release(&captured.loaded);
}

static void usage_is_one_line(void **state)
{
    static struct captured captured;

    (void)state;
    capture(ARGUMENTS("--usage"), &captured);
    assert_int_equal(captured.loaded.action, CGW_ACTION_EXIT);
    assert_ptr_equal(strchr(captured.text, '\n'), captured.text + strlen(captured.text) - 1);
    loaded_release(&captured.loaded);
}

static void help_wins_over_faults_before_it(void **state)
{
    static struct captured captured;

    (void)state;
    capture(ARGUMENTS("--listen-port=x", "--nonsense", "--help"), &captured);
    assert_int_equal(captured.loaded.code, CGW_OK);
    assert_int_equal(captured.loaded.action, CGW_ACTION_EXIT);
    loaded_release(&captured.loaded);
}

static void check_and_print_are_told_to_main(void **state)
{
    (void)state;
    struct loaded serve = load(NOTHING, NOTHING);
    struct loaded check = load(ARGUMENTS("--check-config"), NOTHING);
    struct loaded print = load(ARGUMENTS("--print-config"), NOTHING);
    struct loaded fault = load(ARGUMENTS("--check-config", "--listen-port=x"), NOTHING);
    assert_int_equal(serve.action, CGW_ACTION_SERVE);
    assert_int_equal(check.action, CGW_ACTION_CHECK);
    assert_int_equal(print.action, CGW_ACTION_PRINT);
    assert_int_equal(fault.action, CGW_ACTION_CHECK);
    assert_int_equal(fault.code, CGW_E_BAD_CONFIGURATION);
    assert_string_equal(fault.err.detail, "--listen-port: \"x\" is not a number");
    loaded_release(&serve);
    loaded_release(&check);
    loaded_release(&print);
    loaded_release(&fault);
}

static void the_options_of_getscu_set_the_defaults_of_peers(void **state)
{
    (void)state;
    struct loaded loaded =
        load(ARGUMENTS("-aet", "ME", "-aec", "YOU", "-ta", "1", "-td", "2.5", "-tn", "3", "-pdu", "16382",
                       "-S", "-ll", "error", "--relational-retrieval", "--enhanced-conversion=yes"),
             NOTHING);
    const struct cgw_peer *peer = &loaded.config.peer_defaults;
    if (loaded.code != CGW_OK)
        fail_msg("%s", loaded.err.detail);
    assert_string_equal(peer->calling_aet, "ME");
    assert_string_equal(peer->called_aet, "YOU");
    assert_int_equal(peer->acse_timeout_ms, 1000);
    assert_int_equal(peer->dimse_timeout_ms, 2500);
    assert_int_equal(peer->network_timeout_ms, 3000);
    assert_int_equal(peer->max_pdu, 16382);
    assert_int_equal(peer->model, CGW_MODEL_STUDY);
    assert_true(peer->relational_retrieval && peer->enhanced_conversion);
    assert_int_equal(loaded.config.log_level, CGW_LOG_ERROR);
    loaded_release(&loaded);
}

static void the_short_options_of_getscu_are_its_own(void **state)
{
    static const struct {
        const char *option;
        int64_t level;
        int64_t model;
    } cases[] = {
        {"-q", CGW_LOG_QUIET, CGW_MODEL_AUTO},
        {"--quiet", CGW_LOG_QUIET, CGW_MODEL_AUTO},
        {"-v", CGW_LOG_INFO, CGW_MODEL_AUTO},
        {"--verbose", CGW_LOG_INFO, CGW_MODEL_AUTO},
        {"-d", CGW_LOG_DEBUG, CGW_MODEL_AUTO},
        {"--debug", CGW_LOG_DEBUG, CGW_MODEL_AUTO},
        {"-P", CGW_LOG_INFO, CGW_MODEL_PATIENT},
        {"--patient", CGW_LOG_INFO, CGW_MODEL_PATIENT},
        {"-S", CGW_LOG_INFO, CGW_MODEL_STUDY},
        {"--study", CGW_LOG_INFO, CGW_MODEL_STUDY},
        {"-O", CGW_LOG_INFO, CGW_MODEL_PSONLY},
        {"--psonly", CGW_LOG_INFO, CGW_MODEL_PSONLY},
        {"-ll=warning", CGW_LOG_WARNING, CGW_MODEL_AUTO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loaded loaded = load(ARGUMENTS(cases[i].option), NOTHING);
        if (loaded.code != CGW_OK || loaded.config.log_level != cases[i].level ||
            loaded.config.peer_defaults.model != cases[i].model)
            fail_msg("%s", cases[i].option);
        loaded_release(&loaded);
    }
}

static void neither_the_order_nor_the_text_of_argv_changes(void **state)
{
    char peer[] = "--peer=b=host:104,model=study";
    char *argv[] = {(char[]){"cgetway"}, (char[]){"stray"}, peer, (char[]){"--listen-port=0"}, NULL};
    char *before[] = {argv[0], argv[1], argv[2], argv[3], NULL};
    char *environment[] = {NULL};
    struct loaded loaded = {.err = CGW_ERROR_INIT};

    (void)state;
    (void)cgw_config_load(4, argv, environment, &loaded.config, &loaded.action, &loaded.faults, &loaded.err);
    assert_memory_equal(argv, before, sizeof before);
    assert_string_equal(peer, "--peer=b=host:104,model=study");
    loaded_release(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_names_every_key_of_the_top_level_with_its_option),
        cmocka_unit_test(version_is_what_main_says),
        cmocka_unit_test(usage_is_one_line),
        cmocka_unit_test(help_wins_over_faults_before_it),
        cmocka_unit_test(check_and_print_are_told_to_main),
        cmocka_unit_test(the_options_of_getscu_set_the_defaults_of_peers),
        cmocka_unit_test(the_short_options_of_getscu_are_its_own),
        cmocka_unit_test(neither_the_order_nor_the_text_of_argv_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
