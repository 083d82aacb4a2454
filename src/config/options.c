#include "options.h"

#include "loading.h"
#include "names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct cgw_option fixed_options[] = {
    {.name = "config",
     .kind = CGW_OPTION_CONFIG,
     .argument = "FILE",
     .prose = "Configuration file in JSON. The variable CGETWAY_CONFIG names it where this option does not."},
    {.name = "set",
     .kind = CGW_OPTION_SET,
     .argument = "KEY=VALUE",
     .prose = "Set any key, such as listen.port=8081 or peers.main.dimse-timeout=60."},
    {.name = "peer",
     .kind = CGW_OPTION_PEER,
     .argument = "NAME=HOST:PORT[,KEY=VALUE...]",
     .prose = "Add a peer, or change one: main=pacs.example:11112,called-aet=PACS."},
    {.name = "check-config",
     .kind = CGW_OPTION_CHECK,
     .prose = "Name every fault of the configuration with its place, and exit."},
    {.name = "print-config",
     .kind = CGW_OPTION_PRINT,
     .prose = "Print the configuration that is in force as a configuration file, without secrets, and exit."},
    {.name = "healthcheck",
     .kind = CGW_OPTION_HEALTH_CHECK,
     .prose =
         "Ask the gateway that runs with this configuration whether it is alive, and exit: 0 when it is, "
         "else 1 with a line on standard error that says why."},
    {.name = "help", .kind = CGW_OPTION_HELP, .also = "h", .prose = "Print this text and exit."},
    {.name = "usage", .kind = CGW_OPTION_USAGE, .prose = "Print one line of usage and exit."},
    {.name = "version", .kind = CGW_OPTION_VERSION, .prose = "Print the version and exit."},
    {.name = "quiet",
     .kind = CGW_OPTION_FIXED,
     .also = "q",
     .path = "log-level",
     .value = "quiet",
     .prose = "Same as --log-level=quiet."},
    {.name = "verbose",
     .kind = CGW_OPTION_FIXED,
     .also = "v",
     .path = "log-level",
     .value = "info",
     .prose = "Same as --log-level=info."},
    {.name = "debug",
     .kind = CGW_OPTION_FIXED,
     .also = "d",
     .path = "log-level",
     .value = "debug",
     .prose = "Same as --log-level=debug."},
    {.name = "patient",
     .kind = CGW_OPTION_FIXED,
     .also = "P",
     .path = "model",
     .value = "patient",
     .prose = "Same as --model=patient."},
    {.name = "study",
     .kind = CGW_OPTION_FIXED,
     .also = "S",
     .path = "model",
     .value = "study",
     .prose = "Same as --model=study."},
    {.name = "psonly",
     .kind = CGW_OPTION_FIXED,
     .also = "O",
     .path = "model",
     .value = "psonly",
     .prose = "Same as --model=psonly."},
};

static const struct {
    const char *key;
    const char *also;
} getscu_names[] = {
    {"calling-aet", "aet"},    {"called-aet", "aec"}, {"acse-timeout", "ta"}, {"dimse-timeout", "td"},
    {"network-timeout", "tn"}, {"max-pdu", "pdu"},    {"log-level", "ll"},    {"output-directory", "od"},
};

static const char *getscu_name(const char *key)
{
    for (size_t i = 0; i < sizeof getscu_names / sizeof getscu_names[0]; i++) {
        if (strcmp(getscu_names[i].key, key) == 0)
            return getscu_names[i].also;
    }
    return NULL;
}

static const char *argument_name(const struct cgw_key *key)
{
    switch (key->type) {
    case CGW_TYPE_DURATION:
        return "SECONDS";
    case CGW_TYPE_BYTES:
        return "BYTES";
    case CGW_TYPE_AE_TITLE:
        return "AET";
    case CGW_TYPE_HOST:
        return "ADDRESS";
    case CGW_TYPE_URL_PATH:
    case CGW_TYPE_FILE_PATH:
        return "PATH";
    case CGW_TYPE_URL:
        return "URL";
    case CGW_TYPE_OVERRIDES:
        return "NAMES";
    case CGW_TYPE_UIDS:
        return "UIDS";
    case CGW_TYPE_LOG_LEVEL:
        return "LEVEL";
    case CGW_TYPE_MODEL:
        return "MODEL";
    case CGW_TYPE_ROLE:
        return "ROLE";
    case CGW_TYPE_IDENTITY_TYPE:
        return "TYPE";
    case CGW_TYPE_LAYOUT:
        return "LAYOUT";
    case CGW_TYPE_EXISTING:
        return "WHAT";
    case CGW_TYPE_CACHE_UNIT:
        return "UNIT";
    case CGW_TYPE_ORIGINS:
        return "ORIGINS";
    case CGW_TYPE_NAME:
        return "NAME";
    case CGW_TYPE_TEXT:
        return "TEXT";
    case CGW_TYPE_BOOLEAN:
        return "BOOLEAN";
    case CGW_TYPE_DEFINED_TERM:
        return "TERM";
    default:
        return "N";
    }
}

static struct cgw_option *add(struct cgw_options *options)
{
    assert(options->count < sizeof options->items / sizeof options->items[0]);
    return &options->items[options->count++];
}

static void add_key(struct cgw_options *options, const struct cgw_key *key)
{
    struct cgw_option *option = add(options);

    *option = (struct cgw_option){.kind = CGW_OPTION_KEY,
                                  .also = getscu_name(key->name),
                                  .argument = argument_name(key),
                                  .optional = key->type == CGW_TYPE_BOOLEAN,
                                  .path = key->name,
                                  .key = key};
    cgw_option_name(key->name, option->name, sizeof option->name);
}

static void add_maximum(struct cgw_options *options, const struct cgw_key *key)
{
    struct cgw_option *option = add(options);

    *option = (struct cgw_option){
        .kind = CGW_OPTION_KEY,
        .argument = argument_name(key),
        .prose = "The most that a request may ask for by the query parameter of this name."};
    (void)snprintf(option->path_bytes, sizeof option->path_bytes, CGW_PATH_OVERRIDE_MAXIMUM "%s", key->name);
    option->path = option->path_bytes;
    cgw_option_name(option->path, option->name, sizeof option->name);
}

void cgw_options_make(struct cgw_options *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < sizeof fixed_options / sizeof fixed_options[0]; i++)
        *add(ret) = fixed_options[i];
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].scope != CGW_SCOPE_PEER)
            add_key(ret, &cgw_keys[i]);
    }
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].overridable && cgw_key_is_number(&cgw_keys[i]))
            add_maximum(ret, &cgw_keys[i]);
    }
}

const struct cgw_option *cgw_option_find(const struct cgw_options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++) {
        const struct cgw_option *option = &options->items[i];
        if (strcmp(option->name, name) == 0 || (option->also != NULL && strcmp(option->also, name) == 0))
            return option;
    }
    return NULL;
}
