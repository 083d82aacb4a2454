/*
 * Value representations (PS3.5 6.2) and what the rules about values need to know of each.
 */
#ifndef CGETWAY_VR_H
#define CGETWAY_VR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cgw_vr_kind {
    CGW_VR_TEXT,     /* characters; some VRs in the Specific Character Set */
    CGW_VR_INTEGER,  /* SS US SL UL SV UV: binary */
    CGW_VR_REAL,     /* FL FD: binary */
    CGW_VR_TAG,      /* AT */
    CGW_VR_BYTES,    /* OB OD OF OL OV OW UN */
    CGW_VR_SEQUENCE, /* SQ */
};

/* X(name, kind, bytes of one value or maximum characters of one value (0: no limit), backslash separates
 * values, text is in the Specific Character Set (PS3.5 6.1.2.3)) */
#define CGW_VRS(X)                                                                                           \
    X(AE, TEXT, 16, true, false)                                                                             \
    X(AS, TEXT, 4, true, false)                                                                              \
    X(AT, TAG, 4, true, false)                                                                               \
    X(CS, TEXT, 16, true, false)                                                                             \
    X(DA, TEXT, 8, true, false)                                                                              \
    X(DS, TEXT, 16, true, false)                                                                             \
    X(DT, TEXT, 26, true, false)                                                                             \
    X(FD, REAL, 8, true, false)                                                                              \
    X(FL, REAL, 4, true, false)                                                                              \
    X(IS, TEXT, 12, true, false)                                                                             \
    X(LO, TEXT, 64, true, true)                                                                              \
    X(LT, TEXT, 10240, false, true)                                                                          \
    X(OB, BYTES, 0, false, false)                                                                            \
    X(OD, BYTES, 0, false, false)                                                                            \
    X(OF, BYTES, 0, false, false)                                                                            \
    X(OL, BYTES, 0, false, false)                                                                            \
    X(OV, BYTES, 0, false, false)                                                                            \
    X(OW, BYTES, 0, false, false)                                                                            \
    X(PN, TEXT, 64, true, true) /* 64 for each of the three component groups */                              \
    X(SH, TEXT, 16, true, true)                                                                              \
    X(SL, INTEGER, 4, true, false)                                                                           \
    X(SQ, SEQUENCE, 0, false, false)                                                                         \
    X(SS, INTEGER, 2, true, false)                                                                           \
    X(ST, TEXT, 1024, false, true)                                                                           \
    X(SV, INTEGER, 8, true, false)                                                                           \
    X(TM, TEXT, 14, true, false)                                                                             \
    X(UC, TEXT, 0, true, true)                                                                               \
    X(UI, TEXT, 64, true, false)                                                                             \
    X(UL, INTEGER, 4, true, false)                                                                           \
    X(UN, BYTES, 0, false, false)                                                                            \
    X(UR, TEXT, 0, false, false)                                                                             \
    X(US, INTEGER, 2, true, false)                                                                           \
    X(UT, TEXT, 0, false, true)                                                                              \
    X(UV, INTEGER, 8, true, false)

enum cgw_vr {
#define CGW_VR_ENUM(name, kind, size, separates, charset) CGW_VR_##name,
    CGW_VRS(CGW_VR_ENUM)
#undef CGW_VR_ENUM
        CGW_VR_COUNT
};

struct cgw_vr_info {
    char name[3];
    enum cgw_vr_kind kind;
    size_t size; /* see CGW_VRS */
    bool backslash_separates;
    bool in_character_set;
};

/* Static storage, never NULL. */
const struct cgw_vr_info *cgw_vr_info_of(enum cgw_vr vr);

/* The bytes that a byte order turns round, and that a value field is a multiple of: 4 for FL and OF, 2 for US
 * and OW, and for AT, whose values are two words; 1 for text, OB and UN. */
size_t cgw_vr_word_size(enum cgw_vr vr);

/* From one byte order to the other: length is a multiple of word_size. */
void cgw_swap_words(uint8_t *bytes, size_t length, size_t word_size);

/* "US" -> CGW_VR_US; false for anything that is not a VR of the table. name need not be NUL-terminated. */
bool cgw_vr_from_name(const char name[2], enum cgw_vr *ret_vr);

#ifdef __cplusplus
}
#endif
#endif
