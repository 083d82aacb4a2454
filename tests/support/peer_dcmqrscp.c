#include "support/peer_internal.h"

#include "cgetway/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_PDU = 131072 };

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

bool dcmqrscp_load_begin(struct peer *peer, const char *const *files, size_t count, struct support_error *err)
{
    char *storage = temp_dir_join(peer->dir, "storage");
    char *log_path = temp_dir_join(peer->dir, "dcmqridx.log");
    const char *const fixed[] = {"dcmqridx", storage, NULL};
    const char **arguments = join_arguments(fixed, files, count);
    if (storage != NULL && log_path != NULL && arguments != NULL) {
        const struct process_options start = {
            .argv = arguments, .stdout_path = log_path, .stderr_path = log_path};
        peer->index_ms = cgw_now_ms();
        peer->indexer = process_start(&start, err);
    }
    free(arguments);
    free(log_path);
    free(storage);
    return peer->indexer != NULL;
}

bool dcmqrscp_load_end(struct peer *peer, struct support_error *err)
{
    struct process_exit end = {.exited = false};
    bool good = process_wait_exit(peer->indexer, PEER_LOAD_TIMEOUT_MS, &end, err);
    if (good && (!end.exited || end.status != 0)) {
        support_fail(err, "dcmqridx ended with status %d, signal %d", end.status, end.signal);
        good = false;
    }
    process_free(peer->indexer);
    peer->indexer = NULL;
    peer->load_ms += cgw_now_ms() - peer->index_ms;
    return good;
}
