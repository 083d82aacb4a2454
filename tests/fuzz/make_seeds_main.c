/*
 * Writes the seeds of the fuzzers of the retrieve into tests/fuzz/corpus: make-fuzz-seeds DIRECTORY. Run it
 * again when the plan changes, for it decides the ids of the contexts.
 */
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct seed {
    const char *name;
    uint8_t head[3]; /* flags, bytes at once, events: see retrieve_fuzzer.c */
    const char *script;
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

static void make_retrieve_seeds(const char *root)
{
    char directory[512];
    make_directory(directory, sizeof directory, root, "retrieve");
    for (size_t i = 0; i < sizeof retrieve_seeds / sizeof retrieve_seeds[0]; i++) {
        struct setting setting;
        setting_init(&setting);
        say_bytes(&setting.memory.words, retrieve_seeds[i].head, 3);
        say_script(&setting, retrieve_seeds[i].script);
        save(directory, retrieve_seeds[i].name, &setting.memory.words);
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
    make_retrieve_seeds(argv[1]);
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
