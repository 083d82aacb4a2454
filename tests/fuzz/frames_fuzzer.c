/* First byte 0: an index of frames, damaged as it may be, over a file of its own bytes. Else: six bytes of
 * what an image is, then its pixel data. A frame read in pieces is the frame read at once, and has its
 * length. */
#include "fuzz/fuzz.h"

#include "cgetway/byte_order.h"
#include "cgetway/frames.h"
#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const syntaxes[] = {CGW_TS_EXPLICIT_LE, CGW_TS_EXPLICIT_BE, "1.2.840.10008.1.2.4.50",
                                       "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.102"};

enum { SYNTAXES = sizeof syntaxes / sizeof syntaxes[0], IMAGE_BYTES = 6, MOST_FRAMES_READ = 64 };

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)tag;
    (void)context;
    return CGW_VR_UN;
}

static void append(int fd, const void *bytes, size_t length)
{
    FUZZ_DEMAND(write(fd, bytes, length) == (ssize_t)length);
}

static void append_element(int fd, bool is_big_endian, uint16_t element, const char *vr, uint16_t value)
{
    uint8_t bytes[10];
    void (*put)(uint8_t *, uint16_t) = is_big_endian ? cgw_put_u16be : cgw_put_u16le;
    put(bytes, 0x0028);
    put(bytes + 2, element);
    memcpy(bytes + 4, vr, 2);
    put(bytes + 6, 2);
    put(bytes + 8, value);
    if (vr[0] == 'I')
        memcpy(bytes + 8, (char[2]){(char)('0' + value / 10 % 10), (char)('0' + value % 10)}, 2);
    append(fd, bytes, sizeof bytes);
}

/* size: at least IMAGE_BYTES. */
static int make_file(const uint8_t *data, size_t size)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    const char *syntax = syntaxes[data[0] % SYNTAXES];
    bool is_big_endian = strcmp(syntax, CGW_TS_EXPLICIT_BE) == 0;
    bool is_native = is_big_endian || strcmp(syntax, CGW_TS_EXPLICIT_LE) == 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_DEMAND(fd >= 0);
    append(fd, header, cgw_part10_header("1.2", "1.3", syntax, "", header));
    append_element(fd, is_big_endian, 0x0002, "US", data[1] % 4);
    append_element(fd, is_big_endian, 0x0008, "IS", data[2]);
    append_element(fd, is_big_endian, 0x0010, "US", data[3]);
    append_element(fd, is_big_endian, 0x0011, "US", data[4]);
    append_element(fd, is_big_endian, 0x0100, "US", data[5] % 66);
    if (is_native) {
        uint8_t head[12] = {0xE0, 0x7F, 0x10, 0x00, 'O', data[0] >= 128 ? 'B' : 'W'};
        uint32_t length = (uint32_t)(size - IMAGE_BYTES);
        if (is_big_endian) {
            cgw_put_u32be(head, 0x7FE00010);
            cgw_put_u32be(head + 8, length);
        } else {
            cgw_put_u32le(head + 8, length);
        }
        append(fd, head, sizeof head);
    }
    append(fd, data + IMAGE_BYTES, size - IMAGE_BYTES);
    return fd;
}

static void check_frame(const struct cgw_frames *frames, int fd, size_t number, bool is_whole)
{
    static uint8_t bytes[1 << 16];
    uint64_t length = cgw_frame_length(frames, number), at = 0;
    while (at < length) {
        uint8_t piece[7], same;
        ssize_t got = cgw_frame_read(frames, fd, number, at, bytes, sizeof bytes);
        FUZZ_DEMAND(got != 0 && got <= (ssize_t)sizeof bytes);
        if (got < 0) {
            FUZZ_DEMAND(!is_whole && errno != 0);
            return;
        }
        FUZZ_DEMAND((uint64_t)got <= length - at);
        for (ssize_t i = 0; is_whole && i < got && i < 200; i += 5) {
            ssize_t small = cgw_frame_read(frames, fd, number, at + (uint64_t)i, piece, sizeof piece);
            ssize_t common = small < got - i ? small : got - i;
            FUZZ_DEMAND(small > 0);
            FUZZ_DEMAND(memcmp(piece, bytes + i, (size_t)common) == 0);
            FUZZ_DEMAND(cgw_frame_read(frames, fd, number, at + (uint64_t)i, &same, 1) == 1 &&
                        same == bytes[i]);
        }
        at += (uint64_t)got;
    }
    FUZZ_DEMAND(cgw_frame_read(frames, fd, number, length, bytes, 1) == 0);
}

static void check_index(const uint8_t *bytes, size_t length, int fd, bool is_whole)
{
    struct cgw_frames frames;
    if (!cgw_frames_read(bytes, length, &frames)) {
        FUZZ_DEMAND(!is_whole);
        return;
    }
    for (size_t i = 0; i < frames.count && i < MOST_FRAMES_READ; i++)
        check_frame(&frames, fd, i, is_whole);
    FUZZ_DEMAND(cgw_frame_length(&frames, frames.count) == 0);
}

static void check_image(int fd)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_buffer index = CGW_BUFFER_INIT(1 << 20);
    enum cgw_code code =
        cgw_instance_file_open(fd, &cgw_instance_file_default_limits, vr_of, NULL, &file, &error);
    FUZZ_DEMAND(code == CGW_OK || code == CGW_E_INSTANCE_UNREADABLE);
    if (code == CGW_OK) {
        code = cgw_frames_index(file, &index, &error);
        FUZZ_DEMAND(code == CGW_OK || (code == CGW_E_INSTANCE_UNREADABLE && error.detail[0] != '\0'));
    }
    if (code == CGW_OK)
        check_index(index.bytes, index.length, cgw_instance_file_fd(file), true);
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_index = size > 0 && data[0] == 0;
    if (size < 1 + IMAGE_BYTES)
        return 0;
    int fd = make_file(data + 1, size - 1);
    if (is_index)
        check_index(data + 1, size - 1, fd, false);
    else
        check_image(fd);
    (void)close(fd);
    return 0;
}
