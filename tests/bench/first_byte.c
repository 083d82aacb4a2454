/*
 * When does the client hold the first byte of an instance? The peer is scripted, and the proof is one of
 * order: the peer waits with the rest of the instance until the client has the beginning, so a gateway that
 * holds instances (or fragments) back comes to a standstill and the bench fails.
 */
#include "bench.h"

#include "support/http_client.h"
#include "support/pattern.h"
#include "support/scripted_peer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"

/* The gateway's first question, as it is by default: the SOP Classes in Study (0008,0062) are CT_CLASS. */
#define FIND_CONNECTION                                                                                      \
    "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\nexpect C-FIND-RQ\n"                                         \
    "send C-FIND-RSP status=FF00 hex 08 00 62 00 1A 00 00 00 31 2E 32 2E 38 34 30 2E 31 30 30 30 38 2E 35 "  \
    "2E 31 2E 34 2E 31 2E 31 2E 32 00\n"                                                                     \
    "send C-FIND-RSP status=0000\nexpect release\nsend release-rp\nexpect eof reset=ok\n"
enum { GET_CONNECTION = 1, CONNECTIONS };

enum { MARK_BYTES = 16, HELD_BYTES = 64 * 1024, SIGNAL_TIMEOUT_MS = 20000 };

static const char about[] =
    "How much of an instance a scripted peer had sent when the client held the first byte of\n"
    "its data set.";

/* The instance is total bytes long. The peer sends `first` of it, then waits for the client; with drip it
 * sends one fragment that is as long as the instance, drip bytes at a time, and waits for nobody. */
struct scenario {
    const char *name;
    size_t first, total, drip;
};

struct client {
    struct scripted_peer *peer;
    const char *url;
    bool peer_withholds;
    uint8_t held[HELD_BYTES]; /* the body's beginning, until the mark was found */
    size_t held_length;
    uint8_t mark[MARK_BYTES]; /* the data set's first bytes */
    bool has_mark;
    uint64_t peer_sent; /* when it was found */
    CURLcode result;
};

static char *script_of(const struct scenario *scenario)
{
    char *send = NULL;
    char *script = NULL;
    int length =
        scenario->drip > 0
            ? asprintf(&send, "drip bytes=%zu every-ms=2\nsend data bytes=%zu pdv=%zu\n", scenario->drip,
                       scenario->total, scenario->total)
            : asprintf(&send,
                       "send data bytes=%zu last=no\nsignal withheld\nwait rest\nsend data bytes=%zu\n",
                       scenario->first, scenario->total - scenario->first);
    if (length < 0 ||
        asprintf(&script,
                 FIND_CONNECTION "connection\nexpect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\nexpect C-GET-RQ\n"
                                 "send C-STORE-RQ class=" CT_CLASS " uid=1.2.3.4\n"
                                 "signal announced\nwait data\n%s"
                                 "expect C-STORE-RSP status=0000\n"
                                 "send C-GET-RSP status=0000 completed=1 failed=0 warning=0\n"
                                 "expect release\nsend release-rp\nexpect eof reset=ok\n",
                 send) < 0)
        script = NULL;
    free(send);
    return script;
}

static bool on_body(void *context, const uint8_t *bytes, size_t length)
{
    struct client *client = context;
    size_t room = HELD_BYTES - client->held_length;
    size_t taken = length < room ? length : room;
    if (client->has_mark)
        return true;
    memcpy(client->held + client->held_length, bytes, taken);
    client->held_length += taken;
    if (memmem(client->held, client->held_length, client->mark, MARK_BYTES) == NULL)
        return true;
    client->has_mark = true;
    /* The peer counts a send when it is over: that of the piece is soon, and nothing comes after it. */
    if (client->peer_withholds && !scripted_peer_wait_signal(client->peer, "withheld", SIGNAL_TIMEOUT_MS))
        return false;
    client->peer_sent = scripted_peer_bytes_sent(client->peer, GET_CONNECTION);
    scripted_peer_go(client->peer, "rest");
    return true;
}

static void *request(void *context)
{
    struct client *client = context;
    const char *const headers[] = {"Content-Type: application/json", NULL};
    const struct http_options options = {
        .headers = headers,
        .body = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"}",
        .on_body = on_body,
        .context = client};
    struct http_response response;
    http_request("POST", client->url, &options, &response);
    client->result = response.result;
    http_response_release(&response);
    return NULL;
}

/* Runs the request in a thread; *ret_before: what the peer had sent before the instance's first byte. */
static bool exchange(struct client *client, uint64_t *ret_before, struct support_error *err)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, request, client) != 0)
        return false;
    bool good = scripted_peer_wait_signal(client->peer, "announced", SIGNAL_TIMEOUT_MS);
    *ret_before = scripted_peer_bytes_sent(client->peer, GET_CONNECTION);
    scripted_peer_go(client->peer, "data");
    (void)pthread_join(thread, NULL);
    good = good && scripted_peer_wait_done(client->peer, CONNECTIONS, SIGNAL_TIMEOUT_MS);
    const char *failed = scripted_peer_failed(client->peer);
    if (!good || failed != NULL || client->result != CURLE_OK || !client->has_mark)
        support_fail(err, "peer: %s; curl: %s; first byte %s", failed != NULL ? failed : "no fault",
                     curl_easy_strerror(client->result), client->has_mark ? "seen" : "not seen");
    return good && failed == NULL && client->result == CURLE_OK && client->has_mark;
}

static bool measure(const struct scenario *scenario, struct client *client, struct support_error *err)
{
    uint64_t before = 0;
    if (!exchange(client, &before, err))
        return false;
    /* Heads of PDUs and PDVs are in it: 12 bytes a fragment. */
    uint64_t sent = client->peer_sent - before + scenario->drip; /* one send may have been under way */
    bool early = sent < scenario->total;
    bench_row("first byte at the client: %s | before the last was sent | %s: at most %llu of %zu bytes had "
              "been sent",
              scenario->name, early ? "yes" : "NO", (unsigned long long)sent, scenario->total);
    return true;
}

static bool run(const struct scenario *scenario, struct support_error *err)
{
    struct client *client = calloc(1, sizeof *client);
    char *script = script_of(scenario);
    struct gateway *gateway = NULL;
    char *configuration = NULL;
    char *url = NULL;
    if (client != NULL && script != NULL)
        client->peer = scripted_peer_start(script, err);
    if (client != NULL && client->peer != NULL)
        configuration = gateway_configuration("main", scripted_peer_port(client->peer), "SCRIPT", NULL);
    if (configuration != NULL)
        gateway = gateway_start(configuration, err);
    if (gateway != NULL)
        url = bench_get_url(gateway);
    bool good = url != NULL;
    if (good) {
        client->url = url;
        client->peer_withholds = scenario->drip == 0;
        pattern_fill(1, 0, client->mark, MARK_BYTES);
        good = measure(scenario, client, err);
    }
    if (client != NULL)
        scripted_peer_stop(client->peer);
    gateway_free(gateway);
    free(client);
    free(script);
    free(configuration);
    free(url);
    return good;
}

int main(int argc, char **argv)
{
    static const struct scenario scenarios[] = {
        {"a fragment of 16 KiB, the rest withheld", 16 * 1024, 1024 * 1024, 0},
        {"a fragment of 16 bytes, the rest withheld", MARK_BYTES, 1024 * 1024, 0},
        {"one fragment of 128,000 bytes, 1 KiB at a time", 0, 128000, 1024},
        {"16 KiB of 1 GiB, the rest withheld", 16 * 1024, 1024 * 1024 * 1024, 0},
    };
    struct bench_options options;
    struct support_error err = {.text = ""};
    int status;
    bool good = true;
    if (!bench_parse(argc, argv, about, &options, &status))
        return status;
    bench_print_machine();
    for (size_t i = 0; good && i < (options.size == BENCH_FULL ? 4 : 3); i++)
        good = run(&scenarios[i], &err);
    if (!good)
        (void)fprintf(stderr, "bench-first-byte: %s\n", err.text);
    return good ? 0 : 1;
}
