#include "frame_keys.h"

#include "cgetway/byte_order.h"
#include "cgetway/tag.h"

#include <math.h>
#include <string.h>

/* Explicit VR has 16 bits for the length of UL (PS3.4 Y.3.2.1.1). */
enum { UL_BYTES = 4, FD_BYTES = 8, MAX_FRAME_NUMBERS = 16383 };

static enum cgw_code fail(struct cgw_fault *fault, const char *text)
{
    return cgw_fault_set(fault, "bad-value", "%s", text);
}

static bool is_list_of_numbers(const struct cgw_buffer *value, size_t numbers_each)
{
    return value->length % (numbers_each * UL_BYTES) == 0 && value->length / UL_BYTES <= MAX_FRAME_NUMBERS;
}

static enum cgw_code check_simple(const struct cgw_buffer *value, struct cgw_fault *fault)
{
    uint32_t before = 0;

    if (!is_list_of_numbers(value, 1))
        return fail(fault, "a Simple Frame List has at most 16383 frame numbers (PS3.4 Y.3.2.1.1)");
    for (size_t i = 0; i < value->length; i += UL_BYTES) {
        uint32_t frame = cgw_get_u32le(value->bytes + i);
        if (frame <= before)
            return fail(fault,
                        "frame numbers begin at 1, and each is above the one before it (PS3.4 Y.3.2.1.1)");
        before = frame;
    }
    return CGW_OK;
}

/* Sub-ranges: the first frame, the upper limit, the increment. */
static enum cgw_code check_calculated(const struct cgw_buffer *value, struct cgw_fault *fault)
{
    uint32_t before = 0;

    if (!is_list_of_numbers(value, 3))
        return fail(fault,
                    "a Calculated Frame List is made of at most 5461 times three numbers: first frame, upper "
                    "limit, increment (PS3.4 Y.3.2.1.2)");
    for (size_t i = 0; i < value->length; i += 3 * UL_BYTES) {
        uint32_t first = cgw_get_u32le(value->bytes + i);
        uint32_t limit = cgw_get_u32le(value->bytes + i + UL_BYTES);
        uint32_t increment = cgw_get_u32le(value->bytes + i + 2 * UL_BYTES);
        if (first == 0 || limit < first || increment == 0)
            return fail(fault,
                        "of the three numbers of a sub-range the first frame and the increment are at least "
                        "1, and the upper limit is not below the first frame (PS3.4 Y.3.2.1.2)");
        if (first <= before)
            return fail(fault,
                        "each sub-range begins above the last frame of the one before it (PS3.4 Y.3.2.1.2)");
        before = first + (limit - first) / increment * increment;
    }
    return CGW_OK;
}

static double read_seconds(const uint8_t *bytes)
{
    uint64_t bits = (uint64_t)cgw_get_u32le(bytes + 4) << 32 | cgw_get_u32le(bytes);
    double seconds;
    memcpy(&seconds, &bits, sizeof seconds);
    return seconds;
}

static enum cgw_code check_time_range(const struct cgw_buffer *value, struct cgw_fault *fault)
{
    if (value->length == 2 * FD_BYTES) {
        double begin = read_seconds(value->bytes), end = read_seconds(value->bytes + FD_BYTES);
        if (isfinite(begin) && isfinite(end) && begin <= end)
            return CGW_OK;
    }
    return fail(fault,
                "a Time Range is two times in seconds after Content Time, and does not end before it begins "
                "(PS3.4 Y.3.2.1.3)");
}

const struct cgw_frame_key cgw_frame_keys[CGW_FRAME_KEY_COUNT] = {
    {CGW_TAG(0x0008, 0x1161), "SimpleFrameList", check_simple},
    {CGW_TAG(0x0008, 0x1162), "CalculatedFrameList", check_calculated},
    {CGW_TAG(0x0008, 0x1163), "TimeRange", check_time_range},
};
