/* Files for tests of Identifiers from files, written as text:
 *
 *     "00080052 CS STUDY|300A00B0 SQ {300A00C2 LO one|300A0006 DA }{}"
 *
 * Values of text as they are, without | { }; others as hex pairs, little endian. */
#ifndef CGW_TESTS_QUERY_MAKE_FILE_H
#define CGW_TESTS_QUERY_MAKE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A bare data set in Explicit VR Little Endian; free(). */
uint8_t *make_file(const char *text, size_t *ret_length);

#endif
