#include "line.h"

#include <stdlib.h>
#include <string.h>

static pthread_once_t started = PTHREAD_ONCE_INIT;
static bool can_sign;

static void start(void)
{
    enum { HAS_AWS_SIGV4 = 0x074B00 }; /* 7.75.0 */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return;
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    can_sign = info->version_num >= HAS_AWS_SIGV4 && (info->features & CURL_VERSION_SSL) != 0 &&
               (info->features & CURL_VERSION_ASYNCHDNS) != 0;
}

bool line_start_libcurl(void)
{
    return pthread_once(&started, start) == 0 && can_sign;
}

static struct line *line_new(void)
{
    struct line *line = calloc(1, sizeof *line);
    if (line == NULL)
        return NULL;
    line->multi = curl_multi_init();
    line->easy = curl_easy_init();
    if (line->multi == NULL || line->easy == NULL ||
        curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK) {
        line_free(line);
        return NULL;
    }
    return line;
}

void line_free(struct line *line)
{
    if (line == NULL)
        return;
    curl_easy_cleanup(line->easy);
    (void)curl_multi_cleanup(line->multi);
    free(line);
}

struct line *line_take(struct cgw_bucket *bucket)
{
    struct line *line = NULL;
    (void)pthread_mutex_lock(&bucket->lock);
    if (bucket->idle_count > 0)
        line = bucket->idle[--bucket->idle_count];
    (void)pthread_mutex_unlock(&bucket->lock);
    return line != NULL ? line : line_new();
}

void line_give_back(struct cgw_bucket *bucket, struct line *line)
{
    if (line == NULL)
        return;
    curl_easy_reset(line->easy); /* keeps the connection, the names and the TLS session */
    (void)pthread_mutex_lock(&bucket->lock);
    if (bucket->idle_count < BUCKET_MAX_IDLE_LINES) {
        bucket->idle[bucket->idle_count++] = line;
        line = NULL;
    }
    (void)pthread_mutex_unlock(&bucket->lock);
    line_free(line);
}
