/*
 * Frames over DICOMweb: every layout of pixel data that there is, each with every frame compared with what
 * was written; and what an Accept field makes of them.
 */
#include "integration/dicomweb_images.h"

#include "support/pattern.h"

#include <pthread.h>

static struct dicomweb_image images[IMAGES], decoded[DECODED];
static struct dicomweb_image broken; /* compressed, and nothing decodes it */

static struct at_peer at_profiled = {.world = &the_world, .index = 1, .name = "profiled"};

static const char *const classes[] = {SECONDARY, WORDS, SEGMENTS, PARAMETRIC, NULL};
static const char *const syntaxes[] = {EXPLICIT_LE,      RLE_LOSSLESS,       JPEG_LOSSLESS,
                                       JPEG_LS_LOSSLESS, JPEG_2000_LOSSLESS, NULL};

static bool make_images(const char **files)
{
    bool good = true;
    study_uid(500, 1, study_uid_text);
    study_uid(500, 2, series_uid_text);
    for (size_t i = 0; good && i < IMAGES + DECODED; i++) {
        struct image_options options = {
            .sop_class = SECONDARY, .bits = 8, .rows = 16, .columns = 24, .frames = 3};
        const char *const *tool = i < IMAGES ? rows[i].tool : decoded_rows[i - IMAGES].tool;
        struct dicomweb_image *image = i < IMAGES ? &images[i] : &decoded[i - IMAGES];
        if (i < IMAGES)
            options = rows[i].options;
        options.seed = 600 + 10 * i;
        options.study = study_uid_text;
        options.series = series_uid_text;
        good = dicomweb_image_make(&options, tool[0] != NULL ? tool : NULL, image);
        files[i] = image->file;
    }
    const struct image_options options = {.seed = 599,
                                          .study = study_uid_text,
                                          .series = series_uid_text,
                                          .sop_class = SECONDARY,
                                          .transfer_syntax = RLE_LOSSLESS,
                                          .bits = 8,
                                          .rows = 8,
                                          .columns = 8,
                                          .frames = 2,
                                          .layout = IMAGE_BASIC_TABLE};
    good = good && dicomweb_image_make(&options, NULL, &broken);
    files[IMAGES + DECODED] = broken.file;
    return good;
}

static int set_up(void **state)
{
    const char *files[FILES];
    (void)state;
    at_orthanc.index = 0;
    if (!world_begin() || !make_images(files))
        return -1;
    const struct world_peer peers[] = {
        {at_orthanc.name, {.kind = PEER_ORTHANC, .files = files, .file_count = FILES}},
        {at_profiled.name,
         {.kind = PEER_DCMQRSCP,
          .files = files,
          .file_count = FILES,
          .accepted_classes = classes,
          .accepted_syntaxes = syntaxes}}};
    return dicomweb_start(peers, 2, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    for (size_t i = 0; i < IMAGES; i++)
        free(images[i].file);
    for (size_t i = 0; i < DECODED; i++)
        free(decoded[i].file);
    free(broken.file);
    return result;
}

static const char AS_STORED[] = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*";

static bool is_encapsulated(const struct dicomweb_image *image)
{
    return image->options.layout != IMAGE_NATIVE;
}

static const char *stored_type(const struct dicomweb_image *image)
{
    return is_encapsulated(image) ? "image/jp2; transfer-syntax=" JPEG_2000_LOSSLESS
                                  : "application/octet-stream; transfer-syntax=" EXPLICIT_LE;
}

static const char *stored_root(const struct dicomweb_image *image)
{
    return is_encapsulated(image) ? "image/jp2" : "application/octet-stream";
}

static void assert_is_frame(const struct dicomweb_parts *parts, size_t index,
                            const struct dicomweb_image *image, size_t number)
{
    size_t length;
    uint8_t *bytes = image_frame(&image->options, number, &length);
    assert_part(parts, index, stored_type(image), bytes, length);
    free(bytes);
}

/* ---- tests ---- */

static void every_frame_is_that_of_its_file(void **state)
{
    for (size_t i = 0; i < IMAGES; i++) {
        const struct dicomweb_image *image = &images[i];
        for (size_t k = 0; k < image->options.frames; k++) {
            char rest[32];
            size_t length;
            struct dicomweb_parts parts;
            (void)snprintf(rest, sizeof rest, "/frames/%zu", k + 1);
            dicomweb_get_parts(*state, image->path, rest, AS_STORED, stored_root(image), &parts);
            assert_int_equal(parts.body.count, 1);
            assert_is_frame(&parts, 0, image, k);
            dicomweb_parts_release(&parts);
            uint8_t *bytes = image_frame(&image->options, k, &length);
            assert_single(*state, image->path, rest, "application/octet-stream; transfer-syntax=*",
                          stored_type(image), bytes, length);
            free(bytes);
        }
    }
}

static void a_list_of_frames_comes_in_its_order(void **state)
{
    for (size_t i = 0; i < IMAGES; i++) {
        const struct dicomweb_image *image = &images[i];
        if (image->options.frames < 3)
            continue;
        static const char *const lists[] = {"/frames/3,1", "/frames/3%2C1"};
        for (size_t k = 0; k < 2; k++) {
            struct dicomweb_parts parts;
            dicomweb_get_parts(*state, image->path, lists[k], AS_STORED, stored_root(image), &parts);
            assert_int_equal(parts.body.count, 2);
            assert_is_frame(&parts, 0, image, 2);
            assert_is_frame(&parts, 1, image, 0);
            char *length = http_header(&parts.response, "Content-Length");
            assert_non_null(length);
            free(length);
            dicomweb_parts_release(&parts);
        }
    }
    struct dicomweb_parts parts;
    dicomweb_get_parts(*state, images[0].path, "/frames/2,2,1", AS_STORED, stored_root(&images[0]), &parts);
    assert_int_equal(parts.body.count, 3);
    assert_is_frame(&parts, 0, &images[0], 1);
    assert_is_frame(&parts, 1, &images[0], 1);
    assert_is_frame(&parts, 2, &images[0], 0);
    dicomweb_parts_release(&parts);
}

/* One part, one frame: a list cannot be given alone. */
static void several_frames_are_never_given_alone(void **state)
{
    assert_refused(*state, images[0].path, "/frames/1,2", "application/octet-stream", 406, "not-acceptable",
                   NULL);
}

static void frames_that_are_not_there_are_not_found(void **state)
{
    static const char *const unknown[] = {"/frames/0", "/frames/4", "/frames/1,4", "/frames/999999999999",
                                          "/frames/1,0"};
    static const char *const garbage[] = {
        "/frames/a",   "/frames/-1",    "/frames/1,", "/frames/,1",  "/frames/1,,2",
        "/frames/1.5", "/frames/1%202", "/frames/+1", "/frames/0x1", "/frames/9999999999999"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_refused(*state, images[0].path, unknown[i], AS_STORED, 404, "unknown-frame", NULL);
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++)
        assert_refused(*state, images[0].path, garbage[i], AS_STORED, 400, "bad-parameter", "frames");
    assert_refused(*state, images[0].path, "/frames/", AS_STORED, 404, "unknown-resource", NULL);
}

static void a_list_of_every_frame_and_more_is_limited(void **state)
{
    char list[6000] = "/frames/1";
    size_t length = strlen(list);
    for (size_t i = 1; i < 400; i++, length += 2)
        memcpy(list + length, ",1", 3);
    struct dicomweb_parts parts;
    dicomweb_get_parts(*state, images[0].path, list, AS_STORED, stored_root(&images[0]), &parts);
    assert_int_equal(parts.body.count, 400);
    dicomweb_parts_release(&parts);
}

/* ---- what is accepted ---- */

#define OCTETS "application/octet-stream"
#define NATIVE_TYPE OCTETS "; transfer-syntax=" EXPLICIT_LE
#define J2K_TYPE "image/jp2; transfer-syntax=" JPEG_2000_LOSSLESS

struct accepted {
    const char *accept;
    const char *query; /* "" or "?accept=" */
    const char *type;  /* of the part or of the answer; NULL: 406 */
    bool is_multipart;
};

static void assert_accepted(const struct at_peer *at, const struct dicomweb_image *image,
                            const struct accepted *row)
{
    char rest[512], *type;
    struct http_response response;
    struct multipart body;
    (void)snprintf(rest, sizeof rest, "/frames/1%s", row->query);
    dicomweb_get(at, image->path, rest, row->accept, &response);
    if (row->type == NULL) {
        if (response.status != 406)
            fail_msg("%s %s: status %ld", row->accept, row->query, response.status);
        json_decref(take_problem(&response, 406, "not-acceptable"));
        return;
    }
    type = http_header(&response, "Content-Type");
    bool is_multipart = type != NULL && strncmp(type, "multipart/", 10) == 0;
    if (response.status != 200 || is_multipart != row->is_multipart)
        fail_msg("%s %s: status %ld, %s", row->accept, row->query, response.status, type);
    if (is_multipart) {
        assert_true(multipart_parse(type, response.body, response.body_length, &body, NULL));
        free(type);
        type = multipart_header(&body.parts[0], "Content-Type");
        multipart_release(&body);
    }
    if (strcmp(type, row->type) != 0)
        fail_msg("%s %s: %s in place of %s", row->accept, row->query, type, row->type);
    free(type);
    http_response_release(&response);
}

static void native_frames_are_given_by_what_is_accepted(void **state)
{
    static const struct accepted table[] = {
        {NULL, "", NATIVE_TYPE, true},
        {"", "", NATIVE_TYPE, true},
        {"*/*", "", NATIVE_TYPE, true},
        {"multipart/related", "", NATIVE_TYPE, true},
        {"multipart/related; type=*/*", "", NATIVE_TYPE, true},
        {"multipart/related; type=application/octet-stream", "", NATIVE_TYPE, true},
        {"multipart/related;type=\"application/octet-stream\"", "", NATIVE_TYPE, true},
        {"MULTIPART/Related; Type=\"Application/Octet-Stream\"; Transfer-Syntax=*", "", NATIVE_TYPE, true},
        {"multipart/related; type=\"application/octet-stream; transfer-syntax=*\"", "", NATIVE_TYPE, true},
        {"multipart/related; type=\"application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\"", "",
         NATIVE_TYPE, true},
        {"multipart/related; type=application/octet-stream; transfer-syntax=\"1.2.840.10008.1.2.1\"", "",
         NATIVE_TYPE, true},
        {"multipart/related; type=\"application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90\"", "",
         NULL, false},
        {OCTETS, "", NATIVE_TYPE, false},
        {"application/*", "", NATIVE_TYPE, false},
        {"application/octet-stream; transfer-syntax=1.2.840.10008.1.2", "", NULL, false},
        {"application/octet-stream; transfer-syntax=1.2.840.10008.1.2.2", "", NULL, false},
        {"image/jpeg", "", NULL, false},
        {"image/*", "", NULL, false},
        {"multipart/related; type=\"image/jp2\"", "", NULL, false},
        {"multipart/related; type=\"image/jpeg\", multipart/related; type=\"application/octet-stream\"", "",
         NATIVE_TYPE, true},
        {"application/octet-stream; q=0", "", NULL, false},
        {"application/octet-stream;q=0.2, multipart/related; type=application/octet-stream;q=0.9", "",
         NATIVE_TYPE, true},
        {"application/octet-stream;q=0.9, multipart/related; type=application/octet-stream;q=0.2", "",
         NATIVE_TYPE, false},
        {"image/jpeg", "?accept=application/octet-stream", NATIVE_TYPE, false},
        {OCTETS, "?accept=image/jpeg", NULL, false},
        {"image/jpeg", "?accept=multipart/related;%20type=%22application/octet-stream%22", NATIVE_TYPE, true},
        {"image/jpeg", "?accept=multipart/related;+type=application/octet-stream;+transfer-syntax=*",
         NATIVE_TYPE, true},
        {"image/jpeg", "?accept=", NULL, false},
        {"garbage", "", NULL, false},
        {";;;,\"", "", NULL, false},
        {"text/html, application/xhtml+xml", "", NULL, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_accepted(*state, &images[0], &table[i]);
}

/* Nothing here decodes JPEG 2000. */
static void compressed_frames_are_given_by_what_is_accepted(void **state)
{
    static const struct accepted table[] = {
        {NULL, "", J2K_TYPE, true},
        {"*/*", "", J2K_TYPE, true},
        {"multipart/related; type=application/octet-stream; transfer-syntax=*", "", J2K_TYPE, true},
        {"multipart/related; type=\"image/jp2\"", "", J2K_TYPE, true},
        {"multipart/related; type=\"image/jp2\"; transfer-syntax=1.2.840.10008.1.2.4.90", "", J2K_TYPE, true},
        {"multipart/related; type=\"image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90\"", "", J2K_TYPE, true},
        {"multipart/related; type=\"image/jp2\"; transfer-syntax=1.2.840.10008.1.2.4.91", "", NULL, false},
        {"multipart/related; type=\"image/jls\"", "", NULL, false},
        {"multipart/related; type=\"application/octet-stream\"", "", NULL, false},
        {"image/jp2", "", J2K_TYPE, false},
        {"image/*", "", J2K_TYPE, false},
        {OCTETS, "", NULL, false},
        {"image/jpeg, image/jp2;q=0.1", "", J2K_TYPE, false},
        {"image/jls", "?accept=image/jp2", J2K_TYPE, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_accepted(*state, &images[10], &table[i]);
}

static void what_can_be_decoded_is_given_both_ways(void **state)
{
    for (size_t i = 0; i < DECODED; i++) {
        const struct dicomweb_image *image = &decoded[i];
        struct dicomweb_parts parts;
        size_t length;
        char compressed[128];
        const struct accepted as_named = {decoded_rows[i].type, "", compressed, false};
        (void)snprintf(compressed, sizeof compressed, "%s; transfer-syntax=%s", decoded_rows[i].type,
                       decoded_rows[i].transfer_syntax);
        const struct accepted table[] = {
            {AS_STORED, "", compressed, true},
            {"multipart/related; type=\"application/octet-stream\"", "", NATIVE_TYPE, true},
            {OCTETS "; transfer-syntax=" EXPLICIT_LE, "", NATIVE_TYPE, false},
            {"*/*", "", NATIVE_TYPE, true},
            as_named,
            {"image/jp2", "", NULL, false},
        };
        for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
            assert_accepted(*state, image, &table[k]);
        dicomweb_get_parts(*state, image->path, "/frames/3,1,2",
                           "multipart/related; type=\"application/octet-stream\"", OCTETS, &parts);
        assert_int_equal(parts.body.count, 3);
        static const size_t order[] = {2, 0, 1};
        for (size_t k = 0; k < 3; k++) {
            uint8_t *bytes = image_frame(&image->options, order[k], &length);
            assert_part(&parts, k, NATIVE_TYPE, bytes, length);
            free(bytes);
        }
        dicomweb_parts_release(&parts);
    }
}

/* Before a byte of it went out: then there is a status that says so. */
static void what_does_not_decode_is_a_problem(void **state)
{
    static const struct {
        const char *rest, *accept;
    } table[] = {
        {"/frames/1", OCTETS},
        {"/frames/2", "multipart/related; type=\"application/octet-stream\""},
        {"/frames/1,2", "multipart/related; type=\"application/octet-stream\""},
        {"", "application/dicom"},
        {"", "application/dicom; transfer-syntax=" DEFLATED_LE},
        {"", "multipart/related; type=\"application/dicom\""},
        {"/rendered", "*/*"},
        {"/thumbnail", "image/png"},
    };
    struct dicomweb_parts parts;
    size_t length;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_refused(*state, broken.path, table[i].rest, table[i].accept, 502, "codec-failed", NULL);
    dicomweb_get_parts(*state, broken.path, "/frames/2", AS_STORED, "image/dicom-rle", &parts);
    uint8_t *bytes = image_frame(&broken.options, 1, &length);
    assert_part(&parts, 0, "image/dicom-rle; transfer-syntax=" RLE_LOSSLESS, bytes, length);
    free(bytes);
    dicomweb_parts_release(&parts);
}

/* What tools wrote is cut as their fragments are: one a frame here. */
static void compressed_frames_are_the_fragments_of_the_file(void **state)
{
    static const uint8_t head[] = {0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    for (size_t i = 0; i < DECODED; i++) {
        size_t length;
        char type[128];
        struct dicomweb_parts parts;
        uint8_t *file = file_read(decoded[i].file, &length, NULL);
        const uint8_t *at = memmem(file, length, head, sizeof head);
        assert_non_null(at);
        (void)snprintf(type, sizeof type, "%s; transfer-syntax=%s", decoded_rows[i].type,
                       decoded_rows[i].transfer_syntax);
        dicomweb_get_parts(*state, decoded[i].path, "/frames/1,2,3", AS_STORED, decoded_rows[i].type, &parts);
        assert_int_equal(parts.body.count, 3);
        at += sizeof head;
        for (size_t k = 0; k < 4; k++) { /* the first is the offset table */
            size_t bytes = (size_t)at[4] | (size_t)at[5] << 8 | (size_t)at[6] << 16;
            assert_int_equal(at[3], 0xE0);
            if (k > 0)
                assert_part(&parts, k - 1, type, at + 8, bytes);
            at += 8 + bytes;
        }
        free(file);
        dicomweb_parts_release(&parts);
    }
}

static void a_frame_has_an_entity_tag_of_its_own_for_each_form(void **state)
{
    struct http_response response;
    char *tags[3], field[256];
    static const char *const accepts[] = {AS_STORED, OCTETS, "image/dicom-rle"};
    for (size_t i = 0; i < 3; i++) {
        dicomweb_get(*state, decoded[0].path, "/frames/2", accepts[i], &response);
        assert_int_equal(response.status, 200);
        assert_header(&response, "Cache-Control", "private, max-age=86400");
        assert_header(&response, "Vary", "Accept");
        tags[i] = http_header(&response, "ETag");
        assert_non_null(tags[i]);
        assert_true(tags[i][0] == '"' || strncmp(tags[i], "W/\"", 3) == 0);
        assert_int_equal(tags[i][strlen(tags[i]) - 1], '"');
        assert_null(strchr(tags[i], ' '));
        http_response_release(&response);
    }
    assert_string_not_equal(tags[0], tags[1]);
    (void)snprintf(field, sizeof field, "If-None-Match: %s", tags[1]);
    const char *const headers[] = {field, "Accept: " OCTETS, NULL};
    dicomweb_request("GET", *state, decoded[0].path, "/frames/2", headers, &response);
    assert_int_equal(response.status, 304);
    assert_int_equal(response.body_length, 0);
    assert_header(&response, "ETag", tags[1]);
    http_response_release(&response);
    const char *const other[] = {field, "Accept: image/dicom-rle", NULL};
    dicomweb_request("GET", *state, decoded[0].path, "/frames/2", other, &response);
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    for (size_t i = 0; i < 3; i++)
        free(tags[i]);
}

/* Pixel data inside a sequence are not the frames of the image. */
static void bulk_data_of_an_icon_is_not_that_of_the_image(void **state)
{
    const struct dicomweb_image *image = &images[IMAGES - 1];
    struct http_response response;
    struct dicomweb_parts parts;
    char rest[512];
    uint8_t blob[3000];
    (void)snprintf(rest, sizeof rest, "/bulkdata/%s/%s/7FE00010", series_uid_text, image->instance);
    dicomweb_get_parts(*state, image->path, rest, AS_STORED, "image/jp2", &parts);
    assert_int_equal(parts.body.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_is_frame(&parts, i, image, i);
    dicomweb_parts_release(&parts);
    (void)snprintf(rest, sizeof rest, "/bulkdata/%s/%s/00291001", series_uid_text, image->instance);
    pattern_fill(image->options.seed, 0, blob, sizeof blob);
    assert_single(*state, image->path, rest, OCTETS, NATIVE_TYPE, blob, sizeof blob);
    (void)snprintf(rest, sizeof rest, "/bulkdata/%s/%s/00880200.0.7FE00010", series_uid_text,
                   image->instance);
    dicomweb_get(*state, image->path, rest, AS_STORED, &response);
    json_decref(take_problem(&response, 404, "unknown-bulk-data"));
}

/* The value of native pixel data is its frames, one after the other, in Little Endian. value: where it
 * begins. */
static void assert_is_all_frames(const struct dicomweb_image *image, const uint8_t *value, size_t left)
{
    size_t length = 0, at = 0;
    for (size_t k = 0; k < image->options.frames; k++, at += length) {
        uint8_t *bytes = image_frame(&image->options, k, &length);
        assert_true(at + length <= left);
        assert_memory_equal(value + at, bytes, length);
        free(bytes);
    }
}

static void native_bulk_data_is_all_of_its_frames(void **state)
{
    for (size_t i = 0; i < IMAGES; i++) {
        const struct dicomweb_image *image = &images[i];
        unsigned bits = image->options.bits;
        if (is_encapsulated(image) || bits == 1)
            continue;
        char rest[512];
        struct http_response response;
        (void)snprintf(rest, sizeof rest, "/bulkdata/%s/%s/%s", series_uid_text, image->instance,
                       bits == 32   ? "7FE00008"
                       : bits == 64 ? "7FE00009"
                                    : "7FE00010");
        dicomweb_get(*state, image->path, rest, OCTETS, &response);
        assert_body(&response, NATIVE_TYPE);
        assert_is_all_frames(image, response.body, response.body_length);
        size_t alone = response.body_length;
        http_response_release(&response);
        /* Behind the head of a part words do not begin where the server's buffers do. */
        dicomweb_get(*state, image->path, rest, AS_STORED, &response);
        assert_int_equal(response.status, 200);
        const uint8_t *head_end = memmem(response.body, response.body_length, "\r\n\r\n", 4);
        assert_non_null(head_end);
        size_t left = response.body_length - (size_t)(head_end + 4 - response.body);
        assert_true(left > alone);
        assert_is_all_frames(image, head_end + 4, alone);
        http_response_release(&response);
    }
}

/* ---- many at once ---- */

struct viewer {
    pthread_t thread;
    char *url;
    size_t image, frame;
    struct http_response response;
};

static void *view(void *argument)
{
    struct viewer *viewer = argument;
    static const char *const headers[] = {"Accept: " OCTETS, NULL};
    const struct http_options options = {.headers = headers};
    http_request("GET", viewer->url, &options, &viewer->response);
    return NULL;
}

/* More than there may be processes that decode. */
static void many_viewers_at_once_get_their_frames(void **state)
{
    const struct at_peer *at = *state;
    struct viewer viewers[VIEWERS];
    for (size_t i = 0; i < VIEWERS; i++) {
        struct viewer *viewer = &viewers[i];
        viewer->image = i % DECODED;
        viewer->frame = i % 3;
        viewer->url = gateway_url_of(the_world.gateway, "/v1/peers/%s/dicom-web%s/frames/%zu", at->name,
                                     decoded[viewer->image].path, viewer->frame + 1);
        assert_int_equal(pthread_create(&viewer->thread, NULL, view, viewer), 0);
    }
    for (size_t i = 0; i < VIEWERS; i++) {
        struct viewer *viewer = &viewers[i];
        size_t length;
        assert_int_equal(pthread_join(viewer->thread, NULL), 0);
        assert_body(&viewer->response, NATIVE_TYPE);
        uint8_t *bytes = image_frame(&decoded[viewer->image].options, viewer->frame, &length);
        assert_int_equal(viewer->response.body_length, length);
        assert_memory_equal(viewer->response.body, bytes, length);
        http_response_release(&viewer->response);
        free(viewer->url);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(every_frame_is_that_of_its_file, orthanc),
        WITH(every_frame_is_that_of_its_file, profiled),
        WITH(a_list_of_frames_comes_in_its_order, orthanc),
        WITH(a_list_of_frames_comes_in_its_order, profiled),
        WITH(several_frames_are_never_given_alone, orthanc),
        WITH(frames_that_are_not_there_are_not_found, orthanc),
        WITH(a_list_of_every_frame_and_more_is_limited, orthanc),
        WITH(native_frames_are_given_by_what_is_accepted, orthanc),
        WITH(compressed_frames_are_given_by_what_is_accepted, orthanc),
        WITH(what_can_be_decoded_is_given_both_ways, orthanc),
        WITH(what_can_be_decoded_is_given_both_ways, profiled),
        WITH(what_does_not_decode_is_a_problem, orthanc),
        WITH(compressed_frames_are_the_fragments_of_the_file, orthanc),
        WITH(many_viewers_at_once_get_their_frames, orthanc),
        WITH(native_bulk_data_is_all_of_its_frames, orthanc),
        WITH(native_bulk_data_is_all_of_its_frames, profiled),
        WITH(bulk_data_of_an_icon_is_not_that_of_the_image, orthanc),
        WITH(a_frame_has_an_entity_tag_of_its_own_for_each_form, orthanc),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
