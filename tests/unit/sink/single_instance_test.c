#include "unit/cmocka_all.h"

#include "body.h"

#include "cgetway/part10.h"
#include "cgetway/single_instance.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

/* The body is always the header and the bytes of the first instance; what differs is how it ends. */
static const struct {
    const char *what, *script;
    bool lenient;
    size_t bytes;
    ssize_t end;
    enum cgw_code sink_code;
} rows[] = {
    {"one instance", "store:ct:1.1:300 final:0000:-:1:0:0", false, 300, CGW_SINK_END, CGW_OK},
    {"progress on the way", "store:ct:1.1:300 pending:0:1:0:0 final:0000:-:1:0:0", false, 300, CGW_SINK_END,
     CGW_OK},
    {"one instance and a failure", "store:ct:1.1:300 report:B000:-:1:1:0:1.2", false, 300, CGW_SINK_CUT,
     CGW_OK},
    {"one instance and a failure, lenient", "store:ct:1.1:300 report:B000:-:1:1:0:1.2", true, 300,
     CGW_SINK_END, CGW_OK},
    {"no final response", "store:ct:1.1:300", false, 300, CGW_SINK_CUT, CGW_OK},
    {"no final response, lenient", "store:ct:1.1:300", true, 300, CGW_SINK_END, CGW_OK},
    {"a truncated one", "command:ct:1.1 data:ct:20 abort", false, 20, CGW_SINK_CUT, CGW_OK},
    {"a truncated one, lenient", "command:ct:1.1 data:ct:20 abort", true, 20, CGW_SINK_CUT, CGW_E_INCOMPLETE},
    {"an empty one, lenient", "store:ct:1.1:0 final:0000:-:1:0:0", true, 0, CGW_SINK_CUT, CGW_E_INCOMPLETE},
    {"two instances", "store:ct:1.1:300 store:ct:1.2:10 final:0000:-:2:0:0", false, 300, CGW_SINK_CUT,
     CGW_E_TOO_MANY_INSTANCES},
    {"two instances, lenient", "store:ct:1.1:300 store:ct:1.2:10 final:0000:-:2:0:0", true, 300, CGW_SINK_CUT,
     CGW_E_TOO_MANY_INSTANCES},
    {"one instance twice", "store:ct:1.1:300 store:ct:1.1:300 final:0000:-:2:0:0", false, 300, CGW_SINK_CUT,
     CGW_E_TOO_MANY_INSTANCES},
};

static void assert_file(const struct body *body, size_t data_bytes)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    size_t length = cgw_part10_header(SETTING_CT_IMAGE, "1.1", CGW_TS_EXPLICIT_LE, "PEER", header);
    assert_int_equal(body->bytes.length, length + data_bytes);
    assert_memory_equal(body->bytes.bytes, header, length);
    for (size_t i = 0; i < data_bytes; i++)
        assert_int_equal(body->bytes.bytes[length + i], (uint8_t)(i * 7));
}

static void the_body_is_the_file_and_ends_cleanly_only_for_one_whole_instance(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct body body;
        body_read(&(struct reading){.make = cgw_single_instance_new,
                                    .script = rows[i].script,
                                    .lenient = rows[i].lenient,
                                    .capacity = 65536},
                  &body);
        if (body.end != rows[i].end || body.sink_code != rows[i].sink_code)
            fail_msg("%s: end %d, %s", rows[i].what, (int)body.end, cgw_code_name(body.sink_code));
        assert_file(&body, rows[i].bytes);
        assert_string_equal(body.content_type, "application/dicom; transfer-syntax=" CGW_TS_EXPLICIT_LE);
        body_release(&body);
    }
}

static void every_capacity_gives_the_same_bytes_however_the_peers_arrive(void **state)
{
    (void)state;
    body_is_the_same_for_every_capacity(cgw_single_instance_new, "store:ct:1.1:300 final:0000:-:1:0:0", NULL);
    body_is_the_same_for_every_capacity(cgw_single_instance_new, "command:ct:1.1 data:ct:20", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_body_is_the_file_and_ends_cleanly_only_for_one_whole_instance),
        cmocka_unit_test(every_capacity_gives_the_same_bytes_however_the_peers_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
