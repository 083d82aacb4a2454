/* Text with escape sequences: names as PS3.5 Annexes H, I and K spell them, and what is none. */
#include "unit/cmocka_all.h"

#include "cgetway/character_set.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escape_sequences_designate_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
