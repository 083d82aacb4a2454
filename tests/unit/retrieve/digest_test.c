#include "unit/cmocka_all.h"

#include "retrieve/digest.h"

#include "cgetway/part10.h"
#include "cgetway/retrieve.h"
#include "cgetway/transfer_syntax.h"

#include <openssl/evp.h>
#include <string.h>

static const struct cgw_instance instance = {
    .sop_class = "1.2.840.10008.5.1.4.1.1.2", .sop_instance = "1.2.3", .transfer_syntax = CGW_TS_EXPLICIT_LE};

/* SHA-256 of the file in one piece. */
static void digest_of_file(const char *data_set, uint8_t ret_digest[CGW_DIGEST_BYTES])
{
    uint8_t file[CGW_PART10_MAX_BYTES + 64];
    unsigned length;
    size_t header =
        cgw_part10_header(instance.sop_class, instance.sop_instance, instance.transfer_syntax, "PEER", file);
    assert_true(strlen(data_set) <= 64);
    memcpy(file + header, data_set, strlen(data_set));
    assert_int_equal(EVP_Digest(file, header + strlen(data_set), ret_digest, &length, EVP_sha256(), NULL), 1);
    assert_int_equal(length, CGW_DIGEST_BYTES);
}

static void a_digest_is_that_of_the_file_however_its_bytes_come(void **state)
{
    static const char data_set[] = "the bytes of a data set";
    uint8_t expected[CGW_DIGEST_BYTES], found[CGW_DIGEST_BYTES];
    struct digest *digest = digest_new();
    (void)state;
    assert_non_null(digest);
    digest_of_file(data_set, expected);
    for (size_t piece = 1; piece < sizeof data_set; piece++) {
        digest_begin(digest, &instance, "PEER");
        for (size_t at = 0; at < sizeof data_set - 1; at += piece) {
            size_t left = sizeof data_set - 1 - at;
            digest_add(digest, (const uint8_t *)data_set + at, left < piece ? left : piece);
        }
        assert_true(digest_end(digest, found));
        assert_memory_equal(found, expected, sizeof expected);
    }
    digest_free(digest);
    digest_free(NULL);
}

static void what_was_begun_before_leaves_nothing_behind(void **state)
{
    uint8_t expected[CGW_DIGEST_BYTES], found[CGW_DIGEST_BYTES];
    struct digest *digest = digest_new();
    (void)state;
    digest_of_file("", expected);
    digest_begin(digest, &instance, "PEER");
    digest_add(digest, (const uint8_t *)"cut", 3);
    digest_begin(digest, &instance, "PEER");
    assert_true(digest_end(digest, found));
    assert_memory_equal(found, expected, sizeof expected);
    digest_free(digest);
}

static void the_digest_is_of_the_header_too(void **state)
{
    uint8_t of_peer[CGW_DIGEST_BYTES], of_other[CGW_DIGEST_BYTES];
    struct digest *digest = digest_new();
    (void)state;
    digest_begin(digest, &instance, "PEER");
    assert_true(digest_end(digest, of_peer));
    digest_begin(digest, &instance, "OTHER");
    assert_true(digest_end(digest, of_other));
    assert_memory_not_equal(of_peer, of_other, sizeof of_peer);
    digest_free(digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_that_of_the_file_however_its_bytes_come),
        cmocka_unit_test(what_was_begun_before_leaves_nothing_behind),
        cmocka_unit_test(the_digest_is_of_the_header_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
