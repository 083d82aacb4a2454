#include "framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a walk over the header's fields finds. */
struct fields {
    size_t lengths;    /* Content-Length */
    size_t encodings;  /* Transfer-Encoding */
    size_t types;      /* Content-Type */
    bool has_odd_name; /* no token (RFC 9110 5.1), or one that only begins as a framing field's */
};

/* libmicrohttpd keeps blanks at the end of a name and glues a folded value to it, so `Content-Length : 5` is
 * no Content-Length to it and may well be one to others. */
static bool is_odd_name(const char *name, const char *framing_name)
{
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t length = strlen(framing_name);
    return name[strspn(name, token)] != '\0' ||
           (strncasecmp(name, framing_name, length) == 0 && name[length] != '\0');
}

static enum MHD_Result look_at_field(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct fields *fields = context;
    (void)kind;
    (void)value;
    fields->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    fields->encodings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    fields->types += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_TYPE) == 0;
    fields->has_odd_name = fields->has_odd_name || is_odd_name(name, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
                           is_odd_name(name, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    return MHD_YES;
}

static enum cgw_code check_fields(const struct request *request, struct cgw_error *err)
{
    struct fields fields = {0};
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, look_at_field, &fields);
    const char *encoding = request_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    if (fields.has_odd_name)
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the name of a header field is malformed");
    if (fields.lengths + fields.encodings > 1)
        return cgw_fail(err, CGW_E_BAD_REQUEST,
                        "the header has more than one of Content-Length and Transfer-Encoding");
    if (fields.types > 1)
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the header has more than one Content-Type");
    if (encoding != NULL && strcasecmp(encoding, "chunked") != 0)
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the only Transfer-Encoding that is taken is chunked");
    if (encoding != NULL && request->is_http_1_0)
        return cgw_fail(err, CGW_E_BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
    return CGW_OK;
}

static enum cgw_code check_lengths(const struct request *request, struct cgw_error *err)
{
    const struct cgw_config *config = request->server->config;
    const union MHD_ConnectionInfo *header =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (header != NULL && header->header_size > (size_t)config->max_header_bytes)
        return cgw_fail(err, CGW_E_HEADER_TOO_LARGE, "the header is longer than %lld bytes",
                        (long long)config->max_header_bytes);
    if (length != NULL && strtoull(length, NULL, 10) > request->body.max_length)
        return cgw_fail(err, CGW_E_BODY_TOO_LARGE, "the body is longer than %zu bytes",
                        request->body.max_length);
    return CGW_OK;
}

enum cgw_code check_framing(const struct request *request, struct cgw_error *err)
{
    enum cgw_code code = check_fields(request, err);
    return code != CGW_OK ? code : check_lengths(request, err);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t unescape_uri(void *context, struct MHD_Connection *connection, char *text)
{
    size_t to = 0;
    bool is_path = text[0] == '/';
    (void)context;
    (void)connection;
    for (size_t from = 0; text[from] != '\0';) {
        int high = text[from] == '%' ? hex_digit(text[from + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[from + 2]) : -1;
        int decoded = high * 16 + low;
        if (low >= 0 && decoded != '\0' && (decoded != '/' || !is_path)) {
            text[to++] = (char)decoded;
            from += 3;
        } else {
            text[to++] = text[from++];
        }
    }
    text[to] = '\0';
    return to;
}
