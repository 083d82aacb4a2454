#include "unit/cmocka_all.h"

#include "http/accept.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *accept;       /* NULL: no header */
    int multipart, json, zip; /* qualities of what we may give */
};

#define LONG_128                                                                                             \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct row rows[] = {
    {NULL, 1000, 1000, 1000},
    {"", 1000, 1000, 1000},
    {" \t", 1000, 1000, 1000},
    {"*/*", 1000, 1000, 1000},
    {"application/json", 0, 1000, 0},
    {"APPLICATION/JSON", 0, 1000, 0},
    {"application/*", 0, 1000, 1000},
    {"multipart/related", 1000, 0, 0},
    {"multipart/related; type=\"application/dicom\"", 1000, 0, 0},
    {"multipart/related;type=application/dicom", 1000, 0, 0},
    {"multipart/related; TYPE=\"Application/DICOM\"", 1000, 0, 0},
    {"multipart/related; type=\"application/octet-stream\"", 0, 0, 0},
    {"multipart/related; type=\"application/dicom\"; transfer-syntax=*", 1000, 0, 0},
    {"multipart/related; boundary=\"a,b;c\"; q=0.5", 500, 0, 0},
    {"application/json;q=0", 0, 0, 0},
    {"application/json;q=0.001", 0, 1, 0},
    {"application/json;q=0.12, */*;q=0.1", 100, 120, 100},
    {"*/*;q=0.1, application/json;q=0", 100, 0, 100},
    {"application/*;q=0.3, application/zip, */*;q=0.2", 200, 300, 1000},
    {"multipart/related;q=0.2, multipart/related;type=\"application/dicom\";q=0.9", 900, 0, 0},
    {"multipart/related;type=\"application/dicom\";q=0, multipart/related", 0, 0, 0},
    {"application/json;q=1.000", 0, 1000, 0},
    {"application/json;q=1.", 0, 1000, 0},
    {"application/json ; q=0.5 , application/zip", 0, 500, 1000},
    {"application/json;;q=0.5;", 0, 500, 0},
    {"application/json;q=0.5;ext", 0, 500, 0},
    {"application/json;Q=0.5", 0, 500, 0},
    {", ,application/json,", 0, 1000, 0},
    {"application/json;q=0.2,application/json;q=0.7,application/json;q=0.4", 0, 700, 0},
    /* what cannot be read matches nothing, and does not spoil its neighbours */
    {"application/json;q=1.001", 0, 0, 0},
    {"application/json;q=0.1234", 0, 0, 0},
    {"application/json;q=-1", 0, 0, 0},
    {"application/json;q=", 0, 0, 0},
    {"application/json;q=\"0.5", 0, 0, 0},
    {"application/json nonsense", 0, 0, 0},
    {"application/json;q=x, application/zip", 0, 0, 1000},
    {"application", 0, 0, 0},
    {"application/", 0, 0, 0},
    {"*", 0, 0, 0},
    {"*/json", 0, 0, 0},
    {LONG_128 ", application/zip", 0, 0, 1000},
    {"application/json; x=\"" LONG_128 "\"", 0, 0, 0},
    {"application/json; x=\"" LONG_128 ", */*", 0, 0, 0},
    {"application/json; x=\"" LONG_128 ", application/zip, \", multipart/related", 1000, 0, 0},
    {"application/json; x=\"\\", 0, 0, 0},
    {"application/json; x=\"\\\"\"", 0, 1000, 0},
    {"\"", 0, 0, 0},
};

static void accept_headers_are_read_as_rfc_9110_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int multipart = accept_quality(rows[i].accept, "multipart/related", "application/dicom");
        int json = accept_quality(rows[i].accept, "application/json", NULL);
        int zip = accept_quality(rows[i].accept, "application/zip", NULL);
        if (multipart != rows[i].multipart || json != rows[i].json || zip != rows[i].zip)
            fail_msg("%s: %d, %d, %d", rows[i].accept, multipart, json, zip);
    }
}

/* Of multipart (0), ZIP (1) and one instance (2); -1: none. without_last: where only the first two can be
 * given. */
static const struct {
    const char *accept;
    int best, without_last;
} best_rows[] = {
    {NULL, 0, 0},
    {"", 0, 0},
    {"*/*", 0, 0},
    {"multipart/related", 0, 0},
    {"application/zip", 1, 1},
    {"application/dicom", 2, -1},
    {"application/dicom; transfer-syntax=*", 2, -1},
    {"application/*", 1, 1},
    {"application/json", -1, -1},
    {"application/json, */*;q=0.1", 0, 0},
    {"application/zip, multipart/related", 0, 0}, /* alike: the first that is offered */
    {"application/zip;q=0.9, multipart/related;q=0.8", 1, 1},
    {"application/zip;q=0.001, application/dicom;q=0.002", 2, 1},
    {"application/dicom, application/zip;q=0.5", 2, 1},
    {"application/zip;q=0, */*;q=0.5", 0, 0},
    {"multipart/related;q=0, */*;q=0.5", 1, 1},
    {"multipart/related;q=0, application/zip;q=0, */*;q=0.5", 2, -1},
    {"*/*;q=0", -1, -1},
    {"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", 0, 0}, /* a browser */
};

static void the_best_of_what_can_be_given_is_what_the_client_likes_best(void **state)
{
    static const struct accept_candidate candidates[] = {
        {"multipart/related", "application/dicom"}, {"application/zip", NULL}, {"application/dicom", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof best_rows / sizeof best_rows[0]; i++) {
        int best = accept_best(best_rows[i].accept, candidates, 3);
        int without_last = accept_best(best_rows[i].accept, candidates, 2);
        if (best != best_rows[i].best || without_last != best_rows[i].without_last)
            fail_msg("%s: %d, %d", best_rows[i].accept, best, without_last);
    }
    assert_int_equal(accept_best("*/*", candidates, 0), -1);
}

struct prefer_row {
    const char *prefer;
    bool lenient;
};

static const struct prefer_row prefer_rows[] = {
    {NULL, false},
    {"", false},
    {"handling=lenient", true},
    {"Handling=\"Lenient\"", true},
    {"handling=strict", false},
    {"handling", false},
    {"handling=", false},
    {"handling=lenientx", false},
    {"xhandling=lenient", false},
    {"respond-async, wait=10, handling=lenient", true},
    {"respond-async;foo=bar , handling=lenient;x=y", true},
    {" \thandling=lenient", true},
    {"handling = lenient", true},
    {"handling=strict, handling=lenient", false}, /* RFC 7240 2: the first one counts */
    {"foo=\"a, handling=lenient\"", false},
    {"foo=\"\\\", handling=lenient\"", false},
    {"foo;x=\"1, handling=lenient, 2\"", false},
    {"foo=\"a, b\", handling=lenient", true},
    {"handling;x=1, handling=lenient", false},
    {"\"", false},
    {",,,handling=lenient", true},
    {"foo=" LONG_128 ", handling=lenient", true},
};

static void a_lenient_end_is_what_the_first_handling_preference_asks_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prefer_rows / sizeof prefer_rows[0]; i++) {
        if (prefer_is_lenient(prefer_rows[i].prefer) != prefer_rows[i].lenient)
            fail_msg("%s", prefer_rows[i].prefer);
    }
}

struct ranges_row {
    const char *accept;
    const char
        *ranges; /* each as type|transfer syntax|quality, m before it where it is multipart; blanks between */
};

static const struct ranges_row ranges_rows[] = {
    {NULL, "*/*||1000"},
    {" ", "*/*||1000"},
    {"multipart/related; type=application/octet-stream; transfer-syntax=*",
     "m application/octet-stream|*|1000"},
    {"multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.840.10008.1.2.4.70",
     "m application/dicom|1.2.840.10008.1.2.4.70|1000"},
    {"multipart/related; type=\"image/jls; transfer-syntax=1.2.3\"", "m image/jls|1.2.3|1000"},
    {"multipart/related; type=\"image/jls;transfer-syntax=1.2.3\"; transfer-syntax=*", "m image/jls|*|1000"},
    {"multipart/related", "m */*||1000"},
    {"Multipart/Related; Type=\"IMAGE/*\"", "m image/*||1000"},
    {"application/dicom;q=0.5, image/jpeg, image/png;q=0.5, */*;q=0, text/html;q=1.5",
     "image/jpeg||1000 application/dicom||500 image/png||500"},
    {"application/dicom; transfer-syntax=\"*\"", "application/dicom|*|1000"},
    {"multipart/related; type=\"\"", "m ||1000"},
};

static void the_ranges_of_dicomweb_are_read_with_their_transfer_syntax(void **state)
{
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    (void)state;
    for (size_t i = 0; i < sizeof ranges_rows / sizeof ranges_rows[0]; i++) {
        char found[1024] = "";
        size_t count = accept_ranges(ranges_rows[i].accept, ranges);
        for (size_t k = 0; k < count; k++) {
            size_t used = strlen(found);
            (void)snprintf(found + used, sizeof found - used, "%s%s%s|%s|%d", k > 0 ? " " : "",
                           ranges[k].is_multipart ? "m " : "", ranges[k].type, ranges[k].transfer_syntax,
                           ranges[k].quality);
        }
        if (strcmp(found, ranges_rows[i].ranges) != 0)
            fail_msg("%s: %s", ranges_rows[i].accept != NULL ? ranges_rows[i].accept : "none", found);
    }
}

static void more_ranges_than_there_is_room_for_are_left_out(void **state)
{
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    char text[64 * (ACCEPT_MAX_RANGES + 3)] = "";
    (void)state;
    for (size_t i = 0; i < ACCEPT_MAX_RANGES + 3; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%sa/%zu", i > 0 ? "," : "", i);
    assert_int_equal(accept_ranges(text, ranges), ACCEPT_MAX_RANGES);
    assert_string_equal(ranges[ACCEPT_MAX_RANGES - 1].type, "a/31");
}

static void a_range_takes_what_its_wildcards_cover(void **state)
{
    (void)state;
    assert_true(accept_range_takes(&(struct accept_range){.type = "*/*"}, "image/jpeg"));
    assert_true(accept_range_takes(&(struct accept_range){.type = "image/*"}, "image/jpeg"));
    assert_true(accept_range_takes(&(struct accept_range){.type = "image/jpeg"}, "image/jpeg"));
    assert_false(accept_range_takes(&(struct accept_range){.type = "image/jp2"}, "image/jpeg"));
    assert_false(accept_range_takes(&(struct accept_range){.type = "video/*"}, "image/jpeg"));
    assert_false(accept_range_takes(&(struct accept_range){.type = "imag"}, "image/jpeg"));
    assert_false(accept_range_takes(&(struct accept_range){.type = ""}, "image/jpeg"));
}

static void gzip_is_taken_by_who_names_it(void **state)
{
    (void)state;
    assert_false(accept_encoding_is_gzip(NULL));
    assert_false(accept_encoding_is_gzip(""));
    assert_false(accept_encoding_is_gzip("identity, br"));
    assert_false(accept_encoding_is_gzip("gzip;q=0"));
    assert_false(accept_encoding_is_gzip("*, gzip;q=0"));
    assert_true(accept_encoding_is_gzip("gzip"));
    assert_true(accept_encoding_is_gzip("br, GZIP;q=0.1"));
    assert_true(accept_encoding_is_gzip("*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_headers_are_read_as_rfc_9110_says),
        cmocka_unit_test(the_best_of_what_can_be_given_is_what_the_client_likes_best),
        cmocka_unit_test(the_ranges_of_dicomweb_are_read_with_their_transfer_syntax),
        cmocka_unit_test(more_ranges_than_there_is_room_for_are_left_out),
        cmocka_unit_test(a_range_takes_what_its_wildcards_cover),
        cmocka_unit_test(gzip_is_taken_by_who_names_it),
        cmocka_unit_test(a_lenient_end_is_what_the_first_handling_preference_asks_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
