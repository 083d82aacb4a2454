/* Writes the manual page cgetway(8) from the tables of options and keys: generate-manual-page VERSION FILE */
#include "config/names.h"
#include "config/options.h"
#include "config/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What roff would take for its own: a hyphen that may be copied, quotes that stay as they are. */
static const struct {
    char character;
    const char *roff;
} escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};

static void put_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *roff = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
            roff = escapes[i].character == *text ? escapes[i].roff : roff;
        if (roff != NULL)
            (void)fputs(roff, out);
        else
            (void)fputc(*text, out);
    }
}

static void put_bold(FILE *out, const char *text)
{
    (void)fputs("\\fB", out);
    put_text(out, text);
    (void)fputs("\\fR", out);
}

/* A line of running text, whatever it begins with. */
static void put_line(FILE *out, const char *text)
{
    (void)fputs("\\&", out);
    put_text(out, text);
    (void)fputs("\n", out);
}

static void put_spelling(FILE *out, const char *dashes, const char *name, const struct cgw_option *option)
{
    char spelling[CGW_KEY_NAME_BYTES + 4];

    (void)snprintf(spelling, sizeof spelling, "%s%s", dashes, name);
    put_bold(out, spelling);
    if (option->argument == NULL)
        return;
    (void)fputs(option->optional ? "[=" : " ", out);
    (void)fputs("\\fI", out);
    put_text(out, option->argument);
    (void)fputs(option->optional ? "\\fR]" : "\\fR", out);
}

static void put_option(FILE *out, const struct cgw_option *option)
{
    if (option->also != NULL) {
        put_spelling(out, "-", option->also, option);
        (void)fputs(", ", out);
    }
    put_spelling(out, "--", option->name, option);
    (void)fputs("\n", out);
}

static void write_options(FILE *out, const struct cgw_options *options)
{
    (void)fputs(".SH OPTIONS\n"
                "A long option may have one dash. Every key of the top level is an option too, which\n"
                ".B CONFIGURATION\n"
                "names beside it.\n",
                out);
    for (size_t i = 0; i < options->count; i++) {
        const struct cgw_option *option = &options->items[i];
        if (option->key != NULL || option->prose == NULL || option->kind == CGW_OPTION_KEY)
            continue;
        (void)fputs(".TP\n", out);
        put_option(out, option);
        put_line(out, option->prose);
    }
}

static void write_choices(FILE *out, const struct cgw_key *key)
{
    const char *choice;

    for (int64_t i = 0; (choice = cgw_value_choice(key, i)) != NULL; i++) {
        (void)fputs(i == 0 ? "One of " : ", ", out);
        put_bold(out, choice);
    }
    (void)fputs(cgw_value_choice(key, 0) != NULL ? ".\n" : "", out);
}

static void write_range(FILE *out, const struct cgw_key *key)
{
    char low[CGW_LIMIT_BYTES];
    char high[CGW_LIMIT_BYTES];

    if (!cgw_key_is_number(key))
        return;
    (void)fprintf(out, "Range: %s to %s%s%s", cgw_value_limit(key, key->min, low),
                  cgw_value_limit(key, key->max, high), key->unit == NULL ? "" : " ",
                  key->unit == NULL ? "" : key->unit);
    if (key->zero != NULL) {
        (void)fputs(", or 0: ", out);
        put_text(out, key->zero);
    }
    (void)fputs(".\n", out);
}

static void write_default(FILE *out, const struct cgw_key *key)
{
    if (key->default_text == NULL) {
        (void)fputs("Every peer needs one.\n", out);
        return;
    }
    (void)fputs("Default: ", out);
    put_bold(out, *key->default_text == '\0' ? "empty" : key->default_text);
    (void)fputs(".\n", out);
}

static void write_key(FILE *out, const struct cgw_options *options, const struct cgw_key *key)
{
    char name[CGW_KEY_NAME_BYTES];

    (void)fputs(".TP\n", out);
    put_bold(out, key->name);
    if (key->scope != CGW_SCOPE_PEER) {
        cgw_option_name(key->name, name, sizeof name);
        (void)fputs("  (", out);
        put_spelling(out, "--", name, cgw_option_find(options, name));
        (void)fputs(")", out);
    }
    (void)fputs("\n", out);
    put_line(out, key->prose);
    write_choices(out, key);
    write_range(out, key);
    write_default(out, key);
}

static void write_scope(FILE *out, const struct cgw_options *options, enum cgw_key_scope scope,
                        const char *title)
{
    (void)fprintf(out, ".SS %s\n", title);
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].scope == scope)
            write_key(out, options, &cgw_keys[i]);
    }
}

static void write_maxima(FILE *out)
{
    (void)fputs(
        ".SS The most that a request may ask for\n"
        ".TP\n\\fBoverride\\-maximum\\fR\n"
        "An object: for each key named in it, the most that a query parameter of this name may ask for.\n"
        "Keys: ",
        out);
    const char *before = "";
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (!cgw_keys[i].overridable || !cgw_key_is_number(&cgw_keys[i]))
            continue;
        (void)fputs(before, out);
        put_bold(out, cgw_keys[i].name);
        before = ",\n";
    }
    (void)fputs(".\n", out);
}

static void write_configuration(FILE *out, const struct cgw_options *options)
{
    (void)fputs(".SH CONFIGURATION\n"
                "The file is one JSON object. A key with a dot is a member of an object:\n"
                ".B listen.port\n"
                "is \"port\" in \"listen\". Peers are the members of the object\n"
                ".BR peers ,\n"
                "by name. Environment variables override the file, and options override both.\n",
                out);
    write_scope(out, options, CGW_SCOPE_GLOBAL, "Keys of the server");
    write_scope(out, options, CGW_SCOPE_PEER, "Keys of a peer");
    write_scope(out, options, CGW_SCOPE_BOTH,
                "Keys of a peer and, as the default of every peer, of the top level");
    write_maxima(out);
}

static const char beginning[] =
    ".SH NAME\n"
    "cgetway \\- HTTP gateway for DICOM C\\-GET\n"
    ".SH SYNOPSIS\n"
    ".B cgetway\n"
    "[\\fB\\-\\-config\\fR \\fIFILE\\fR] [\\fIOPTION\\fR...]\n"
    ".SH DESCRIPTION\n"
    ".B cgetway\n"
    "serves HTTP. A client posts a JSON object whose keys are DICOM keyword paths; the gateway builds the "
    "C\\-GET\n"
    "Identifier, runs the association with a configured peer, and streams the instances back in the same\n"
    "response, or stores them as files. It also does C\\-FIND and C\\-ECHO, and speaks DICOMweb for peers "
    "that\n"
    "do not. The HTTP interface is described by\n"
    ".I /openapi.json\n"
    "of a gateway that runs; a page for people is at\n"
    ".IR / .\n"
    ".PP\n"
    "There is no authentication: it listens on 127.0.0.1 unless told otherwise, and belongs behind a "
    "reverse\n"
    "proxy.\n"
    ".PP\n"
    "The log is one JSON object a line on standard error. The first line tells the address listened on.\n";

static const char ending[] =
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBCGETWAY_CONFIG\\fR\n"
    "The configuration file, where there is no\n"
    ".BR \\-\\-config .\n"
    ".TP\n\\fBCGETWAY_\\fIKEY\\fR\n"
    "Sets a key: in upper case, with _ for a dash and __ for a dot, such as\n"
    ".B CGETWAY_LISTEN__PORT\n"
    "or\n"
    ".BR CGETWAY_PEERS__MAIN__HOST .\n"
    "With\n"
    ".B _FILE\n"
    "at the end the value is the path of a file that holds it.\n"
    ".TP\n\\fBNOTIFY_SOCKET\\fR\n"
    "Where the service manager wants to be told that the gateway is ready or stops, as\n"
    ".BR sd_notify (3)\n"
    "describes it.\n"
    ".SH FILES\n"
    "What the service uses that the Debian package brings:\n"
    ".TP\n.I /etc/cgetway/cgetway.json\nThe configuration. The group cgetway may read it.\n"
    ".TP\n.I /etc/default/cgetway\nVariables of the environment for the service; not there unless somebody "
    "makes it.\n"
    ".TP\n.I /var/lib/cgetway\nStored instances, and the database of jobs. The group cgetway may read them.\n"
    ".TP\n.I /var/cache/cgetway\nInstances that DICOMweb asked for; may be emptied while no gateway runs.\n"
    ".SH SIGNALS\n"
    ".TP\n\\fBSIGTERM\\fR, \\fBSIGINT\\fR\n"
    "No new retrieves are taken. The process ends when those under way have ended, or at the latest after\n"
    ".BR drain\\-timeout .\n"
    "A second signal ends it at once; what it was sending is then visibly cut.\n"
    ".TP\n\\fBSIGHUP\\fR\nIs ignored. The configuration is read at the start only.\n"
    ".SH EXIT STATUS\n"
    ".TP\n\\fB0\\fR\nIt was ended by a signal; or what it was asked for was done, or is good.\n"
    ".TP\n\\fB1\\fR\nIt could not start, or with\n.B \\-\\-healthcheck\nno gateway answered.\n"
    ".TP\n\\fB2\\fR\n"
    "The configuration is bad, or what it asks for cannot be had: an address in use, a directory that "
    "cannot\n"
    "be written to, too few open files.\n"
    ".SH EXAMPLES\n"
    "A gateway for one peer, and a study from it:\n"
    ".PP\n.in +4n\n.EX\n"
    "cgetway \\-\\-peer main=pacs.example:11112,called\\-aet=PACS\n"
    "curl \\-\\-fail\\-with\\-body \\-o study.zip \\-H \\(aqAccept: application/zip\\(aq \\e\n"
    "    \\-H \\(aqContent\\-Type: application/json\\(aq \\e\n"
    "    \\-d \\(aq{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}\\(aq \\e\n"
    "    http://127.0.0.1:8080/v1/peers/main/get\n"
    ".EE\n.in\n.PP\n"
    "The configuration of the service, before it is started again:\n"
    ".PP\n.in +4n\n.EX\n"
    "cgetway \\-\\-config /etc/cgetway/cgetway.json \\-\\-check\\-config && systemctl restart cgetway\n"
    ".EE\n.in\n"
    ".SH SEE ALSO\n"
    ".BR curl (1),\n"
    ".BR getscu (1),\n"
    ".BR systemctl (1)\n"
    ".PP\n"
    "Below\n"
    ".IR /usr/share/doc/cgetway :\n"
    "the HTTP interface, every error explained, the configuration with all names of each key, DICOMweb, and "
    "the\n"
    "DICOM conformance statement.\n";

int main(int argc, char **argv)
{
    static struct cgw_options options;

    if (argc != 3) {
        (void)fputs("Usage: generate-manual-page VERSION FILE\n", stderr);
        return EXIT_FAILURE;
    }
    FILE *out = fopen(argv[2], "we");
    if (out == NULL) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    cgw_options_make(&options);
    (void)fprintf(out,
                  ".\\\" Made by generate-manual-page from the tables of the program.\n"
                  ".TH CGETWAY 8 \"\" \"cgetway %s\" \"System Manager\\(aqs Manual\"\n",
                  argv[1]);
    (void)fputs(beginning, out);
    write_options(out, &options);
    write_configuration(out, &options);
    (void)fputs(ending, out);
    return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
