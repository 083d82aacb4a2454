/* Transfer syntaxes (PS3.5 A, PS3.6 A): their UIDs and what each means for the bytes of a data set. */
#ifndef CGETWAY_TRANSFER_SYNTAX_H
#define CGETWAY_TRANSFER_SYNTAX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CGW_TS_IMPLICIT_LE "1.2.840.10008.1.2"
#define CGW_TS_EXPLICIT_LE "1.2.840.10008.1.2.1"
#define CGW_TS_DEFLATED "1.2.840.10008.1.2.1.99"
#define CGW_TS_EXPLICIT_BE "1.2.840.10008.1.2.2"

/* X(UID, kind, name): in the order in which they are offered when instances are wanted as they are stored.
 * What most archives hold comes first: where presentation contexts run short, the last ones wait for another
 * association. */
#define CGW_TRANSFER_SYNTAXES(X)                                                                             \
    X(CGW_TS_EXPLICIT_LE, PLAIN, "Explicit VR Little Endian")                                                \
    X(CGW_TS_IMPLICIT_LE, PLAIN, "Implicit VR Little Endian")                                                \
    X("1.2.840.10008.1.2.4.70", IMAGE, "JPEG Lossless, Non-Hierarchical, First-Order Prediction")            \
    X("1.2.840.10008.1.2.4.50", IMAGE, "JPEG Baseline (Process 1)")                                          \
    X("1.2.840.10008.1.2.4.90", IMAGE, "JPEG 2000 Image Compression (Lossless Only)")                        \
    X("1.2.840.10008.1.2.4.91", IMAGE, "JPEG 2000 Image Compression")                                        \
    X("1.2.840.10008.1.2.4.80", IMAGE, "JPEG-LS Lossless Image Compression")                                 \
    X("1.2.840.10008.1.2.5", IMAGE, "RLE Lossless")                                                          \
    X("1.2.840.10008.1.2.4.51", IMAGE, "JPEG Extended (Process 2 & 4)")                                      \
    X("1.2.840.10008.1.2.4.81", IMAGE, "JPEG-LS Lossy (Near-Lossless) Image Compression")                    \
    X("1.2.840.10008.1.2.4.57", IMAGE, "JPEG Lossless, Non-Hierarchical (Process 14)")                       \
    X(CGW_TS_DEFLATED, PLAIN, "Deflated Explicit VR Little Endian")                                          \
    X(CGW_TS_EXPLICIT_BE, PLAIN, "Explicit VR Big Endian")                                                   \
    X("1.2.840.10008.1.2.4.201", IMAGE, "High-Throughput JPEG 2000 (Lossless Only)")                         \
    X("1.2.840.10008.1.2.4.202", IMAGE, "High-Throughput JPEG 2000 with RPCL Options (Lossless Only)")       \
    X("1.2.840.10008.1.2.4.203", IMAGE, "High-Throughput JPEG 2000")                                         \
    X("1.2.840.10008.1.2.4.102", IMAGE, "MPEG-4 AVC/H.264 High Profile / Level 4.1")                         \
    X("1.2.840.10008.1.2.4.103", IMAGE, "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1")           \
    X("1.2.840.10008.1.2.4.100", IMAGE, "MPEG2 Main Profile / Main Level")                                   \
    X("1.2.840.10008.1.2.4.101", IMAGE, "MPEG2 Main Profile / High Level")                                   \
    X("1.2.840.10008.1.2.4.104", IMAGE, "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video")            \
    X("1.2.840.10008.1.2.4.105", IMAGE, "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video")            \
    X("1.2.840.10008.1.2.4.106", IMAGE, "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2")                  \
    X("1.2.840.10008.1.2.4.107", IMAGE, "HEVC/H.265 Main Profile / Level 5.1")                               \
    X("1.2.840.10008.1.2.4.108", IMAGE, "HEVC/H.265 Main 10 Profile / Level 5.1")                            \
    X("1.2.840.10008.1.2.4.92", IMAGE, "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)") \
    X("1.2.840.10008.1.2.4.93", IMAGE, "JPEG 2000 Part 2 Multi-component Image Compression")                 \
    X("1.2.840.10008.1.2.4.110", IMAGE, "JPEG XL Lossless")                                                  \
    X("1.2.840.10008.1.2.4.111", IMAGE, "JPEG XL JPEG Recompression")                                        \
    X("1.2.840.10008.1.2.4.112", IMAGE, "JPEG XL")                                                           \
    X("1.2.840.10008.1.2.1.98", IMAGE, "Encapsulated Uncompressed Explicit VR Little Endian")                \
    X("1.2.840.10008.1.2.8.1", IMAGE, "Deflated Image Frame Compression")

/* PLAIN: any data set can be written in it. IMAGE: only one with Pixel Data. */
enum cgw_syntax_kind { CGW_SYNTAX_PLAIN, CGW_SYNTAX_IMAGE };

struct cgw_transfer_syntax {
    const char *uid;
    enum cgw_syntax_kind kind;
    const char *name;
};

/* The table, by index; NULL behind its last row. Static. */
const struct cgw_transfer_syntax *cgw_transfer_syntax_at(size_t index);

/* NULL: none that the table has, a private one for example. Static. */
const struct cgw_transfer_syntax *cgw_transfer_syntax_find(const char *uid);

#ifdef __cplusplus
}
#endif
#endif
