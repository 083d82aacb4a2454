#include "support/gateway.h"

#include "support/temp_dir.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CGW_BINARY
#define CGW_BINARY ""
#endif

enum { START_TIMEOUT_MS = 20000, MAX_ARGUMENTS = 64, URL_BYTES = 128 };

struct gateway {
    struct temp_dir *dir;
    char *configuration_path;
    char *log_path;
    char *output_path; /* standard output */
    struct process *process;
    char url[URL_BYTES];
    uint16_t port;
};

char *gateway_configuration(const char *peer_name, uint16_t peer_port, const char *called_ae,
                            const char *more_members)
{
    char *text = NULL;
    int length = asprintf(&text,
                          "{\"listen\": {\"address\": \"127.0.0.1\", \"port\": 0}, \"peers\": {\"%s\": "
                          "{\"host\": \"127.0.0.1\", \"port\": %u, \"called-aet\": \"%s\"}}%s%s}",
                          peer_name, peer_port, called_ae, more_members == NULL ? "" : ", ",
                          more_members == NULL ? "" : more_members);
    return length < 0 ? NULL : text;
}

/* Text that is no JSON object is written as it is: a test may want to start with it. */
static char *with_free_port(const char *configuration)
{
    json_t *json = json_loads(configuration, 0, NULL);
    if (!json_is_object(json)) {
        json_decref(json);
        return strdup(configuration);
    }
    json_t *listen = json_object_get(json, "listen");
    if (listen == NULL && json_object_set_new(json, "listen", json_object()) == 0)
        listen = json_object_get(json, "listen");
    if (json_is_object(listen) && json_object_get(listen, "address") == NULL)
        (void)json_object_set_new(listen, "address", json_string("127.0.0.1"));
    if (json_is_object(listen) && json_object_get(listen, "port") == NULL)
        (void)json_object_set_new(listen, "port", json_integer(0));
    char *text = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    return text;
}

static bool write_configuration(struct gateway *gateway, const char *configuration, struct support_error *err)
{
    gateway->dir = temp_dir_new("gateway", err);
    if (gateway->dir == NULL)
        return false;
    gateway->configuration_path = temp_dir_join(gateway->dir, "cgetway.json");
    gateway->log_path = temp_dir_join(gateway->dir, "log");
    gateway->output_path = temp_dir_join(gateway->dir, "output");
    char *text = with_free_port(configuration == NULL ? "{}" : configuration);
    bool good = gateway->configuration_path != NULL && gateway->log_path != NULL &&
                gateway->output_path != NULL && text != NULL &&
                file_write(gateway->configuration_path, text, strlen(text), err);
    free(text);
    return good;
}

static size_t add_all(const char **arguments, size_t count, const char *const *more)
{
    while (more != NULL && *more != NULL && count < MAX_ARGUMENTS)
        arguments[count++] = *more++;
    return count;
}

static bool launch(struct gateway *gateway, const struct gateway_options *options, struct support_error *err)
{
    const char *binary = getenv("CGW_BINARY");
    if (binary == NULL)
        binary = CGW_BINARY;
    if (binary[0] == '\0') {
        support_fail(err, "built without the target cgetway, and CGW_BINARY is not set");
        return false;
    }
    const char *arguments[MAX_ARGUMENTS + 4] = {NULL};
    size_t count = add_all(arguments, 0, options->wrapper);
    arguments[count++] = binary;
    arguments[count++] = "--config";
    arguments[count++] = gateway->configuration_path;
    (void)add_all(arguments, count, options->arguments);
    const struct process_options start = {
        .argv = arguments,
        .environment = options->environment,
        .directory = temp_dir_path(gateway->dir),
        .stdout_path = gateway->output_path,
        .stderr_path = gateway->log_path,
    };
    gateway->process = process_start(&start, err);
    return gateway->process != NULL;
}

static bool read_address(struct gateway *gateway, const char *line, struct support_error *err)
{
    const char *event = NULL;
    const char *address = NULL;
    int port = 0;
    json_t *json = json_loads(line, 0, NULL);
    bool good = json_unpack(json, "{ss ss si}", "event", &event, "address", &address, "port", &port) == 0 &&
                strcmp(event, "listening") == 0 && port > 0 && port <= UINT16_MAX;
    if (good) {
        bool ipv6 = strchr(address, ':') != NULL;
        const char *host = strcmp(address, "0.0.0.0") == 0 ? "127.0.0.1"
                           : strcmp(address, "::") == 0    ? "::1"
                                                           : address;
        gateway->port = (uint16_t)port;
        (void)snprintf(gateway->url, sizeof(gateway->url), ipv6 ? "http://[%s]:%d" : "http://%s:%d", host,
                       port);
    } else {
        support_fail(err, "not the line of a listening gateway: %s", line);
    }
    json_decref(json);
    return good;
}

struct gateway *gateway_start_with(const struct gateway_options *options, struct support_error *err)
{
    int64_t timeout_ms = options->start_timeout_ms == 0 ? START_TIMEOUT_MS : options->start_timeout_ms;
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    char *line = NULL;
    struct support_error wait_err = {.text = ""};
    if (gateway == NULL)
        return NULL;
    bool good = write_configuration(gateway, options->configuration, err) && launch(gateway, options, err);
    if (good && !process_wait_line(gateway->process, gateway->log_path, "\"listening\"", timeout_ms, &line,
                                   &wait_err)) {
        size_t length = 0;
        char *log = (char *)file_read(gateway->log_path, &length, NULL);
        support_fail(err, "%.200s; log: %.700s", wait_err.text, log == NULL ? "" : log);
        free(log);
        good = false;
    }
    good = good && read_address(gateway, line, err);
    free(line);
    if (!good) {
        gateway_free(gateway);
        return NULL;
    }
    return gateway;
}

struct gateway *gateway_start(const char *configuration, struct support_error *err)
{
    const struct gateway_options options = {.configuration = configuration};
    return gateway_start_with(&options, err);
}

const char *gateway_url(const struct gateway *gateway)
{
    return gateway->url;
}

char *gateway_url_of(const struct gateway *gateway, const char *format, ...)
{
    char *path = NULL;
    char *url = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&path, format, arguments) < 0)
        path = NULL;
    va_end(arguments);
    if (path != NULL && asprintf(&url, "%s%s", gateway->url, path) < 0)
        url = NULL;
    free(path);
    return url;
}

uint16_t gateway_port(const struct gateway *gateway)
{
    return gateway->port;
}

struct process *gateway_process(const struct gateway *gateway)
{
    return gateway->process;
}

const char *gateway_directory(const struct gateway *gateway)
{
    return temp_dir_path(gateway->dir);
}

const char *gateway_log_path(const struct gateway *gateway)
{
    return gateway->log_path;
}

json_t *gateway_log(const struct gateway *gateway)
{
    size_t length = 0;
    char *text = (char *)file_read(gateway->log_path, &length, NULL);
    json_t *lines = json_array();
    char *end;
    for (char *line = text; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        json_t *json = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(json)) {
            json_decref(json);
            *end = '\0';
            json = json_string(line);
        }
        (void)json_array_append_new(lines, json);
    }
    free(text);
    return lines;
}

bool gateway_wait_log(struct gateway *gateway, const char *text, int64_t timeout_ms, char **ret_line,
                      struct support_error *err)
{
    return process_wait_line(gateway->process, gateway->log_path, text, timeout_ms, ret_line, err);
}

bool gateway_stop(struct gateway *gateway, int64_t timeout_ms, struct support_error *err)
{
    struct process_exit end = {.exited = false};
    (void)process_stop(gateway->process, timeout_ms, &end);
    bool good = end.exited && end.status == 0 && !end.killed;
    if (!good)
        support_fail(err, "the gateway ended with status %d, signal %d%s", end.status, end.signal,
                     end.killed ? ": it did not end in time" : "");
    json_t *lines = gateway_log(gateway);
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line)
    {
        if (json_is_string(line)) {
            support_fail(err, "not a JSON line in the log: %.500s", json_string_value(line));
            good = false;
        }
    }
    json_decref(lines);
    return good;
}

void gateway_free(struct gateway *gateway)
{
    if (gateway == NULL)
        return;
    process_free(gateway->process);
    temp_dir_free(gateway->dir);
    free(gateway->configuration_path);
    free(gateway->log_path);
    free(gateway->output_path);
    free(gateway);
}
