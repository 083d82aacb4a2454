#include "functional_groups.h"

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcelem.h"
#include "dcmtk/dcmdata/dcitem.h"

namespace codec
{

namespace
{

const struct {
    DcmTagKey macro, element;
} copied[] = {
    {DCM_PixelValueTransformationSequence, DCM_RescaleIntercept},
    {DCM_PixelValueTransformationSequence, DCM_RescaleSlope},
    {DCM_PixelValueTransformationSequence, DCM_RescaleType},
    {DCM_FrameVOILUTSequence, DCM_WindowCenter},
    {DCM_FrameVOILUTSequence, DCM_WindowWidth},
    {DCM_FrameVOILUTSequence, DCM_VOILUTFunction},
    {DCM_PixelMeasuresSequence, DCM_PixelSpacing},
};

void copy_from(DcmItem &groups, DcmDataset &data_set)
{
    for (const auto &row : copied) {
        DcmItem *macro = nullptr;
        DcmElement *copy = nullptr;
        if (groups.findAndGetSequenceItem(row.macro, macro).bad() ||
            macro->findAndGetElement(row.element, copy, OFFalse, OFTrue).bad())
            continue;
        if (data_set.insert(copy, OFTrue).bad())
            delete copy;
    }
}

} // namespace

void flatten_functional_groups(Source &source, unsigned long frame)
{
    DcmItem *groups = nullptr;
    if (source.data_set.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, groups).good())
        copy_from(*groups, source.data_set);
    if (source.data_set
            .findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, groups,
                                    static_cast<signed long>(frame))
            .good())
        copy_from(*groups, source.data_set);
}

} // namespace codec
