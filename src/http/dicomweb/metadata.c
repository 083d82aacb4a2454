/*
 * GET .../metadata (PS3.18 10.4.1.1.2): DICOM JSON of each instance, made when it came, put together here.
 *
 * For a client that takes gzip all of a series is compressed as one, and that is kept for the next one: it is
 * some ten times smaller than instances that were compressed each for itself.
 */
#include "http/dicomweb/scope.h"

#include "http/gzip.h"
#include "http/handlers.h"
#include "http/respond.h"

#include "cgetway/buffer.h"
#include "cgetway/json_piece.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    METADATA_ETAG_BYTES = 64,
    MOST_PENDING_BYTES = 64 * 1024 * 1024, /* of one instance */
    MOST_PACK_BYTES = 16 * 1024 * 1024,
    FULL_BYTES = 64 * 1024,
    FIELDS = 5
};

struct exchange {
    struct request *request; /* whose exchange this is */
    struct cgw_cache_scope scope;
    const char *type; /* of the body */
    struct cgw_reading *reading;
    const struct cgw_cached *instance; /* that is given next; NULL: there is none */
    struct cgw_json_joiner *joiner;
    bool is_gzip, is_warm, is_ended;
    struct cgw_buffer pending;
    size_t offset;          /* in it */
    size_t given;           /* instances */
    struct gzip *gzip;      /* of what read_text gives; NULL: the client does not take it */
    struct cgw_buffer pack; /* what it gave, to be kept */
    bool is_pack_too_large;
    struct cgw_deadline total;
    struct cgw_error error;
    bool is_whole; /* the body came to its clean end */
};

static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    if (exchange->reading != NULL)
        request_note(exchange->request, "instances", json_integer((json_int_t)exchange->given));
    if (exchange->error.code != CGW_OK)
        request_note_error(exchange->request, &exchange->error);
    else if (exchange->joiner != NULL && !exchange->is_whole)
        request_note_not_taken(exchange->request);
    cgw_json_joiner_free(exchange->joiner);
    if (exchange->gzip != NULL)
        gzip_free(exchange->gzip);
    cgw_buffer_release(&exchange->pack);
    cgw_buffer_release(&exchange->pending);
    cgw_reading_close(exchange->reading);
    free(exchange);
}

static enum cgw_code add_next(struct exchange *exchange)
{
    struct cgw_error *err = &exchange->error;
    if (exchange->instance == NULL) {
        exchange->is_ended = true;
        return cgw_json_joiner_end(exchange->joiner, &exchange->pending, err);
    }
    enum cgw_code code =
        cgw_json_joiner_add(exchange->joiner, &exchange->instance->metadata, &exchange->pending, err);
    if (code != CGW_OK)
        return code;
    exchange->given++;
    return CGW_OK;
}

/* What is there is not held back while the next instance is waited for. */
static enum cgw_code fill(struct exchange *exchange)
{
    enum cgw_code code = exchange->error.code; /* what failed stays so when what was before it is given */
    while (code == CGW_OK && !exchange->is_ended &&
           (exchange->pending.length == 0 || (exchange->is_warm && exchange->pending.length < FULL_BYTES))) {
        if (exchange->given > 0)
            code = cgw_reading_next(exchange->reading, &exchange->instance, &exchange->error);
        if (code == CGW_OK)
            code = add_next(exchange);
    }
    return code;
}

static ssize_t read_text(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    enum cgw_code code = exchange->pending.length == 0 ? fill(exchange) : CGW_OK;
    size_t length = cgw_buffer_give(&exchange->pending, &exchange->offset, bytes, capacity);
    if (length > 0)
        return (ssize_t)length;
    return code == CGW_OK ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_packed(struct exchange *exchange, uint64_t position, char *bytes, size_t capacity)
{
    ssize_t length = gzip_read(exchange->gzip, position, bytes, capacity);
    if (length > 0 && exchange->is_warm && !exchange->is_pack_too_large)
        exchange->is_pack_too_large = !cgw_buffer_append(&exchange->pack, bytes, (size_t)length);
    if (length == MHD_CONTENT_READER_END_OF_STREAM && exchange->is_warm && !exchange->is_pack_too_large)
        cgw_reading_keep_pack(exchange->reading, exchange->pack.bytes, exchange->pack.length);
    return length;
}

static ssize_t read_metadata(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    request_we_work(exchange->request);
    ssize_t length = exchange->gzip != NULL ? read_packed(exchange, position, bytes, capacity)
                                            : read_text(exchange, position, bytes, capacity);
    request_client_takes(exchange->request, exchange->total);
    exchange->is_whole = length == MHD_CONTENT_READER_END_OF_STREAM;
    return length;
}

/* Of what is in the cache; while more is to come nobody knows. */
static void make_etag(const struct exchange *exchange, char etag[METADATA_ETAG_BYTES])
{
    uint64_t revision = exchange->is_warm ? cgw_reading_revision(exchange->reading) : 0;
    etag[0] = '\0';
    if (revision != 0)
        (void)snprintf(etag, METADATA_ETAG_BYTES, "\"m%" PRIx64 "%s\"", revision,
                       exchange->is_gzip ? "-gzip" : "");
}

static enum MHD_Result respond_metadata(struct exchange *exchange)
{
    char etag[METADATA_ETAG_BYTES];
    struct request *request = exchange->request;
    make_etag(exchange, etag);
    struct answer_field fields[FIELDS] = {{MHD_HTTP_HEADER_CACHE_CONTROL, DICOMWEB_REVALIDATE},
                                          {MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding"}};
    size_t count = 2;
    if (etag[0] != '\0')
        fields[count++] = (struct answer_field){MHD_HTTP_HEADER_ETAG, etag};
    if (exchange->is_gzip)
        fields[count] = (struct answer_field){MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip"};
    if (etag[0] != '\0' && dicomweb_is_known(request, etag)) {
        exchange->is_whole = true;
        return respond_not_modified(request, fields);
    }
    size_t length;
    void *pack = exchange->is_gzip ? cgw_reading_pack(exchange->reading, &length) : NULL;
    if (pack != NULL) {
        exchange->is_whole = true;
        return respond_bytes(request, exchange->type, fields, pack, length);
    }
    exchange->joiner = cgw_json_joiner_new();
    exchange->gzip = exchange->is_gzip ? gzip_new(read_text, exchange) : NULL;
    if (exchange->joiner == NULL || (exchange->is_gzip && exchange->gzip == NULL))
        return respond_no_memory(request);
    return respond_reader(request, MHD_HTTP_OK, exchange->type, fields, NULL, read_metadata, exchange);
}

static enum cgw_code choose_type(const struct request *request, const char **ret_type, struct cgw_error *err)
{
    static const char *const types[] = {"application/dicom+json", "application/json"};
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    size_t count = dicomweb_accept(request, ranges);
    for (size_t i = 0; i < 2 * count; i++) {
        *ret_type = types[i % 2];
        if (!ranges[i / 2].is_multipart && accept_range_takes(&ranges[i / 2], *ret_type))
            return CGW_OK;
    }
    return cgw_fail(err, CGW_E_NOT_ACCEPTABLE, "metadata can be given as application/dicom+json only");
}

/* The header is held back until the first instance is there, so that an early failure has a status of its
 * own. */
enum MHD_Result handle_dicomweb_metadata(struct request *request)
{
    static const char *const parameters[] = {"accept", NULL};
    struct cgw_error err = CGW_ERROR_INIT;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_no_memory(request);
    exchange->request = request;
    exchange->error = (struct cgw_error)CGW_ERROR_INIT;
    exchange->pending = (struct cgw_buffer)CGW_BUFFER_INIT(MOST_PENDING_BYTES);
    exchange->pack = (struct cgw_buffer)CGW_BUFFER_INIT(MOST_PACK_BYTES);
    request->exchange = exchange;
    request->free_exchange = exchange_free;
    exchange->is_gzip = accept_encoding_is_gzip(request_header(request, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    if (dicomweb_scope(request, &exchange->scope, &err) != CGW_OK ||
        dicomweb_check_parameters(request, parameters, &err) != CGW_OK ||
        choose_type(request, &exchange->type, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    exchange->total = request_total(exchange->scope.peer);
    if (dicomweb_check_stream(request, &err) != CGW_OK ||
        dicomweb_read(request, &exchange->scope, CGW_WANT_METADATA, &exchange->reading, &err) != CGW_OK ||
        cgw_reading_next(exchange->reading, &exchange->instance, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (exchange->instance == NULL) {
        (void)cgw_fail(&err, CGW_E_NO_MATCH, "the peer has no instance of it");
        return respond_problem(request, &err, NULL);
    }
    exchange->is_warm = cgw_reading_is_warm(exchange->reading);
    return respond_metadata(exchange);
}
