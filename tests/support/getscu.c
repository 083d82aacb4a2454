#include "support/peer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool getscu_run(const struct getscu_options *options, struct process_exit *ret_exit,
                struct support_error *err)
{
    char port[16];
    static const char *const usual[] = {"--study", "--bit-preserving", "-pdu", "131072", NULL};
    const char *const *chosen = options->arguments == NULL ? usual : options->arguments;
    const char *const fixed[] = {
        "getscu",         "-aec", options->called_ae, "-od", options->output_directory,
        "--acse-timeout", "10",   "--timeout",        "10",  NULL};
    size_t key_count = count_arguments(options->keys);
    const char **tail = calloc(2 * key_count + 3, sizeof(*tail));
    const char **most = join_arguments(fixed, chosen, count_arguments(chosen));
    if (tail == NULL || most == NULL) {
        free(tail);
        free(most);
        return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < key_count; i++) {
        tail[used++] = "-k";
        tail[used++] = options->keys[i];
    }
    (void)snprintf(port, sizeof(port), "%u", options->port);
    tail[used++] = "127.0.0.1";
    tail[used++] = port;
    const char **arguments = join_arguments(most, tail, used);
    const struct process_options run = {
        .argv = arguments,
        .environment = peer_environment(options->tcp_nodelay),
        .stdout_path = options->log_path,
        .stderr_path = options->log_path,
    };
    int64_t timeout_ms = options->timeout_ms == 0 ? 60000 : options->timeout_ms;
    bool good = arguments != NULL && process_run(&run, timeout_ms, ret_exit, err);
    free(arguments);
    free(most);
    free(tail);
    return good;
}
