#include "cgetway/frames.h"

#include "cgetway/byte_order.h"

#include "encoding.h"
#include "frames_index.h"
#include "instance_file_window.h"

#include <errno.h>
#include <string.h>

static const uint8_t magic[8] = {'C', 'G', 'W', 'F', 'R', 'M', '0', '1'};

enum { FLAG_ENCAPSULATED = 1, FLAG_IN_FILE = 2 };

void frames_put_head(const struct frames_head *head, uint8_t bytes[FRAMES_HEAD_BYTES])
{
    memcpy(bytes, magic, sizeof magic);
    cgw_put_u32le(bytes + 8,
                  (head->is_encapsulated ? FLAG_ENCAPSULATED : 0u) | (head->is_in_file ? FLAG_IN_FILE : 0u));
    cgw_put_u32le(bytes + 12, (uint32_t)head->word_size);
    cgw_put_u64le(bytes + 16, head->frames);
    cgw_put_u64le(bytes + 24, head->fragments);
    cgw_put_u64le(bytes + 32, head->offset);
    cgw_put_u64le(bytes + 40, head->length);
    cgw_put_u64le(bytes + 48, head->frame_bits);
}

static bool is_sound(const struct frames_head *head, size_t length)
{
    size_t rows = length - FRAMES_HEAD_BYTES;
    size_t word = head->word_size;
    if (head->is_encapsulated)
        return head->frames <= head->fragments && head->fragments <= rows / FRAGMENT_ROW_BYTES &&
               rows == head->fragments * FRAGMENT_ROW_BYTES + head->frames * FRAME_ROW_BYTES;
    if (rows != 0 || (word != 1 && word != 2 && word != 4 && word != 8))
        return false;
    if (head->frames == 0)
        return true;
    return head->offset <= INT64_MAX / 2 && head->length <= UINT32_MAX && head->frame_bits > 0 &&
           head->frames <= head->length * 8 / head->frame_bits;
}

bool frames_get_head(const uint8_t *bytes, size_t length, struct frames_head *ret_head)
{
    if (length < FRAMES_HEAD_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    uint32_t flags = cgw_get_u32le(bytes + 8);
    *ret_head = (struct frames_head){
        .is_encapsulated = (flags & FLAG_ENCAPSULATED) != 0,
        .is_in_file = (flags & FLAG_IN_FILE) != 0,
        .word_size = cgw_get_u32le(bytes + 12),
        .frames = cgw_get_u64le(bytes + 16),
        .fragments = cgw_get_u64le(bytes + 24),
        .offset = cgw_get_u64le(bytes + 32),
        .length = cgw_get_u64le(bytes + 40),
        .frame_bits = cgw_get_u64le(bytes + 48),
    };
    return is_sound(ret_head, length);
}

bool cgw_frames_read(const uint8_t *bytes, size_t length, struct cgw_frames *ret_frames)
{
    struct frames_head head;
    if (!frames_get_head(bytes, length, &head))
        return false;
    *ret_frames = (struct cgw_frames){.bytes = bytes,
                                      .length = length,
                                      .count = (size_t)head.frames,
                                      .is_encapsulated = head.is_encapsulated,
                                      .is_in_file = head.is_in_file};
    return true;
}

/* ---- encapsulated ---- */

/* The fragments of a frame: from first up to last, which it has not. */
struct fragments {
    const uint8_t *rows; /* of all frames */
    uint64_t first, last;
};

static struct fragments fragments_of(const struct cgw_frames *frames, const struct frames_head *head,
                                     size_t number)
{
    const uint8_t *rows = frames->bytes + FRAMES_HEAD_BYTES;
    const uint8_t *starts = rows + head->fragments * FRAGMENT_ROW_BYTES;
    struct fragments fragments = {.rows = rows, .last = head->fragments};
    if (number >= head->frames)
        return (struct fragments){.rows = rows};
    fragments.first = cgw_get_u32le(starts + number * FRAME_ROW_BYTES);
    if (number + 1 < head->frames)
        fragments.last = cgw_get_u32le(starts + (number + 1) * FRAME_ROW_BYTES);
    if (fragments.last > head->fragments || fragments.first > fragments.last)
        fragments.last = fragments.first = 0; /* damaged: a frame of no bytes */
    return fragments;
}

/* The bytes of all fragments before this one. */
static uint64_t bytes_before(const struct fragments *fragments, uint64_t fragment)
{
    return fragment == 0 ? 0 : cgw_get_u64le(fragments->rows + (fragment - 1) * FRAGMENT_ROW_BYTES + 8);
}

static uint64_t length_of_fragments(const struct fragments *fragments)
{
    uint64_t start = bytes_before(fragments, fragments->first),
             end = bytes_before(fragments, fragments->last);
    return end > start ? end - start : 0;
}

static ssize_t read_fragment(const struct fragments *fragments, int fd, uint64_t position, uint8_t *bytes,
                             size_t capacity)
{
    uint64_t wanted = bytes_before(fragments, fragments->first) + position;
    uint64_t low = fragments->first, high = fragments->last;
    while (high - low > 1) { /* the last fragment that begins at or before it, of the empty ones the last */
        uint64_t middle = low + (high - low) / 2;
        if (bytes_before(fragments, middle) <= wanted)
            low = middle;
        else
            high = middle;
    }
    uint64_t start = bytes_before(fragments, low), end = bytes_before(fragments, low + 1);
    if (wanted < start || wanted >= end) {
        errno = EIO;
        return -1;
    }
    if (capacity > end - wanted)
        capacity = (size_t)(end - wanted);
    uint64_t offset = cgw_get_u64le(fragments->rows + low * FRAGMENT_ROW_BYTES);
    if (offset > INT64_MAX || wanted - start > INT64_MAX) {
        errno = EIO;
        return -1;
    }
    return pread_some(fd, bytes, capacity, offset + (wanted - start));
}

/* ---- native ---- */

/* Bytes of the value at position as little endian has them; capacity is at least 1. */
static ssize_t read_value(const struct frames_head *head, int fd, uint64_t position, uint8_t *bytes,
                          size_t capacity)
{
    uint8_t words[4096 + 16];
    size_t within = (size_t)(position % head->word_size), length = capacity < 4096 ? capacity : 4096;
    if (head->word_size == 1)
        return pread_some(fd, bytes, capacity, head->offset + position);
    size_t whole = (within + length + head->word_size - 1) / head->word_size * head->word_size;
    if (pread_whole(fd, words, whole, head->offset + position - within) != 0)
        return -1;
    cgw_swap_words(words, whole, head->word_size);
    memcpy(bytes, words + within, length);
    return (ssize_t)length;
}

/* A frame that begins inside a byte. capacity is at least 1. */
static ssize_t read_shifted(const struct frames_head *head, int fd, uint64_t first_bit, uint64_t bits,
                            uint8_t *bytes, size_t capacity)
{
    uint8_t raw[4097] = {0};
    unsigned shift = (unsigned)(first_bit % 8);
    if (capacity > sizeof raw - 1)
        capacity = sizeof raw - 1;
    if (capacity > (bits + 7) / 8)
        capacity = (size_t)((bits + 7) / 8);
    bool is_end = capacity == (bits + 7) / 8;
    size_t needed = is_end ? (size_t)((shift + bits + 7) / 8) : capacity + 1;
    for (size_t got = 0; got < needed;) {
        ssize_t more = read_value(head, fd, first_bit / 8 + got, raw + got, needed - got);
        if (more < 0)
            return -1;
        got += (size_t)more;
    }
    for (size_t i = 0; i < capacity; i++) {
        unsigned next = i + 1 < needed ? raw[i + 1] : 0;
        bytes[i] = (uint8_t)((raw[i] | next << 8) >> shift);
    }
    if (is_end && bits % 8 != 0)
        bytes[capacity - 1] &= (uint8_t)(0xFFu >> (8 - bits % 8));
    return (ssize_t)capacity;
}

static ssize_t read_native(const struct frames_head *head, int fd, size_t number, uint64_t position,
                           uint8_t *bytes, size_t capacity)
{
    uint64_t first_bit = number * head->frame_bits + position * 8;
    uint64_t bits = head->frame_bits - position * 8;
    if (first_bit % 8 != 0 || bits % 8 != 0)
        return read_shifted(head, fd, first_bit, bits, bytes, capacity);
    if (capacity > bits / 8)
        capacity = (size_t)(bits / 8);
    return read_value(head, fd, first_bit / 8, bytes, capacity);
}

/* ---- both ---- */

uint64_t cgw_frame_length(const struct cgw_frames *frames, size_t number)
{
    struct frames_head head;
    if (!frames_get_head(frames->bytes, frames->length, &head) || number >= head.frames)
        return 0;
    if (!head.is_encapsulated)
        return (head.frame_bits + 7) / 8;
    struct fragments fragments = fragments_of(frames, &head, number);
    return length_of_fragments(&fragments);
}

ssize_t cgw_frame_read(const struct cgw_frames *frames, int fd, size_t number, uint64_t position,
                       uint8_t *bytes, size_t capacity)
{
    struct frames_head head;
    uint64_t length = cgw_frame_length(frames, number);
    if (position >= length || capacity == 0)
        return 0;
    if (!frames_get_head(frames->bytes, frames->length, &head))
        return 0;
    if (capacity > length - position) /* whatever the fragments of a damaged index say */
        capacity = (size_t)(length - position);
    if (!head.is_encapsulated)
        return read_native(&head, fd, number, position, bytes, capacity);
    struct fragments fragments = fragments_of(frames, &head, number);
    return read_fragment(&fragments, fd, position, bytes, capacity);
}
