/* Pictures for people, written to standard output. */
#ifndef CGW_CODEC_PROGRAM_PICTURE_H
#define CGW_CODEC_PROGRAM_PICTURE_H

#include <cstdint>
#include <vector>

namespace codec
{

struct Picture {
    uint32_t width, height;
    bool is_colour;             /* RGB by pixel; else one grey sample a pixel */
    std::vector<uint8_t> bytes; /* 8 bit samples, rows from the top */
};

void write_png(const Picture &picture);
void write_jpeg(const Picture &picture, int quality);

} // namespace codec

#endif
