/*
 * A retrieve that goes on, against real peers: whatever part of a study of mixed transfer syntaxes is there
 * already, it ends as a retrieve that begins does, and only what is missing comes.
 */
#include "integration/integration.h"

#include "cgetway/dictionary.h"
#include "cgetway/retrieve.h"
#include "cgetway/tag.h"

enum { ONE_CLASS_SEED = 21 };

static struct temp_dir *dir;
static struct study *mixed;

/* dcmqrscp as it is installed accepts few of the syntaxes of the study, and what it tells by C-FIND is the
 * least that there can be. */
enum { DCMQRSCP_STOCK, DCMQRSCP_ALL, ORTHANC, PEERS };
static struct peer *peers[PEERS];
static size_t at_stock = DCMQRSCP_STOCK, at_all = DCMQRSCP_ALL, at_orthanc_storing = ORTHANC;

static int set_up(void **state)
{
    static const char *const one_class[] = {"1.2.840.10008.5.1.4.1.1.7.2", NULL};
    const char *syntaxes[MIXED_COUNT + 1] = {NULL};
    struct support_error err = {.text = ""};
    (void)state;
    if (cgw_dictionary_load(NULL) != CGW_OK)
        return -1;
    for (size_t i = 0; i < MIXED_COUNT; i++)
        syntaxes[i] = mixed_transfer_syntax((enum mixed_instance)i);
    dir = temp_dir_new("resume", &err);
    mixed = dir != NULL ? mixed_study_make(temp_dir_path(dir), ONE_CLASS_SEED, &err) : NULL;
    const char **files = mixed != NULL ? study_paths(mixed) : NULL;
    struct peer_options options[PEERS] = {
        [DCMQRSCP_STOCK] = {.kind = PEER_DCMQRSCP, .files = files, .file_count = MIXED_COUNT},
        [DCMQRSCP_ALL] = {.kind = PEER_DCMQRSCP,
                          .files = files,
                          .file_count = MIXED_COUNT,
                          .accepted_classes = one_class,
                          .accepted_syntaxes = syntaxes},
        [ORTHANC] = {.kind = PEER_ORTHANC, .files = files, .file_count = MIXED_COUNT}};
    bool started = files != NULL && peers_start(options, PEERS, peers, &err);
    free(files);
    if (!started)
        print_error("%s\n", err.text);
    return started ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEERS; i++)
        peer_free(peers[i]);
    study_free(mixed);
    temp_dir_free(dir);
    return 0;
}

static void configure(size_t at, struct cgw_peer *ret_peer)
{
    *ret_peer = (struct cgw_peer){.name = "peer",
                                  .host = "127.0.0.1",
                                  .port = peer_port(peers[at]),
                                  .calling_aet = "CGETWAY",
                                  .connect_timeout_ms = 5000,
                                  .acse_timeout_ms = 30000,
                                  .dimse_timeout_ms = 30000,
                                  .network_timeout_ms = 30000,
                                  .total_timeout_ms = 60000,
                                  .cancel_grace_ms = 2000,
                                  .max_pdu = 131072,
                                  .max_instance_bytes = 1 << 30,
                                  .max_instances = MIXED_COUNT, /* as many as there are */
                                  .max_matches = 1000,
                                  .max_passes = 40,
                                  .transfer_syntax = "*",
                                  .storage_class = "*",
                                  .storage_role = CGW_ROLE_SCP,
                                  .plan_by_find = true};
    (void)snprintf(ret_peer->called_aet, sizeof ret_peer->called_aet, "%s", peer_ae_title(peers[at]));
}

static void set_text(struct cgw_data_set *identifier, uint32_t tag, enum cgw_vr vr, const char *text)
{
    struct cgw_element *element = cgw_data_set_obtain(identifier, tag, vr);
    assert_non_null(element);
    assert_true(cgw_element_set_value(element, text, strlen(text)));
}

/* What came and what is there in the end: a bit for each instance of the study. */
struct went {
    unsigned came, there;
    bool complete, was_first_left_out;
};

static unsigned bit_of(const char *sop_instance)
{
    for (unsigned i = 0; i < MIXED_COUNT; i++) {
        if (strcmp(mixed->instances[i].sop_instance, sop_instance) == 0)
            return 1U << i;
    }
    fail_msg("%s is not of the study", sop_instance);
    return 0;
}

static void run(size_t at, unsigned had, struct went *ret_went)
{
    struct cgw_peer peer;
    struct cgw_prior prior[MIXED_COUNT];
    struct cgw_data_set identifier = {0};
    struct cgw_retrieve_options options = {.peer = &peer,
                                           .identifier = &identifier,
                                           .model = CGW_MODEL_STUDY,
                                           .watch = {-1, -1},
                                           .prior = prior};
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_event event;
    configure(at, &peer);
    set_text(&identifier, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "STUDY");
    set_text(&identifier, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, mixed->study_uid);
    for (unsigned i = 0; i < MIXED_COUNT; i++) {
        if ((had >> i & 1) != 0)
            prior[options.prior_count++] =
                (struct cgw_prior){.sop_instance = mixed->instances[i].sop_instance,
                                   .sop_class = mixed->instances[i].sop_class,
                                   .transfer_syntax = mixed_transfer_syntax((enum mixed_instance)i),
                                   .bytes = 1};
    }
    *ret_went = (struct went){.there = had};
    if (cgw_retrieve_open(&options, &retrieve, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    do {
        cgw_retrieve_next(retrieve, true, &event);
        if (event.type != CGW_EVENT_END)
            continue;
        unsigned bit = bit_of(event.instance->sop_instance);
        assert_int_equal(ret_went->there & bit, 0);
        ret_went->came |= bit;
        ret_went->there |= bit;
    } while (event.type != CGW_EVENT_OUTCOME);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
    ret_went->complete = outcome->complete;
    ret_went->was_first_left_out = outcome->report.status == CGW_NO_STATUS;
    if (!outcome->complete)
        print_message("had %03x: %s\n", had, outcome->error.detail);
    cgw_retrieve_free(retrieve);
    cgw_data_set_release(&identifier);
}

static void whatever_was_there_it_ends_as_one_that_begins(void **state)
{
    const size_t at = *(const size_t *)*state;
    static const unsigned parts[] = {0x001, 0x00F, 0x010, 0x0AA, 0x155, 0x1F0, 0x1FE};
    struct went whole, went;
    run(at, 0, &whole);
    assert_false(whole.was_first_left_out);
    assert_true(whole.came != 0);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        unsigned had = parts[i] & whole.came;
        if (had == 0)
            continue;
        run(at, had, &went);
        assert_true(went.was_first_left_out);
        assert_int_equal(went.came, whole.came & ~had);
        assert_int_equal(went.complete, whole.complete);
    }
    run(at, whole.came, &went);
    assert_int_equal(went.came, 0);
    assert_int_equal(went.complete, whole.complete);
}

static void what_the_peer_could_not_send_counts_where_it_is_there(void **state)
{
    const size_t at = *(const size_t *)*state;
    struct went went;
    run(at, (1U << MIXED_COUNT) - 1, &went);
    assert_true(went.complete);
    assert_int_equal(went.came, 0);
}

#define AT(test, at)                                                                                         \
    {                                                                                                        \
#test " (" #at ")", test, NULL, NULL, &at                                                            \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT(whatever_was_there_it_ends_as_one_that_begins, at_stock),
        AT(whatever_was_there_it_ends_as_one_that_begins, at_all),
        AT(whatever_was_there_it_ends_as_one_that_begins, at_orthanc_storing),
        AT(what_the_peer_could_not_send_counts_where_it_is_there, at_stock),
        AT(what_the_peer_could_not_send_counts_where_it_is_there, at_orthanc_storing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
