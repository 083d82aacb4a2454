#include "unit/cmocka_all.h"

#include "line.h"

#include "cgetway/channel.h"
#include "unit/memory_peer/memory_peer.h"

/* Time is the subject of some tests: limits are short, and what is too late is generous. */
enum { SHORT_MS = 60, MUCH_TOO_LATE_MS = 10000 };

static const struct cgw_watch nobody = {-1, -1};

static void what_is_sent_arrives_whole_however_little_is_taken_at_once(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    uint8_t bytes[1000];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    memory_peer_init(&peer);
    peer.hears_at_once = 7;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), nobody);
    assert_int_equal(cgw_channel_send(channel, bytes, sizeof bytes, CGW_NEVER, &err), CGW_OK);
    assert_int_equal(peer.heard.length, sizeof bytes);
    assert_memory_equal(peer.heard.bytes, bytes, sizeof bytes);
    cgw_channel_free(channel);
    memory_peer_release(&peer);
}

static void a_peer_that_takes_nothing_runs_into_the_deadline_or_the_total(void **state)
{
    static uint8_t bytes[8 * 1024 * 1024]; /* more than a socket buffers */
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct line line;
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_channel *channel = open_line(&line, nobody);
        int64_t before_ms = cgw_now_ms();
        struct cgw_deadline soon = cgw_deadline_in(SHORT_MS);
        if (i == 1)
            cgw_channel_set_total(channel, soon);
        enum cgw_code code = cgw_channel_send(channel, bytes, sizeof bytes, i == 0 ? soon : CGW_NEVER, &err);
        assert_int_equal(code, CGW_E_NETWORK_TIMEOUT);
        assert_in_range(cgw_now_ms() - before_ms, SHORT_MS - 1, MUCH_TOO_LATE_MS);
        close_line(&line, channel);
    }
}

/* What comes after half a PDU is read as the rest of that PDU. */
static void nothing_more_is_sent_after_a_part_was_sent(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT, next = CGW_ERROR_INIT;
    (void)state;
    memory_peer_init(&peer);
    peer.hears_at_most = 4;
    peer.stays_deaf = true;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), nobody);
    assert_int_equal(
        cgw_channel_send(channel, (const uint8_t *)"half a PDU", 10, (struct cgw_deadline){0}, &err),
        CGW_E_NETWORK_TIMEOUT);
    peer.hears_at_most = SIZE_MAX;
    assert_int_not_equal(cgw_channel_send(channel, (const uint8_t *)"abort", 5, CGW_NEVER, &next), CGW_OK);
    assert_int_equal(peer.heard.length, 4);
    cgw_channel_free(channel);
    memory_peer_release(&peer);
}

static void a_send_of_which_nothing_went_out_may_be_followed_by_another(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT, next = CGW_ERROR_INIT;
    (void)state;
    memory_peer_init(&peer);
    peer.hears_at_most = 0;
    peer.stays_deaf = true;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), nobody);
    assert_int_equal(cgw_channel_send(channel, (const uint8_t *)"words", 5, (struct cgw_deadline){0}, &err),
                     CGW_E_NETWORK_TIMEOUT);
    peer.hears_at_most = SIZE_MAX;
    assert_int_equal(cgw_channel_send(channel, (const uint8_t *)"abort", 5, CGW_NEVER, &next), CGW_OK);
    assert_int_equal(peer.heard.length, 5);
    cgw_channel_free(channel);
    memory_peer_release(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_arrives_whole_however_little_is_taken_at_once),
        cmocka_unit_test(a_peer_that_takes_nothing_runs_into_the_deadline_or_the_total),
        cmocka_unit_test(nothing_more_is_sent_after_a_part_was_sent),
        cmocka_unit_test(a_send_of_which_nothing_went_out_may_be_followed_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
