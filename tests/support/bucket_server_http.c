#include "support/bucket_server_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

const char *server_field(const struct server_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (strcmp(request->fields[i].name, name) == 0)
            return request->fields[i].value;
    }
    return NULL;
}

/* Nothing of the body is taken with it. */
static bool read_until_empty_line(int fd, char *head)
{
    static const char end[] = "\r\n\r\n";
    size_t length = 0;
    while (length + 1 < SERVER_HEAD_BYTES) {
        ssize_t there = recv(fd, head + length, SERVER_HEAD_BYTES - 1 - length, MSG_PEEK);
        if (there <= 0)
            return false;
        size_t searched = length > 3 ? length - 3 : 0;
        const char *found = memmem(head + searched, length + (size_t)there - searched, end, sizeof end - 1);
        size_t taken = found != NULL ? (size_t)(found - head) + sizeof end - 1 - length : (size_t)there;
        if (recv(fd, head + length, taken, 0) != (ssize_t)taken)
            return false;
        length += taken;
        head[length] = '\0';
        if (found != NULL)
            return true;
    }
    return false;
}

static bool split_fields(struct server_request *request, char *at)
{
    char *end;
    while ((end = strstr(at, "\r\n")) != NULL && end != at) {
        *end = '\0';
        char *colon = strchr(at, ':');
        if (colon == NULL || request->field_count >= SERVER_MAX_FIELDS)
            return false;
        *colon = '\0';
        for (char *c = at; *c != '\0'; c++)
            *c = (char)tolower((unsigned char)*c);
        request->fields[request->field_count++] =
            (struct server_field){.name = at, .value = colon + 1 + strspn(colon + 1, " ")};
        at = end + 2;
    }
    return true;
}

static enum bucket_request kind_of(const struct server_request *request)
{
    bool has_upload = strstr(request->query, "uploadId=") != NULL;
    if (strcmp(request->method, "PUT") == 0)
        return has_upload ? BUCKET_PUT_PART : BUCKET_PUT;
    if (strcmp(request->method, "POST") == 0)
        return has_upload ? BUCKET_COMPLETE : BUCKET_CREATE;
    if (strcmp(request->method, "DELETE") == 0)
        return has_upload ? BUCKET_ABORT : BUCKET_DELETE;
    return strcmp(request->method, "HEAD") == 0 ? BUCKET_HEAD : BUCKET_GET;
}

bool server_read_head(int fd, struct server_request *request)
{
    static char none[] = "";
    static const char bucket[] = "/bucket/";
    request->field_count = 0;
    request->body = NULL;
    request->body_length = 0;
    if (!read_until_empty_line(fd, request->head))
        return false;
    char *line_end = strstr(request->head, "\r\n");
    *line_end = '\0';
    request->method = request->head;
    char *path = strchr(request->head, ' ');
    char *version = path != NULL ? strchr(path + 1, ' ') : NULL;
    if (version == NULL || !split_fields(request, line_end + 2))
        return false;
    *path++ = *version = '\0';
    request->path = path;
    request->query = none;
    char *query = strchr(path, '?');
    if (query != NULL) {
        *query = '\0';
        request->query = query + 1;
    }
    request->kind = kind_of(request);
    request->key = strncmp(path, bucket, sizeof bucket - 1) == 0 ? path + sizeof bucket - 1 : NULL;
    return true;
}

static bool send_all(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

bool server_read_body(int fd, struct server_request *request)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const char *length = server_field(request, "content-length");
    size_t left = length != NULL ? strtoull(length, NULL, 10) : 0;
    if (left > SERVER_MAX_BODY_BYTES)
        return false;
    if (server_field(request, "expect") != NULL && !send_all(fd, go_on, sizeof go_on - 1))
        return false;
    request->body = malloc(left + 1);
    if (request->body == NULL)
        return false;
    while (left > 0) {
        ssize_t got = recv(fd, request->body + request->body_length, left, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        request->body_length += (size_t)got;
        left -= (size_t)got;
    }
    request->body[request->body_length] = '\0';
    return true;
}

void server_request_release(struct server_request *request)
{
    free(request->body);
    request->body = NULL;
}

bool server_send(int fd, const struct server_answer *answer, bool is_head, size_t most)
{
    char head[2048];
    int length = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n", answer->status,
                          answer->fields, answer->length);
    bool has_body = !is_head && answer->status != 204 && answer->length > 0;
    size_t sent = answer->length < most ? answer->length : most;
    return length > 0 && (size_t)length < sizeof head && send_all(fd, head, (size_t)length) &&
           (!has_body || send_all(fd, answer->body, sent));
}

void server_send_endless(int fd, int status)
{
    char head[128], chunk[1024];
    memset(chunk, ' ', sizeof chunk);
    int length = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\n\r\n", status); /* until it is closed */
    bool good = length > 0 && send_all(fd, head, (size_t)length);
    while (good)
        good = send_all(fd, chunk, sizeof chunk);
}

void server_add_field(struct server_answer *answer, const char *name, const char *value)
{
    size_t used = strlen(answer->fields);
    (void)snprintf(answer->fields + used, sizeof answer->fields - used, "%s: %s\r\n", name, value);
}

void server_error(struct server_answer *answer, int status, const char *code)
{
    char *text = NULL;
    free(answer->body);
    *answer = (struct server_answer){.status = status};
    int length = asprintf(&text,
                          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code>"
                          "<Message>a message with secret-patient-uid</Message></Error>",
                          code);
    if (length < 0)
        return;
    answer->body = (uint8_t *)text;
    answer->length = (size_t)length;
}
