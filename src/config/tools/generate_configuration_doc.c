/* Writes the reference part of docs/configuration.md from the table of keys: see base/tools/generated_page.h.
 */
#include "base/tools/generated_page.h"
#include "config/names.h"
#include "config/options.h"
#include "config/value.h"

#include <stdio.h>

static const char *type_text(const struct cgw_key *key)
{
    switch (key->type) {
    case CGW_TYPE_AE_TITLE:
        return "AE title, 1 to 16 characters";
    case CGW_TYPE_HOST:
        return "host name or address";
    case CGW_TYPE_URL_PATH:
        return "path of a URL";
    case CGW_TYPE_FILE_PATH:
        return "absolute path";
    case CGW_TYPE_URL:
        return "URL";
    case CGW_TYPE_DEFINED_TERM:
        return "defined term";
    case CGW_TYPE_OVERRIDES:
        return "list of names, or names separated by commas";
    case CGW_TYPE_UIDS:
        return "list of UIDs, or UIDs separated by commas";
    case CGW_TYPE_NAME:
        return "letters, digits, and characters such as - _ + / =";
    case CGW_TYPE_TEXT:
        return "text without control characters";
    case CGW_TYPE_INTEGER:
        return "whole number";
    case CGW_TYPE_BYTES:
        return "whole number, or text with K, M or G";
    case CGW_TYPE_DURATION:
        return "number, fractions allowed";
    default:
        return "choice";
    }
}

static void write_type(FILE *out, const struct cgw_key *key)
{
    const char *choice;

    if (key->type == CGW_TYPE_BOOLEAN) {
        (void)fputs("boolean", out);
        return;
    }
    (void)fputs(type_text(key), out);
    if (key->unit != NULL)
        (void)fprintf(out, "; %s", key->unit);
    for (int64_t i = 0; (choice = cgw_value_choice(key, i)) != NULL; i++)
        (void)fprintf(out, "%s `%s`", i == 0 ? ":" : ",", choice);
}

static void write_range(FILE *out, const struct cgw_key *key)
{
    char low[CGW_LIMIT_BYTES];
    char high[CGW_LIMIT_BYTES];

    if (!cgw_key_is_number(key))
        return;
    (void)fprintf(out, "- Range: %s to %s", cgw_value_limit(key, key->min, low),
                  cgw_value_limit(key, key->max, high));
    if (key->zero != NULL)
        (void)fprintf(out, ", or 0: %s", key->zero);
    (void)fputs("\n", out);
}

static void write_option(FILE *out, const struct cgw_options *options, const struct cgw_key *key)
{
    char name[CGW_KEY_NAME_BYTES];

    if (key->scope == CGW_SCOPE_PEER) {
        (void)fprintf(out, "- Option: `--set peers.NAME.%s=...`\n", key->name);
        return;
    }
    cgw_option_name(key->name, name, sizeof name);
    const struct cgw_option *option = cgw_option_find(options, name);
    (void)fprintf(out, "- Option: `--%s%s%s%s`", name, option->optional ? "[=" : " ", option->argument,
                  option->optional ? "]" : "");
    if (option->also != NULL)
        (void)fprintf(out, ", `-%s %s`", option->also, option->argument);
    if (key->scope == CGW_SCOPE_BOTH)
        (void)fprintf(out, "; for one peer `--set peers.NAME.%s=...`", key->name);
    (void)fputs("\n", out);
}

static void write_variable(FILE *out, const struct cgw_key *key)
{
    char top[2 * CGW_KEY_NAME_BYTES];
    char own[2 * CGW_KEY_NAME_BYTES];
    char path[2 * CGW_KEY_NAME_BYTES];

    cgw_variable_name(key->name, top, sizeof top);
    (void)snprintf(path, sizeof path, "peers.<name>.%s", key->name);
    cgw_variable_name(path, own, sizeof own);
    if (key->scope == CGW_SCOPE_PEER)
        (void)fprintf(out, "- Variable: `%s`\n", own);
    else if (key->scope == CGW_SCOPE_BOTH)
        (void)fprintf(out, "- Variable: `%s`; for one peer `%s`\n", top, own);
    else
        (void)fprintf(out, "- Variable: `%s`\n", top);
}

static void write_key(FILE *out, const struct cgw_options *options, const struct cgw_key *key)
{
    (void)fprintf(out, "\n### `%s`\n\n%s\n\n- Type: ", key->name, key->prose);
    write_type(out, key);
    (void)fputs("\n", out);
    if (key->default_text == NULL)
        (void)fputs("- Default: none; every peer needs one\n", out);
    else
        (void)fprintf(out, "- Default: `%s`\n", *key->default_text == '\0' ? "\"\"" : key->default_text);
    write_range(out, key);
    write_variable(out, key);
    write_option(out, options, key);
    if (key->scope != CGW_SCOPE_GLOBAL)
        (void)fprintf(out, "- A request may override it: %s\n",
                      key->overridable ? "yes, where allow-overrides lets it" : "no");
    if (key->secret)
        (void)fputs("- Secret: never printed\n", out);
}

static void write_scope(FILE *out, const struct cgw_options *options, enum cgw_key_scope scope,
                        const char *title)
{
    (void)fputs(title, out);
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].scope == scope)
            write_key(out, options, &cgw_keys[i]);
    }
}

static void write_maxima(FILE *out)
{
    const char *before = "";

    (void)fputs(
        "\n## override-maximum\n\nAn object of the top level: the most that a request may ask for by a query "
        "parameter. Where a key is not\nnamed, the range of the key itself is the bound. \"Unlimited\" is "
        "above every maximum. The values of the operator\nare not bounded by it. Keys: ",
        out);
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].overridable && cgw_key_is_number(&cgw_keys[i])) {
            (void)fprintf(out, "%s`%s`", before, cgw_keys[i].name);
            before = ", ";
        }
    }
    (void)fputs(".\n\n- Variable: `CGETWAY_OVERRIDE_MAXIMUM__DIMSE_TIMEOUT`\n"
                "- Option: `--override-maximum-dimse-timeout SECONDS`\n",
                out);
}

static void write_keys(FILE *out)
{
    static struct cgw_options options;

    cgw_options_make(&options);
    write_scope(out, &options, CGW_SCOPE_GLOBAL, "\n## Keys of the server\n\nOnly at the top level.\n");
    write_scope(out, &options, CGW_SCOPE_PEER, "\n## Keys of a peer\n\nOnly in the object of a peer.\n");
    write_scope(out, &options, CGW_SCOPE_BOTH,
                "\n## Keys of a peer and, as the default of every peer, of the top level\n");
    write_maxima(out);
    (void)fputs("\n", out);
}

int main(int argc, char **argv)
{
    static const struct page_part parts[] = {{"keys", write_keys}};

    return page_main(argc, argv, "generate-configuration-doc", parts, sizeof parts / sizeof parts[0]);
}
