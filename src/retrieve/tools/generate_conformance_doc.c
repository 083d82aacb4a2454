/* Writes the lists of docs/conformance.md from the tables of the program: see base/tools/generated_page.h. */
#include "base/tools/generated_page.h"
#include "config/table.h"

#include "cgetway/associate.h"
#include "cgetway/character_set.h"
#include "cgetway/dictionary.h"
#include "cgetway/part10.h"
#include "cgetway/plan.h"
#include "cgetway/sop_class.h"
#include "cgetway/status.h"
#include "cgetway/transfer_syntax.h"

#include <stdbool.h>
#include <stdint.h>

static const enum cgw_model models[] = {CGW_MODEL_PATIENT, CGW_MODEL_STUDY, CGW_MODEL_PSONLY,
                                        CGW_MODEL_COMPOSITE, CGW_MODEL_WITHOUT_BULK_DATA};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *syntax_name(const char *uid)
{
    const struct cgw_transfer_syntax *syntax = cgw_transfer_syntax_find(uid);
    return syntax != NULL ? syntax->name : uid;
}

/* ---- identification ---- */

static void write_implementation(FILE *out)
{
    (void)fprintf(out,
                  "\n| item | value |\n|---|---|\n"
                  "| Application context name | `1.2.840.10008.3.1.1.1` |\n"
                  "| Implementation class UID | `%s` |\n"
                  "| Implementation version name | `%s` |\n"
                  "| Presentation contexts of one association, at most | %d |\n"
                  "| Longest A-ASSOCIATE PDU that is sent or read | %d bytes |\n\n",
                  CGW_IMPLEMENTATION_CLASS_UID, CGW_IMPLEMENTATION_VERSION_NAME, CGW_MAX_CONTEXTS,
                  CGW_ASSOCIATE_MAX_BYTES);
}

/* ---- classes as SCU ---- */

static void write_scu_row(FILE *out, const char *uid, const char *model)
{
    (void)fprintf(out, "| %s | `%s` | %s | Yes | No |\n", cgw_sop_class_name(uid), uid, model);
}

static void write_scu_classes(FILE *out)
{
    (void)fputs("\n| SOP class | UID | `model` | SCU | SCP |\n|---|---|---|---|---|\n", out);
    write_scu_row(out, CGW_SOP_VERIFICATION, "");
    for (size_t i = 0; i < COUNT(models); i++)
        write_scu_row(out, cgw_model_get_class(models[i]), cgw_model_name(models[i]));
    for (size_t i = 0; i < COUNT(models); i++) {
        if (cgw_model_find_class(models[i]) != NULL)
            write_scu_row(out, cgw_model_find_class(models[i]), cgw_model_name(models[i]));
    }
    (void)fputs("\n", out);
}

/* ---- presentation contexts ---- */

static void write_contexts_head(FILE *out)
{
    (void)fputs("\n| abstract syntax | UID | transfer syntaxes, all in one context | role | extended "
                "negotiation |\n|---|---|---|---|---|\n",
                out);
}

static void write_context(FILE *out, const struct cgw_context *context, const char *extended)
{
    (void)fprintf(out, "| %s | `%s` | ", cgw_sop_class_name(context->abstract_syntax),
                  context->abstract_syntax);
    for (size_t i = 0; i < context->transfer_syntax_count; i++)
        (void)fprintf(out, "%s%s `%s`", i == 0 ? "" : ", ", syntax_name(context->transfer_syntaxes[i]),
                      context->transfer_syntaxes[i]);
    (void)fprintf(out, " | SCU | %s |\n", extended);
}

static void write_echo_context(FILE *out)
{
    struct cgw_plan plan;
    cgw_plan_echo(&plan);
    write_contexts_head(out);
    write_context(out, &plan.contexts[0], "None");
    (void)fputs("\n", out);
}

static void write_find_contexts(FILE *out)
{
    write_contexts_head(out);
    for (size_t i = 0; i < COUNT(models); i++) {
        struct cgw_plan plan;
        if (cgw_model_find_class(models[i]) == NULL)
            continue;
        cgw_plan_find(models[i], &plan);
        write_context(out, &plan.contexts[0], "relational queries, where asked for");
    }
    (void)fputs("\n", out);
}

static void write_get_contexts(FILE *out)
{
    struct cgw_uid_list syntaxes;
    cgw_plan_syntaxes("*", &syntaxes);
    write_contexts_head(out);
    for (size_t i = 0; i < COUNT(models); i++) {
        struct cgw_plan_options options = {.model = models[i], .role = CGW_ROLE_SCP, .syntaxes = &syntaxes};
        struct cgw_plan plan;
        (void)cgw_plan_get(&options, NULL, 0, &plan);
        write_context(out, &plan.contexts[0],
                      cgw_model_is_hierarchy(models[i])
                          ? "relational retrieval, enhanced multi-frame image conversion, where asked for"
                          : "enhanced multi-frame image conversion, where asked for");
    }
    (void)fputs("\n", out);
}

/* ---- storage ---- */

/* How many of them have a context where nothing is known of the instances. */
static size_t count_proposed(const struct cgw_uid_list *classes)
{
    struct cgw_uid_list syntaxes;
    struct cgw_plan plan;
    cgw_plan_syntaxes("*", &syntaxes);
    struct cgw_plan_options options = {.model = CGW_MODEL_STUDY, .role = CGW_ROLE_SCP, .syntaxes = &syntaxes};
    cgw_plan_by_configuration(&options, classes, &plan);
    return plan.context_count - 1;
}

static const char *storage_class_name(size_t index, const char *uid)
{
    const char *name =
        index < cgw_storage_class_count ? cgw_sop_class_name(uid) : cgw_dictionary_uid_name(uid);
    return name != NULL ? name : "";
}

static void write_storage_classes(FILE *out)
{
    static struct cgw_uid_list classes;
    cgw_plan_classes("*", &classes);
    (void)fprintf(out,
                  "\n%zu classes. The first %zu have names of PS3.6; the others are named by the keywords of "
                  "DCMTK's dictionary. Where nothing\nis known of the instances, the first %zu are "
                  "proposed.\n\n"
                  "| | SOP class | UID | transfer syntaxes |\n|---|---|---|---|\n",
                  classes.count, cgw_storage_class_count, count_proposed(&classes));
    for (size_t i = 0; i < classes.count; i++)
        (void)fprintf(out, "| %zu | %s | `%s` | %s |\n", i + 1, storage_class_name(i, classes.uids[i]),
                      classes.uids[i], cgw_sop_class_may_have_pixels(classes.uids[i]) ? "all" : "plain");
    (void)fputs("\n", out);
}

static void write_transfer_syntaxes(FILE *out)
{
    const struct cgw_transfer_syntax *syntax;
    (void)fputs("\n| | transfer syntax | UID | kind |\n|---|---|---|---|\n", out);
    for (size_t i = 0; (syntax = cgw_transfer_syntax_at(i)) != NULL; i++)
        (void)fprintf(out, "| %zu | %s | `%s` | %s |\n", i + 1, syntax->name, syntax->uid,
                      syntax->kind == CGW_SYNTAX_PLAIN ? "plain" : "of pixels");
    (void)fputs("\n", out);
}

/* ---- statuses ---- */

static const char *kind_name(enum cgw_status_kind kind)
{
    static const char *const names[] = {[CGW_STATUS_SUCCESS] = "Success",
                                        [CGW_STATUS_PENDING] = "Pending",
                                        [CGW_STATUS_WARNING] = "Warning",
                                        [CGW_STATUS_CANCEL] = "Cancel",
                                        [CGW_STATUS_FAILURE] = "Failure"};
    return names[kind];
}

/* The table is asked for every code, in its order a row appears when its first code does. The last row is
 * that of all the codes which no other has. */
static void write_status_row(FILE *out, const struct cgw_status_info *info)
{
    bool is_any = info->first == 0 && info->last == UINT16_MAX;
    if (is_any)
        (void)fputs("| any other", out);
    else if (info->first == info->last)
        (void)fprintf(out, "| `%04X`", info->first);
    else
        (void)fprintf(out, "| `%04X` to `%04X`", info->first, info->last);
    (void)fprintf(out, " | %s | %s | %s |\n", kind_name(info->kind), info->meaning,
                  info->code == CGW_OK ? "" : cgw_code_name(info->code));
}

static bool is_first_code_of_its_row(uint32_t status, const struct cgw_status_info *info)
{
    for (uint32_t before = info->first; before < status; before++) {
        if (cgw_status_info((uint16_t)before) == info)
            return false;
    }
    return true;
}

static void write_statuses(FILE *out)
{
    const struct cgw_status_info *any = NULL;
    (void)fputs("\n| status | kind | meaning | code of the error |\n|---|---|---|---|\n", out);
    for (uint32_t status = 0; status <= UINT16_MAX; status++) {
        const struct cgw_status_info *info = cgw_status_info((uint16_t)status);
        if (info->first == 0 && info->last == UINT16_MAX)
            any = info;
        else if (is_first_code_of_its_row(status, info))
            write_status_row(out, info);
    }
    if (any != NULL)
        write_status_row(out, any);
    (void)fputs("\n", out);
}

static void write_store_statuses(FILE *out)
{
    static const struct {
        uint16_t status;
        const char *meaning, *when;
    } rows[] = {
        {CGW_STORE_SUCCESS, "Success",
         "the data set has come whole and was handed on, with `output=store` to a file that has its name and "
         "is "
         "durable (`store-fsync`), or there was that very instance under its name (`store-existing`); or it "
         "came in an "
         "earlier "
         "association already"},
        {CGW_STORE_OUT_OF_RESOURCES, "Refused: out of resources",
         "it is larger than `max-instance`; or the retrieve was cancelled and is ending; or, with "
         "`output=store`, "
         "it could not be stored, or there was another file of its name, or any where `store-existing` is "
         "`refuse`"},
        {CGW_STORE_DATA_SET_MISMATCH, "Error: data set does not match SOP class",
         "its SOP Class UID or SOP Instance UID is not that of the request; it was handed on, and is not "
         "counted "
         "as received"},
        {CGW_STORE_CANNOT_UNDERSTAND, "Error: cannot understand",
         "the request has no data set, or one of no bytes"},
        {CGW_STORE_INVALID_INSTANCE, "Invalid SOP instance",
         "the Affected SOP Instance UID is missing, or no UID that can stand in a file's name"},
        {CGW_STORE_CLASS_NOT_SUPPORTED, "Refused: SOP class not supported",
         "the Affected SOP Class UID is not the abstract syntax of the presentation context"},
    };
    (void)fputs("\n| status | meaning | when |\n|---|---|---|\n", out);
    for (size_t i = 0; i < COUNT(rows); i++)
        (void)fprintf(out, "| `%04X` | %s | %s |\n", rows[i].status, rows[i].meaning, rows[i].when);
    (void)fputs("\n", out);
}

/* ---- configuration, character sets ---- */

static void write_parameters(FILE *out)
{
    (void)fputs("\n| key | default | what it is |\n|---|---|---|\n", out);
    for (size_t i = 0; i < cgw_key_count; i++) {
        const struct cgw_key *key = &cgw_keys[i];
        if (key->scope == CGW_SCOPE_GLOBAL || key->secret)
            continue;
        const char *text = key->default_text;
        (void)fprintf(out, "| `%s` | %s%s%s%s%s | %s |\n", key->name, text != NULL ? "`" : "",
                      text == NULL    ? "none"
                      : *text == '\0' ? "\"\""
                                      : text,
                      text != NULL ? "`" : "", text != NULL && key->unit != NULL ? " " : "",
                      text != NULL && key->unit != NULL ? key->unit : "", key->prose);
    }
    (void)fputs("\n", out);
}

static void write_term(FILE *out, const char *term)
{
    if (term != NULL)
        (void)fprintf(out, " `%s` |", term);
    else
        (void)fputs(" |", out);
}

static void write_character_sets(FILE *out)
{
    struct cgw_character_set_terms terms;
    (void)fputs("\n| defined term | with code extensions | read | written |\n|---|---|---|---|\n"
                "| none (ISO IR 6) | | Yes | Yes |\n",
                out);
    for (size_t i = 0; cgw_character_set_terms_at(i, &terms); i++) {
        (void)fputs("|", out);
        write_term(out, terms.name);
        write_term(out, terms.iso2022);
        (void)fprintf(out, " Yes | %s |\n", terms.is_written ? "Yes" : "ASCII only");
    }
    (void)fputs("\n", out);
}

int main(int argc, char **argv)
{
    static const struct page_part parts[] = {{"scu classes", write_scu_classes},
                                             {"storage classes", write_storage_classes},
                                             {"transfer syntaxes", write_transfer_syntaxes},
                                             {"implementation", write_implementation},
                                             {"echo contexts", write_echo_context},
                                             {"find contexts", write_find_contexts},
                                             {"get contexts", write_get_contexts},
                                             {"statuses", write_statuses},
                                             {"store statuses", write_store_statuses},
                                             {"parameters", write_parameters},
                                             {"character sets", write_character_sets}};
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_dictionary_load(&err) != CGW_OK) {
        (void)fprintf(stderr, "%s\n", err.detail);
        return 2;
    }
    return page_main(argc, argv, "generate-conformance-doc", parts, COUNT(parts));
}
