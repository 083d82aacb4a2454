#include "loading.h"

#include "text.h"
#include "user_identity.h"
#include "value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cgw_loading_start(struct cgw_loading *loading, struct cgw_config *config,
                       struct cgw_config_faults *faults)
{
    *config = (struct cgw_config){0};
    *loading = (struct cgw_loading){.config = config, .faults = faults};
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        struct cgw_reason reason;
        if (key->default_text == NULL)
            continue;
        void *base = key->scope == CGW_SCOPE_GLOBAL ? (void *)config : (void *)&config->peer_defaults;
        bool parsed = cgw_value_parse(key, key->default_text, base, &reason);
        assert(parsed);
        (void)parsed;
    }
}

void cgw_loading_release(struct cgw_loading *loading)
{
    free(loading->peers);
    loading->peers = NULL;
    loading->peer_count = 0;
}

struct cgw_loading_peer *cgw_loading_find_peer(struct cgw_loading *loading, const char *name)
{
    for (size_t i = 0; i < loading->peer_count; i++) {
        if (strcmp(loading->peers[i].peer.name, name) == 0)
            return &loading->peers[i];
    }
    return NULL;
}

struct cgw_loading_peer *cgw_loading_make_peer(struct cgw_loading *loading, const char *place,
                                               const char *name)
{
    char quoted[CGW_QUOTED_BYTES];
    struct cgw_loading_peer *peer = cgw_loading_find_peer(loading, name);

    if (peer != NULL)
        return peer;
    if (!cgw_text_is_peer_name(name)) {
        cgw_loading_fault(
            loading, place,
            "%s is no name for a peer: 1 to 64 letters, digits, dots, dashes and underscores are",
            cgw_quoted(name, quoted));
        return NULL;
    }
    struct cgw_loading_peer *peers = realloc(loading->peers, (loading->peer_count + 1) * sizeof *peers);
    if (peers == NULL) {
        loading->out_of_memory = true;
        return NULL;
    }
    loading->peers = peers;
    peer = &peers[loading->peer_count++];
    *peer = (struct cgw_loading_peer){0};
    memcpy(peer->peer.name, name, strlen(name) + 1);
    return peer;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool can_be_bounded(const struct cgw_key *key)
{
    return key->overridable && cgw_key_is_number(key);
}

const char *cgw_loading_nearest(const char *path, char *buffer, size_t size)
{
    const char *last_dot = strrchr(path, '.');
    bool of_peer = starts_with(path, CGW_PATH_PEERS) && last_dot > path + strlen(CGW_PATH_PEERS);
    bool of_maximum = starts_with(path, CGW_PATH_OVERRIDE_MAXIMUM);
    size_t prefix = of_peer || of_maximum ? (size_t)(last_dot - path) + 1 : 0;
    struct cgw_nearest nearest = {.typed = path + prefix};

    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if (of_peer      ? key->scope != CGW_SCOPE_GLOBAL
            : of_maximum ? can_be_bounded(key)
                         : key->scope != CGW_SCOPE_PEER)
            cgw_nearest_offer(&nearest, key->name);
    }
    if (!of_peer && !of_maximum) {
        cgw_nearest_offer(&nearest, "peers");
        cgw_nearest_offer(&nearest, "listen");
        cgw_nearest_offer(&nearest, "override-maximum");
    }
    if (nearest.best == NULL)
        return NULL;
    (void)snprintf(buffer, size, "%.*s%s", (int)prefix, path, nearest.best);
    return buffer;
}

static bool refuse_key(struct cgw_loading *loading, const char *place, const char *path, const char *name)
{
    char quoted[CGW_QUOTED_BYTES];
    char nearest[CGW_VALUE_BYTES];
    const struct cgw_key *key = cgw_key_find(name);

    if (key != NULL && starts_with(path, CGW_PATH_OVERRIDE_MAXIMUM))
        cgw_loading_fault(loading, place, "%s is not a number that a request can override", name);
    else if (key != NULL && key->scope == CGW_SCOPE_PEER)
        cgw_loading_fault(loading, place, "%s is a key of a peer (peers.NAME.%s), not of the top level", name,
                          name);
    else if (key != NULL)
        cgw_loading_fault(loading, place, "%s is a key of the top level, not of a peer", name);
    else if (cgw_loading_nearest(path, nearest, sizeof nearest) != NULL)
        cgw_loading_fault(loading, place, "unknown key %s; did you mean %s?", cgw_quoted(name, quoted),
                          nearest);
    else
        cgw_loading_fault(loading, place, "unknown key %s", cgw_quoted(name, quoted));
    return false;
}

/* A peer's name may hold dots, its keys do not: the last dot parts them. */
static bool find_in_peer(struct cgw_loading *loading, const char *place, const char *path,
                         struct cgw_target *ret)
{
    char name[CGW_PEER_NAME_BYTES + 1] = "";
    const char *start = path + strlen(CGW_PATH_PEERS);
    const char *last_dot = strrchr(start, '.');

    if (last_dot == NULL)
        return refuse_key(loading, place, path, path);
    size_t length = (size_t)(last_dot - start);
    memcpy(name, start, length < sizeof name ? length : sizeof name - 1);
    const struct cgw_key *key = cgw_key_find(last_dot + 1);
    if (key == NULL || key->scope == CGW_SCOPE_GLOBAL)
        return refuse_key(loading, place, path, last_dot + 1);
    struct cgw_loading_peer *peer = cgw_loading_make_peer(loading, place, name);
    if (peer == NULL)
        return false;
    *ret = (struct cgw_target){.key = key, .base = &peer->peer, .own = &peer->own[cgw_key_index(key)]};
    return true;
}

bool cgw_loading_find(struct cgw_loading *loading, const char *place, const char *path,
                      struct cgw_target *ret)
{
    if (starts_with(path, CGW_PATH_PEERS))
        return find_in_peer(loading, place, path, ret);
    if (starts_with(path, CGW_PATH_OVERRIDE_MAXIMUM)) {
        const char *name = path + strlen(CGW_PATH_OVERRIDE_MAXIMUM);
        const struct cgw_key *key = cgw_key_find(name);
        if (key == NULL || !can_be_bounded(key))
            return refuse_key(loading, place, path, name);
        *ret = (struct cgw_target){.key = key, .base = &loading->config->override_maximum};
        return true;
    }
    const struct cgw_key *key = cgw_key_find(path);
    if (key == NULL || key->scope == CGW_SCOPE_PEER)
        return refuse_key(loading, place, path, path);
    *ret =
        (struct cgw_target){.key = key,
                            .base = key->scope == CGW_SCOPE_GLOBAL ? (void *)loading->config
                                                                   : (void *)&loading->config->peer_defaults};
    return true;
}

static void set_target(struct cgw_loading *loading, const char *place, struct cgw_target target,
                       const char *text)
{
    struct cgw_reason reason;

    if (target.own != NULL)
        *target.own = true; /* also when it is refused: no second fault for a host that is there but wrong */
    if (!cgw_value_parse(target.key, text, target.base, &reason))
        cgw_loading_fault(loading, place, "%s", reason.text);
}

void cgw_loading_set(struct cgw_loading *loading, const char *place, const char *path, const char *text)
{
    struct cgw_target target;

    if (cgw_loading_find(loading, place, path, &target))
        set_target(loading, place, target, text);
}

void cgw_loading_set_json(struct cgw_loading *loading, const char *place, const char *path,
                          const json_t *value)
{
    char buffer[CGW_VALUE_BYTES];
    struct cgw_reason reason;
    struct cgw_target target;

    if (!cgw_loading_find(loading, place, path, &target))
        return;
    const char *text = cgw_value_text(target.key, value, buffer, &reason);
    if (text != NULL) {
        set_target(loading, place, target, text);
        return;
    }
    if (target.own != NULL)
        *target.own = true;
    cgw_loading_fault(loading, place, "%s", reason.text);
}

static void finish_peer(struct cgw_loading *loading, struct cgw_loading_peer *peer)
{
    char place[CGW_PEER_NAME_BYTES + sizeof CGW_PATH_PEERS];

    (void)snprintf(place, sizeof place, CGW_PATH_PEERS "%s", peer->peer.name);
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if (key->scope == CGW_SCOPE_GLOBAL || peer->own[i])
            continue;
        if (key->default_text == NULL)
            cgw_loading_fault(loading, place, "%s is missing: a peer needs it", key->name);
        else
            cgw_value_copy(key, &peer->peer, &loading->config->peer_defaults);
    }
    cgw_user_identity_finish(loading, place, peer);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct cgw_peer *)a)->name, ((const struct cgw_peer *)b)->name);
}

void cgw_loading_finish(struct cgw_loading *loading)
{
    struct cgw_config *config = loading->config;

    for (size_t i = 0; i < loading->peer_count; i++)
        finish_peer(loading, &loading->peers[i]);
    if (loading->peer_count == 0)
        return;
    config->peers = calloc(loading->peer_count, sizeof *config->peers);
    if (config->peers == NULL) {
        loading->out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < loading->peer_count; i++)
        config->peers[i] = loading->peers[i].peer;
    config->peer_count = loading->peer_count;
    qsort(config->peers, config->peer_count, sizeof *config->peers, by_name);
}
