#include "instance_memory.h"

#include "unit/cmocka_all.h"

#include "cgetway/part10.h"

#include <sys/mman.h>
#include <unistd.h>

int file_of_bytes(const void *bytes, size_t length)
{
    int fd = memfd_create("instance", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    return fd;
}

int file_of_data_set(const char *transfer_syntax, const void *bytes, size_t length)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    int fd = file_of_bytes(header, cgw_part10_header("1.2", "1.3", transfer_syntax, "", header));
    assert_int_equal(write(fd, bytes, length), length);
    return fd;
}
