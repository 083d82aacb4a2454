/* Pictures over DICOMweb (/rendered, /thumbnail), and WADO-URI. */
#include "integration/dicomweb.h"

enum { INSTANCES_OF_KINDS = 4, SIDE_OF_MIXED = 64 };
enum { CT, SR, MULTIFRAME, PDF };

static struct study *mixed, *kinds;
static char ct[DICOMWEB_PATH_BYTES], report[DICOMWEB_PATH_BYTES], frames[DICOMWEB_PATH_BYTES],
    jpeg_2000[DICOMWEB_PATH_BYTES];

static int set_up(void **state)
{
    const char *files[MIXED_COUNT + INSTANCES_OF_KINDS];
    const struct study_options of_kinds = {.seed = 51,
                                           .modalities = {STUDY_CT, STUDY_SR, STUDY_MULTIFRAME, STUDY_PDF},
                                           .modality_count = 4,
                                           .instances = INSTANCES_OF_KINDS};
    (void)state;
    at_orthanc.index = 0;
    mixed = world_begin() ? world_study("mixed", NULL) : NULL;
    kinds = mixed != NULL ? world_study("kinds", &of_kinds) : NULL;
    if (kinds == NULL)
        return -1;
    for (size_t i = 0; i < MIXED_COUNT + INSTANCES_OF_KINDS; i++)
        files[i] = i < MIXED_COUNT ? mixed->instances[i].path : kinds->instances[i - MIXED_COUNT].path;
    dicomweb_instance_path(kinds, CT, ct);
    dicomweb_instance_path(kinds, SR, report);
    dicomweb_instance_path(kinds, MULTIFRAME, frames);
    dicomweb_instance_path(mixed, MIXED_JPEG_2000, jpeg_2000);
    const struct world_peer peers[] = {
        {at_orthanc.name,
         {.kind = PEER_ORTHANC, .files = files, .file_count = MIXED_COUNT + INSTANCES_OF_KINDS}}};
    return dicomweb_start(peers, 1, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(mixed);
    study_free(kinds);
    return result;
}

/* ---- pictures ---- */

struct picture {
    const char *type;
    unsigned width, height;
    uint8_t *bytes; /* free */
    size_t length;
};

static unsigned big_endian(const uint8_t *bytes, size_t length)
{
    unsigned value = 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The frame header of a JPEG file (ITU T.81 B.2.2), behind segments that are passed over. */
static void measure_jpeg(struct picture *picture)
{
    size_t at = 2;
    assert_memory_equal(picture->bytes, "\xff\xd8", 2);
    assert_memory_equal(picture->bytes + picture->length - 2, "\xff\xd9", 2);
    while (at + 9 < picture->length && (picture->bytes[at + 1] & 0xF0) != 0xC0) {
        assert_int_equal(picture->bytes[at], 0xFF);
        at += 2 + big_endian(picture->bytes + at + 2, 2);
    }
    /* Tables (C4) come before or after it. */
    while (at + 9 < picture->length && picture->bytes[at + 1] == 0xC4)
        at += 2 + big_endian(picture->bytes + at + 2, 2);
    assert_true(at + 9 < picture->length);
    picture->height = big_endian(picture->bytes + at + 5, 2);
    picture->width = big_endian(picture->bytes + at + 7, 2);
}

static void measure_png(struct picture *picture)
{
    assert_true(picture->length > 45);
    assert_memory_equal(picture->bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(picture->bytes + picture->length - 8, "IEND", 4);
    picture->width = big_endian(picture->bytes + 16, 4);
    picture->height = big_endian(picture->bytes + 20, 4);
}

static struct picture take_picture(struct http_response *response, const char *type)
{
    assert_body(response, type);
    assert_header(response, "X-Content-Type-Options", "nosniff");
    struct picture picture = {.bytes = malloc(response->body_length), .length = response->body_length};
    assert_non_null(picture.bytes);
    memcpy(picture.bytes, response->body, picture.length);
    http_response_release(response);
    if (strcmp(type, "image/png") == 0)
        measure_png(&picture);
    else
        measure_jpeg(&picture);
    return picture;
}

static struct picture get_picture(const struct at_peer *at, const char *path, const char *rest,
                                  const char *accept, const char *type)
{
    struct http_response response;
    dicomweb_get(at, path, rest, accept, &response);
    return take_picture(&response, type);
}

static void assert_size(const struct at_peer *at, const char *path, const char *rest, unsigned width,
                        unsigned height)
{
    static const char *const types[] = {"image/jpeg", "image/png"};
    for (size_t i = 0; i < 2; i++) {
        struct picture picture = get_picture(at, path, rest, types[i], types[i]);
        if (picture.width != width || picture.height != height)
            fail_msg("%s as %s is %u x %u", rest, types[i], picture.width, picture.height);
        free(picture.bytes);
    }
}

static bool same_picture(const struct at_peer *at, const char *path, const char *rest, const char *other_path,
                         const char *other)
{
    struct picture one = get_picture(at, path, rest, "image/png", "image/png");
    struct picture two = get_picture(at, other_path, other, "image/png", "image/png");
    bool same = one.length == two.length && memcmp(one.bytes, two.bytes, one.length) == 0;
    free(one.bytes);
    free(two.bytes);
    return same;
}

/* ---- rendered ---- */

static void an_image_is_rendered_in_the_type_that_is_accepted(void **state)
{
    static const struct {
        const char *accept, *query, *type;
    } table[] = {
        {NULL, "", "image/jpeg"},
        {"*/*", "", "image/jpeg"},
        {"image/*", "", "image/jpeg"},
        {"image/png", "", "image/png"},
        {"image/jpeg;q=0.5, image/png", "", "image/png"},
        {"image/gif, image/png", "", "image/png"},
        {"multipart/related; type=\"image/jpeg\"", "", "image/jpeg"},
        {"multipart/related; type=image/png", "", "image/png"},
        {"multipart/related; type=\"application/octet-stream\"", "?accept=image/jpeg", "image/jpeg"},
        {"text/html", "?accept=image/png", "image/png"},
        {"text/html", "?accept=image%2Fpng", "image/png"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char rest[128];
        (void)snprintf(rest, sizeof rest, "/rendered%s", table[i].query);
        struct picture picture = get_picture(*state, ct, rest, table[i].accept, table[i].type);
        assert_int_equal(picture.width, 128);
        assert_int_equal(picture.height, 128);
        free(picture.bytes);
    }
    static const char *const refused[] = {"image/gif", "application/octet-stream", "application/dicom",
                                          "image/jpeg;q=0", "video/mp4"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(*state, ct, "/rendered", refused[i], 406, "not-acceptable", "image/jpeg");
    assert_refused(*state, ct, "/rendered?accept=image/gif", "image/png", 406, "not-acceptable", NULL);
}

static void every_transfer_syntax_but_jpeg_2000_is_rendered(void **state)
{
    for (size_t i = 0; i < MIXED_JPEG_2000; i++) {
        char path[DICOMWEB_PATH_BYTES];
        dicomweb_instance_path(mixed, i, path);
        assert_size(*state, path, "/rendered", SIDE_OF_MIXED, SIDE_OF_MIXED);
        assert_size(*state, path, "/thumbnail?viewport=32,32", 32, 32);
    }
    assert_refused(*state, jpeg_2000, "/rendered", NULL, 406, "not-acceptable", NULL);
    assert_refused(*state, jpeg_2000, "/frames/1/rendered", NULL, 406, "not-acceptable", NULL);
    assert_refused(*state, jpeg_2000, "/thumbnail", NULL, 406, "not-acceptable", NULL);
}

static void a_viewport_bounds_the_picture(void **state)
{
    assert_size(*state, ct, "/rendered?viewport=64,64", 64, 64);
    assert_size(*state, ct, "/rendered?viewport=64,200", 64, 64); /* its shape stays */
    assert_size(*state, ct, "/rendered?viewport=256,256", 256, 256);
    assert_size(*state, ct, "/rendered?viewport=32,32,64,64,32,32", 32, 32);
    assert_size(*state, ct, "/rendered?viewport=32,32,,,,", 32, 32);
    assert_size(*state, ct, "/thumbnail?viewport=20,20", 20, 20);
    /* A part of it is another picture. */
    assert_false(
        same_picture(*state, ct, "/rendered?viewport=32,32", ct, "/rendered?viewport=32,32,64,64,32,32"));
}

static void a_window_changes_the_picture(void **state)
{
    assert_true(same_picture(*state, ct, "/rendered?window=40,400,linear", ct, "/rendered?window=40,400"));
    assert_false(
        same_picture(*state, ct, "/rendered?window=40,400,linear", ct, "/rendered?window=300,50,linear"));
    assert_false(
        same_picture(*state, ct, "/rendered?window=40,400,linear", ct, "/rendered?window=40,400,sigmoid"));
    assert_size(*state, ct, "/rendered?window=40.5,0.5,linear-exact", 128, 128);
    assert_size(*state, ct, "/rendered?window=-100,1e3,sigmoid", 128, 128);
    /* Without one in the request there is still one: that of the image, or of its range. */
    assert_size(*state, ct, "/rendered", 128, 128);
}

/* A window of all 256 values of 8 bit changes none of them (PS3.3 C.11.2.1.2.1), so a PNG is the frame. */
static void a_png_has_the_pixels_of_the_frame(void **state)
{
    static const char program[] =
        "import struct, sys, urllib.request, zlib\n"
        "pixels = open(sys.argv[1], 'rb').read()[-10 * 128 * 128:]\n"
        "def decode(png):\n"
        "    at, data = 8, b''\n"
        "    while at < len(png):\n"
        "        n, name = struct.unpack('>I4s', png[at:at + 8])\n"
        "        body = png[at + 8:at + 8 + n]\n"
        "        assert zlib.crc32(name + body) == struct.unpack('>I', png[at + 8 + n:at + 12 + n])[0]\n"
        "        if name == b'IHDR': assert body[8:] == b'\\x08\\x00\\x00\\x00\\x00', body\n"
        "        if name == b'IDAT': data += body\n"
        "        at += 12 + n\n"
        "    raw, before, out = zlib.decompress(data), [0] * 128, b''\n"
        "    for y in range(128):\n"
        "        kind, line = raw[y * 129], list(raw[y * 129 + 1:y * 129 + 129])\n"
        "        for x in range(128):\n"
        "            a, b, c = (line[x - 1] if x else 0), before[x], (before[x - 1] if x else 0)\n"
        "            p = a + b - c\n"
        "            d = sorted((abs(p - v), i, v) for i, v in enumerate((a, b, c)))[0][2]\n"
        "            line[x] = (line[x] + (0, a, b, (a + b) // 2, d)[kind]) & 255\n"
        "        before, out = line, out + bytes(line)\n"
        "    return out\n"
        "for frame in range(10):\n"
        "    u = '%s/frames/%d/rendered?window=128,256,linear&accept=image/png' % (sys.argv[2], frame + 1)\n"
        "    png = urllib.request.urlopen(u, timeout=20).read()\n"
        "    assert decode(png) == pixels[frame * 16384:frame * 16384 + 16384], frame\n";
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    char *url = gateway_url_of(the_world.gateway, "/v1/peers/%s/dicom-web%s", at->name, frames);
    const char *const argv[] = {CGW_PYTHON, "-c", program, kinds->instances[MULTIFRAME].path, url, NULL};
    const struct process_options run = {
        .argv = argv, .stdout_path = "/dev/stderr", .stderr_path = "/dev/stderr"};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    free(url);
}

static void quality_is_that_of_a_jpeg(void **state)
{
    struct picture low = get_picture(*state, ct, "/rendered?quality=1", "image/jpeg", "image/jpeg");
    struct picture high = get_picture(*state, ct, "/rendered?quality=100", "image/jpeg", "image/jpeg");
    assert_true(low.length < high.length);
    free(low.bytes);
    free(high.bytes);
    assert_size(*state, ct, "/rendered?quality=50&viewport=64,64&window=40,400,linear", 64, 64);
}

static void each_frame_is_a_picture_of_its_own(void **state)
{
    assert_false(same_picture(*state, frames, "/frames/1/rendered", frames, "/frames/5/rendered"));
    assert_true(same_picture(*state, frames, "/rendered", frames, "/frames/6/rendered")); /* in the middle */
    assert_false(same_picture(*state, frames, "/frames/1/thumbnail", frames, "/frames/5/thumbnail"));
    assert_size(*state, frames, "/frames/10/rendered", 128, 128);
    assert_refused(*state, frames, "/frames/11/rendered", NULL, 404, "unknown-frame", "11");
    assert_refused(*state, frames, "/frames/11/thumbnail", NULL, 404, "unknown-frame", "11");
    static const char *const garbage[] = {"0", "a", "1,2", "1.5", "-1", "1e99"};
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        char rest[64];
        (void)snprintf(rest, sizeof rest, "/frames/%s/rendered", garbage[i]);
        assert_refused(*state, frames, rest, NULL, 400, "bad-parameter", "frame");
    }
}

static void a_thumbnail_is_small_and_of_any_level(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(kinds, path);
    struct picture picture = get_picture(*state, path, "/thumbnail", NULL, "image/jpeg");
    assert_true(picture.width <= 256 && picture.height <= 256);
    free(picture.bytes);
    dicomweb_series_path(kinds, CT, path);
    picture = get_picture(*state, path, "/thumbnail", "image/png", "image/png");
    free(picture.bytes);
    dicomweb_series_path(kinds, SR, path);
    assert_refused(*state, path, "/thumbnail", NULL, 404, "unknown-frame", "pixel data");
}

static void what_has_no_pixel_data_has_no_picture(void **state)
{
    char pdf[DICOMWEB_PATH_BYTES];
    dicomweb_instance_path(kinds, PDF, pdf);
    const char *const paths[] = {report, pdf};
    for (size_t i = 0; i < 2; i++) {
        assert_refused(*state, paths[i], "/rendered", NULL, 404, "unknown-frame", "pixel data");
        assert_refused(*state, paths[i], "/thumbnail", NULL, 404, "unknown-frame", "pixel data");
        assert_refused(*state, paths[i], "/frames/1", NULL, 404, "unknown-frame", NULL);
        assert_refused(*state, paths[i], "/frames/1/rendered", NULL, 404, "unknown-frame", NULL);
    }
}

struct bad {
    const char *query, *named;
};

static void bad_parameters_are_named(void **state)
{
    static const struct bad table[] = {
        {"window=40", "window"},
        {"window=", "window"},
        {"window=a,b,linear", "window"},
        {"window=40,400,cubic", "window"},
        {"window=40,0,linear", "window"},
        {"window=40,0.5,linear", "window"},
        {"window=40,-1,sigmoid", "window"},
        {"window=40,nan,linear", "window"},
        {"window=40,inf,linear", "window"},
        {"window=40,1e999,linear", "window"},
        {"window=40,400,linear,1", "window"},
        {"window=0x10,400,linear", "window"},
        {"viewport=64", "viewport"},
        {"viewport=0,64", "viewport"},
        {"viewport=64,-1", "viewport"},
        {"viewport=8193,64", "viewport"},
        {"viewport=6.5,64", "viewport"},
        {"viewport=64,64,-1,0,1,1", "viewport"},
        {"viewport=64,64,0,0,1,1,1", "viewport"},
        {"viewport=64,64,0,0,x,1", "viewport"},
        {"viewport=64,64,1000,0,10,10", "viewport"},
        {"quality=0", "quality"},
        {"quality=101", "quality"},
        {"quality=high", "quality"},
        {"quality=", "quality"},
        {"annotation=patient", "annotation"},
        {"foo=1", "foo"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char rest[128];
        (void)snprintf(rest, sizeof rest, "/rendered?%s", table[i].query);
        assert_refused(*state, ct, rest, NULL, 400, "bad-parameter", table[i].named);
    }
    assert_refused(*state, ct, "/thumbnail?window=40,400", NULL, 400, "bad-parameter", "window");
    assert_refused(*state, ct, "/thumbnail?viewport=0,1", NULL, 400, "bad-parameter", "viewport");
}

/* ---- WADO-URI ---- */

static void wado_url(const struct study *study, size_t index, const char *more, char rest[1024])
{
    const struct study_instance *instance = &study->instances[index];
    (void)snprintf(rest, 1024, "/wado?requestType=WADO&studyUID=%s&seriesUID=%s&objectUID=%s%s",
                   study->study_uid, study->series_uids[instance->series], instance->sop_instance, more);
}

static void assert_wado_instance(const struct at_peer *at, size_t index, const char *more, const char *option,
                                 const char *syntax)
{
    char rest[1024], type[128];
    struct http_response response;
    struct part10_meta meta;
    struct support_error err = {.text = ""};
    size_t length;
    const char *path = mixed->instances[index].path;
    wado_url(mixed, index, more, rest);
    dicomweb_get(at, "", rest, "text/html", &response); /* Accept is not looked at */
    (void)snprintf(type, sizeof type, "application/dicom; transfer-syntax=%s", syntax);
    assert_body(&response, type);
    (void)part10_parse(response.body, response.body_length, &meta, &err);
    assert_no_error(&err);
    assert_string_equal(meta.transfer_syntax, syntax);
    assert_string_equal(meta.sop_instance, mixed->instances[index].sop_instance);
    if (option != NULL) {
        struct part10_meta expected;
        uint8_t *file = option[0] == '+' ? dcmconv_of(path, option, &length) : file_read(path, &length, NULL);
        assert_true(part10_parse(file, length, &expected, &err));
        assert_int_equal(response.body_length - meta.data_set_offset, length - expected.data_set_offset);
        assert_memory_equal(response.body + meta.data_set_offset, file + expected.data_set_offset,
                            length - expected.data_set_offset);
        free(file);
    }
    http_response_release(&response);
}

#define AS_DICOM "&contentType=application/dicom"

static void wado_uri_gives_instances(void **state)
{
    assert_wado_instance(*state, MIXED_EXPLICIT_LE, AS_DICOM, "as it is", EXPLICIT_LE);
    assert_wado_instance(*state, MIXED_IMPLICIT_LE, AS_DICOM, "+te", EXPLICIT_LE);
    assert_wado_instance(*state, MIXED_EXPLICIT_BE, "&contentType=application%2Fdicom", "+te", EXPLICIT_LE);
    assert_wado_instance(*state, MIXED_DEFLATED, AS_DICOM, "+te", EXPLICIT_LE);
    assert_wado_instance(*state, MIXED_RLE, AS_DICOM, NULL, EXPLICIT_LE);
    assert_wado_instance(*state, MIXED_JPEG_2000, AS_DICOM, "as it is", JPEG_2000_LOSSLESS);
    assert_wado_instance(*state, MIXED_RLE, AS_DICOM "&transferSyntax=" RLE_LOSSLESS, "as it is",
                         RLE_LOSSLESS);
    assert_wado_instance(*state, MIXED_RLE, AS_DICOM "&transferSyntax=*", "as it is", RLE_LOSSLESS);
    assert_wado_instance(*state, MIXED_JPEG_LS, AS_DICOM "&transferSyntax=" EXPLICIT_LE, NULL, EXPLICIT_LE);
    assert_wado_instance(*state, MIXED_EXPLICIT_LE, AS_DICOM "&transferSyntax=" DEFLATED_LE, NULL,
                         DEFLATED_LE);
    char rest[1024];
    static const char *const never[] = {IMPLICIT_LE, EXPLICIT_BE, JPEG_BASELINE};
    for (size_t i = 0; i < 3; i++) {
        char more[128];
        (void)snprintf(more, sizeof more, AS_DICOM "&transferSyntax=%s", never[i]);
        wado_url(mixed, MIXED_RLE, more, rest);
        assert_refused(*state, "", rest, NULL, 406, "not-acceptable", "transferSyntax");
    }
}

static void wado_uri_gives_pictures(void **state)
{
    static const struct {
        const char *more, *type;
        unsigned width;
    } table[] = {
        {"", "image/jpeg", 128},
        {"&contentType=image/jpeg", "image/jpeg", 128},
        {"&contentType=image/png", "image/png", 128},
        {"&contentType=image/gif,image/png", "image/png", 128},
        {"&contentType=image/png&rows=64", "image/png", 64},
        {"&contentType=image/png&columns=32&rows=64", "image/png", 32},
        {"&frameNumber=3&imageQuality=20&windowCenter=100&windowWidth=50", "image/jpeg", 128},
        {"&charset=utf-8", "image/jpeg", 128},
    };
    char rest[1024], other[1024];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        wado_url(kinds, MULTIFRAME, table[i].more, rest);
        struct picture picture = get_picture(*state, "", rest, "text/html", table[i].type);
        assert_int_equal(picture.width, table[i].width);
        free(picture.bytes);
    }
    wado_url(kinds, MULTIFRAME, "&contentType=image/png&frameNumber=1", rest);
    wado_url(kinds, MULTIFRAME, "&contentType=image/png&frameNumber=5", other);
    assert_false(same_picture(*state, "", rest, "", other));
    assert_true(same_picture(*state, "", rest, frames, "/frames/1/rendered"));
    wado_url(kinds, MULTIFRAME, "&contentType=text/html", rest);
    assert_refused(*state, "", rest, "image/jpeg", 406, "not-acceptable", NULL);
    wado_url(kinds, SR, "", rest);
    assert_refused(*state, "", rest, NULL, 404, "unknown-frame", NULL);
    wado_url(kinds, MULTIFRAME, "&frameNumber=11", rest);
    assert_refused(*state, "", rest, NULL, 404, "unknown-frame", "11");
    wado_url(mixed, MIXED_JPEG_2000, "", rest);
    assert_refused(*state, "", rest, NULL, 406, "not-acceptable", NULL);
}

static void wado_uri_names_what_is_wrong(void **state)
{
    static const struct bad table[] = {
        {"frameNumber=0", "frameNumber"},
        {"frameNumber=a", "frameNumber"},
        {"rows=0", "rows"},
        {"columns=x", "columns"},
        {"windowCenter=40", "windowWidth"},
        {"windowWidth=40", "windowCenter"},
        {"windowCenter=a&windowWidth=1", "window"},
        {"imageQuality=0", "imageQuality"},
        {"imageQuality=x", "imageQuality"},
        {"region=0,0,1,1", "region"},
        {"foo=bar", "foo"},
    };
    char rest[1024], more[128];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        (void)snprintf(more, sizeof more, "&%s", table[i].query);
        wado_url(kinds, MULTIFRAME, more, rest);
        assert_refused(*state, "", rest, NULL, 400, "bad-parameter", table[i].named);
    }
    static const struct bad missing[] = {
        {"", "requestType"},
        {"requestType=WADO", "studyUID"},
        {"requestType=wado&studyUID=1.2&seriesUID=1.2&objectUID=1.2", "requestType"},
        {"studyUID=1.2&seriesUID=1.2&objectUID=1.2", "requestType"},
        {"requestType=WADO&studyUID=1.2&objectUID=1.2", "seriesUID"},
        {"requestType=WADO&studyUID=1.2&seriesUID=1.2", "objectUID"},
        {"requestType=WADO&studyUID=1.2&seriesUID=..%2F..&objectUID=1.2", "seriesUID"},
        {"requestType=WADO&studyUID=1.2*&seriesUID=1.2&objectUID=1.2", "studyUID"},
        {"requestType=WADO&studyUID=&seriesUID=1.2&objectUID=1.2", "studyUID"},
        {"requestType=WADO&studyUID=1.2&seriesUID=1.2&objectUID=1.2\\1.3", "objectUID"},
    };
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        (void)snprintf(rest, sizeof rest, "/wado?%s", missing[i].query);
        assert_refused(*state, "", rest, NULL, 400, "bad-parameter", missing[i].named);
    }
    assert_refused(*state, "", "/wado?requestType=WADO&studyUID=1.2.3&seriesUID=1.2.4&objectUID=1.2.5", NULL,
                   404, "no-match", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(an_image_is_rendered_in_the_type_that_is_accepted, orthanc),
        WITH(every_transfer_syntax_but_jpeg_2000_is_rendered, orthanc),
        WITH(a_viewport_bounds_the_picture, orthanc),
        WITH(a_window_changes_the_picture, orthanc),
        WITH(a_png_has_the_pixels_of_the_frame, orthanc),
        WITH(quality_is_that_of_a_jpeg, orthanc),
        WITH(each_frame_is_a_picture_of_its_own, orthanc),
        WITH(a_thumbnail_is_small_and_of_any_level, orthanc),
        WITH(what_has_no_pixel_data_has_no_picture, orthanc),
        WITH(bad_parameters_are_named, orthanc),
        WITH(wado_uri_gives_instances, orthanc),
        WITH(wado_uri_gives_pictures, orthanc),
        WITH(wado_uri_names_what_is_wrong, orthanc),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
