/*
 * Frames and bulk data as the body of an answer: parts of multipart/related, or one alone, in one of the
 * types that the client takes (PS3.18 8.7.3.3, 10.4.1.1.6).
 */
#ifndef CGW_HTTP_DICOMWEB_FRAMES_H
#define CGW_HTTP_DICOMWEB_FRAMES_H

#include "http/dicomweb/scope.h"
#include "http/request.h"

#include "cgetway/buffer.h"
#include "cgetway/frames.h"
#include "cgetway/instance_file.h"
#include "cgetway/parts.h"

enum { MAX_FRAMES_OF_REQUEST = 512 };

/* What is given: frames of an instance as they are stored or decoded, or one value of its file. */
struct frame_answer {
    struct request *request; /* whose exchange this is */
    struct cgw_cache_scope scope;
    struct cgw_reading *reading;
    const struct cgw_cached *instance; /* with file and frames */
    struct cgw_frames frames;          /* of the instance, or of own_index */
    struct cgw_buffer own_index;
    struct cgw_instance_file *file; /* opened where the cache's own file does not do, or for a value */
    uint32_t numbers[MAX_FRAMES_OF_REQUEST]; /* from 0 */
    size_t count;
    const struct cgw_element *value; /* that is given in place of frames; NULL: frames are */
    bool is_decoded;                 /* frames go through the codec */
    struct cgw_part part;            /* what each is */
    bool is_multipart;
    bool is_begun;  /* the first of the parts is, before the header of the answer */
    size_t next;    /* of numbers, that comes after the one being given */
    int decoded_fd; /* of the frame that is being given; -1: none */
    uint64_t decoded_length;
    uint64_t length, position; /* of what is being given */
    struct cgw_parts *parts;
    struct cgw_deadline total;
    struct cgw_error error;
    bool is_whole; /* the body came to its clean end */
};

/* Makes it the request's exchange, reads scope and parameters, and the instance with what is wanted of it:
 * its file and perhaps its frames. NULL: a problem was queued (*ret_result). */
struct frame_answer *frame_answer_begin(struct request *request, unsigned wants, enum MHD_Result *ret_result);

/* The file, read anew: for values, and for frames that are not where the cache's file has them. */
enum cgw_code frame_answer_open_file(struct frame_answer *answer, struct cgw_error *err);

/* Where the frames are, from the file. */
enum cgw_code frame_answer_index(struct frame_answer *answer, struct cgw_error *err);

/* numbers, count or value are set: chooses the type by what the client accepts, and answers. */
enum MHD_Result frame_answer_respond(struct frame_answer *answer);

/* "1,2,3" (PS3.18 10.4.1.1.6) within count frames. CGW_E_BAD_PARAMETER, CGW_E_UNKNOWN_FRAME. */
enum cgw_code frame_list_parse(const char *text, size_t count, uint32_t numbers[MAX_FRAMES_OF_REQUEST],
                               size_t *ret_count, struct cgw_error *err);

/* The media type of frames that are stored in this transfer syntax (PS3.18 tables 8.7.3-2 and 8.7.3-3);
 * "application/octet-stream" for native ones and those of which nobody knows better. Static. */
const char *frame_media_type(const char *transfer_syntax);

#endif
