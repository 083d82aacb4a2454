#include "sources.h"

#include "options.h"

#include "cgetway/cleanup.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Above every character, so that argp knows only long options: getscu's -aet must never be read as -a -e -t.
 */
enum { FIRST_KEY = 1024 };

struct reading {
    struct cgw_loading *loading;
    struct cgw_arguments *arguments;
    struct cgw_options *options;
    int stopped_at; /* index in argv of what argp did not take; 0: nothing */
};

/* Takes place and path, which may be NULL where memory is out. */
static void keep(struct reading *reading, char *place, char *path, const char *text)
{
    struct cgw_arguments *arguments = reading->arguments;
    char *copy = strdup(text);
    struct cgw_argument *items = realloc(arguments->items, (arguments->count + 1) * sizeof *items);

    if (items != NULL)
        arguments->items = items;
    if (items == NULL || place == NULL || path == NULL || copy == NULL) {
        reading->loading->out_of_memory = true;
        free(place);
        free(path);
        free(copy);
        return;
    }
    items[arguments->count++] = (struct cgw_argument){.place = place, .path = path, .text = copy};
}

static char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text_of(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

static void read_set(struct reading *reading, const char *argument)
{
    char quoted[CGW_QUOTED_BYTES];
    const char *equals = strchr(argument, '=');

    if (equals == NULL || equals == argument) {
        cgw_loading_fault(reading->loading, "--set", "%s is not KEY=VALUE", cgw_quoted(argument, quoted));
        return;
    }
    int length = (int)(equals - argument);
    keep(reading, text_of("--set %.*s", length, argument), text_of("%.*s", length, argument), equals + 1);
}

/* NAME=HOST:PORT; HOST may be an IPv6 address in brackets. */
static bool read_peer_address(struct reading *reading, const char *place, const char *name, char *address)
{
    char quoted[CGW_QUOTED_BYTES];
    char *colon = strrchr(address, ':');
    size_t length = strlen(address);

    if (length == 0)
        return true;
    if (colon == NULL || (address[0] != '[' && strchr(address, ':') != colon) ||
        (address[0] == '[' && colon[-1] != ']')) {
        cgw_loading_fault(reading->loading, place, "%s is not HOST:PORT (IPv6: [ADDRESS]:PORT)",
                          cgw_quoted(address, quoted));
        return false;
    }
    *colon = '\0';
    if (address[0] == '[') {
        colon[-1] = '\0';
        address++;
    }
    keep(reading, text_of("%s", place), text_of(CGW_PATH_PEERS "%s.host", name), address);
    keep(reading, text_of("%s", place), text_of(CGW_PATH_PEERS "%s.port", name), colon + 1);
    return true;
}

static void read_peer(struct reading *reading, const char *argument)
{
    char quoted[CGW_QUOTED_BYTES];
    CGW_AUTO_FREE char *name = strdup(argument);

    if (name == NULL) {
        reading->loading->out_of_memory = true;
        return;
    }
    char *rest = strchr(name, '=');
    if (rest == NULL || rest == name) {
        cgw_loading_fault(reading->loading, "--peer", "%s is not NAME=HOST:PORT[,KEY=VALUE...]",
                          cgw_quoted(argument, quoted));
        return;
    }
    *rest++ = '\0';
    CGW_AUTO_FREE char *place = text_of("--peer %s", name);
    if (place == NULL) {
        reading->loading->out_of_memory = true;
        return;
    }
    bool fine = read_peer_address(reading, place, name, strsep(&rest, ","));
    for (char *item; fine && (item = strsep(&rest, ",")) != NULL;) {
        char *equals = strchr(item, '=');
        if (equals == NULL) {
            cgw_loading_fault(reading->loading, place, "%s is not KEY=VALUE", cgw_quoted(item, quoted));
            continue;
        }
        *equals = '\0';
        keep(reading, text_of("%s: %s", place, item), text_of(CGW_PATH_PEERS "%s.%s", name, item),
             equals + 1);
    }
}

static void read_option(struct reading *reading, const struct cgw_option *option, const char *argument)
{
    struct cgw_arguments *arguments = reading->arguments;

    switch (option->kind) {
    case CGW_OPTION_KEY:
        keep(reading, text_of("--%s", option->name), strdup(option->path),
             argument != NULL ? argument : "true");
        break;
    case CGW_OPTION_FIXED:
        keep(reading, text_of("--%s", option->name), strdup(option->path), option->value);
        break;
    case CGW_OPTION_CONFIG:
        if (*argument == '\0')
            cgw_loading_fault(reading->loading, "--config", "needs a value");
        else
            arguments->config = argument;
        break;
    case CGW_OPTION_SET:
        read_set(reading, argument);
        break;
    case CGW_OPTION_PEER:
        read_peer(reading, argument);
        break;
    case CGW_OPTION_CHECK:
        arguments->action = CGW_ACTION_CHECK;
        break;
    case CGW_OPTION_PRINT:
        arguments->action = CGW_ACTION_PRINT;
        break;
    case CGW_OPTION_HEALTH_CHECK:
        arguments->action = CGW_ACTION_HEALTH_CHECK;
        break;
    default:
        arguments->action = CGW_ACTION_EXIT;
        break;
    }
}

static void print_and_exit(struct reading *reading, const struct cgw_option *option)
{
    if (option->kind == CGW_OPTION_VERSION) {
        (void)puts(argp_program_version != NULL ? argp_program_version : "cgetway");
    } else if (option->kind == CGW_OPTION_USAGE) {
        (void)puts("Usage: cgetway [--config FILE] [OPTION...]  (--help lists the options)");
    } else {
        CGW_AUTO_FREE char *help = cgw_options_help(reading->options);
        if (help == NULL)
            reading->loading->out_of_memory = true;
        else
            (void)fputs(help, stdout);
    }
    (void)fflush(stdout);
    reading->arguments->action = CGW_ACTION_EXIT;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct reading *reading = state->input;
    char quoted[CGW_QUOTED_BYTES];

    if (key >= FIRST_KEY && (size_t)(key - FIRST_KEY) < reading->options->count) {
        const struct cgw_option *option = &reading->options->items[key - FIRST_KEY];
        if (reading->arguments->action == CGW_ACTION_EXIT)
            return 0;
        if (option->kind == CGW_OPTION_HELP || option->kind == CGW_OPTION_USAGE ||
            option->kind == CGW_OPTION_VERSION)
            print_and_exit(reading, option);
        else
            read_option(reading, option, argument);
        return 0;
    }
    if (key == ARGP_KEY_ARG) {
        cgw_loading_fault(reading->loading, "command line", "unexpected argument %s",
                          cgw_quoted(argument, quoted));
        return 0;
    }
    if (key == ARGP_KEY_ERROR)
        reading->stopped_at = state->next - 1;
    return ARGP_ERR_UNKNOWN;
}

static void refuse_option(struct reading *reading, const char *argument)
{
    char quoted[CGW_QUOTED_BYTES];
    char name[CGW_KEY_NAME_BYTES];
    char place[CGW_KEY_NAME_BYTES + 4];
    size_t dashes = strspn(argument, "-");
    size_t length = strcspn(argument + dashes, "=");
    struct cgw_nearest nearest = {.typed = name};
    unsigned prefixed = 0;

    (void)snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
                   argument + dashes);
    (void)snprintf(place, sizeof place, "--%s", name);
    const struct cgw_option *option = cgw_option_find(reading->options, name);
    for (size_t i = 0; i < reading->options->count; i++) {
        const char *candidate = reading->options->items[i].name;
        prefixed += strncmp(candidate, name, strlen(name)) == 0 ? 1 : 0;
        cgw_nearest_offer(&nearest, candidate);
    }
    if (option != NULL)
        cgw_loading_fault(reading->loading, place, "%s",
                          option->argument != NULL ? "needs a value" : "takes no value");
    else if (prefixed > 1)
        cgw_loading_fault(reading->loading, "command line", "%s is short for %u options",
                          cgw_quoted(argument, quoted), prefixed);
    else if (nearest.best != NULL)
        cgw_loading_fault(reading->loading, "command line", "unknown option %s; did you mean --%s?",
                          cgw_quoted(argument, quoted), nearest.best);
    else
        cgw_loading_fault(reading->loading, "command line", "unknown option %s",
                          cgw_quoted(argument, quoted));
}

static void make_argp_options(const struct cgw_options *options, struct argp_option *ret)
{
    for (size_t i = 0; i < options->count; i++) {
        const struct cgw_option *option = &options->items[i];
        *ret++ = (struct argp_option){.name = option->name,
                                      .key = FIRST_KEY + (int)i,
                                      .arg = option->argument,
                                      .flags = option->optional ? OPTION_ARG_OPTIONAL : 0};
        if (option->also != NULL)
            *ret++ = (struct argp_option){.name = option->also, .flags = OPTION_ALIAS};
    }
    *ret = (struct argp_option){0};
}

/* argp stops at the first argument that it does not understand; the rest of the line is read all the same. */
void cgw_arguments_read(struct cgw_loading *loading, int argc, char **argv, struct cgw_arguments *ret)
{
    const unsigned flags = ARGP_LONG_ONLY | ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT | ARGP_IN_ORDER;
    struct cgw_options options;
    struct argp_option argp_options[2 * (sizeof options.items / sizeof options.items[0]) + 1];
    const struct argp argp = {.options = argp_options, .parser = parse_option};
    struct reading reading = {.loading = loading, .arguments = ret, .options = &options};

    *ret = (struct cgw_arguments){.action = CGW_ACTION_SERVE};
    cgw_options_make(&options);
    make_argp_options(&options, argp_options);
    while (argc > 1 && ret->action != CGW_ACTION_EXIT) {
        reading.stopped_at = 0;
        error_t failure = argp_parse(&argp, argc, argv, flags, NULL, &reading);
        if (failure == ENOMEM)
            loading->out_of_memory = true;
        if (failure == 0 || failure == ENOMEM)
            return;
        int at = reading.stopped_at > 0 ? reading.stopped_at : 1;
        refuse_option(&reading, argv[at]);
        if (at + 1 < argc && argv[at + 1][0] != '-')
            at++; /* most likely its value */
        argc -= at;
        argv += at;
    }
}

void cgw_arguments_apply(struct cgw_loading *loading, const struct cgw_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        cgw_loading_set(loading, arguments->items[i].place, arguments->items[i].path,
                        arguments->items[i].text);
}

void cgw_arguments_release(struct cgw_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++) {
        free(arguments->items[i].place);
        free(arguments->items[i].path);
        free(arguments->items[i].text);
    }
    free(arguments->items);
    *arguments = (struct cgw_arguments){0};
}
