/* Files as an archive: read back, cut where a file is not what it should be, and with every allocation
 * failing. */
#include "unit/cmocka_all.h"

#include "archive.h"

#include "cgetway/file_zip.h"
#include "support/failing_alloc.h"
#include "support/pattern.h"
#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_FILES = 4,
    ZIP_MAX_BYTES = 4 * 1024 * 1024,
    CONTENT_MAX_BYTES = 1024 * 1024,
    MODIFIED = 1795368000
};

/* A file of the pattern of its index; on_disk: how long it really is, -1: as long as it must be, -2: next()
 * fails. */
struct file {
    const char *name;
    uint64_t bytes;
    int64_t on_disk;
};

enum { AS_IT_MUST_BE = -1, FAILS = -2 };

struct files {
    const struct file *items;
    size_t count, next;
};

static struct temp_dir *dir;

static void name_on_disk(size_t index, char name[16])
{
    (void)snprintf(name, 16, "%zu", index);
}

static enum cgw_code next_file(void *context, struct cgw_zip_file *ret_file, bool *ret_is_end,
                               struct cgw_error *err)
{
    struct files *files = context;
    char name[16];
    *ret_is_end = files->next == files->count;
    if (*ret_is_end)
        return CGW_OK;
    const struct file *file = &files->items[files->next];
    if (file->on_disk == FAILS)
        return cgw_fail(err, CGW_E_UNKNOWN_FILE, "it is gone");
    name_on_disk(files->next++, name);
    const struct cgw_place place = {.directory = temp_dir_path(dir)};
    *ret_file = (struct cgw_zip_file){.name = file->name, .bytes = file->bytes, .modified = MODIFIED};
    return cgw_place_file_open(&place, (struct cgw_watch){-1, -1}, name, &ret_file->file, err);
}

static void make_files(const struct file *items, size_t count, struct files *ret_files)
{
    struct support_error err = {.text = ""};
    *ret_files = (struct files){.items = items, .count = count};
    for (size_t i = 0; i < count; i++) {
        char name[16];
        size_t length = items[i].on_disk >= 0 ? (size_t)items[i].on_disk : (size_t)items[i].bytes;
        uint8_t *bytes = malloc(length + 1);
        assert_non_null(bytes);
        pattern_fill(i, 0, bytes, length);
        name_on_disk(i, name);
        char *path = temp_dir_join(dir, name);
        assert_true(file_write(path, bytes, length, &err));
        free(path);
        free(bytes);
    }
}

/* CGW_SINK_END or CGW_SINK_CUT. bytes NULL: nothing is kept. */
static ssize_t read_all(struct cgw_file_zip *zip, size_t capacity, struct cgw_buffer *bytes)
{
    static char piece[128 * 1024 + 1];
    ssize_t length;
    do {
        piece[capacity] = 0x55;
        length = cgw_file_zip_read(zip, piece, capacity);
        assert_int_equal(piece[capacity], 0x55);
        assert_true(length <= (ssize_t)capacity);
        if (length > 0 && bytes != NULL)
            assert_true(cgw_buffer_append(bytes, piece, (size_t)length));
    } while (length > 0);
    return length;
}

static ssize_t read_zip(struct files *files, size_t capacity, struct cgw_buffer *ret_bytes,
                        enum cgw_code *ret_code)
{
    const struct cgw_file_zip_options options = {.context = files, .next = next_file};
    files->next = 0;
    *ret_bytes = (struct cgw_buffer)CGW_BUFFER_INIT(ZIP_MAX_BYTES);
    struct cgw_file_zip *zip = cgw_file_zip_new(&options);
    assert_non_null(zip);
    ssize_t end = read_all(zip, capacity, ret_bytes);
    *ret_code = cgw_file_zip_error(zip)->code;
    cgw_file_zip_free(zip);
    return end;
}

struct seen {
    const struct file *items;
    size_t count;
};

static void expect_file(void *context, const char *name, uint64_t size, const struct cgw_buffer *content)
{
    struct seen *seen = context;
    const struct file *file = &seen->items[seen->count];
    assert_string_equal(name, file->name);
    assert_int_equal(size, file->bytes);
    assert_int_equal(content->length, size);
    assert_true(pattern_matches(seen->count, 0, content->bytes, content->length));
    seen->count++;
}

static const struct file whole[] = {{"CT.1.2.3", 70000, AS_IT_MUST_BE},
                                    {"MR.1.2.4", 0, AS_IT_MUST_BE},
                                    {"SRe.1.2.5", 300000, AS_IT_MUST_BE},
                                    {"outcome-1.json", 5, AS_IT_MUST_BE}};

static void every_file_is_an_entry_in_reads_of_any_size(void **state)
{
    static const size_t capacities[] = {1, 7, 100, 4096, 65536, 128 * 1024};
    struct cgw_buffer first = CGW_BUFFER_INIT(ZIP_MAX_BYTES);
    struct files files;
    (void)state;
    make_files(whole, 4, &files);
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        struct seen seen = {.items = whole};
        struct cgw_buffer bytes;
        enum cgw_code code;
        assert_int_equal(read_zip(&files, capacities[i], &bytes, &code), CGW_SINK_END);
        assert_int_equal(code, CGW_OK);
        assert_true(archive_walk_memory(&bytes, CONTENT_MAX_BYTES, expect_file, &seen));
        assert_int_equal(seen.count, 4);
        if (i == 0)
            assert_true(cgw_buffer_append(&first, bytes.bytes, bytes.length));
        assert_int_equal(bytes.length, first.length);
        assert_memory_equal(bytes.bytes, first.bytes, first.length);
        cgw_buffer_release(&bytes);
    }
    cgw_buffer_release(&first);
}

/* The end record of a central directory without entries (APPNOTE.TXT 4.3.16), which libarchive does not read.
 */
static void no_files_are_an_empty_archive(void **state)
{
    static const uint8_t expected[22] = {'P', 'K', 5, 6};
    struct files files = {.items = NULL};
    struct cgw_buffer bytes;
    enum cgw_code code;
    (void)state;
    assert_int_equal(read_zip(&files, 4096, &bytes, &code), CGW_SINK_END);
    assert_int_equal(bytes.length, sizeof expected);
    assert_memory_equal(bytes.bytes, expected, sizeof expected);
    cgw_buffer_release(&bytes);
}

static const struct {
    struct file files[2];
    enum cgw_code code;
} cut_rows[] = {
    {{{"CT.1", 70000, AS_IT_MUST_BE}, {"CT.2", 70000, 69999}}, CGW_E_STORE_FAILED},
    {{{"CT.1", 70000, 0}, {"CT.2", 70000, AS_IT_MUST_BE}}, CGW_E_STORE_FAILED},
    {{{"CT.1", 70000, AS_IT_MUST_BE}, {"CT.2", 70000, FAILS}}, CGW_E_UNKNOWN_FILE},
    {{{"CT.1", 70000, FAILS}, {"CT.2", 70000, AS_IT_MUST_BE}}, CGW_E_UNKNOWN_FILE},
};

static void count_entry(void *context, const char *name, uint64_t size, const struct cgw_buffer *content)
{
    (void)name;
    (void)size;
    (void)content;
    ++*(size_t *)context;
}

static void what_is_not_as_it_was_stored_cuts_the_archive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cut_rows / sizeof cut_rows[0]; i++) {
        struct files files;
        struct cgw_buffer bytes;
        enum cgw_code code;
        size_t entries = 0;
        make_files(cut_rows[i].files, 2, &files);
        assert_int_equal(read_zip(&files, 4096, &bytes, &code), CGW_SINK_CUT);
        assert_int_equal(code, cut_rows[i].code);
        assert_false(archive_walk_memory(&bytes, CONTENT_MAX_BYTES, count_entry, &entries));
        cgw_buffer_release(&bytes);
    }
}

static void it_may_be_given_up_at_any_point(void **state)
{
    struct files files;
    (void)state;
    make_files(whole, 4, &files);
    int free_fd = dup(STDERR_FILENO);
    (void)close(free_fd);
    for (size_t reads = 0; reads < 12; reads++) {
        const struct cgw_file_zip_options options = {.context = &files, .next = next_file};
        char piece[40000];
        files.next = 0;
        struct cgw_file_zip *zip = cgw_file_zip_new(&options);
        for (size_t i = 0; i < reads; i++)
            (void)cgw_file_zip_read(zip, piece, sizeof piece);
        cgw_file_zip_free(zip);
    }
    assert_int_equal(dup(STDERR_FILENO), free_fd); /* no file is open */
    (void)close(free_fd);
}

static void memory_that_is_out_cuts_it(void **state)
{
    struct files files;
    struct cgw_alloc_report report;
    size_t n = 0;
    (void)state;
    make_files(whole, 4, &files);
    do {
        const struct cgw_file_zip_options options = {.context = &files, .next = next_file};
        files.next = 0;
        cgw_alloc_begin(++n);
        struct cgw_file_zip *zip = cgw_file_zip_new(&options);
        ssize_t end = zip != NULL ? read_all(zip, 100, NULL) : CGW_SINK_CUT;
        enum cgw_code code = zip != NULL ? cgw_file_zip_error(zip)->code : CGW_E_OUT_OF_MEMORY;
        cgw_file_zip_free(zip);
        report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(end, report.failed ? CGW_SINK_CUT : CGW_SINK_END);
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
    } while (report.failed);
    assert_true(n > 2);
}

static int set_up(void **state)
{
    (void)state;
    dir = temp_dir_new("file-zip", NULL);
    return dir != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_free(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_an_entry_in_reads_of_any_size),
        cmocka_unit_test(no_files_are_an_empty_archive),
        cmocka_unit_test(what_is_not_as_it_was_stored_cuts_the_archive),
        cmocka_unit_test(it_may_be_given_up_at_any_point),
        cmocka_unit_test(memory_that_is_out_cuts_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
