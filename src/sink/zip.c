#include "cgetway/zip.h"

#include "format.h"
#include "zip_archive.h"

#include "cgetway/file_prefix.h"
#include "cgetway/part10.h"
#include "cgetway/uid_set.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES = 100 };

struct zip {
    struct cgw_sink sink;
    struct zip_archive archive;
    struct cgw_uid_set uids;
    size_t repeated_count;
    time_t now;
};

static bool put(struct cgw_sink *sink, const uint8_t *bytes, size_t length)
{
    return zip_archive_put(&((struct zip *)sink)->archive, bytes, length);
}

static bool begin_entry(struct zip *zip, const char *name)
{
    return zip_archive_begin_entry(&zip->archive, name, zip->now, ZIP_SIZE_UNKNOWN);
}

static bool end_entry(struct cgw_sink *sink)
{
    return zip_archive_end_entry(&((struct zip *)sink)->archive);
}

static bool begin_instance(struct cgw_sink *sink, const struct cgw_instance *instance)
{
    struct zip *zip = (struct zip *)sink;
    char name[NAME_BYTES], number[24] = "";
    uint8_t header[CGW_PART10_MAX_BYTES];
    bool is_new;
    if (!cgw_uid_set_add(&zip->uids, instance->sop_instance, &is_new))
        return false;
    if (!is_new)
        (void)snprintf(number, sizeof number, "-%zu", ++zip->repeated_count + 1);
    (void)snprintf(name, sizeof name, "%s.%s%s", cgw_file_prefix(instance->sop_class), instance->sop_instance,
                   number);
    return begin_entry(zip, name) && put(sink, header, sink_part10(sink, instance, header));
}

/* An instance that broke off is an entry like another: what came of it, with its true size. */
static bool begin_outcome(struct cgw_sink *sink)
{
    return end_entry(sink) && begin_entry((struct zip *)sink, "outcome.json");
}

static bool close_archive(struct cgw_sink *sink)
{
    return end_entry(sink) && zip_archive_close(&((struct zip *)sink)->archive);
}

static void release(struct cgw_sink *sink)
{
    struct zip *zip = (struct zip *)sink;
    zip_archive_release(&zip->archive);
    cgw_uid_set_release(&zip->uids);
}

static const struct sink_format format = {.begin_instance = begin_instance,
                                          .put = put,
                                          .end_instance = end_entry,
                                          .begin_outcome = begin_outcome,
                                          .close = close_archive,
                                          .release = release};

struct cgw_sink *cgw_zip_new(const struct cgw_sink_options *options)
{
    struct zip *zip = calloc(1, sizeof *zip);
    if (zip == NULL)
        return NULL;
    cgw_uid_set_init(&zip->uids);
    zip->now = time(NULL);
    zip->sink.format = &format; /* for free */
    (void)snprintf(zip->sink.content_type, sizeof zip->sink.content_type, "application/zip");
    if (!zip_archive_open(&zip->archive, &zip->sink.output) || !sink_start(&zip->sink, &format, options)) {
        cgw_sink_free(&zip->sink);
        return NULL;
    }
    return &zip->sink;
}
