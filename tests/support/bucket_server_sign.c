/* AWS Signature Version 4, from what Amazon documents, so as to check the client's by something else. */
#include "support/bucket_server_internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGEST_BYTES = 32, TEXT_BYTES = 16 * 1024, MOST_PARTS = 16, MOST_SKEW_S = 15 * 60 };

static void to_hex(const uint8_t digest[DIGEST_BYTES], char text[65])
{
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void server_hex_digest(const void *bytes, size_t length, char text[65])
{
    uint8_t digest[DIGEST_BYTES] = {0};
    (void)EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL);
    to_hex(digest, text);
}

static void sign_with(const void *key, size_t key_length, const char *text, uint8_t digest[DIGEST_BYTES])
{
    (void)HMAC(EVP_sha256(), key, (int)key_length, (const uint8_t *)text, strlen(text), digest, NULL);
}

static void append(char *text, const char *more)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, TEXT_BYTES - used, "%s", more);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void append_query(char *text, const char *query)
{
    char copy[TEXT_BYTES], *parts[MOST_PARTS], *rest = copy, *part;
    size_t count = 0;
    (void)snprintf(copy, sizeof copy, "%s", query);
    while (count < MOST_PARTS && (part = strsep(&rest, "&")) != NULL) {
        if (*part != '\0')
            parts[count++] = part;
    }
    qsort(parts, count, sizeof parts[0], compare_texts);
    for (size_t i = 0; i < count; i++) {
        append(text, i > 0 ? "&" : "");
        append(text, parts[i]);
        append(text, strchr(parts[i], '=') != NULL ? "" : "=");
    }
}

/* Every x-amz-... and the host have to be signed, and nothing that was not sent. */
static bool append_fields(char *text, const struct server_request *request, const char *signed_names)
{
    char copy[TEXT_BYTES], listed[TEXT_BYTES], *rest = copy, *name;
    (void)snprintf(copy, sizeof copy, "%s", signed_names);
    while ((name = strsep(&rest, ";")) != NULL) {
        const char *value = server_field(request, name);
        if (value == NULL)
            return false;
        append(text, name);
        append(text, ":");
        append(text, value);
        append(text, "\n");
    }
    (void)snprintf(listed, sizeof listed, ";%s;", signed_names);
    for (size_t i = 0; i < request->field_count; i++) {
        char sought[256];
        bool must = strncmp(request->fields[i].name, "x-amz-", 6) == 0 ||
                    strcmp(request->fields[i].name, "host") == 0;
        (void)snprintf(sought, sizeof sought, ";%s;", request->fields[i].name);
        if (must && strstr(listed, sought) == NULL)
            return false;
    }
    return true;
}

static const char *check_time(const char *stamp)
{
    struct tm tm = {0};
    if (strlen(stamp) != 16 || strptime(stamp, "%Y%m%dT%H%M%SZ", &tm) == NULL)
        return "AccessDenied";
    long long skew = (long long)time(NULL) - (long long)timegm(&tm);
    return skew > MOST_SKEW_S || skew < -MOST_SKEW_S ? "RequestTimeTooSkewed" : NULL;
}

static void sign(const char *stamp, const char *scope, const char *canonical, char signature[65])
{
    char text[TEXT_BYTES], digest_text[65], date[9];
    uint8_t day[DIGEST_BYTES], region[DIGEST_BYTES], service[DIGEST_BYTES], key[DIGEST_BYTES],
        digest[DIGEST_BYTES];
    static const char secret[] = "AWS4" BUCKET_SERVER_SECRET_KEY;
    (void)snprintf(date, sizeof date, "%.8s", stamp);
    sign_with(secret, sizeof secret - 1, date, day);
    sign_with(day, sizeof day, BUCKET_SERVER_REGION, region);
    sign_with(region, sizeof region, "s3", service);
    sign_with(service, sizeof service, "aws4_request", key);
    server_hex_digest(canonical, strlen(canonical), digest_text);
    (void)snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", stamp, scope, digest_text);
    sign_with(key, sizeof key, text, digest);
    to_hex(digest, signature);
}

const char *server_check_signature(const struct bucket_server *server, const struct server_request *request)
{
    char access[128], scope[256], expected_scope[256], names[1024], signature[128], right[65], body[65];
    const char *given = server_field(request, "authorization");
    const char *stamp = server_field(request, "x-amz-date");
    const char *hash = server_field(request, "x-amz-content-sha256");
    const char *token = server_field(request, "x-amz-security-token");
    if (given == NULL)
        return server->options.takes_unsigned ? NULL : "AccessDenied";
    if (stamp == NULL || hash == NULL || check_time(stamp) != NULL)
        return stamp == NULL || hash == NULL ? "AccessDenied" : check_time(stamp);
    if (sscanf(given,
               "AWS4-HMAC-SHA256 Credential=%127[^/]/%255[^,], SignedHeaders=%1023[^,], Signature=%127s",
               access, scope, names, signature) != 4)
        return "AuthorizationHeaderMalformed";
    (void)snprintf(expected_scope, sizeof expected_scope, "%.8s/%s/s3/aws4_request", stamp,
                   BUCKET_SERVER_REGION);
    if (strcmp(scope, expected_scope) != 0)
        return "AuthorizationHeaderMalformed";
    if (strcmp(access, BUCKET_SERVER_ACCESS_KEY) != 0)
        return "InvalidAccessKeyId";
    if (server->options.session_token != NULL &&
        (token == NULL || strcmp(token, server->options.session_token) != 0))
        return "InvalidToken";
    char canonical[TEXT_BYTES] = "";
    append(canonical, request->method);
    append(canonical, "\n");
    append(canonical, request->path);
    append(canonical, "\n");
    append_query(canonical, request->query);
    append(canonical, "\n");
    if (!append_fields(canonical, request, names))
        return "SignatureDoesNotMatch";
    append(canonical, "\n");
    append(canonical, names);
    append(canonical, "\n");
    append(canonical, hash);
    sign(stamp, scope, canonical, right);
    if (strcmp(right, signature) != 0)
        return "SignatureDoesNotMatch";
    server_hex_digest(request->body, request->body_length, body);
    return strcmp(hash, body) == 0 ? NULL : "XAmzContentSHA256Mismatch";
}
