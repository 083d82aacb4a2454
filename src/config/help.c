#include "options.h"

#include "cgetway/buffer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { HELP_BYTES = 64 * 1024, INDENT = 8, WIDTH = 96 };

static bool append_wrapped(struct cgw_buffer *help, const char *prose)
{
    bool fine = true;

    while (fine && *prose != '\0') {
        size_t length = strlen(prose);
        if (length > WIDTH) {
            for (length = WIDTH; length > 1 && prose[length] != ' '; length--)
                ;
        }
        fine = cgw_buffer_append(help, "        ", INDENT) && cgw_buffer_append(help, prose, length) &&
               cgw_buffer_append_text(help, "\n");
        prose += length;
        prose += strspn(prose, " ");
    }
    return fine;
}

static bool append_option(struct cgw_buffer *help, const struct cgw_option *option)
{
    char head[256];
    char prose[768];
    assert(option->prose != NULL || option->key != NULL);
    const char *text = option->prose != NULL ? option->prose : option->key->prose;
    const char *standard = option->key != NULL ? option->key->default_text : NULL;

    (void)snprintf(head, sizeof head, "  %s%s%s--%s%s%s%s\n", option->also != NULL ? "-" : "",
                   option->also != NULL ? option->also : "", option->also != NULL ? ", " : "", option->name,
                   option->argument == NULL ? "" : (option->optional ? "[=" : " "),
                   option->argument == NULL ? "" : option->argument, option->optional ? "]" : "");
    (void)snprintf(prose, sizeof prose, standard == NULL ? "%s%s%s%s" : "%s (default: %s%s%s)", text,
                   standard == NULL ? "" : (*standard == '\0' ? "empty" : standard),
                   standard != NULL && option->key->type == CGW_TYPE_DURATION ? " seconds" : "", "");
    return cgw_buffer_append_text(help, head) && append_wrapped(help, prose);
}

static bool is_peer_default(const struct cgw_option *option)
{
    return option->key != NULL && option->key->scope == CGW_SCOPE_BOTH;
}

static bool append_section(struct cgw_buffer *help, const char *title, const struct cgw_options *options,
                           size_t from, size_t to)
{
    bool fine = cgw_buffer_append_text(help, title);

    for (size_t i = from; fine && i < to; i++)
        fine = append_option(help, &options->items[i]);
    return fine;
}

char *cgw_options_help(const struct cgw_options *options)
{
    struct cgw_buffer help = CGW_BUFFER_INIT(HELP_BYTES);
    size_t global = 0;
    size_t peers = 0;
    size_t maxima = 0;

    while (options->items[global].key == NULL)
        global++;
    for (peers = global; !is_peer_default(&options->items[peers]); peers++)
        ;
    for (maxima = peers; maxima < options->count && is_peer_default(&options->items[maxima]); maxima++)
        ;
    bool fine =
        cgw_buffer_append_text(&help,
                               "Usage: cgetway [--config FILE] [OPTION...]\n"
                               "HTTP gateway for DICOM C-GET. The command line overrides the environment "
                               "(CGETWAY_LISTEN__PORT), which\noverrides the file. Keys of a single peer are "
                               "set by --peer or --set peers.NAME.KEY=VALUE.\n") &&
        append_section(&help, "\nGeneral:\n", options, 0, global) &&
        append_section(&help, "\nThe server:\n", options, global, peers) &&
        append_section(&help, "\nFor every peer that has no value of its own:\n", options, peers, maxima) &&
        append_section(&help, "\nBounds for what a request may override:\n", options, maxima,
                       options->count) &&
        cgw_buffer_append(&help, "", 1);
    if (fine)
        return (char *)help.bytes;
    cgw_buffer_release(&help);
    return NULL;
}
