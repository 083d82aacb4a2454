/* The metadata of all that a reading covers, compressed as one. */
#include "reading.h"

#include <string.h>

/* What is kept must not be more than the index counts for the rows anyway (INDEX_INSTANCE_COST), as it is not
 * counted by itself. Usual series take a tenth of that. */
enum { PACK_BYTES = 4096, PACK_BYTES_AN_INSTANCE = 512 };

/* NULL: the reading is of more, or of less, than one unit as it is in the index. */
static const struct part *whole_unit(const struct cgw_reading *reading)
{
    const struct part *part = reading->parts;
    if (!reading->is_warm || reading->is_single || reading->direct != NULL || reading->part_count != 1 ||
        strcmp(part->unit.series, reading->options.scope.series) != 0)
        return NULL;
    return part;
}

void *cgw_reading_pack(struct cgw_reading *reading, size_t *ret_length)
{
    const struct part *part = whole_unit(reading);
    struct cgw_error err = CGW_ERROR_INIT;
    void *bytes = NULL;
    *ret_length = 0;
    if (part != NULL)
        (void)index_read_pack(reading->cache->index, part->shown.id, part->shown.revision, &bytes, ret_length,
                              &err);
    return bytes;
}

void cgw_reading_keep_pack(struct cgw_reading *reading, const void *bytes, size_t length)
{
    const struct part *part = whole_unit(reading);
    struct cgw_error err = CGW_ERROR_INIT;
    if (part != NULL && length <= PACK_BYTES + part->shown.instances * PACK_BYTES_AN_INSTANCE)
        (void)index_keep_pack(reading->cache->index, part->shown.id, part->shown.revision, bytes, length,
                              &err);
}
