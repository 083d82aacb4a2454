#include "support/peer_internal.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TRIES = 3 };

/* What the tests need of a stock Orthanc. Fsync is off because the files live no longer than the test. */
static json_t *configuration(const struct peer *peer, const struct peer_options *options)
{
    char storage[512];
    (void)snprintf(storage, sizeof(storage), "%s/storage", temp_dir_path(peer->dir));
    json_t *json = json_pack("{ss ss ss s[] si si sb ss sb sb sb sb sb sb sb sb si sb sb sb sb}", //
                             "Name", "cgetway-test", "StorageDirectory", storage, "IndexDirectory", storage,
                             "Plugins", "HttpPort", (int)peer->http_port, "DicomPort", (int)peer->port, //
                             "OrthancExplorerEnabled", 0, "DicomAet", "ORTHANC",                        //
                             "WebDavEnabled", 0, "DicomCheckCalledAet", 0, "DicomAlwaysAllowGet", 1,
                             "DicomAlwaysAllowFind", 1, "DicomCheckModalityHost", 0, //
                             "TranscodeDicomProtocol", 0, "RemoteAccessAllowed", 0, "UnknownSopClassAccepted",
                             1, "DicomThreadsCount", 4, "KeepAlive", 1, "SyncStorageArea", 0,
                             "StoreMD5ForAttachments", 0, "SaveJobs", 0);
    if (json != NULL && options->max_pdu != 0)
        (void)json_object_set_new(json, "MaximumPduLength", json_integer((json_int_t)options->max_pdu));
    if (json != NULL && options->configuration != NULL) {
        json_t *more = json_loads(options->configuration, 0, NULL);
        if (more == NULL || json_object_update(json, more) != 0) {
            json_decref(json);
            json = NULL;
        }
        json_decref(more);
    }
    return json;
}

bool orthanc_launch(struct peer *peer, const struct peer_options *options, struct support_error *err)
{
    const char *const fixed[] = {"Orthanc", NULL};
    const char *const last[] = {"orthanc.json", NULL};
    json_t *json = configuration(peer, options);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(1));
    char *path = temp_dir_join(peer->dir, "orthanc.json");
    const char **most = join_arguments(fixed, options->arguments, count_arguments(options->arguments));
    const char **arguments = most == NULL ? NULL : join_arguments(most, last, 1);
    if (text == NULL || path == NULL || arguments == NULL)
        support_fail(err, "orthanc: bad configuration members, or out of memory");
    else if (file_write(path, text, strlen(text), err)) {
        const struct process_options start = {
            .argv = arguments,
            .environment = peer_environment(options->tcp_nodelay),
            .directory = temp_dir_path(peer->dir),
            .stdout_path = peer->log_path,
            .stderr_path = peer->log_path,
        };
        peer->process = process_start(&start, err);
    }
    json_decref(json);
    free(text);
    free(path);
    free(most);
    free(arguments);
    return peer->process != NULL;
}

static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

/* Orthanc may close a kept connection in the moment in which it is used again; what it has it takes twice. */
static CURLcode perform_again(CURL *curl)
{
    CURLcode result = CURLE_OK;
    for (int i = 0; i < MAX_TRIES; i++) {
        result = curl_easy_perform(curl);
        if (result != CURLE_RECV_ERROR && result != CURLE_SEND_ERROR && result != CURLE_GOT_NOTHING)
            break;
    }
    return result;
}

static bool post_file(CURL *curl, const char *path, struct support_error *err)
{
    size_t length = 0;
    long status = 0;
    uint8_t *bytes = file_read(path, &length, err);
    if (bytes == NULL)
        return false;
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)bytes);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    CURLcode result = perform_again(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    free(bytes);
    if (result != CURLE_OK || status != 200)
        support_fail(err, "POST of %s to orthanc: %s, status %ld", path, curl_easy_strerror(result), status);
    return result == CURLE_OK && status == 200;
}

bool orthanc_load(struct peer *peer, const char *const *files, size_t count, struct support_error *err)
{
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/instances", peer->http_port);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/dicom");
    headers = curl_slist_append(headers, "Expect:");
    bool good = curl != NULL && headers != NULL;
    if (good) {
        (void)curl_easy_setopt(curl, CURLOPT_URL, url);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
        (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 60000L);
        (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    }
    for (size_t i = 0; good && i < count; i++)
        good = post_file(curl, files[i], err);
    curl_slist_free_all(headers);
    if (curl != NULL)
        curl_easy_cleanup(curl);
    return good;
}

static bool holds(const char *path, const char *text)
{
    size_t length = 0;
    uint8_t *bytes = file_read(path, &length, NULL);
    bool found = bytes != NULL && memmem(bytes, length, text, strlen(text)) != NULL;
    free(bytes);
    return found;
}

/* Its storage names files by their own UUIDs, so the UID is looked for in them; its index is not among them.
 */
bool orthanc_lose_instance(struct peer *peer, const char *sop_instance, struct support_error *err)
{
    size_t count = 0, lost = 0;
    char *storage = temp_dir_join(peer->dir, "storage");
    char **paths = storage == NULL ? NULL : file_list(storage, &count);
    for (size_t i = 0; i < count; i++)
        lost += strstr(paths[i], "/storage/index") == NULL && holds(paths[i], sop_instance) &&
                unlink(paths[i]) == 0;
    if (paths != NULL)
        file_list_free(paths, count);
    free(storage);
    if (lost == 0)
        support_fail(err, "orthanc has no file of %s", sop_instance);
    return lost > 0;
}
