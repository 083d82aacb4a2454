#include "cache_internal.h"

#include <signal.h>
#include <stdlib.h>

enum { STACK_BYTES = 512 * 1024 };

struct worker {
    struct worker *next;
    struct cgw_cache *cache;
    pthread_t thread;
    void (*run)(void *argument);
    void *argument;
    bool is_over; /* under mutex */
};

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct cgw_cache *cache = worker->cache;
    worker->run(worker->argument);
    pthread_mutex_lock(&cache->mutex);
    worker->is_over = true;
    pthread_mutex_unlock(&cache->mutex);
    return NULL;
}

static bool start_thread(struct worker *worker)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    (void)sigfillset(&all);
    pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&worker->thread, &attributes, worker_main, worker) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

bool workers_start(struct cgw_cache *cache, void (*run)(void *argument), void *argument)
{
    workers_reap(cache);
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return false;
    *worker = (struct worker){.next = cache->workers, .cache = cache, .run = run, .argument = argument};
    if (!start_thread(worker)) {
        free(worker);
        return false;
    }
    cache->workers = worker;
    return true;
}

static void join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    free(worker);
}

void workers_reap(struct cgw_cache *cache)
{
    for (struct worker **link = &cache->workers; *link != NULL;) {
        struct worker *worker = *link;
        if (worker->is_over) {
            *link = worker->next;
            join(worker); /* it has nothing left to do but to return */
        } else {
            link = &worker->next;
        }
    }
}

/* A worker may still start another one. */
static struct worker *take_worker(struct cgw_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    struct worker *worker = cache->workers;
    if (worker != NULL)
        cache->workers = worker->next;
    pthread_mutex_unlock(&cache->mutex);
    return worker;
}

void workers_join_all(struct cgw_cache *cache)
{
    for (struct worker *worker; (worker = take_worker(cache)) != NULL;)
        join(worker);
}
