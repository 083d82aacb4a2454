#include "input.h"

#include "dcmtk/dcmdata/dcerror.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace codec
{

namespace
{

constexpr offile_off_t buffer_bytes = 64 * 1024;
constexpr size_t preamble_bytes = 132;
constexpr size_t meta_bytes = 16 * 1024; /* file meta information is looked at so far */

offile_off_t file_size()
{
    struct stat status;
    return fstat(STDIN_FILENO, &status) == 0 ? status.st_size : 0;
}

/* As many bytes as there are. */
offile_off_t read_at(unsigned char *to, offile_off_t length, offile_off_t offset)
{
    offile_off_t done = 0;
    while (done < length) {
        const ssize_t got = pread(STDIN_FILENO, to + done, static_cast<size_t>(length - done), offset + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += got;
    }
    return done;
}

class InputFactory : public DcmInputStreamFactory
{
  public:
    explicit InputFactory(offile_off_t start) : offset(start)
    {
    }
    DcmInputStream *create() const override
    {
        return new Input(offset);
    }
    DcmInputStreamFactory *clone() const override
    {
        return new InputFactory(offset);
    }
    DcmInputStreamFactoryType ident() const override
    {
        return DFT_DcmInputFileStreamFactory; /* the nearest there is: a file that stays */
    }

  private:
    offile_off_t offset;
};

uint32_t little_endian(const unsigned char *bytes, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
    return value;
}

bool has_long_length(const unsigned char *vr)
{
    static const char *const longs[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT"};
    return std::any_of(std::begin(longs), std::end(longs),
                       [vr](const char *name) { return std::memcmp(vr, name, 2) == 0; });
}

} // namespace

InputProducer::InputProducer(offile_off_t offset) : size(file_size()), position(offset)
{
}

OFBool InputProducer::good() const
{
    return condition.good();
}

OFCondition InputProducer::status() const
{
    return condition;
}

OFBool InputProducer::eos()
{
    return position >= size;
}

offile_off_t InputProducer::avail()
{
    return std::max<offile_off_t>(size - position, 0);
}

/* From the buffer, or past it where as much is wanted at once. */
offile_off_t InputProducer::read_some(unsigned char *to, offile_off_t length)
{
    const auto buffered = static_cast<offile_off_t>(buffer.size());
    if (position < buffer_position || position >= buffer_position + buffered) {
        if (length >= buffer_bytes)
            return read_at(to, length, position);
        buffer.resize(static_cast<size_t>(buffer_bytes));
        buffer.resize(static_cast<size_t>(read_at(buffer.data(), buffer_bytes, position)));
        buffer_position = position;
    }
    const auto start = static_cast<size_t>(position - buffer_position);
    const size_t count = std::min(static_cast<size_t>(length), buffer.size() - start);
    std::memcpy(to, buffer.data() + start, count);
    return static_cast<offile_off_t>(count);
}

offile_off_t InputProducer::read(void *to, offile_off_t length)
{
    const offile_off_t wanted = std::min(length, avail());
    offile_off_t done = 0;
    while (done < wanted) {
        const offile_off_t got = read_some(static_cast<unsigned char *>(to) + done, wanted - done);
        if (got <= 0) {
            condition = EC_EndOfStream; /* the file has become shorter */
            break;
        }
        done += got;
        position += got;
    }
    return done;
}

offile_off_t InputProducer::skip(offile_off_t length)
{
    const offile_off_t skipped = std::max<offile_off_t>(std::min(length, avail()), 0);
    position += skipped;
    return skipped;
}

void InputProducer::putback(offile_off_t length)
{
    if (length > position)
        condition = EC_PutbackFailed;
    else
        position -= length;
}

Input::Input(offile_off_t offset) : DcmInputStream(&producer), producer(offset)
{
}

DcmInputStreamFactory *Input::newFactory() const
{
    /* What is inflated has no offset in the file. */
    return currentProducer() == &producer ? new InputFactory(tell()) : nullptr;
}

std::string read_transfer_syntax()
{
    std::vector<unsigned char> head(preamble_bytes + meta_bytes);
    head.resize(static_cast<size_t>(read_at(head.data(), static_cast<offile_off_t>(head.size()), 0)));
    size_t at = preamble_bytes;
    while (at <= head.size() && head.size() - at >= 12 && little_endian(&head[at], 2) == 2) {
        const bool is_long = has_long_length(&head[at + 4]);
        const size_t length = is_long ? little_endian(&head[at + 8], 4) : little_endian(&head[at + 6], 2);
        const size_t value = at + (is_long ? 12 : 8);
        if (length > head.size() - value)
            break;
        if (little_endian(&head[at + 2], 2) == 0x0010) {
            std::string uid(reinterpret_cast<const char *>(&head[0]) + value, length);
            uid.erase(std::find_if(uid.begin(), uid.end(), [](char c) { return c == '\0' || c == ' '; }),
                      uid.end());
            return uid;
        }
        at = value + length;
    }
    return "";
}

} // namespace codec
