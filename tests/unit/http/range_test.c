#include "unit/cmocka_all.h"

#include "http/range.h"

#include <inttypes.h>

#define WHOLE RANGE_WHOLE
#define PART RANGE_PART
#define NEVER RANGE_NOT_SATISFIABLE
#define MAX_NUMBER "18446744073709551615" /* of 64 bits */

static const struct row {
    const char *field;
    uint64_t size;
    enum range range;
    uint64_t first, length; /* of a part */
} rows[] = {
    {NULL, 100, WHOLE, 0, 0},
    /* one range */
    {"bytes=0-0", 100, PART, 0, 1},
    {"bytes=0-99", 100, PART, 0, 100},
    {"bytes=10-19", 100, PART, 10, 10},
    {"bytes=99-99", 100, PART, 99, 1},
    {"bytes=90-", 100, PART, 90, 10},
    {"bytes=0-", 100, PART, 0, 100},
    {"bytes=-1", 100, PART, 99, 1},
    {"bytes=-100", 100, PART, 0, 100},
    {"bytes=007-0009", 100, PART, 7, 3},
    {"BYTES=1-2", 100, PART, 1, 2},
    {"bytes= \t1-2 ", 100, PART, 1, 2},
    /* more than there is */
    {"bytes=90-100", 100, PART, 90, 10},
    {"bytes=-101", 100, PART, 0, 100},
    {"bytes=90-" MAX_NUMBER, 100, PART, 90, 10},
    {"bytes=90-99999999999999999999999999", 100, PART, 90, 10},
    {"bytes=-99999999999999999999999999", 100, PART, 0, 100},
    {"bytes=0-" MAX_NUMBER, UINT64_MAX, PART, 0, UINT64_MAX},
    {"bytes=-1", UINT64_MAX, PART, UINT64_MAX - 1, 1},
    /* nothing of it */
    {"bytes=100-", 100, NEVER, 0, 0},
    {"bytes=100-200", 100, NEVER, 0, 0},
    {"bytes=-0", 100, NEVER, 0, 0},
    {"bytes=-00", 100, NEVER, 0, 0},
    {"bytes=18446744073709551616-", 100, NEVER, 0, 0},
    {"bytes=99999999999999999999999999-99999999999999999999999999", 100, NEVER, 0, 0},
    {"bytes=0-", 0, NEVER, 0, 0},
    {"bytes=0-0", 0, NEVER, 0, 0},
    {"bytes=-0", 0, NEVER, 0, 0},
    {"bytes=-1", 0, WHOLE, 0, 0},
    /* what is passed over */
    {"", 100, WHOLE, 0, 0},
    {"bytes", 100, WHOLE, 0, 0},
    {"bytes=", 100, WHOLE, 0, 0},
    {"bytes=-", 100, WHOLE, 0, 0},
    {"bytes=1", 100, WHOLE, 0, 0},
    {"bytes=2-1", 100, WHOLE, 0, 0},
    {"bytes=200-100", 100, WHOLE, 0, 0},
    {"bytes=--1", 100, WHOLE, 0, 0},
    {"bytes=+1-2", 100, WHOLE, 0, 0},
    {"bytes=1 -2", 100, WHOLE, 0, 0},
    {"bytes=1- 2", 100, WHOLE, 0, 0},
    {"bytes=1-2x", 100, WHOLE, 0, 0},
    {"bytes=0x1-2", 100, WHOLE, 0, 0},
    {"bytes=1-2-3", 100, WHOLE, 0, 0},
    {"bytes=0-0,2-3", 100, WHOLE, 0, 0},
    {"bytes=0-0,", 100, WHOLE, 0, 0},
    {"bytes =0-0", 100, WHOLE, 0, 0},
    {" bytes=0-0", 100, WHOLE, 0, 0},
    {"lines=0-0", 100, WHOLE, 0, 0},
    {"bytes:0-0", 100, WHOLE, 0, 0},
};

static void a_range_is_the_part_that_it_names_or_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        uint64_t first = 1, length = 1;
        enum range range = range_parse(row->field, row->size, &first, &length);
        uint64_t expected = row->range == WHOLE ? row->size : row->length;
        if (range != row->range || first != row->first || length != expected)
            fail_msg("%s of %" PRIu64 ": %d, %" PRIu64 " from %" PRIu64, row->field, row->size, (int)range,
                     length, first);
    }
}

static void an_etag_is_found_in_a_list(void **state)
{
    static const struct {
        const char *field;
        bool is_listed;
    } etags[] = {
        {NULL, false},
        {"", false},
        {"*", true},
        {"\"64-1.0-a\"", true},
        {"W/\"64-1.0-a\"", true},
        {"\"b\", \"64-1.0-a\",\"c\"", true},
        {"\"64-1.0-ab\"", false},
        {"\"164-1.0-a\"", false},
        {"64-1.0-a", false},
        {"\"b\", *", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof etags / sizeof etags[0]; i++)
        assert_int_equal(etag_is_listed(etags[i].field, "\"64-1.0-a\""), etags[i].is_listed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_the_part_that_it_names_or_the_whole),
        cmocka_unit_test(an_etag_is_found_in_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
