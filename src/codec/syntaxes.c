#include "cgetway/codec.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

/* What DCMTK's dcmdata, dcmjpeg and dcmjpls decode. */
static const char *const decoded[] = {
    CGW_TS_IMPLICIT_LE,       CGW_TS_EXPLICIT_LE,       CGW_TS_DEFLATED,
    CGW_TS_EXPLICIT_BE,       "1.2.840.10008.1.2.4.50", /* JPEG Baseline */
    "1.2.840.10008.1.2.4.51",                           /* JPEG Extended */
    "1.2.840.10008.1.2.4.53",                           /* JPEG Spectral Selection */
    "1.2.840.10008.1.2.4.55",                           /* JPEG Full Progression */
    "1.2.840.10008.1.2.4.57",                           /* JPEG Lossless, Process 14 */
    "1.2.840.10008.1.2.4.70",                           /* JPEG Lossless, First-Order Prediction */
    "1.2.840.10008.1.2.4.80",                           /* JPEG-LS Lossless */
    "1.2.840.10008.1.2.4.81",                           /* JPEG-LS Near-Lossless */
    "1.2.840.10008.1.2.5",                              /* RLE Lossless */
};

bool cgw_codec_decodes(const char *transfer_syntax)
{
    for (size_t i = 0; i < sizeof decoded / sizeof decoded[0]; i++) {
        if (strcmp(decoded[i], transfer_syntax) == 0)
            return true;
    }
    return false;
}
