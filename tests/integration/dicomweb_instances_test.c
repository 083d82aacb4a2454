/* Instances over DICOMweb, in each form and transfer syntax that a client may ask for. */
#include "integration/dicomweb.h"

enum { PIXEL_BYTES = 64 * 64, SERIES_OF_OTHER = 2, INSTANCES_OF_OTHER = 5, PROGRAM_TIMEOUT_MS = 20000 };

#define CLASS_OF_MIXED "1.2.840.10008.5.1.4.1.1.7.2"
#define PART_OF "application/dicom; transfer-syntax="
#define MULTIPART "multipart/related; type=\"application/dicom\""

static struct study *mixed, *other;
static struct at_peer at_profiled = {.world = &the_world, .index = 1, .name = "profiled"};

static const char *const classes[] = {CLASS_OF_MIXED, "1.2.840.10008.5.1.4.1.1.2",
                                      "1.2.840.10008.5.1.4.1.1.4", NULL};

static bool start(const char **files, size_t count)
{
    const char *syntaxes[MIXED_COUNT + 1] = {NULL};
    for (size_t i = 0; i < MIXED_COUNT; i++)
        syntaxes[i] = mixed_transfer_syntax((enum mixed_instance)i);
    const struct world_peer peers[] = {
        {at_orthanc.name, {.kind = PEER_ORTHANC, .files = files, .file_count = count}},
        {at_profiled.name,
         {.kind = PEER_DCMQRSCP,
          .files = files,
          .file_count = count,
          .accepted_classes = classes,
          .accepted_syntaxes = syntaxes}}};
    return dicomweb_start(peers, 2, NULL);
}

static int set_up(void **state)
{
    const char *files[MIXED_COUNT + INSTANCES_OF_OTHER];
    const struct study_options two = {.seed = 31,
                                      .modalities = {STUDY_CT, STUDY_MR},
                                      .modality_count = SERIES_OF_OTHER,
                                      .instances = INSTANCES_OF_OTHER};
    (void)state;
    at_orthanc.index = 0;
    mixed = world_begin() ? world_study("mixed", NULL) : NULL;
    other = mixed != NULL ? world_study("two", &two) : NULL;
    if (other == NULL)
        return -1;
    for (size_t i = 0; i < MIXED_COUNT + INSTANCES_OF_OTHER; i++)
        files[i] = i < MIXED_COUNT ? mixed->instances[i].path : other->instances[i - MIXED_COUNT].path;
    return start(files, MIXED_COUNT + INSTANCES_OF_OTHER) ? 0 : -1;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(mixed);
    study_free(other);
    return result;
}

/* ---- what is expected ---- */

/* A whole Part 10 file in memory. */
struct file {
    uint8_t *bytes;
    size_t length;
    struct part10_meta meta;
};

static struct file file_of_bytes(const void *bytes, size_t length)
{
    struct support_error err = {.text = ""};
    struct file file = {.bytes = malloc(length), .length = length};
    assert_non_null(file.bytes);
    memcpy(file.bytes, bytes, length);
    (void)part10_parse(file.bytes, length, &file.meta, &err);
    assert_no_error(&err);
    return file;
}

static struct file read_as(const char *path, const char *option)
{
    size_t length = 0;
    uint8_t *bytes = option != NULL ? dcmconv_of(path, option, &length) : file_read(path, &length, NULL);
    assert_non_null(bytes);
    struct file file = file_of_bytes(bytes, length);
    free(bytes);
    return file;
}

static void assert_same_data_set(const struct file *got, const struct file *expected)
{
    assert_string_equal(got->meta.transfer_syntax, expected->meta.transfer_syntax);
    assert_string_equal(got->meta.sop_instance, expected->meta.sop_instance);
    assert_string_equal(got->meta.sop_class, expected->meta.sop_class);
    assert_int_equal(got->length - got->meta.data_set_offset,
                     expected->length - expected->meta.data_set_offset);
    assert_memory_equal(got->bytes + got->meta.data_set_offset,
                        expected->bytes + expected->meta.data_set_offset,
                        got->length - got->meta.data_set_offset);
}

/* The index of the instance in the study; fails where it is none of it. */
static size_t index_in(const struct study *study, const char *sop_instance)
{
    for (size_t i = 0; i < study->instance_count; i++) {
        if (strcmp(study->instances[i].sop_instance, sop_instance) == 0)
            return i;
    }
    fail_msg("%s is no instance of the study", sop_instance);
    return 0;
}

/* As the peer sends it, and as it then goes out where it may go out as it is stored. DCMTK sends what is not
 * compressed in Explicit VR Little Endian; Implicit VR and Big Endian never go out. */
static bool goes_out_as_stored(const struct at_peer *at, size_t index)
{
    return index >= MIXED_RLE || (at->index == at_orthanc.index && index == MIXED_DEFLATED);
}

static void assert_is_mixed(const struct at_peer *at, const struct file *got, size_t index)
{
    const char *path = mixed->instances[index].path;
    struct file expected = read_as(path, goes_out_as_stored(at, index) ? NULL : "+te");
    assert_same_data_set(got, &expected);
    free(expected.bytes);
}

static struct file part_file(const struct dicomweb_parts *parts, size_t index)
{
    const struct multipart_part *part = &parts->body.parts[index];
    struct file file = file_of_bytes(part->body, part->body_length);
    char expected[128], *type = multipart_header(part, "Content-Type");
    (void)snprintf(expected, sizeof expected, PART_OF "%s", file.meta.transfer_syntax);
    assert_string_equal(type, expected);
    free(type);
    return file;
}

/* One instance alone. */
static struct file get_single(const struct at_peer *at, const char *path, const char *accept)
{
    struct http_response response;
    char expected[128];
    dicomweb_get(at, path, "", accept, &response);
    assert_body(&response, NULL);
    assert_header(&response, "Cache-Control", "private, max-age=86400");
    struct file file = file_of_bytes(response.body, response.body_length);
    (void)snprintf(expected, sizeof expected, PART_OF "%s", file.meta.transfer_syntax);
    assert_header(&response, "Content-Type", expected);
    http_response_release(&response);
    return file;
}

/* ---- tests ---- */

static void a_study_comes_as_it_is_stored(void **state)
{
    static const char *const accepts[] = {MULTIPART "; transfer-syntax=*",
                                          "multipart/related;type=application/dicom;transfer-syntax=*",
                                          "multipart/related; type=\"application/dicom; transfer-syntax=*\""};
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(mixed, path);
    for (size_t i = 0; i < 3; i++) {
        struct dicomweb_parts parts;
        unsigned came = 0;
        dicomweb_get_parts(*state, path, "", accepts[i], "application/dicom", &parts);
        assert_int_equal(parts.body.count, MIXED_COUNT);
        for (size_t k = 0; k < MIXED_COUNT; k++) {
            struct file got = part_file(&parts, k);
            size_t index = index_in(mixed, got.meta.sop_instance);
            assert_is_mixed(*state, &got, index);
            came |= 1u << index;
            free(got.bytes);
        }
        assert_int_equal(came, (1u << MIXED_COUNT) - 1);
        dicomweb_parts_release(&parts);
    }
}

static void an_instance_comes_as_it_is_stored(void **state)
{
    for (size_t i = 0; i < MIXED_COUNT; i++) {
        char path[DICOMWEB_PATH_BYTES];
        struct dicomweb_parts parts;
        dicomweb_instance_path(mixed, i, path);
        struct file alone = get_single(*state, path, "application/dicom; transfer-syntax=*");
        assert_is_mixed(*state, &alone, i);
        dicomweb_get_parts(*state, path, "", MULTIPART "; transfer-syntax=*", "application/dicom", &parts);
        assert_int_equal(parts.body.count, 1);
        struct file part = part_file(&parts, 0);
        assert_is_mixed(*state, &part, i);
        free(alone.bytes);
        free(part.bytes);
        dicomweb_parts_release(&parts);
    }
}

static void what_is_not_compressed_comes_in_explicit_vr_little_endian(void **state)
{
    for (size_t i = 0; i < MIXED_RLE; i++) {
        static const char *const accepts[] = {"application/dicom",
                                              "application/dicom; transfer-syntax=" EXPLICIT_LE};
        char path[DICOMWEB_PATH_BYTES];
        dicomweb_instance_path(mixed, i, path);
        for (size_t k = 0; k < 2; k++) {
            struct file got = get_single(*state, path, accepts[k]);
            struct file expected = read_as(mixed->instances[i].path, "+te");
            assert_same_data_set(&got, &expected);
            free(got.bytes);
            free(expected.bytes);
        }
    }
}

/* Deflated bytes may differ, what they inflate to may not. */
static void what_is_not_compressed_comes_deflated(void **state)
{
    for (size_t i = 0; i < MIXED_RLE; i++) {
        char path[DICOMWEB_PATH_BYTES], *name = temp_dir_join(the_world.dir, "deflated.dcm");
        dicomweb_instance_path(mixed, i, path);
        struct file got = get_single(*state, path, "application/dicom; transfer-syntax=" DEFLATED_LE);
        assert_string_equal(got.meta.transfer_syntax, DEFLATED_LE);
        assert_true(file_write(name, got.bytes, got.length, &the_world.err));
        struct file inflated = read_as(name, "+te"), expected = read_as(mixed->instances[i].path, "+te");
        assert_same_data_set(&inflated, &expected);
        free(got.bytes);
        free(inflated.bytes);
        free(expected.bytes);
        free(name);
    }
}

/* The pixels of DCMTK's own decoder. */
static struct file decoded_by_dcmtk(size_t index)
{
    const char *tool = index == MIXED_RLE ? "dcmdrle" : index == MIXED_JPEG_LS ? "dcmdjpls" : "dcmdjpeg";
    char *target = temp_dir_join(the_world.dir, "decoded.dcm");
    struct support_error err = {.text = ""};
    const char *const argv[] = {tool, mixed->instances[index].path, target, NULL};
    const struct process_options run = {.argv = argv};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    struct file file = read_as(target, NULL);
    free(target);
    return file;
}

static void compressed_ones_are_decoded(void **state)
{
    static const char *const accepts[] = {"application/dicom",
                                          "application/dicom; transfer-syntax=" EXPLICIT_LE,
                                          "application/dicom; transfer-syntax=" DEFLATED_LE};
    for (size_t i = MIXED_RLE; i < MIXED_JPEG_2000; i++) {
        char path[DICOMWEB_PATH_BYTES], *name = temp_dir_join(the_world.dir, "got.dcm");
        dicomweb_instance_path(mixed, i, path);
        struct file expected = decoded_by_dcmtk(i);
        for (size_t k = 0; k < 3; k++) {
            struct file got = get_single(*state, path, accepts[k]);
            assert_string_equal(got.meta.transfer_syntax, k == 2 ? DEFLATED_LE : EXPLICIT_LE);
            assert_true(file_write(name, got.bytes, got.length, &the_world.err));
            struct file plain = read_as(name, "+te");
            assert_string_equal(plain.meta.sop_class, CLASS_OF_MIXED);
            assert_string_equal(plain.meta.sop_instance, mixed->instances[i].sop_instance);
            assert_true(plain.length > PIXEL_BYTES);
            assert_memory_equal(plain.bytes + plain.length - PIXEL_BYTES,
                                expected.bytes + expected.length - PIXEL_BYTES, PIXEL_BYTES);
            free(got.bytes);
            free(plain.bytes);
        }
        free(expected.bytes);
        free(name);
    }
}

static void what_cannot_be_given_is_not_acceptable(void **state)
{
    static const char *const never[] = {IMPLICIT_LE, EXPLICIT_BE, "1.2.840.10008.1.2.4.91", "1.2.3.4"};
    char path[DICOMWEB_PATH_BYTES], accept[256];
    for (size_t i = 0; i < MIXED_COUNT; i++) {
        dicomweb_instance_path(mixed, i, path);
        for (size_t k = 0; k < sizeof never / sizeof never[0]; k++) {
            (void)snprintf(accept, sizeof accept, "application/dicom; transfer-syntax=%s", never[k]);
            assert_refused(*state, path, "", accept, 406, "not-acceptable", NULL);
            (void)snprintf(accept, sizeof accept, MULTIPART "; transfer-syntax=%s", never[k]);
            assert_refused(*state, path, "", accept, 406, "not-acceptable", NULL);
        }
    }
    static const char *const others[] = {"image/jpeg",
                                         "application/json",
                                         "text/html",
                                         "multipart/related; type=\"image/jpeg\"",
                                         "multipart/related; type=application/zip",
                                         "application/dicom;q=0"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_refused(*state, path, "", others[i], 406, "not-acceptable", "application/dicom");
    assert_refused(*state, path, "", "application/dicom", 406, "not-acceptable", JPEG_2000_LOSSLESS);
    dicomweb_study_path(mixed, path);
    assert_refused(*state, path, "", "application/dicom", 406, "not-acceptable", NULL);
}

/* Who takes anything is given what cannot be decoded as it is. */
static void who_takes_anything_gets_multipart(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    static const char *const accepts[] = {NULL, "*/*", "", "text/html, */*;q=0.1"};
    for (size_t i = 0; i < sizeof accepts / sizeof accepts[0]; i++) {
        struct dicomweb_parts parts;
        dicomweb_study_path(mixed, path);
        dicomweb_get_parts(*state, path, "", accepts[i], "application/dicom", &parts);
        assert_int_equal(parts.body.count, MIXED_COUNT);
        for (size_t k = 0; k < MIXED_COUNT; k++) {
            struct file got = part_file(&parts, k);
            assert_string_equal(got.meta.transfer_syntax,
                                index_in(mixed, got.meta.sop_instance) == MIXED_JPEG_2000 ? JPEG_2000_LOSSLESS
                                                                                          : EXPLICIT_LE);
            free(got.bytes);
        }
        dicomweb_parts_release(&parts);
    }
}

/* It is in the middle of the study that nothing can be given: the answer has begun. */
static void a_study_of_which_an_instance_cannot_be_given_is_cut(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    struct http_response response;
    struct multipart body;
    struct support_error err = {.text = ""};
    dicomweb_study_path(mixed, path);
    dicomweb_get(*state, path, "", MULTIPART, &response);
    if (response.status == 406) { /* it came first */
        http_response_release(&response);
        return;
    }
    assert_int_equal(response.status, 200);
    assert_int_not_equal(response.result, CURLE_OK);
    char *type = http_header(&response, "Content-Type");
    (void)multipart_parse_cut(type, response.body, response.body_length, &body, &err);
    assert_no_error(&err);
    assert_int_not_equal(body.end, MULTIPART_CLOSED);
    free(type);
    multipart_release(&body);
    http_response_release(&response);
}

static void the_parameter_wins_over_the_header(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    struct http_response response;
    dicomweb_instance_path(mixed, MIXED_RLE, path);
    dicomweb_get(*state, path, "?accept=application/dicom;%20transfer-syntax=*", "image/jpeg", &response);
    assert_body(&response, PART_OF RLE_LOSSLESS);
    http_response_release(&response);
    dicomweb_get(*state, path, "?accept=application/dicom;transfer-syntax=1.2.840.10008.1.2.1.99", "*/*",
                 &response);
    assert_body(&response, PART_OF DEFLATED_LE);
    http_response_release(&response);
    assert_refused(*state, path, "?accept=image/png", MULTIPART, 406, "not-acceptable", NULL);
    assert_refused(*state, path, "?foo=bar", MULTIPART, 400, "bad-parameter", "foo");
}

static void the_best_of_several_is_given(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    struct http_response response;
    static const struct {
        const char *accept, *type;
    } table[] = {
        {"application/dicom;q=0.5, application/zip", "application/zip"},
        {"application/zip;q=0.5, application/dicom;transfer-syntax=*", PART_OF RLE_LOSSLESS},
        {"application/dicom;transfer-syntax=1.2.840.10008.1.2.4.50, application/dicom;transfer-syntax=*",
         PART_OF RLE_LOSSLESS},
        {"application/dicom;transfer-syntax=*;q=0.1, application/dicom;transfer-syntax=1.2.840.10008.1.2.1",
         PART_OF EXPLICIT_LE},
        {"image/jpeg, application/dicom", PART_OF EXPLICIT_LE},
    };
    dicomweb_instance_path(mixed, MIXED_RLE, path);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        dicomweb_get(*state, path, "", table[i].accept, &response);
        assert_body(&response, table[i].type);
        assert_header(&response, "Vary", "Accept");
        http_response_release(&response);
    }
}

static void a_series_and_an_instance_come_without_their_neighbours(void **state)
{
    for (size_t series = 0; series < SERIES_OF_OTHER; series++) {
        char path[DICOMWEB_PATH_BYTES];
        struct dicomweb_parts parts;
        dicomweb_series_path(other, series, path);
        dicomweb_get_parts(*state, path, "", MULTIPART, "application/dicom", &parts);
        assert_int_equal(parts.body.count, series_instances(other, series));
        for (size_t i = 0; i < parts.body.count; i++) {
            struct file got = part_file(&parts, i);
            size_t index = index_in(other, got.meta.sop_instance);
            struct file expected = read_as(other->instances[index].path, NULL);
            assert_int_equal(other->instances[index].series, series);
            assert_same_data_set(&got, &expected);
            free(got.bytes);
            free(expected.bytes);
        }
        dicomweb_parts_release(&parts);
    }
    char path[DICOMWEB_PATH_BYTES];
    struct dicomweb_parts parts;
    dicomweb_study_path(other, path);
    dicomweb_get_parts(*state, path, "", MULTIPART, "application/dicom", &parts);
    assert_int_equal(parts.body.count, INSTANCES_OF_OTHER);
    dicomweb_parts_release(&parts);
}

/* ---- archives ---- */

static void unpack(const char *archive, const char *directory)
{
    static const char program[] = "import sys, zipfile\n"
                                  "z = zipfile.ZipFile(sys.argv[1])\n"
                                  "assert z.testzip() is None\n"
                                  "z.extractall(sys.argv[2])\n";
    struct support_error err = {.text = ""};
    const char *const argv[] = {CGW_PYTHON, "-c", program, archive, directory, NULL};
    const struct process_options run = {.argv = argv};
    (void)process_run(&run, PROGRAM_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
}

static void assert_archive(const struct at_peer *at, const char *path, const char *name, size_t count,
                           const struct study *study)
{
    struct http_response response;
    struct support_error err = {.text = ""};
    char disposition[128], *archive = temp_dir_join(the_world.dir, "got.zip");
    static unsigned number;
    char directory_name[32];
    dicomweb_get(at, path, "", "application/zip", &response);
    assert_body(&response, "application/zip");
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s.zip\"", name);
    assert_header(&response, "Content-Disposition", disposition);
    assert_true(file_write(archive, response.body, response.body_length, &err));
    (void)snprintf(directory_name, sizeof directory_name, "unpacked-%u", number++);
    char *directory = temp_dir_mkdir(the_world.dir, directory_name, &err);
    unpack(archive, directory);
    size_t found = 0;
    char **files = file_list(directory, &found);
    assert_int_equal(found, count);
    for (size_t i = 0; i < found; i++) {
        struct file got = read_as(files[i], NULL);
        size_t index = index_in(study, got.meta.sop_instance);
        bool is_plain = study == mixed && index < MIXED_RLE && at->index != at_orthanc.index;
        struct file expected = read_as(study->instances[index].path, is_plain ? "+te" : NULL);
        assert_same_data_set(&got, &expected);
        free(got.bytes);
        free(expected.bytes);
    }
    file_list_free(files, found);
    http_response_release(&response);
    free(directory);
    free(archive);
}

static void archives_hold_the_files_as_they_are_stored(void **state)
{
    char path[DICOMWEB_PATH_BYTES];
    dicomweb_study_path(mixed, path);
    assert_archive(*state, path, mixed->study_uid, MIXED_COUNT, mixed);
    dicomweb_study_path(other, path);
    assert_archive(*state, path, other->study_uid, INSTANCES_OF_OTHER, other);
    dicomweb_series_path(other, 1, path);
    assert_archive(*state, path, other->series_uids[1], series_instances(other, 1), other);
    dicomweb_instance_path(mixed, MIXED_JPEG_2000, path);
    assert_archive(*state, path, mixed->instances[MIXED_JPEG_2000].sop_instance, 1, mixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_study_comes_as_it_is_stored, orthanc),
        WITH(a_study_comes_as_it_is_stored, profiled),
        WITH(an_instance_comes_as_it_is_stored, orthanc),
        WITH(an_instance_comes_as_it_is_stored, profiled),
        WITH(what_is_not_compressed_comes_in_explicit_vr_little_endian, orthanc),
        WITH(what_is_not_compressed_comes_deflated, orthanc),
        WITH(compressed_ones_are_decoded, orthanc),
        WITH(compressed_ones_are_decoded, profiled),
        WITH(what_cannot_be_given_is_not_acceptable, orthanc),
        WITH(who_takes_anything_gets_multipart, orthanc),
        WITH(a_study_of_which_an_instance_cannot_be_given_is_cut, orthanc),
        WITH(the_parameter_wins_over_the_header, orthanc),
        WITH(the_best_of_several_is_given, orthanc),
        WITH(a_series_and_an_instance_come_without_their_neighbours, orthanc),
        WITH(a_series_and_an_instance_come_without_their_neighbours, profiled),
        WITH(archives_hold_the_files_as_they_are_stored, orthanc),
        WITH(archives_hold_the_files_as_they_are_stored, profiled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
