/* The page for people as a browser gets it; what it does there is tested by scripts/test-page. No peer runs.
 */
#include "integration/integration.h"

static const char *const prefixes[] = {"", "/pacs/gateway"};

enum { PREFIXES = sizeof(prefixes) / sizeof(prefixes[0]), CONFIGURATION_BYTES = 128 };

struct fixture {
    struct gateway *gateways[PREFIXES];
    struct support_error err;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    *state = &fixture;
    for (size_t i = 0; i < PREFIXES; i++) {
        char configuration[CONFIGURATION_BYTES];
        (void)snprintf(configuration, sizeof(configuration), "{\"path-prefix\": \"%s\"}", prefixes[i]);
        fixture.gateways[i] = gateway_start(configuration, &fixture.err);
        if (fixture.gateways[i] == NULL) {
            print_error("%s\n", fixture.err.text);
            return -1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    bool good = true;
    for (size_t i = 0; i < PREFIXES; i++) {
        good = good && gateway_stop(fixture->gateways[i], STOP_TIMEOUT_MS, &fixture->err);
        gateway_free(fixture->gateways[i]);
    }
    if (!good)
        print_error("%s\n", fixture->err.text);
    return good ? 0 : -1;
}

/* if_none_match: NULL: not sent. */
static void ask(const struct fixture *fixture, size_t i, const char *method, const char *path,
                const char *if_none_match, struct http_response *ret_response)
{
    char field[CONFIGURATION_BYTES];
    const char *const headers[] = {field, NULL};
    const struct http_options options = {.headers = headers};
    (void)snprintf(field, sizeof(field), "If-None-Match: %s", if_none_match != NULL ? if_none_match : "");
    char *url = gateway_url_of(fixture->gateways[i], "%s%s", prefixes[i], path);
    http_request(method, url, if_none_match != NULL ? &options : NULL, ret_response);
    free(url);
}

struct file_row {
    const char *path, *content_type, *holds;
};

static const struct file_row files[] = {
    {"/", "text/html; charset=utf-8", "<link rel=\"stylesheet\" href=\"page/page.css\">"},
    {"/page/page.css", "text/css; charset=utf-8", "prefers-color-scheme: dark"},
    {"/page/page.js", "text/javascript; charset=utf-8", "import "},
    {"/page/icon.svg", "image/svg+xml", "<svg "},
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

static void every_file_is_served_with_and_without_prefix(void **state)
{
    for (size_t i = 0; i < PREFIXES * FILES; i++) {
        const struct file_row *row = &files[i % FILES];
        struct http_response response;
        ask(*state, i / FILES, "GET", row->path, NULL, &response);
        assert_int_equal(response.status, 200);
        assert_header(&response, "Content-Type", row->content_type);
        assert_header(&response, "Cache-Control", "no-cache");
        assert_header(&response, "X-Content-Type-Options", "nosniff");
        assert_header(&response, "Referrer-Policy", "no-referrer");
        assert_header(&response, "Content-Security-Policy",
                      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
                      "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        assert_non_null(strstr((const char *)response.body, row->holds));
        http_response_release(&response);
    }
}

/* It works behind a proxy that puts any path before it: no URL begins with a slash or names a host. */
static void the_page_has_relative_urls_only(void **state)
{
    static const char *const absolute[] = {"href=\"/",   "src=\"/", "href=\"http",
                                           "src=\"http", " style=", "<style"};
    struct http_response response;
    ask(*state, 0, "GET", "/", NULL, &response);
    for (size_t i = 0; i < sizeof(absolute) / sizeof(absolute[0]); i++) {
        if (strstr((const char *)response.body, absolute[i]) != NULL)
            fail_msg("the page has %s", absolute[i]);
    }
    http_response_release(&response);
}

static void head_tells_the_length_and_no_body(void **state)
{
    struct http_response whole, head;
    ask(*state, 0, "GET", "/page/page.css", NULL, &whole);
    ask(*state, 0, "HEAD", "/page/page.css", NULL, &head);
    char *length = http_header(&head, "Content-Length");
    assert_int_equal(head.status, 200);
    assert_non_null(length);
    assert_int_equal(strtoull(length, NULL, 10), whole.body_length);
    assert_int_equal(head.body_length, 0);
    free(length);
    http_response_release(&head);
    http_response_release(&whole);
}

static void a_copy_of_this_program_is_not_sent_again(void **state)
{
    struct http_response response;
    char list[CONFIGURATION_BYTES];
    ask(*state, 0, "GET", "/page/page.js", NULL, &response);
    char *etag = http_header(&response, "ETag");
    assert_non_null(etag);
    http_response_release(&response);
    (void)snprintf(list, sizeof(list), "\"other\", W/%s", etag);
    ask(*state, 0, "GET", "/page/page.js", list, &response);
    assert_int_equal(response.status, 304);
    assert_int_equal(response.body_length, 0);
    assert_header(&response, "ETag", etag);
    assert_header(&response, "Cache-Control", "no-cache");
    http_response_release(&response);
    ask(*state, 0, "GET", "/page/page.css", etag, &response);
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    free(etag);
}

static void the_prefix_without_a_slash_leads_to_the_page(void **state)
{
    struct http_response response;
    ask(*state, 1, "GET", "", NULL, &response);
    assert_int_equal(response.status, 308);
    assert_header(&response, "Location", "./gateway/");
    http_response_release(&response);
}

static void other_files_and_methods_are_problems(void **state)
{
    struct http_response response;
    ask(*state, 0, "GET", "/page/index.html", NULL, &response);
    json_decref(take_problem(&response, 404, "unknown-resource"));
    ask(*state, 0, "GET", "/page/", NULL, &response);
    json_decref(take_problem(&response, 404, "unknown-resource"));
    ask(*state, 0, "DELETE", "/", NULL, &response);
    assert_header(&response, "Allow", "GET, HEAD, OPTIONS");
    json_decref(take_problem(&response, 405, "method-not-allowed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_served_with_and_without_prefix),
        cmocka_unit_test(the_page_has_relative_urls_only),
        cmocka_unit_test(head_tells_the_length_and_no_body),
        cmocka_unit_test(a_copy_of_this_program_is_not_sent_again),
        cmocka_unit_test(the_prefix_without_a_slash_leads_to_the_page),
        cmocka_unit_test(other_files_and_methods_are_problems),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
