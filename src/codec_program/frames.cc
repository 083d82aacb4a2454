#include "tasks.h"

#include "failure.h"
#include "output.h"

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcfcache.h"
#include "dcmtk/dcmdata/dcxfer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace codec
{

namespace
{

class Frames
{
  public:
    Frames(Source &from, unsigned bits_allocated);
    void write(unsigned long first, unsigned long count);

  private:
    OFCondition read(unsigned long frame);
    void reach(unsigned long frame);
    void separate_planes();
    void widen();

    Source &source;
    DcmPixelData &pixels;
    DcmFileCache cache;
    Uint32 frame_bytes = 0;
    Uint32 next_fragment = 0; /* 0: not known */
    unsigned samples, sample_bytes;
    bool has_planes_to_make; /* dcmjpeg decodes by pixel, whatever the instance says */
    bool is_widened;         /* to the 16 bits that the instance says */
    std::vector<uint8_t> bytes, remade;
};

Frames::Frames(Source &from, unsigned bits_allocated)
    : source(from), pixels(from.pixel_data()), samples(from.number(DCM_SamplesPerPixel)),
      sample_bytes(from.number(DCM_BitsAllocated) / 8),
      has_planes_to_make(samples > 1 && from.number(DCM_PlanarConfiguration) == 1 && from.is_jpeg()),
      is_widened(bits_allocated == 16 && sample_bytes == 1)
{
    if (source.number(DCM_BitsAllocated) % 8 != 0 || sample_bytes == 0)
        throw Failure{CODEC_EXIT_FAILED, "its frames do not begin at bytes"};
    check(pixels.getUncompressedFrameSize(&source.data_set, frame_bytes), CODEC_EXIT_FAILED);
    if (frame_bytes == 0 || frame_bytes == UINT32_MAX)
        throw Failure{CODEC_EXIT_FAILED, "its frames are empty or too large"};
    bytes.resize(frame_bytes + frame_bytes % 2); /* DCMTK decodes in words */
}

OFCondition Frames::read(unsigned long frame)
{
    OFString color_model;
    return pixels.getUncompressedFrame(&source.data_set, static_cast<Uint32>(frame), next_fragment,
                                       bytes.data(), static_cast<Uint32>(bytes.size()), color_model, &cache);
}

/* Where neither an offset table nor the number of fragments tells where a frame begins, those before it have
 * to be decoded. */
void Frames::reach(unsigned long frame)
{
    next_fragment = 0;
    if (read(frame).good())
        return;
    next_fragment = 0;
    for (unsigned long i = 0; i <= frame; i++)
        check(read(i), CODEC_EXIT_FAILED);
}

void Frames::separate_planes()
{
    const size_t pixel_count = frame_bytes / (static_cast<size_t>(samples) * sample_bytes);
    remade.resize(bytes.size());
    for (size_t sample = 0; sample < samples; sample++) {
        for (size_t pixel = 0; pixel < pixel_count; pixel++)
            std::memcpy(&remade[(sample * pixel_count + pixel) * sample_bytes],
                        &bytes[(pixel * samples + sample) * sample_bytes], sample_bytes);
    }
    bytes.swap(remade);
}

/* From bytes to remade. */
void Frames::widen()
{
    remade.assign(2 * static_cast<size_t>(frame_bytes), 0);
    for (size_t i = 0; i < frame_bytes; i++)
        remade[2 * i] = bytes[i];
}

void Frames::write(unsigned long first, unsigned long count)
{
    for (unsigned long frame = first; frame < first + count; frame++) {
        if (frame == first)
            reach(frame);
        else
            check(read(frame), CODEC_EXIT_FAILED);
        if (has_planes_to_make)
            separate_planes();
        if (is_widened)
            widen();
        write_output(is_widened ? remade.data() : bytes.data(), is_widened ? remade.size() : frame_bytes);
    }
}

} // namespace

void write_frames(Source &source, unsigned long first, unsigned long count)
{
    source.check_frame(first);
    if (count == 0 || count > source.frames - first)
        throw Failure{CODEC_EXIT_NO_FRAME, "it has " + std::to_string(source.frames)};
    const unsigned bits_allocated = source.number(DCM_BitsAllocated);
    source.reach_frames();
    Frames(source, bits_allocated).write(first, count);
}

} // namespace codec
