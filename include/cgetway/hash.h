/* FNV-1a, 64 bit: not for what somebody gains by a collision. */
#ifndef CGETWAY_HASH_H
#define CGETWAY_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Where a hash begins, unless whoever makes it has another beginning. */
#define CGW_HASH_START UINT64_C(14695981039346656037)

static inline uint64_t cgw_hash_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * UINT64_C(1099511628211);
}

static inline uint64_t cgw_hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const uint8_t *at = (const uint8_t *)bytes;
    for (size_t i = 0; i < length; i++)
        hash = cgw_hash_byte(hash, at[i]);
    return hash;
}

static inline uint64_t cgw_hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = cgw_hash_byte(hash, (uint8_t)*text);
    return hash;
}

#endif
