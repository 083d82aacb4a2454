#include "support/peer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_PER_COMMAND = 2000, DEFAULT_MAX_PDU = 131072 };

bool dcmqrscp_launch(struct peer *peer, const struct peer_options *options, struct support_error *err)
{
    char text[1024];
    const char *const fixed[] = {"dcmqrscp", "--config", "dcmqrscp.cfg", NULL};
    int length = snprintf(text, sizeof(text),
                          "NetworkTCPPort = %u\nMaxPDUSize = %zu\nMaxAssociations = 64\n"
                          "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
                          "AETable BEGIN\nDCMQRSCP %s/storage RW (1000, 65536mb) ANY\nAETable END\n",
                          peer->port, options->max_pdu == 0 ? (size_t)DEFAULT_MAX_PDU : options->max_pdu,
                          temp_dir_path(peer->dir));
    char *path = temp_dir_join(peer->dir, "dcmqrscp.cfg");
    const char **arguments = join_arguments(fixed, options->arguments, count_arguments(options->arguments));
    if (path != NULL && arguments != NULL && file_write(path, text, (size_t)length, err)) {
        const struct process_options start = {
            .argv = arguments,
            .environment = peer_environment(options->tcp_nodelay),
            .directory = temp_dir_path(peer->dir),
            .stdout_path = peer->log_path,
            .stderr_path = peer->log_path,
        };
        peer->process = process_start(&start, err);
    }
    free(path);
    free(arguments);
    return peer->process != NULL;
}

static bool index_files(struct peer *peer, const char *storage, const char *const *files, size_t count,
                        struct support_error *err)
{
    const char *const fixed[] = {"dcmqridx", storage, NULL};
    const char **arguments = join_arguments(fixed, files, count);
    char *log_path = temp_dir_join(peer->dir, "dcmqridx.log");
    const struct process_options run = {.argv = arguments, .stdout_path = log_path, .stderr_path = log_path};
    bool good = arguments != NULL && log_path != NULL && process_run(&run, PEER_LOAD_TIMEOUT_MS, NULL, err);
    free(arguments);
    free(log_path);
    return good;
}

bool dcmqrscp_load(struct peer *peer, const char *const *files, size_t count, struct support_error *err)
{
    char *storage = temp_dir_join(peer->dir, "storage");
    bool good = storage != NULL;
    for (size_t done = 0; good && done < count;) {
        size_t some = count - done < FILES_PER_COMMAND ? count - done : FILES_PER_COMMAND;
        good = index_files(peer, storage, files + done, some, err);
        done += some;
    }
    free(storage);
    return good;
}
