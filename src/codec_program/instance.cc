#include "tasks.h"

#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/uid.h"
#include "failure.h"
#include "output.h"

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcmetinf.h"
#include "dcmtk/dcmdata/dcwcache.h"

#include <cstdint>

namespace codec
{

namespace
{

/* Of the data set, else of the file meta information. */
OFString uid(Source &source, const DcmTagKey &tag, const DcmTagKey &meta_tag)
{
    OFString value = source.text(tag);
    if (value.empty())
        (void)source.file.getMetaInfo()->findAndGetOFString(meta_tag, value);
    if (!cgw_uid_is_safe(value.c_str(), value.length()))
        throw Failure{CODEC_EXIT_UNREADABLE, "its SOP Class or Instance UID is none"};
    return value;
}

void write_head(Source &source)
{
    const OFString sop_class = uid(source, DCM_SOPClassUID, DCM_MediaStorageSOPClassUID);
    const OFString sop_instance = uid(source, DCM_SOPInstanceUID, DCM_MediaStorageSOPInstanceUID);
    OFString source_aet;
    (void)source.file.getMetaInfo()->findAndGetOFString(DCM_SourceApplicationEntityTitle, source_aet);
    if (source_aet.length() > 16)
        source_aet.erase(16);
    uint8_t bytes[CGW_PART10_MAX_BYTES];
    const size_t length = cgw_part10_header(sop_class.c_str(), sop_instance.c_str(), CGW_TS_EXPLICIT_LE,
                                            source_aet.c_str(), bytes);
    write_output(bytes, length);
}

/* Subsampled is what was compressed; what comes out has every sample of every pixel (PS3.3 C.7.6.3.1.2). */
void correct_photometric_interpretation(Source &source)
{
    const OFString interpretation = source.text(DCM_PhotometricInterpretation);
    if (interpretation == "YBR_FULL_422" || interpretation == "YBR_PARTIAL_422")
        check(source.data_set.putAndInsertString(DCM_PhotometricInterpretation, "YBR_FULL"),
              CODEC_EXIT_FAILED);
}

void decode(Source &source)
{
    check(source.data_set.chooseRepresentation(EXS_LittleEndianExplicit, nullptr), CODEC_EXIT_FAILED);
    if (!source.is_compressed)
        return;
    source.data_set.removeAllButCurrentRepresentations();
    correct_photometric_interpretation(source);
    /* They spoke of the fragments. */
    (void)source.data_set.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0001));
    (void)source.data_set.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0002));
}

} // namespace

void write_instance(Source &source)
{
    decode(source);
    write_head(source);
    Output output;
    DcmWriteCache cache;
    source.data_set.transferInit();
    check(source.data_set.write(output, EXS_LittleEndianExplicit, EET_ExplicitLength, &cache, EGL_withoutGL,
                                EPD_withoutPadding),
          CODEC_EXIT_FAILED);
    source.data_set.transferEnd();
    output.flush();
}

} // namespace codec
