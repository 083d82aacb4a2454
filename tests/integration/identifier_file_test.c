/* The Identifier from a file, as getscu takes it with -f: alone, under keys, and as DICOM JSON. The files are
 * made by Debian's dump2dcm. */
#include "integration/integration.h"

#include "support/process.h"

#define FORM_TYPE "multipart/form-data; boundary=b0unda.ry"

/* What dump2dcm writes: the four transfer syntaxes of an Identifier, and data sets without File Meta
 * Information. */
static const struct {
    const char *what;
    const char *arguments[2];
} kinds[] = {
    {"Implicit VR Little Endian", {"--write-xfer-implicit", "--write-file"}},
    {"Explicit VR Little Endian", {"--write-xfer-little", "--write-file"}},
    {"Deflated Explicit VR Little Endian", {"--write-xfer-deflated", "--write-file"}},
    {"Explicit VR Big Endian", {"--write-xfer-big", "--write-file"}},
    {"bare, Implicit VR Little Endian", {"--write-xfer-implicit", "--write-dataset"}},
    {"bare, Explicit VR Little Endian", {"--write-xfer-little", "--write-dataset"}},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), EXPLICIT = 1 };

struct made_file {
    char *path;
    uint8_t *bytes;
    size_t length;
};

/* dump: text as dcmdump prints it. */
static struct made_file make_file(size_t kind, const char *dump)
{
    struct support_error err = {""};
    struct made_file file = {.path = temp_dir_join(the_world.dir, "query.dcm")};
    char *text = temp_dir_join(the_world.dir, "query.dump");
    assert_non_null(text);
    assert_non_null(file.path);
    assert_true(file_write(text, dump, strlen(dump), &err));
    const char *const argv[] = {"dump2dcm", "-q", kinds[kind].arguments[0], kinds[kind].arguments[1], text,
                                file.path,  NULL};
    const struct process_options options = {.argv = argv};
    if (!process_run(&options, TOOL_TIMEOUT_MS, NULL, &err))
        fail_msg("dump2dcm, %s: %s", kinds[kind].what, err.text);
    file.bytes = file_read(file.path, &file.length, &err);
    assert_non_null(file.bytes);
    free(text);
    return file;
}

static void file_release(struct made_file *file)
{
    free(file->path);
    free(file->bytes);
}

static struct made_file make_study_file(size_t kind, const char *study_uid)
{
    char *dump = NULL;
    assert_true(asprintf(&dump, "(0008,0052) CS [STUDY]\n(0020,000d) UI [%s]\n", study_uid) > 0);
    struct made_file file = make_file(kind, dump);
    free(dump);
    return file;
}

static void post(const struct at_peer *at, const char *query, const char *content_type, const void *body,
                 size_t length, struct http_response *ret_response)
{
    char *url = get_url(at, query), *header = NULL;
    assert_true(asprintf(&header, "Content-Type: %s", content_type) > 0);
    const char *const headers[] = {header, "Expect:", NULL};
    const struct http_options options = {.headers = headers, .body = body, .body_length = length};
    http_request("POST", url, &options, ret_response);
    free(header);
    free(url);
}

/* The file and, unless NULL, keys. */
static void post_form(const struct at_peer *at, const char *query, const struct made_file *file,
                      const char *keys, struct http_response *ret_response)
{
    static const char head[] = "--b0unda.ry\r\nContent-Disposition: form-data; name=\"identifier\"; "
                               "filename=\"query.dcm\"\r\n\r\n";
    static const char between[] = "\r\n--b0unda.ry\r\nContent-Disposition: form-data; name=\"keys\"\r\n"
                                  "Content-Type: application/json\r\n\r\n";
    static const char end[] = "\r\n--b0unda.ry--\r\n";
    char *body = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&body, &length);
    assert_non_null(stream);
    (void)fputs(head, stream);
    (void)fwrite(file->bytes, 1, file->length, stream);
    if (keys != NULL)
        (void)fprintf(stream, "%s%s", between, keys);
    (void)fputs(end, stream);
    assert_int_equal(fclose(stream), 0);
    post(at, query, FORM_TYPE, body, length, ret_response);
    free(body);
}

static void a_file_in_every_transfer_syntax_retrieves(void **state)
{
    const struct at_peer *at = *state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct http_response response;
        struct retrieved got;
        struct made_file file = make_study_file(kind, at->world->small->study_uid);
        print_message("%s\n", kinds[kind].what);
        post(at, "", "application/dicom", file.bytes, file.length, &response);
        check_retrieved(at, &response, &got);
        assert_same_as_files(at->world->small, SIZE_MAX, &got);
        retrieved_release(&got);
        file_release(&file);
    }
}

static void keys_override_the_file(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    struct retrieved got;
    char *keys = NULL;
    struct made_file file = make_study_file(EXPLICIT, "1.2.3");
    assert_true(asprintf(&keys, "{\"StudyInstanceUID\":\"%s\"}", at->world->small->study_uid) > 0);
    post_form(at, "", &file, keys, &response);
    check_retrieved(at, &response, &got);
    assert_same_as_files(at->world->small, SIZE_MAX, &got);
    retrieved_release(&got);
    free(keys);
    file_release(&file);
}

static void dicom_json_retrieves(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    struct retrieved got;
    char *body = NULL;
    assert_true(asprintf(&body,
                         "{\"00080052\":{\"vr\":\"CS\",\"Value\":[\"STUDY\"]},"
                         "\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"%s\"]}}",
                         at->world->small->study_uid) > 0);
    post(at, "", "application/dicom+json", body, 0, &response);
    check_retrieved(at, &response, &got);
    assert_same_as_files(at->world->small, SIZE_MAX, &got);
    retrieved_release(&got);
    free(body);
}

/* The command line of the documentation. */
static void curl_sends_file_and_keys(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {""};
    struct made_file file = make_study_file(EXPLICIT, "1.2.3");
    char *url = get_url(at, "?dry-run=true"), *form = NULL;
    char *answer_path = temp_dir_join(at->world->dir, "answer.json");
    size_t length = 0;
    assert_true(asprintf(&form, "identifier=@%s", file.path) > 0);
    const char *const argv[] = {"curl",
                                "-sS",
                                "--fail-with-body",
                                "-F",
                                form,
                                "-F",
                                "keys={\"StudyInstanceUID\":\"1.2.4\"};type=application/json",
                                url,
                                NULL};
    const struct process_options options = {.argv = argv, .stdout_path = answer_path};
    if (!process_run(&options, TOOL_TIMEOUT_MS, NULL, &err))
        fail_msg("curl: %s", err.text);
    char *answer = (char *)file_read(answer_path, &length, &err);
    assert_non_null(answer);
    assert_non_null(strstr(answer, "(0020,000D) UI [1.2.4]"));
    free(answer);
    free(answer_path);
    free(form);
    free(url);
    file_release(&file);
}

static void a_dry_run_shows_the_merged_identifier(void **state)
{
    static const char dump[] =
        "(0008,0005) CS [ISO_IR 100]\n(0008,0052) CS [STUDY]\n"
        "(0010,0010) PN [M\xFCller]\n(0020,000d) UI [1.2.3]\n"
        "(300a,00b0) SQ (Sequence with explicit length #=1)\n"
        "(fffe,e000) na (Item with explicit length #=2)\n"
        "(300a,00c0) IS [1]\n(300a,00c2) LO [one]\n(fffe,e00d) na (ItemDelimitationItem)\n"
        "(fffe,e0dd) na (SequenceDelimitationItem)\n";
    const struct at_peer *at = *state;
    struct http_response response;
    struct made_file file = make_file(EXPLICIT, dump);
    post_form(at, "?dry-run=true", &file, "{\"BeamSequence[0].BeamName\":\"J\xC3\xB6rg\"}", &response);
    json_t *answer = take_json(&response);
    const char *shown = json_string_value(json_object_get(answer, "dump"));
    assert_non_null(shown);
    assert_non_null(strstr(shown, "(0010,0010) PN [M\xC3\xBCller]"));
    assert_non_null(strstr(shown, "(300A,00C0) IS [1]"));
    assert_non_null(strstr(shown, "(300A,00C2) LO [J\xC3\xB6rg]"));
    assert_null(strstr(shown, "(0002,"));
    json_t *beam = json_array_get(
        json_object_get(json_object_get(json_object_get(answer, "identifier"), "300A00B0"), "Value"), 0);
    assert_json_text(json_object_get(beam, "300A00C2"), "vr", "LO");
    assert_int_equal(json_array_size(json_object_get(answer, "remarks")), 3);
    assert_json_text(json_array_get(json_object_get(answer, "remarks"), 1), "key",
                     "PatientName (from the file)");
    json_decref(answer);
    file_release(&file);
}

static void what_is_wrong_with_a_file_is_told(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    struct made_file file = make_study_file(EXPLICIT, "1.2*");
    post(at, "", "application/dicom", file.bytes, file.length, &response);
    json_t *problem = take_problem(&response, 400, "bad-identifier");
    const json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
    assert_json_text(error, "key", "StudyInstanceUID (from the file)");
    assert_json_text(error, "code", "wildcard");
    json_decref(problem);
    post(at, "", "application/dicom", file.bytes, file.length - 1, &response);
    json_decref(take_problem(&response, 400, "bad-identifier-file"));
    post(at, "", "application/dicom", "", 0, &response);
    json_decref(take_problem(&response, 400, "bad-identifier-file"));
    post_form(at, "", &file, "[]", &response);
    json_decref(take_problem(&response, 400, "bad-json"));
    file_release(&file);
}

static void what_is_wrong_with_a_form_is_told(void **state)
{
    static const struct {
        const char *type, *body;
        long status;
        const char *code, *says;
    } rows[] = {
        {FORM_TYPE, "--b0unda.ry--", 400, "bad-request", "no part \"identifier\""},
        {FORM_TYPE, "--b0unda.ry\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--b0unda.ry--", 400,
         "bad-request", "the form has a part \"file\""},
        {"multipart/form-data", "", 400, "bad-request", "has no boundary"},
        {"multipart/form-data; boundary=x", "--y--", 400, "bad-request", "does not begin with the boundary"},
        {"application/x-www-form-urlencoded", "a=b", 415, "unsupported-media-type", "as curl -d does"},
        {"application/xml", "<a/>", 415, "unsupported-media-type",
         "application/json, application/dicom, application/dicom+json and multipart/form-data"},
    };
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response response;
        post(at, "", rows[i].type, rows[i].body, 0, &response);
        json_t *problem = take_problem(&response, rows[i].status, rows[i].code);
        const char *detail = json_string_value(json_object_get(problem, "detail"));
        if (detail == NULL || strstr(detail, rows[i].says) == NULL)
            fail_msg("%s", detail);
        json_decref(problem);
    }
}

/* max-body and max-identifier-file are 64K and 1M by default. */
static void files_have_a_limit_of_their_own(void **state)
{
    enum { MORE_THAN_A_BODY = 100 * 1024, MORE_THAN_A_FILE = 1024 * 1024 + 1, MORE_THAN_BOTH = 1200 * 1024 };
    const struct at_peer *at = *state;
    struct http_response response;
    char *zeros = calloc(1, MORE_THAN_BOTH);
    assert_non_null(zeros);
    post(at, "", "application/json", zeros, MORE_THAN_A_BODY, &response);
    json_decref(take_problem(&response, 413, "body-too-large"));
    post(at, "", "application/dicom", zeros, MORE_THAN_A_BODY, &response);
    json_decref(take_problem(&response, 400, "bad-identifier-file"));
    post(at, "", "application/dicom", zeros, MORE_THAN_A_FILE, &response);
    json_decref(take_problem(&response, 413, "body-too-large"));
    post(at, "", "application/dicom", zeros, MORE_THAN_BOTH, &response);
    json_decref(take_problem(&response, 413, "body-too-large"));
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_file_in_every_transfer_syntax_retrieves),
        WITH_BOTH(keys_override_the_file),
        WITH_BOTH(dicom_json_retrieves),
        WITH(curl_sends_file_and_keys, dcmqrscp),
        WITH(a_dry_run_shows_the_merged_identifier, dcmqrscp),
        WITH(what_is_wrong_with_a_file_is_told, dcmqrscp),
        WITH(what_is_wrong_with_a_form_is_told, dcmqrscp),
        WITH(files_have_a_limit_of_their_own, dcmqrscp),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
