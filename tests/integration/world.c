/* Peers, studies and gateway: started once for a test executable. */
#include "integration/integration.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

static struct study *make(struct world *world, const char *name, const struct study_options *options)
{
    char *directory = temp_dir_mkdir(world->dir, name, &world->err);
    struct study *study = directory == NULL ? NULL : study_make(directory, options, &world->err);
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
    world->mixed = make(world, "mixed", &mixed);
    world->small = make(world, "small", &small);
    world->other = make(world, "other", &other);
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

static bool start_gateway(struct world *world)
{
    char *text = NULL;
    json_t *json = json_pack("{s{s{ss si ss} s{ss si ss} s{ss si}}}", "peers", //
                             "dcmqrscp", "host", "127.0.0.1", "port",          //
                             (int)peer_port(world->peers[0]), "called-aet",    //
                             peer_ae_title(world->peers[0]),                   //
                             "orthanc", "host", "127.0.0.1", "port",           //
                             (int)peer_port(world->peers[1]), "called-aet",    //
                             peer_ae_title(world->peers[1]),                   //
                             "down", "host", "127.0.0.1", "port", (int)world->down_port);
    text = json_dumps(json, 0);
    json_decref(json);
    world->gateway = gateway_start(text, &world->err);
    free(text);
    return world->gateway != NULL;
}

int world_set_up(void **state)
{
    struct world *world = &the_world;
    world->dir = temp_dir_new("integration", &world->err);
    bool good = world->dir != NULL && make_studies(world) && reserve_down_port(world);
    if (good) {
        const struct peer_options options[REAL_PEERS] = {
            {.kind = PEER_DCMQRSCP, .files = world->paths, .file_count = world->path_count},
            {.kind = PEER_ORTHANC, .files = world->paths, .file_count = world->path_count},
        };
        good = peers_start(options, REAL_PEERS, world->peers, &world->err) && start_gateway(world);
    }
    if (!good)
        print_error("%s\n", world->err.text);
    (void)state; /* stays NULL: then the state of a test is its own */
    return good ? 0 : -1;
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
    for (size_t i = 0; i < REAL_PEERS; i++)
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
    for (size_t i = 0; i < REAL_PEERS; i++)
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
