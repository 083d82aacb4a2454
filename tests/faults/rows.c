#include "faults/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WITHIN_MS = 6000, SIGNAL_MS = 5000, NAME_BYTES = 32 };

static struct {
    struct world *world;
    const struct fault_row *rows;
    size_t count;
    size_t neighbours;           /* streams from the neighbour so far */
    struct retrieval *neighbour; /* the one that is under way */
} table;

/* ---- the neighbour: half an instance before the fault, half after it ---- */

#define NEIGHBOUR_STREAM                                                                                     \
    "connection\n" OPEN INSTANCE("1", "70000")                                                               \
        STORE("2") "send data bytes=5000 pattern=2 last=no\nsignal half%zu\nwait go%zu\n"                    \
                   "send data bytes=300000 pattern=2\n" STORED FINAL("0000", "2") RELEASE

static char *neighbour_script(size_t streams)
{
    char *script = NULL;
    size_t length = 0;
    FILE *text = open_memstream(&script, &length);
    assert_non_null(text);
    for (size_t i = 0; i < streams; i++)
        (void)fprintf(text, NEIGHBOUR_STREAM, i, i);
    (void)fclose(text);
    return script;
}

static void neighbour_start(void)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "half%zu", table.neighbours++);
    table.neighbour = retrieval_start(table.world, "neighbour", NULL);
    assert_true(scripted_peer_wait_signal(world_peer(table.world, table.count), name, SIGNAL_MS));
    assert_true(retrieval_wait_tail(table.neighbour, 2, 0, 5000, SIGNAL_MS));
}

static struct retrieval *neighbour_join(void)
{
    char name[NAME_BYTES];
    struct retrieval *neighbour = table.neighbour;
    (void)snprintf(name, sizeof(name), "go%zu", table.neighbours - 1);
    scripted_peer_go(world_peer(table.world, table.count), name);
    table.neighbour = NULL;
    retrieval_join(neighbour);
    return neighbour;
}

static void neighbour_finish(void)
{
    assert_false(retrieval_is_over(table.neighbour));
    struct retrieval *neighbour = neighbour_join();
    assert_complete(neighbour, 2);
    retrieval_free(neighbour);
    world_assert_done(table.world, table.count, table.neighbours);
}

/* After a row that failed: the others go on. */
static int row_end(void **state)
{
    (void)state;
    if (table.neighbour != NULL)
        retrieval_free(neighbour_join());
    return 0;
}

/* ---- a row ---- */

static void assert_dimse_status(const struct fault_row *row, const struct retrieval *retrieval)
{
    const json_t *in_problem = json_object_get(retrieval->problem, "dimseStatus");
    const json_t *in_outcome = json_object_get(retrieval->outcome, "status");
    const char *got = json_string_value(in_problem != NULL ? in_problem : in_outcome);
    if (row->dimse_status != NULL)
        assert_string_equal(got, row->dimse_status);
}

/* What a peer puts where a UID belongs is neither in the header nor in a part; its comment on a failure may
 * be. */
static void assert_no_secret(const struct retrieval *retrieval)
{
    const struct cgw_buffer *body = &retrieval->body;
    bool has_comment = json_object_get(retrieval->outcome, "errorComment") != NULL;
    assert_true(retrieval->response.headers == NULL || strstr(retrieval->response.headers, "SECRET") == NULL);
    assert_true(has_comment || body->length == 0 || memmem(body->bytes, body->length, "SECRET", 6) == NULL);
}

static void assert_as_row_says(const struct fault_row *row, const struct retrieval *retrieval)
{
    bool problem = row->status != 0 && row->status != 200;
    if (problem)
        assert_problem(retrieval, row->status, row->code);
    else if (row->code == NULL)
        assert_complete(retrieval, row->received);
    else if (retrieval->request.lenient)
        assert_lenient_end(retrieval, row->code);
    else
        assert_cut(retrieval, row->code);
    if (!problem)
        assert_int_equal(json_integer_value(json_object_get(retrieval->outcome, "received")), row->received);
    if (row->result != NULL)
        assert_string_equal(instance_result(retrieval, SIZE_MAX), row->result);
    assert_dimse_status(row, retrieval);
    assert_no_secret(retrieval);
    assert_in_range(retrieval->response.total_ms, row->at_least_ms,
                    (row->within_ms == 0 ? WITHIN_MS : row->within_ms) + NOISE_MS);
}

static void run_request(const struct fault_row *row, size_t index, bool lenient)
{
    char name[NAME_BYTES];
    const struct fault_request request = {.query = row->query, .lenient = lenient};
    (void)snprintf(name, sizeof(name), "row%zu", index);
    struct retrieval *retrieval = retrieve_from(table.world, name, &request);
    assert_as_row_says(row, retrieval);
    retrieval_free(retrieval);
}

static void run_row(void **state)
{
    const struct fault_row *row = *state;
    size_t index = (size_t)(row - table.rows);
    bool is_cut = row->code != NULL && (row->status == 0 || row->status == 200);
    assert_non_null(table.world);
    neighbour_start();
    run_request(row, index, false);
    if (is_cut)
        run_request(row, index, true);
    neighbour_finish();
    world_assert_done(table.world, index, (is_cut ? 2 : 1) * (row->connections == 0 ? 1 : row->connections));
    world_assert_idle(table.world);
}

/* ---- the table ---- */

void rows_to_tests(const struct fault_row *rows, size_t count, struct CMUnitTest *tests)
{
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = run_row,
                                       .teardown_func = row_end,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
}

int rows_start(const struct fault_row *rows, size_t count)
{
    struct fault_peer *peers = calloc(count + 1, sizeof(*peers));
    char(*names)[NAME_BYTES] = calloc(count, sizeof(*names));
    char *neighbour = neighbour_script(count);
    assert_non_null(peers);
    assert_non_null(names);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "row%zu", i);
        peers[i] =
            (struct fault_peer){.name = names[i], .script = rows[i].script, .members = rows[i].members};
    }
    peers[count] = (struct fault_peer){.name = "neighbour", .script = neighbour};
    table.rows = rows;
    table.count = count;
    table.world = world_start(peers, count + 1, NULL);
    free(neighbour);
    free(names);
    free(peers);
    return 0;
}

int rows_end(void **state)
{
    (void)state;
    world_stop(table.world);
    table.world = NULL;
    return 0;
}
