/* What the fields of the first ZIP could not hold: more than 65,535 entries, and more than 4 GiB. */
#include "unit/cmocka_all.h"

#include "archive.h"
#include "body.h"

#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/zip.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ENTRIES = 65536 + 1000,
    INSTANCE_BYTES = 16,
    ARCHIVE_MAX_BYTES = 128 * 1024 * 1024,
    OUTCOME_MAX_BYTES = 32 * 1024 * 1024,
    PIECE_BYTES = 128 * 1024,
    PDV_BYTES = 128 * 1024 - 128,
};

static const uint64_t four_gib = (uint64_t)1 << 32;

static const struct said_counts no_counts = {-1, -1, -1, -1};

struct seen {
    size_t count;
    json_t *outcome;
};

static void note_outcome(struct seen *seen, const struct cgw_buffer *content)
{
    assert_non_null(content);
    seen->outcome = json_loadb((const char *)content->bytes, content->length, 0, NULL);
    assert_true(json_is_true(json_object_get(seen->outcome, "complete")));
}

static void expect_one_of_many(void *context, const char *name, uint64_t size,
                               const struct cgw_buffer *content)
{
    struct seen *seen = context;
    char expected[32];
    if (seen->count++ == ENTRIES) {
        assert_string_equal(name, "outcome.json");
        note_outcome(seen, content);
        return;
    }
    (void)snprintf(expected, sizeof expected, "CT.1.2.%zu", seen->count - 1);
    assert_string_equal(name, expected);
    assert_non_null(content);
    assert_int_equal(content->length, size);
}

static void an_archive_has_more_entries_than_fit_into_16_bits(void **state)
{
    struct setting setting;
    struct opened opened;
    struct seen seen = {0};
    struct cgw_buffer zip = CGW_BUFFER_INIT(ARCHIVE_MAX_BYTES);
    static char piece[PIECE_BYTES];
    static const uint8_t data_set[INSTANCE_BYTES];
    ssize_t length;
    (void)state;
    setting_init(&setting);
    setting.peer.max_instances = ENTRIES;
    setting_accept(&setting);
    for (int i = 0; i < ENTRIES; i++) {
        char uid[24];
        (void)snprintf(uid, sizeof uid, "1.2.%d", i);
        say_store(&setting.memory.words, setting.ct, (uint16_t)i, SETTING_CT_IMAGE, uid, data_set,
                  sizeof data_set);
    }
    say_response(&setting.memory.words, 0x0000, no_counts);
    body_open(&setting, cgw_zip_new, false, &opened);
    while ((length = cgw_sink_read(opened.sink, piece, sizeof piece)) > 0)
        assert_true(cgw_buffer_append(&zip, piece, (size_t)length));
    assert_int_equal(length, CGW_SINK_END);
    assert_true(archive_walk_memory(&zip, OUTCOME_MAX_BYTES, expect_one_of_many, &seen));
    assert_int_equal(seen.count, ENTRIES + 1);
    assert_int_equal(json_integer_value(json_object_get(seen.outcome, "received")), ENTRIES);
    json_decref(seen.outcome);
    cgw_buffer_release(&zip);
    body_close(&opened);
    setting_release(&setting);
}

/* One instance of zeros, longer than 4 GiB, and one behind it. Returns the length of the first data set. */
static uint64_t say_large_instance(struct setting *setting)
{
    static const uint8_t zeros[PDV_BYTES];
    struct memory_peer *memory = &setting->memory;
    setting_accept(setting);
    say_store_command(&memory->words, setting->ct, 1, SETTING_CT_IMAGE, "1.1");
    memory->repeat_from = memory->words.length;
    say_pdv(&memory->words, setting->ct, PDV_DATA, zeros, sizeof zeros);
    memory->repeat_to = memory->words.length;
    memory->repeats = four_gib / PDV_BYTES;
    say_pdv(&memory->words, setting->ct, PDV_DATA | PDV_LAST, zeros, sizeof zeros);
    say_store(&memory->words, setting->ct, 2, SETTING_CT_IMAGE, "1.2", zeros, INSTANCE_BYTES);
    say_response(&memory->words, 0x0000, no_counts);
    return (uint64_t)(memory->repeats + 2) * PDV_BYTES;
}

/* Zeros become a hole. */
static void write_sparsely(int file, const char *bytes, size_t length)
{
    if (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0)
        assert_true(lseek(file, (off_t)length, SEEK_CUR) >= 0);
    else
        assert_int_equal(write(file, bytes, length), (ssize_t)length);
}

struct large {
    uint64_t first_bytes; /* of the entry */
    struct seen seen;
};

static void expect_large(void *context, const char *name, uint64_t size, const struct cgw_buffer *content)
{
    static const char *const names[] = {"CT.1.1", "CT.1.2", "outcome.json"};
    struct large *large = context;
    size_t i = large->seen.count++;
    assert_true(i < 3);
    assert_string_equal(name, names[i]);
    if (i == 0)
        assert_true(content == NULL && size == large->first_bytes);
    else
        assert_true(content != NULL && content->length == size);
    if (i == 2)
        note_outcome(&large->seen, content);
}

static void an_entry_is_longer_and_the_next_is_further_than_fits_into_32_bits(void **state)
{
    struct setting setting;
    struct opened opened;
    uint8_t header[CGW_PART10_MAX_BYTES];
    static char piece[PIECE_BYTES];
    char path[] = "/tmp/cgetway-zip64-XXXXXX";
    ssize_t length;
    (void)state;
    int file = mkstemp(path);
    assert_true(file >= 0);
    setting_init(&setting);
    setting.peer.max_instance_bytes = 2 * (int64_t)four_gib;
    setting.peer.total_timeout_ms = 120000;
    uint64_t data_bytes = say_large_instance(&setting);
    struct large large = {.first_bytes = data_bytes + cgw_part10_header(SETTING_CT_IMAGE, "1.1",
                                                                        CGW_TS_EXPLICIT_LE, "PEER", header)};
    assert_true(data_bytes > four_gib);
    body_open(&setting, cgw_zip_new, false, &opened);
    while ((length = cgw_sink_read(opened.sink, piece, sizeof piece)) > 0)
        write_sparsely(file, piece, (size_t)length);
    assert_int_equal(length, CGW_SINK_END);
    assert_int_equal(close(file), 0);
    bool is_taken = archive_walk_file(path, OUTCOME_MAX_BYTES, expect_large, &large);
    assert_int_equal(getenv("CGW_KEEP_TEMP") != NULL ? 0 : unlink(path), 0);
    assert_true(is_taken);
    assert_int_equal(large.seen.count, 3);
    const json_t *first = json_array_get(json_object_get(large.seen.outcome, "instances"), 0);
    assert_true(json_integer_value(json_object_get(first, "bytes")) == (json_int_t)data_bytes);
    json_decref(large.seen.outcome);
    body_close(&opened);
    setting_release(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_has_more_entries_than_fit_into_16_bits),
        cmocka_unit_test(an_entry_is_longer_and_the_next_is_further_than_fits_into_32_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
