/* GET / and /page/{name}: the page for people. Its files are part of the program. */
#include "handlers.h"
#include "page_files.h"
#include "range.h"
#include "respond.h"

#include <stdio.h>
#include <string.h>

struct field {
    const char *name, *value;
};

/* The page may run what it brings and speak to this gateway, and nothing else. no-cache: a browser asks each
 * time whether its copy is still the one of this program. */
static const struct field page_fields[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache"},
};

static const struct page_file *find_file(const char *path)
{
    for (size_t i = 0; i < page_file_count; i++) {
        if (strcmp(page_files[i].path, path) == 0)
            return &page_files[i];
    }
    return NULL;
}

enum MHD_Result handle_page(struct request *request)
{
    const struct page_file *file = find_file(request->path);
    if (file == NULL) {
        struct cgw_error err = CGW_ERROR_INIT;
        (void)cgw_fail(&err, CGW_E_UNKNOWN_RESOURCE, "the page has no such file");
        return respond_problem(request, &err, NULL);
    }
    bool unchanged = etag_is_listed(request_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH), file->etag);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        unchanged ? 0 : file->length, (void *)(uintptr_t)file->content, MHD_RESPMEM_PERSISTENT);
    if (response != NULL) {
        for (size_t i = 0; i < sizeof page_fields / sizeof page_fields[0]; i++)
            (void)MHD_add_response_header(response, page_fields[i].name, page_fields[i].value);
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, file->etag);
        if (!unchanged)
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, file->content_type);
    }
    return respond_with(request, unchanged ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}

/* The URL is the path-prefix alone: the page's relative URLs need the slash behind it. Relative too, for a
 * proxy that adds a prefix of its own. */
enum MHD_Result handle_bare_prefix(struct request *request)
{
    const struct cgw_config *config = request->server->config;
    const char *last = strrchr(config->path_prefix, '/');
    char location[sizeof config->path_prefix + sizeof ".//"];
    (void)snprintf(location, sizeof location, "./%s/", last != NULL ? last + 1 : "");
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, location);
    return respond_with(request, MHD_HTTP_PERMANENT_REDIRECT, response);
}
