/* Peers, studies and gateway: started once for a test executable. */
#include "integration/integration.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MIXED_SEED = 21 };

struct world the_world = {.down_fd = -1};
struct at_peer at_dcmqrscp = {.world = &the_world,
                              .index = 0,
                              .name = "dcmqrscp",
                              .no_match = "0000",
                              .has_psonly = true,
                              .needs_upper_levels = true};
struct at_peer at_orthanc = {
    .world = &the_world, .index = 1, .name = "orthanc", .no_match = "C000", .has_psonly = false};

void assert_no_error(const struct support_error *err)
{
    if (err->text[0] != '\0')
        fail_msg("%s", err->text);
}

const char *gateway_binary(void)
{
    const char *binary = getenv("CGW_BINARY");
    return binary != NULL ? binary : CGW_BINARY;
}

struct study *world_study(const char *name, const struct study_options *options)
{
    struct world *world = &the_world;
    char *directory = temp_dir_mkdir(world->dir, name, &world->err);
    struct study *study = directory == NULL ? NULL
                          : options == NULL ? mixed_study_make(directory, MIXED_SEED, &world->err)
                                            : study_make(directory, options, &world->err);
    if (study == NULL)
        print_error("%s\n", world->err.text);
    free(directory);
    return study;
}

static bool make_studies(struct world *world)
{
    const struct study_options mixed = {
        .seed = 11,
        .modalities = {STUDY_CT, STUDY_MR, STUDY_SR, STUDY_MULTIFRAME, STUDY_PDF},
        .modality_count = 5,
        .instances = 12,
        .patient_name = PATIENT_NAME,
        .patient_id = PATIENT_OF_TWO_STUDIES,
    };
    const struct study_options small = {
        .seed = 12, .patient_name = PATIENT_NAME, .patient_id = PATIENT_OF_TWO_STUDIES};
    const struct study_options other = {
        .seed = 13, .modalities = {STUDY_MR}, .modality_count = 1, .instances = 3};
    world->mixed = world_study("mixed", &mixed);
    world->small = world_study("small", &small);
    world->other = world_study("other", &other);
    if (world->mixed == NULL || world->small == NULL || world->other == NULL)
        return false;
    const struct study *const all[] = {world->mixed, world->small, world->other};
    world->paths = calloc(12 + 1 + 3, sizeof(*world->paths));
    for (size_t i = 0; world->paths != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
        for (size_t k = 0; k < all[i]->instance_count; k++)
            world->paths[world->path_count++] = all[i]->instances[k].path;
    }
    return world->paths != NULL;
}

static bool reserve_down_port(struct world *world)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);
    world->down_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (world->down_fd < 0 || bind(world->down_fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        getsockname(world->down_fd, (struct sockaddr *)&name, &length) != 0) {
        support_fail(&world->err, "no port for the peer that is down");
        return false;
    }
    world->down_port = ntohs(name.sin_port);
    return true;
}

static json_t *peer_json(uint16_t port, const char *called_ae)
{
    return json_pack("{ss si ss*}", "host", "127.0.0.1", "port", (int)port, "called-aet", called_ae);
}

static bool start_gateway(struct world *world, const struct world_peer *peers)
{
    json_t *list = json_object();
    for (size_t i = 0; i < world->peer_count; i++)
        (void)json_object_set_new(list, peers[i].name,
                                  peer_json(peer_port(world->peers[i]), peer_ae_title(world->peers[i])));
    if (world->down_fd >= 0)
        (void)json_object_set_new(list, "down", peer_json(world->down_port, NULL));
    json_t *json = json_pack("{so}", "peers", list);
    char *text = json_dumps(json, 0);
    json_decref(json);
    world->gateway = gateway_start(text, &world->err);
    free(text);
    return world->gateway != NULL;
}

bool world_begin(void)
{
    the_world.dir = temp_dir_new("integration", &the_world.err);
    return the_world.dir != NULL;
}

bool world_start(const struct world_peer *peers, size_t count)
{
    struct world *world = &the_world;
    struct peer_options options[MAX_PEERS];
    assert_true(count <= MAX_PEERS);
    for (size_t i = 0; i < count; i++)
        options[i] = peers[i].options;
    world->peer_count = count;
    bool good = peers_start(options, count, world->peers, &world->err) && start_gateway(world, peers);
    if (!good)
        print_error("%s\n", world->err.text);
    return good;
}

int world_set_up(void **state)
{
    struct world *world = &the_world;
    (void)state; /* stays NULL: then the state of a test is its own */
    if (!world_begin() || !make_studies(world) || !reserve_down_port(world)) {
        print_error("%s\n", world->err.text);
        return -1;
    }
    const struct world_peer peers[REAL_PEERS] = {
        {at_dcmqrscp.name, {.kind = PEER_DCMQRSCP, .files = world->paths, .file_count = world->path_count}},
        {at_orthanc.name, {.kind = PEER_ORTHANC, .files = world->paths, .file_count = world->path_count}},
    };
    return world_start(peers, REAL_PEERS) ? 0 : -1;
}

int world_tear_down(void **state)
{
    struct world *world = &the_world;
    struct support_error err = {.text = ""};
    (void)state;
    bool good = world->gateway == NULL || gateway_stop(world->gateway, STOP_TIMEOUT_MS, &err);
    if (!good)
        print_error("%s\n", err.text);
    gateway_free(world->gateway);
    for (size_t i = 0; i < world->peer_count; i++)
        peer_free(world->peers[i]);
    if (world->down_fd >= 0)
        (void)close(world->down_fd);
    study_free(world->mixed);
    study_free(world->small);
    study_free(world->other);
    free(world->paths);
    temp_dir_free(world->dir);
    return good ? 0 : -1;
}

void world_load(const struct study *study)
{
    struct world *world = &the_world;
    const char **paths = study_paths(study);
    assert_non_null(paths);
    for (size_t i = 0; i < world->peer_count; i++)
        (void)peer_load(world->peers[i], paths, study->instance_count, &world->err);
    free(paths);
    assert_no_error(&world->err);
}

json_t *study_keys(const struct study *study)
{
    return json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", study->study_uid);
}

json_t *series_keys(const struct study *study, size_t series)
{
    return json_pack("{ss ss ss}", "QueryRetrieveLevel", "SERIES", "StudyInstanceUID", study->study_uid,
                     "SeriesInstanceUID", study->series_uids[series]);
}

size_t series_instances(const struct study *study, size_t series)
{
    size_t count = 0;
    for (size_t i = 0; i < study->instance_count; i++)
        count += study->instances[i].series == series;
    return count;
}
