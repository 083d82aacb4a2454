#include "iso2022.h"

#include <stdint.h>
#include <string.h>

enum { ESCAPE = 0x1B, EUC_CODE_SET_3 = 0x8F };

/* What the bytes below 80 are. Pairs of them are read as EUC-JP, where they are the same with bit 8 set. */
enum low_bytes { ASCII, JIS_X_0208, JIS_X_0212 };

/* What an escape sequence designates (PS3.3 tables C.12-3 and C.12-4). */
struct designation {
    const char *sequence; /* behind ESC */
    bool of_high_bytes;   /* G1: `set`; else G0: `low` */
    enum low_bytes low;
    struct cgw_character_set set;
};

static const struct designation designations[] = {
    {.sequence = "(B", .low = ASCII},
    {.sequence = "(J", .low = ASCII}, /* JIS X 0201 romaji: ASCII but for the looks of 5C and 7E */
    {.sequence = "$B", .low = JIS_X_0208},
    {.sequence = "$(D", .low = JIS_X_0212},
    {.sequence = ")I", .of_high_bytes = true, .set = {.is_katakana = true}},
    {.sequence = "$)C", .of_high_bytes = true, .set = {.iconv_name = "EUC-KR"}},
    {.sequence = "$)A", .of_high_bytes = true, .set = {.iconv_name = "EUC-CN"}},
    {.sequence = "-A", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-1"}},
    {.sequence = "-B", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-2"}},
    {.sequence = "-C", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-3"}},
    {.sequence = "-D", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-4"}},
    {.sequence = "-L", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-5"}},
    {.sequence = "-G", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-6"}},
    {.sequence = "-F", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-7"}},
    {.sequence = "-H", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-8"}},
    {.sequence = "-M", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-9"}},
    {.sequence = "-b", .of_high_bytes = true, .set = {.iconv_name = "ISO-8859-15"}},
    {.sequence = "-T", .of_high_bytes = true, .set = {.iconv_name = "TIS-620"}},
};

struct designated {
    enum low_bytes low;
    struct cgw_character_set high;
};

bool iso2022_is_needed(const struct cgw_character_set *set, const char *text, size_t length)
{
    return !set->is_multi_byte && length > 0 && memchr(text, ESCAPE, length) != NULL;
}

/* What stands behind an ESC; returns the length of the sequence, 0: one that DICOM does not know. */
static size_t designate(const char *text, size_t length, struct designated *designated)
{
    for (size_t i = 0; i < sizeof designations / sizeof designations[0]; i++) {
        const struct designation *designation = &designations[i];
        size_t sequence_length = strlen(designation->sequence);
        if (sequence_length > length || memcmp(designation->sequence, text, sequence_length) != 0)
            continue;
        if (designation->of_high_bytes)
            designated->high = designation->set;
        else
            designated->low = designation->low;
        return sequence_length;
    }
    return 0;
}

/* Pairs of low bytes as EUC-JP. */
static bool decode_pairs(struct decoder *decoder, enum low_bytes low, const char *text, size_t length,
                         struct cgw_buffer *target)
{
    static const struct cgw_character_set euc_jp = {.iconv_name = "EUC-JP"};
    static const uint8_t code_set_3 = EUC_CODE_SET_3;
    struct cgw_buffer euc = CGW_BUFFER_INIT(SIZE_MAX / 2);
    bool is_first = true, done = true;
    for (size_t i = 0; done && i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte > 0x20 && byte < 0x7F) {
            byte |= 0x80;
            if (is_first && low == JIS_X_0212)
                done = cgw_buffer_append(&euc, &code_set_3, 1);
            is_first = !is_first;
        }
        done = done && cgw_buffer_append(&euc, &byte, 1);
    }
    done = done && decoder_append(decoder, &euc_jp, (const char *)euc.bytes, euc.length, target);
    cgw_buffer_release(&euc);
    return done;
}

/* Text without escape sequences. */
static bool decode_run(struct decoder *decoder, const struct designated *designated, const char *text,
                       size_t length, struct cgw_buffer *target)
{
    if (length == 0)
        return true;
    if (designated->low == ASCII)
        return decoder_append(decoder, &designated->high, text, length, target);
    return decode_pairs(decoder, designated->low, text, length, target);
}

/* What was designated ends with the value and with the line (PS3.5 6.1.2.5.3). A backslash may also be half
 * of a pair. */
static bool ends_designations(char byte, const struct designated *designated)
{
    return byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r' ||
           (byte == '\\' && designated->low == ASCII);
}

bool iso2022_decode(struct decoder *decoder, const struct cgw_character_set *set, const char *text,
                    size_t length, struct cgw_buffer *target)
{
    const struct designated initial = {.low = ASCII, .high = *set};
    struct designated designated = initial;
    size_t start = 0;
    bool done = true;
    for (size_t i = 0; done && i < length; i++) {
        if (ends_designations(text[i], &designated)) {
            done = decode_run(decoder, &designated, text + start, i - start, target);
            designated = initial;
            start = i;
        } else if (text[i] == ESCAPE) {
            done = decode_run(decoder, &designated, text + start, i - start, target);
            size_t sequence_length = designate(text + i + 1, length - i - 1, &designated);
            if (sequence_length == 0)
                done = done && cgw_buffer_append_text(target, "\xEF\xBF\xBD"); /* U+FFFD */
            i += sequence_length;
            start = i + 1;
        }
    }
    return done && decode_run(decoder, &designated, text + start, length - start, target);
}
