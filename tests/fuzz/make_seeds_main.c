/*
 * Writes the seeds of the fuzzers that take bytes, not text, into tests/fuzz/corpus: make-fuzz-seeds
 * DIRECTORY. Run it again when the plan changes, for it decides the ids of the contexts.
 */
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include "cgetway/byte_order.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct seed {
    const char *name;
    uint8_t head[3];    /* flags, bytes at once, events or reads: see the fuzzer */
    const char *script; /* of a retrieve over several connections: their scripts, with " | " between */
};

static const struct seed retrieve_seeds[] = {
    {"accepted", {0, 0, 0}, "accept store:ct:1.1:10 final:0000:-:1:0:0"},
    {"rejected", {0, 0, 0}, "hex:03000000000400010103"},
    {"nothing", {1, 0, 0}, "final:0000:0:0:0:0 releaserp"},
    {"three",
     {1, 0, 0},
     "store:ct:1.1:10 pending:2:1:0:0 store:mr:1.2:20 store:ct:1.3:30 final:0000:-:3:0:0 releaserp"},
    {"three-slowly", {1, 5, 0}, "store:ct:1.1:10 store:mr:1.2:20 store:ct:1.3:30 final:0000:-:3:0:0"},
    {"multipart", {3, 0, 0}, "store:ct:1.1:10 store:mr:1.2:200 final:0000:-:2:0:0"},
    {"multipart-lenient", {7, 0, 0}, "store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3"},
    {"multipart-cut", {3, 3, 0}, "store:ct:1.1:10 command:ct:1.2 data:ct:10"},
    {"zip", {35, 0, 0}, "store:ct:1.1:10 store:mr:1.2:200 store:ct:1.1:10 final:0000:-:3:0:0"},
    {"zip-lenient", {39, 0, 0}, "store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3"},
    {"zip-cut", {35, 3, 0}, "store:ct:1.1:10 command:ct:1.2 data:ct:10"},
    {"zip-left", {35, 0, 2}, "store:ct:1.1:300 store:mr:1.2:200 final:0000:-:2:0:0"},
    {"instance", {67, 0, 0}, "store:ct:1.1:10 final:0000:-:1:0:0"},
    {"instance-second", {67, 0, 0}, "store:ct:1.1:10 store:ct:1.2:10 final:0000:-:2:0:0"},
    {"instance-cut-lenient", {71, 3, 0}, "command:ct:1.1 data:ct:10 abort"},
    {"report", {1, 0, 0}, "store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3\\../x"},
    {"no-counts", {1, 0, 0}, "store:ct:1.1:10 final:0000:-:-:-:-"},
    {"ignored-counts", {9, 0, 0}, "store:ct:1.1:10 final:0000:7:7:7:7"},
    {"kept-none", {17, 0, 0}, "store:ct:1.1:10 store:ct:1.2:10 final:0000:-:2:0:0"},
    {"bad-uids",
     {1, 0, 0},
     "store:ct:../x:10 store:ct::10 command:ct:1.1:1.2 last:ct:10 nodata:ct:1.3 final:0000:-:4:0:0"},
    {"pieces", {1, 0, 0}, "command:ct:1.1 data:ct:10 data:ct:0 data:ct:1 last:ct:0 final:0000:-:1:0:0"},
    {"too-large", {1, 0, 0}, "store:ct:1.1:5000 final:0000:-:1:0:0"},
    {"wrong-context", {1, 0, 0}, "command:ct:1.1 last:mr:10"},
    {"left-inside", {1, 0, 2}, "command:ct:1.1 data:ct:10 last:ct:10 final:B000:2:0:1:0"},
    {"left-at-end", {1, 0, 3}, "store:ct:1.1:10 store:ct:1.2:10 store:mr:1.3:10 final:0000:-:3:0:0"},
    {"release", {1, 0, 0}, "store:ct:1.1:10 release"},
    {"abort", {1, 0, 0}, "command:ct:1.1 data:ct:10 abort"},
    {"find", {1, 0, 0}, "field:get:0020"},
    {"passes",
     {129, 0, 0},
     "store:ct:1.1:10 report:B000:-:1:1:0:1.2 | match:1:0020000E=1.2.3.1 find:0000:1 "
     "match:2:00080016=ct:00080018=1.1 match:2:00080016=mr:00080018=1.2 find:0000:2 | "
     "store:3:1.2:10:mr final:0000:-:1:0:0"},
    {"passes-planned-slowly",
     {129, 128 + 9, 0},
     "match:1:00080062=mr:0020000D=1.2.3 find:0000:1 | store:3:1.1:10:mr report:B000:-:1:2:0:1.2\\1.3 | "
     "match:1:0020000E=1.2.3.1 find:0000:1 match:2:00080016=mr:00080018=1.1 "
     "match:2:00080016=ct:00080018=1.2 match:2:00080018=1.3 find:0000:2 | "
     "store:3:1.2:10:ct final:0000:-:1:0:0 | report:C000:-:0:1:0:1.3"},
    {"passes-one-by-one",
     {129 + 2, 0, 0},
     "store:ct:1.0:10 report:B000:-:1:2:0:1.1\\1.2 | find:C001:1 | final:A900:-:-:-:- "
     "to:2 store:ct:1.1:10 final:0000:-:1:0:0 to:3 store:ct:1.2:10 final:0000:-:1:0:0"},
    {"passes-left", {129, 0, 5}, "store:ct:1.1:10 report:B000:-:1:1:0:1.2 | abort | store:ct:1.2:10"},
};

static const struct seed find_seeds[] = {
    {"none", {0, 0, 0}, "find:0000:1 releaserp"},
    {"two", {0, 0, 0}, "match:1:1.2 match:1:1.3 find:0000:1 releaserp"},
    {"two-slowly", {4, 5, 0}, "match:1:1.2 find:FF01:1:20000D0004000000312E3300 find:0000:1"},
    {"explicit", {1, 0, 0}, "find:FF00:1:20000D0055490400312E3200 find:0000:1"},
    {"deflated", {6, 0, 0}, "find:FF00:1:010C00F3FF20000D0055490400312E320000 find:0000:1"},
    {"big-endian", {3, 0, 0}, "find:FF00:1:0020000D55490004312E3200 find:0000:1"},
    {"latin-1",
     {0, 0, 0},
     "find:FF00:1:080005000A00000049534F5F495220313030"
     "10001000080000004DFC6C6C65725E4A find:0000:1"},
    {"sequence", {0, 0, 0}, "find:FF00:1:400075021000000000FEFF00E0080000000800500000000000 find:0000:1"},
    {"numbers",
     {1, 0, 0},
     "find:FF00:1:180050004453040031652E2E1800739046440800000000000000F87F find:0000:1"},
    {"iso-2022",
     {0, 0, 0},
     "find:FF00:1:08000500100000005C49534F203230323220495220383720"
     "100010000A0000001B24423B3345441B2842 find:0000:1"},
    {"limited", {8, 0, 0}, "match:1:1.2 match:1:1.3 match:1:1.4 find:FE00:1"},
    {"cancelled", {4, 0, 1}, "match:1:1.2 match:1:1.3 match:1:1.4 find:FE00:1"},
    {"failed", {0, 0, 0}, "match:1:1.2 find:C001:1"},
    {"report", {0, 0, 0}, "find:A900:1:20000D0004000000312E3200"},
    {"aborted", {0, 0, 0}, "match:1:1.2 abort"},
    {"released", {0, 0, 0}, "match:1:1.2 release"},
    {"wrong-id", {0, 0, 0}, "match:2:1.2"},
    {"store", {0, 0, 0}, "store:1:1.2:10"},
};

static void save(const char *directory, const char *name, const struct cgw_buffer *bytes)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wbe");
    if (file == NULL || fwrite(bytes->bytes, 1, bytes->length, file) != bytes->length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void make_directory(char *directory, size_t size, const char *root, const char *fuzzer)
{
    (void)snprintf(directory, size, "%s/%s", root, fuzzer);
    (void)mkdir(directory, 0777);
}

/* What a peer says on one connection, with its length before it: the fuzzer parts them again. */
static void say_part(struct setting *setting, const char *script)
{
    struct memory_peer part;
    uint8_t length[2];
    memory_peer_init(&part);
    say_script_of(&part, setting, script);
    cgw_put_u16be(length, (uint16_t)part.words.length);
    say_bytes(&setting->memory.words, length, sizeof length);
    say_bytes(&setting->memory.words, part.words.bytes, part.words.length);
    memory_peer_release(&part);
}

static void say_parts(struct setting *setting, const char *scripts)
{
    static const char between[] = " | ";
    char script[512];
    for (const char *end; scripts != NULL; scripts = end != NULL ? end + sizeof between - 1 : NULL) {
        end = strstr(scripts, between);
        int length = (int)(end != NULL ? (size_t)(end - scripts) : strlen(scripts));
        (void)snprintf(script, sizeof script, "%.*s", length, scripts);
        say_part(setting, script);
    }
}

static void make_conversation_seeds(const char *root, const char *fuzzer, const struct seed *seeds,
                                    size_t count)
{
    char directory[512];
    make_directory(directory, sizeof directory, root, fuzzer);
    for (size_t i = 0; i < count; i++) {
        struct setting setting;
        setting_init(&setting);
        say_bytes(&setting.memory.words, seeds[i].head, 3);
        if (strchr(seeds[i].script, '|') == NULL)
            say_script(&setting, seeds[i].script);
        else
            say_parts(&setting, seeds[i].script);
        save(directory, seeds[i].name, &setting.memory.words);
        setting_release(&setting);
    }
}

/* The command sets of a conversation, without the PDUs around them. */
static void make_command_seeds(const char *root)
{
    static const char *const scripts[] = {"command:ct:1.2.3", "nodata:ct:1", "pending:3:2:1:0",
                                          "final:B000:-:1:2:3", "field:get:0030"};
    static const char *const names[] = {"store", "store-without-data-set", "pending", "final", "echo"};
    char directory[512];
    make_directory(directory, sizeof directory, root, "dimse_command");
    for (size_t i = 0; i < 5; i++) {
        struct setting setting;
        struct cgw_buffer bytes = CGW_BUFFER_INIT(CGW_COMMAND_MAX_BYTES);
        setting_init(&setting);
        say_script(&setting, scripts[i]);
        say_bytes(&bytes, setting.memory.words.bytes + 12, setting.memory.words.length - 12);
        save(directory, names[i], &bytes);
        cgw_buffer_release(&bytes);
        setting_release(&setting);
    }
}

static void make_answer_seeds(const char *root)
{
    static const struct said_context contexts[] = {{1, 0, CGW_TS_IMPLICIT_LE},
                                                   {3, 0, CGW_TS_EXPLICIT_LE},
                                                   {5, CGW_CONTEXT_ABSTRACT_SYNTAX, CGW_TS_IMPLICIT_LE},
                                                   {7, CGW_CONTEXT_TRANSFER_SYNTAXES, NULL}};
    static const uint8_t acceptance = 0;
    char directory[512];
    make_directory(directory, sizeof directory, root, "associate_answer");
    for (size_t count = 0; count <= 4; count++) {
        struct cgw_buffer bytes = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES),
                          pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
        char name[32];
        (void)snprintf(name, sizeof name, "contexts-%zu", count);
        say_accept(&pdu, contexts, count, 16384);
        say_bytes(&bytes, &acceptance, 1);
        say_bytes(&bytes, pdu.bytes + CGW_PDU_HEAD_BYTES, pdu.length - CGW_PDU_HEAD_BYTES);
        save(directory, name, &bytes);
        cgw_buffer_release(&bytes);
        cgw_buffer_release(&pdu);
    }
}

struct literal {
    const char *fuzzer, *name, *bytes;
    size_t length;
};

#define BYTES(text) text, sizeof(text) - 1
#define ZEROS_16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS_64 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16

static const struct literal literals[] = {
    {"associate_answer", "rejection", BYTES("\1\0\2\3\2")},
    {"associate_answer", "extended",
     BYTES("\0"
           "\0\1\0\0"
           "0123456789abcdef"
           "0123456789abcdef"
           "0123456789abcdef0123456789abcdef"
           "\x50\0\0\x24"
           "\x56\0\0\x20"
           "\0\x1b"
           "1.2.840.10008.5.1.4.1.2.2.3"
           "\1\1\0")},
    {"associate_answer", "user-identity",
     BYTES("\0"
           "\0\1\0\0"
           "0123456789abcdef"
           "0123456789abcdef"
           "0123456789abcdef0123456789abcdef"
           "\x50\0\0\x09"
           "\x59\0\0\5"
           "\0\3"
           "abc")},
    {"peek", "explicit",
     BYTES("\1"
           "\x08\0\x18\0UI\4\0"
           "1.2\0"
           "\x20\0\x0d\0UI\4\0"
           "1.3\0"
           "\x20\0\x0e\0UI\4\0"
           "1.4\0")},
    {"peek", "undefined-lengths",
     BYTES("\1"
           "\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
           "\x20\0\x0d\0UI\4\0"
           "9.9\0"
           "\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
           "\x20\0\x0d\0UI\4\0"
           "1.3\0")},
    {"peek", "implicit",
     BYTES("\0"
           "\x08\0\x40\x11\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
           "\x20\0\x0e\0\4\0\0\0"
           "1.4\0")},
    {"peek", "big-endian",
     BYTES("\3"
           "\0\x20\0\x0dUI\0\4"
           "1.3\0")},
    {"failed_list", "implicit",
     BYTES("\0"
           "\x08\0\x58\0\x08\0\0\0"
           "1.2\\1.3\0")},
    {"failed_list", "explicit",
     BYTES("\1"
           "\x08\0\5\0CS\2\0xx"
           "\x08\0\x58\0UI\x08\0"
           "1.2\\1.3\0")},
    {"failed_list", "explicit-un",
     BYTES("\1"
           "\x08\0\x58\0UN\0\0\4\0\0\0"
           "1.2\0")},
    {"failed_list", "big-endian",
     BYTES("\3"
           "\0\x08\0\x58UI\0\x08"
           "1.2\\1.3\0")},
    {"failed_list", "deflated",
     BYTES("\2"
           "\xe3"
           "\x60"
           "\x88"
           "\x60"
           "\x08"
           "\xf5"
           "\xe4"
           "\x60"
           "\x30"
           "\xd4"
           "\x33"
           "\x8a"
           "\x31"
           "\xd4"
           "\x33"
           "\x66"
           "\x00"
           "\x00"
           "")},
    {"data_set_reader", "implicit",
     BYTES("\0"
           "\x08\0\x52\0\6\0\0\0STUDY \x0A\x30\xB0\0\x0E\0\0\0\xFE\xFF\0\xE0\6\0\0\0"
           "\xC0\x30\0\0\0\0")},
    {"data_set_reader", "explicit",
     BYTES("\1"
           "\x08\0\5\0CS\x0A\0ISO_IR 100\x08\0\x52\0CS\6\0STUDY \x28\0\x11\0US\2\0\1\2"
           "\x0A\x30\xB0\0SQ\0\0\x12\0\0\0\xFE\xFF\0\xE0\x0A\0\0\0\x0A\x30\xC0\0IS\2\0"
           "1 ")},
    {"data_set_reader", "undefined-lengths",
     BYTES("\1"
           "\x0A\x30\xB0\0SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x0A\x30\xC0\0IS\2\0"
           "1 \xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0"
           "\x0C\x30\2\0UN\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0")},
    {"data_set_reader", "deflated",
     BYTES("\2"
           "\1\x0E\0\xF1\xFF\x08\0\x52\0CS\6\0STUDY ")},
    {"data_set_reader", "big-endian",
     BYTES("\3"
           "\0\x08\0\x52"
           "CS\0\6STUDY \0\x28\0\x11US\0\2\1\2\x7F\xE0\0\x10OW\0\0\0\0\0\2\1\2")},
    {"data_set_reader", "file",
     BYTES("\4" ZEROS_64 ZEROS_64 "DICM\2\0\x10\0UI\x14\0"
           "1.2.840.10008.1.2.1\0\x08\0\x52\0CS\6\0STUDY ")},
    {"data_set_reader", "bare", BYTES("\4\x08\0\x52\0CS\6\0STUDY ")},
    {"identifier_file", "file-and-keys",
     BYTES("\1{\"PatientName\":\"M\xC3\xBC\",\"BeamSequence[1].BeamName\":\"x\"}\0"
           "\x08\0\5\0CS\x0A\0ISO_IR 100\x08\0\x52\0CS\6\0STUDY \x20\0\x0D\0UI\4\0"
           "1.2\0\x0A\x30\xB0\0SQ\0\0\x12\0\0\0\xFE\xFF\0\xE0\x0A\0\0\0\x0A\x30\xC2\0LO\2\0\xF6 ")},
    {"identifier_file", "file",
     BYTES("\1\0\x08\0\x52\0CS\6\0STUDY \x10\0\x10\0PN\2\0\xF6 \x20\0\x0D\0UI\4\0"
           "1.2\0")},
    {"identifier_file", "dicom-json",
     BYTES(
         "\2{\"00080052\":{\"vr\":\"CS\",\"Value\":[\"STUDY\"]},\"00100010\":{\"vr\":\"PN\",\"Value\":"
         "[{\"Alphabetic\":\"A\",\"Phonetic\":\"B\"}]},\"300A00B0\":{\"vr\":\"SQ\",\"Value\":[{\"7FE00010\":"
         "{\"vr\":\"OW\",\"InlineBinary\":\"AP/qCA==\"}},{}]}}\0\x20\0\x0D\0UI\4\0"
         "1.2\0")},
    {"form_data", "file-and-keys",
     BYTES("multipart/form-data; boundary=b\0--b\r\nContent-Disposition: form-data; name=\"identifier\"; "
           "filename=\"q.dcm\"\r\nContent-Type: application/octet-stream\r\n\r\nDICM\r\n--b\r\n"
           "Content-Disposition: form-data; name=keys\r\n\r\n{}\r\n--b--\r\n")},
    {"form_data", "quoted-boundary",
     BYTES(
         "multipart/form-data; charset=x; boundary=\"a b\"\0--a b \r\nX: y\r\nContent-Disposition:form-data;"
         "name=\"\\\"\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\r\n--a b--")},
    {"accept", "usual",
     BYTES("multipart/related; type=\"application/dicom\"; transfer-syntax=*, application/zip;q=0.5")},
    {"accept", "everything", BYTES("*/*;q=0.1, application/*;q=0.25,application/json;q=0")},
    {"accept", "prefer", BYTES("respond-async; wait=\"1,2\", handling=lenient")},
    {"accept", "quoted", BYTES("a/b; c=\"\\\"d,e\\\\\" ; q=1.000 ,,")},
    {"multipart", "one",
     BYTES("\x20\0"
           "\1abcdefgh")},
    {"multipart", "several",
     BYTES("\0\3"
           "\0abcdefg"
           "\2abcdefghijklmnopqrstu"
           "\0a")},
    {"multipart", "looks-like-the-end",
     BYTES("\x7f\x10"
           "\5\r\n--cgetway-00000000000000000000000000000000--\r\n")},
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: make-fuzz-seeds tests/fuzz/corpus\n");
        return 2;
    }
    make_conversation_seeds(argv[1], "retrieve", retrieve_seeds,
                            sizeof retrieve_seeds / sizeof retrieve_seeds[0]);
    make_conversation_seeds(argv[1], "find", find_seeds, sizeof find_seeds / sizeof find_seeds[0]);
    make_command_seeds(argv[1]);
    make_answer_seeds(argv[1]);
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        char directory[512];
        struct cgw_buffer bytes = CGW_BUFFER_INIT(4096);
        make_directory(directory, sizeof directory, argv[1], literals[i].fuzzer);
        say_bytes(&bytes, literals[i].bytes, literals[i].length);
        save(directory, literals[i].name, &bytes);
        cgw_buffer_release(&bytes);
    }
    return 0;
}
