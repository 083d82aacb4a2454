/*
 * Debian's own peers, each in a temporary directory on a free port of 127.0.0.1: dcmqrscp (AE title DCMQRSCP,
 * loaded by dcmqridx) and orthanc (AE title ORTHANC, loaded over HTTP), with the settings of docs/dicom.md
 * and without TCP_NODELAY in their environment. Call from the test's main thread.
 */
#ifndef CGETWAY_TESTS_PEERS_H
#define CGETWAY_TESTS_PEERS_H

#include "support/process.h"
#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_kind { PEER_DCMQRSCP, PEER_ORTHANC };

struct peer_options {
    enum peer_kind kind;
    const char *const *files; /* Part 10 files to load; dcmqrscp serves them from where they are: keep them */
    size_t file_count;
    const char *const *arguments; /* more command line arguments, NULL-terminated; NULL: none */
    const char *configuration;    /* orthanc: members to set, as a JSON object; NULL: none */
    /* dcmqrscp: instead of what it accepts by itself, these storage classes, each in these transfer syntaxes,
     * the first that is offered in each presentation context; NULL-terminated. NULL: as it is. */
    const char *const *accepted_classes;
    const char *const *accepted_syntaxes;
    size_t max_pdu;   /* 0: 131072 for dcmqrscp, orthanc's default for orthanc */
    bool tcp_nodelay; /* TCP_NODELAY=1 in its environment: not what users' peers have */
};

struct peer; /* opaque */

struct peer *peer_start(const struct peer_options *options, struct support_error *err);
/* Starts all at once, then waits for all. On failure none is left and ret_peers holds NULLs. */
bool peers_start(const struct peer_options *options, size_t count, struct peer **ret_peers,
                 struct support_error *err);
/* Stops and removes everything of it. Takes NULL. */
void peer_free(struct peer *peer);

uint16_t peer_port(const struct peer *peer);      /* DICOM, on 127.0.0.1 */
uint16_t peer_http_port(const struct peer *peer); /* orthanc only; else 0 */
const char *peer_ae_title(const struct peer *peer);
struct process *peer_process(const struct peer *peer); /* borrowed */
const char *peer_log_path(const struct peer *peer);    /* borrowed */
int64_t peer_start_ms(const struct peer *peer);        /* how long it took to start */
int64_t peer_load_ms(const struct peer *peer);         /* how long it took to load the files */

/* Loads more files into a running peer. */
bool peer_load(struct peer *peer, const char *const *files, size_t file_count, struct support_error *err);

/* Removes the stored file of an instance behind the peer's back: it still names the instance, and cannot send
 * it. Of dcmqrscp that is the file it was loaded from. Orthanc must have been started without its cache
 * ("MaximumStorageCacheSize": 0). False when there was no such file. */
bool peer_lose_instance(struct peer *peer, const char *path, const char *sop_instance,
                        struct support_error *err);

/* Debian's getscu, for comparison. */
struct getscu_options {
    uint16_t port;
    const char *called_ae;
    const char *const *keys; /* "StudyInstanceUID=1.2.3", NULL-terminated; the level is one of them */
    const char *const
        *arguments; /* more arguments, NULL-terminated; NULL: Study Root, --bit-preserving, -pdu 131072 */
    const char *output_directory; /* existing */
    const char *log_path;         /* NULL: /dev/null */
    bool tcp_nodelay;             /* for speed: about half the stalls go */
    int64_t timeout_ms;           /* 0: 60 s */
};
/* True when getscu exited with 0 in time. Mind that it does so for incomplete sets too: count the files. */
bool getscu_run(const struct getscu_options *options, struct process_exit *ret_exit,
                struct support_error *err);

#endif
