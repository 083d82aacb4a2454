#include "support/pattern.h"

#include <string.h>

uint64_t pattern_mix(uint64_t seed, uint64_t number)
{
    /* SplitMix64's finalizer. */
    uint64_t mixed = seed * 0x9E3779B97F4A7C15u + number * 0xD1342543DE82EF95u + 0x632BE59BD9B4E019u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

void pattern_fill(uint64_t seed, uint64_t offset, uint8_t *bytes, size_t length)
{
    while (length > 0) {
        uint64_t word = pattern_mix(seed, offset / 8);
        size_t skip = (size_t)(offset % 8);
        size_t take = 8 - skip < length ? 8 - skip : length;
        memcpy(bytes, (const uint8_t *)&word + skip, take);
        bytes += take;
        offset += take;
        length -= take;
    }
}

bool pattern_matches(uint64_t seed, uint64_t offset, const uint8_t *bytes, size_t length)
{
    uint8_t expected[4096];
    while (length > 0) {
        size_t take = length < sizeof(expected) ? length : sizeof(expected);
        pattern_fill(seed, offset, expected, take);
        if (memcmp(expected, bytes, take) != 0)
            return false;
        bytes += take;
        offset += take;
        length -= take;
    }
    return true;
}
