/* What the program can do; each writes its result to standard output or throws Failure. */
#ifndef CGW_CODEC_PROGRAM_TASKS_H
#define CGW_CODEC_PROGRAM_TASKS_H

#include "cgetway/codec.h"
#include "source.h"

namespace codec
{

void write_instance(Source &source);
void write_frames(Source &source, unsigned long first, unsigned long count);
void write_picture(Source &source, unsigned long frame, const cgw_rendering &rendering);

} // namespace codec

#endif
