#include "get_answer.h"

#include "accept.h"
#include "job_json.h"
#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/json_text.h"
#include "cgetway/multipart.h"
#include "cgetway/single_instance.h"
#include "cgetway/tag.h"
#include "cgetway/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of types that the client likes alike, the first is given. The last is for a query that can match one
 * instance only. */
static const struct accept_candidate streams[] = {
    [ANSWER_MULTIPART] = {"multipart/related", "application/dicom"},
    [ANSWER_ZIP] = {"application/zip", NULL},
    [ANSWER_INSTANCE] = {"application/dicom", NULL},
};
enum { STREAMS = sizeof streams / sizeof streams[0] };

/* At these levels an Identifier with one SOP Instance UID names one instance (PS3.4 C.4.3 and Annex Y). */
static bool matches_one_instance(const struct cgw_query *query)
{
    const char *level = cgw_query_level(query);
    const struct cgw_element *uid = cgw_data_set_find(cgw_query_identifier(query), CGW_TAG_SOP_INSTANCE_UID);
    return (strcmp(level, "IMAGE") == 0 || strcmp(level, "FRAME") == 0) && uid != NULL && uid->length > 0 &&
           memchr(uid->value, '\\', uid->length) == NULL;
}

static enum cgw_code refuse_streams(const char *accept, struct cgw_error *err)
{
    if (accept_quality(accept, "application/dicom", NULL) > 0)
        return cgw_fail(err, CGW_E_NOT_ACCEPTABLE,
                        "application/dicom holds one instance, and this Identifier can match several: give "
                        "QueryRetrieveLevel IMAGE with one SOPInstanceUID, or accept "
                        "multipart/related; type=\"application/dicom\" or application/zip");
    return cgw_fail(
        err, CGW_E_NOT_ACCEPTABLE,
        "instances can be given as multipart/related; type=\"application/dicom\", as application/zip, "
        "and one alone as application/dicom%s",
        accept_quality(accept, "application/json", NULL) > 0
            ? "; JSON is for output=discard, output=store and dry-run (curl's --json asks for JSON: use "
              "-d and -H 'Content-Type: application/json')"
            : "");
}

enum cgw_code choose_answer(const struct request *request, const struct get_parameters *parameters,
                            const struct cgw_query *query, enum answer_type *ret_type, struct cgw_error *err)
{
    const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);
    if (parameters->dry_run || parameters->output != OUTPUT_STREAM) {
        *ret_type = ANSWER_JSON;
        if (accept_quality(accept, "application/json", NULL) > 0)
            return CGW_OK;
        return cgw_fail(err, CGW_E_NOT_ACCEPTABLE, "this answer can be given as application/json only");
    }
    int best = accept_best(accept, streams, matches_one_instance(query) ? STREAMS : ANSWER_INSTANCE);
    if (best < 0)
        return refuse_streams(accept, err);
    if (request->is_http_1_0)
        return cgw_fail(err, CGW_E_HTTP_VERSION, "a stream cannot be given to an HTTP/1.0 client");
    *ret_type = (enum answer_type)best;
    return CGW_OK;
}

/* Runs in the connection's thread, as all of this does. While it waits the peer is to blame, and has its own
 * limits; between two calls the client is. */
static ssize_t read_sink(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct get_answer *answer = context;
    (void)position;
    request_we_work(answer->request);
    ssize_t length = cgw_sink_read(answer->sink, bytes, capacity);
    if (length == CGW_SINK_END)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (length == CGW_SINK_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    request_client_takes(answer->request, answer->total);
    return length;
}

static ssize_t read_outcome(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct get_answer *answer = context;
    (void)position;
    ssize_t length = cgw_outcome_writer_read(answer->outcome_writer, bytes, capacity);
    if (length < 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (length == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return length;
}

enum { ANSWER_FIELDS = 3 };

/* is_lenient: the preference had its effect. path: of the job, for as long as the fields. */
static void collect_fields(const struct get_answer *answer, bool is_lenient, char path[JOB_PATH_BYTES],
                           struct answer_field fields[ANSWER_FIELDS])
{
    size_t count = 0;
    if (is_lenient)
        fields[count++] = (struct answer_field){"Preference-Applied", "handling=lenient"};
    if (answer->job != NULL && cgw_job_is_kept(answer->job)) {
        job_path(answer->request->server->config, cgw_job_id(answer->job), "", path);
        fields[count++] = (struct answer_field){MHD_HTTP_HEADER_CONTENT_LOCATION, path};
    }
    fields[count] = (struct answer_field){NULL, NULL};
}

static struct cgw_sink *make_sink(const struct get_answer *answer, const struct cgw_event *first)
{
    const struct cgw_sink_options options = {.retrieve = answer->retrieve,
                                             .first = first,
                                             .source_aet = answer->parameters->peer.called_aet,
                                             .lenient_end = answer->lenient};
    if (answer->type == ANSWER_ZIP)
        return cgw_zip_new(&options);
    if (answer->type == ANSWER_INSTANCE)
        return cgw_single_instance_new(&options);
    return cgw_multipart_new(&options);
}

static enum MHD_Result respond_stream(struct get_answer *answer, const struct cgw_event *first)
{
    char file_name[CGW_PEER_NAME_BYTES + sizeof ".zip"], path[JOB_PATH_BYTES];
    struct answer_field fields[ANSWER_FIELDS];
    collect_fields(answer, answer->lenient, path, fields);
    answer->sink = make_sink(answer, first);
    if (answer->sink == NULL)
        return respond_no_memory(answer->request);
    const char *content_type = cgw_sink_content_type(answer->sink);
    if (answer->type != ANSWER_ZIP)
        return respond_reader(answer->request, MHD_HTTP_OK, content_type, fields, NULL, read_sink, answer);
    (void)snprintf(file_name, sizeof file_name, "%s.zip", answer->parameters->peer.name);
    return respond_attachment(answer->request, content_type, fields, file_name, read_sink, answer);
}

static struct cgw_outcome_writer *make_writer(const struct get_answer *answer, const char *prefix,
                                              const char *suffix)
{
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(answer_outcome(answer), prefix, suffix);
    if (writer != NULL && answer->job != NULL)
        cgw_outcome_writer_name_files(writer, cgw_job_directory(answer->job));
    return writer;
}

/* The outcome alone: 200 when the set is complete (or the client is lenient) and all of it is stored where it
 * should be, else the problem with the outcome as a member, so that a client which looks at nothing but the
 * status is not misled. */
static enum MHD_Result respond_outcome(struct get_answer *answer)
{
    struct request *request = answer->request;
    const struct cgw_outcome *outcome = answer_outcome(answer);
    const struct cgw_error *error = answer_error(answer);
    char path[JOB_PATH_BYTES];
    struct answer_field fields[ANSWER_FIELDS];
    bool lenient = answer->lenient && cgw_ledger_count(outcome->ledger) > 0;
    bool is_good = error == NULL && (outcome->complete || lenient);
    collect_fields(answer, is_good && answer->lenient, path, fields);
    if (is_good) {
        answer->outcome_writer = make_writer(answer, "", "\n");
        if (answer->outcome_writer == NULL)
            return respond_no_memory(request);
        return respond_reader(request, MHD_HTTP_OK, "application/json", fields, NULL, read_outcome, answer);
    }
    if (error == NULL)
        error = &outcome->error;
    json_t *problem = problem_to_json(request, error);
    CGW_AUTO_FREE char *text = cgw_json_text(problem, JSON_COMPACT);
    CGW_AUTO_FREE char *prefix = NULL;
    json_decref(problem);
    if (text == NULL || asprintf(&prefix, "%.*s,\"outcome\":", (int)strlen(text) - 1, text) < 0) {
        prefix = NULL;
        return respond_no_memory(request);
    }
    answer->outcome_writer = make_writer(answer, prefix, "}\n");
    if (answer->outcome_writer == NULL)
        return respond_no_memory(request);
    return respond_reader(request, cgw_code_http_status(error->code), "application/problem+json", fields,
                          error, read_outcome, answer);
}

/* The header is held back until the first instance or the end, so that an early failure has a status of its
 * own. */
enum MHD_Result respond_answer(struct get_answer *answer)
{
    struct cgw_event event;
    if (answer->job != NULL) {
        cgw_job_work(answer->job);
        return respond_outcome(answer);
    }
    do {
        cgw_retrieve_next(answer->retrieve, true, &event);
        if (event.type == CGW_EVENT_INSTANCE && answer->type != ANSWER_JSON)
            return respond_stream(answer, &event);
    } while (event.type != CGW_EVENT_OUTCOME);
    return respond_outcome(answer);
}

const struct cgw_outcome *answer_outcome(const struct get_answer *answer)
{
    if (answer->job != NULL)
        return cgw_job_outcome(answer->job);
    return answer->retrieve != NULL ? cgw_retrieve_outcome(answer->retrieve) : NULL;
}

const struct cgw_error *answer_error(const struct get_answer *answer)
{
    const struct cgw_error *err = answer->job != NULL    ? cgw_job_error(answer->job)
                                  : answer->sink != NULL ? cgw_sink_error(answer->sink)
                                                         : NULL;
    return err != NULL && err->code != CGW_OK ? err : NULL;
}

void answer_release(struct get_answer *answer)
{
    cgw_outcome_writer_free(answer->outcome_writer);
    cgw_sink_free(answer->sink);
}
