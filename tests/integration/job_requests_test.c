/* Requests about jobs that cannot be answered with one, and what each resource takes; no peer runs. */
#include "integration/integration.h"

#define NO_JOB "0123456789abcdef0123456789abcdef"

struct fixture {
    struct temp_dir *dir;
    struct gateway *storing, *other; /* the other one has no output directory */
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct support_error err = {.text = ""};
    char *storing = NULL;
    *state = &fixture;
    fixture.dir = temp_dir_new("jobs", &err);
    if (fixture.dir == NULL ||
        asprintf(&storing, "{\"output-directory\": \"%s\", \"peers\": {}}", temp_dir_path(fixture.dir)) < 0)
        return -1;
    fixture.storing = gateway_start(storing, &err);
    fixture.other = gateway_start("{\"peers\": {}}", &err);
    free(storing);
    if (fixture.storing == NULL || fixture.other == NULL)
        print_error("%s\n", err.text);
    return fixture.storing != NULL && fixture.other != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct support_error err = {.text = ""};
    bool good = gateway_stop(fixture->storing, STOP_TIMEOUT_MS, &err) &&
                gateway_stop(fixture->other, STOP_TIMEOUT_MS, &err);
    if (!good)
        print_error("%s\n", err.text);
    gateway_free(fixture->storing);
    gateway_free(fixture->other);
    temp_dir_free(fixture->dir);
    return good ? 0 : -1;
}

static void request(struct gateway *gateway, const char *method, const char *path,
                    struct http_response *ret_response)
{
    char *url = gateway_url_of(gateway, "%s", path);
    http_request(method, url, NULL, ret_response);
    free(url);
}

/* Every resource, with the methods that it takes. */
static const struct {
    const char *method, *path, *allow;
} resources[] = {
    {"GET", "/v1/jobs", "GET, HEAD, OPTIONS"},
    {"GET", "/v1/jobs/" NO_JOB, "GET, HEAD, DELETE, OPTIONS"},
    {"DELETE", "/v1/jobs/" NO_JOB, "GET, HEAD, DELETE, OPTIONS"},
    {"POST", "/v1/jobs/" NO_JOB "/resume", "POST, OPTIONS"},
    {"GET", "/v1/jobs/" NO_JOB "/events", "GET, HEAD, OPTIONS"},
    {"GET", "/v1/jobs/" NO_JOB "/files", "GET, HEAD, OPTIONS"},
    {"GET", "/v1/jobs/" NO_JOB "/files/CT.1.2.3", "GET, HEAD, OPTIONS"},
    {"GET", "/v1/jobs/" NO_JOB "/zip", "GET, HEAD, OPTIONS"},
};
enum { RESOURCES = sizeof resources / sizeof resources[0] };

static void a_job_that_is_not_there_is_404_everywhere(void **state)
{
    const struct fixture *fixture = *state;
    struct http_response response;
    for (size_t i = 1; i < RESOURCES; i++) {
        request(fixture->storing, resources[i].method, resources[i].path, &response);
        json_decref(take_problem(&response, 404, "unknown-job"));
    }
    request(fixture->storing, "DELETE", "/v1/jobs/" NO_JOB "?remove=true", &response);
    json_decref(take_problem(&response, 404, "unknown-job"));
    request(fixture->storing, "GET", "/v1/jobs/..", &response);
    assert_int_equal(response.status, 404);
    http_response_release(&response);
}

static void without_an_output_directory_there_are_no_jobs(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < RESOURCES; i++) {
        struct http_response response;
        request(fixture->other, resources[i].method, resources[i].path, &response);
        json_decref(take_problem(&response, 501, "store-not-configured"));
    }
}

static void each_resource_tells_its_methods(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < RESOURCES; i++) {
        struct http_response response;
        request(fixture->storing, "OPTIONS", resources[i].path, &response);
        assert_int_equal(response.status, 204);
        assert_header(&response, "Allow", resources[i].allow);
        http_response_release(&response);
        request(fixture->storing, "PUT", resources[i].path, &response);
        assert_header(&response, "Allow", resources[i].allow);
        json_decref(take_problem(&response, 405, "method-not-allowed"));
    }
}

static void head_is_get_without_a_body(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < RESOURCES; i++) {
        struct http_response response;
        if (strcmp(resources[i].method, "GET") != 0)
            continue;
        request(fixture->storing, "HEAD", resources[i].path, &response);
        assert_int_equal(response.status, i == 0 ? 200 : 404);
        assert_int_equal(response.result, CURLE_OK);
        assert_int_equal(response.body_length, 0);
        http_response_release(&response);
    }
}

static void a_list_without_jobs_is_empty(void **state)
{
    static const char *const queries[] = {"",         "?limit=1000",     "?peer=gone&state=queued",
                                          "?limit=1", "?state=complete", ("?before=" NO_JOB)};
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct http_response response;
        char path[128];
        (void)snprintf(path, sizeof path, "/v1/jobs%s", queries[i]);
        request(fixture->storing, "GET", path, &response);
        json_t *list = take_json(&response);
        assert_true(json_is_array(json_object_get(list, "jobs")));
        assert_int_equal(json_array_size(json_object_get(list, "jobs")), 0);
        assert_true(json_is_null(json_object_get(list, "next")));
        assert_null(json_object_get(list, "replica"));
        json_decref(list);
    }
}

static void a_list_tells_whose_jobs_it_has(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    struct http_response response;
    char *configuration = NULL;
    struct temp_dir *dir = temp_dir_new("replica", &err);
    assert_non_null(dir);
    assert_true(asprintf(&configuration, "{\"output-directory\": \"%s\", \"replica\": 200, \"peers\": {}}",
                         temp_dir_path(dir)) > 0);
    struct gateway *gateway = gateway_start(configuration, &err);
    assert_non_null(gateway);
    request(gateway, "GET", "/v1/jobs", &response);
    json_t *list = take_json(&response);
    assert_int_equal(json_integer_value(json_object_get(list, "replica")), 200);
    assert_int_equal(json_array_size(json_object_get(list, "jobs")), 0);
    json_decref(list);
    assert_true(gateway_stop(gateway, STOP_TIMEOUT_MS, &err));
    gateway_free(gateway);
    free(configuration);
    temp_dir_free(dir);
}

static const struct {
    const char *method, *path;
} bad_parameters[] = {
    {"GET", "/v1/jobs?limit=0"},
    {"GET", "/v1/jobs?limit=1001"},
    {"GET", "/v1/jobs?limit=-1"},
    {"GET", "/v1/jobs?limit=1x"},
    {"GET", "/v1/jobs?limit"},
    {"GET", "/v1/jobs?limit=5&limit=5"},
    {"GET", "/v1/jobs?state=over"},
    {"GET", "/v1/jobs?state="},
    {"GET", "/v1/jobs?peer="},
    {"GET", "/v1/jobs?before=1"},
    {"GET", "/v1/jobs?before=0123456789ABCDEF0123456789ABCDEF"},
    {"GET", "/v1/jobs?before=" NO_JOB "0"},
    {"GET", "/v1/jobs?dimse-timeout=5"}, /* an override of a peer, and there is no peer */
    {"GET", "/v1/jobs?after=x"},
    {"GET", "/v1/jobs/" NO_JOB "?remove=true"},
    {"DELETE", "/v1/jobs/" NO_JOB "?remove=yes"},
    {"DELETE", "/v1/jobs/" NO_JOB "?force"},
    {"POST", "/v1/jobs/" NO_JOB "/resume?label=x"},
    {"GET", "/v1/jobs/" NO_JOB "/events?after=1"},
    {"GET", "/v1/jobs/" NO_JOB "/files?limit=10001"},
    {"GET", "/v1/jobs/" NO_JOB "/files?after="},
    {"GET", "/v1/jobs/" NO_JOB "/files?before=" NO_JOB},
    {"GET", "/v1/jobs/" NO_JOB "/files/CT.1?lenient=true"},
    {"GET", "/v1/jobs/" NO_JOB "/zip?lenient=1"},
};

static void a_query_parameter_that_is_wrong_is_told(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad_parameters / sizeof bad_parameters[0]; i++) {
        struct http_response response;
        request(fixture->storing, bad_parameters[i].method, bad_parameters[i].path, &response);
        json_decref(take_problem(&response, 400, "bad-parameter"));
    }
}

static void an_unknown_parameter_is_answered_with_the_known_ones(void **state)
{
    const struct fixture *fixture = *state;
    struct http_response response;
    request(fixture->storing, "GET", "/v1/jobs?page=2", &response);
    json_t *problem = take_problem(&response, 400, "bad-parameter");
    assert_json_text(problem, "detail", "page is no parameter here; there are: peer, state, limit, before");
    json_decref(problem);
    request(fixture->storing, "POST", "/v1/jobs/" NO_JOB "/resume?now", &response);
    problem = take_problem(&response, 400, "bad-parameter");
    assert_json_text(problem, "detail", "now is no parameter here, there is none");
    json_decref(problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_that_is_not_there_is_404_everywhere),
        cmocka_unit_test(without_an_output_directory_there_are_no_jobs),
        cmocka_unit_test(each_resource_tells_its_methods),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(a_list_without_jobs_is_empty),
        cmocka_unit_test(a_list_tells_whose_jobs_it_has),
        cmocka_unit_test(a_query_parameter_that_is_wrong_is_told),
        cmocka_unit_test(an_unknown_parameter_is_answered_with_the_known_ones),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
