/*
 * Standard input as a stream for DCMTK, read by offset: large values stay in the file until they are asked
 * for, and no file is ever opened by its name.
 */
#ifndef CGW_CODEC_PROGRAM_INPUT_H
#define CGW_CODEC_PROGRAM_INPUT_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcistrma.h"

#include <string>
#include <vector>

namespace codec
{

class InputProducer : public DcmProducer
{
  public:
    explicit InputProducer(offile_off_t offset);
    OFBool good() const override;
    OFCondition status() const override;
    OFBool eos() override;
    offile_off_t avail() override;
    offile_off_t read(void *buffer, offile_off_t length) override;
    offile_off_t skip(offile_off_t length) override;
    void putback(offile_off_t length) override;

  private:
    offile_off_t read_some(unsigned char *to, offile_off_t length);

    OFCondition condition = EC_Normal;
    offile_off_t size;
    offile_off_t position;
    offile_off_t buffer_position = 0; /* of the first byte in the buffer */
    std::vector<unsigned char> buffer;
};

class Input : public DcmInputStream
{
  public:
    explicit Input(offile_off_t offset = 0);
    DcmInputStreamFactory *newFactory() const override;

  private:
    InputProducer producer;
};

/* Transfer Syntax UID (0002,0010); "" where the file has none. */
std::string read_transfer_syntax();

} // namespace codec

#endif
