/* First byte: the transfer syntax of the data set that follows, or a whole file follows. What is read is a
 * data set as the header says, within the limits, with every value inside of the file; and re-encoded it is
 * read as the same again. */
#include "fuzz/fuzz.h"

#include "cgetway/instance_file.h"
#include "cgetway/part10.h"
#include "cgetway/reencode.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cgw_instance_file_limits limits = {
    .max_depth = 8, .max_elements = 2000, .max_inflated_bytes = 1 << 20, .max_memory_bytes = 1 << 20};

static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                       CGW_TS_EXPLICIT_BE, "1.2.840.10008.1.2.4.50"};

enum { SYNTAXES = sizeof syntaxes / sizeof syntaxes[0] };

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    static const enum cgw_vr some[] = {CGW_VR_SQ, CGW_VR_US, CGW_VR_PN, CGW_VR_OW,
                                       CGW_VR_UN, CGW_VR_FD, CGW_VR_UI, CGW_VR_AT};
    (void)context;
    FUZZ_DEMAND(CGW_TAG_GROUP(tag) % 2 == 0);
    return some[(tag >> 4 ^ tag) % (sizeof some / sizeof some[0])];
}

static int make_file(void)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_DEMAND(fd >= 0);
    return fd;
}

static void append(int fd, const void *bytes, size_t length)
{
    FUZZ_DEMAND(write(fd, bytes, length) == (ssize_t)length);
}

static void append_header(int fd, const char *transfer_syntax)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    append(fd, header, cgw_part10_header("1.2", "1.3", transfer_syntax, "", header));
}

static void check_value(const struct cgw_instance_file *file, const struct cgw_element *element)
{
    uint64_t start = cgw_instance_file_data_set_offset(file),
             end = start + cgw_instance_file_data_set_length(file);
    FUZZ_DEMAND((element->value != NULL) == (element->length > 0));
    FUZZ_DEMAND(element->vr == CGW_VR_SQ ? element->length == 0 : element->item_count == 0);
    FUZZ_DEMAND(element->length % cgw_vr_word_size(element->vr) == 0);
    if (!element->is_in_file)
        return;
    FUZZ_DEMAND(element->value == NULL && element->vr != CGW_VR_SQ);
    FUZZ_DEMAND(element->in_file.offset >= start && element->in_file.offset <= end);
    FUZZ_DEMAND(element->in_file.length <= end - element->in_file.offset);
}

static size_t check_data_set(const struct cgw_instance_file *file, const struct cgw_data_set *data_set,
                             size_t depth)
{
    size_t count = data_set->count;
    FUZZ_DEMAND(depth <= limits.max_depth);
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        uint16_t group = CGW_TAG_GROUP(element->tag);
        FUZZ_DEMAND(i == 0 || element->tag > data_set->elements[i - 1].tag);
        FUZZ_DEMAND(group != 0x0000 && group != 0x0002 && group != 0xFFFE);
        FUZZ_DEMAND(CGW_TAG_ELEMENT(element->tag) != 0x0000);
        check_value(file, element);
        count += element->item_count;
        for (size_t j = 0; j < element->item_count; j++)
            count += check_data_set(file, &element->items[j], depth + 1);
    }
    return count;
}

/* ---- re-encoded ---- */

static bool are_same_bytes(int fd_a, uint64_t at_a, int fd_b, uint64_t at_b, uint64_t length)
{
    uint8_t a[4096], b[4096];
    while (length > 0) {
        size_t piece = length < sizeof a ? (size_t)length : sizeof a;
        FUZZ_DEMAND(pread(fd_a, a, piece, (off_t)at_a) == (ssize_t)piece);
        FUZZ_DEMAND(pread(fd_b, b, piece, (off_t)at_b) == (ssize_t)piece);
        if (memcmp(a, b, piece) != 0)
            return false;
        at_a += piece;
        at_b += piece;
        length -= piece;
    }
    return true;
}

static bool is_same_value(const struct cgw_instance_file *a, const struct cgw_element *x,
                          const struct cgw_instance_file *b, const struct cgw_element *y)
{
    uint64_t x_length = x->is_in_file ? x->in_file.length : x->length;
    uint64_t y_length = y->is_in_file ? y->in_file.length : y->length;
    if (x->vr != y->vr)
        return y->vr == CGW_VR_UN && x_length > 65533; /* PS3.5 6.2.2 */
    if (y_length != x_length && !(x_length % 2 == 1 && y_length == x_length + 1))
        return false;
    if (!x->is_in_file && !y->is_in_file)
        return x_length == 0 || memcmp(x->value, y->value, x_length) == 0;
    if (!x->is_in_file || !y->is_in_file || cgw_instance_file_is_big_endian(a))
        return true;
    return are_same_bytes(cgw_instance_file_fd(a), x->in_file.offset, cgw_instance_file_fd(b),
                          y->in_file.offset, x_length);
}

static bool are_same(const struct cgw_instance_file *a, const struct cgw_data_set *x,
                     const struct cgw_instance_file *b, const struct cgw_data_set *y)
{
    bool same = x->count == y->count;
    for (size_t i = 0; same && i < x->count; i++) {
        const struct cgw_element *p = &x->elements[i], *q = &y->elements[i];
        same = p->tag == q->tag && p->item_count == q->item_count && is_same_value(a, p, b, q);
        for (size_t j = 0; same && j < p->item_count; j++)
            same = are_same(a, &p->items[j], b, &q->items[j]);
    }
    return same;
}

static void write_out(struct cgw_reencoder *reencoder, int fd, size_t piece)
{
    uint8_t bytes[5000];
    uint64_t total = 0;
    for (;;) {
        ssize_t got = cgw_reencoder_read(reencoder, bytes, piece);
        FUZZ_DEMAND(got >= 0);
        if (got == 0)
            break;
        append(fd, bytes, (size_t)got);
        total += (uint64_t)got;
    }
    FUZZ_DEMAND(total == cgw_reencoder_length(reencoder) || cgw_reencoder_length(reencoder) == UINT64_MAX);
}

static void check_reencoded(const struct cgw_instance_file *file, bool deflate, size_t piece)
{
    static const struct cgw_instance_file_limits wide = {
        .max_depth = 64, .max_elements = 1 << 20, .max_inflated_bytes = 1 << 26, .max_memory_bytes = 1 << 26};
    struct cgw_reencoder *reencoder = NULL;
    struct cgw_instance_file *again = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    enum cgw_code code = cgw_reencoder_new(file, deflate, "", &reencoder, &error);
    FUZZ_DEMAND(code == CGW_OK || code == CGW_E_NOT_ACCEPTABLE || code == CGW_E_INSTANCE_UNREADABLE);
    if (code != CGW_OK)
        return;
    int fd = make_file();
    write_out(reencoder, fd, piece);
    cgw_reencoder_free(reencoder);
    FUZZ_DEMAND(cgw_instance_file_open(fd, &wide, vr_of, NULL, &again, &error) == CGW_OK);
    FUZZ_DEMAND(are_same(file, cgw_instance_file_data_set(file), again, cgw_instance_file_data_set(again)));
    cgw_instance_file_free(again);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    if (size == 0)
        return 0;
    size_t kind = data[0] % (SYNTAXES + 1);
    int fd = make_file();
    if (kind < SYNTAXES)
        append_header(fd, syntaxes[kind]);
    append(fd, data + 1, size - 1);
    enum cgw_code code = cgw_instance_file_open(fd, &limits, vr_of, NULL, &file, &error);
    FUZZ_DEMAND(code == error.code && (code == CGW_OK || code == CGW_E_INSTANCE_UNREADABLE));
    FUZZ_DEMAND((code == CGW_OK) == (error.detail[0] == '\0') && (code == CGW_OK) == (file != NULL));
    if (code == CGW_OK) {
        const struct cgw_data_set *data_set = cgw_instance_file_data_set(file);
        FUZZ_DEMAND(check_data_set(file, data_set, 1) <= limits.max_elements);
        check_reencoded(file, data[0] >= 128, 1 + (size_t)data[0] * 17);
    }
    cgw_instance_file_free(file);
    (void)close(fd);
    return 0;
}
