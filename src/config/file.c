#include "content.h"
#include "sources.h"

#include "cgetway/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

enum { FILE_BYTES = 4 * 1024 * 1024 };

struct walk {
    struct cgw_loading *loading;
    const char *file;
};

/* "cgetway.json: peers.main.port". NULL: out of memory, which is noted. */
static char *place_of(const struct walk *walk, const char *path)
{
    char *place;

    if (asprintf(&place, "%s: %s", walk->file, path) >= 0)
        return place;
    walk->loading->out_of_memory = true;
    return NULL;
}

static char *path_of(const struct walk *walk, const char *prefix, const char *name)
{
    char *path;

    if (asprintf(&path, "%s%s", prefix, name) >= 0)
        return path;
    walk->loading->out_of_memory = true;
    return NULL;
}

/* A dot in a name would be taken for the border of a nested object. */
static bool name_is_plain(const struct walk *walk, const char *prefix, const char *name)
{
    char quoted[CGW_QUOTED_BYTES];
    char place[256];

    if (*name != '\0' && strchr(name, '.') == NULL)
        return true;
    (void)snprintf(place, sizeof place, "%s%s%.*s", walk->file, *prefix != '\0' ? ": " : "",
                   (int)(*prefix != '\0' ? strlen(prefix) - 1 : 0), prefix);
    cgw_loading_fault(walk->loading, place, "unknown key %s: nested keys are nested objects here",
                      cgw_quoted(name, quoted));
    return false;
}

static void apply_members(const struct walk *walk, const char *prefix, const json_t *object);

static void apply_peers(const struct walk *walk, const json_t *peers)
{
    const char *name;
    json_t *peer;

    json_object_foreach((json_t *)(uintptr_t)peers, name, peer)
    {
        CGW_AUTO_FREE char *path = path_of(walk, CGW_PATH_PEERS, name);
        CGW_AUTO_FREE char *place = path == NULL ? NULL : place_of(walk, path);
        CGW_AUTO_FREE char *prefix = path == NULL ? NULL : path_of(walk, path, ".");
        if (place == NULL || prefix == NULL)
            return;
        if (cgw_loading_make_peer(walk->loading, place, name) == NULL)
            continue;
        if (json_is_object(peer))
            apply_members(walk, prefix, peer);
        else
            cgw_loading_fault(walk->loading, place, "an object is expected");
    }
}

/* listen, override-maximum and peers are objects of the top level; everything else is a value. */
static void apply_member(const struct walk *walk, const char *prefix, const char *name, const json_t *value)
{
    CGW_AUTO_FREE char *path = path_of(walk, prefix, name);
    CGW_AUTO_FREE char *place = path == NULL ? NULL : place_of(walk, path);

    if (place == NULL)
        return;
    bool is_object = strcmp(path, "listen") == 0 || strcmp(path, "override-maximum") == 0;
    bool is_peers = strcmp(path, "peers") == 0;
    if (!is_object && !is_peers) {
        cgw_loading_set_json(walk->loading, place, path, value);
    } else if (!json_is_object(value)) {
        cgw_loading_fault(walk->loading, place, "an object is expected");
    } else if (is_peers) {
        apply_peers(walk, value);
    } else {
        CGW_AUTO_FREE char *inner = path_of(walk, path, ".");
        if (inner != NULL)
            apply_members(walk, inner, value);
    }
}

static void apply_members(const struct walk *walk, const char *prefix, const json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (name_is_plain(walk, prefix, name))
            apply_member(walk, prefix, name, value);
    }
}

static void apply_text(const struct walk *walk, const struct cgw_buffer *text)
{
    struct cgw_loading *loading = walk->loading;
    json_error_t error;
    CGW_AUTO(json)
    json_t *root = json_loadb(text->length > 0 ? (const char *)text->bytes : "", text->length,
                              JSON_REJECT_DUPLICATES, &error);

    if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
        loading->out_of_memory = true;
    else if (root == NULL)
        cgw_loading_fault(loading, walk->file, "line %d, column %d: %s", error.line, error.column,
                          error.text);
    else if (!json_is_object(root))
        cgw_loading_fault(loading, walk->file, "an object is expected");
    else
        apply_members(walk, "", root);
}

void cgw_file_apply(struct cgw_loading *loading, const char *path)
{
    struct walk walk = {.loading = loading, .file = path};
    struct cgw_buffer text = CGW_BUFFER_INIT(FILE_BYTES);
    int failure = cgw_content_read(path, &text);

    if (failure == ENOMEM)
        loading->out_of_memory = true;
    else if (failure != 0)
        cgw_loading_fault(loading, path, "%s", strerrordesc_np(failure));
    else
        apply_text(&walk, &text);
    cgw_buffer_release(&text);
}
