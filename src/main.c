/* Arguments, configuration, start, wait for a signal, stop. */
#include "cgetway/config.h"
#include "cgetway/deadline.h"
#include "cgetway/dictionary.h"
#include "cgetway/health_check.h"
#include "cgetway/log.h"
#include "cgetway/notify.h"
#include "cgetway/server.h"
#include "cgetway/signals.h"
#include "cgetway/store.h"

#include <argp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EXIT_BAD_CONFIGURATION = 2, HEALTH_CHECK_TIMEOUT_MS = 5000, STOP_GRACE_MS = 30000 };

static void print_faults(const struct cgw_config_faults *faults, const struct cgw_error *err)
{
    for (size_t i = 0; i < faults->count; i++)
        (void)fprintf(stderr, "%s\n", faults->lines[i]);
    if (faults->count == 0)
        (void)fprintf(stderr, "cgetway: %s\n", err->detail);
}

static int print_config(const struct cgw_config *config)
{
    json_t *json = cgw_config_to_json(config);
    bool printed = json != NULL && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF &&
                   fflush(stdout) == 0;
    json_decref(json);
    return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int check(const struct cgw_config *config)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_server_check(config, &err) != CGW_OK) {
        (void)fprintf(stderr, "cgetway: %s\n", err.detail);
        return EXIT_BAD_CONFIGURATION;
    }
    (void)puts("The configuration is good.");
    return EXIT_SUCCESS;
}

static int check_health(const struct cgw_config *config)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = cgw_health_check(config, cgw_deadline_in(HEALTH_CHECK_TIMEOUT_MS), &err);
    if (code == CGW_OK) {
        (void)puts("The gateway is alive.");
        return EXIT_SUCCESS;
    }
    (void)fprintf(stderr, "cgetway: %s\n", err.detail);
    return code == CGW_E_BAD_CONFIGURATION ? EXIT_BAD_CONFIGURATION : EXIT_FAILURE;
}

/* Until no request is under way, the drain timeout is over, or a second signal comes. */
static const char *drain(struct cgw_server *server, int signal_fd, int64_t timeout_ms)
{
    struct pollfd fds[] = {{.fd = cgw_server_drain(server), .events = POLLIN},
                           {.fd = signal_fd, .events = POLLIN}};
    struct cgw_deadline deadline = {cgw_now_ms() + timeout_ms};
    while (!cgw_deadline_passed(deadline)) {
        int ready = poll(fds, 2, cgw_deadline_poll_ms(deadline));
        if (ready > 0 && fds[0].revents != 0)
            return "idle";
        if (ready > 0 && cgw_signals_read(signal_fd) != 0)
            return "second-signal";
    }
    return "drain-timeout";
}

/* The longest that the end may take, for whoever would kill us before: associations are ended, and of what
 * was being stored in a bucket it is asked what became of it, and it is taken back. */
static int64_t longest_end_ms(const struct cgw_config *config)
{
    int64_t of_bucket_ms = config->output_bucket[0] != '\0' ? 2 * config->bucket_timeout_ms : 0;
    return config->drain_timeout_ms + STOP_GRACE_MS + of_bucket_ms;
}

static int serve(const struct cgw_config *config)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_server *server = NULL;
    int signal_fd = cgw_signals_open();
    int notify_fd = cgw_notify_open();
    size_t swept = cgw_directory_sweep(config->output_directory); /* "": nothing */
    if (signal_fd < 0 || cgw_dictionary_load(&err) != CGW_OK ||
        cgw_server_start(config, signal_fd, &server, &err) != CGW_OK) {
        if (err.code == CGW_E_CANCELLED) /* told to end before it had begun */
            return EXIT_SUCCESS;
        (void)fprintf(stderr, "cgetway: %s\n", err.code != CGW_OK ? err.detail : "no descriptor for signals");
        return err.code == CGW_E_BAD_CONFIGURATION ? EXIT_BAD_CONFIGURATION : EXIT_FAILURE;
    }
    cgw_log_always("listening", json_pack("{s:s, s:i, s:s}", "address", cgw_server_address(server), "port",
                                          (int)cgw_server_port(server), "version", CGW_VERSION));
    cgw_notify_send(notify_fd, "READY=1\nSTATUS=Listening on %s port %u", cgw_server_address(server),
                    cgw_server_port(server));
    if (swept > 0) /* behind the line that tells the port, which is the first */
        cgw_log(CGW_LOG_INFO, "swept", json_pack("{s:I}", "files", (json_int_t)swept));
    cgw_signals_wait(signal_fd);
    cgw_log(CGW_LOG_INFO, "draining", NULL);
    cgw_notify_send(notify_fd, "STOPPING=1\nSTATUS=Draining\nEXTEND_TIMEOUT_USEC=%lld",
                    1000 * (long long)longest_end_ms(config));
    const char *why = drain(server, signal_fd, config->drain_timeout_ms);
    cgw_server_stop(server);
    cgw_log(CGW_LOG_INFO, "stopped", json_pack("{s:s}", "after", why));
    (void)close(signal_fd);
    if (notify_fd >= 0)
        (void)close(notify_fd);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    cgw_log_guard_standard_error();
    struct cgw_config config = {0};
    struct cgw_config_faults faults = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_config_action action = CGW_ACTION_SERVE;
    int status = EXIT_SUCCESS;
    argp_program_version = "cgetway " CGW_VERSION;
    if (cgw_config_load(argc, argv, environ, &config, &action, &faults, &err) != CGW_OK) {
        print_faults(&faults, &err);
        cgw_config_faults_release(&faults);
        return EXIT_BAD_CONFIGURATION;
    }
    cgw_log_open((enum cgw_log_level)config.log_level);
    if (action == CGW_ACTION_CHECK)
        status = check(&config);
    else if (action == CGW_ACTION_PRINT)
        status = print_config(&config);
    else if (action == CGW_ACTION_HEALTH_CHECK)
        status = check_health(&config);
    else if (action == CGW_ACTION_SERVE)
        status = serve(&config);
    cgw_config_faults_release(&faults);
    cgw_config_release(&config);
    return status;
}
