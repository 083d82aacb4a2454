#include "http/dicomweb/frames.h"

#include <string.h>

struct media_type {
    const char *transfer_syntax, *type;
};

/* PS3.18 tables 8.7.3-2 and 8.7.3-3. */
static const struct media_type media_types[] = {
    {"1.2.840.10008.1.2.4.50", "image/jpeg"},   {"1.2.840.10008.1.2.4.51", "image/jpeg"},
    {"1.2.840.10008.1.2.4.57", "image/jpeg"},   {"1.2.840.10008.1.2.4.70", "image/jpeg"},
    {"1.2.840.10008.1.2.4.80", "image/jls"},    {"1.2.840.10008.1.2.4.81", "image/jls"},
    {"1.2.840.10008.1.2.4.90", "image/jp2"},    {"1.2.840.10008.1.2.4.91", "image/jp2"},
    {"1.2.840.10008.1.2.4.92", "image/jpx"},    {"1.2.840.10008.1.2.4.93", "image/jpx"},
    {"1.2.840.10008.1.2.4.201", "image/jphc"},  {"1.2.840.10008.1.2.4.202", "image/jphc"},
    {"1.2.840.10008.1.2.4.203", "image/jphc"},  {"1.2.840.10008.1.2.4.110", "image/jxl"},
    {"1.2.840.10008.1.2.4.111", "image/jxl"},   {"1.2.840.10008.1.2.4.112", "image/jxl"},
    {"1.2.840.10008.1.2.5", "image/dicom-rle"}, {"1.2.840.10008.1.2.4.100", "video/mpeg2"},
    {"1.2.840.10008.1.2.4.101", "video/mpeg2"}, {"1.2.840.10008.1.2.4.102", "video/mp4"},
    {"1.2.840.10008.1.2.4.103", "video/mp4"},   {"1.2.840.10008.1.2.4.104", "video/mp4"},
    {"1.2.840.10008.1.2.4.105", "video/mp4"},   {"1.2.840.10008.1.2.4.106", "video/mp4"},
    {"1.2.840.10008.1.2.4.107", "video/mp4"},   {"1.2.840.10008.1.2.4.108", "video/mp4"},
};

const char *frame_media_type(const char *transfer_syntax)
{
    for (size_t i = 0; i < sizeof media_types / sizeof media_types[0]; i++) {
        if (strcmp(media_types[i].transfer_syntax, transfer_syntax) == 0)
            return media_types[i].type;
    }
    return "application/octet-stream";
}

/* A whole number up to some billions; returns what follows it, NULL: there is none. */
static const char *read_number(const char *text, uint64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    *ret_number = 0;
    if (digits == 0 || digits > 12)
        return NULL;
    for (size_t i = 0; i < digits; i++)
        *ret_number = *ret_number * 10 + (uint64_t)(text[i] - '0');
    return text + digits;
}

enum cgw_code frame_list_parse(const char *text, size_t count, uint32_t numbers[MAX_FRAMES_OF_REQUEST],
                               size_t *ret_count, struct cgw_error *err)
{
    size_t found = 0;
    for (;;) {
        uint64_t number;
        const char *end = read_number(text, &number);
        if (end == NULL || (*end != ',' && *end != '\0'))
            return cgw_fail(err, CGW_E_BAD_PARAMETER,
                            "frames are named by their numbers from 1, with commas between: frames/1,2,3");
        if (number < 1 || number > count)
            return cgw_fail(err, CGW_E_UNKNOWN_FRAME, "frame %llu was asked for, and the instance has %zu",
                            (unsigned long long)number, count);
        if (found == MAX_FRAMES_OF_REQUEST)
            return cgw_fail(err, CGW_E_BAD_PARAMETER, "more than %d frames in one request",
                            MAX_FRAMES_OF_REQUEST);
        numbers[found++] = (uint32_t)(number - 1);
        if (*end == '\0')
            break;
        text = end + 1;
    }
    *ret_count = found;
    return CGW_OK;
}
