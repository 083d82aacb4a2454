/* The metadata of whole units, compressed as one. */
#include "index_internal.h"

enum cgw_code index_keep_pack(struct cache_index *index, int64_t unit_id, uint64_t revision,
                              const void *bytes, size_t length, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &index->database, err);
    call_use(&call, INDEX_KEEP_PACK);
    call_bind_integer(&call, unit_id);
    call_bind_integer(&call, (int64_t)revision);
    call_bind_bytes(&call, bytes, length);
    (void)call_run(&call);
    (void)index_commit(index, &call, &(struct index_change){.bytes = 0});
    return call_end(&call);
}

enum cgw_code index_read_pack(struct cache_index *index, int64_t unit_id, uint64_t revision, void **ret_bytes,
                              size_t *ret_length, struct cgw_error *err)
{
    struct call call;
    *ret_bytes = NULL;
    *ret_length = 0;
    call_begin(&call, &index->database, err);
    call_use(&call, INDEX_READ_PACK);
    call_bind_integer(&call, unit_id);
    call_bind_integer(&call, (int64_t)revision);
    if (call_step(&call))
        *ret_bytes = call_read_copy(&call, ret_length);
    (void)index_commit(index, &call, &(struct index_change){.bytes = 0});
    return call_end(&call);
}
