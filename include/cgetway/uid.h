/*
 * UIDs (PS3.5 9.1): components of digits joined by dots, at most 64 characters.
 *
 * Two tests, for two directions. What a client writes is held to the standard. What a peer sends is held only
 * to what makes it harmless in a name, a header or a log: real archives hold UIDs with leading zeros, and
 * losing an instance for that would be worse than passing it on.
 */
#ifndef CGETWAY_UID_H
#define CGETWAY_UID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_UID_MAX_LENGTH = 64, CGW_UID_BYTES = CGW_UID_MAX_LENGTH + 1 };

/* The standard's rule: 1..64 characters, no empty component, no leading zero but in "0" itself. */
bool cgw_uid_is_valid(const char *uid, size_t length);

/* The safe rule: 1..64 characters, digits and dots only, first and last a digit, no two dots together. */
bool cgw_uid_is_safe(const char *uid, size_t length);

/* The length of a UID as a peer sends it without the padding at its end: NUL (PS3.5 9.1), from some peers a
 * blank. */
size_t cgw_uid_unpadded_length(const uint8_t *value, size_t length);

/* Copies a UID as a peer sends it, without its padding and with a NUL behind it; false, with ret_uid as it
 * was, when it is not safe. */
bool cgw_uid_copy_safe(const uint8_t *value, size_t length, char ret_uid[CGW_UID_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
