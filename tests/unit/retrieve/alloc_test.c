/* Each allocation of a retrieve that plans by C-FIND, surveys and passes a second time, and of one that goes
 * on where an earlier one stopped, fails once: nothing leaks, and nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/tag.h"
#include "support/failing_alloc.h"
#include "unit/memory_peer/script.h"

#include <string.h>

enum { CONNECTIONS = 5, MORE_THAN_IS_HEARD = 256 * 1024, DISTINCT = 3 };

static const struct cgw_prior prior[] = {{"1.1", SETTING_MR_IMAGE, "1.2.840.10008.1.2.1", 10},
                                         {"1.2", SETTING_CT_IMAGE, "1.2.840.10008.1.2.1", 10}};

#define SURVEY                                                                                               \
    "answer match:1:0020000E=1.2.3.1 match:1:0020000E=1.2.3.2 find:0000:1 "                                  \
    "match:2:00080016=mr:00080018=1.1 match:2:00080016=ct:00080018=1.2 find:0000:2 "                         \
    "match:3:00080016=ct:00080018=1.3 find:0000:3 releaserp"

static const char *const whole[CONNECTIONS] = {
    "answer match:1:00080062=mr:0020000D=1.2.3 find:0000:1 releaserp",
    "answer store:3:1.1:10:mr report:B000:-:1:1:0:1.2 releaserp",
    SURVEY,
    "answer store:3:1.2:10:ct final:0000:-:1:0:0 to:2 store:3:1.3:10:ct final:0000:-:1:0:0 releaserp",
};

/* It surveys, and asks for what is missing. What it sends again is not noted again. */
static const char *const rest[CONNECTIONS] = {
    "answer match:1:00080062=mr:0020000D=1.2.3 find:0000:1 releaserp",
    SURVEY,
    "answer store:3:1.2:10:ct store:3:1.3:10:ct final:0000:-:2:0:0 releaserp",
};

/* The survey fails: everything comes again, and what fails then is there. */
static const char *const everything[CONNECTIONS] = {
    "answer match:1:00080062=mr:0020000D=1.2.3 find:0000:1 releaserp",
    "answer match:1:0020000E=1.2.3.1 find:0000:1 match:2:00080016=mr:00080018=1.1 find:C001:2 find:C001:3 "
    "releaserp",
    "answer store:3:1.1:10:mr report:B000:-:1:2:0:1.2\\1.3 releaserp",
    SURVEY,
    "answer store:3:1.3:10:ct final:0000:-:1:0:0 releaserp",
};

/* The peer looks at the first UID that the Identifier names, and its C-FIND at the first two. */
static const char *const named[CONNECTIONS] = {
    "answer match:1:00080016=mr:00080018=1.1 find:0000:1 releaserp",
    "answer store:3:1.1:10:mr final:0000:-:1:0:0 releaserp",
    "answer match:1:00080016=mr:00080018=1.1 match:1:00080016=mr:00080018=1.2 find:0000:1 releaserp",
    "answer store:3:1.2:10:mr final:0000:-:1:0:0 releaserp",
    "answer store:ct:1.3:10 final:0000:-:1:0:0 releaserp",
};

static const struct {
    const char *const *scripts;
    size_t connections, prior_count;
    bool names_instances;
} retrieves[] = {{whole, 4, 0, false}, {rest, 3, 2, false}, {everything, 5, 2, false}, {named, 5, 0, true}};

struct world {
    struct setting setting;
    struct memory_peer others[CONNECTIONS - 1];
    size_t connections;
};

static struct memory_peer *peer_of(struct world *world, size_t connection)
{
    return connection == 0 ? &world->setting.memory : &world->others[connection - 1];
}

static void set_key(struct world *world, uint32_t tag, enum cgw_vr vr, const char *value)
{
    struct cgw_element *element = cgw_data_set_obtain(&world->setting.identifier, tag, vr);
    assert_true(element != NULL && cgw_element_set_value(element, value, strlen(value)));
}

static void name_instances(struct world *world)
{
    set_key(world, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "IMAGE");
    set_key(world, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, "1.2.3.1");
    set_key(world, CGW_TAG_SOP_INSTANCE_UID, CGW_VR_UI, "1.1\\1.2\\1.3");
}

/* What a peer says and keeps is no allocation of ours. */
static void prepare(struct world *world, size_t which)
{
    static const uint8_t zeros[MORE_THAN_IS_HEARD] = {0};
    setting_init(&world->setting);
    world->setting.others = world->others;
    world->connections = retrieves[which].connections;
    world->setting.other_count = world->connections - 1;
    world->setting.prior = prior;
    world->setting.prior_count = retrieves[which].prior_count;
    world->setting.peer.max_passes = 5;
    world->setting.peer.plan_by_find = true;
    world->setting.digest = true;
    if (retrieves[which].names_instances)
        name_instances(world);
    for (size_t i = 0; i < world->connections; i++) {
        if (i > 0)
            memory_peer_init(&world->others[i - 1]);
        say_script_of(peer_of(world, i), &world->setting, retrieves[which].scripts[i]);
        assert_true(cgw_buffer_append(&peer_of(world, i)->heard, zeros, sizeof zeros));
    }
}

static void release(struct world *world)
{
    for (size_t i = 1; i < world->connections; i++)
        memory_peer_release(peer_of(world, i));
    setting_release(&world->setting);
}

struct result {
    struct cgw_alloc_report report;
    bool complete;
    size_t distinct;
};

static struct result retrieve_failing_at(struct world *world, size_t n)
{
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    struct result result = {0};
    for (size_t i = 0; i < world->connections; i++)
        memory_peer_rewind(peer_of(world, i));
    world->setting.connections = 0;
    cgw_alloc_begin(n);
    if (setting_open(&world->setting, &retrieve, &err) == CGW_OK) {
        do {
            cgw_retrieve_next(retrieve, true, &event);
        } while (event.type != CGW_EVENT_OUTCOME);
        const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
        result.complete = outcome->complete;
        result.distinct = cgw_ledger_distinct(outcome->ledger);
        assert_int_equal(outcome->complete, outcome->error.code == CGW_OK);
    } else {
        assert_int_not_equal(err.code, CGW_OK);
    }
    cgw_retrieve_free(retrieve);
    result.report = cgw_alloc_end();
    for (size_t i = 0; i < world->connections; i++)
        assert_int_equal(peer_of(world, i)->closed, i < world->setting.connections);
    return result;
}

static void check_retrieve(size_t which)
{
    struct world world;
    struct result result;
    size_t n = 0;
    prepare(&world, which);
    (void)retrieve_failing_at(&world, 0); /* what is made once is made */
    do {
        result = retrieve_failing_at(&world, ++n);
        if (result.report.live != 0)
            fail_msg("%ld allocations leak when number %zu fails", result.report.live, n);
        if (result.complete && result.distinct != DISTINCT)
            fail_msg("complete with %zu instances when allocation %zu failed", result.distinct, n);
    } while (result.report.failed);
    assert_true(result.complete);
    assert_int_equal(result.distinct, DISTINCT);
    assert_int_equal(world.setting.connections, world.connections);
    assert_true(n > 100);
    release(&world);
}

static void a_retrieve_of_several_passes_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    for (size_t which = 0; which < sizeof retrieves / sizeof retrieves[0]; which++)
        check_retrieve(which);
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retrieve_of_several_passes_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
