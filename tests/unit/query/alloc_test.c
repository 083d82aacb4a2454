#include "make_file.h"
#include "parse.h"
#include "unit/cmocka_all.h"

#include "cgetway/identifier.h"
#include "cgetway/transfer_syntax.h"
#include "support/failing_alloc.h"

#include <stdlib.h>
#include <string.h>

static const char good_body[] =
    "{\"QueryRetrieveLevel\":\"SERIES\",\"PatientID\":\"7\",\"StudyInstanceUID\":\"1.2\","
    "\"SeriesInstanceUID\":[\"1.3\",\"1.4\"],\"PatientName\":\"M\xC3\xBCller\",\"Columns\":1024,"
    "\"BeamSequence[2].BeamLimitingDeviceSequence[1].NumberOfLeafJawPairs\":1,"
    "\"OtherPatientIDsSequence\":[{\"PatientID\":\"\xC3\xA9\"},{\"FrameIncrementPointer\":\"FrameTime\"}],"
    "\"SliceThickness\":1.5,\"PixelData\":\"00FF\",\"PixelPaddingValue\":-1,\"AcquisitionDuration\":0.1}";

static const char bad_body[] =
    "{\"QueryRetrieveLevel\":\"SERIES\",\"StudyInstanceUID\":\"1.2*\",\"patientname\":1,\"Columns\":-1,"
    "\"(0028,0011)\":1,\"BeamSequence\":[{\"nope\":1}],\"PatientName\":\"\xC5\x81\","
    "\"SpecificCharacterSet\":\"ISO_IR 100\",\"x[\":1,\"BeamSequence[0]\":7}";

static const struct cgw_query_options options = {.model = CGW_MODEL_AUTO, .max_keys = 256, .max_depth = 32};

static struct cgw_alloc_report parse_failing_at(const char *body, size_t n, enum cgw_code *ret_code)
{
    cgw_alloc_begin(n);
    struct parsed parsed = parse(body, &options);
    *ret_code = parsed.code;
    parsed_release(&parsed);
    return cgw_alloc_end();
}

static void parse_with_every_allocation_failing(const char *body, enum cgw_code expected)
{
    enum cgw_code code;
    size_t n = 1;
    for (;; n++) {
        struct cgw_alloc_report report = parse_failing_at(body, n, &code);
        if (report.live != 0)
            fail_msg("%ld allocations leak when number %zu fails", report.live, n);
        if (!report.failed)
            break;
        if (code != CGW_E_OUT_OF_MEMORY)
            fail_msg("allocation %zu: %s", n, cgw_code_name(code));
    }
    assert_int_equal(code, expected);
    assert_true(n > 50);
}

static void a_right_query_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    parse_with_every_allocation_failing(good_body, CGW_OK);
}

static void a_wrong_query_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    parse_with_every_allocation_failing(bad_body, CGW_E_BAD_IDENTIFIER);
}

static void a_merge_with_a_file_survives_the_failure_of_any_allocation(void **state)
{
    static const char keys[] = "{\"BeamSequence[1].BeamName\":\"\xC3\xA9\",\"PatientName\":\"A\"}";
    static const char file_text[] =
        "00080005 CS ISO_IR 100|00080052 CS STUDY|00100010 PN J\xF6|00100020 LO \xF6|0020000D UI 1.2|"
        "300A00B0 SQ {300A00C2 LO \xF6}";
    struct cgw_query_source source = {
        .keys = keys, .keys_length = sizeof keys - 1, .max_inflated_bytes = 4096};
    uint8_t *file = make_file(file_text, &source.file_length);
    (void)state;
    source.file = file;
    for (size_t n = 1;; n++) {
        struct cgw_query *query = NULL;
        struct cgw_key_errors errors = {0};
        cgw_alloc_begin(n);
        enum cgw_code code = cgw_query_build(&source, &options, &query, &errors, NULL);
        cgw_query_free(query);
        cgw_key_errors_release(&errors);
        struct cgw_alloc_report report = cgw_alloc_end();
        if (report.live != 0)
            fail_msg("%ld allocations leak when number %zu fails", report.live, n);
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        if (!report.failed)
            break;
    }
    free(file);
}

static void dicom_json_as_a_body_survives_the_failure_of_any_allocation(void **state)
{
    static const char body[] =
        "{\"00080052\":{\"vr\":\"CS\",\"Value\":[\"STUDY\"]},\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}"
        ","
        "\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"A\",\"Phonetic\":\"B\"},null]},"
        "\"300A00B0\":{\"vr\":\"SQ\",\"Value\":[{\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AP/"
        "qCA==\"}}]}}";
    struct cgw_query_source source = {
        .keys = body, .keys_length = sizeof body - 1, .form = CGW_KEYS_DICOM_JSON};
    (void)state;
    for (size_t n = 1;; n++) {
        struct cgw_query *query = NULL;
        struct cgw_key_errors errors = {0};
        cgw_alloc_begin(n);
        enum cgw_code code = cgw_query_build(&source, &options, &query, &errors, NULL);
        cgw_query_free(query);
        cgw_key_errors_release(&errors);
        struct cgw_alloc_report report = cgw_alloc_end();
        if (report.live != 0)
            fail_msg("%ld allocations leak when number %zu fails", report.live, n);
        assert_int_equal(code,
                         report.failed ? CGW_E_OUT_OF_MEMORY : CGW_E_BAD_IDENTIFIER); /* PN: two values */
        if (!report.failed)
            break;
    }
}

static void a_dump_survives_the_failure_of_any_allocation(void **state)
{
    struct parsed parsed = parse(good_body, &options);
    (void)state;
    assert_int_equal(parsed.code, CGW_OK);
    for (size_t n = 1;; n++) {
        cgw_alloc_begin(n);
        char *dump = cgw_query_dump(parsed.query);
        bool given = dump != NULL;
        free(dump);
        struct cgw_alloc_report report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(given, !report.failed);
        if (!report.failed)
            break;
    }
    parsed_release(&parsed);
}

static void a_list_of_faults_as_json_survives_the_failure_of_any_allocation(void **state)
{
    struct parsed parsed = parse(bad_body, &options);
    (void)state;
    assert_int_equal(parsed.code, CGW_E_BAD_IDENTIFIER);
    for (size_t n = 1;; n++) {
        cgw_alloc_begin(n);
        json_t *json = cgw_key_errors_to_json(&parsed.keys);
        bool given = json != NULL;
        json_decref(json);
        struct cgw_alloc_report report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(given, !report.failed);
        if (!report.failed)
            break;
    }
    parsed_release(&parsed);
}

typedef enum cgw_code encode_function(const struct cgw_data_set *data_set, struct cgw_error *err);

static enum cgw_code encode_explicit(const struct cgw_data_set *data_set, struct cgw_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    enum cgw_code code = cgw_identifier_encode(data_set, CGW_TS_EXPLICIT_LE, &bytes, &length, err);
    free(bytes);
    return code;
}

static enum cgw_code encode_deflated(const struct cgw_data_set *data_set, struct cgw_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    enum cgw_code code = cgw_identifier_encode(data_set, CGW_TS_DEFLATED, &bytes, &length, err);
    free(bytes);
    return code;
}

static enum cgw_code print_json(const struct cgw_data_set *data_set, struct cgw_error *err)
{
    char *json = NULL;
    enum cgw_code code = cgw_identifier_to_json(data_set, &json, err);
    free(json);
    return code;
}

/* For LeakSanitizer, which the tolerated leak of deflating would alarm. */
const char *__lsan_default_suppressions(void); // NOLINT(bugprone-reserved-identifier)
const char *__lsan_default_suppressions(void)
{
    return "leak:DcmZLibOutputFilter\n";
}

/* DCMTK's own new as well. */
static void encode_with_every_allocation_failing(encode_function *encode, long tolerated_leak)
{
    struct parsed parsed = parse(good_body, &options);
    assert_int_equal(parsed.code, CGW_OK);
    assert_int_equal(encode(cgw_query_identifier(parsed.query), NULL),
                     CGW_OK); /* what is made once is made */
    for (size_t n = 1;; n++) {
        cgw_alloc_begin(n);
        struct cgw_error error = CGW_ERROR_INIT;
        enum cgw_code code = encode(cgw_query_identifier(parsed.query), &error);
        struct cgw_alloc_report report = cgw_alloc_end();
        if (report.live > (report.failed ? tolerated_leak : 0))
            fail_msg("%ld allocations leak when number %zu fails", report.live, n);
        if (!report.failed)
            break;
        if (code != CGW_E_OUT_OF_MEMORY)
            fail_msg("allocation %zu: %s", n, error.detail);
    }
    parsed_release(&parsed);
}

static void encoding_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    encode_with_every_allocation_failing(encode_explicit, 0);
}

static void deflating_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    /* DCMTK 3.6.7 leaks parts of its zlib filter when it has no memory for the others. */
    encode_with_every_allocation_failing(encode_deflated, 8);
}

static void dicom_json_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    encode_with_every_allocation_failing(print_json, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_query_survives_the_failure_of_any_allocation),
        cmocka_unit_test(a_wrong_query_survives_the_failure_of_any_allocation),
        cmocka_unit_test(a_merge_with_a_file_survives_the_failure_of_any_allocation),
        cmocka_unit_test(dicom_json_as_a_body_survives_the_failure_of_any_allocation),
        cmocka_unit_test(a_dump_survives_the_failure_of_any_allocation),
        cmocka_unit_test(a_list_of_faults_as_json_survives_the_failure_of_any_allocation),
        cmocka_unit_test(encoding_survives_the_failure_of_any_allocation),
        cmocka_unit_test(deflating_survives_the_failure_of_any_allocation),
        cmocka_unit_test(dicom_json_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
