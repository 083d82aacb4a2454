/* Standard output, for what is written by us and for DCMTK. */
#ifndef CGW_CODEC_PROGRAM_OUTPUT_H
#define CGW_CODEC_PROGRAM_OUTPUT_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcostrma.h"

#include <cstddef>

namespace codec
{

void write_output(const void *bytes, size_t length); /* throws Failure */

class OutputConsumer : public DcmConsumer
{
  public:
    OFBool good() const override
    {
        return OFTrue;
    }
    OFCondition status() const override
    {
        return EC_Normal;
    }
    OFBool isFlushed() const override
    {
        return OFTrue;
    }
    offile_off_t avail() const override;
    offile_off_t write(const void *bytes, offile_off_t length) override;
    void flush() override; /* also at the end */

  private:
    size_t used = 0;
    unsigned char buffer[64 * 1024];
};

class Output : public DcmOutputStream
{
  public:
    Output() : DcmOutputStream(&consumer)
    {
    }

  private:
    OutputConsumer consumer;
};

} // namespace codec

#endif
