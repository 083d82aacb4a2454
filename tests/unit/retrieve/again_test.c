/* The passes against made-up peers of every kind that is known: what can come comes, and it ends. */
#include "unit/cmocka_all.h"

#include "world.h"

#include "cgetway/dictionary.h"
#include "cgetway/retrieve.h"
#include "retrieve/judge.h"

#include <stdio.h>
#include <string.h>

#define CT "1.2.840.10008.5.1.4.1.1.2"
#define MR "1.2.840.10008.5.1.4.1.1.4"
#define US "1.2.840.10008.5.1.4.1.1.6.1"
#define SR "1.2.840.10008.5.1.4.1.1.88.33"
#define PRIVATE "1.2.826.0.1.3680043.2.1143.9"

struct expected_missing {
    size_t not_sent, class_refused, not_taken;
};

struct row {
    const char *what;
    enum world_kind kind;
    bool is_unknown; /* no survey */
    bool blames_class;
    const char *storage_class, *transfer_syntax; /* NULL: "*" */
    struct world_class classes[WORLD_MAX_CLASSES];
    size_t passes; /* with the first */
    struct expected_missing missing;
};

static const struct row rows[] = {
    {"everything comes at once", FIRST_CONTEXT, .classes = {{CT, "EILBJ", "EEII"}, {MR, "EI", "E"}},
     .passes = 1},
    {"one compressed among others", FIRST_CONTEXT, .classes = {{CT, "EIL", "EEL"}}, .passes = 3},
    {"each in another syntax, first context only", FIRST_CONTEXT, .classes = {{CT, "EILBJR", "EILBJR"}},
     .passes = 6},
    {"each in another syntax, a peer that looks at all", ALL_CONTEXTS, .classes = {{CT, "EILBJR", "EILBJR"}},
     .passes = 3},
    {"each in another syntax, last context only", LAST_CONTEXT, .classes = {{CT, "EILBJR", "EILBJR"}},
     .passes = 5},
    {"several classes", FIRST_CONTEXT,
     .classes = {{CT, "EILBJR", "LLB"}, {MR, "EIJ", "JJ"}, {US, "EIB", "BE"}, {SR, "EI", "EE"}}, .passes = 4},
    {"a class that nobody names by default", FIRST_CONTEXT, .classes = {{PRIVATE, "EIL", "EL"}}, .passes = 4},
    {"a class that the peer refuses", FIRST_CONTEXT, .classes = {{CT, "", "EE"}, {MR, "EI", "E"}},
     .passes = 1, .missing = {.class_refused = 2}},
    {"a peer that accepts nothing at all", FIRST_CONTEXT, .classes = {{CT, "", "EE"}, {MR, "", "E"}},
     .passes = 1, .missing = {.class_refused = 3}},
    {"a syntax that the peer does not take itself", FIRST_CONTEXT, .classes = {{CT, "EIB", "RRB"}},
     .passes = 3, .missing = {.not_sent = 2}},
    {"the same, a peer that looks at all and stops", ALL_CONTEXTS, .classes = {{CT, "EIB", "RRB"}},
     .passes = 5, .missing = {.not_sent = 2}},
    {"a peer that blames the class for a syntax", FIRST_CONTEXT, .blames_class = true,
     .classes = {{CT, "E", "ER"}}, .passes = 2, .missing = {.not_sent = 1}},
    {"a peer that blames the class for the first of a list", FIRST_CONTEXT, .blames_class = true,
     .transfer_syntax = "1.2.840.10008.1.2.4.106,1.2.840.10008.1.2.1", .classes = {{CT, "E", "EE"}},
     .passes = 2},
    {"a report in a compression of pixels", FIRST_CONTEXT, .classes = {{SR, "EIL", "EL"}}, .passes = 2,
     .missing = {.not_sent = 1}},
    {"a class that is not configured", FIRST_CONTEXT, .storage_class = CT,
     .classes = {{CT, "EI", "E"}, {MR, "EI", "EE"}}, .passes = 1, .missing = {.not_taken = 2}},
    {"a syntax that is not configured", FIRST_CONTEXT, .transfer_syntax = "1.2.840.10008.1.2.1",
     .classes = {{CT, "EIL", "EL"}}, .passes = 1, .missing = {.not_sent = 1}},
    {"no list, first context only", WITHOUT_A_LIST, .classes = {{CT, "EILBJR", "EILBJR"}}, .passes = 7},
    {"no list, and it stops", STOPS_WITHOUT_ONE, .classes = {{CT, "EILBJR", "EILBJR"}}, .passes = 2},
    {"Success whatever happens", SUCCESS_ANYWAY, .classes = {{CT, "EIL", "ELL"}, {MR, "EI", "IE"}},
     .passes = 4},
    {"no UID lists", NO_UID_LISTS, .classes = {{CT, "EIL", "LLLLL"}}, .passes = 3},
    {"the first of a UID list only", FIRST_OF_UID_LIST, .classes = {{CT, "EIL", "LLLLL"}}, .passes = 3},
    {"the whole series whatever it is asked for", WHOLE_SERIES, .classes = {{CT, "EILB", "LLBBE"}},
     .passes = 4},
    {"nothing known, each in another syntax", FIRST_CONTEXT, .is_unknown = true,
     .classes = {{CT, "EILBJR", "EILBJR"}, {MR, "EILBJR", "B"}}, .passes = 6},
    {"nothing known, classes that take different ones", FIRST_CONTEXT, .is_unknown = true,
     .classes = {{CT, "EL", "EL"}, {MR, "LB", "BL"}, {US, "B", "B"}, {SR, "E", "E"}}, .passes = 3},
    {"nothing known, a class that nobody names", FIRST_CONTEXT, .is_unknown = true,
     .classes = {{PRIVATE, "E", "E"}, {CT, "E", "E"}}, .passes = 3, .missing = {.not_sent = 1}},
    {"nothing known, and nothing is accepted", FIRST_CONTEXT, .is_unknown = true, .classes = {{CT, "", "EE"}},
     .passes = 3, .missing = {.not_sent = 2}},
    {"nothing known, no UID lists", NO_UID_LISTS, .is_unknown = true, .classes = {{CT, "EIL", "LLLLL"}},
     .passes = 3},
};

static size_t count_classes(const struct world_class *classes)
{
    size_t count = 0;
    while (count < WORLD_MAX_CLASSES && classes[count].uid != NULL)
        count++;
    return count;
}

static void check_missing(struct world *world, const char *what, const struct expected_missing *expected)
{
    const struct cgw_outcome outcome = {.wanted = world->again.wanted, .ledger = world->ledger};
    struct cgw_missing missing;
    size_t cursor = 0, by_reason[CGW_MISSING_REASON_COUNT] = {0};
    while (cgw_outcome_next_missing(&outcome, &cursor, &missing)) {
        by_reason[missing.reason]++;
        if (world_find(world, missing.sop_instance)->received)
            fail_msg("%s: %s came, and is told as missing", what, missing.sop_instance);
        if (missing.reason == CGW_MISSING_NOT_ASKED)
            fail_msg("%s: %s was not asked for to the end", what, missing.sop_instance);
        if (world_find(world, missing.sop_instance)->is_lost && missing.reason != CGW_MISSING_NOT_FOUND)
            fail_msg("%s: %s is lost: %s", what, missing.sop_instance,
                     cgw_missing_reason_name(missing.reason));
    }
    if (expected != NULL && (by_reason[CGW_MISSING_NOT_SENT] != expected->not_sent ||
                             by_reason[CGW_MISSING_CLASS_REFUSED] != expected->class_refused ||
                             by_reason[CGW_MISSING_NOT_TAKEN] != expected->not_taken))
        fail_msg("%s: %zu not sent, %zu of refused classes, %zu of classes that are not taken", what,
                 by_reason[CGW_MISSING_NOT_SENT], by_reason[CGW_MISSING_CLASS_REFUSED],
                 by_reason[CGW_MISSING_NOT_TAKEN]);
}

static void check_world(struct world *world, const char *what)
{
    if (world->fault[0] != '\0')
        fail_msg("%s: the gateway %s", what, world->fault);
    for (size_t i = 0; i < world->instance_count; i++) {
        const struct world_instance *instance = &world->instances[i];
        if (world_can_send(world, instance) && !instance->received)
            fail_msg("%s: %s, stored as %c, could have come in %zu passes", what, instance->uid,
                     instance->stored, world->passes);
    }
}

static void every_kind_of_peer_gives_what_it_can(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct world world = {.kind = row->kind,
                              .is_surveyed = !row->is_unknown,
                              .blames_class = row->blames_class,
                              .series_count = 1,
                              .classes = row->classes,
                              .class_count = count_classes(row->classes)};
        world_init(&world, row->storage_class != NULL ? row->storage_class : "*",
                   row->transfer_syntax != NULL ? row->transfer_syntax : "*");
        world_run(&world);
        if (row->storage_class == NULL)
            check_world(&world, row->what);
        check_missing(&world, row->what, &row->missing);
        if (world.passes != row->passes)
            fail_msg("%s: %zu passes", row->what, world.passes);
        world_release(&world);
    }
}

/* ---- worlds by chance ---- */

enum { WORLDS = 2000, MANY = 250, A_PASS_FOR_EACH_SYNTAX = 34 };

struct chance {
    uint32_t state;
};

/* 0 .. below - 1 */
static size_t draw(struct chance *chance, size_t below)
{
    chance->state = chance->state * 1664525u + 1013904223u;
    return (chance->state >> 8) % below;
}

static void draw_letters(struct chance *chance, const char *from, size_t count, char *text)
{
    size_t letters = strlen(from);
    for (size_t i = 0; i < count; i++)
        text[i] = from[draw(chance, letters)];
    text[count] = '\0';
}

struct drawn {
    struct world_class classes[WORLD_MAX_CLASSES];
    char takes[WORLD_MAX_CLASSES][16], holds[WORLD_MAX_CLASSES][MANY + 1];
};

/* Where nothing is known the peer's order of choice has to be ours: it is, of world.c's. */
static void draw_classes(struct chance *chance, struct world *world, struct drawn *drawn)
{
    static const char *const uids[WORLD_MAX_CLASSES] = {CT, MR, US, SR, PRIVATE, CT ".1"};
    bool has_many = draw(chance, 40) == 0;
    world->class_count = 1 + draw(chance, has_many ? 2 : WORLD_MAX_CLASSES);
    for (size_t c = 0; c < world->class_count; c++) {
        size_t takes = draw(chance, 5) == 0 ? 0 : 1 + draw(chance, 8);
        draw_letters(chance, world_letters, takes, drawn->takes[c]);
        draw_letters(chance, world_letters, has_many ? MANY : draw(chance, 12), drawn->holds[c]);
        drawn->classes[c] = (struct world_class){uids[c], drawn->takes[c], drawn->holds[c]};
    }
    world->classes = drawn->classes;
    world->series_count = 1 + draw(chance, 4);
}

/* "*", or some syntaxes in some order of preference. */
static void draw_syntaxes(struct chance *chance, char *text, size_t size)
{
    char letters[8];
    size_t count = draw(chance, 3) == 0 ? 1 + draw(chance, sizeof letters - 1) : 0;
    draw_letters(chance, world_letters, count, letters);
    (void)snprintf(text, size, "%s", count == 0 ? "*" : world_syntax(letters[0]));
    for (size_t i = 1; i < count; i++)
        (void)snprintf(text + strlen(text), size - strlen(text), ",%s", world_syntax(letters[i]));
}

static void whatever_the_peer_holds_and_takes_all_that_can_come_comes_once_asked_for(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= WORLDS; seed++) {
        struct chance chance = {seed * 2654435761u};
        struct drawn drawn;
        char what[32], syntaxes[512];
        struct world world = {.kind = (enum world_kind)draw(&chance, WORLD_KIND_COUNT),
                              .is_surveyed = draw(&chance, 4) != 0};
        draw_classes(&chance, &world, &drawn);
        draw_syntaxes(&chance, syntaxes, sizeof syntaxes);
        world_init(&world, "*", syntaxes);
        world_run(&world);
        (void)snprintf(what, sizeof what, "seed %u, kind %d", seed, (int)world.kind);
        check_world(&world, what);
        check_missing(&world, what, NULL);
        if (world.passes > (world.is_surveyed ? 1 : 2) * (size_t)A_PASS_FOR_EACH_SYNTAX)
            fail_msg("%s: %zu passes", what, world.passes);
        world_release(&world);
    }
}

/* The verdict where the survey stands for the C-GET of the Identifier. */
static void check_verdict(const struct world *world, const char *what, size_t at_least)
{
    const struct cgw_error none = CGW_ERROR_INIT;
    struct cgw_outcome outcome = {.wanted = world->again.wanted,
                                  .ledger = world->ledger,
                                  .at_least = at_least,
                                  .known_instances = at_least,
                                  .report = CGW_REPORT_INIT,
                                  .error = CGW_ERROR_INIT};
    bool has_all = at_least <= world->instance_count;
    for (size_t i = 0; i < world->instance_count; i++)
        has_all &= world->instances[i].received;
    cgw_judge_passes(&outcome, true, false, &none);
    if (outcome.complete != has_all || outcome.complete != (outcome.error.code == CGW_OK))
        fail_msg("%s: complete: %d, and all are there: %d", what, outcome.complete, has_all);
    if (cgw_judge_known(&outcome, false) !=
        (at_least > world->instance_count ? at_least : world->instance_count))
        fail_msg("%s: known are %zu", what, cgw_judge_known(&outcome, false));
}

/* The Identifier names some that C-FIND does not name, and the peer has lost some of these. */
static bool hide_some(struct chance *chance, struct world *world)
{
    bool hides = draw(chance, 3) == 0;
    for (size_t i = 0; hides && i < world->instance_count; i++) {
        world->instances[i].is_unnamed = draw(chance, 4) == 0;
        world->instances[i].is_lost = world->instances[i].is_unnamed && draw(chance, 2) == 0;
    }
    return hides;
}

static void a_retrieve_that_goes_on_ends_as_one_that_begins_and_asks_for_nothing_twice(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= WORLDS; seed++) {
        struct chance chance = {seed * 2654435761u};
        struct drawn drawn;
        char what[32];
        struct world world = {
            .kind = (enum world_kind)draw(&chance, WORLD_KIND_COUNT), .is_surveyed = true, .goes_on = true};
        draw_classes(&chance, &world, &drawn);
        world_init(&world, "*", "*");
        if (world.instance_count == 0) {
            world_release(&world);
            continue;
        }
        bool hides = hide_some(&chance, &world);
        world_have(&world, &world.instances[draw(&chance, world.instance_count)]);
        for (size_t i = 0, share = draw(&chance, 5); i < world.instance_count; i++) {
            if (draw(&chance, 4) < share)
                world_have(&world, &world.instances[i]);
        }
        world_run(&world);
        (void)snprintf(what, sizeof what, "seed %u, kind %d", seed, (int)world.kind);
        check_world(&world, what);
        check_missing(&world, what, NULL);
        check_verdict(&world, what, draw(&chance, world.instance_count + 2));
        if (world.passes > (hides ? 3 : 1) * (size_t)A_PASS_FOR_EACH_SYNTAX)
            fail_msg("%s: %zu passes", what, world.passes);
        world_release(&world);
    }
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_peer_gives_what_it_can),
        cmocka_unit_test(whatever_the_peer_holds_and_takes_all_that_can_come_comes_once_asked_for),
        cmocka_unit_test(a_retrieve_that_goes_on_ends_as_one_that_begins_and_asks_for_nothing_twice),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
