#include "support/peer_internal.h"

#include "cgetway/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_PDU = 131072 };

/* An association profile of DCMTK's (asconfig.txt). The SCU of the C-GET is the SCP of the storage classes.
 */
static bool write_profile(const struct peer *peer, const struct peer_options *options,
                          struct support_error *err)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    char *path = temp_dir_join(peer->dir, "profile.cfg");
    bool good = out != NULL && path != NULL;
    if (good) {
        (void)fputs("[[TransferSyntaxes]]\n[Syntaxes]\n", out);
        for (size_t i = 0; options->accepted_syntaxes[i] != NULL; i++)
            (void)fprintf(out, "TransferSyntax%zu = %s\n", i + 1, options->accepted_syntaxes[i]);
        (void)fputs("[[PresentationContexts]]\n[Contexts]\n", out);
        for (size_t i = 0; options->accepted_classes[i] != NULL; i++)
            (void)fprintf(out, "PresentationContext%zu = %s\\Syntaxes\n", i + 1,
                          options->accepted_classes[i]);
        (void)fputs("[[SCPSCURoleSelection]]\n[Roles]\n", out);
        for (size_t i = 0; options->accepted_classes[i] != NULL; i++)
            (void)fprintf(out, "Role%zu = %s\\SCP\n", i + 1, options->accepted_classes[i]);
        (void)fputs(
            "[[Profiles]]\n[Incoming]\nPresentationContexts = Contexts\nSCPSCURoleSelection = Roles\n", out);
        good = fclose(out) == 0 && file_write(path, text, length, err);
        out = NULL;
    }
    if (out != NULL)
        (void)fclose(out);
    free(path);
    free(text);
    return good;
}

bool dcmqrscp_launch(struct peer *peer, const struct peer_options *options, struct support_error *err)
{
    char text[1024];
    const char *const stock[] = {"dcmqrscp", "--config", "dcmqrscp.cfg", NULL};
    const char *const profiled[] = {"dcmqrscp",    "--config", "dcmqrscp.cfg", "-xf",
                                    "profile.cfg", "Incoming", "Incoming",     NULL};
    bool has_profile = options->accepted_classes != NULL;
    int length = snprintf(text, sizeof(text),
                          "NetworkTCPPort = %u\nMaxPDUSize = %zu\nMaxAssociations = 64\n"
                          "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
                          "AETable BEGIN\nDCMQRSCP %s/storage RW (1000, 65536mb) ANY\nAETable END\n",
                          peer->port, options->max_pdu == 0 ? (size_t)DEFAULT_MAX_PDU : options->max_pdu,
                          temp_dir_path(peer->dir));
    char *path = temp_dir_join(peer->dir, "dcmqrscp.cfg");
    const char **arguments = join_arguments(has_profile ? profiled : stock, options->arguments,
                                            count_arguments(options->arguments));
    if (path != NULL && arguments != NULL && file_write(path, text, (size_t)length, err) &&
        (!has_profile || write_profile(peer, options, err))) {
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
