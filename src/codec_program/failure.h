/* Why the program ends without a result; thrown. */
#ifndef CGW_CODEC_PROGRAM_FAILURE_H
#define CGW_CODEC_PROGRAM_FAILURE_H

#include "codec/exits.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/ofstd/ofcond.h"

#include <string>

namespace codec
{

struct Failure {
    codec_exit status;
    std::string text; /* nothing of the patient; "" */
};

/* Throws unless the condition is good. Only what DCMTK says itself is passed on, which names no value. */
inline void check(const OFCondition &condition, codec_exit status)
{
    if (condition.bad())
        throw Failure{status, condition.text()};
}

/* Ends at once, where nothing can be thrown: in what libjpeg and libpng call. */
[[noreturn]] void end_with(codec_exit status, const char *text);

} // namespace codec

#endif
