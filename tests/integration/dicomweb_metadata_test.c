/*
 * Metadata over DICOMweb: what DCMTK makes of the same files, the bulk data that it names, and whether a
 * client that has it needs it again.
 */
#include "integration/dicomweb.h"

#include "cgetway/deadline.h"
#include "support/dicom_writer.h"
#include "support/pattern.h"

enum {
    INSTANCES_OF_KINDS = 7,
    BLOB_BYTES = 3000,
    ICON_SIDE = 40,
    ICON_BYTES = ICON_SIDE * ICON_SIDE,
    SETTLE_MS = 8000,
    LEVELS = 3
};

#define DICOM_JSON "application/dicom+json"

static struct study *mixed, *kinds, *growing;
static struct dicomweb_image latin; /* with Latin-1 text, and values in a sequence and in private elements */
static uint8_t blob[BLOB_BYTES], icon[ICON_BYTES];

/* ---- the world ---- */

static void write_latin(struct dicom_writer *writer)
{
    writer_meta(writer, latin.options.sop_class, latin.instance);
    writer_text(writer, 0x00080005, "CS", "ISO_IR 100");
    writer_text(writer, 0x00080016, "UI", latin.options.sop_class);
    writer_text(writer, 0x00080018, "UI", latin.instance);
    writer_text(writer, 0x00080060, "CS", "OT");
    writer_text(writer, 0x00100010, "PN", "M\xfcller^J\xfcrgen^^Dr.");
    writer_text(writer, 0x00100020, "LO", "CGW-LATIN");
    writer_text(writer, 0x0020000D, "UI", latin.options.study);
    writer_text(writer, 0x0020000E, "UI", latin.options.series);
    writer_text(writer, 0x00200013, "IS", "1");
    writer_text(writer, 0x00204000, "LT", "gr\xfc\xdf Gott");
    writer_text(writer, 0x00280030, "DS", "0.5\\ 1.25 ");
    writer_text(writer, 0x00290010, "LO", "CGETWAY TEST");
    writer_bytes(writer, 0x00291001, "OB", blob, BLOB_BYTES);
    writer_bytes(writer, 0x00291002, "OB", blob, 4);
    writer_sequence(writer, 0x00880200);
    writer_item(writer);
    writer_u16(writer, 0x00280010, "US", ICON_SIDE);
    writer_u16(writer, 0x00280011, "US", ICON_SIDE);
    writer_bytes(writer, 0x7FE00010, "OB", icon, ICON_BYTES);
    writer_item_end(writer);
    writer_sequence_end(writer);
}

static bool make_latin(void)
{
    static char study[STUDY_UID_BYTES], series[STUDY_UID_BYTES];
    struct dicom_writer writer = {.bytes = NULL};
    study_uid(700, 1, study);
    study_uid(700, 2, series);
    const struct image_options options = {
        .seed = 700, .study = study, .series = series, .sop_class = "1.2.840.10008.5.1.4.1.1.7", .bits = 8};
    pattern_fill(701, 0, blob, BLOB_BYTES);
    pattern_fill(702, 0, icon, ICON_BYTES);
    bool good = dicomweb_image_make(&options, NULL, &latin); /* for its names */
    if (good)
        write_latin(&writer);
    good = good && !writer.failed && file_write(latin.file, writer.bytes, writer.length, &the_world.err);
    writer_release(&writer);
    return good;
}

static int set_up(void **state)
{
    const char *files[MIXED_COUNT + INSTANCES_OF_KINDS + 1];
    const struct study_options of_kinds = {
        .seed = 41,
        .modalities = {STUDY_CT, STUDY_MR, STUDY_SR, STUDY_MULTIFRAME, STUDY_PDF},
        .modality_count = 5,
        .instances = INSTANCES_OF_KINDS,
        .patient_name = PATIENT_NAME,
    };
    const struct study_options of_growing = {.seed = 42, .instances = 3, .series = 1};
    size_t count = 0;
    (void)state;
    at_orthanc.index = 0;
    at_dcmqrscp.index = 1;
    mixed = world_begin() ? world_study("mixed", NULL) : NULL;
    kinds = mixed != NULL ? world_study("kinds", &of_kinds) : NULL;
    growing = kinds != NULL ? world_study("growing", &of_growing) : NULL;
    if (growing == NULL || !make_latin())
        return -1;
    for (size_t i = 0; i < MIXED_COUNT; i++)
        files[count++] = mixed->instances[i].path;
    for (size_t i = 0; i < INSTANCES_OF_KINDS; i++)
        files[count++] = kinds->instances[i].path;
    files[count++] = latin.file;
    const struct world_peer peers[] = {
        {at_orthanc.name, {.kind = PEER_ORTHANC, .files = files, .file_count = count}},
        /* As it is installed it gives nothing that is compressed. */
        {at_dcmqrscp.name,
         {.kind = PEER_DCMQRSCP, .files = files + MIXED_COUNT, .file_count = count - MIXED_COUNT}}};
    return dicomweb_start(peers, 2, "\"cache-fresh\": 1") ? 0 : -1;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(mixed);
    study_free(kinds);
    study_free(growing);
    free(latin.file);
    return result;
}

/* ---- requests ---- */

static json_t *take_metadata(struct http_response *response)
{
    char *type = http_header(response, "Content-Type");
    if (type != NULL && strcmp(type, "application/json") != 0) /* who asks for that gets it */
        assert_string_equal(type, DICOM_JSON);
    free(type);
    assert_body(response, NULL);
    assert_header(response, "Cache-Control", "private, no-cache");
    assert_header(response, "Vary", "Accept, Accept-Encoding");
    json_t *json = http_json(response);
    assert_true(json_is_array(json));
    http_response_release(response);
    return json;
}

static json_t *get_metadata(const struct at_peer *at, const char *path)
{
    struct http_response response;
    dicomweb_get(at, path, "/metadata", DICOM_JSON, &response);
    return take_metadata(&response);
}

static const char *text_of(const json_t *instance, const char *tag)
{
    const json_t *values = json_object_get(json_object_get(instance, tag), "Value");
    return json_string_value(json_array_get(values, 0));
}

/* ---- what is in it ---- */

/* Every element but bulk data, and what the standard adds, is as dcm2json has it. */
static const char same_program[] =
    "import json, subprocess, sys\n"
    "ours = {i['00080018']['Value'][0]: i for i in json.load(open(sys.argv[1]))}\n"
    "assert len(ours) >= len(sys.argv) - 2, len(ours)\n"
    "def plain(v):\n"
    "    if isinstance(v, dict):\n"
    "        return {k: plain(x) for k, x in v.items() if x not in ('', [])}\n"
    "    if isinstance(v, list): return [plain(x) for x in v]\n"
    "    try: return float(v)\n"
    "    except (TypeError, ValueError): return v\n"
    "def same(a, b, path):\n"
    "    for tag in sorted(set(a) | set(b)):\n"
    "        if tag == '00083002' or tag.endswith('0000'): continue\n"
    "        assert tag in a and tag in b, (path, tag, tag in a)\n"
    "        x, y = a[tag], b[tag]\n"
    "        assert x['vr'] == y['vr'], (path, tag, x['vr'], y['vr'])\n"
    "        if 'BulkDataURI' in x: continue\n"
    "        if x['vr'] == 'SQ':\n"
    "            p, q = x.get('Value', []), y.get('Value', [])\n"
    "            assert len(p) == len(q), (path, tag)\n"
    "            for i, (m, n) in enumerate(zip(p, q)): same(m, n, path + [tag, i])\n"
    "        else: assert plain(x) == plain(y), (path, tag, x, y)\n"
    "for f in sys.argv[2:]:\n"
    "    text = subprocess.run(['dcm2json', '-q', f], capture_output=True, check=True).stdout\n"
    "    theirs = json.loads(text.decode('utf-8'))\n"
    "    same(ours[theirs['00080018']['Value'][0]], theirs, [])\n";

/* The first count instances of the study. */
static void assert_same_as_dcm2json(const struct at_peer *at, const struct study *study, size_t count)
{
    char path[DICOMWEB_PATH_BYTES];
    struct support_error err = {.text = ""};
    const char *argv[4 + MIXED_COUNT + INSTANCES_OF_KINDS + 1] = {CGW_PYTHON, "-c", same_program};
    char *name = temp_dir_join(the_world.dir, "metadata.json");
    dicomweb_study_path(study, path);
    json_t *json = get_metadata(at, path);
    assert_int_equal(json_dump_file(json, name, 0), 0);
    argv[3] = name;
    for (size_t i = 0; i < count; i++)
        argv[4 + i] = study->instances[i].path;
    const struct process_options run = {
        .argv = argv, .stdout_path = "/dev/stderr", .stderr_path = "/dev/stderr"};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    json_decref(json);
    free(name);
}

static void it_says_what_dcm2json_says(void **state)
{
    const struct at_peer *at = *state;
    assert_same_as_dcm2json(at, kinds, INSTANCES_OF_KINDS);
    if (at->index == at_orthanc.index)
        assert_same_as_dcm2json(at, mixed, MIXED_RLE); /* it cannot do compressed ones */
}

static void text_is_utf8_and_values_are_those_of_the_file(void **state)
{
    json_t *json = get_metadata(*state, latin.path), *instance = json_array_get(json, 0);
    assert_int_equal(json_array_size(json), 1);
    const json_t *name = json_array_get(json_object_get(json_object_get(instance, "00100010"), "Value"), 0);
    assert_json_text(name, "Alphabetic", "M\xc3\xbcller^J\xc3\xbcrgen^^Dr.");
    assert_string_equal(text_of(instance, "00204000"), "gr\xc3\xbc\xc3\x9f Gott");
    assert_string_equal(text_of(instance, "00080005"), "ISO_IR 192");
    assert_string_equal(text_of(instance, "00083002"), EXPLICIT_LE);
    const json_t *spacing = json_object_get(json_object_get(instance, "00280030"), "Value");
    assert_int_equal(json_array_size(spacing), 2);
    assert_true(json_number_value(json_array_get(spacing, 0)) == 0.5);
    assert_true(json_number_value(json_array_get(spacing, 1)) == 1.25);
    json_decref(json);
}

static void it_names_the_transfer_syntax_of_what_is_stored(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(mixed, path);
    json_t *json = get_metadata(*state, path), *instance;
    size_t index;
    json_array_foreach(json, index, instance)
    {
        size_t i = 0;
        while (strcmp(mixed->instances[i].sop_instance, text_of(instance, "00080018")) != 0)
            i++;
        assert_string_equal(text_of(instance, "00083002"), mixed_transfer_syntax((enum mixed_instance)i));
    }
    assert_int_equal(json_array_size(json), MIXED_COUNT);
    json_decref(json);
}

static const json_t *find_instance(const json_t *array, const char *sop_instance)
{
    size_t index;
    json_t *instance;
    json_array_foreach(array, index, instance)
    {
        if (strcmp(text_of(instance, "00080018"), sop_instance) == 0)
            return instance;
    }
    fail_msg("no metadata of %s", sop_instance);
    return NULL;
}

static void the_three_levels_say_the_same(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(kinds, path);
    json_t *whole = get_metadata(*state, path);
    assert_int_equal(json_array_size(whole), INSTANCES_OF_KINDS);
    for (size_t i = 0; i < kinds->series_count; i++) {
        dicomweb_series_path(kinds, i, path);
        json_t *series = get_metadata(*state, path);
        assert_int_equal(json_array_size(series), series_instances(kinds, i));
        size_t index;
        json_t *instance;
        json_array_foreach(series, index, instance)
            assert_true(json_equal(instance, find_instance(whole, text_of(instance, "00080018"))));
        json_decref(series);
    }
    for (size_t i = 0; i < INSTANCES_OF_KINDS; i++) {
        dicomweb_instance_path(kinds, i, path);
        json_t *one = get_metadata(*state, path);
        assert_int_equal(json_array_size(one), 1);
        assert_true(
            json_equal(json_array_get(one, 0), find_instance(whole, kinds->instances[i].sop_instance)));
        json_decref(one);
    }
    json_decref(whole);
}

static void it_says_the_same_compressed(void **state)
{
    static const char program[] = "import gzip, sys, urllib.request\n"
                                  "def get(h):\n"
                                  "    r = urllib.request.Request(sys.argv[1], headers=h)\n"
                                  "    a = urllib.request.urlopen(r, timeout=20)\n"
                                  "    return a.headers.get('Content-Encoding'), a.read()\n"
                                  "plain = get({})\n"
                                  "packed = get({'Accept-Encoding': 'gzip, deflate, br'})\n"
                                  "refused = get({'Accept-Encoding': 'gzip;q=0, identity'})\n"
                                  "assert plain[0] is None and packed[0] == 'gzip' and refused[0] is None\n"
                                  "assert gzip.decompress(packed[1]) == plain[1] == refused[1]\n"
                                  "assert len(packed[1]) < len(plain[1])\n";
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    char *url = gateway_url_of(the_world.gateway, "/v1/peers/%s/dicom-web/studies/%s/metadata", at->name,
                               kinds->study_uid);
    const char *const argv[] = {CGW_PYTHON, "-c", program, url, NULL};
    const struct process_options run = {
        .argv = argv, .stdout_path = "/dev/stderr", .stderr_path = "/dev/stderr"};
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(kinds, path);
    json_decref(
        get_metadata(at, path)); /* in the order in which instances arrive, until they are all there */
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    free(url);
}

/* ---- bulk data ---- */

struct bulk {
    const char *levels[LEVELS]; /* paths of the study, series and instance */
    const struct at_peer *at;
    size_t count; /* of values that were looked at */
};

/* All bodies of the parts, one after the other. */
static uint8_t *joined(const struct dicomweb_parts *parts, size_t *ret_length)
{
    uint8_t *bytes = malloc(parts->response.body_length + 1);
    assert_non_null(bytes);
    *ret_length = 0;
    for (size_t i = 0; i < parts->body.count; i++) {
        memcpy(bytes + *ret_length, parts->body.parts[i].body, parts->body.parts[i].body_length);
        *ret_length += parts->body.parts[i].body_length;
    }
    return bytes;
}

static uint8_t *get_bulk(const struct at_peer *at, const char *base, const char *uri, size_t *ret_length)
{
    static const char ANY[] = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*";
    char rest[DICOMWEB_PATH_BYTES];
    struct http_response response;
    struct dicomweb_parts parts;
    (void)snprintf(rest, sizeof rest, "/%s", uri);
    dicomweb_get(at, base, rest, ANY, &response);
    assert_body(&response, NULL);
    char *type = http_header(&response, "Content-Type");
    char *root = media_type_parameter(type, "type");
    http_response_release(&response);
    dicomweb_get_parts(at, base, rest, ANY, root, &parts);
    uint8_t *bytes = joined(&parts, ret_length);
    dicomweb_parts_release(&parts);
    free(type);
    free(root);
    return bytes;
}

/* The value of the element that is written so in the file: its tag and VR, a length, the bytes. */
static bool is_value_in(const uint8_t *file, size_t file_length, const char *path, const uint8_t *bytes,
                        size_t length)
{
    const char *tail = path + strlen(path) - 8; /* of a nested one: of the innermost element */
    unsigned group = 0, element = 0;
    assert_int_equal(sscanf(tail, "%4x%4x", &group, &element), 2);
    const uint8_t tag[] = {(uint8_t)group, (uint8_t)(group >> 8), (uint8_t)element, (uint8_t)(element >> 8)};
    for (const uint8_t *at = file; (at = memmem(at, (size_t)(file + file_length - at), tag, 4)) != NULL;
         at++) {
        if ((size_t)(file + file_length - at) >= 12 + length &&
            memcmp(at + 8,
                   (const uint8_t[]){(uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16), 0},
                   4) == 0 &&
            memcmp(at + 12, bytes, length) == 0)
            return true;
    }
    return false;
}

static void look_at(struct bulk *bulk, const char *uri, const uint8_t *file, size_t file_length,
                    bool is_whole)
{
    size_t length, again;
    uint8_t *first = get_bulk(bulk->at, bulk->levels[0], uri, &length);
    for (size_t i = 1; i < LEVELS; i++) {
        uint8_t *other = get_bulk(bulk->at, bulk->levels[i], uri, &again);
        assert_int_equal(again, length);
        assert_memory_equal(other, first, length);
        free(other);
    }
    if (is_whole && !is_value_in(file, file_length, uri, first, length))
        fail_msg("%s is not the value of the file", uri);
    bulk->count++;
    free(first);
}

static void walk(struct bulk *bulk, const json_t *data_set, const uint8_t *file, size_t length, bool is_whole)
{
    const char *tag;
    json_t *element, *item;
    size_t index;
    json_object_foreach((json_t *)(uintptr_t)data_set, tag, element)
    {
        const char *uri = json_string_value(json_object_get(element, "BulkDataURI"));
        if (uri != NULL)
            look_at(bulk, uri, file, length, is_whole);
        if (strcmp(json_string_value(json_object_get(element, "vr")), "SQ") != 0)
            continue;
        json_array_foreach(json_object_get(element, "Value"), index, item)
            walk(bulk, item, file, length, is_whole);
    }
}

/* Returns how many values it names. is_whole: the file has them as they are
 * given. */
static size_t look_at_bulk_data(const struct at_peer *at, const char *study, const char *series,
                                const char *path, const char *file_path, bool is_whole)
{
    char of_study[DICOMWEB_PATH_BYTES], of_series[DICOMWEB_PATH_BYTES];
    size_t length;
    (void)snprintf(of_study, sizeof of_study, "/studies/%s", study);
    (void)snprintf(of_series, sizeof of_series, "/studies/%s/series/%s", study, series);
    struct bulk bulk = {.levels = {of_study, of_series, path}, .at = at};
    uint8_t *file = file_read(file_path, &length, NULL);
    json_t *json = get_metadata(at, path);
    assert_non_null(file);
    walk(&bulk, json_array_get(json, 0), file, length, is_whole);
    json_decref(json);
    free(file);
    return bulk.count;
}

static size_t look_at_instance(const struct at_peer *at, const struct study *study, size_t index,
                               bool is_whole)
{
    char path[DICOMWEB_PATH_BYTES];
    const struct study_instance *instance = &study->instances[index];
    dicomweb_instance_path(study, index, path);
    return look_at_bulk_data(at, study->study_uid, study->series_uids[instance->series], path, instance->path,
                             is_whole);
}

static void bulk_data_is_that_of_the_file_at_every_level(void **state)
{
    size_t of_kinds = 0;
    for (size_t i = 0; i < INSTANCES_OF_KINDS; i++)
        of_kinds += look_at_instance(*state, kinds, i, true);
    assert_int_equal(of_kinds, INSTANCES_OF_KINDS - 2); /* the report has none, and the PDF is short */
    assert_int_equal(
        look_at_bulk_data(*state, latin.options.study, latin.options.series, latin.path, latin.file, true),
        2);
}

/* Of the others a value is turned, inflated, or in frames: it is looked at as frames elsewhere. */
static void bulk_data_of_any_syntax_is_the_same_at_every_level(void **state)
{
    for (size_t i = 0; i < MIXED_COUNT; i++)
        assert_int_equal(look_at_instance(*state, mixed, i, i == MIXED_EXPLICIT_LE), 1);
}

static void bulk_data_that_is_not_there_is_not_found(void **state)
{
    static const char *const names[] = {
        "00100010x", "00880200.1.7FE00010", "00880200.0",         "7FE00010.0.7FE00010", "7FE00011", "x",
        "00880200",  "00880200/0/7FE00010", "7FE00010/0/7FE00010"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char rest[DICOMWEB_PATH_BYTES];
        struct http_response response;
        (void)snprintf(rest, sizeof rest, "/bulkdata/%s/%s/%s", latin.options.series, latin.instance,
                       names[i]);
        dicomweb_get(*state, latin.path, rest, NULL, &response);
        assert_int_equal(response.status, 404);
        http_response_release(&response);
    }
    /* Below an instance there is that one's only. */
    assert_refused(*state, latin.path, "/bulkdata/1.2.3/1.2.4/7FE00010", NULL, 404, "unknown-resource", NULL);
}

/* ---- conditional requests ---- */

/* Asks until the cache has all of it and knows it: then there is an entity tag. */
static char *wait_for_tag(const struct at_peer *at, const char *path, size_t instances)
{
    struct cgw_deadline deadline = cgw_deadline_in(SETTLE_MS);
    for (;;) {
        struct http_response response;
        dicomweb_get(at, path, "/metadata", DICOM_JSON, &response);
        char *tag = http_header(&response, "ETag");
        json_t *json = take_metadata(&response);
        bool is_there = tag != NULL && json_array_size(json) == instances;
        json_decref(json);
        if (is_there)
            return tag;
        free(tag);
        assert_false(cgw_deadline_passed(deadline));
    }
}

static long status_with(const struct at_peer *at, const char *path, const char *tag, const char *encoding)
{
    char field[256], encoded[64];
    struct http_response response;
    (void)snprintf(field, sizeof field, "If-None-Match: %s", tag);
    (void)snprintf(encoded, sizeof encoded, "Accept-Encoding: %s", encoding);
    const char *const headers[] = {field, encoded, NULL};
    dicomweb_request("GET", at, path, "/metadata", headers, &response);
    long status = response.status;
    if (status == 304) {
        assert_int_equal(response.body_length, 0);
        assert_header(&response, "ETag", tag);
        assert_header(&response, "Cache-Control", "private, no-cache");
    }
    http_response_release(&response);
    return status;
}

/* Whether it is still believed depends on the clock; within a second it is once. */
static void wait_for_not_modified(const struct at_peer *at, const char *path, size_t instances)
{
    struct cgw_deadline deadline = cgw_deadline_in(SETTLE_MS);
    for (;;) {
        char *tag = wait_for_tag(at, path, instances);
        bool is_known = status_with(at, path, tag, "identity") == 304;
        free(tag);
        if (is_known)
            return;
        assert_false(cgw_deadline_passed(deadline));
    }
}

static void who_has_it_is_not_given_it_again(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(kinds, path);
    wait_for_not_modified(*state, path, INSTANCES_OF_KINDS);
    dicomweb_series_path(kinds, 0, path);
    wait_for_not_modified(*state, path, series_instances(kinds, 0));
    dicomweb_instance_path(kinds, 2, path);
    wait_for_not_modified(*state, path, 1);
    char *tag = wait_for_tag(*state, path, 1);
    assert_int_equal(status_with(*state, path, "\"x\"", "identity"), 200);
    assert_int_equal(status_with(*state, path, tag, "gzip"), 200); /* another representation */
    free(tag);
}

static void a_new_instance_changes_the_entity_tag(void **state)
{
    const struct at_peer *at = *state;
    struct peer *peer = the_world.peers[at->index];
    struct support_error err = {.text = ""};
    const char *const first[] = {growing->instances[0].path, growing->instances[1].path};
    const char *const last[] = {growing->instances[2].path};
    char path[DICOMWEB_PATH_BYTES];
    assert_true(peer_load(peer, first, 2, &err));
    dicomweb_series_path(growing, 0, path);
    char *before = wait_for_tag(at, path, 2);
    assert_true(peer_load(peer, last, 1, &err));
    char *after = wait_for_tag(at, path, 3);
    assert_string_not_equal(before, after);
    assert_int_equal(status_with(at, path, before, "identity"), 200);
    free(before);
    free(after);
}

static void other_types_are_not_acceptable(void **state)
{
    static const char *const refused[] = {"text/html", "application/dicom", "application/xml",
                                          "multipart/related; type=\"application/dicom+xml\""};
    static const char *const taken[] = {NULL,
                                        "*/*",
                                        "application/json",
                                        "application/*",
                                        DICOM_JSON ";q=0.1",
                                        "multipart/related; type=\"application/dicom+xml\", " DICOM_JSON};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(*state, latin.path, "/metadata", refused[i], 406, "not-acceptable", DICOM_JSON);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        struct http_response response;
        dicomweb_get(*state, latin.path, "/metadata", taken[i], &response);
        json_decref(take_metadata(&response));
    }
    struct http_response response;
    dicomweb_get(*state, latin.path, "/metadata?accept=application/dicom+json", "text/html", &response);
    json_decref(take_metadata(&response));
    dicomweb_get(*state, latin.path, "/metadata?accept=application%2Fdicom%2Bjson", "text/html", &response);
    json_decref(take_metadata(&response));
    assert_refused(*state, latin.path, "/metadata?accept=text/html", DICOM_JSON, 406, "not-acceptable", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(it_says_what_dcm2json_says),
        WITH_BOTH(text_is_utf8_and_values_are_those_of_the_file),
        WITH(it_names_the_transfer_syntax_of_what_is_stored, orthanc),
        WITH_BOTH(the_three_levels_say_the_same),
        WITH(it_says_the_same_compressed, orthanc),
        WITH_BOTH(bulk_data_is_that_of_the_file_at_every_level),
        WITH(bulk_data_of_any_syntax_is_the_same_at_every_level, orthanc),
        WITH(bulk_data_that_is_not_there_is_not_found, orthanc),
        WITH_BOTH(who_has_it_is_not_given_it_again),
        WITH_BOTH(a_new_instance_changes_the_entity_tag),
        WITH(other_types_are_not_acceptable, orthanc),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
