#include "value.h"

#include <stdio.h>
#include <string.h>

static const struct cgw_key *find_overridable(const char *name)
{
    const struct cgw_key *key = cgw_key_find(name);

    return key != NULL && key->overridable ? key : NULL;
}

bool cgw_config_is_override(const char *name)
{
    return find_overridable(name) != NULL;
}

static enum cgw_code refuse_name(const char *name, struct cgw_error *err)
{
    char quoted[CGW_QUOTED_BYTES];
    char names[256] = "";

    for (size_t i = 0; i < cgw_key_count; i++) {
        size_t used = strlen(names);
        if (cgw_keys[i].overridable)
            (void)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", cgw_keys[i].name);
    }
    return cgw_fail(err, CGW_E_BAD_PARAMETER,
                    "%s is no parameter here; besides those of the resource itself (GET /openapi.json lists "
                    "them) a request may set: %s",
                    cgw_quoted(name, quoted), names);
}

/* 0 in a maximum: none is configured. 0 in a value, where the table allows it, is "unlimited". */
static bool is_above(const struct cgw_key *key, const struct cgw_peer *maxima, const struct cgw_peer *peer)
{
    if (!cgw_key_is_number(key))
        return false;
    int64_t maximum = cgw_value_number(key, maxima);
    int64_t number = cgw_value_number(key, peer);
    return maximum != 0 && (number > maximum || number == 0);
}

enum cgw_code cgw_config_override(const struct cgw_config *config, struct cgw_peer *peer, const char *name,
                                  const char *value, struct cgw_error *err)
{
    const struct cgw_key *key = find_overridable(name);
    struct cgw_peer changed = *peer;
    struct cgw_reason reason;
    char quoted[CGW_QUOTED_BYTES];
    char limit[CGW_LIMIT_BYTES];

    if (key == NULL)
        return refuse_name(name, err);
    if (value == NULL && key->type == CGW_TYPE_BOOLEAN)
        value = "true";
    if (value == NULL)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: needs a value", name);
    if (!cgw_overrides_contain(config->allow_overrides, name))
        return cgw_fail(err, CGW_E_OVERRIDE_REFUSED, "%s is not in allow-overrides", name);
    if (!cgw_value_parse(key, value, &changed, &reason))
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: %s", name, reason.text);
    if (is_above(key, &config->override_maximum, &changed)) {
        int64_t maximum = cgw_value_number(key, &config->override_maximum);
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: %s is above %s, the most that a request may ask for",
                        name, cgw_quoted(value, quoted), cgw_value_limit(key, maximum, limit));
    }
    *peer = changed;
    return CGW_OK;
}
