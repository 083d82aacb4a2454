#include "source.h"

#include "cgetway/codec.h"
#include "cgetway/transfer_syntax.h"
#include "failure.h"
#include "input.h"

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcdicent.h"
#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dcobject.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmdata/dcxfer.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/oflog/helpers/loglog.h"
#include "dcmtk/oflog/logger.h"
#include "dcmtk/oflog/oflog.h"

#include <cstdlib>

namespace codec
{

namespace
{

/* What DCMTK's codecs write into a data set without saying its VR, and what is looked for to decode and
 * render an instance in Implicit VR: the rest of it is not looked at then. */
const struct {
    DcmTagKey tag;
    DcmEVR vr;
} needed[] = {
    {DCM_ImageType, EVR_CS},
    {DCM_SOPClassUID, EVR_UI},
    {DCM_SOPInstanceUID, EVR_UI},
    {DCM_SamplesPerPixel, EVR_US},
    {DCM_PhotometricInterpretation, EVR_CS},
    {DCM_PlanarConfiguration, EVR_US},
    {DCM_NumberOfFrames, EVR_IS},
    {DCM_Rows, EVR_US},
    {DCM_Columns, EVR_US},
    {DCM_PixelSpacing, EVR_DS},
    {DCM_ImagerPixelSpacing, EVR_DS},
    {DCM_NominalScannedPixelSpacing, EVR_DS},
    {DCM_PixelAspectRatio, EVR_IS},
    {DCM_BitsAllocated, EVR_US},
    {DCM_BitsStored, EVR_US},
    {DCM_HighBit, EVR_US},
    {DCM_PixelRepresentation, EVR_US},
    {DCM_SmallestImagePixelValue, EVR_xs},
    {DCM_LargestImagePixelValue, EVR_xs},
    {DCM_PixelPaddingValue, EVR_xs},
    {DCM_PixelPaddingRangeLimit, EVR_xs},
    {DCM_WindowCenter, EVR_DS},
    {DCM_WindowWidth, EVR_DS},
    {DCM_VOILUTFunction, EVR_CS},
    {DCM_RescaleIntercept, EVR_DS},
    {DCM_RescaleSlope, EVR_DS},
    {DCM_RescaleType, EVR_LO},
    {DCM_RedPaletteColorLookupTableDescriptor, EVR_xs},
    {DCM_GreenPaletteColorLookupTableDescriptor, EVR_xs},
    {DCM_BluePaletteColorLookupTableDescriptor, EVR_xs},
    {DCM_RedPaletteColorLookupTableData, EVR_OW},
    {DCM_GreenPaletteColorLookupTableData, EVR_OW},
    {DCM_BluePaletteColorLookupTableData, EVR_OW},
    {DCM_SegmentedRedPaletteColorLookupTableData, EVR_OW},
    {DCM_SegmentedGreenPaletteColorLookupTableData, EVR_OW},
    {DCM_SegmentedBluePaletteColorLookupTableData, EVR_OW},
    {DCM_ModalityLUTSequence, EVR_SQ},
    {DCM_VOILUTSequence, EVR_SQ},
    {DCM_LUTDescriptor, EVR_xs},
    {DCM_LUTExplanation, EVR_LO},
    {DCM_LUTData, EVR_lt},
    {DCM_PresentationLUTShape, EVR_CS},
    {DCM_SharedFunctionalGroupsSequence, EVR_SQ},
    {DCM_PerFrameFunctionalGroupsSequence, EVR_SQ},
    {DCM_PixelMeasuresSequence, EVR_SQ},
    {DCM_FrameVOILUTSequence, EVR_SQ},
    {DCM_PixelValueTransformationSequence, EVR_SQ},
    {DCM_LossyImageCompression, EVR_CS},
    {DCM_LossyImageCompressionRatio, EVR_DS},
    {DCM_LossyImageCompressionMethod, EVR_CS},
    {DCM_PixelData, EVR_px},
    {DCM_Item, EVR_na},
    {DCM_ItemDelimitationItem, EVR_na},
    {DCM_SequenceDelimitationItem, EVR_na},
};

/* DCMTK's files of the dictionary take 8 ms to read, twice what a whole job takes. */
void load_dictionary(bool whole)
{
    (void)setenv(DCM_DICT_ENVIRONMENT_VARIABLE, whole ? DCM_DICT_DEFAULT_PATH : "/dev/null", 1);
    DcmDataDictionary &dictionary = dcmDataDict.wrlock();
    if (!whole) {
        for (const auto &row : needed)
            dictionary.addEntry(new DcmDictEntry(row.tag.getGroup(), row.tag.getElement(), DcmVR(row.vr),
                                                 "Needed", 1, 1, nullptr, OFFalse, nullptr));
    }
    dcmDataDict.wrunlock();
}

void silence_dcmtk()
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    dcmtk::log4cplus::Logger::getRoot().removeAllAppenders();
    dcmtk::log4cplus::helpers::LogLog::getLogLog()->setQuietMode(true);
}

unsigned long frames_of(DcmDataset &data_set)
{
    Sint32 count = 1;
    (void)data_set.findAndGetSint32(DCM_NumberOfFrames, count);
    return count < 1 ? 1 : static_cast<unsigned long>(count);
}

/* Bits of a sample in the first frame header (ISO 10918-1 B.2.2), SOF0 to SOF15; 0 where there is none. */
unsigned jpeg_precision(DcmPixelSequence &sequence)
{
    DcmPixelItem *item = nullptr;
    Uint8 *bytes = nullptr;
    if (sequence.getItem(item, 1).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr)
        return 0;
    const size_t length = item->getLength();
    for (size_t at = 2; at + 4 < length && bytes[at] == 0xFF;) {
        const unsigned marker = bytes[at + 1];
        const bool is_frame =
            marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (is_frame)
            return bytes[at + 4];
        at += marker == 0xFF ? 1 : 2u + (static_cast<size_t>(bytes[at + 2]) << 8 | bytes[at + 3]);
    }
    return 0;
}

} // namespace

void prepare_dcmtk(bool for_every_element)
{
    silence_dcmtk();
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never, EPC_colorByPixel);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_restore);
    dcmEnableAutomaticInputDataCorrection.set(OFFalse); /* values are passed on as they are */
    load_dictionary(for_every_element && read_transfer_syntax() == CGW_TS_IMPLICIT_LE);
}

Source::Source() : data_set(*file.getDataset()), is_compressed(false), frames(1)
{
    Input input;
    if (read_transfer_syntax().empty())
        throw Failure{CODEC_EXIT_UNREADABLE, "no Transfer Syntax UID"};
    if (!cgw_codec_decodes(read_transfer_syntax().c_str()))
        throw Failure{CODEC_EXIT_NOT_DECODED, ""};
    file.setReadMode(ERM_fileOnly);
    file.transferInit();
    check(file.read(input), CODEC_EXIT_UNREADABLE);
    file.transferEnd();
    is_compressed = DcmXfer(data_set.getOriginalXfer()).isEncapsulated();
    frames = frames_of(data_set);
}

DcmPixelData &Source::pixel_data()
{
    DcmElement *element = nullptr;
    if (data_set.findAndGetElement(DCM_PixelData, element).bad() || element->ident() != EVR_PixelData)
        throw Failure{CODEC_EXIT_NO_FRAME, "it has no Pixel Data"};
    return *static_cast<DcmPixelData *>(element);
}

void Source::check_frame(unsigned long frame)
{
    (void)pixel_data();
    if (frame >= frames)
        throw Failure{CODEC_EXIT_NO_FRAME, "it has " + std::to_string(frames)};
}

bool Source::is_readable_by_frame()
{
    const E_TransferSyntax syntax = data_set.getOriginalXfer();
    DcmPixelSequence *sequence = nullptr;
    if (!is_compressed || pixel_data().getEncapsulatedRepresentation(syntax, nullptr, sequence).bad())
        return true;
    if (syntax == EXS_RLELossless)
        return sequence->card() == frames + 1;
    return !is_jpeg() || number(DCM_BitsAllocated) <= 8 || jpeg_precision(*sequence) > 8;
}

void Source::reach_frames()
{
    if (is_readable_by_frame())
        return;
    check(data_set.chooseRepresentation(EXS_LittleEndianExplicit, nullptr), CODEC_EXIT_FAILED);
    data_set.removeAllButCurrentRepresentations();
}

bool Source::is_jpeg() const
{
    const E_TransferSyntax syntax = data_set.getOriginalXfer();
    return syntax >= EXS_JPEGProcess1 && syntax <= EXS_JPEGProcess14SV1;
}

unsigned Source::number(const DcmTagKey &tag)
{
    Uint16 value = 0;
    return data_set.findAndGetUint16(tag, value).good() ? value : 0;
}

OFString Source::text(const DcmTagKey &tag) const
{
    OFString value;
    (void)data_set.findAndGetOFString(tag, value);
    while (!value.empty() && (value[value.length() - 1] == ' ' || value[value.length() - 1] == '\0'))
        value.erase(value.length() - 1);
    return value;
}

} // namespace codec
