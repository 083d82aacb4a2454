/* Identifiers from a file, alone and under keys. */
#include "make_file.h"
#include "parse.h"
#include "unit/cmocka_all.h"

#include "cgetway/data_set_reader.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUDY "00080052 CS STUDY"
#define UID "0020000D UI 1.2"
#define LEVEL_SHOWN "(0008,0052) CS [STUDY]\n"
#define UID_SHOWN "(0020,000D) UI [1.2]\n"
#define PATIENT "00080052 CS PATIENT"
#define PATIENT_SHOWN "(0008,0052) CS [PATIENT]\n"
#define PAIRS "\x1B$B!\\9*8?\x1B(B" /* JIS X 0208 */
#define FROM CGW_FROM_THE_FILE

struct row {
    const char *what;
    const char *file;      /* as make_file takes it */
    const char *keys;      /* NULL: none */
    const char *dump;      /* without the columns behind the values; NULL: refused */
    const char *keys_told; /* "key: code\n" for each fault, or remark; NULL: whatever */
    const char *says;      /* a part of the first one's detail */
};

static const struct row rows[] = {
    {"a file alone", STUDY "|" UID, NULL, LEVEL_SHOWN UID_SHOWN, "", NULL},
    {"keys add", STUDY, "{\"StudyInstanceUID\":\"1.2\"}", LEVEL_SHOWN UID_SHOWN, "", NULL},
    {"keys override", STUDY "|0020000D UI 9", "{\"StudyInstanceUID\":\"1.2\"}", LEVEL_SHOWN UID_SHOWN, "",
     NULL},
    {"keys empty an element", STUDY "|00100010 PN Jan|" UID, "{\"PatientName\":null}",
     LEVEL_SHOWN "(0010,0010) PN (no value available)\n" UID_SHOWN, "PatientName: may-be-ignored\n", NULL},
    {"no keys in the keys", STUDY "|" UID, "{}", LEVEL_SHOWN UID_SHOWN, "", NULL},
    {"other elements of the file are remarked on",
     STUDY "|00100010 PN Jan|" UID "|00290010 LO ACME|300A00B0 SQ {300A00C2 LO a}", NULL,
     LEVEL_SHOWN "(0010,0010) PN [Jan]\n" UID_SHOWN "(0029,0010) LO [ACME]\n"
                 "(300A,00B0) SQ (Sequence with 1 item)\n(Sequence item #1)\n(300A,00C2) LO [a]\n",
     "PatientName" FROM ": may-be-ignored\n(0029,0010)" FROM ": may-be-ignored\nBeamSequence" FROM
     ": may-be-ignored\n",
     NULL},
    {"values of the file are taken as they are", STUDY "|0020000D UI 1.02|00280011 US 0100", NULL,
     LEVEL_SHOWN "(0020,000D) UI [1.02]\n(0028,0011) US 1\n", "Columns" FROM ": may-be-ignored\n", NULL},

    {"a key changes one element of one item",
     STUDY "|" UID "|300A00B0 SQ {300A00C0 IS 1|300A00C2 LO a}{300A00C2 LO b}",
     "{\"BeamSequence[0].BeamName\":\"x\"}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 2 items)\n(Sequence item #1)\n(300A,00C0) IS [1]\n"
                           "(300A,00C2) LO [x]\n(Sequence item #2)\n(300A,00C2) LO [b]\n",
     NULL, NULL},
    {"a key adds items", STUDY "|" UID "|300A00B0 SQ {300A00C2 LO a}", "{\"BeamSequence[2].BeamName\":\"x\"}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 3 items)\n(Sequence item #1)\n(300A,00C2) LO [a]\n"
                           "(Sequence item #2)\n(Sequence item #3)\n(300A,00C2) LO [x]\n",
     NULL, NULL},
    {"an index keeps the items", STUDY "|" UID "|300A00B0 SQ {300A00C2 LO a}", "{\"BeamSequence[1]\":null}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 2 items)\n(Sequence item #1)\n(300A,00C2) LO [a]\n"
                           "(Sequence item #2)\n",
     NULL, NULL},
    {"a sequence without index replaces the items", STUDY "|" UID "|300A00B0 SQ {300A00C2 LO a}{}",
     "{\"BeamSequence\":[{\"BeamNumber\":7}]}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 1 item)\n(Sequence item #1)\n(300A,00C0) IS [7]\n",
     NULL, NULL},
    {"whatever the order of the keys", STUDY "|" UID "|300A00B0 SQ {300A00C2 LO a}{}",
     "{\"BeamSequence[0].BeamNumber\":7,\"BeamSequence\":null}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 1 item)\n(Sequence item #1)\n(300A,00C0) IS [7]\n",
     NULL, NULL},
    {"a sequence that the file holds as bytes is replaced as a whole", STUDY "|" UID "|300A00B0 UN 0102",
     "{\"BeamSequence\":[{\"BeamNumber\":7}]}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 1 item)\n(Sequence item #1)\n(300A,00C0) IS [7]\n",
     NULL, NULL},
    {"and has no items to change", STUDY "|" UID "|300A00B0 UN 0102", "{\"BeamSequence[0].BeamNumber\":7}",
     NULL, "BeamSequence[0].BeamNumber: not-a-sequence\n", "the file holds (300A,00B0) with VR UN"},
    {"nor to keep", STUDY "|" UID "|300A00B0 UN 0102", "{\"BeamSequence[0]\":null}", NULL,
     "BeamSequence[0]: not-a-sequence\n", "the file holds (300A,00B0) with VR UN"},

    {"the rules hold over file and keys", STUDY, "{\"PatientName\":\"Jan\"}", NULL,
     "StudyInstanceUID: missing-key\n", NULL},
    {"and name what is from the file", STUDY "|0020000D UI 1.2*", NULL, NULL,
     "StudyInstanceUID" FROM ": wildcard\n", NULL},
    {"values of nothing", STUDY "|0020000D UI \\", NULL, NULL, "StudyInstanceUID" FROM ": missing-key\n",
     NULL},
    {"a list with a gap", STUDY "|0020000D UI 1.2\\", NULL, NULL, "StudyInstanceUID" FROM ": bad-value\n",
     "a value of the list is empty"},
    {"a list with a blank", STUDY "|0020000D UI 1.2\\ \\1.3", NULL, NULL,
     "StudyInstanceUID" FROM ": bad-value\n", "a value of the list is empty"},
    {"a unique key of another VR, which a peer would find empty", STUDY "|0020000D OB 0000", NULL, NULL,
     "StudyInstanceUID" FROM ": bad-value\n", "the file holds it with VR OB; it is UI"},
    {"which a key replaces", STUDY "|0020000D OB 0000", "{\"StudyInstanceUID\":\"1.2\"}",
     LEVEL_SHOWN UID_SHOWN, "", NULL},
    {"a level of another VR", "00080052 LO STUDY|" UID, NULL, NULL, "QueryRetrieveLevel" FROM ": bad-value\n",
     "the file holds it with VR LO; it is CS"},
    {"what keys replace may be bad", "00080052 CS STUDY|00101030 DS 1e400|" UID, "{\"PatientWeight\":70}",
     LEVEL_SHOWN "(0010,1030) DS [70]\n" UID_SHOWN, NULL, NULL},
    {"a level that is none", "00080052 CS NONE|" UID, NULL, NULL, "QueryRetrieveLevel" FROM ": bad-level\n",
     NULL},
    {"no level", UID, NULL, NULL, "QueryRetrieveLevel: bad-level\n", NULL},
    {"a bad key hides a good element of the file", STUDY "|" UID, "{\"StudyInstanceUID\":\"1..2\"}", NULL,
     "StudyInstanceUID: bad-value\n", NULL},
    {"all faults at once", "00080052 CS STUDY|00080005 CS NONE|0020000D UI ?",
     "{\"Columns\":-1,\"patientname\":1}", NULL,
     "Columns: bad-value\npatientname: unknown-keyword\nSpecificCharacterSet" FROM
     ": bad-character-set\nStudyInstanceUID" FROM ": wildcard\n",
     NULL},

    {"keys are written in the character set of the file",
     "00080005 CS ISO_IR 100|" STUDY "|00100010 PN J\xF6|" UID, "{\"PatientComments\":\"M\xC3\xBC\"}",
     "(0008,0005) CS [ISO_IR 100]\n" LEVEL_SHOWN
     "(0010,0010) PN [J\xC3\xB6]\n(0010,4000) LT [M\xC3\xBC]\n" UID_SHOWN,
     NULL, NULL},
    {"or refused where it has not the characters", "00080005 CS ISO_IR 100|" STUDY "|" UID,
     "{\"PatientComments\":\"\xE6\x9D\xB1\"}", NULL, "PatientComments: bad-character-set\n", NULL},
    {"UTF-8 is added to a file of ASCII", STUDY "|00100010 PN Jan|" UID,
     "{\"PatientComments\":\"M\xC3\xBC\"}",
     "(0008,0005) CS [ISO_IR 192]\n" LEVEL_SHOWN
     "(0010,0010) PN [Jan]\n(0010,4000) LT [M\xC3\xBC]\n" UID_SHOWN,
     NULL, NULL},
    {"also where the file has an empty (0008,0005)", "00080005 CS |" STUDY "|" UID,
     "{\"PatientComments\":\"M\xC3\xBC\"}",
     "(0008,0005) CS [ISO_IR 192]\n" LEVEL_SHOWN "(0010,4000) LT [M\xC3\xBC]\n" UID_SHOWN, NULL, NULL},
    {"but not to one that nobody can read", STUDY "|00100010 PN J\xF6|" UID,
     "{\"PatientComments\":\"M\xC3\xBC\"}", NULL, "PatientComments: bad-character-set\n",
     "such text, without (0008,0005)"},
    {"nor to one with bytes that may be text", STUDY "|" UID "|00290010 UN 4AF6",
     "{\"PatientComments\":\"M\xC3\xBC\"}", NULL, "PatientComments: bad-character-set\n",
     "bytes of VR UN that may be such text"},
    {"unless the keys say how", STUDY "|00100010 PN J\xF6|" UID,
     "{\"PatientComments\":\"M\xC3\xBC\",\"SpecificCharacterSet\":\"ISO_IR 100\"}",
     "(0008,0005) CS [ISO_IR 100]\n" LEVEL_SHOWN
     "(0010,0010) PN [J\xC3\xB6]\n(0010,4000) LT [M\xC3\xBC]\n" UID_SHOWN,
     NULL, NULL},
    {"text that a key replaces does not count", STUDY "|00100010 PN J\xF6|" UID,
     "{\"PatientName\":\"M\xC3\xBC\"}",
     "(0008,0005) CS [ISO_IR 192]\n" LEVEL_SHOWN "(0010,0010) PN [M\xC3\xBC]\n" UID_SHOWN, NULL, NULL},
    {"another character set over the file's text", "00080005 CS ISO_IR 100|" STUDY "|00100010 PN J\xF6|" UID,
     "{\"SpecificCharacterSet\":\"ISO_IR 192\"}", NULL, "SpecificCharacterSet: bad-character-set\n",
     "the file has text outside ASCII in ISO_IR 100"},
    {"or over bytes that may be text", "00080005 CS ISO_IR 100|" STUDY "|" UID "|00290010 UN 4AF6",
     "{\"SpecificCharacterSet\":\"ISO_IR 192\"}", NULL, "SpecificCharacterSet: bad-character-set\n",
     "bytes of VR UN that may be such text"},
    {"but not over bytes that are ASCII", "00080005 CS ISO_IR 100|" STUDY "|" UID "|00290010 UN 4A6F",
     "{\"SpecificCharacterSet\":\"ISO_IR 192\"}",
     "(0008,0005) CS [ISO_IR 192]\n" LEVEL_SHOWN UID_SHOWN "(0029,0010) UN [4A 6F]\n", NULL, NULL},
    {"the same is none", "00080005 CS ISO_IR 100|" STUDY "|00100010 PN J\xF6|" UID,
     "{\"SpecificCharacterSet\":\"ISO_IR 100\"}",
     "(0008,0005) CS [ISO_IR 100]\n" LEVEL_SHOWN "(0010,0010) PN [J\xC3\xB6]\n" UID_SHOWN, NULL, NULL},
    {"another one over ASCII", "00080005 CS ISO_IR 100|" STUDY "|00100010 PN Jan|" UID,
     "{\"SpecificCharacterSet\":\"ISO_IR 192\"}",
     "(0008,0005) CS [ISO_IR 192]\n" LEVEL_SHOWN "(0010,0010) PN [Jan]\n" UID_SHOWN, NULL, NULL},
    {"text of items is in the set around them",
     "00080005 CS ISO_IR 100|" STUDY "|" UID "|300A00B0 SQ {300A00C2 LO J\xF6}",
     "{\"SpecificCharacterSet\":\"ISO_IR 192\"}", NULL, "SpecificCharacterSet: bad-character-set\n", NULL},
    {"or in their own",
     "00080005 CS ISO_IR 192|" STUDY "|" UID "|300A00B0 SQ {00080005 CS ISO_IR 100|300A00C2 LO J\xF6}",
     "{\"SpecificCharacterSet\":\"ISO_IR 101\",\"BeamSequence[0].BeamDescription\":\"M\xC3\xBC\"}",
     "(0008,0005) CS [ISO_IR 101]\n" LEVEL_SHOWN UID_SHOWN
     "(300A,00B0) SQ (Sequence with 1 item)\n(Sequence item #1)\n(0008,0005) CS [ISO_IR 100]\n"
     "(300A,00C2) LO [J\xC3\xB6]\n(300A,00C3) ST [M\xC3\xBC]\n",
     NULL, NULL},
    {"a character set within an item that is none", STUDY "|" UID "|300A00B0 SQ {}{00080005 CS X}", NULL,
     NULL, "BeamSequence[1].SpecificCharacterSet" FROM ": bad-character-set\n", NULL},
    {"a key mends it where the text is ASCII", "00080005 CS BOGUS|" STUDY "|00100010 PN Jan|" UID,
     "{\"PatientComments\":\"M\xC3\xBC\",\"SpecificCharacterSet\":\"ISO_IR 100\"}",
     "(0008,0005) CS [ISO_IR 100]\n" LEVEL_SHOWN
     "(0010,0010) PN [Jan]\n(0010,4000) LT [M\xC3\xBC]\n" UID_SHOWN,
     NULL, NULL},
    {"or where keys replace the text that is not", "00080005 CS BOGUS|" STUDY "|00100010 PN J\xF6|" UID,
     "{\"SpecificCharacterSet\":\"ISO_IR 100\",\"PatientName\":\"M\xC3\xBC\"}",
     "(0008,0005) CS [ISO_IR 100]\n" LEVEL_SHOWN "(0010,0010) PN [M\xC3\xBC]\n" UID_SHOWN, NULL, NULL},
    {"and one in an item", STUDY "|" UID "|300A00B0 SQ {00080005 CS BOGUS|300A00C2 LO a}",
     "{\"BeamSequence[0].SpecificCharacterSet\":\"ISO_IR 100\"}",
     LEVEL_SHOWN UID_SHOWN "(300A,00B0) SQ (Sequence with 1 item)\n(Sequence item #1)\n"
                           "(0008,0005) CS [ISO_IR 100]\n(300A,00C2) LO [a]\n",
     NULL, NULL},
    {"else nobody can read the text", "00080005 CS BOGUS|" STUDY "|00100010 PN J\xF6|" UID,
     "{\"SpecificCharacterSet\":\"ISO_IR 100\"}", NULL,
     "SpecificCharacterSet" FROM ": bad-character-set\nSpecificCharacterSet: bad-character-set\n", NULL},
    {"a number that no JSON can show", STUDY "|00101030 DS 1\\1e400|" UID, NULL, NULL,
     "PatientWeight" FROM ": bad-value\n", NULL},
    {"a character set of another VR", "00080005 UN 4142|" STUDY "|" UID, NULL, NULL,
     "SpecificCharacterSet" FROM ": bad-character-set\n", "has VR UN"},

    /* A Patient ID is one value, without wildcards, whatever bytes its characters are made of. */
    {"a character of GB18030 with 5C", "00080005 CS GB18030|" PATIENT "|00100020 LO a\x81\\", NULL,
     "(0008,0005) CS [GB18030]\n" PATIENT_SHOWN "(0010,0020) LO [a\xE4\xB9\x97]\n", "", NULL},
    {"pairs with 5C, 2A and 3F", "00080005 CS \\ISO 2022 IR 87|" PATIENT "|00100020 LO " PAIRS, NULL,
     "(0008,0005) CS [\\ISO 2022 IR 87]\n" PATIENT_SHOWN "(0010,0020) LO [＋巧舷]\n", "", NULL},
    {"in the set of a key, where the file has none", PATIENT "|00100020 LO a\x81\\",
     "{\"SpecificCharacterSet\":\"GB18030\"}",
     "(0008,0005) CS [GB18030]\n" PATIENT_SHOWN "(0010,0020) LO [a\xE4\xB9\x97]\n", "", NULL},
    {"and two values are two", "00080005 CS GB18030|" PATIENT "|00100020 LO a\x81\\\\b", NULL, NULL,
     "PatientID" FROM ": several-values\n", NULL},
    {"and a wildcard is one", "00080005 CS \\ISO 2022 IR 87|" PATIENT "|00100020 LO \x1B$B;3\x1B(B*", NULL,
     NULL, "PatientID" FROM ": wildcard\n", NULL},
};

/* The dump without columns, counts and keywords; free(). */
static char *short_dump(const struct cgw_query *query)
{
    char *dump = cgw_query_dump(query), *to = dump;
    assert_non_null(dump);
    for (char *line = dump, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *stop = memmem(line, (size_t)(end - line), " # ", 3);
        stop = stop != NULL ? stop : end;
        while (*line == ' ')
            line++;
        while (stop > line && stop[-1] == ' ')
            stop--;
        memmove(to, line, (size_t)(stop - line));
        to += stop - line;
        *to++ = '\n';
    }
    *to = '\0';
    return dump;
}

static void check_told(const struct row *row, const struct cgw_key_errors *told)
{
    char text[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < told->count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s: %s\n", told->items[i].key,
                                   told->items[i].code);
    if (row->keys_told != NULL && strcmp(text, row->keys_told) != 0)
        fail_msg("%s: %s", row->what, text);
    if (row->says != NULL && (told->count == 0 || strstr(told->items[0].detail, row->says) == NULL))
        fail_msg("%s: %s", row->what, told->count > 0 ? told->items[0].detail : "nothing is told");
}

static struct parsed build(const struct cgw_query_source *source)
{
    struct parsed parsed = {.error = CGW_ERROR_INIT};
    struct cgw_query_options options = study_options();
    options.model = CGW_MODEL_AUTO;
    parsed.code = cgw_query_build(source, &options, &parsed.query, &parsed.keys, &parsed.error);
    assert_int_equal(parsed.error.code, parsed.code);
    return parsed;
}

static void check_row(const struct row *row)
{
    struct cgw_query_source source = {.keys = row->keys, .max_inflated_bytes = 4096};
    source.keys_length = row->keys != NULL ? strlen(row->keys) : 0;
    uint8_t *file = make_file(row->file, &source.file_length);
    source.file = file;
    struct parsed parsed = build(&source);
    free(file); /* nothing is borrowed from it */
    if (parsed.code != (row->dump != NULL ? CGW_OK : CGW_E_BAD_IDENTIFIER))
        fail_msg("%s: %s %s", row->what, parsed.error.detail,
                 parsed.keys.count > 0 ? parsed.keys.items[0].detail : "");
    check_told(row, row->dump != NULL ? cgw_query_remarks(parsed.query) : &parsed.keys);
    if (row->dump != NULL) {
        char *dump = short_dump(parsed.query), *json = NULL;
        if (strcmp(dump, row->dump) != 0)
            fail_msg("%s: %s", row->what, dump);
        free(dump);
        assert_int_equal(cgw_query_to_json(parsed.query, &json, NULL), CGW_OK);
        json_t *loaded = json_loads(json, 0, NULL);
        assert_int_equal(json_object_size(loaded), cgw_query_identifier(parsed.query)->count);
        json_decref(loaded);
        free(json);
    }
    parsed_release(&parsed);
}

static void a_file_is_the_base_and_keys_override_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(&rows[i]);
}

/* C-FIND matches a sequence by one item, wherever it is. */
static void a_query_has_one_item_in_every_sequence_of_its_file(void **state)
{
    static const struct {
        const char *file, *told; /* NULL: taken */
    } queries[] = {
        {STUDY "|300A00B0 SQ {300A00B6 SQ {}}", NULL},
        {STUDY "|300A00B0 SQ {}{}", "BeamSequence" FROM},
        {STUDY "|300A00B0 SQ {300A00B6 SQ {}{}}", "BeamSequence" FROM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct cgw_query_source source = {.max_inflated_bytes = 4096};
        struct cgw_query_options options = study_options();
        struct parsed parsed = {.error = CGW_ERROR_INIT};
        uint8_t *file = make_file(queries[i].file, &source.file_length);
        options.service = CGW_SERVICE_FIND;
        source.file = file;
        parsed.code = cgw_query_build(&source, &options, &parsed.query, &parsed.keys, &parsed.error);
        free(file);
        assert_int_equal(parsed.keys.count, queries[i].told != NULL ? 1 : 0);
        if (queries[i].told != NULL) {
            assert_string_equal(parsed.keys.items[0].key, queries[i].told);
            assert_string_equal(parsed.keys.items[0].code, "several-values");
        }
        parsed_release(&parsed);
    }
}

static const struct {
    const char *what, *bytes;
    size_t length;
    const char *says;
} bad_files[] = {
    {"an empty file", "", 0, "the file is empty"},
    {"text", "StudyInstanceUID=1.2", 20, "passes the end"},
    {"an element of a command", "\0\0\2\0UI\0", 8, "(0000,0002) at byte 0 has no place"},
};

static void a_file_that_cannot_be_read_has_a_code_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        struct cgw_query_source source = {.file = (const uint8_t *)bad_files[i].bytes,
                                          .file_length = bad_files[i].length,
                                          .max_inflated_bytes = 4096};
        struct parsed parsed = build(&source);
        assert_int_equal(parsed.code, CGW_E_BAD_IDENTIFIER_FILE);
        if (strstr(parsed.error.detail, bad_files[i].says) == NULL)
            fail_msg("%s: %s", bad_files[i].what, parsed.error.detail);
        parsed_release(&parsed);
    }
}

/* As deep as a file can be: what walks it must neither end the stack of a thread nor its own buffers. */
static void the_deepest_file_is_taken_and_shown(void **state)
{
    enum { LEVELS = CGW_READ_MAX_DEPTH - 1 };
    char text[64 + LEVELS * 16] = STUDY "|" UID "|";
    struct cgw_query_source source = {.max_inflated_bytes = 4096};
    struct cgw_query_options options = study_options();
    struct parsed parsed = {.error = CGW_ERROR_INIT};
    char *json = NULL;
    (void)state;
    options.max_depth = 1000;
    for (int i = 0; i < LEVELS; i++)
        (void)strncat(text, "300A00B0 SQ {", sizeof text - strlen(text) - 1);
    for (int i = 0; i < LEVELS; i++)
        (void)strncat(text, "}", sizeof text - strlen(text) - 1);
    uint8_t *file = make_file(text, &source.file_length);
    source.file = file;
    parsed.code = cgw_query_build(&source, &options, &parsed.query, &parsed.keys, &parsed.error);
    free(file);
    assert_string_equal(parsed.error.detail, "");
    char *dump = cgw_query_dump(parsed.query);
    assert_non_null(dump);
    assert_int_equal(cgw_query_to_json(parsed.query, &json, NULL), CGW_OK);
    free(json);
    free(dump);
    parsed_release(&parsed);
}

/* Values that no key could give; a dry run must show them and not fail. */
static void odd_values_of_a_file_are_shown_and_sent(void **state)
{
    static const char *const odd[] = {
        "00080060 CS M\xFC",
        "00080008 CS a\x01z",
        "00101030 DS abc",

        "00101030 DS -",
        "00200013 IS 0x1F",
        "00200013 IS ",
        "00200013 IS 99999999999999999999",
        "00281052 DS 1\\x\\",
        "00089459 FL 0000C07F",
        "00189073 FD 000000000000F07F",
        "00100010 PN a=b=c=d",
        "00080005 CS ISO_IR 13|00100010 PN \x80",
        "00080060 UN 00",
        "00280009 AT 28006310",
        "7FE00010 OW 0001",
        "00081190 UR \xFF",
    };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s|00080052 CS STUDY|0020000D UI 1.2", odd[i]);
        struct row row = {.what = odd[i], .file = text};
        struct cgw_query_source source = {.max_inflated_bytes = 4096};
        uint8_t *file = make_file(text, &source.file_length);
        source.file = file;
        struct parsed parsed = build(&source);
        free(file);
        char *dump = parsed.query != NULL ? cgw_query_dump(parsed.query) : NULL, *json = NULL;
        enum cgw_code code =
            parsed.query != NULL ? cgw_query_to_json(parsed.query, &json, &parsed.error) : parsed.code;
        json_t *loaded = json != NULL ? json_loads(json, 0, NULL) : NULL;
        if (code != CGW_OK || loaded == NULL || dump == NULL)
            fail_msg("%s: %s %s: %s", row.what, cgw_code_name(code), parsed.error.detail, json);
        json_t *shown = json_string(dump);
        assert_non_null(shown);
        json_decref(shown);
        json_decref(loaded);
        free(dump);
        free(json);
        parsed_release(&parsed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_the_base_and_keys_override_it),
        cmocka_unit_test(a_query_has_one_item_in_every_sequence_of_its_file),
        cmocka_unit_test(a_file_that_cannot_be_read_has_a_code_of_its_own),
        cmocka_unit_test(the_deepest_file_is_taken_and_shown),
        cmocka_unit_test(odd_values_of_a_file_are_shown_and_sent),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
