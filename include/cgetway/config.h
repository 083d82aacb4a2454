/*
 * The configuration: built-in defaults < file < environment < command line, all from one table of keys
 * (src/config/ table.c), from which the parser, --help, --check-config, --print-config and
 * docs/configuration.md are made.
 *
 * Plain data, filled once in main and read-only afterwards, so any thread may read it.
 * Durations are in milliseconds here (the keys are in seconds, fractions allowed, as getscu's are).
 */
#ifndef CGETWAY_CONFIG_H
#define CGETWAY_CONFIG_H

#include "cgetway/error.h"
#include "cgetway/log.h"
#include "cgetway/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CGW_AE_TITLE_BYTES = 17, /* PS3.5: 16 characters */
    CGW_HOST_BYTES = 256,
    CGW_PEER_NAME_BYTES = 65, /* [A-Za-z0-9._-]{1,64} */
    CGW_CHARACTER_SET_BYTES = 65,
    CGW_PATH_BYTES = 1024,
    CGW_USER_IDENTITY_BYTES = 8193, /* SAML assertions, tokens and tickets are long */
    CGW_USER_PASSCODE_BYTES = 513,
};

/* The kinds of user identity, numbered as they are on the wire (PS3.7 table D.3-14). */
enum cgw_user_identity_type {
    CGW_IDENTITY_NONE = 0,
    CGW_IDENTITY_USERNAME = 1,
    CGW_IDENTITY_USERNAME_PASSCODE = 2,
    CGW_IDENTITY_KERBEROS = 3,
    CGW_IDENTITY_SAML = 4,
    CGW_IDENTITY_JWT = 5,
};

/* Where the files of stored instances lie below the output directory. */
enum cgw_store_layout {
    CGW_LAYOUT_FLAT,  /* all beside each other */
    CGW_LAYOUT_STUDY, /* in a folder for each series, in one for each study */
};

/* What becomes of an instance where there is a file of its name. */
enum cgw_store_existing { CGW_STORE_KEEP, CGW_STORE_REPLACE, CGW_STORE_REFUSE };

/* What is retrieved into the cache when something of it is read. */
enum cgw_cache_unit { CGW_CACHE_STUDY, CGW_CACHE_SERIES, CGW_CACHE_INSTANCE };

/* What holds for one peer. The same keys at the top level of the file are the defaults of every peer; a
 * request may override those that the operator allows (cgw_config_override on a copy). */
struct cgw_peer {
    char name[CGW_PEER_NAME_BYTES];
    char host[CGW_HOST_BYTES]; /* name or address; IPv6 without brackets */
    int64_t port;
    char called_aet[CGW_AE_TITLE_BYTES];
    char calling_aet[CGW_AE_TITLE_BYTES];
    int64_t model; /* enum cgw_model */
    int64_t connect_timeout_ms;
    int64_t acse_timeout_ms;
    int64_t dimse_timeout_ms;
    int64_t network_timeout_ms;
    int64_t total_timeout_ms;
    int64_t cancel_grace_ms;
    int64_t min_rate_bytes_per_s; /* measured over min_rate_window_ms of waiting; 0: no minimum */
    int64_t min_rate_window_ms;
    int64_t max_pdu; /* bytes, as offered; 0: unlimited */
    int64_t max_instance_bytes;
    int64_t max_instances;
    int64_t max_matches; /* of one C-FIND */
    int64_t max_retrieves_per_peer;
    int64_t max_passes;         /* associations of one retrieve */
    char transfer_syntax[1024]; /* UIDs separated by commas, in order of preference; "*": as stored */
    char storage_class[2048];   /* UIDs separated by commas; "*" among them: all that the program knows */
    int64_t storage_role;       /* enum cgw_role: what is proposed for the storage classes */
    int64_t user_identity_type; /* enum cgw_user_identity_type */
    /* The bytes that are sent, not NUL-terminated text: of a Kerberos ticket, what its base64 stands for. */
    char user_identity[CGW_USER_IDENTITY_BYTES];
    size_t user_identity_length;
    char user_passcode[CGW_USER_PASSCODE_BYTES];
    bool user_identity_response; /* the peer is asked to confirm the identity */
    bool plan_by_find;
    bool relational_retrieval;
    bool enhanced_conversion;
    bool lenient_identifier;
    bool ignore_counts;
    char character_set[CGW_CHARACTER_SET_BYTES]; /* defined term of (0008,0005) for Identifiers; "": ISO_IR
                                                    192 */
};

struct cgw_config {
    char listen_address[CGW_HOST_BYTES];
    int64_t listen_port;                   /* 0: any free one */
    char path_prefix[128];                 /* "" or "/cgetway": what a reverse proxy leaves in front of /v1 */
    int64_t log_level;                     /* enum cgw_log_level */
    char allow_overrides[512];             /* names separated by commas, "*" for all, "" for none */
    char output_directory[CGW_PATH_BYTES]; /* absolute; "": nothing is ever stored */
    int64_t store_layout;                  /* enum cgw_store_layout */
    int64_t store_existing;                /* enum cgw_store_existing */
    bool store_fsync;
    int64_t store_quota_bytes;          /* 0: none */
    int64_t retention_age_ms;           /* 0: for ever */
    int64_t retention_bytes;            /* 0: without limit */
    char jobs_database[CGW_PATH_BYTES]; /* absolute; "": CGW_JOBS_DATABASE in the output directory */
    /* Instead of output_directory; "": none. http(s)://host[:port][/bucket][/prefix] */
    char output_bucket[CGW_PATH_BYTES];
    char bucket_region[64];
    char bucket_access_key[129]; /* "": requests are not signed */
    char bucket_secret_key[257];
    char bucket_session_token[4097]; /* "": none */
    char bucket_ca_file[CGW_PATH_BYTES];
    int64_t bucket_part_bytes;
    int64_t bucket_timeout_ms;
    int64_t replica; /* 1 to 255; 0: none */
    int64_t job_workers;
    int64_t max_queued_jobs;
    char cache_directory[CGW_PATH_BYTES]; /* absolute; "": nothing is cached */
    int64_t cache_size_bytes;             /* 0: without limit */
    int64_t cache_age_ms;                 /* 0: for ever */
    int64_t cache_fresh_ms;               /* 0: never */
    int64_t cache_unit;                   /* enum cgw_cache_unit */
    int64_t cache_patience_ms;
    bool cache_fsync;
    char codec_program[CGW_PATH_BYTES]; /* absolute; "": beside the running program */
    int64_t max_codecs;
    int64_t codec_timeout_ms;
    int64_t codec_memory_bytes;
    int64_t unpacked_memory_bytes;
    char cors_origins[2048]; /* separated by commas, "*" for all, "" for none */
    int64_t max_body_bytes;
    int64_t max_identifier_file_bytes;
    int64_t max_depth;
    int64_t max_keys;
    int64_t max_header_bytes;
    int64_t header_timeout_ms;
    int64_t body_timeout_ms;
    int64_t client_min_rate_bytes_per_s;
    int64_t client_min_rate_window_ms;
    int64_t send_buffer_bytes;
    int64_t max_retrieves;
    int64_t max_queue;
    int64_t queue_timeout_ms;
    int64_t max_connections;
    int64_t max_connections_per_address;
    int64_t drain_timeout_ms;
    struct cgw_peer peer_defaults; /* the peer keys at the top level; name, host "" and port 0 */
    struct cgw_peer
        override_maximum;   /* the most a request may ask for; in every field 0: as the table allows */
    struct cgw_peer *peers; /* owned, sorted by name */
    size_t peer_count;
};

/* What the command line asks for besides values. */
enum cgw_config_action {
    CGW_ACTION_SERVE,
    CGW_ACTION_CHECK,
    CGW_ACTION_PRINT,
    CGW_ACTION_HEALTH_CHECK,
    CGW_ACTION_EXIT
};

/* Every fault, with its place: "cgetway.json: peers.main.port: 70000 is above 65535". Printable ASCII, one
 * line. */
struct cgw_config_faults {
    char **lines; /* owned */
    size_t count;
};

/* Reads everything. argv as main got it, environment as `environ`; neither is changed. --help, --version and
 * --usage print on standard output and set CGW_ACTION_EXIT; *config is then empty. --version prints argp's
 * `argp_program_version`, which main defines.
 * On success *config is filled and owned by the caller (cgw_config_release). On CGW_E_BAD_CONFIGURATION
 * *reterr_faults, which starts zeroed, lists every fault; release it in any case. CGW_E_OUT_OF_MEMORY
 * otherwise.
 *
 * A value that a peer has of its own, from any source, wins over a top-level value from any source:
 * --dimse-timeout does not change a peer whose object in the file sets dimse-timeout; --set
 * peers.NAME.dimse-timeout=... does. Call it before any thread is started. */
enum cgw_code cgw_config_load(int argc, char **argv, char **environment, struct cgw_config *config,
                              enum cgw_config_action *ret_action, struct cgw_config_faults *reterr_faults,
                              struct cgw_error *err);
void cgw_config_release(struct cgw_config *config);
void cgw_config_faults_release(struct cgw_config_faults *faults);

/* Borrowed; NULL: no such peer. Exact. */
const struct cgw_peer *cgw_config_find_peer(const struct cgw_config *config, const char *name);

/* What is in force, keys as in the file, secrets as "***"; given back as the file it makes the same
 * configuration (but for the secrets). New reference, NULL: out of memory. */
json_t *cgw_config_to_json(const struct cgw_config *config);

/* One peer as GET /v1/peers/{peer} shows it: "name", then the keys in the order of the table; new reference,
 * NULL: out of memory. */
json_t *cgw_peer_to_json(const struct cgw_peer *peer);

/* True when name is a query parameter that cgw_config_override knows, whether the operator allows it or not.
 */
bool cgw_config_is_override(const char *name);

/* Sets one peer key from the text of a query parameter, in *peer, a copy that the caller owns. value NULL (a
 * parameter without "="): true for a boolean, else a bad value. CGW_E_BAD_PARAMETER: unknown name (detail
 * lists the known ones), bad value, or above the configured maximum
 * ("override-maximum": {"dimse-timeout": 300}; "unlimited" is above every maximum); CGW_E_OVERRIDE_REFUSED:
 * not in allow-overrides. *peer is as it was after a failure. err->detail is UTF-8 whatever the client sent.
 */
enum cgw_code cgw_config_override(const struct cgw_config *config, struct cgw_peer *peer, const char *name,
                                  const char *value, struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
