/* Thousands of random calls against a model that is too simple to be wrong. */
#include "unit/cmocka_all.h"

#include "index_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNITS = 12,
    NUMBERS = 20,
    OPERATIONS = 2000,
    MAX_BYTES = 60000,
    INSTANCE_COST = 1024,
    UNIT_COST = 512
};

struct model_unit {
    bool is_there, is_complete;
    int64_t id;
    unsigned pins;
    unsigned long used; /* the operation */
    uint64_t revision;
    uint64_t cost[NUMBERS + 1]; /* of an instance; 0: not there */
};

struct model {
    struct model_unit units[UNITS + 1]; /* by their series, from 1 */
    unsigned long operation;
};

static size_t count_of(const struct model_unit *unit)
{
    size_t count = 0;
    for (unsigned i = 1; i <= NUMBERS; i++)
        count += unit->cost[i] > 0;
    return count;
}

static uint64_t cost_of(const struct model_unit *unit)
{
    uint64_t cost = unit->is_there ? UNIT_COST : 0;
    for (unsigned i = 1; i <= NUMBERS; i++)
        cost += unit->cost[i];
    return cost;
}

static uint64_t cost_of_all(const struct model *model)
{
    uint64_t cost = 0;
    for (unsigned i = 1; i <= UNITS; i++)
        cost += cost_of(&model->units[i]);
    return cost;
}

static void forget(struct model_unit *unit)
{
    *unit = (struct model_unit){.revision = unit->revision};
}

static struct model_unit *least_recently_used(struct model *model)
{
    struct model_unit *found = NULL;
    for (unsigned i = 1; i <= UNITS; i++) {
        struct model_unit *unit = &model->units[i];
        if (unit->is_there && unit->pins == 0 && (found == NULL || unit->used < found->used))
            found = unit;
    }
    return found;
}

/* ---- operations, on both ---- */

static void pin(struct index_scene *scene, struct model *model, unsigned series)
{
    struct model_unit *unit = &model->units[series];
    struct index_unit found = scene_pin(scene, series);
    if (unit->is_there)
        assert_int_equal(found.id, unit->id);
    else
        assert_true(found.revision > unit->revision);
    unit->is_there = true;
    unit->id = found.id;
    unit->pins++;
    unit->used = model->operation;
}

static void unpin(struct index_scene *scene, struct model *model, unsigned series)
{
    struct model_unit *unit = &model->units[series];
    if (unit->pins == 0)
        return;
    index_unpin(scene->index, unit->id);
    unit->used = model->operation;
    if (--unit->pins == 0 && count_of(unit) == 0 && !unit->is_complete)
        forget(unit);
}

static void add(struct index_scene *scene, struct model *model, unsigned series)
{
    struct model_unit *unit = &model->units[series];
    unsigned number = 1 + (unsigned)rand() % NUMBERS;
    uint64_t bytes = (uint64_t)rand() % 3000;
    if (unit->pins == 0)
        return;
    struct index_instance instance = scene_instance(series, number, bytes);
    scene_add(scene, unit->id, series, number, bytes);
    unit->cost[number] = bytes + instance.metadata.length + instance.frames_length + INSTANCE_COST;
}

static void remove_one(struct index_scene *scene, struct model *model, unsigned series)
{
    struct model_unit *unit = &model->units[series];
    unsigned number = 1 + (unsigned)rand() % NUMBERS;
    if (unit->pins == 0)
        return;
    struct index_instance instance = scene_instance(series, number, 0);
    assert_int_equal(index_remove(scene->index, unit->id, instance.instance, &scene->err), CGW_OK);
    unit->is_complete = unit->is_complete && unit->cost[number] == 0;
    unit->cost[number] = 0;
}

static void settle(struct index_scene *scene, struct model *model, unsigned series)
{
    struct model_unit *unit = &model->units[series];
    if (unit->pins == 0)
        return;
    unit->is_complete = rand() % 2 == 0;
    assert_int_equal(index_settle(scene->index, unit->id, unit->is_complete, 3, &scene->err), CGW_OK);
}

static void make_room(struct index_scene *scene, struct model *model)
{
    uint64_t bytes = (uint64_t)rand() % (MAX_BYTES / 3), room = 0;
    assert_int_equal(index_make_room(scene->index, bytes, &room, &scene->err), CGW_OK);
    for (struct model_unit *unit;
         cost_of_all(model) + bytes > MAX_BYTES && (unit = least_recently_used(model)) != NULL;)
        forget(unit);
    uint64_t cost = cost_of_all(model);
    assert_int_equal(room, cost < MAX_BYTES ? MAX_BYTES - cost : 0);
}

static void reopen(struct index_scene *scene, struct model *model)
{
    for (unsigned i = 1; i <= UNITS; i++) {
        while (model->units[i].pins > 0)
            unpin(scene, model, i);
        model->operation++;
    }
    scene_reopen(scene);
    for (unsigned i = 1; i <= UNITS; i++) {
        struct model_unit *unit = &model->units[i];
        if (count_of(unit) == 0 && !unit->is_complete)
            forget(unit);
    }
}

static void compare(struct index_scene *scene, struct model *model)
{
    struct index_totals totals;
    size_t units = 0, instances = 0;
    for (unsigned i = 1; i <= UNITS; i++) {
        struct model_unit *unit = &model->units[i];
        units += unit->is_there;
        instances += count_of(unit);
        if (!unit->is_there)
            continue;
        struct index_unit shown = scene_show(scene, unit->id);
        assert_int_equal(shown.instances, count_of(unit));
        assert_int_equal(shown.is_complete, unit->is_complete);
        assert_true(shown.revision >= unit->revision);
        unit->revision = shown.revision;
    }
    index_look(scene->index, &totals);
    assert_int_equal(totals.units, units);
    assert_int_equal(totals.instances, instances);
    assert_int_equal(totals.bytes, cost_of_all(model));
}

static void compare_instances(struct index_scene *scene, const struct model *model)
{
    size_t instances = 0;
    for (unsigned i = 1; i <= UNITS; i++) {
        for (unsigned number = 1; number <= NUMBERS; number++) {
            bool expected = model->units[i].cost[number] > 0;
            instances += expected;
            if (model->units[i].is_there)
                assert_int_equal(scene_has(scene, model->units[i].id, i, number), expected);
        }
    }
    assert_int_equal(scene_files(scene), instances);
}

static void any_calls_do_what_the_model_says(void **state)
{
    struct index_scene *scene = *state;
    struct model model = {.operation = 0};
    scene->options.max_bytes = MAX_BYTES;
    scene_reopen(scene);
    srand(20261122);
    for (int i = 0; i < OPERATIONS; i++) {
        unsigned series = 1 + (unsigned)rand() % UNITS;
        int what = rand() % 1000;
        model.operation++;
        if (what < 250)
            pin(scene, &model, series);
        else if (what < 480)
            unpin(scene, &model, series);
        else if (what < 850)
            add(scene, &model, series);
        else if (what < 890)
            remove_one(scene, &model, series);
        else if (what < 930)
            settle(scene, &model, series);
        else if (what < 990)
            make_room(scene, &model);
        else
            reopen(scene, &model);
        compare(scene, &model);
        if (i % 100 == 0)
            compare_instances(scene, &model);
    }
    reopen(scene, &model);
    compare(scene, &model);
    compare_instances(scene, &model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SCENE_TEST(any_calls_do_what_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
