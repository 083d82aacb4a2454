#include "value.h"

#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void *field(const struct cgw_key *key, void *base)
{
    return (char *)base + key->offset;
}

static const void *const_field(const struct cgw_key *key, const void *base)
{
    return (const char *)base + key->offset;
}

/* In the order of enum cgw_role, which this module does not know: src/retrieve/peer_options.c holds them
 * together. */
static const char *const role_names[] = {"none", "scp", "scu-scp"};

static const char *const identity_type_names[] = {
    [CGW_IDENTITY_NONE] = "none",
    [CGW_IDENTITY_USERNAME] = "username",
    [CGW_IDENTITY_USERNAME_PASSCODE] = "username-passcode",
    [CGW_IDENTITY_KERBEROS] = "kerberos",
    [CGW_IDENTITY_SAML] = "saml",
    [CGW_IDENTITY_JWT] = "jwt",
};

static const char *const layout_names[] = {[CGW_LAYOUT_FLAT] = "flat", [CGW_LAYOUT_STUDY] = "study"};

static const char *const existing_names[] = {
    [CGW_STORE_KEEP] = "keep", [CGW_STORE_REPLACE] = "replace", [CGW_STORE_REFUSE] = "refuse"};

static const char *const cache_unit_names[] = {
    [CGW_CACHE_STUDY] = "study", [CGW_CACHE_SERIES] = "series", [CGW_CACHE_INSTANCE] = "instance"};

/* The table's max should be the last of the names; here it need not be believed. */
static const char *name_at(const char *const *names, size_t count, int64_t number)
{
    return (uint64_t)number < count ? names[number] : NULL;
}

#define NAME_AT(names, number) name_at(names, sizeof(names) / sizeof(names)[0], number)

const char *cgw_value_choice(const struct cgw_key *key, int64_t number)
{
    if (number < 0 || number > key->max)
        return NULL;
    switch (key->type) {
    case CGW_TYPE_BOOLEAN:
        return number == 0 ? "false" : "true";
    case CGW_TYPE_LOG_LEVEL:
        return cgw_log_level_name((enum cgw_log_level)number);
    case CGW_TYPE_MODEL:
        return cgw_model_name((enum cgw_model)number);
    case CGW_TYPE_ROLE:
        return NAME_AT(role_names, number);
    case CGW_TYPE_IDENTITY_TYPE:
        return NAME_AT(identity_type_names, number);
    case CGW_TYPE_LAYOUT:
        return NAME_AT(layout_names, number);
    case CGW_TYPE_EXISTING:
        return NAME_AT(existing_names, number);
    case CGW_TYPE_CACHE_UNIT:
        return NAME_AT(cache_unit_names, number);
    default:
        return NULL;
    }
}

static void trim_zeros(char *decimal)
{
    size_t length = strlen(decimal);

    while (length > 1 && decimal[length - 1] == '0')
        length--;
    if (decimal[length - 1] == '.')
        length--;
    decimal[length] = '\0';
}

const char *cgw_value_limit(const struct cgw_key *key, int64_t number, char buffer[CGW_LIMIT_BYTES])
{
    static const char *const suffixes[] = {"", "K", "M", "G"};
    size_t power = 0;

    if (key->type == CGW_TYPE_DURATION) {
        (void)snprintf(buffer, CGW_LIMIT_BYTES, "%" PRId64 ".%03" PRId64, number / 1000, number % 1000);
        trim_zeros(buffer);
        return buffer;
    }
    for (; key->type == CGW_TYPE_BYTES && power < 3 && number != 0 && number % 1024 == 0; power++)
        number /= 1024;
    (void)snprintf(buffer, CGW_LIMIT_BYTES, "%" PRId64 "%s", number, suffixes[power]);
    return buffer;
}

static bool refuse_bound(const struct cgw_key *key, const char *text, const char *side, int64_t bound,
                         struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    char limit[CGW_LIMIT_BYTES];
    size_t length = strlen(cgw_quoted(text, quoted));

    /* A number is not quoted: "70000 is above 65535". */
    cgw_reason_set(reterr, "%.*s is %s %s%s%s", (int)(length - 2), quoted + 1, side,
                   cgw_value_limit(key, bound, limit), key->type == CGW_TYPE_DURATION ? " seconds" : "",
                   key->zero != NULL ? " and not 0" : "");
    return false;
}

static bool parse_number(const struct cgw_key *key, const char *text, void *base, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    int64_t number;

    if (!cgw_text_number(text, key->type == CGW_TYPE_DURATION ? 3 : 0, key->type == CGW_TYPE_BYTES,
                         &number)) {
        cgw_reason_set(reterr, "%s is not a number%s", cgw_quoted(text, quoted),
                       key->type == CGW_TYPE_DURATION ? " of seconds"
                       : key->type == CGW_TYPE_BYTES  ? " of bytes (such as 65536, 64K, 16M or 2G)"
                                                      : "");
        return false;
    }
    if (!(number == 0 && key->zero != NULL)) {
        if (number < key->min)
            return refuse_bound(key, text, "below", key->min, reterr);
        if (number > key->max)
            return refuse_bound(key, text, "above", key->max, reterr);
    }
    memcpy(field(key, base), &number, sizeof number);
    return true;
}

static bool boolean_from_text(const char *text, bool *ret)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static bool parse_choice(const struct cgw_key *key, const char *text, void *base, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    char names[128] = "";
    const char *name;

    if (key->type == CGW_TYPE_BOOLEAN && boolean_from_text(text, field(key, base)))
        return true;
    for (int64_t number = 0; (name = cgw_value_choice(key, number)) != NULL; number++) {
        size_t used = strlen(names);
        if (key->type != CGW_TYPE_BOOLEAN && strcmp(name, text) == 0) {
            memcpy(field(key, base), &number, sizeof number);
            return true;
        }
        (void)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", name);
    }
    cgw_reason_set(reterr, "%s is none of %s", cgw_quoted(text, quoted), names);
    return false;
}

bool cgw_overrides_contain(const char *list, const char *name)
{
    size_t length = strlen(name);

    if (strcmp(list, "*") == 0)
        return true;
    while (*list != '\0') {
        size_t item = strcspn(list, ",");
        if (item == length && strncmp(list, name, length) == 0)
            return true;
        list += item + (list[item] == ',' ? 1 : 0);
    }
    return false;
}

static bool parse_text(const struct cgw_key *key, const char *text, void *base, struct cgw_reason *reterr)
{
    char list[CGW_VALUE_BYTES];

    if (cgw_key_is_list(key)) {
        if (!cgw_text_list(key->type, text, list, sizeof list, reterr))
            return false;
        text = list;
    }
    if (strlen(text) >= key->size) {
        cgw_reason_set(reterr, "%zu characters are more than %zu", strlen(text), key->size - 1);
        return false;
    }
    if (!cgw_key_is_list(key) && !cgw_text_check(key->type, text, reterr))
        return false;
    memset(field(key, base), 0, key->size);
    memcpy(field(key, base), text, strlen(text));
    return true;
}

static bool parse(const struct cgw_key *key, const char *text, void *base, struct cgw_reason *reterr)
{
    switch (key->type) {
    case CGW_TYPE_INTEGER:
    case CGW_TYPE_BYTES:
    case CGW_TYPE_DURATION:
        return parse_number(key, text, base, reterr);
    case CGW_TYPE_BOOLEAN:
    case CGW_TYPE_LOG_LEVEL:
    case CGW_TYPE_MODEL:
    case CGW_TYPE_ROLE:
    case CGW_TYPE_IDENTITY_TYPE:
    case CGW_TYPE_LAYOUT:
    case CGW_TYPE_EXISTING:
    case CGW_TYPE_CACHE_UNIT:
        return parse_choice(key, text, base, reterr);
    default:
        return parse_text(key, text, base, reterr);
    }
}

bool cgw_value_parse(const struct cgw_key *key, const char *text, void *base, struct cgw_reason *reterr)
{
    if (key->secret && strcmp(text, CGW_SECRET_MASK) == 0) {
        cgw_reason_set(reterr, "%s is what a printed configuration shows instead of the value",
                       CGW_SECRET_MASK);
        return false;
    }
    if (parse(key, text, base, reterr))
        return true;
    if (key->secret && key->type != CGW_TYPE_TEXT) /* whose reasons quote nothing */
        cgw_reason_set(reterr, "the value, a secret that is not shown here, is not valid");
    return false;
}

int64_t cgw_value_number(const struct cgw_key *key, const void *base)
{
    int64_t number;

    memcpy(&number, const_field(key, base), sizeof number);
    return number;
}

void cgw_value_copy(const struct cgw_key *key, void *to, const void *from)
{
    memcpy(field(key, to), const_field(key, from), key->size);
}
