#include "index_uses.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t bucket_of(int64_t unit_id)
{
    return (size_t)unit_id % USE_BUCKETS;
}

struct use *uses_find(const struct uses *uses, int64_t unit_id)
{
    struct use *use = uses->buckets[bucket_of(unit_id)];
    while (use != NULL && use->unit_id != unit_id)
        use = use->next;
    return use;
}

struct use *uses_find_or_add(struct uses *uses, int64_t unit_id)
{
    struct use **first = &uses->buckets[bucket_of(unit_id)];
    struct use *use = uses_find(uses, unit_id);
    if (use != NULL)
        return use;
    use = calloc(1, sizeof *use);
    if (use == NULL)
        return NULL;
    use->unit_id = unit_id;
    use->next = *first;
    *first = use;
    return use;
}

int64_t index_now_us(void)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t uses_next_us(struct uses *uses)
{
    int64_t us = index_now_us();
    uses->last_us = us > uses->last_us ? us : uses->last_us + 1;
    return uses->last_us;
}

void uses_write(struct uses *uses, void (*write)(void *context, const struct use *use), void *context)
{
    for (size_t i = 0; i < USE_BUCKETS; i++) {
        for (struct use *use = uses->buckets[i]; use != NULL; use = use->next) {
            if (!use->is_unwritten)
                continue;
            write(context, use);
            use->is_unwritten = false;
        }
    }
    uses->unwritten = 0;
    uses->written_us = uses->last_us;
}

void uses_forget_idle(struct uses *uses)
{
    for (size_t i = 0; i < USE_BUCKETS; i++) {
        for (struct use **at = &uses->buckets[i]; *at != NULL;) {
            struct use *use = *at;
            if (use->pins > 0 || use->is_unwritten) {
                at = &use->next;
                continue;
            }
            *at = use->next;
            free(use);
        }
    }
}

bool uses_have_study(const struct uses *uses, const char *path)
{
    for (size_t i = 0; i < USE_BUCKETS; i++) {
        for (const struct use *use = uses->buckets[i]; use != NULL; use = use->next) {
            if (use->pins > 0 && strncmp(path, use->folder, strlen(use->folder)) == 0)
                return true;
        }
    }
    return false;
}

void uses_release(struct uses *uses)
{
    for (size_t i = 0; i < USE_BUCKETS; i++) {
        for (struct use *use = uses->buckets[i]; use != NULL;) {
            struct use *next = use->next;
            free(use);
            use = next;
        }
    }
}
