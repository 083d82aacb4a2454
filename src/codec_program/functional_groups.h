#ifndef CGW_CODEC_PROGRAM_FUNCTIONAL_GROUPS_H
#define CGW_CODEC_PROGRAM_FUNCTIONAL_GROUPS_H

#include "source.h"

namespace codec
{

/* An enhanced multi-frame instance says for each frame (PS3.3 C.7.6.16) what DCMTK looks for at the top
 * level: rescale, window and pixel spacing are copied there for one frame. */
void flatten_functional_groups(Source &source, unsigned long frame);

} // namespace codec

#endif
