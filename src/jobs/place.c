#include "place.h"

#include "cgetway/jobs.h"

static bool is_set(const char *text)
{
    return text[0] != '\0';
}

bool cgw_jobs_are_configured(const struct cgw_config *config)
{
    return is_set(config->output_directory) || is_set(config->output_bucket);
}

static enum cgw_code check_keys(const struct cgw_config *config, struct cgw_error *err)
{
    if (!is_set(config->output_bucket))
        return CGW_OK;
    if (is_set(config->output_directory))
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "output-directory and output-bucket: set one of them, as stored instances go to one "
                        "place");
    if (!is_set(config->jobs_database))
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "jobs-database: must be set with output-bucket, as the jobs are kept in a file");
    if (is_set(config->bucket_access_key) != is_set(config->bucket_secret_key))
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "bucket-access-key and bucket-secret-key: %s is not set; set both, or none of them",
                        is_set(config->bucket_access_key) ? "bucket-secret-key" : "bucket-access-key");
    if (is_set(config->bucket_session_token) && !is_set(config->bucket_access_key))
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "bucket-session-token: belongs to bucket-access-key, which is not set");
    return CGW_OK;
}

enum cgw_code place_open(const struct cgw_config *config, struct cgw_place *ret_place, struct cgw_error *err)
{
    *ret_place = (struct cgw_place){.directory = NULL};
    enum cgw_code code = check_keys(config, err);
    if (code != CGW_OK || !is_set(config->output_bucket)) {
        ret_place->directory = is_set(config->output_directory) ? config->output_directory : NULL;
        return code;
    }
    const struct cgw_bucket_options options = {.url = config->output_bucket,
                                               .region = config->bucket_region,
                                               .access_key = config->bucket_access_key,
                                               .secret_key = config->bucket_secret_key,
                                               .session_token = config->bucket_session_token,
                                               .ca_file = config->bucket_ca_file,
                                               .part_bytes = (uint64_t)config->bucket_part_bytes,
                                               .timeout_ms = config->bucket_timeout_ms};
    return cgw_bucket_open(&options, &ret_place->bucket, err);
}

void place_release(struct cgw_place *place)
{
    cgw_bucket_free(place->bucket);
    place->bucket = NULL;
}

enum cgw_code place_check(const struct cgw_place *place, struct cgw_watch watch, struct cgw_error *err)
{
    struct cgw_error why = CGW_ERROR_INIT;
    enum cgw_code code = cgw_place_check(place, watch, &why);
    if (code == CGW_OK || code == CGW_E_OUT_OF_MEMORY || code == CGW_E_CANCELLED)
        return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", why.detail);
    return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                    place->bucket != NULL ? "output-bucket: %s" : "output-directory: %s", why.detail);
}

enum cgw_code cgw_jobs_check(const struct cgw_config *config, struct cgw_error *err)
{
    struct cgw_place place;
    enum cgw_code code = place_open(config, &place, err);
    if (code == CGW_OK && cgw_jobs_are_configured(config))
        code = place_check(&place, (struct cgw_watch){-1, -1}, err);
    place_release(&place);
    return code;
}
