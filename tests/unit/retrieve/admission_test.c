#include "unit/cmocka_all.h"

#include "cgetway/admission.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONG_MS = 60000, SHORT_MS = 50, MUCH_TOO_LATE_MS = 10000 };

static const struct cgw_watch nobody = {-1, -1};

/* Two peers, the first with room for two retrieves, the second for three. */
static const struct cgw_peer peers[] = {{.max_retrieves_per_peer = 2}, {.max_retrieves_per_peer = 3}};

static struct cgw_admission *make(size_t max_retrieves, size_t max_queue, int64_t timeout_ms)
{
    struct cgw_admission *admission = cgw_admission_new(
        (struct cgw_admission_limits){
            .max_retrieves = max_retrieves, .max_queue = max_queue, .queue_timeout_ms = timeout_ms},
        peers, 2);
    assert_non_null(admission);
    return admission;
}

static enum cgw_code enter(struct cgw_admission *admission, size_t peer)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = cgw_admission_enter(admission, &peers[peer], nobody, &err);
    assert_int_equal(err.code, code);
    assert_int_equal(err.retry_after_s > 0, code == CGW_E_TOO_MANY_RETRIEVES);
    return code;
}

/* ---- one who waits in a thread of its own ---- */

struct guest {
    struct cgw_admission *admission;
    size_t peer;
    struct cgw_watch watch;
    int in_fd; /* eventfd: entered, or turned away */
    struct cgw_error err;
    pthread_t thread;
};

static void *guest_main(void *argument)
{
    struct guest *guest = argument;
    (void)cgw_admission_enter(guest->admission, &peers[guest->peer], guest->watch, &guest->err);
    (void)eventfd_write(guest->in_fd, 1);
    return NULL;
}

static void guest_come(struct guest *guest, struct cgw_admission *admission, size_t peer)
{
    guest->admission = admission;
    guest->peer = peer;
    guest->err = (struct cgw_error)CGW_ERROR_INIT;
    guest->in_fd = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(pthread_create(&guest->thread, NULL, guest_main, guest), 0);
}

static bool guest_is_in(const struct guest *guest, int wait_ms)
{
    struct pollfd in = {.fd = guest->in_fd, .events = POLLIN};
    return poll(&in, 1, wait_ms) == 1;
}

static void guest_go(struct guest *guest)
{
    pthread_join(guest->thread, NULL);
    (void)close(guest->in_fd);
}

/* Until so many are in the queue; there is nothing to wait on for that but the lock. */
static void await_queued(struct cgw_admission *admission, size_t count)
{
    while (cgw_admission_queued(admission) != count)
        (void)sched_yield();
}

/* ---- tests ---- */

static void as_many_enter_as_may_and_the_next_is_turned_away_without_a_queue(void **state)
{
    struct cgw_admission *admission = make(3, 0, LONG_MS);
    (void)state;
    assert_int_equal(enter(admission, 0), CGW_OK);
    assert_int_equal(enter(admission, 1), CGW_OK);
    assert_int_equal(enter(admission, 1), CGW_OK);
    assert_int_equal(enter(admission, 0), CGW_E_TOO_MANY_RETRIEVES);
    cgw_admission_leave(admission, &peers[1]);
    assert_int_equal(enter(admission, 0), CGW_OK);
    assert_int_equal(enter(admission, 1), CGW_E_TOO_MANY_RETRIEVES);
    cgw_admission_free(admission);
    cgw_admission_free(NULL);
}

static void one_peers_limit_does_not_hold_back_another_peer(void **state)
{
    struct cgw_admission *admission = make(10, 1, LONG_MS);
    struct guest guest = {.watch = nobody};
    (void)state;
    assert_int_equal(enter(admission, 0), CGW_OK);
    assert_int_equal(enter(admission, 0), CGW_OK);
    guest_come(&guest, admission, 0);
    await_queued(admission, 1);
    assert_int_equal(enter(admission, 1), CGW_OK); /* past the one who waits */
    assert_int_equal(enter(admission, 1), CGW_OK);
    assert_false(guest_is_in(&guest, 0));
    cgw_admission_leave(admission, &peers[1]); /* not the place that it waits for */
    assert_false(guest_is_in(&guest, 0));
    cgw_admission_leave(admission, &peers[0]);
    assert_true(guest_is_in(&guest, MUCH_TOO_LATE_MS));
    guest_go(&guest);
    assert_int_equal(guest.err.code, CGW_OK);
    cgw_admission_free(admission);
}

static void places_are_given_in_the_order_of_arrival(void **state)
{
    enum { GUESTS = 5 };
    struct guest guests[GUESTS];
    struct cgw_admission *admission = make(1, GUESTS, LONG_MS);
    (void)state;
    assert_int_equal(enter(admission, 0), CGW_OK);
    for (size_t i = 0; i < GUESTS; i++) {
        guests[i] = (struct guest){.watch = nobody};
        guest_come(&guests[i], admission, i % 2);
        await_queued(admission, i + 1);
    }
    for (size_t i = 0; i < GUESTS; i++) {
        cgw_admission_leave(admission, &peers[i == 0 ? 0 : (i - 1) % 2]);
        assert_true(guest_is_in(&guests[i], MUCH_TOO_LATE_MS));
        for (size_t j = i + 1; j < GUESTS; j++)
            assert_false(guest_is_in(&guests[j], 0));
        guest_go(&guests[i]);
        assert_int_equal(guests[i].err.code, CGW_OK);
    }
    cgw_admission_free(admission);
}

static void who_waits_too_long_is_turned_away_and_leaves_the_queue(void **state)
{
    struct cgw_admission *admission = make(1, 1, SHORT_MS);
    (void)state;
    assert_int_equal(enter(admission, 0), CGW_OK);
    for (int i = 0; i < 3; i++) { /* the place in the queue is free again each time */
        int64_t before_ms = cgw_now_ms();
        assert_int_equal(enter(admission, 0), CGW_E_TOO_MANY_RETRIEVES);
        assert_in_range(cgw_now_ms() - before_ms, SHORT_MS - 1, MUCH_TOO_LATE_MS);
    }
    cgw_admission_leave(admission, &peers[0]);
    assert_int_equal(enter(admission, 0), CGW_OK);
    cgw_admission_free(admission);
}

static void a_client_that_leaves_the_queue_frees_its_place_at_once(void **state)
{
    struct cgw_admission *admission = make(1, 1, LONG_MS);
    struct guest leaver = {.watch = nobody}, next = {.watch = nobody};
    int client[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    leaver.watch.client_fd = client[0];
    assert_int_equal(enter(admission, 0), CGW_OK);
    guest_come(&leaver, admission, 0);
    await_queued(admission, 1);
    assert_int_equal(close(client[1]), 0);
    guest_go(&leaver);
    assert_int_equal(leaver.err.code, CGW_E_CLIENT_LEFT);
    guest_come(&next, admission, 1);
    await_queued(admission, 1);
    cgw_admission_leave(admission, &peers[0]);
    guest_go(&next);
    assert_int_equal(next.err.code, CGW_OK);
    (void)close(client[0]);
    cgw_admission_free(admission);
}

static void a_stopping_gateway_empties_the_queue(void **state)
{
    struct cgw_admission *admission = make(1, 1, LONG_MS);
    struct guest guest = {.watch = nobody};
    (void)state;
    guest.watch.stop_fd = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(enter(admission, 0), CGW_OK);
    guest_come(&guest, admission, 0);
    await_queued(admission, 1);
    assert_int_equal(eventfd_write(guest.watch.stop_fd, 1), 0);
    guest_go(&guest);
    assert_int_equal(guest.err.code, CGW_E_CANCELLED);
    (void)close(guest.watch.stop_fd);
    cgw_admission_free(admission);
}

static void *patient_main(void *argument)
{
    struct guest *guest = argument;
    (void)cgw_admission_wait(guest->admission, &peers[guest->peer], guest->watch, &guest->err);
    (void)eventfd_write(guest->in_fd, 1);
    return NULL;
}

static void who_waits_for_nobody_waits_as_long_as_it_takes(void **state)
{
    struct cgw_admission *admission = make(1, 0, SHORT_MS);
    struct pollfd in = {.events = POLLIN};
    struct guest guest = {.admission = admission, .watch = nobody, .err = CGW_ERROR_INIT};
    (void)state;
    in.fd = guest.in_fd = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(enter(admission, 1), CGW_OK);
    assert_int_equal(pthread_create(&guest.thread, NULL, patient_main, &guest), 0);
    await_queued(admission, 1);
    assert_int_equal(poll(&in, 1, 3 * SHORT_MS), 0); /* longer than others may wait */
    cgw_admission_leave(admission, &peers[1]);
    pthread_join(guest.thread, NULL);
    assert_int_equal(guest.err.code, CGW_OK);
    (void)close(guest.in_fd);
    cgw_admission_free(admission);
}

/* Many come and go: at no time more are in than may, and in the end nobody is. */
struct crowd {
    struct cgw_admission *admission;
    _Atomic int in, most;
};

static void *crowd_main(void *argument)
{
    struct crowd *crowd = argument;
    for (size_t i = 0; i < 200; i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        const struct cgw_peer *peer = &peers[i % 2];
        if (cgw_admission_enter(crowd->admission, peer, nobody, &err) != CGW_OK)
            continue;
        int in = ++crowd->in, most = crowd->most;
        while (in > most && !__atomic_compare_exchange_n((int *)&crowd->most, &most, in, false,
                                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
        crowd->in--;
        cgw_admission_leave(crowd->admission, peer);
    }
    return NULL;
}

static void a_crowd_never_passes_the_limit(void **state)
{
    struct crowd crowd = {.admission = make(2, 8, LONG_MS)};
    pthread_t threads[8];
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowd), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_in_range(crowd.most, 1, 2);
    assert_int_equal(crowd.in, 0);
    assert_int_equal(enter(crowd.admission, 0), CGW_OK);
    assert_int_equal(enter(crowd.admission, 0), CGW_OK);
    cgw_admission_free(crowd.admission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_enter_as_may_and_the_next_is_turned_away_without_a_queue),
        cmocka_unit_test(one_peers_limit_does_not_hold_back_another_peer),
        cmocka_unit_test(places_are_given_in_the_order_of_arrival),
        cmocka_unit_test(who_waits_too_long_is_turned_away_and_leaves_the_queue),
        cmocka_unit_test(a_client_that_leaves_the_queue_frees_its_place_at_once),
        cmocka_unit_test(a_stopping_gateway_empties_the_queue),
        cmocka_unit_test(who_waits_for_nobody_waits_as_long_as_it_takes),
        cmocka_unit_test(a_crowd_never_passes_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
