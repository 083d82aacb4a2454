/* Instances for the tests of their readers: made of bytes, in anonymous files. */
#ifndef CGW_TESTS_DICOM_INSTANCE_MEMORY_H
#define CGW_TESTS_DICOM_INSTANCE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* An anonymous file with these bytes; the caller closes it. */
int file_of_bytes(const void *bytes, size_t length);

/* The same with preamble and File Meta Information before them. */
int file_of_data_set(const char *transfer_syntax, const void *bytes, size_t length);

#endif
