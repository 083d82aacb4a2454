#include "content.h"
#include "names.h"
#include "sources.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "CGETWAY_"
#define PEERS "PEERS__"
#define CONFIG "CGETWAY_CONFIG="
#define FROM_FILE "_FILE"

enum { NAME_BYTES = 256, CONTENT_BYTES = CGW_USER_IDENTITY_BYTES + 1 /* "\r\n" */ };

/* One variable on its way: environment -> path of a key -> value. */
struct variable {
    char name[NAME_BYTES]; /* without the prefix */
    char place[NAME_BYTES + 32];
    const char *text; /* borrowed */
};

const char *cgw_environment_config(char **environment)
{
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, CONFIG, strlen(CONFIG)) == 0)
            return (*environment)[strlen(CONFIG)] == '\0' ? NULL : *environment + strlen(CONFIG);
    }
    return NULL;
}

/* LISTEN__PORT -> listen.port, MAX_PDU -> max-pdu */
static void key_path(const char *name, char *path, size_t size)
{
    size_t used = 0;

    for (; *name != '\0' && used + 1 < size; name++) {
        if (name[0] == '_' && name[1] == '_') {
            path[used++] = '.';
            name++;
        } else {
            path[used++] = (char)(*name == '_' ? '-' : tolower((unsigned char)*name));
        }
    }
    path[used] = '\0';
}

/* Variables have neither case nor dots and dashes: MY_PACS may mean my-pacs, My.Pacs, my_pacs. */
static bool may_mean(const char *name, const char *peer)
{
    for (; *name != '\0' && *peer != '\0'; name++, peer++) {
        char other = (char)(*peer == '-' || *peer == '.' ? '_' : tolower((unsigned char)*peer));
        if (tolower((unsigned char)*name) != other)
            return false;
    }
    return *name == *peer;
}

/* The peer that a variable means: one of the file's, or a new one with the name in lower case. */
static bool peer_name(struct cgw_loading *loading, const struct variable *variable,
                      char name[CGW_PEER_NAME_BYTES + 1])
{
    const struct cgw_peer *meant = NULL;

    if (cgw_loading_find_peer(loading, name) != NULL)
        return true;
    for (size_t i = 0; i < loading->peer_count; i++) {
        const struct cgw_peer *peer = &loading->peers[i].peer;
        if (!may_mean(name, peer->name))
            continue;
        if (meant != NULL) {
            cgw_loading_fault(loading, variable->place, "may mean the peer %s and the peer %s", meant->name,
                              peer->name);
            return false;
        }
        meant = peer;
    }
    if (meant != NULL)
        (void)snprintf(name, CGW_PEER_NAME_BYTES + 1, "%s", meant->name);
    else
        for (char *at = name; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
    return true;
}

/* "PEERS__MAIN__HOST": the last "__" parts the peer's name from the key. */
static bool split_peer(const char *name, char peer[CGW_PEER_NAME_BYTES + 1], const char **ret_key)
{
    const char *border = NULL;

    if (strncmp(name, PEERS, strlen(PEERS)) != 0)
        return false;
    name += strlen(PEERS);
    for (const char *at = name; (at = strstr(at, "__")) != NULL; at++)
        border = at;
    if (border == NULL || border == name)
        return false;
    (void)snprintf(peer, CGW_PEER_NAME_BYTES + 1, "%.*s", (int)(border - name), name);
    *ret_key = border + 2;
    return true;
}

static bool is_known(const char *name)
{
    char peer[CGW_PEER_NAME_BYTES + 1];
    char path[NAME_BYTES];
    const char *key_name = name;
    bool of_peer = split_peer(name, peer, &key_name);

    key_path(key_name, path, sizeof path);
    const char *bounded = path + strlen(CGW_PATH_OVERRIDE_MAXIMUM);
    if (!of_peer && strncmp(path, CGW_PATH_OVERRIDE_MAXIMUM, strlen(CGW_PATH_OVERRIDE_MAXIMUM)) == 0)
        return cgw_key_find(bounded) != NULL;
    const struct cgw_key *key = cgw_key_find(path);
    return key != NULL && (of_peer || key->scope != CGW_SCOPE_PEER);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);

    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Kubernetes and Docker put variables for their services and links into every container; those of a service
 * that is named cgetway look like ours. None of them is a key. */
static bool is_of_service(const struct variable *variable)
{
    const char *name = variable->name;

    if (strstr(name, "SERVICE_PORT_") != NULL || ends_with(name, "SERVICE_HOST") ||
        ends_with(name, "SERVICE_PORT"))
        return true;
    if (ends_with(name, "PORT") && strstr(variable->text, "://") != NULL)
        return true;
    for (const char *at = name; (at = strstr(at, "PORT_")) != NULL; at++) {
        const char *behind = at + strlen("PORT_");
        size_t length = strspn(behind, "0123456789");
        behind += length;
        if (length > 0 && (strncmp(behind, "_TCP", 4) == 0 || strncmp(behind, "_UDP", 4) == 0 ||
                           strncmp(behind, "_SCTP", 5) == 0))
            return true;
    }
    return false;
}

static void refuse_unknown(struct cgw_loading *loading, const struct variable *variable)
{
    char path[NAME_BYTES];
    char nearest_path[NAME_BYTES];
    char nearest[NAME_BYTES];

    key_path(variable->name, path, sizeof path);
    const struct cgw_key *key = cgw_key_find(path);
    if (strcmp(variable->name, "PORT") == 0 || strcmp(variable->name, "ADDRESS") == 0)
        cgw_loading_fault(loading, variable->place, "unknown variable; did you mean " PREFIX "LISTEN__%s?",
                          variable->name);
    else if (key != NULL)
        cgw_loading_fault(loading, variable->place, "is of a peer: " PREFIX PEERS "<NAME>__%s",
                          variable->name);
    else if (cgw_loading_nearest(path, nearest_path, sizeof nearest_path) != NULL) {
        cgw_variable_name(nearest_path, nearest, sizeof nearest);
        cgw_loading_fault(loading, variable->place, "unknown variable; did you mean %s?", nearest);
    } else {
        cgw_loading_fault(loading, variable->place, "unknown variable");
    }
}

static void set_variable(struct cgw_loading *loading, const struct variable *variable, const char *text)
{
    char peer[CGW_PEER_NAME_BYTES + 1];
    char key[NAME_BYTES];
    char path[NAME_BYTES + CGW_PEER_NAME_BYTES + sizeof CGW_PATH_PEERS];
    const char *key_name = variable->name;

    if (!split_peer(variable->name, peer, &key_name)) {
        key_path(variable->name, path, sizeof path);
    } else {
        if (!peer_name(loading, variable, peer))
            return;
        key_path(key_name, key, sizeof key);
        (void)snprintf(path, sizeof path, CGW_PATH_PEERS "%s.%s", peer, key);
    }
    cgw_loading_set(loading, variable->place, path, text);
}

/* The content of a file without its trailing newline, as Docker and Kubernetes mount secrets. */
static void set_from_file(struct cgw_loading *loading, const struct variable *variable)
{
    char text[CONTENT_BYTES + 1];
    char quoted[CGW_QUOTED_BYTES];
    struct cgw_buffer content = CGW_BUFFER_INIT(CONTENT_BYTES);
    int failure = cgw_content_read(variable->text, &content);
    size_t length = content.length;

    if (failure == 0)
        memcpy(text, length > 0 ? content.bytes : (const uint8_t *)"", length);
    cgw_buffer_release(&content);
    if (failure == ENOMEM) {
        loading->out_of_memory = true;
        return;
    }
    if (failure != 0 || memchr(text, '\0', length) != NULL) {
        cgw_loading_fault(loading, variable->place, "%s: %s", cgw_quoted(variable->text, quoted),
                          failure != 0 ? strerrordesc_np(failure) : "not text: it holds a NUL");
        return;
    }
    if (length > 0 && text[length - 1] == '\n')
        length--;
    if (length > 0 && text[length - 1] == '\r')
        length--;
    text[length] = '\0';
    set_variable(loading, variable, text);
}

static void apply_variable(struct cgw_loading *loading, const char *entry, char **environment)
{
    struct variable variable = {0};
    const char *name = entry + strlen(PREFIX);
    size_t length = strcspn(name, "=");
    size_t suffix = strlen(FROM_FILE);

    if (name[length] == '\0')
        return;
    variable.text = name + length + 1;
    (void)snprintf(variable.name, sizeof variable.name, "%.*s", (int)length, name);
    (void)snprintf(variable.place, sizeof variable.place, "environment " PREFIX "%s", variable.name);
    if (length < sizeof variable.name && is_known(variable.name)) {
        set_variable(loading, &variable, variable.text);
        return;
    }
    if (length >= sizeof variable.name || length <= suffix ||
        strcmp(variable.name + length - suffix, FROM_FILE) != 0) {
        if (!is_of_service(&variable))
            refuse_unknown(loading, &variable);
        return;
    }
    variable.name[length - suffix] = '\0';
    if (!is_known(variable.name)) {
        refuse_unknown(loading, &variable);
        return;
    }
    for (char **other = environment; *other != NULL; other++) {
        size_t whole = strlen(PREFIX) + length - suffix;
        if (strncmp(*other, entry, whole) == 0 && (*other)[whole] == '=') {
            cgw_loading_fault(loading, variable.place, "given together with " PREFIX "%s", variable.name);
            return;
        }
    }
    set_from_file(loading, &variable);
}

void cgw_environment_apply(struct cgw_loading *loading, char **environment)
{
    for (char **entry = environment; *entry != NULL; entry++) {
        if (strncmp(*entry, PREFIX, strlen(PREFIX)) == 0 && strncmp(*entry, CONFIG, strlen(CONFIG)) != 0)
            apply_variable(loading, *entry, environment);
    }
}
