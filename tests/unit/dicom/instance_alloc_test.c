/* Each allocation fails once while an instance is read, its frames are found and it is re-encoded: nothing
 * leaks, nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "cgetway/frames.h"
#include "cgetway/reencode.h"
#include "cgetway/transfer_syntax.h"
#include "support/failing_alloc.h"

#include "instance_memory.h"

#include <unistd.h>

#define ITEM "\xFE\xFF\x00\xE0"
#define UIDS "\x08\0\x16\0UI\4\0001.2\0\x08\0\x18\0UI\4\0001.3\0"
#define BEAMS "\x0A\x30\xB0\0SQ\0\0\x36\0\0\0"
#define BEAM ITEM "\x0A\0\0\0\x10\0\x10\0PN\2\0Ab"
#define FRAMES "\x28\0\x08\0IS\2\0002 "
#define FRAGMENTS                                                                                            \
    "\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF" ITEM "\x08\0\0\0\0\0\0\0\x0A\0\0\0" ITEM "\2\0\0\0ab" ITEM        \
    "\2\0\0\0cd\xFE\xFF\xDD\xE0\0\0\0\0"
#define LENGTHS                                                                                              \
    "\xE0\x7F\1\0OV\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\x0A\0\0\0\0\0\0\0"                                         \
    "\xE0\x7F\2\0OV\0\0\x10\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"

static const char plain[] = UIDS BEAMS BEAM BEAM BEAM;
static const char with_basic_table[] = UIDS FRAMES FRAGMENTS;
static const char with_extended_table[] = UIDS FRAMES LENGTHS FRAGMENTS;

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)tag;
    (void)context;
    return CGW_VR_UN;
}

static enum cgw_code reencode(const struct cgw_instance_file *file, struct cgw_error *err)
{
    struct cgw_reencoder *reencoder = NULL;
    uint8_t bytes[4096];
    enum cgw_code code = cgw_reencoder_new(file, false, "", &reencoder, err);
    assert_true((code == CGW_OK) == (reencoder != NULL));
    if (code == CGW_OK)
        assert_true(cgw_reencoder_read(reencoder, bytes, sizeof bytes) > 0);
    cgw_reencoder_free(reencoder);
    return code;
}

static enum cgw_code use(int fd, bool is_encapsulated, struct cgw_error *err)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_buffer index = CGW_BUFFER_INIT(4096);
    enum cgw_code code =
        cgw_instance_file_open(fd, &cgw_instance_file_default_limits, vr_of, NULL, &file, err);
    assert_true((code == CGW_OK) == (file != NULL));
    if (code == CGW_OK)
        code = cgw_frames_index(file, &index, err);
    if (code == CGW_OK && !is_encapsulated)
        code = reencode(file, err);
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
    return code;
}

static void use_with_every_allocation_failing(int fd, bool is_encapsulated)
{
    for (size_t n = 1;; n++) {
        struct cgw_error err = CGW_ERROR_INIT;
        cgw_alloc_begin(n);
        enum cgw_code code = use(fd, is_encapsulated, &err);
        struct cgw_alloc_report report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        assert_int_equal(code, err.code);
        if (!report.failed) {
            assert_true(n > 6);
            break;
        }
    }
    (void)close(fd);
}

static void a_data_set_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    use_with_every_allocation_failing(file_of_data_set(CGW_TS_EXPLICIT_LE, plain, sizeof plain - 1), false);
}

static void frames_survive_the_failure_of_any_allocation(void **state)
{
    static const char *const jpeg = "1.2.840.10008.1.2.4.50";
    (void)state;
    use_with_every_allocation_failing(file_of_data_set(jpeg, with_basic_table, sizeof with_basic_table - 1),
                                      true);
    use_with_every_allocation_failing(
        file_of_data_set(jpeg, with_extended_table, sizeof with_extended_table - 1), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_data_set_survives_the_failure_of_any_allocation),
        cmocka_unit_test(frames_survive_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
