/* Text with escape sequences: names as PS3.5 Annexes H, I and K spell them, and what is none. */
#include "unit/cmocka_all.h"

#include "cgetway/character_set.h"

#include <iconv.h>
#include <string.h>

static size_t opened;

iconv_t __real_iconv_open(const char *to, const char *from);
iconv_t __wrap_iconv_open(const char *to, const char *from);
iconv_t __wrap_iconv_open(const char *to, const char *from)
{
    opened++;
    return __real_iconv_open(to, from);
}

#define BYTES(text) text, sizeof(text) - 1
#define ESC "\x1B"

struct row {
    const char *terms; /* (0008,0005) */
    const char *bytes;
    size_t length;
    const char *utf8;
};

static const struct row rows[] = {
    {"\\ISO 2022 IR 87",
     BYTES("Yamada^Tarou=" ESC "$B;3ED" ESC "(B^" ESC "$BB@O:" ESC "(B=" ESC "$B$d$^$@" ESC "(B^" ESC
           "$B$?$m$&" ESC "(B"),
     "Yamada^Tarou=山田^太郎=やまだ^たろう"},
    {"ISO 2022 IR 13\\ISO 2022 IR 87",
     BYTES("\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=" ESC "$B;3ED" ESC "(J^" ESC "$BB@O:" ESC "(J=" ESC "$B$d$^$@" ESC
           "(J^" ESC "$B$?$m$&" ESC "(J"),
     "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
    {"\\ISO 2022 IR 149",
     BYTES("Hong^Gildong=" ESC "$)C\xFB\xF3^" ESC "$)C\xD1\xCE\xD4\xD7=" ESC "$)C\xC8\xAB^" ESC
           "$)C\xB1\xE6\xB5\xBF"),
     "Hong^Gildong=洪^吉洞=홍^길동"},
    {"\\ISO 2022 IR 58", BYTES("Zhang^XiaoDong=" ESC "$)A\xD5\xC5^" ESC "$)A\xD0\xA1\xB6\xAB="),
     "Zhang^XiaoDong=张^小东="},
    {"\\ISO 2022 IR 159", BYTES(ESC "$(D0!" ESC "(B!"), "丂!"},
    {"ISO 2022 IR 100\\ISO 2022 IR 144", BYTES("M\xFCller " ESC "-L\xBB\xEE" ESC "-A\xFC"), "Müller Люü"},
    /* What was designated ends with the value, and with the line. */
    {"ISO 2022 IR 100\\ISO 2022 IR 144", BYTES(ESC "-L\xBB\\\xFC\r\n\xFC"), "Л\\ü\r\nü"},
    /* A backslash that is half of a pair separates no values. */
    {"\\ISO 2022 IR 87", BYTES(ESC "$B!\\" ESC "(B\\a"), "＋\\a"},
    /* No term announces it, and peers write it all the same. */
    {"", BYTES(ESC "$B;3" ESC "(B"), "山"},
    {"\\ISO 2022 IR 87", BYTES(ESC "$Bx~" ESC "(Ba"),
     "\xEF\xBF\xBD\xEF\xBF\xBD"
     "a"},
    {"\\ISO 2022 IR 87", BYTES("a" ESC "$Zb" ESC), "a\xEF\xBF\xBD$Zb\xEF\xBF\xBD"},
    {"\\ISO 2022 IR 87", BYTES(ESC "$B;"), "\xEF\xBF\xBD"},
    /* UTF-8 has no escape sequences. */
    {"ISO_IR 192", BYTES("ü" ESC "$B"), "ü" ESC "$B"},
};

static void escape_sequences_designate_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_character_set set;
        struct cgw_buffer utf8 = CGW_BUFFER_INIT(4096);
        assert_int_equal(cgw_character_set_from_terms(rows[i].terms, strlen(rows[i].terms), &set, NULL),
                         CGW_OK);
        assert_true(cgw_character_set_decode(&set, rows[i].bytes, rows[i].length, &utf8));
        assert_true(cgw_buffer_append(&utf8, "", 1));
        if (strcmp((const char *)utf8.bytes, rows[i].utf8) != 0)
            fail_msg("row %zu: %s, not %s", i, (const char *)utf8.bytes, rows[i].utf8);
        cgw_buffer_release(&utf8);
    }
}

/* Every set there is, by turns, and ASCII that is none: 1 MiB with a run for every few bytes. */
static void a_converter_is_opened_once_for_a_text_of_many_runs(void **state)
{
    static const char unit[] =
        ESC "-A\xFC" ESC "-B\xFC" ESC "-C\xFC" ESC "-D\xFC" ESC "-L\xFC" ESC "-G\xE6" ESC "-F\xFC" ESC
            "-H\xE0" ESC "-M\xFC" ESC "-b\xFC" ESC "-T\xA1" ESC ")I\xB1" ESC "$)C\xFB\xF3" ESC
            "$)A\xD5\xC5\t\xFC" ESC "$B;3" ESC "$(D0!" ESC "(B";
    static const char unit_utf8[] = "üüüüќنόאüüกｱ洪张\t\xEF\xBF\xBD山丂";
    enum { LENGTH = 1024 * 1024, UNITS = LENGTH / (sizeof unit - 1), SETS = 15 };
    const struct cgw_character_set set = {.iconv_name = NULL};
    struct cgw_buffer text = CGW_BUFFER_INIT(LENGTH), utf8 = CGW_BUFFER_INIT(LENGTH);
    (void)state;
    for (size_t i = 0; i < UNITS; i++)
        assert_true(cgw_buffer_append(&text, unit, sizeof unit - 1));
    opened = 0;
    assert_true(cgw_character_set_decode(&set, (const char *)text.bytes, text.length, &utf8));
    assert_int_equal(opened, SETS);
    assert_int_equal(utf8.length, UNITS * (sizeof unit_utf8 - 1));
    for (size_t i = 0; i < UNITS; i++)
        assert_memory_equal(utf8.bytes + i * (sizeof unit_utf8 - 1), unit_utf8, sizeof unit_utf8 - 1);
    cgw_buffer_release(&text);
    cgw_buffer_release(&utf8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escape_sequences_designate_what_they_say),
        cmocka_unit_test(a_converter_is_opened_once_for_a_text_of_many_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
