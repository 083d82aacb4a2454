/* The DICOMweb resources of api/openapi.yaml against those of the program. */
#include "unit/cmocka_all.h"

#include "document.h"

#include <stdio.h>
#include <string.h>

#define BASE "/v1/peers/{peer}/dicom-web"
#define STUDY BASE "/studies/{study}"
#define SERIES STUDY "/series/{series}"
#define INSTANCE SERIES "/instances/{instance}"
#define FRAMES INSTANCE "/frames/{frames}"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const searches[] = {BASE "/studies", BASE "/series",     BASE "/instances",
                                       STUDY "/series", STUDY "/instances", SERIES "/instances"};

static const char *const streams[] = {
    STUDY, SERIES, INSTANCE, STUDY "/metadata", SERIES "/metadata", INSTANCE "/metadata"};

static const char *const pieces[] = {FRAMES, STUDY "/bulkdata/{series}/{instance}/{bulk}",
                                     SERIES "/bulkdata/{sameSeries}/{instance}/{bulk}",
                                     INSTANCE "/bulkdata/{sameSeries}/{sameInstance}/{bulk}"};

static const char *const pictures[] = {INSTANCE "/rendered", FRAMES "/rendered",     STUDY "/thumbnail",
                                       SERIES "/thumbnail",  INSTANCE "/thumbnail",  FRAMES "/thumbnail",
                                       BASE "/wado",         "/v1/peers/{peer}/wado"};

/* ---- parameters: src/http/dicomweb ---- */

static void assert_all_have(const char *const *paths, size_t count, const char *const *names)
{
    for (size_t i = 0; i < count; i++)
        assert_query_parameters_are(paths[i], "get", names);
}

static void searches_take_the_parameters_of_the_standard_and_attributes(void **state)
{
    /* src/dicomweb/search_plan.c */
    static const char *const names[] = {"limit",
                                        "offset",
                                        "includefield",
                                        "fuzzymatching",
                                        "emptyvaluematching",
                                        "multiplevaluematching",
                                        "attributes",
                                        "accept",
                                        NULL};
    (void)state;
    assert_all_have(searches, COUNT(searches), names);
}

static void what_is_read_takes_accept_as_a_parameter(void **state)
{
    static const char *const names[] = {"accept", NULL};
    (void)state;
    assert_all_have(streams, COUNT(streams), names);
    assert_all_have(pieces, COUNT(pieces), names);
}

static void pictures_take_their_parameters(void **state)
{
    static const char *const rendered[] = {"accept", "window", "viewport", "quality", NULL};
    static const char *const thumbnail[] = {"accept", "viewport", NULL};
    static const char *const wado[] = {"requestType", "studyUID",       "seriesUID",   "objectUID",
                                       "contentType", "transferSyntax", "frameNumber", "windowCenter",
                                       "rows",        "columns",        "windowWidth", "imageQuality",
                                       "charset",     "region",         NULL};
    (void)state;
    for (size_t i = 0; i < COUNT(pictures); i++)
        assert_query_parameters_are(pictures[i], "get",
                                    strstr(pictures[i], "/rendered") != NULL    ? rendered
                                    : strstr(pictures[i], "/thumbnail") != NULL ? thumbnail
                                                                                : wado);
}

/* ---- codes ---- */

static void assert_all_document(const char *const *paths, size_t count, const enum cgw_code *codes)
{
    for (size_t i = 0; i < count; i++) {
        for (const enum cgw_code *code = codes; *code != CGW_OK; code++)
            assert_code_is_documented(paths[i], "get", *code);
    }
}

/* Of whatever asks a peer. */
static const enum cgw_code codes_of_peers[] = {CGW_E_BAD_REQUEST,
                                               CGW_E_BAD_PARAMETER,
                                               CGW_E_UNKNOWN_PEER,
                                               CGW_E_NOT_ACCEPTABLE,
                                               CGW_E_BODY_TOO_LARGE,
                                               CGW_E_HEADER_TOO_LARGE,
                                               CGW_E_INTERNAL,
                                               CGW_E_PEER_UNRESOLVED,
                                               CGW_E_PEER_UNREACHABLE,
                                               CGW_E_PEER_REJECTED,
                                               CGW_E_PEER_ABORTED,
                                               CGW_E_PEER_CLOSED,
                                               CGW_E_PROTOCOL_ERROR,
                                               CGW_E_PEER_FAILED,
                                               CGW_E_PEER_BUSY,
                                               CGW_E_PEER_OUT_OF_RESOURCES,
                                               CGW_E_TOO_MANY_CONNECTIONS,
                                               CGW_E_TOO_MANY_RETRIEVES,
                                               CGW_E_DRAINING,
                                               CGW_E_CANCELLED,
                                               CGW_E_OUT_OF_MEMORY,
                                               CGW_E_OUT_OF_DESCRIPTORS,
                                               CGW_E_RESOLVE_TIMEOUT,
                                               CGW_E_CONNECT_TIMEOUT,
                                               CGW_E_ACSE_TIMEOUT,
                                               CGW_E_DIMSE_TIMEOUT,
                                               CGW_E_NETWORK_TIMEOUT,
                                               CGW_E_PEER_TOO_SLOW,
                                               CGW_E_TOTAL_TIMEOUT,
                                               CGW_OK};

static const enum cgw_code codes_of_searches[] = {CGW_E_BAD_IDENTIFIER, CGW_E_TOO_MANY_KEYS,
                                                  CGW_E_FIND_NOT_SUPPORTED, CGW_E_HTTP_VERSION, CGW_OK};

static const enum cgw_code codes_of_readings[] = {CGW_E_GET_NOT_SUPPORTED,  CGW_E_NO_MATCH,
                                                  CGW_E_INCOMPLETE,         CGW_E_INSTANCE_TOO_LARGE,
                                                  CGW_E_TOO_MANY_INSTANCES, CGW_E_INSTANCE_UNREADABLE,
                                                  CGW_E_CODEC_FAILED,       CGW_E_CODEC_TIMEOUT,
                                                  CGW_E_CACHE_FAILED,       CGW_OK};

static void searches_document_every_code(void **state)
{
    (void)state;
    assert_all_document(searches, COUNT(searches), codes_of_peers);
    assert_all_document(searches, COUNT(searches), codes_of_searches);
}

static void readings_document_every_code(void **state)
{
    static const enum cgw_code of_streams[] = {CGW_E_HTTP_VERSION, CGW_OK};
    static const enum cgw_code of_pictures[] = {CGW_E_UNKNOWN_FRAME, CGW_OK};
    const struct {
        const char *const *paths;
        size_t count;
    } all[] = {{streams, COUNT(streams)}, {pieces, COUNT(pieces)}, {pictures, COUNT(pictures)}};
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_all_document(all[i].paths, all[i].count, codes_of_peers);
        assert_all_document(all[i].paths, all[i].count, codes_of_readings);
    }
    assert_all_document(streams, COUNT(streams), of_streams);
    assert_all_document(pictures, COUNT(pictures), of_pictures);
    assert_code_is_documented(FRAMES, "get", CGW_E_UNKNOWN_FRAME);
    for (size_t i = 1; i < COUNT(pieces); i++)
        assert_code_is_documented(pieces[i], "get", CGW_E_UNKNOWN_BULK_DATA);
}

/* No resource is left out above: all that have the tag are in one of the lists. */
static void every_resource_is_looked_at(void **state)
{
    size_t tagged = 0;
    const char *path;
    json_t *item;
    (void)state;
    json_object_foreach(member(document, "paths"), path, item)
    {
        json_t *tags = json_object_get(json_object_get(item, "get"), "tags");
        const char *tag = json_string_value(json_array_get(tags, 0));
        tagged += tag != NULL && strcmp(tag, "dicomweb") == 0;
    }
    assert_int_equal(tagged, COUNT(searches) + COUNT(streams) + COUNT(pieces) + COUNT(pictures));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_take_the_parameters_of_the_standard_and_attributes),
        cmocka_unit_test(what_is_read_takes_accept_as_a_parameter),
        cmocka_unit_test(pictures_take_their_parameters),
        cmocka_unit_test(searches_document_every_code),
        cmocka_unit_test(readings_document_every_code),
        cmocka_unit_test(every_resource_is_looked_at),
    };
    return cmocka_run_group_tests(tests, load_document, release_document);
}
