/* What the files of the bucket's server share. */
#ifndef CGETWAY_TESTS_BUCKET_SERVER_INTERNAL_H
#define CGETWAY_TESTS_BUCKET_SERVER_INTERNAL_H

#include "support/bucket_server.h"

#include <pthread.h>

enum {
    SERVER_HEAD_BYTES = 32 * 1024,
    SERVER_MAX_FIELDS = 64,
    SERVER_MAX_BODY_BYTES = 64 * 1024 * 1024,
    SERVER_MAX_FAULTS = 16,
    SERVER_MAX_CONNECTIONS = 256,
    SERVER_NUMBER_BYTES = 64,
    SERVER_KEY_BYTES = 1100,
};

struct server_field {
    const char *name, *value; /* name in small letters */
};

struct server_request {
    char head[SERVER_HEAD_BYTES];
    char *method, *path, *query; /* query: "" without one */
    struct server_field fields[SERVER_MAX_FIELDS];
    size_t field_count;
    uint8_t *body;
    size_t body_length;
    enum bucket_request kind;
    const char *key;
};

struct server_object {
    struct server_object *next;
    char key[SERVER_KEY_BYTES], type[64], number[SERVER_NUMBER_BYTES], etag[40];
    uint8_t *bytes;
    size_t length;
};

struct server_part {
    struct server_part *next;
    unsigned number;
    char etag[40];
    uint8_t *bytes;
    size_t length;
};

struct server_upload {
    struct server_upload *next;
    char id[32], key[SERVER_KEY_BYTES], type[64], number[SERVER_NUMBER_BYTES];
    struct server_part *parts; /* by number */
};

struct server_connection {
    struct bucket_server *server;
    pthread_t thread;
    int fd;
    bool is_used;
};

struct server_fault {
    struct bucket_fault fault;
    unsigned seen;
};

struct bucket_server {
    struct bucket_server_options options;
    int listening;
    char url[64];
    pthread_t thread;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t came;
    bool stops;
    struct server_connection connections[SERVER_MAX_CONNECTIONS];
    size_t connection_count;
    size_t counts[BUCKET_REQUESTS];
    size_t bad_signatures;
    struct server_fault faults[SERVER_MAX_FAULTS];
    size_t fault_count;
    struct server_object *objects; /* by key */
    struct server_upload *uploads;
    unsigned next_upload;
};

/* What is answered. body is owned (free). */
struct server_answer {
    int status;
    char fields[1024]; /* lines, each with its end */
    uint8_t *body;
    size_t length;
};

/* Reads the header. False: the connection is over, or it is no HTTP. */
bool server_read_head(int fd, struct server_request *request);
bool server_read_body(int fd, struct server_request *request);
void server_request_release(struct server_request *request);
/* NULL: there is none. */
const char *server_field(const struct server_request *request, const char *name);
/* most: bytes of the body that are sent, SIZE_MAX: all. */
bool server_send(int fd, const struct server_answer *answer, bool is_head, size_t most);
void server_send_endless(int fd, int status);

void server_error(struct server_answer *answer, int status, const char *code);
void server_add_field(struct server_answer *answer, const char *name, const char *value);
void server_hex_digest(const void *bytes, size_t length, char text[65]);

/* NULL, or S3's code for what is wrong with the signature. */
const char *server_check_signature(const struct bucket_server *server, const struct server_request *request);

/* With the lock held. */
void server_do(struct bucket_server *server, const struct server_request *request,
               struct server_answer *answer);
struct server_object *server_find_object(struct bucket_server *server, const char *key);
void server_put_object(struct bucket_server *server, const char *key, uint8_t *bytes, size_t length,
                       const char *type, const char *number); /* takes bytes */
void server_remove_object(struct bucket_server *server, const char *key);
void server_release_all(struct bucket_server *server);

#endif
