#include "query_body.h"

#include "form_data.h"

#include <string.h>
#include <strings.h>

#define TYPES_TAKEN                                                                                          \
    "application/json, application/dicom, application/dicom+json and multipart/form-data are taken here"

enum body_type { BODY_JSON, BODY_DICOM_JSON, BODY_FILE, BODY_FORM, BODY_URL_ENCODED, BODY_OTHER };

static const char *const type_names[] = {
    [BODY_JSON] = "application/json",
    [BODY_DICOM_JSON] = "application/dicom+json",
    [BODY_FILE] = "application/dicom",
    [BODY_FORM] = "multipart/form-data",
    [BODY_URL_ENCODED] = "application/x-www-form-urlencoded",
};

static enum body_type type_of(const char *content_type)
{
    size_t length = content_type != NULL ? strcspn(content_type, "; \t") : 0;
    for (int i = 0; i < BODY_OTHER; i++) {
        if (strlen(type_names[i]) == length && strncasecmp(content_type, type_names[i], length) == 0)
            return (enum body_type)i;
    }
    return BODY_OTHER;
}

bool body_may_hold_file(const char *content_type)
{
    enum body_type type = type_of(content_type);
    return type == BODY_FILE || type == BODY_FORM || type == BODY_DICOM_JSON;
}

static enum cgw_code check_type(const struct request *request, enum body_type *ret_type,
                                struct cgw_error *err)
{
    const char *given = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *coding = request_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING);
    if (coding != NULL && strcasecmp(coding, "identity") != 0)
        return cgw_fail(err, CGW_E_UNSUPPORTED_MEDIA_TYPE,
                        "the body has a Content-Encoding; it is taken as it is only");
    *ret_type = type_of(given);
    if (*ret_type == BODY_URL_ENCODED)
        return cgw_fail(err, CGW_E_UNSUPPORTED_MEDIA_TYPE,
                        "the body is sent as %s, as curl -d does; add -H 'Content-Type: %s'",
                        type_names[BODY_URL_ENCODED], type_names[BODY_JSON]);
    if (*ret_type == BODY_OTHER)
        return cgw_fail(err, CGW_E_UNSUPPORTED_MEDIA_TYPE,
                        given == NULL ? "the request has no Content-Type; " TYPES_TAKEN
                                      : "the body's Content-Type is none of those: " TYPES_TAKEN);
    return CGW_OK;
}

/* ---- what the body holds ---- */

/* The limit of the whole body is that of file and keys together, so each is held against its own. */
static enum cgw_code check_size(const char *what, size_t length, int64_t limit, const char *key,
                                struct cgw_error *err)
{
    if (length <= (size_t)limit)
        return CGW_OK;
    return cgw_fail(err, CGW_E_BODY_TOO_LARGE, "%s is longer than %lld bytes (%s)", what, (long long)limit,
                    key);
}

static enum cgw_code take_file(const struct request *request, const uint8_t *bytes, size_t length,
                               struct cgw_query_source *source, struct cgw_error *err)
{
    int64_t limit = request->server->config->max_identifier_file_bytes;
    source->file = bytes != NULL ? bytes : (const uint8_t *)"";
    source->file_length = length;
    source->max_inflated_bytes = (size_t)limit;
    return check_size("the file of the Identifier", length, limit, "max-identifier-file", err);
}

static enum cgw_code take_keys(const struct request *request, const struct form_part *keys,
                               struct cgw_query_source *source, struct cgw_error *err)
{
    if (keys->content_type[0] != '\0' && type_of(keys->content_type) != BODY_JSON)
        return cgw_fail(err, CGW_E_BAD_REQUEST, "the part \"keys\" of the form must be of the type %s",
                        type_names[BODY_JSON]);
    source->keys = (const char *)keys->bytes;
    source->keys_length = keys->length;
    return check_size("the part \"keys\"", keys->length, request->server->config->max_body_bytes, "max-body",
                      err);
}

static enum cgw_code take_form(const struct request *request, struct cgw_query_source *source,
                               struct cgw_error *err)
{
    struct form_data form;
    char boundary[FORM_BOUNDARY_BYTES];
    enum cgw_code code = form_boundary(request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE), boundary, err);
    if (code == CGW_OK)
        code = form_parse(request->body.bytes, request->body.length, boundary, &form, err);
    if (code != CGW_OK)
        return code;
    const struct form_part *file = form_find(&form, "identifier"), *keys = form_find(&form, "keys");
    for (size_t i = 0; i < form.count; i++) {
        if (&form.parts[i] != file && &form.parts[i] != keys)
            return cgw_fail(err, CGW_E_BAD_REQUEST,
                            "the form has a part \"%s\"; identifier (the file) and keys (JSON) are taken",
                            form.parts[i].name);
    }
    if (file == NULL)
        return cgw_fail(err, CGW_E_BAD_REQUEST,
                        "the form has no part \"identifier\", the file: curl -F identifier=@query.dcm");
    code = take_file(request, file->bytes, file->length, source, err);
    return code == CGW_OK && keys != NULL ? take_keys(request, keys, source, err) : code;
}

static enum cgw_code take_body(const struct request *request, struct cgw_query_source *source,
                               struct cgw_error *err)
{
    enum body_type type = BODY_OTHER;
    enum cgw_code code = check_type(request, &type, err);
    if (code != CGW_OK)
        return code;
    if (request->body_too_large)
        return cgw_fail(err, CGW_E_BODY_TOO_LARGE, "the body is longer than %zu bytes",
                        request->body.max_length);
    if (type == BODY_FILE)
        return take_file(request, request->body.bytes, request->body.length, source, err);
    if (type == BODY_FORM)
        return take_form(request, source, err);
    source->form = type == BODY_DICOM_JSON ? CGW_KEYS_DICOM_JSON : CGW_KEYS_PATHS;
    source->keys = request->body.bytes != NULL ? (const char *)request->body.bytes : "";
    source->keys_length = request->body.length;
    return CGW_OK;
}

enum cgw_code query_from_body(const struct request *request, const struct cgw_peer *peer,
                              enum cgw_service service, struct cgw_query **ret_query, json_t **ret_members,
                              struct cgw_error *err)
{
    const struct cgw_config *config = request->server->config;
    struct cgw_query_source source = {.keys = NULL};
    enum cgw_code code = take_body(request, &source, err);
    if (code != CGW_OK)
        return code;
    struct cgw_query_options options = {.service = service,
                                        .model = (enum cgw_model)peer->model,
                                        .relational_retrieval = peer->relational_retrieval,
                                        .lenient_identifier = peer->lenient_identifier,
                                        .character_set = peer->character_set,
                                        .max_keys = (size_t)config->max_keys,
                                        .max_depth = (size_t)config->max_depth};
    struct cgw_key_errors key_errors = {0};
    code = cgw_query_build(&source, &options, ret_query, &key_errors, err);
    if (code == CGW_E_BAD_IDENTIFIER)
        *ret_members = json_pack("{s:o}", "errors", cgw_key_errors_to_json(&key_errors));
    cgw_key_errors_release(&key_errors);
    return code;
}
