#include "unit/cmocka_all.h"

#include "cgetway/data_set_reader.h"

#include "rendered.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1
#define ZEROS_16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define PREAMBLE ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define VERSION "\2\0\1\0OB\0\0\2\0\0\0\0\1"
#define EXPLICIT_NAME "\x10\0\x10\0PN\4\0A^B "
#define IMPLICIT_NAME "\x10\0\x10\0\4\0\0\0A^B "

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)context;
    return tag == 0x00100010 ? CGW_VR_PN : CGW_VR_UN;
}

static const struct cgw_read_options options = {
    .max_depth = 3, .max_elements = 8, .max_inflated_bytes = 4096, .vr_of = vr_of};

static const struct {
    const char *what;
    const char *bytes;
    size_t length;
    const char *says; /* a part of the error's detail; NULL: the name is read */
} rows[] = {
    {"a file, Implicit VR Little Endian",
     BYTES(PREAMBLE "DICM\2\0\x10\0UI\x12\0"
                    "1.2.840.10008.1.2\0" IMPLICIT_NAME),
     NULL},
    {"a file, Explicit VR Little Endian",
     BYTES(PREAMBLE "DICM" VERSION "\2\0\x10\0UI\x14\0"
                    "1.2.840.10008.1.2.1\0"
                    "\2\0\x12\0UI\2\0"
                    "1\0" EXPLICIT_NAME),
     NULL},
    {"a file, Explicit VR Big Endian",
     BYTES(PREAMBLE "DICM\2\0\x10\0UI\x14\0"
                    "1.2.840.10008.1.2.2\0"
                    "\0\x10\0\x10PN\0\4A^B "),
     NULL},
    {"a wrong group length does not matter",
     BYTES(PREAMBLE "DICM\2\0\0\0UL\4\0\1\2\3\4\2\0\x10\0UI\x14\0"
                    "1.2.840.10008.1.2.1\0" EXPLICIT_NAME),
     NULL},
    {"bare, Explicit VR Little Endian", BYTES(EXPLICIT_NAME), NULL},
    {"bare, Implicit VR Little Endian", BYTES(IMPLICIT_NAME), NULL},

    {"nothing", BYTES(""), "the file is empty"},
    {"seven bytes", BYTES("\x10\0\x10\0PN\0"), "too short for a data element"},
    {"text", BYTES("{\"QueryRetrieveLevel\":\"STUDY\"}"), "passes the end"},
    {"an image",
     BYTES(PREAMBLE "DICM\2\0\x10\0UI\x16\0"
                    "1.2.840.10008.1.2.4.50"),
     "transfer syntax 1.2.840.10008.1.2.4.50; convert it to Implicit VR Little Endian"},
    {"no transfer syntax", BYTES(PREAMBLE "DICM" VERSION EXPLICIT_NAME),
     "has no Transfer Syntax UID (0002,0010)"},
    {"a prefix and no more", BYTES(PREAMBLE "DICM"), "has no Transfer Syntax UID (0002,0010)"},
    {"a transfer syntax that is no UID", BYTES(PREAMBLE "DICM\2\0\x10\0UI\4\0../x" EXPLICIT_NAME),
     "(0002,0010) is no UID"},
    {"cut inside the File Meta Information",
     BYTES(PREAMBLE "DICM\2\0\x10\0UI\x14\0"
                    "1.2.840.10008.1.2.1"),
     "ends inside its File Meta Information"},
    {"cut inside a head", BYTES(PREAMBLE "DICM\2\0\x10\0UI\x14"), "ends inside its File Meta Information"},
    {"an undefined length in the File Meta Information",
     BYTES(PREAMBLE "DICM\2\0\1\0OB\0\0\xFF\xFF\xFF\xFF" EXPLICIT_NAME),
     "ends inside its File Meta Information"},
    {"bare File Meta Information",
     BYTES("\2\0\x10\0UI\2\0"
           "1\0"),
     "(0002,0010) at byte 0 has no place"},
};

static void a_file_is_read_by_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_data_set data_set = {0};
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_buffer text = CGW_BUFFER_INIT(256);
        uint8_t *bytes = malloc(rows[i].length + 1);
        assert_non_null(bytes);
        memcpy(bytes + 1, rows[i].bytes, rows[i].length);
        enum cgw_code code = cgw_data_set_read_file(bytes + 1, rows[i].length, &options, &data_set, &err);
        free(bytes);
        render(&data_set, &text);
        assert_true(cgw_buffer_append(&text, "", 1));
        const char *rendered = rows[i].says == NULL ? "00100010 PN A^B" : "";
        if (code != (rows[i].says == NULL ? CGW_OK : CGW_E_PROTOCOL_ERROR) ||
            strcmp((char *)text.bytes, rendered) != 0)
            fail_msg("%s: %s (%s)", rows[i].what, (char *)text.bytes, err.detail);
        if (rows[i].says != NULL && strstr(err.detail, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].what, err.detail);
        cgw_buffer_release(&text);
        cgw_data_set_release(&data_set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_by_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
