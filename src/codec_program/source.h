/* The instance that is to be decoded. */
#ifndef CGW_CODEC_PROGRAM_SOURCE_H
#define CGW_CODEC_PROGRAM_SOURCE_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/dcmdata/dcfilefo.h"
#include "dcmtk/dcmdata/dcpixel.h"

namespace codec
{

/* Codecs and dictionary: what has to be loaded before the sandbox is closed. for_every_element: not only
 * those of images will be looked at. */
void prepare_dcmtk(bool for_every_element);

struct Source {
    DcmFileFormat file;
    DcmDataset &data_set; /* of file */
    bool is_compressed;
    unsigned long frames;

    Source(); /* reads it, but for large values; throws Failure */

    DcmPixelData &pixel_data();            /* throws Failure: there is none */
    void check_frame(unsigned long frame); /* throws Failure: there is no such frame */
    /* Makes what DCMTK decodes wrong frame by frame, without a word, native: RLE of several fragments a frame
     * (which PS3.5 A.4.2 does not allow), and JPEG of 8 bits where 16 are allocated. */
    void reach_frames();
    bool is_jpeg() const;
    unsigned number(const DcmTagKey &tag);     /* of US; 0 where it is not there */
    OFString text(const DcmTagKey &tag) const; /* the first value, trimmed */

  private:
    bool is_readable_by_frame();
};

} // namespace codec

#endif
