/* Who came first goes first, and who goes away is out of the way. */
#include "unit/cmocka_all.h"

#include "codec/queue.h"

#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, WAITERS = 4 };

static const struct cgw_watch nobody = {-1, -1};

/* What threads share: who got a place, in this order. */
struct line {
    struct codec_queue queue;
    pthread_mutex_t mutex;
    size_t order[WAITERS];
    size_t count;
};

struct member {
    struct line *line;
    size_t number;
    pthread_t thread;
};

static void *stand_in_line(void *context)
{
    struct member *member = context;
    struct cgw_error err = CGW_ERROR_INIT;
    if (codec_queue_enter(&member->line->queue, nobody, cgw_deadline_in(PATIENCE_MS), &err) != CGW_OK)
        return NULL;
    pthread_mutex_lock(&member->line->mutex);
    member->line->order[member->line->count++] = member->number;
    pthread_mutex_unlock(&member->line->mutex);
    codec_queue_leave(&member->line->queue);
    return NULL;
}

/* The link that the next one in line will be hung on. */
static struct codec_waiter **end_of(struct codec_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    struct codec_waiter **end = queue->last;
    pthread_mutex_unlock(&queue->mutex);
    return end;
}

/* Returns when it is in the line. */
static void join(struct line *line, struct member *member, size_t number)
{
    struct cgw_deadline deadline = cgw_deadline_in(PATIENCE_MS);
    struct codec_waiter **before = end_of(&line->queue);
    *member = (struct member){.line = line, .number = number};
    assert_int_equal(pthread_create(&member->thread, NULL, stand_in_line, member), 0);
    while (end_of(&line->queue) == before) {
        assert_false(cgw_deadline_passed(deadline));
        (void)sched_yield();
    }
}

static void give_up(struct codec_queue *queue)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_deadline passed = {cgw_now_ms()};
    assert_int_equal(codec_queue_enter(queue, nobody, passed, &err), CGW_E_CODEC_TIMEOUT);
}

/* Some that give up come between. */
static void check_order(struct line *line)
{
    struct member members[WAITERS];
    struct cgw_error err = CGW_ERROR_INIT;
    line->count = 0;
    assert_int_equal(codec_queue_enter(&line->queue, nobody, CGW_NEVER, &err), CGW_OK);
    give_up(&line->queue);
    for (size_t i = 0; i < WAITERS; i++) {
        join(line, &members[i], i);
        give_up(&line->queue);
    }
    codec_queue_leave(&line->queue);
    for (size_t i = 0; i < WAITERS; i++)
        (void)pthread_join(members[i].thread, NULL);
    assert_int_equal(line->count, WAITERS);
    for (size_t i = 0; i < WAITERS; i++)
        assert_int_equal(line->order[i], i);
    assert_int_equal(line->queue.free_places, 1);
}

static void test_the_oldest_goes_first(void **state)
{
    (void)state;
    struct line line = {.count = 0};
    codec_queue_init(&line.queue, 1);
    pthread_mutex_init(&line.mutex, NULL);
    check_order(&line);
    check_order(&line); /* in a line that has been empty */
    pthread_mutex_destroy(&line.mutex);
    codec_queue_destroy(&line.queue);
}

static void test_a_client_that_has_left_gets_no_place(void **state)
{
    (void)state;
    struct codec_queue queue;
    struct cgw_error err = CGW_ERROR_INIT;
    int client[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    (void)close(client[1]);
    codec_queue_init(&queue, 0);
    assert_int_equal(codec_queue_enter(&queue, (struct cgw_watch){client[0], -1}, CGW_NEVER, &err),
                     CGW_E_CLIENT_LEFT);
    assert_null(queue.first);
    (void)close(client[0]);
    codec_queue_destroy(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_oldest_goes_first),
        cmocka_unit_test(test_a_client_that_has_left_gets_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
