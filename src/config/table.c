#include "table.h"

#include <string.h>

#define GLOBAL(field)                                                                                        \
    .scope = CGW_SCOPE_GLOBAL, .offset = offsetof(struct cgw_config, field),                                 \
    .size = sizeof(((struct cgw_config *)0)->field)
#define PEER(field)                                                                                          \
    .scope = CGW_SCOPE_PEER, .offset = offsetof(struct cgw_peer, field),                                     \
    .size = sizeof(((struct cgw_peer *)0)->field)
#define BOTH(field)                                                                                          \
    .scope = CGW_SCOPE_BOTH, .offset = offsetof(struct cgw_peer, field),                                     \
    .size = sizeof(((struct cgw_peer *)0)->field)

#define TEXT(kind) .type = CGW_TYPE_##kind
#define INTEGER(low, high) .type = CGW_TYPE_INTEGER, .min = (low), .max = (high)
#define BYTES(low, high) .type = CGW_TYPE_BYTES, .min = (low), .max = (high), .unit = "bytes"
#define BYTES_PER_S(low, high) .type = CGW_TYPE_BYTES, .min = (low), .max = (high), .unit = "bytes per second"
/* Every wait has an end: 0, which struct cgw_deadline takes for "never", is below the minimum of every
 * duration that is waited for. */
#define SECONDS(low_ms, high_s)                                                                              \
    .type = CGW_TYPE_DURATION, .min = (low_ms), .max = INT64_C(1000) * (high_s), .unit = "seconds"
#define BOOLEAN .type = CGW_TYPE_BOOLEAN, .max = 1

#define KI INT64_C(1024)
#define MI (KI * KI)
#define GI (MI * KI)
#define TI (GI * KI)

const struct cgw_key cgw_keys[] = {
    {"listen.address", GLOBAL(listen_address), TEXT(HOST), .default_text = "127.0.0.1",
     .prose =
         "Address that the HTTP server listens on. 0.0.0.0 or :: for all; there is no authentication, so put "
         "a reverse proxy in front."},
    {"listen.port", GLOBAL(listen_port), INTEGER(0, 65535), .default_text = "8080",
     .prose = "Port that the HTTP server listens on. 0 asks for a free one; the first line on standard error "
              "tells "
              "which."},
    {"path-prefix", GLOBAL(path_prefix), TEXT(URL_PATH), .default_text = "",
     .prose = "Path that a reverse proxy leaves in front of /v1, such as /cgetway."},
    {"log-level", GLOBAL(log_level), .type = CGW_TYPE_LOG_LEVEL, .max = CGW_LOG_QUIET, .default_text = "info",
     .prose = "Lowest level that is logged. Values of requests and UIDs are logged at debug only."},
    {"allow-overrides", GLOBAL(allow_overrides), TEXT(OVERRIDES), .default_text = "*",
     .prose =
         "Query parameters by which a request may override its peer's configuration: a list of names, * for "
         "all that can be overridden, empty for none."},
    {"output-directory", GLOBAL(output_directory), TEXT(FILE_PATH), .default_text = "",
     .prose =
         "Absolute path of the directory for stored instances (output=store). It has to be there and "
         "writable when the server starts, which then removes what a killed one left half written in it. "
         "Owner and group may read the files, nobody else. "
         "Empty: nothing is ever stored."},
    {"store-layout", GLOBAL(store_layout), .type = CGW_TYPE_LAYOUT, .max = CGW_LAYOUT_STUDY,
     .default_text = "flat",
     .prose =
         "Where files lie below the output directory, or the folder of the request's label. flat: beside "
         "each other, with the names that getscu gives them, such as CT.1.2.3. study: under the same names "
         "in StudyInstanceUID/SeriesInstanceUID; in unknown/ where these two are not found in the first 64 "
         "KiB of a data set, or it is deflated."},
    {"store-existing", GLOBAL(store_existing), .type = CGW_TYPE_EXISTING, .max = CGW_STORE_REFUSE,
     .default_text = "keep",
     .prose =
         "What becomes of an instance where there is a file of its name already. keep: the file stays as it "
         "is. Where it holds this instance, with the same transfer syntax and the same data set byte for "
         "byte, the peer is told Success; any other file, such as one that was cut, is not taken for the "
         "instance, which counts as failed. replace: the new file takes its place. refuse: the file stays, "
         "and the instance counts as failed, whatever the file holds."},
    {"store-fsync", GLOBAL(store_fsync), BOOLEAN, .default_text = "true",
     .prose =
         "Make each file durable (fsync) before the peer is told Success. Without it storing is faster, and "
         "a power failure may lose or empty files of the last seconds; a crash of the program never does. It "
         "means nothing for a bucket."},
    {"store-quota", GLOBAL(store_quota_bytes), BYTES(0, 1024 * TI), .default_text = "0",
     .prose = "Most bytes that the stored files of all jobs may take together. Beyond, a stored retrieve is "
              "refused "
              "before the peer is asked, and one under way stores nothing more. 0: no quota."},
    {"retention-age", GLOBAL(retention_age_ms), SECONDS(0, 315360000), .default_text = "0",
     .prose =
         "Jobs that ended longer ago than this are removed, with the files that they stored and no other job "
         "has. 0: never."},
    {"retention-bytes", GLOBAL(retention_bytes), BYTES(0, 1024 * TI), .default_text = "0",
     .prose =
         "When the stored files of all jobs take more than this, the jobs that ended first are removed with "
         "their files, until they do not; all but the one that ended last. Files of a job that runs are "
         "never "
         "removed. 0: no limit."},
    {"jobs-database", GLOBAL(jobs_database), TEXT(FILE_PATH), .default_text = "",
     .prose = "Absolute path of the SQLite database of the stored retrieves; one gateway has it for itself. "
              "Empty: .cgetway-jobs.sqlite in the output directory."},
    {"job-workers", GLOBAL(job_workers), INTEGER(1, 256), .default_text = "4",
     .prose = "Most stored retrieves at once of those that no request waits for (Prefer: respond-async)."},
    {"max-queued-jobs", GLOBAL(max_queued_jobs), INTEGER(1, 1000000), .default_text = "1000",
     .prose = "Most jobs that wait for a worker."},
    {"output-bucket", GLOBAL(output_bucket), TEXT(URL), .default_text = "",
     .prose = "URL of a bucket of S3, or of a server like it, in place of output-directory: stored instances "
              "become "
              "objects whose keys begin with the rest of its path, as in "
              "https://s3.eu-central-1.amazonaws.com/bucket/prefix or https://bucket.s3.example.org/prefix. "
              "It has "
              "to answer when the server starts, and jobs-database must be set. Each replica needs a prefix "
              "of its "
              "own. Empty: no bucket."},
    {"bucket-region", GLOBAL(bucket_region), TEXT(NAME), .default_text = "us-east-1",
     .prose = "Region that requests to the bucket are signed for."},
    {"bucket-access-key", GLOBAL(bucket_access_key), TEXT(NAME), .default_text = "",
     .prose = "Access key that requests to the bucket are signed with (AWS Signature Version 4). Empty: they "
              "are not signed."},
    {"bucket-secret-key", GLOBAL(bucket_secret_key), TEXT(TEXT), .default_text = "", .secret = true,
     .prose = "The secret of bucket-access-key."},
    {"bucket-session-token", GLOBAL(bucket_session_token), TEXT(TEXT), .default_text = "", .secret = true,
     .prose = "Session token of temporary keys. It is read when the server starts, and not again."},
    {"bucket-ca-file", GLOBAL(bucket_ca_file), TEXT(FILE_PATH), .default_text = "",
     .prose =
         "Absolute path of the certificates (PEM) by which the bucket's server is known. Empty: those of "
         "the system."},
    {"bucket-part-size", GLOBAL(bucket_part_bytes), BYTES(5 * MI, 512 * MI), .default_text = "8M",
     .prose =
         "An instance that is larger is uploaded in parts of this size, of which each running store holds "
         "one in memory. A bucket takes 10,000 parts, so this bounds the largest instance too."},
    {"bucket-timeout", GLOBAL(bucket_timeout_ms), SECONDS(100, 3600), .default_text = "30",
     .prose =
         "Time in which the bucket's server has to take and to answer one request, each part of an upload "
         "being one. A request that failed for a reason that may pass is tried again within this time, "
         "twice."},
    {"replica", GLOBAL(replica), INTEGER(0, 255), .default_text = "0",
     .prose = "Number of this gateway among several behind one balancer, which stands as two hexadecimal "
              "digits in the ids of its jobs, so that the balancer finds the one that has a job. 0: there is "
              "only this one."},
    {"cache-directory", GLOBAL(cache_directory), TEXT(FILE_PATH), .default_text = "",
     .prose = "Absolute path of the directory for the cache of DICOMweb reads: instances of peers, and an "
              "index of "
              "them. It has to be there and writable when the server starts, and one gateway has it for "
              "itself; it "
              "may be emptied while none runs. Empty: every read goes to the peer, which is slow, and "
              "instances are "
              "held in memory one by one."},
    {"cache-size", GLOBAL(cache_size_bytes), BYTES(0, 1024 * TI), .default_text = "20G",
     .prose = "Most bytes that the cache may take; what was not used for the longest time goes first. 0: no "
              "limit but the disk."},
    {"cache-age", GLOBAL(cache_age_ms), SECONDS(0, 315360000), .default_text = "604800",
     .prose = "What nobody used for this time leaves the cache. 0: nothing leaves it for its age."},
    {"cache-fresh", GLOBAL(cache_fresh_ms), SECONDS(0, 315360000), .default_text = "60",
     .prose =
         "How long the cache is believed to have all of a series or study. After that the next read asks "
         "the peer by C-FIND whether there is more, and gets only that. 0: every read asks."},
    {"cache-unit", GLOBAL(cache_unit), .type = CGW_TYPE_CACHE_UNIT, .max = CGW_CACHE_INSTANCE,
     .default_text = "series",
     .prose = "What is retrieved when something of it is read: study, series or instance. instance saves the "
              "peer what no viewer looks at, and costs an association for each instance."},
    {"cache-patience", GLOBAL(cache_patience_ms), SECONDS(0, 3600), .default_text = "0.05",
     .prose =
         "How long a read waits for one instance to come with the rest of its unit, before the instance is "
         "asked for on an association of its own. 3600: never, for peers that take few associations."},
    {"cache-fsync", GLOBAL(cache_fsync), BOOLEAN, .default_text = "false",
     .prose = "Make each file of the cache durable (fsync) before it is used. Without it a power failure may "
              "empty files of the last seconds, which are then retrieved again; a crash of the program never "
              "does."},
    {"codec-program", GLOBAL(codec_program), TEXT(FILE_PATH), .default_text = "",
     .prose =
         "Absolute path of cgetway-codec, the program that decodes and renders compressed pixel data in a "
         "process of its own. Empty: beside cgetway, or in ../libexec/cgetway from there."},
    {"max-codecs", GLOBAL(max_codecs), INTEGER(1, 256), .default_text = "4",
     .prose = "Most of these processes at once."},
    {"codec-timeout", GLOBAL(codec_timeout_ms), SECONDS(100, 3600), .default_text = "30",
     .prose =
         "Time in which an instance, frame or picture has to be decoded, waiting for its turn included."},
    {"codec-memory", GLOBAL(codec_memory_bytes), BYTES(64 * MI, TI), .default_text = "2G",
     .prose = "Most memory that one of these processes may take, and most bytes that it may give."},
    {"unpacked-memory", GLOBAL(unpacked_memory_bytes), BYTES(16 * MI, TI), .default_text = "2G",
     .prose = "Most memory for instances that are inflated or decoded, of all requests together; beyond it a "
              "request is told to try again later."},
    {"cors-origins", GLOBAL(cors_origins), TEXT(ORIGINS), .default_text = "",
     .prose =
         "Origins of web pages that may use this gateway from another origin than its own (CORS): a list "
         "such as https://viewer.example.org; * for every page there is, which hands the peers' data to "
         "any page that a user of this network opens. Empty: none."},
    {"max-body", GLOBAL(max_body_bytes), BYTES(2, GI), .default_text = "64K",
     .prose = "Largest body of a request, the file of an Identifier aside."},
    {"max-identifier-file", GLOBAL(max_identifier_file_bytes), BYTES(2, GI), .default_text = "1M",
     .prose =
         "Largest file that a request may send as its Identifier, and what a deflated one may inflate to."},
    {"max-depth", GLOBAL(max_depth), INTEGER(1, 1024), .default_text = "32",
     .prose = "Deepest nesting of the JSON of a request, and of the sequences of an Identifier's file, where "
              "64 is the most."},
    {"max-keys", GLOBAL(max_keys), INTEGER(1, 65536), .default_text = "256",
     .prose = "Most keys in the JSON of a request, members of nested objects included."},
    {"max-header", GLOBAL(max_header_bytes), BYTES(KI, MI), .default_text = "16K",
     .prose = "Largest header of a request."},
    {"header-timeout", GLOBAL(header_timeout_ms), SECONDS(1, 3600), .default_text = "10",
     .prose = "Time in which the whole header of a request has to arrive."},
    {"body-timeout", GLOBAL(body_timeout_ms), SECONDS(1, 3600), .default_text = "10",
     .prose = "Time in which the whole body of a request has to arrive."},
    {"client-min-rate", GLOBAL(client_min_rate_bytes_per_s), BYTES_PER_S(0, GI), .default_text = "1K",
     .prose = "A client that takes its answer slower than this is cut off. 0: no minimum."},
    {"client-min-rate-window", GLOBAL(client_min_rate_window_ms), SECONDS(100, 3600), .default_text = "30",
     .prose = "Time over which client-min-rate is measured."},
    {"send-buffer", GLOBAL(send_buffer_bytes), BYTES(4 * KI, 64 * MI), .default_text = "256K",
     .prose = "Send buffer of the socket to a client."},
    {"max-retrieves", GLOBAL(max_retrieves), INTEGER(1, 65536), .default_text = "64",
     .prose = "Most retrieves at once, all peers together."},
    {"max-queue", GLOBAL(max_queue), INTEGER(0, 65536), .default_text = "64",
     .prose =
         "Most requests that wait for a free place when max-retrieves or max-retrieves-per-peer are under "
         "way. 0: none waits."},
    {"queue-timeout", GLOBAL(queue_timeout_ms), SECONDS(1, 3600), .default_text = "5",
     .prose = "Longest wait in that queue."},
    {"max-connections", GLOBAL(max_connections), INTEGER(1, 65536), .default_text = "512",
     .prose = "Most HTTP connections at once."},
    {"max-connections-per-address", GLOBAL(max_connections_per_address), INTEGER(1, 65536),
     .default_text = "64",
     .prose = "Most HTTP connections at once from one address. Behind a reverse proxy all come from one."},
    {"drain-timeout", GLOBAL(drain_timeout_ms), SECONDS(1, 3600), .default_text = "30",
     .prose = "Time that running retrieves are given to end after SIGTERM."},

    {"host", PEER(host), TEXT(HOST), .prose = "Host name or address of the peer; IPv6 without brackets."},
    {"port", PEER(port), INTEGER(1, 65535), .prose = "Port of the peer; 104 and 11112 are usual."},
    {"called-aet", BOTH(called_aet), TEXT(AE_TITLE), .default_text = "ANY-SCP", .overridable = true,
     .prose = "AE title of the peer."},
    {"calling-aet", BOTH(calling_aet), TEXT(AE_TITLE), .default_text = "CGETWAY", .overridable = true,
     .prose = "AE title by which this gateway names itself. Many peers serve only the ones that they know."},
    {"model", BOTH(model), .type = CGW_TYPE_MODEL, .max = CGW_MODEL_WITHOUT_BULK_DATA, .default_text = "auto",
     .overridable = true,
     .prose =
         "Information model. auto: Composite Instance Root when the level is FRAME, Patient Root when it is "
         "PATIENT or PatientID has a value, else Study Root; for a C-FIND at level STUDY always Study "
         "Root. composite and without-bulk-data have no C-FIND."},
    {"relational-retrieval", BOTH(relational_retrieval), BOOLEAN, .default_text = "false",
     .overridable = true,
     .prose = "Negotiate relational retrieval: unique keys above the level may then be absent."},
    {"enhanced-conversion", BOTH(enhanced_conversion), BOOLEAN, .default_text = "false", .overridable = true,
     .prose = "Negotiate the conversion to enhanced multi-frame images."},
    {"connect-timeout", BOTH(connect_timeout_ms), SECONDS(1, 3600), .default_text = "5",
     .prose = "Time in which the peer has to take the connection, name resolution included."},
    {"acse-timeout", BOTH(acse_timeout_ms), SECONDS(1, 3600), .default_text = "30", .overridable = true,
     .prose = "Time in which the peer has to answer an association request. (A release is waited for at most "
              "1 s.)"},
    {"dimse-timeout", BOTH(dimse_timeout_ms), SECONDS(1, 86400), .default_text = "30", .overridable = true,
     .prose = "Longest silence of the peer between two messages."},
    {"network-timeout", BOTH(network_timeout_ms), SECONDS(1, 86400), .default_text = "30",
     .overridable = true,
     .prose = "Longest silence of the peer in the middle of a message, and longest wait for it to take one."},
    {"total-timeout", BOTH(total_timeout_ms), SECONDS(1, 2592000), .default_text = "3600",
     .overridable = true, .prose = "Longest time that a retrieve may take as a whole."},
    {"cancel-grace", BOTH(cancel_grace_ms), SECONDS(1, 60), .default_text = "2",
     .prose = "Time between C-CANCEL and A-ABORT when a client left."},
    {"min-rate", BOTH(min_rate_bytes_per_s), BYTES_PER_S(0, GI), .default_text = "1K",
     .prose = "A peer that sends slower than this while it is waited for is given up. 0: no minimum."},
    {"min-rate-window", BOTH(min_rate_window_ms), SECONDS(100, 3600), .default_text = "30",
     .prose = "Time over which min-rate is measured."},
    {"max-pdu", BOTH(max_pdu), BYTES(4096, INT64_C(4294967294)), .zero = "unlimited",
     .default_text = "131072", .overridable = true, .prose = "Largest PDU that the peer is told to send."},
    {"transfer-syntax", BOTH(transfer_syntax), TEXT(UIDS), .default_text = "*", .overridable = true,
     .prose =
         "Transfer syntaxes in which instances are taken, as UIDs in order of preference: what does not come "
         "in "
         "the first is asked for in the next, on another association. *: as they are stored, in whatever "
         "syntax that is."},
    {"storage-class", BOTH(storage_class), TEXT(UIDS), .default_text = "*", .overridable = true,
     .prose = "Storage classes that are taken, as UIDs. * in the list stands for all that the program knows, "
              "so 1.2.826.0.1.3680043.2.1,* adds a private one."},
    {"storage-role", BOTH(storage_role), .type = CGW_TYPE_ROLE, .max = 2, .default_text = "scp",
     .overridable = true,
     .prose = "Role that is proposed for the storage classes. scp is what the standard asks for; scu-scp and "
              "none (no role at all) are for peers that answer only to them."},
    {"user-identity-type", BOTH(user_identity_type), .type = CGW_TYPE_IDENTITY_TYPE, .max = CGW_IDENTITY_JWT,
     .default_text = "none",
     .prose = "Kind of user identity that the peer is shown when an association begins. It travels as it is: "
              "anyone who can read the connection can read it."},
    {"user-identity", BOTH(user_identity), TEXT(TEXT), .default_text = "", .secret = true,
     .prose = "The identity: the user name, the SAML assertion, the JSON web token, or the Kerberos service "
              "ticket in base64."},
    {"user-passcode", BOTH(user_passcode), TEXT(TEXT), .default_text = "", .secret = true,
     .prose = "The passcode of user-identity-type username-passcode."},
    {"user-identity-response", BOTH(user_identity_response), BOOLEAN, .default_text = "false",
     .prose = "Ask the peer to confirm the identity. An association is used with or without the "
              "confirmation."},
    {"plan-by-find", BOTH(plan_by_find), BOOLEAN, .default_text = "true", .overridable = true,
     .prose = "Ask the peer by C-FIND which storage classes a retrieve covers, to plan its presentation "
              "contexts. Without it, or where the peer has no C-FIND, all of storage-class are proposed."},
    {"max-passes", BOTH(max_passes), INTEGER(1, 1000), .default_text = "40", .overridable = true,
     .prose = "Most associations of one retrieve: what failed on one is asked for again on another, with "
              "other presentation contexts. 1: never again."},
    {"max-instance", BOTH(max_instance_bytes), BYTES(KI, 1024 * TI), .default_text = "16G",
     .prose = "Largest instance that is passed on."},
    {"max-instances", BOTH(max_instances), INTEGER(1, 100000000), .default_text = "100000",
     .prose = "Most instances of one retrieve. The ledger takes up to 150 bytes of memory for each."},
    {"max-matches", BOTH(max_matches), INTEGER(1, 100000000), .default_text = "100000",
     .prose = "Most matches of one C-FIND; a peer that sends more is cut off."},
    {"max-retrieves-per-peer", BOTH(max_retrieves_per_peer), INTEGER(1, 65536), .default_text = "8",
     .prose = "Most retrieves at once from one peer."},
    {"lenient-identifier", BOTH(lenient_identifier), BOOLEAN, .default_text = "false",
     .prose = "Send an Identifier to the peer although it breaks the rules for a C-GET: what is wrong with "
              "it as a "
              "whole becomes a remark."},
    {"ignore-counts", BOTH(ignore_counts), BOOLEAN, .default_text = "false",
     .prose =
         "Do not hold the peer's numbers of sub-operations against what arrived, for peers that never send "
         "them right."},
    {"character-set", BOTH(character_set), TEXT(DEFINED_TERM), .default_text = "",
     .prose =
         "Character set of Identifiers for this peer, as a defined term of (0008,0005) such as ISO_IR 100. "
         "Empty: ISO_IR 192 (UTF-8), and only where the text needs it."},
};

const size_t cgw_key_count = sizeof cgw_keys / sizeof cgw_keys[0];
_Static_assert(sizeof cgw_keys / sizeof cgw_keys[0] <= CGW_KEYS_MAX, "raise CGW_KEYS_MAX");

const struct cgw_key *cgw_key_find(const char *name)
{
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (strcmp(cgw_keys[i].name, name) == 0)
            return &cgw_keys[i];
    }
    return NULL;
}

bool cgw_key_is_number(const struct cgw_key *key)
{
    return key->type == CGW_TYPE_INTEGER || key->type == CGW_TYPE_BYTES || key->type == CGW_TYPE_DURATION;
}

bool cgw_key_is_list(const struct cgw_key *key)
{
    return key->type == CGW_TYPE_OVERRIDES || key->type == CGW_TYPE_UIDS || key->type == CGW_TYPE_ORIGINS;
}

size_t cgw_key_index(const struct cgw_key *key)
{
    return (size_t)(key - cgw_keys);
}
