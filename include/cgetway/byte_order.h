/* Numbers out of and into bytes, whatever the alignment: DICOM uses both byte orders (PDUs are big endian).
 */
#ifndef CGETWAY_BYTE_ORDER_H
#define CGETWAY_BYTE_ORDER_H

#include <stdint.h>

static inline uint16_t cgw_get_u16le(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t cgw_get_u32le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint16_t cgw_get_u16be(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t cgw_get_u32be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t cgw_get_u64le(const uint8_t *p)
{
    return (uint64_t)cgw_get_u32le(p) | (uint64_t)cgw_get_u32le(p + 4) << 32;
}

static inline void cgw_put_u16le(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void cgw_put_u32le(uint8_t *p, uint32_t value)
{
    cgw_put_u16le(p, (uint16_t)value);
    cgw_put_u16le(p + 2, (uint16_t)(value >> 16));
}

static inline void cgw_put_u64le(uint8_t *p, uint64_t value)
{
    cgw_put_u32le(p, (uint32_t)value);
    cgw_put_u32le(p + 4, (uint32_t)(value >> 32));
}

static inline void cgw_put_u16be(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void cgw_put_u32be(uint8_t *p, uint32_t value)
{
    cgw_put_u16be(p, (uint16_t)(value >> 16));
    cgw_put_u16be(p + 2, (uint16_t)value);
}

#endif
