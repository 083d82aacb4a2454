#include "answer.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void answer_clear(struct answer *answer)
{
    struct cgw_buffer body = answer->body;
    cgw_buffer_clear(&body);
    *answer = (struct answer){.body = body};
}

void s3_answer_release(struct answer *answer)
{
    cgw_buffer_release(&answer->body);
}

/* ---- the header ---- */

/* Decimal digits and nothing else up to the end. */
static bool read_number(const char *text, const char *end, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (text == end)
        return false;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return false;
    }
    *ret_number = number;
    return true;
}

static void take_length(struct answer *answer, const char *value)
{
    answer->has_length = read_number(value, value + strlen(value), &answer->length);
}

/* bytes 5-9/10 */
static void take_range(struct answer *answer, const char *value)
{
    static const char unit[] = "bytes ";
    if (strncasecmp(value, unit, sizeof unit - 1) != 0)
        return;
    value += sizeof unit - 1;
    const char *dash = strchr(value, '-'), *slash = strchr(value, '/');
    answer->has_range = dash != NULL && slash != NULL && dash < slash &&
                        read_number(value, dash, &answer->range_first) &&
                        read_number(dash + 1, slash, &answer->range_last) &&
                        read_number(slash + 1, slash + 1 + strlen(slash + 1), &answer->total);
}

static void take_modified(struct answer *answer, const char *value)
{
    time_t modified = curl_getdate(value, NULL);
    answer->modified = modified > 0 ? modified : 0;
}

static void take_retry_after(struct answer *answer, const char *value)
{
    enum { MOST_S = 3600 };
    uint64_t seconds;
    if (read_number(value, value + strlen(value), &seconds))
        answer->retry_after_s = seconds < MOST_S ? (unsigned)seconds : MOST_S;
}

/* It goes back to the server, in a field and in XML, so it must be harmless in both. */
static void take_etag(struct answer *answer, const char *value)
{
    size_t length = strlen(value);
    if (length == 0 || length >= sizeof answer->etag)
        return;
    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)value[i]) || strchr("<>&'\\", value[i]) != NULL)
            return;
    }
    memcpy(answer->etag, value, length + 1);
}

static void take_number(struct answer *answer, const char *value)
{
    if (strlen(value) == sizeof answer->number - 1)
        memcpy(answer->number, value, sizeof answer->number);
}

static const struct {
    const char *name;
    void (*take)(struct answer *answer, const char *value);
} fields[] = {
    {"content-length", take_length},
    {"content-range", take_range},
    {"last-modified", take_modified},
    {"retry-after", take_retry_after},
    {"etag", take_etag},
    {"x-amz-meta-cgetway-upload", take_number},
};

/* The value without the spaces around it; false: longer than anything that is looked at. */
static bool copy_value(char *copy, size_t capacity, const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (end > from && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    size_t length = (size_t)(end - from);
    if (length >= capacity || memchr(from, '\0', length) != NULL)
        return false;
    memcpy(copy, from, length);
    copy[length] = '\0';
    return true;
}

void answer_take_header(struct answer *answer, const char *line, size_t length)
{
    enum { VALUE_BYTES = 256 };
    char value[VALUE_BYTES];
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        answer_clear(answer);
        return;
    }
    const char *colon = memchr(line, ':', length);
    if (colon == NULL || !copy_value(value, sizeof value, colon + 1, line + length))
        return;
    size_t name_length = (size_t)(colon - line);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strlen(fields[i].name) == name_length && strncasecmp(line, fields[i].name, name_length) == 0)
            fields[i].take(answer, value);
    }
}

/* ---- the body ---- */

/* Behind the start tag of the first element of this name; NULL: none. */
static const char *find_element(const struct answer *answer, const char *name)
{
    size_t name_length = strlen(name);
    if (answer->body.length == 0) /* and so may have no bytes to point at */
        return NULL;
    const char *at = (const char *)answer->body.bytes, *end = at + answer->body.length;
    while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        at++;
        if ((size_t)(end - at) <= name_length || memcmp(at, name, name_length) != 0)
            continue;
        if (strchr("> \t\r\n/", at[name_length]) == NULL || at[name_length] == '\0')
            continue;
        const char *close = memchr(at, '>', (size_t)(end - at));
        return close != NULL ? close + 1 : end;
    }
    return NULL;
}

bool answer_has_element(const struct answer *answer, const char *name)
{
    return find_element(answer, name) != NULL;
}

bool answer_element(const struct answer *answer, const char *name, char *ret_text, size_t capacity)
{
    const char *at = find_element(answer, name);
    size_t length = 0, name_length = strlen(name);
    if (at == NULL)
        return false;
    const char *end = (const char *)answer->body.bytes + answer->body.length;
    while (at + length < end && at[length] != '<') {
        if (length + 1 >= capacity || !isgraph((unsigned char)at[length]) ||
            strchr(">&\"'", at[length]) != NULL)
            return false;
        length++;
    }
    const char *tag = at + length;
    bool closes = (size_t)(end - tag) >= name_length + 3 && memcmp(tag, "</", 2) == 0 &&
                  memcmp(tag + 2, name, name_length) == 0 && tag[name_length + 2] == '>';
    if (length == 0 || !closes)
        return false;
    memcpy(ret_text, at, length);
    ret_text[length] = '\0';
    return true;
}

void answer_take_body(struct answer *answer)
{
    if (!answer_has_element(answer, "Error") ||
        !answer_element(answer, "Code", answer->code, sizeof answer->code))
        answer->code[0] = '\0';
}

/* ---- what it means ---- */

struct cgw_bucket_info answer_info(const struct answer *answer, uint64_t bytes)
{
    struct cgw_bucket_info info = {.bytes = bytes, .modified = answer->modified};
    if (answer->etag[0] == '"') /* W/ is before a weak one, and some servers leave the quotes away */
        memcpy(info.etag, answer->etag, sizeof info.etag);
    return info;
}

bool answer_is_success(const struct answer *answer)
{
    return answer->status >= 200 && answer->status < 300 && !answer_has_element(answer, "Error");
}

bool answer_may_pass(const struct answer *answer)
{
    static const char *const passing[] = {
        "ConditionalRequestConflict", "InternalError", "OperationAborted", "RequestTimeout", "SlowDown",
        "ServiceUnavailable"};
    switch (answer->status) {
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        break;
    }
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (strcmp(answer->code, passing[i]) == 0)
            return true;
    }
    return false;
}

static const struct {
    int status; /* where the server tells no code, as to HEAD; 0: only with the code */
    const char *code, *hint;
} hints[] = {
    {301, "PermanentRedirect", "the bucket is elsewhere: see its URL and bucket-region"},
    {307, "TemporaryRedirect", "the bucket is elsewhere for now: see its URL"},
    {0, "AuthorizationHeaderMalformed", "see bucket-region"},
    {0, "AuthorizationQueryParametersError", "see bucket-region"},
    {0, "SignatureDoesNotMatch", "see the secret key, and the bucket's URL if a proxy is before it"},
    {0, "InvalidAccessKeyId", "see the access key"},
    {0, "InvalidToken", "see the session token"},
    {0, "ExpiredToken", "the session token is too old"},
    {0, "RequestTimeTooSkewed", "the clock of this machine is wrong"},
    {0, "NoSuchBucket", "see the bucket's name in its URL"},
    {0, "EntityTooSmall", "the parts are smaller than this server takes"},
    {403, "AccessDenied",
     "the keys need GetObject, PutObject, DeleteObject, AbortMultipartUpload and ListBucket"},
};

static const char *hint_for(const struct answer *answer)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        bool same = answer->code[0] != '\0' ? strcmp(answer->code, hints[i].code) == 0
                                            : answer->status == hints[i].status;
        if (same)
            return hints[i].hint;
    }
    return NULL;
}

enum cgw_code answer_fail(const struct answer *answer, const char *what, struct cgw_error *err)
{
    const char *hint = hint_for(answer);
    return cgw_fail(err, CGW_E_STORE_FAILED, "%s: the server of the bucket answers %d%s%s%s%s", what,
                    answer->status, answer->code[0] != '\0' ? " " : "", answer->code,
                    hint != NULL ? "; " : "", hint != NULL ? hint : "");
}
