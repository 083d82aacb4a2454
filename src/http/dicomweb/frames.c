#include "http/dicomweb/frames.h"

#include "http/handlers.h"
#include "http/respond.h"

#include "cgetway/byte_order.h"
#include "cgetway/query.h"
#include "cgetway/representation.h"
#include "cgetway/transfer_syntax.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_INDEX_BYTES = 64 * 1024 * 1024 };

static const char octet_stream[] = "application/octet-stream";

static void close_decoded(struct frame_answer *answer)
{
    cgw_codec_close(answer->decoded_fd, answer->decoded_length);
    answer->decoded_fd = -1;
}

static void answer_free(void *context)
{
    struct frame_answer *answer = context;
    const struct cgw_error *error = answer->parts != NULL ? cgw_parts_error(answer->parts) : &answer->error;
    if (error->code != CGW_OK)
        request_note_error(answer->request, error);
    else if (answer->next > 0 && !answer->is_whole)
        request_note_not_taken(answer->request);
    cgw_parts_free(answer->parts);
    close_decoded(answer);
    cgw_instance_file_free(answer->file);
    cgw_buffer_release(&answer->own_index);
    cgw_reading_close(answer->reading);
    free(answer);
}

/* ---- the instance ---- */

static enum cgw_code read_instance(struct frame_answer *answer, unsigned wants, struct cgw_error *err)
{
    enum cgw_code code = dicomweb_read(answer->request, &answer->scope, wants, &answer->reading, err);
    if (code == CGW_OK)
        code = cgw_reading_next(answer->reading, &answer->instance, err);
    if (code != CGW_OK)
        return code;
    if (answer->instance == NULL)
        return cgw_fail(err, CGW_E_NO_MATCH, "the peer has no such instance");
    if ((wants & CGW_WANT_FRAMES) != 0 &&
        !cgw_frames_read(answer->instance->frames, answer->instance->frames_length, &answer->frames))
        return cgw_fail(err, CGW_E_INSTANCE_UNREADABLE, "where its frames are is not known");
    return CGW_OK;
}

struct frame_answer *frame_answer_begin(struct request *request, unsigned wants, enum MHD_Result *ret_result)
{
    static const char *const parameters[] = {"accept", NULL};
    struct cgw_error err = CGW_ERROR_INIT;
    struct frame_answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) {
        *ret_result = respond_no_memory(request);
        return NULL;
    }
    answer->request = request;
    answer->decoded_fd = -1;
    answer->own_index = (struct cgw_buffer)CGW_BUFFER_INIT(MOST_INDEX_BYTES);
    answer->error = (struct cgw_error)CGW_ERROR_INIT;
    request->exchange = answer;
    request->free_exchange = answer_free;
    if (dicomweb_scope(request, &answer->scope, &err) != CGW_OK ||
        dicomweb_check_parameters(request, parameters, &err) != CGW_OK ||
        read_instance(answer, wants, &err) != CGW_OK) {
        *ret_result = respond_problem(request, &err, NULL);
        return NULL;
    }
    answer->total = request_total(answer->scope.peer);
    return answer;
}

enum cgw_code frame_answer_open_file(struct frame_answer *answer, struct cgw_error *err)
{
    if (answer->file != NULL)
        return CGW_OK;
    return cgw_instance_file_open(answer->instance->fd, &cgw_instance_file_default_limits, cgw_query_vr_of,
                                  NULL, &answer->file, err);
}

enum cgw_code frame_answer_index(struct frame_answer *answer, struct cgw_error *err)
{
    enum cgw_code code = cgw_frames_index(answer->file, &answer->own_index, err);
    if (code == CGW_OK &&
        !cgw_frames_read(answer->own_index.bytes, answer->own_index.length, &answer->frames))
        code = cgw_fail(err, CGW_E_INTERNAL, "an index of frames cannot be read");
    return code;
}

/* ---- the bytes ---- */

static enum cgw_code decode_frame(struct frame_answer *answer, struct cgw_error *err)
{
    const struct cgw_server *server = answer->request->server;
    const struct cgw_codec_job job = {
        .task = CGW_CODEC_FRAMES,
        .fd = answer->instance->fd,
        .first_frame = answer->numbers[answer->next],
        .frame_count = 1,
        .watch = {.client_fd = request_client_fd(answer->request), .stop_fd = server->stop_fd}};
    close_decoded(answer);
    enum cgw_code code =
        cgw_codec_run(server->codec, &job, &answer->decoded_fd, &answer->decoded_length, err);
    answer->length = answer->decoded_length;
    return code;
}

static uint64_t value_length(const struct cgw_element *value)
{
    return value->is_in_file ? value->in_file.length : value->length;
}

/* Goes on to the next one of what is given. */
static enum cgw_code begin_next(struct frame_answer *answer, struct cgw_error *err)
{
    enum cgw_code code = CGW_OK;
    answer->position = 0;
    if (answer->value != NULL)
        answer->length = value_length(answer->value);
    else if (answer->is_decoded)
        code = decode_frame(answer, err);
    else
        answer->length = cgw_frame_length(&answer->frames, answer->numbers[answer->next]);
    answer->next++;
    return code;
}

static size_t how_many(const struct frame_answer *answer)
{
    return answer->value != NULL ? 1 : answer->count;
}

/* Of the word that the position is in, what is left of it and wanted: a reader may want less than a word. */
static ssize_t read_part_of_word(struct frame_answer *answer, uint8_t *bytes, size_t capacity, size_t word)
{
    uint8_t whole[sizeof(uint64_t)];
    size_t inside = (size_t)(answer->position % word), length = word - inside;
    uint64_t at = answer->value->in_file.offset + answer->position - inside;
    ssize_t got = cgw_read_at(cgw_instance_file_fd(answer->file), at, whole, word);
    if (got != (ssize_t)word)
        return got < 0 ? got : 0;
    cgw_swap_words(whole, word, word);
    if (length > capacity)
        length = capacity;
    memcpy(bytes, whole + inside, length);
    return (ssize_t)length;
}

/* A value in the file of big endian words is turned round. */
static ssize_t read_value(struct frame_answer *answer, uint8_t *bytes, size_t capacity)
{
    const struct cgw_element *value = answer->value;
    if (!value->is_in_file) {
        memcpy(bytes, value->value + answer->position, capacity);
        return (ssize_t)capacity;
    }
    size_t word = cgw_vr_word_size(value->vr);
    bool is_turned = word > 1 && cgw_instance_file_is_big_endian(answer->file);
    if (is_turned && (capacity < word || answer->position % word != 0))
        return read_part_of_word(answer, bytes, capacity, word);
    if (is_turned)
        capacity -= capacity % word;
    ssize_t length = cgw_read_at(cgw_instance_file_fd(answer->file), value->in_file.offset + answer->position,
                                 bytes, capacity);
    if (is_turned && length > 0)
        cgw_swap_words(bytes, (size_t)length - (size_t)length % word, word);
    return length;
}

static ssize_t read_current(struct frame_answer *answer, uint8_t *bytes, size_t capacity)
{
    if (answer->value != NULL)
        return read_value(answer, bytes, capacity);
    if (answer->is_decoded)
        return cgw_read_at(answer->decoded_fd, answer->position, bytes, capacity);
    int fd = answer->frames.is_in_file ? answer->instance->fd : cgw_instance_file_fd(answer->file);
    return cgw_frame_read(&answer->frames, fd, answer->numbers[answer->next - 1], answer->position, bytes,
                          capacity);
}

static ssize_t read_bytes(struct frame_answer *answer, uint8_t *bytes, size_t capacity, struct cgw_error *err)
{
    uint64_t left = answer->length - answer->position;
    if (left == 0)
        return 0;
    ssize_t length = read_current(answer, bytes, left < capacity ? (size_t)left : capacity);
    if (length <= 0) {
        (void)cgw_fail(err, CGW_E_CACHE_FAILED, "an instance cannot be read: %s",
                       length < 0 ? strerror(errno) : "it ends early");
        return -1;
    }
    answer->position += (uint64_t)length;
    return length;
}

/* ---- the types ---- */

/* What there is to give. */
struct offer {
    const char *stored, *type; /* transfer syntax and media type of compressed frames */
    bool is_compressed, can_decode;
};

static struct offer make_offer(const struct frame_answer *answer)
{
    const char *stored = answer->instance->transfer_syntax;
    bool is_compressed = answer->value == NULL && answer->frames.is_encapsulated;
    return (struct offer){.stored = stored,
                          .type = frame_media_type(stored),
                          .is_compressed = is_compressed,
                          .can_decode = is_compressed && answer->request->server->codec != NULL &&
                                        cgw_codec_decodes(stored)};
}

/* Clients still use the names that two of the types had before they were registered. */
static bool takes_type(const struct accept_range *range, const char *type)
{
    return accept_range_takes(range, type) ||
           (strcmp(range->type, "image/x-dicom-rle") == 0 && strcmp(type, "image/dicom-rle") == 0) ||
           (strcmp(range->type, "image/x-jls") == 0 && strcmp(type, "image/jls") == 0);
}

/* Who takes any transfer syntax of application/octet-stream is given what is stored, with its own type:
 * viewers ask so, and look at the type of the part. Who takes anything at all is given what is stored where
 * nothing else can be had. */
static bool takes_stored(const struct offer *offer, const struct accept_range *range)
{
    bool is_silent = range->transfer_syntax[0] == '\0', takes_all = strcmp(range->transfer_syntax, "*") == 0;
    if (!offer->is_compressed)
        return false;
    if (is_silent && strcmp(range->type, "*/*") == 0)
        return !offer->can_decode;
    if (takes_type(range, offer->type))
        return is_silent || takes_all || strcmp(range->transfer_syntax, offer->stored) == 0;
    return takes_all && accept_range_takes(range, octet_stream);
}

static bool takes_native(const struct offer *offer, const struct accept_range *range)
{
    const char *syntax = range->transfer_syntax;
    return (!offer->is_compressed || offer->can_decode) && accept_range_takes(range, octet_stream) &&
           (syntax[0] == '\0' || strcmp(syntax, "*") == 0 || strcmp(syntax, CGW_TS_EXPLICIT_LE) == 0);
}

/* Whether the range takes what is there, as it is stored or decoded, and what its parts are then. */
static bool takes(const struct frame_answer *answer, const struct accept_range *range, bool *ret_is_decoded,
                  struct cgw_part *ret_part)
{
    const struct offer offer = make_offer(answer);
    bool is_stored = takes_stored(&offer, range);
    *ret_is_decoded = !is_stored && offer.is_compressed;
    (void)snprintf(ret_part->content_type, sizeof ret_part->content_type, "%s; transfer-syntax=%s",
                   is_stored ? offer.type : octet_stream, is_stored ? offer.stored : CGW_TS_EXPLICIT_LE);
    return is_stored || takes_native(&offer, range);
}

static enum cgw_code choose(struct frame_answer *answer, struct cgw_error *err)
{
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    size_t count = dicomweb_accept(answer->request, ranges);
    for (size_t i = 0; i < count; i++) {
        bool is_any = strcmp(ranges[i].type, "*/*") == 0;
        answer->is_multipart = ranges[i].is_multipart || is_any;
        if ((answer->is_multipart || how_many(answer) == 1) &&
            takes(answer, &ranges[i], &answer->is_decoded, &answer->part))
            return CGW_OK;
    }
    return cgw_fail(err, CGW_E_NOT_ACCEPTABLE,
                    "it is stored in transfer syntax %s and can be given as multipart/related; type=\"%s\"; "
                    "transfer-syntax=*",
                    answer->instance->transfer_syntax, frame_media_type(answer->instance->transfer_syntax));
}

/* ---- the answer ---- */

static enum cgw_code next_part(void *context, struct cgw_part *ret_part, bool *ret_is_end,
                               struct cgw_error *err)
{
    struct frame_answer *answer = context;
    bool is_begun = answer->is_begun;
    answer->is_begun = false;
    *ret_part = answer->part;
    *ret_is_end = !is_begun && answer->next == how_many(answer);
    return is_begun || *ret_is_end ? CGW_OK : begin_next(answer, err);
}

static ssize_t read_part(void *context, uint8_t *bytes, size_t capacity, struct cgw_error *err)
{
    return read_bytes(context, bytes, capacity, err);
}

/* Where its length is known libmicrohttpd does not ask for the end. */
static ssize_t end_read(struct frame_answer *answer, ssize_t length)
{
    request_client_takes(answer->request, answer->total);
    if (length < 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    answer->is_whole =
        length == 0 || (answer->next == how_many(answer) && answer->position == answer->length);
    return length > 0 ? length : MHD_CONTENT_READER_END_OF_STREAM;
}

static ssize_t read_multipart(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct frame_answer *answer = context;
    (void)position;
    request_we_work(answer->request);
    return end_read(answer, cgw_parts_read(answer->parts, (uint8_t *)bytes, capacity));
}

static ssize_t read_single(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct frame_answer *answer = context;
    (void)position;
    request_we_work(answer->request);
    return end_read(answer, read_bytes(answer, (uint8_t *)bytes, capacity, &answer->error));
}

/* UINT64_MAX: that is only known when they are decoded. */
static uint64_t content_length(const struct frame_answer *answer)
{
    uint64_t length = 0;
    if (answer->is_decoded)
        return UINT64_MAX;
    if (answer->value != NULL)
        return value_length(answer->value);
    for (size_t i = 0; i < answer->count; i++)
        length += cgw_frame_length(&answer->frames, answer->numbers[i]);
    return length;
}

/* The header is held back until the first frame is decoded, so that a failure of that has a status of its
 * own. */
static enum MHD_Result respond_multipart(struct frame_answer *answer, const struct answer_field *fields)
{
    const struct cgw_parts_source source = {.context = answer, .next = next_part, .read = read_part};
    size_t type_length = strcspn(answer->part.content_type, ";");
    char type[CGW_PART_TYPE_BYTES];
    answer->is_begun = answer->is_decoded;
    if (answer->is_begun && begin_next(answer, &answer->error) != CGW_OK)
        return respond_problem(answer->request, &answer->error, NULL);
    (void)snprintf(type, sizeof type, "%.*s", (int)type_length, answer->part.content_type);
    answer->parts = cgw_parts_new(type, &source);
    if (answer->parts == NULL)
        return respond_no_memory(answer->request);
    uint64_t length = content_length(answer);
    if (length != UINT64_MAX)
        length = cgw_parts_length(answer->parts, &answer->part, how_many(answer), length);
    return respond_sized_reader(answer->request, cgw_parts_content_type(answer->parts), fields, length,
                                read_multipart, answer);
}

static enum MHD_Result respond_single(struct frame_answer *answer, const struct answer_field *fields)
{
    if (begin_next(answer, &answer->error) != CGW_OK)
        return respond_problem(answer->request, &answer->error, NULL);
    return respond_sized_reader(answer->request, answer->part.content_type, fields, answer->length,
                                read_single, answer);
}

static enum cgw_code check_length_is_known(const struct frame_answer *answer, struct cgw_error *err)
{
    bool is_known = !answer->is_multipart || content_length(answer) != UINT64_MAX;
    return is_known ? CGW_OK : dicomweb_check_stream(answer->request, err);
}

enum MHD_Result frame_answer_respond(struct frame_answer *answer)
{
    struct cgw_error err = CGW_ERROR_INIT;
    char etag[DICOMWEB_ETAG_BYTES], variant[CGW_PART_TYPE_BYTES + 8];
    if (choose(answer, &err) != CGW_OK || check_length_is_known(answer, &err) != CGW_OK)
        return respond_problem(answer->request, &err, NULL);
    if (!answer->is_decoded && !answer->frames.is_in_file && frame_answer_open_file(answer, &err) != CGW_OK)
        return respond_problem(answer->request, &err, NULL);
    (void)snprintf(variant, sizeof variant, "%s%s", answer->is_multipart ? "parts-" : "",
                   answer->part.content_type);
    dicomweb_etag(answer->instance, variant, etag);
    const struct answer_field fields[] = {{MHD_HTTP_HEADER_CACHE_CONTROL, DICOMWEB_CACHE_CONTROL},
                                          {MHD_HTTP_HEADER_ETAG, etag},
                                          {MHD_HTTP_HEADER_VARY, "Accept"},
                                          {NULL, NULL}};
    if (dicomweb_is_known(answer->request, etag))
        return respond_not_modified(answer->request, fields);
    return answer->is_multipart ? respond_multipart(answer, fields) : respond_single(answer, fields);
}

enum MHD_Result handle_dicomweb_frames(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum MHD_Result result;
    struct frame_answer *answer = frame_answer_begin(request, CGW_WANT_FILE | CGW_WANT_FRAMES, &result);
    if (answer == NULL)
        return result;
    if (frame_list_parse(request->values.of[PATH_FRAMES], answer->frames.count, answer->numbers,
                         &answer->count, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return frame_answer_respond(answer);
}
