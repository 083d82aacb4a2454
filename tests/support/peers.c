#include "support/peers.h"

#include "cgetway/deadline.h"
#include "support/peer_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const *peer_environment(bool tcp_nodelay)
{
    static const char *const with[] = {"TCP_NODELAY=1", NULL};
    static const char *const without[] = {"TCP_NODELAY", NULL};
    return tcp_nodelay ? with : without;
}

size_t count_arguments(const char *const *arguments)
{
    size_t count = 0;
    while (arguments != NULL && arguments[count] != NULL)
        count++;
    return count;
}

const char **join_arguments(const char *const *first, const char *const *more, size_t more_count)
{
    size_t first_count = count_arguments(first);
    const char **all = calloc(first_count + more_count + 1, sizeof(*all));
    if (all == NULL)
        return NULL;
    memcpy(all, first, first_count * sizeof(*all));
    if (more_count > 0)
        memcpy(all + first_count, more, more_count * sizeof(*all));
    return all;
}

static bool launch(struct peer *peer, const struct peer_options *options, struct support_error *err)
{
    process_free(peer->process);
    peer->process = NULL;
    peer->port = free_tcp_port();
    if (peer->kind == PEER_ORTHANC)
        peer->http_port = free_tcp_port();
    peer->launched_ms = cgw_now_ms();
    return peer->kind == PEER_ORTHANC ? orthanc_launch(peer, options, err)
                                      : dcmqrscp_launch(peer, options, err);
}

static struct peer *peer_new(const struct peer_options *options, struct support_error *err)
{
    bool orthanc = options->kind == PEER_ORTHANC;
    struct peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL)
        return NULL;
    peer->kind = options->kind;
    peer->dir = temp_dir_new(orthanc ? "orthanc" : "dcmqrscp", err);
    peer->log_path = peer->dir == NULL ? NULL : temp_dir_join(peer->dir, "log");
    char *storage = peer->dir == NULL ? NULL : temp_dir_mkdir(peer->dir, "storage", err);
    bool good = peer->log_path != NULL && storage != NULL;
    free(storage);
    good = good && launch(peer, options, err);
    if (good && peer->kind == PEER_DCMQRSCP && options->file_count > 0)
        good = dcmqrscp_load_begin(peer, options->files, options->file_count, err);
    if (!good) {
        peer_free(peer);
        return NULL;
    }
    return peer;
}

static bool wait_ready(struct peer *peer, struct support_error *err)
{
    if (!process_wait_listening(peer->process, peer->port, PEER_START_TIMEOUT_MS, err))
        return false;
    if (peer->http_port != 0 &&
        !process_wait_listening(peer->process, peer->http_port, PEER_START_TIMEOUT_MS, err))
        return false;
    peer->start_ms = cgw_now_ms() - peer->launched_ms;
    return true;
}

static bool finish_start(struct peer *peer, const struct peer_options *options, struct support_error *err)
{
    struct support_error attempt_err = {.text = ""};
    bool ready = wait_ready(peer, &attempt_err);
    for (int attempt = 1; !ready && attempt < PEER_ATTEMPTS; attempt++) {
        attempt_err.text[0] = '\0';
        ready = launch(peer, options, &attempt_err) && wait_ready(peer, &attempt_err);
    }
    if (!ready) {
        size_t length = 0;
        char *log = (char *)file_read(peer->log_path, &length, NULL);
        support_fail(err, "%s; log: %s", attempt_err.text,
                     log == NULL ? "" : log + (length > 600 ? length - 600 : 0));
        free(log);
        return false;
    }
    if (peer->kind == PEER_ORTHANC && options->file_count > 0)
        return peer_load(peer, options->files, options->file_count, err);
    return true;
}

bool peers_start(const struct peer_options *options, size_t count, struct peer **ret_peers,
                 struct support_error *err)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        ret_peers[i] = good ? peer_new(&options[i], err) : NULL;
        good = good && ret_peers[i] != NULL;
    }
    for (size_t i = 0; good && i < count; i++)
        good = finish_start(ret_peers[i], &options[i], err);
    for (size_t i = 0; good && i < count; i++)
        good = ret_peers[i]->indexer == NULL || dcmqrscp_load_end(ret_peers[i], err);
    for (size_t i = 0; !good && i < count; i++) {
        peer_free(ret_peers[i]);
        ret_peers[i] = NULL;
    }
    return good;
}

struct peer *peer_start(const struct peer_options *options, struct support_error *err)
{
    struct peer *peer = NULL;
    return peers_start(options, 1, &peer, err) ? peer : NULL;
}

void peer_free(struct peer *peer)
{
    if (peer == NULL)
        return;
    if (peer->process != NULL)
        (void)process_stop(peer->process, PEER_STOP_GRACE_MS, NULL);
    process_free(peer->process);
    process_free(peer->indexer);
    temp_dir_free(peer->dir);
    free(peer->log_path);
    free(peer);
}

bool peer_load(struct peer *peer, const char *const *files, size_t file_count, struct support_error *err)
{
    if (peer->kind == PEER_DCMQRSCP)
        return dcmqrscp_load_begin(peer, files, file_count, err) && dcmqrscp_load_end(peer, err);
    int64_t from_ms = cgw_now_ms();
    bool good = orthanc_load(peer, files, file_count, err);
    peer->load_ms += cgw_now_ms() - from_ms;
    return good;
}

bool peer_lose_instance(struct peer *peer, const char *path, const char *sop_instance,
                        struct support_error *err)
{
    if (peer->kind == PEER_ORTHANC)
        return orthanc_lose_instance(peer, sop_instance, err);
    bool good = unlink(path) == 0;
    if (!good)
        support_fail(err, "%s: %s", path, strerror(errno));
    return good;
}

uint16_t peer_port(const struct peer *peer)
{
    return peer->port;
}

uint16_t peer_http_port(const struct peer *peer)
{
    return peer->http_port;
}

const char *peer_ae_title(const struct peer *peer)
{
    return peer->kind == PEER_ORTHANC ? "ORTHANC" : "DCMQRSCP";
}

struct process *peer_process(const struct peer *peer)
{
    return peer->process;
}

const char *peer_log_path(const struct peer *peer)
{
    return peer->log_path;
}

int64_t peer_start_ms(const struct peer *peer)
{
    return peer->start_ms;
}

int64_t peer_load_ms(const struct peer *peer)
{
    return peer->load_ms;
}
