#include "value.h"

#include "cgetway/cleanup.h"

#include <stdio.h>
#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

/* "listen.port" goes into the object listen. */
static bool set_key(json_t *object, const struct cgw_key *key, const void *base)
{
    char outer[CGW_KEY_NAME_BYTES];
    const char *dot = strchr(key->name, '.');

    if (dot == NULL)
        return json_object_set_new(object, key->name, cgw_value_to_json(key, base)) == 0;
    (void)snprintf(outer, sizeof outer, "%.*s", (int)(dot - key->name), key->name);
    json_t *nested = json_object_get(object, outer);
    if (nested == NULL) {
        nested = json_object();
        if (json_object_set_new(object, outer, nested) != 0)
            return false;
    }
    return json_object_set_new(nested, dot + 1, cgw_value_to_json(key, base)) == 0;
}

static bool set_peer_keys(json_t *object, const struct cgw_peer *peer)
{
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].scope != CGW_SCOPE_GLOBAL && !set_key(object, &cgw_keys[i], peer))
            return false;
    }
    return true;
}

static bool set_top_level(json_t *object, const struct cgw_config *config)
{
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        const void *base =
            key->scope == CGW_SCOPE_GLOBAL ? (const void *)config : (const void *)&config->peer_defaults;
        if (key->scope != CGW_SCOPE_PEER && !set_key(object, key, base))
            return false;
    }
    return true;
}

static json_t *maxima_to_json(const struct cgw_peer *maxima)
{
    CGW_AUTO(json) json_t *object = json_object();

    for (size_t i = 0; object != NULL && i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if (key->overridable && cgw_key_is_number(key) && cgw_value_number(key, maxima) != 0 &&
            !set_key(object, key, maxima))
            return NULL;
    }
    return json_incref(object);
}

static json_t *peers_to_json(const struct cgw_config *config)
{
    CGW_AUTO(json) json_t *peers = json_object();

    for (size_t i = 0; peers != NULL && i < config->peer_count; i++) {
        json_t *peer = json_object();
        if (json_object_set_new(peers, config->peers[i].name, peer) != 0 ||
            !set_peer_keys(peer, &config->peers[i]))
            return NULL;
    }
    return json_incref(peers);
}

json_t *cgw_config_to_json(const struct cgw_config *config)
{
    CGW_AUTO(json) json_t *object = json_object();

    if (object == NULL || !set_top_level(object, config) ||
        json_object_set_new(object, "override-maximum", maxima_to_json(&config->override_maximum)) != 0 ||
        json_object_set_new(object, "peers", peers_to_json(config)) != 0)
        return NULL;
    return json_incref(object);
}

json_t *cgw_peer_to_json(const struct cgw_peer *peer)
{
    CGW_AUTO(json) json_t *object = json_object();

    if (object == NULL || json_object_set_new(object, "name", json_string(peer->name)) != 0 ||
        !set_peer_keys(object, peer))
        return NULL;
    return json_incref(object);
}
