/* Deterministic bytes: the byte at an offset depends on seed and offset only, so any piece can be checked
 * alone. */
#ifndef CGETWAY_TESTS_PATTERN_H
#define CGETWAY_TESTS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void pattern_fill(uint64_t seed, uint64_t offset, uint8_t *bytes, size_t length);
bool pattern_matches(uint64_t seed, uint64_t offset, const uint8_t *bytes, size_t length);
/* A well mixed 64-bit number out of two. */
uint64_t pattern_mix(uint64_t seed, uint64_t number);

#endif
