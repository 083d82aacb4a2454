/* Many small instances from a stock peer: the 40 ms that each one costs other clients. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CURL_TIMEOUT_MS = 600000,
    GETSCU_TIMEOUT_MS = 900000,
    MAX_REPEAT = 1024,
    DEFAULT_REPEAT = 5,
    PIXEL_BYTES = 8 * 1024
};

static const char about[] =
    "2,000 instances of about 9 KB from a stock orthanc: the whole HTTP answer by curl against\n"
    "Debian's getscu --ignore, as it is and with TCP_NODELAY=1 in its environment.\n"
    "Takes 5 minutes, for getscu's sake; --quick: 200 instances, half a minute.";

/* What tests/support sets for other tests' sake, as in Debian's /etc/orthanc/orthanc.json again. It leaves
 * DicomAlwaysAllowGet, ports, paths, no plugins, and SyncStorageArea off, which matters when storing only. */
static const char as_packaged[] =
    "{\"Name\": \"Orthanc\", \"OrthancExplorerEnabled\": true, \"WebDavEnabled\": true, "
    "\"DicomAlwaysAllowFind\": false, \"TranscodeDicomProtocol\": true, \"UnknownSopClassAccepted\": false, "
    "\"StoreMD5ForAttachments\": true, \"SaveJobs\": true}";

static bool time_gateway(const struct bench_study *study, const struct peer *peer, size_t repeat,
                         double *ret_s, struct support_error *err)
{
    static double seconds[MAX_REPEAT];
    struct bench_transfer transfer = {.bytes = 0};
    char *configuration = gateway_configuration("main", peer_port(peer), peer_ae_title(peer), NULL);
    struct gateway *gateway = configuration == NULL ? NULL : gateway_start(configuration, err);
    char *url = gateway == NULL ? NULL : bench_get_url(gateway);
    char *body = bench_study_body(study);
    bool good = url != NULL && body != NULL;
    for (size_t i = 0; good && i < repeat; i++) {
        good = bench_curl(url, body, CURL_TIMEOUT_MS, &transfer, err);
        seconds[i] = (double)transfer.ns / 1e9;
        (void)printf("gateway and curl, run %zu: %.3f s, %llu bytes\n", i + 1, seconds[i],
                     (unsigned long long)transfer.bytes);
    }
    *ret_s = good ? bench_median(seconds, repeat) : 0;
    gateway_free(gateway);
    free(configuration);
    free(url);
    free(body);
    return good;
}

/* getscu_run() of tests/support sets an output directory, which getscu does not take with --ignore. */
static bool time_getscu(const struct bench_study *study, const struct peer *peer, bool tcp_nodelay,
                        double *ret_s, struct support_error *err)
{
    static const char *const with[] = {"TCP_NODELAY=1", NULL};
    static const char *const without[] = {"TCP_NODELAY", NULL};
    char uid[128];
    char port[16];
    (void)snprintf(uid, sizeof uid, "StudyInstanceUID=%s", study->study->study_uid);
    (void)snprintf(port, sizeof port, "%u", peer_port(peer));
    const char *const arguments[] = {"getscu",
                                     "--study",
                                     "--ignore",
                                     "-aec",
                                     peer_ae_title(peer),
                                     "-k",
                                     "QueryRetrieveLevel=STUDY",
                                     "-k",
                                     uid,
                                     "127.0.0.1",
                                     port,
                                     NULL};
    char *log = temp_dir_join(study->dir, "getscu.log");
    const struct process_options run = {.argv = arguments,
                                        .environment = tcp_nodelay ? with : without,
                                        .stdout_path = log,
                                        .stderr_path = log};
    int64_t before_ns = bench_now_ns();
    bool good = log != NULL && process_run(&run, GETSCU_TIMEOUT_MS, NULL, err);
    *ret_s = (double)(bench_now_ns() - before_ns) / 1e9;
    (void)printf("getscu --ignore%s: %.3f s\n", tcp_nodelay ? ", TCP_NODELAY=1" : "", *ret_s);
    free(log);
    return good;
}

static bool measure(const struct bench_study *study, const struct peer *peer,
                    const struct bench_options *options, struct support_error *err)
{
    double gateway_s;
    double getscu_s;
    double nodelay_s;
    size_t repeat = options->repeat > 0 ? options->repeat : options->size == BENCH_SMOKE ? 1 : DEFAULT_REPEAT;
    if (!time_gateway(study, peer, repeat, &gateway_s, err) ||
        !time_getscu(study, peer, false, &getscu_s, err) || !time_getscu(study, peer, true, &nodelay_s, err))
        return false;
    bench_row(
        "%zu instances of 9 KB from stock orthanc, getscu / gateway and curl | %s | %.0f (getscu %.1f s, "
        "once; gateway %.3f s, median of %zu repetitions)",
        study->study->instance_count, bench_target(options, ">= 100"), getscu_s / gateway_s, getscu_s,
        gateway_s, repeat);
    bench_row("the same, getscu with TCP_NODELAY=1 | - | %.0f (getscu %.1f s, once)", nodelay_s / gateway_s,
              nodelay_s);
    return true;
}

int main(int argc, char **argv)
{
    struct bench_options options;
    struct support_error err = {.text = ""};
    struct bench_study study;
    int status;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    size_t instances = options.size == BENCH_FULL ? 2000 : options.size == BENCH_QUICK ? 200 : 5;
    struct peer *peer = NULL;
    bench_print_machine();
    bool good = bench_study_make(&study, instances, PIXEL_BYTES, &err);
    if (good) {
        const struct peer_options stock = {.kind = PEER_ORTHANC,
                                           .files = study.paths,
                                           .file_count = instances,
                                           .configuration = as_packaged};
        peer = peer_start(&stock, &err);
        good = peer != NULL;
    }
    if (good)
        (void)printf("%zu instances of %llu bytes, loaded over HTTP in %.1f s\n", instances,
                     (unsigned long long)study.study->instances[0].file_bytes,
                     (double)peer_load_ms(peer) / 1e3);
    good = good && measure(&study, peer, &options, &err);
    peer_free(peer);
    bench_study_release(&study);
    if (!good)
        (void)fprintf(stderr, "bench-small-instances: %s\n", err.text);
    return good ? 0 : 1;
}
