#include "tasks.h"

#include "failure.h"
#include "functional_groups.h"
#include "picture.h"

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmimage/diregist.h" /* colour */
#include "dcmtk/dcmimgle/dcmimage.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

namespace codec
{

namespace
{

using Image = std::unique_ptr<DicomImage>;

constexpr double max_viewport = 8192;
constexpr int area_average = 1; /* DCMTK's "pbmplus" interpolation: smooth both ways */

/* Whole pixels of the image. */
struct Part {
    long left, top, width, height;
};

void require(const Image &image)
{
    if (image == nullptr)
        throw Failure{CODEC_EXIT_NO_MEMORY, ""};
    if (image->getStatus() == EIS_MemoryFailure)
        throw Failure{CODEC_EXIT_NO_MEMORY, ""};
    if (image->getStatus() != EIS_Normal)
        throw Failure{CODEC_EXIT_FAILED, DicomImage::getString(image->getStatus())};
}

Image open_image(Source &source, unsigned long frame)
{
    constexpr unsigned long flags = CIF_UsePartialAccessToPixelData | CIF_NeverAccessEmbeddedOverlays;
    const auto open = [&](unsigned long more_flags) {
        return Image(
            new DicomImage(&source.data_set, source.data_set.getCurrentXfer(), flags | more_flags, frame, 1));
    };
    Image image = open(0);
    /* Where the frame begins may not be told by the number of fragments, nor by an offset table. */
    if (source.is_compressed && image != nullptr && image->getStatus() != EIS_Normal)
        image = open(CIF_DecompressCompletePixelData);
    require(image);
    return image;
}

bool set_window(DicomImage &image, double center, double width, cgw_window_function function)
{
    /* PS3.3 C.11.2.1.3.2: the exact function is the linear one for half a value more, and one wider. */
    const bool is_exact = function == CGW_WINDOW_LINEAR_EXACT;
    image.setVoiLutFunction(function == CGW_WINDOW_SIGMOID ? EFV_Sigmoid : EFV_Linear);
    return image.setWindow(is_exact ? center + 0.5 : center, is_exact ? width + 1 : width) != 0;
}

bool set_own_window(DicomImage &image, Source &source)
{
    const OFString name = source.text(DCM_VOILUTFunction);
    const cgw_window_function function = name == "SIGMOID"        ? CGW_WINDOW_SIGMOID
                                         : name == "LINEAR_EXACT" ? CGW_WINDOW_LINEAR_EXACT
                                                                  : CGW_WINDOW_LINEAR;
    Float64 center = 0, width = 0;
    return source.data_set.findAndGetFloat64(DCM_WindowCenter, center).good() &&
           source.data_set.findAndGetFloat64(DCM_WindowWidth, width).good() && std::isfinite(center) &&
           std::isfinite(width) && width > 0 && set_window(image, center, width, function);
}

void set_values(DicomImage &image, Source &source, const cgw_rendering &rendering)
{
    if (!image.isMonochrome())
        return;
    bool is_set =
        rendering.has_window
            ? set_window(image, rendering.window_center, rendering.window_width, rendering.window_function)
            : set_own_window(image, source) || (image.getVoiLutCount() > 0 && image.setVoiLut(0));
    if (!is_set)
        (void)image.setMinMaxWindow();
}

long clamp(double value, long least, long most)
{
    return value <= static_cast<double>(least)  ? least
           : value >= static_cast<double>(most) ? most
                                                : std::lround(value);
}

Part part_of(const DicomImage &image, const cgw_rendering &rendering)
{
    const long width = static_cast<long>(image.getWidth()), height = static_cast<long>(image.getHeight());
    if (rendering.source_width == 0)
        return {0, 0, width, height};
    const double source_height =
        rendering.source_height == 0 ? static_cast<double>(height) : rendering.source_height;
    const long left = clamp(std::floor(rendering.source_x), 0, width);
    const long top = clamp(std::floor(rendering.source_y), 0, height);
    const long right = clamp(rendering.source_x + std::fabs(rendering.source_width), 0, width);
    const long bottom = clamp(rendering.source_y + std::fabs(source_height), 0, height);
    if (left >= right || top >= bottom)
        throw Failure{CODEC_EXIT_BAD_PART, ""};
    return {left, top, right - left, bottom - top};
}

/* Of a pixel: its height by its width. */
double pixel_ratio(const DicomImage &image)
{
    const double ratio = image.getHeightWidthRatio();
    return std::isfinite(ratio) && ratio >= 0.01 && ratio <= 100 ? ratio : 1;
}

Image scale(Image image, const cgw_rendering &rendering)
{
    if (rendering.viewport_width == 0 && rendering.viewport_height == 0)
        return image;
    const double width = static_cast<double>(image->getWidth());
    const double height = static_cast<double>(image->getHeight()) * pixel_ratio(*image);
    const double across = std::min<double>(rendering.viewport_width, max_viewport) / width;
    const double down = std::min<double>(rendering.viewport_height, max_viewport) / height;
    const double factor = across == 0 ? down : down == 0 ? across : std::min(across, down);
    const auto limit = static_cast<long>(max_viewport);
    Image scaled(image->createScaledImage(static_cast<unsigned long>(clamp(width * factor, 1, limit)),
                                          static_cast<unsigned long>(clamp(height * factor, 1, limit)),
                                          area_average));
    require(scaled);
    return scaled;
}

Image cut(Image image, const Part &part)
{
    if (part.width == static_cast<long>(image->getWidth()) &&
        part.height == static_cast<long>(image->getHeight()))
        return image;
    Image clipped(image->createClippedImage(part.left, part.top, static_cast<unsigned long>(part.width),
                                            static_cast<unsigned long>(part.height)));
    require(clipped);
    return clipped;
}

Picture picture_of(DicomImage &image)
{
    Picture picture;
    picture.width = static_cast<uint32_t>(image.getWidth());
    picture.height = static_cast<uint32_t>(image.getHeight());
    picture.is_colour = !image.isMonochrome();
    picture.bytes.resize(static_cast<size_t>(picture.width) * picture.height * (picture.is_colour ? 3 : 1));
    if (picture.bytes.empty() || !image.getOutputData(picture.bytes.data(), picture.bytes.size(), 8))
        throw Failure{CODEC_EXIT_FAILED, "it cannot be rendered"};
    return picture;
}

} // namespace

void write_picture(Source &source, unsigned long frame, const cgw_rendering &rendering)
{
    source.check_frame(frame);
    flatten_functional_groups(source, frame);
    source.reach_frames();
    Image image = open_image(source, frame);
    (void)image->hideAllOverlays();
    set_values(*image, source, rendering);
    const Part part = part_of(*image, rendering);
    image = cut(std::move(image), part);
    image = scale(std::move(image), rendering);
    if (rendering.source_width < 0 || rendering.source_height < 0)
        (void)image->flipImage(rendering.source_width < 0, rendering.source_height < 0);
    const Picture picture = picture_of(*image);
    if (rendering.picture == CGW_PICTURE_PNG)
        write_png(picture);
    else
        write_jpeg(picture, rendering.quality);
}

} // namespace codec
