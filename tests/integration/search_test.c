/* The searches of DICOMweb against the real peers. */
#include "integration/integration.h"

#include <stdarg.h>

enum { MANY = 60 };

#define UNKNOWN_UID "1.2.3.4.5.6.7"

static void request(const struct at_peer *at, const char *resource, const char *accept,
                    struct http_response *ret_response)
{
    char *url = gateway_url_of(at->world->gateway, "/v1/peers/%s/dicom-web%s", at->name, resource);
    const char *const headers[] = {accept, NULL};
    struct http_options options = {.headers = headers};
    http_request("GET", url, &options, ret_response);
    free(url);
}

/* The array of a whole answer; new reference. */
static json_t *search(const struct at_peer *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static json_t *search(const struct at_peer *at, const char *format, ...)
{
    char resource[1024];
    struct http_response response;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(resource, sizeof resource, format, args);
    va_end(args);
    request(at, resource, NULL, &response);
    if (response.result != CURLE_OK || response.status != 200)
        fail_msg("%s at %s: %s, status %ld: %s", resource, at->name, response.error, response.status,
                 (const char *)response.body);
    assert_header(&response, "Content-Type", "application/dicom+json");
    json_t *results = http_json(&response);
    assert_true(json_is_array(results));
    http_response_release(&response);
    return results;
}

/* The values of an element, backslashes between them; "" where there is none. */
static const char *value_of(const json_t *result, const char *tag)
{
    static char text[1024];
    const json_t *values = json_object_get(json_object_get(result, tag), "Value");
    size_t i, length = 0;
    const json_t *value;
    text[0] = '\0';
    json_array_foreach(values, i, value)
    {
        const char *separator = i > 0 ? "\\" : "";
        if (json_is_object(value))
            value = json_object_get(value, "Alphabetic");
        if (json_is_integer(value))
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%" JSON_INTEGER_FORMAT,
                                       separator, json_integer_value(value));
        else
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", separator,
                                       json_string_value(value));
    }
    return text;
}

/* Borrowed; NULL: there is none. */
static const json_t *find_result(const json_t *results, const char *tag, const char *value)
{
    size_t i;
    const json_t *result;
    json_array_foreach(results, i, result)
    {
        if (strcmp(value_of(result, tag), value) == 0)
            return result;
    }
    return NULL;
}

static const json_t *assert_result(const json_t *results, const char *tag, const char *value)
{
    const json_t *result = find_result(results, tag, value);
    if (result == NULL) {
        char *text = json_dumps(results, JSON_INDENT(1));
        fail_msg("no result has %s in %s: %s", value, tag, text);
    }
    return result;
}

static void assert_value(const json_t *result, const char *tag, const char *expected)
{
    if (strcmp(value_of(result, tag), expected) != 0) {
        char *text = json_dumps(result, 0);
        fail_msg("%s is \"%s\" instead of \"%s\": %s", tag, value_of(result, tag), expected, text);
    }
}

static void assert_count(json_t *results, size_t count)
{
    assert_int_equal(json_array_size(results), count);
    json_decref(results);
}

/* The RetrieveURL of a result is relative to the resource that was searched. */
static void assert_url(const json_t *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void assert_url(const json_t *result, const char *format, ...)
{
    char url[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(url, sizeof url, format, args);
    va_end(args);
    assert_value(result, "00081190", url);
}

/* ---- studies ---- */

static void every_study_comes_with_what_the_standard_demands(void **state)
{
    const struct at_peer *at = *state;
    const struct study *mixed = at->world->mixed;
    json_t *results =
        search(at, "/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%%2C00080060");
    assert_true(json_array_size(results) >= 3);
    const json_t *study = assert_result(results, "0020000D", mixed->study_uid);
    assert_value(study, "00100010", PATIENT_NAME);
    assert_value(study, "00100020", PATIENT_OF_TWO_STUDIES);
    assert_value(study, "00080020", "20240229");
    assert_value(study, "00080005", "ISO_IR 192");
    assert_value(study, "00080056", "ONLINE");
    assert_value(study, "00201206", "5");
    assert_url(study, "studies/%s", mixed->study_uid);
    assert_null(json_object_get(study, "00080052"));
    assert_null(json_object_get(study, "00080054"));
    static const char *const modalities[] = {"CT", "MR", "SR"};
    for (size_t i = 0; i < sizeof modalities / sizeof modalities[0]; i++)
        assert_non_null(strstr(value_of(study, "00080061"), modalities[i]));
    assert_result(results, "0020000D", at->world->small->study_uid);
    assert_result(results, "0020000D", at->world->other->study_uid);
    json_decref(results);
}

static void studies_are_found_by_keys(void **state)
{
    const struct at_peer *at = *state;
    assert_count(search(at, "/studies?PatientID=" PATIENT_OF_TWO_STUDIES), 2);
    assert_count(search(at, "/studies?00100020=CGW-T%%3FO*&StudyDate=20240201-20240301"), 2);
    assert_count(search(at, "/studies?00100020=CGW-T%%3FO*&StudyDate=-20240101"), 0);
    assert_count(search(at, "/studies?PatientName=M%%C3%%BCller*"), 2);
    assert_count(search(at, "/studies?StudyInstanceUID=%s", at->world->other->study_uid), 1);
    assert_count(search(at, "/studies?StudyInstanceUID=%s,%s", at->world->small->study_uid,
                        at->world->other->study_uid),
                 2);
    assert_count(search(at, "/studies?StudyInstanceUID=%s&StudyInstanceUID=%s", at->world->small->study_uid,
                        at->world->other->study_uid),
                 2);
    assert_count(search(at, "/studies?StudyInstanceUID=" UNKNOWN_UID), 0);
}

static void studies_are_found_by_a_modality_in_them(void **state)
{
    const struct at_peer *at = *state;
    json_t *results = search(at, "/studies?ModalitiesInStudy=SR&PatientID=" PATIENT_OF_TWO_STUDIES);
    assert_int_equal(json_array_size(results), 1);
    assert_result(results, "0020000D", at->world->mixed->study_uid);
    json_decref(results);
    assert_count(search(at, "/studies?ModalitiesInStudy=CT&PatientID=" PATIENT_OF_TWO_STUDIES), 2);
    assert_count(search(at, "/studies?ModalitiesInStudy=US&PatientID=" PATIENT_OF_TWO_STUDIES), 0);
}

static void limit_and_offset_give_each_study_once(void **state)
{
    const struct at_peer *at = *state;
    char seen[2][128];
    for (int i = 0; i < 2; i++) {
        json_t *results = search(at, "/studies?limit=1&offset=%d&PatientID=" PATIENT_OF_TWO_STUDIES, i);
        assert_int_equal(json_array_size(results), 1);
        (void)snprintf(seen[i], sizeof seen[i], "%s", value_of(json_array_get(results, 0), "0020000D"));
        json_decref(results);
    }
    assert_string_not_equal(seen[0], seen[1]);
    assert_count(search(at, "/studies?offset=2&PatientID=" PATIENT_OF_TWO_STUDIES), 0);
    assert_count(search(at, "/studies?limit=0"), 0);
}

static void all_fields_can_be_asked_for(void **state)
{
    const struct at_peer *at = *state;
    const struct study *mixed = at->world->mixed;
    json_t *results = search(at, "/studies?includefield=all&StudyInstanceUID=%s", mixed->study_uid);
    const json_t *study = json_array_get(results, 0);
    assert_non_null(json_object_get(study, "00081030"));
    json_decref(results);
    assert_count(search(at, "/studies/%s/series?includefield=all", mixed->study_uid), mixed->series_count);
    assert_count(search(at, "/studies/%s/series/%s/instances?includefield=all", mixed->study_uid,
                        mixed->series_uids[0]),
                 series_instances(mixed, 0));
}

/* ---- series ---- */

static void the_series_of_a_study_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *results = search(at, "/studies/%s/series", study->study_uid);
    assert_int_equal(json_array_size(results), study->series_count);
    for (size_t i = 0; i < study->series_count; i++) {
        const json_t *series = assert_result(results, "0020000E", study->series_uids[i]);
        assert_value(series, "0020000D", study->study_uid);
        assert_url(series, "series/%s", study->series_uids[i]);
    }
    assert_result(results, "00080060", "MR");
    json_decref(results);
    assert_count(search(at, "/studies/%s/series?Modality=MR", study->study_uid), 1);
    assert_count(search(at, "/studies/%s/series?SeriesInstanceUID=%s,%s", study->study_uid,
                        study->series_uids[0], study->series_uids[1]),
                 2);
    assert_count(search(at, "/studies/" UNKNOWN_UID "/series"), 0);
}

/* Keys of the level above, which the peers do not take at the level of the series. */
static void series_are_found_by_their_patient_and_give_it(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *results =
        search(at, "/studies/%s/series?PatientName=M%%C3%%BCller*&includefield=PatientID", study->study_uid);
    assert_int_equal(json_array_size(results), study->series_count);
    assert_value(json_array_get(results, 0), "00100010", PATIENT_NAME);
    assert_value(json_array_get(results, 0), "00100020", PATIENT_OF_TWO_STUDIES);
    json_decref(results);
    assert_count(search(at, "/studies/%s/series?PatientName=Nobody", study->study_uid), 0);
}

static void the_series_of_all_studies_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct study *mixed = at->world->mixed;
    json_t *results = search(at, "/series?PatientID=" PATIENT_OF_TWO_STUDIES);
    assert_int_equal(json_array_size(results), mixed->series_count + 1);
    const json_t *series = assert_result(results, "0020000E", mixed->series_uids[1]);
    assert_value(series, "0020000D", mixed->study_uid);
    assert_value(series, "00100010", PATIENT_NAME);
    assert_value(series, "00080020", "20240229");
    assert_url(series, "studies/%s/series/%s", mixed->study_uid, mixed->series_uids[1]);
    json_decref(results);
    assert_count(search(at, "/series?Modality=SR&PatientID=" PATIENT_OF_TWO_STUDIES), 1);
    assert_count(search(at, "/series?ModalitiesInStudy=SR&Modality=CT&PatientID=" PATIENT_OF_TWO_STUDIES), 1);
    assert_count(search(at, "/series?limit=4&offset=1&PatientID=" PATIENT_OF_TWO_STUDIES), 4);
    assert_count(search(at, "/series?limit=2"), 2);
}

/* ---- instances ---- */

static void the_instances_of_a_series_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *results = search(at, "/studies/%s/series/%s/instances", study->study_uid, study->series_uids[0]);
    assert_int_equal(json_array_size(results), series_instances(study, 0));
    for (size_t i = 0; i < study->instance_count; i++) {
        if (study->instances[i].series != 0)
            continue;
        const json_t *instance = assert_result(results, "00080018", study->instances[i].sop_instance);
        assert_value(instance, "0020000D", study->study_uid);
        assert_value(instance, "0020000E", study->series_uids[0]);
        assert_url(instance, "instances/%s", study->instances[i].sop_instance);
    }
    json_decref(results);
    assert_count(search(at, "/studies/%s/series/%s/instances?InstanceNumber=1", study->study_uid,
                        study->series_uids[0]),
                 1);
    assert_count(search(at, "/studies/%s/series/%s/instances?SOPInstanceUID=%s", study->study_uid,
                        study->series_uids[0], study->instances[0].sop_instance),
                 1);
}

static void the_instances_of_a_study_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *results = search(at, "/studies/%s/instances", study->study_uid);
    assert_int_equal(json_array_size(results), study->instance_count);
    for (size_t i = 0; i < study->instance_count; i++) {
        const char *series = study->series_uids[study->instances[i].series];
        const json_t *instance = assert_result(results, "00080018", study->instances[i].sop_instance);
        assert_value(instance, "0020000E", series);
        assert_true(value_of(instance, "00080060")[0] != '\0');
        assert_url(instance, "series/%s/instances/%s", series, study->instances[i].sop_instance);
    }
    json_decref(results);
    assert_count(search(at, "/studies/%s/instances?Modality=MR", study->study_uid),
                 series_instances(study, 1));
}

static void the_instances_of_all_studies_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct world *world = at->world;
    json_t *results = search(at, "/instances?PatientID=" PATIENT_OF_TWO_STUDIES);
    assert_int_equal(json_array_size(results), world->mixed->instance_count + world->small->instance_count);
    const char *uid = world->small->instances[0].sop_instance;
    const json_t *instance = assert_result(results, "00080018", uid);
    assert_value(instance, "00100010", PATIENT_NAME);
    assert_value(instance, "00080060", "CT");
    assert_url(instance, "studies/%s/series/%s/instances/%s", world->small->study_uid,
               world->small->series_uids[0], uid);
    json_decref(results);
    assert_count(search(at, "/instances?SOPInstanceUID=%s", uid), 1);
    assert_count(search(at, "/instances?limit=3"), 3);
}

/* One with more than a limit of them: what comes behind it is cancelled, and the peer serves on. */
static void a_peer_that_was_cancelled_serves_on(void **state)
{
    const struct at_peer *at = *state;
    const struct study_options options = {.seed = 15 + at->index, .instances = MANY, .pixel_bytes = 2};
    struct study *many = world_study(at->index == 0 ? "many" : "more", &options);
    assert_non_null(many);
    world_load(many);
    assert_count(search(at, "/studies/%s/instances?limit=1", many->study_uid), 1);
    assert_count(search(at, "/studies/%s/instances", many->study_uid), MANY);
    study_free(many);
}

/* ---- answers and refusals ---- */

static void the_type_is_as_the_client_likes(void **state)
{
    static const struct {
        const char *resource, *accept, *type; /* NULL: 406 */
    } rows[] = {
        {"/studies?limit=1", "Accept: application/json", "application/json"},
        {"/studies?limit=1", "Accept: application/dicom+json", "application/dicom+json"},
        {"/studies?limit=1", "Accept: application/dicom+json, application/json;q=0.5",
         "application/dicom+json"},
        {"/studies?limit=1", "Accept: */*", "application/dicom+json"},
        {"/studies?limit=1&accept=application/json", "Accept: application/dicom+json", "application/json"},
        {"/studies?limit=1&accept=application/dicom+json", "Accept: text/html", "application/dicom+json"},
        {"/studies?limit=1&accept=application/dicom%2Bjson", "Accept: text/html", "application/dicom+json"},
        {"/studies?limit=1", "Accept: multipart/related; type=\"application/dicom+xml\"", NULL},
        {"/studies?limit=1", "Accept: application/dicom+xml", NULL},
        {"/studies?limit=1&accept=text/html", "Accept: */*", NULL},
    };
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_response response;
        request(at, rows[i].resource, rows[i].accept, &response);
        if (rows[i].type == NULL) {
            json_decref(take_problem(&response, 406, "not-acceptable"));
            continue;
        }
        if (response.status != 200)
            fail_msg("%s: %ld", rows[i].accept, response.status);
        assert_header(&response, "Content-Type", rows[i].type);
        http_response_release(&response);
    }
}

static void nothing_found_is_an_empty_array(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    request(at, "/studies?PatientID=nobody", NULL, &response);
    assert_int_equal(response.status, 200);
    assert_string_equal((const char *)response.body, "[]\n");
    char *warning = http_header(&response, "Warning");
    assert_null(warning);
    http_response_release(&response);
}

static void what_is_not_honoured_is_a_warning(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    request(at, "/studies?limit=1&fuzzymatching=true", NULL, &response);
    assert_int_equal(response.status, 200);
    assert_header(
        &response, "Warning",
        "299 cgetway \"The fuzzymatching parameter is not supported. Only literal matching has been "
        "performed.\"");
    http_response_release(&response);
}

static void bad_requests_are_refused(void **state)
{
    static const struct {
        const char *resource;
        long status;
        const char *code;
    } rows[] = {
        {"/studies?PatientNam=x", 400, "bad-parameter"},
        {"/studies?limit=x", 400, "bad-parameter"},
        {"/studies?PatientID=a&PatientID=b", 400, "bad-parameter"},
        {"/studies?StudyDate=2024%2F02%2F29", 400, "bad-identifier"},
        {"/studies?StudyInstanceUID=1.2*", 400, "bad-identifier"},
        {"/studies?StudyDate=yesterday&StudyTime=noon", 400, "bad-identifier"},
        {"/studies/1..2/series", 400, "bad-parameter"},
        {"/studies/1.2/series?StudyInstanceUID=1.3", 400, "bad-parameter"},
    };
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_response response;
        request(at, rows[i].resource, NULL, &response);
        if (response.status != rows[i].status)
            fail_msg("%s: %ld %s", rows[i].resource, response.status, (const char *)response.body);
        json_decref(take_problem(&response, rows[i].status, rows[i].code));
    }
}

static void a_peer_that_is_down_is_502(void **state)
{
    const struct at_peer *at = *state;
    const struct at_peer down = {.world = at->world, .name = "down"};
    struct http_response response;
    request(&down, "/studies", NULL, &response);
    json_decref(take_problem(&response, 502, "peer-unreachable"));
}

static void an_http_1_0_client_gets_no_stream(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    char *url = gateway_url_of(at->world->gateway, "/v1/peers/%s/dicom-web/studies", at->name);
    struct http_options options = {.http10 = true};
    http_request("GET", url, &options, &response);
    json_decref(take_problem(&response, 505, "http-version"));
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(every_study_comes_with_what_the_standard_demands),
        WITH_BOTH(studies_are_found_by_keys),
        WITH_BOTH(studies_are_found_by_a_modality_in_them),
        WITH_BOTH(limit_and_offset_give_each_study_once),
        WITH_BOTH(all_fields_can_be_asked_for),
        WITH_BOTH(the_series_of_a_study_are_found),
        WITH_BOTH(series_are_found_by_their_patient_and_give_it),
        WITH_BOTH(the_series_of_all_studies_are_found),
        WITH_BOTH(the_instances_of_a_series_are_found),
        WITH_BOTH(the_instances_of_a_study_are_found),
        WITH_BOTH(the_instances_of_all_studies_are_found),
        WITH_BOTH(the_type_is_as_the_client_likes),
        WITH_BOTH(nothing_found_is_an_empty_array),
        WITH_BOTH(what_is_not_honoured_is_a_warning),
        WITH(bad_requests_are_refused, dcmqrscp),
        WITH(a_peer_that_is_down_is_502, dcmqrscp),
        WITH(an_http_1_0_client_gets_no_stream, dcmqrscp),
        WITH_BOTH(a_peer_that_was_cancelled_serves_on),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
