#include "cgetway/outcome_json.h"

#include "cgetway/buffer.h"
#include "cgetway/cleanup.h"
#include "cgetway/json_text.h"
#include "cgetway/status.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* HEAD: the members of fixed size; the lists one entry at a time; TAIL: the end of the object. TORN: memory
 * was out, and what came next would be taken for what is missing. */
enum stage { HEAD, PASSES, REFUSED, FAILED_UIDS, MISSING, INSTANCES, TAIL, WRITTEN, TORN };

enum { MAX_PIECE_BYTES = 256 * 1024 };

struct cgw_outcome_writer {
    const struct cgw_outcome *outcome;
    const struct cgw_store *directory; /* NULL: nothing is stored */
    char *prefix, *suffix;
    enum stage stage;
    bool first_in_list;
    size_t next; /* of the list that is being written */
    size_t failed_uid_offset;
    struct cgw_ledger_cursor cursor;
    struct cgw_buffer piece; /* made, and handed out up to piece_offset */
    size_t piece_offset;
};

CGW_DEFINE_AUTO(json, json_t *, json_decref)

struct cgw_outcome_writer *cgw_outcome_writer_new(const struct cgw_outcome *outcome, const char *prefix,
                                                  const char *suffix)
{
    struct cgw_outcome_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->outcome = outcome;
    writer->prefix = strdup(prefix);
    writer->suffix = strdup(suffix);
    writer->piece = (struct cgw_buffer)CGW_BUFFER_INIT(MAX_PIECE_BYTES);
    if (writer->prefix == NULL || writer->suffix == NULL) {
        cgw_outcome_writer_free(writer);
        return NULL;
    }
    return writer;
}

void cgw_outcome_writer_free(struct cgw_outcome_writer *writer)
{
    if (writer == NULL)
        return;
    free(writer->prefix);
    free(writer->suffix);
    cgw_buffer_release(&writer->piece);
    free(writer);
}

void cgw_outcome_writer_name_files(struct cgw_outcome_writer *writer, const struct cgw_store *directory)
{
    writer->directory = directory;
}

static bool append_json(struct cgw_buffer *piece, const json_t *value, size_t bytes_to_drop)
{
    CGW_AUTO_FREE char *text = cgw_json_text(value, JSON_COMPACT);
    return text != NULL && cgw_buffer_append(piece, text, strlen(text) - bytes_to_drop);
}

static bool set_count(json_t *object, const char *name, int32_t count)
{
    return count == CGW_NO_COUNT || json_object_set_new(object, name, json_integer(count)) == 0;
}

static bool set_status(json_t *object, const struct cgw_outcome *outcome)
{
    char text[CGW_STATUS_TEXT_BYTES];
    if (outcome->report.status == CGW_NO_STATUS)
        return true; /* the retrieve ended without a final response */
    cgw_status_to_text((uint16_t)outcome->report.status, text);
    return json_object_set_new(object, "status", json_string(text)) == 0 &&
           json_object_set_new(object, "meaning",
                               json_string(cgw_status_info((uint16_t)outcome->report.status)->meaning)) ==
               0 &&
           (outcome->report.error_comment[0] == '\0' ||
            json_object_set_new(object, "errorComment", json_string(outcome->report.error_comment)) == 0);
}

static bool set_negotiated(json_t *object, const struct cgw_outcome *outcome)
{
    if (!outcome->extended_asked)
        return true;
    return json_object_set_new(object, "extendedNegotiation",
                               json_pack("{s:b, s:b, s:b}", "answered", outcome->extended_answered,
                                         "relationalRetrieval", outcome->relational_retrieval,
                                         "enhancedConversion", outcome->enhanced_conversion)) == 0;
}

static bool set_identity(json_t *object, const struct cgw_outcome *outcome)
{
    return !outcome->identity_asked ||
           json_object_set_new(object, "userIdentity",
                               json_pack("{s:b}", "confirmed", outcome->identity_confirmed)) == 0;
}

static json_t *error_to_json(const struct cgw_error *error)
{
    return json_pack("{s:s, s:s}", "code", cgw_code_name(error->code), "detail", error->detail);
}

static bool set_store_error(json_t *object, const struct cgw_store *directory)
{
    const struct cgw_error *error = directory != NULL ? cgw_store_error(directory) : NULL;
    return error == NULL || error->code == CGW_OK ||
           json_object_set_new(object, "storeError", error_to_json(error)) == 0;
}

static bool set_prior(json_t *object, const struct cgw_ledger *ledger)
{
    size_t count = cgw_ledger_prior(ledger);
    return count == 0 || json_object_set_new(object, "prior", json_integer((json_int_t)count)) == 0;
}

/* The object without its closing brace, and the start of the first list. */
static bool make_head(struct cgw_outcome_writer *writer)
{
    const struct cgw_outcome *outcome = writer->outcome;
    CGW_AUTO(json)
    json_t *head = json_pack("{s:b, s:I, s:I}", "complete", outcome->complete, "received",
                             (json_int_t)cgw_ledger_received(outcome->ledger), "bytes",
                             (json_int_t)cgw_ledger_bytes(outcome->ledger));
    if (head == NULL || !set_prior(head, outcome->ledger) || !set_status(head, outcome) ||
        !set_count(head, "completed", outcome->report.completed) ||
        !set_count(head, "failed", outcome->report.failed) ||
        !set_count(head, "warning", outcome->report.warning) ||
        !set_count(head, "remaining", outcome->report.remaining) || !set_negotiated(head, outcome) ||
        !set_identity(head, outcome) || !set_store_error(head, writer->directory))
        return false;
    if (!outcome->complete && json_object_set_new(head, "reason", error_to_json(&outcome->error)) != 0)
        return false;
    return cgw_buffer_append_text(&writer->piece, writer->prefix) && append_json(&writer->piece, head, 1) &&
           cgw_buffer_append_text(&writer->piece, ",\"passes\":[");
}

static bool separate(struct cgw_outcome_writer *writer)
{
    bool first = writer->first_in_list;
    writer->first_in_list = false;
    return first || cgw_buffer_append_text(&writer->piece, ",");
}

/* A member that may be missing (text NULL). jansson's own optional members are missing when memory is out
 * too. */
static bool set_text(json_t *object, const char *name, const char *text)
{
    return text == NULL || json_object_set_new(object, name, json_string(text)) == 0;
}

static bool append_entry(struct cgw_outcome_writer *writer, const json_t *entry)
{
    return separate(writer) && append_json(&writer->piece, entry, 0);
}

static bool make_pass(struct cgw_outcome_writer *writer)
{
    const struct cgw_pass *pass = &writer->outcome->passes[writer->next];
    char status[CGW_STATUS_TEXT_BYTES] = "";
    CGW_AUTO(json)
    json_t *entry = json_pack("{s:I, s:s, s:I, s:I, s:I, s:I}", "pass", (json_int_t)writer->next + 1,
                              "plannedFrom", cgw_planned_from_name(pass->planned_from), "contexts",
                              (json_int_t)pass->contexts, "accepted", (json_int_t)pass->accepted, "requests",
                              (json_int_t)pass->requests, "received", (json_int_t)pass->received);
    if (pass->status != CGW_NO_STATUS)
        cgw_status_to_text((uint16_t)pass->status, status);
    return entry != NULL && set_text(entry, "status", pass->status != CGW_NO_STATUS ? status : NULL) &&
           append_entry(writer, entry);
}

/* NULL: out of memory. */
static json_t *syntaxes_to_json(const struct cgw_uid_list *syntaxes, cgw_syntax_set set)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < syntaxes->count && i < CGW_SYNTAX_SET_MAX; i++) {
        if ((set & (cgw_syntax_set)1 << i) != 0 &&
            json_array_append_new(list, json_string(syntaxes->uids[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool make_refused(struct cgw_outcome_writer *writer)
{
    const struct cgw_refused_context *refused = &writer->outcome->refused[writer->next];
    const char *result = refused->result == CGW_CONTEXT_ACCEPTED
                             ? "accepted, but not with us as SCP"
                             : cgw_context_result_meaning(refused->result);
    CGW_AUTO(json)
    json_t *entry =
        json_pack("{s:I, s:i, s:s, s:o, s:s}", "pass", (json_int_t)refused->pass, "id", (int)refused->id,
                  "abstractSyntax", refused->abstract_syntax, "transferSyntaxes",
                  syntaxes_to_json(writer->outcome->syntaxes, refused->transfer_syntaxes), "result", result);
    return entry != NULL && append_entry(writer, entry);
}

/* Not what a later pass brought. */
static bool make_failed_uid(struct cgw_outcome_writer *writer)
{
    const char *uid = writer->outcome->failed_uids + writer->failed_uid_offset;
    writer->failed_uid_offset += strlen(uid) + 1;
    if (cgw_ledger_has(writer->outcome->ledger, uid))
        return true;
    CGW_AUTO(json) json_t *text = json_string(uid);
    CGW_AUTO_FREE char *quoted = cgw_json_text(text, JSON_ENCODE_ANY);
    return quoted != NULL && separate(writer) && cgw_buffer_append_text(&writer->piece, quoted);
}

static bool make_missing(struct cgw_outcome_writer *writer, const struct cgw_missing *missing)
{
    CGW_AUTO(json)
    json_t *entry = json_pack("{s:s, s:s}", "sopInstanceUid", missing->sop_instance, "reason",
                              cgw_missing_reason_name(missing->reason));
    return entry != NULL && set_text(entry, "sopClassUid", missing->sop_class) && append_entry(writer, entry);
}

static void digest_to_text(const uint8_t *digest, char text[2 * CGW_DIGEST_BYTES + 1])
{
    for (size_t i = 0; i < CGW_DIGEST_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* Where it is stored, and what was there. */
static bool set_file(json_t *object, const struct cgw_outcome_writer *writer,
                     const struct cgw_ledger_entry *entry)
{
    static const char *const existing_names[] = {[CGW_EXISTING_NONE] = NULL,
                                                 [CGW_EXISTING_KEPT] = "kept",
                                                 [CGW_EXISTING_REPLACED] = "replaced",
                                                 [CGW_EXISTING_REFUSED] = "refused"};
    struct cgw_stored stored;
    return writer->directory == NULL || !cgw_store_stored(writer->directory, writer->next, entry, &stored) ||
           (set_text(object, "stored", stored.path) &&
            set_text(object, "existing", existing_names[stored.existing]));
}

static bool make_instance(struct cgw_outcome_writer *writer, const struct cgw_ledger_entry *entry)
{
    char sha256[2 * CGW_DIGEST_BYTES + 1];
    CGW_AUTO(json)
    json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:s, s:I}", "sopClassUid", entry->sop_class,
                               "sopInstanceUid", entry->sop_instance, "transferSyntaxUid",
                               entry->transfer_syntax, "bytes", (json_int_t)entry->bytes, "result",
                               cgw_entry_result_name(entry->result), "pass", (json_int_t)entry->pass);
    if (entry->digest != NULL)
        digest_to_text(entry->digest, sha256);
    return object != NULL && set_text(object, "sha256", entry->digest != NULL ? sha256 : NULL) &&
           set_file(object, writer, entry) && append_entry(writer, object);
}

static bool make_tail(struct cgw_outcome_writer *writer)
{
    return cgw_buffer_append_text(&writer->piece, "]}") &&
           cgw_buffer_append_text(&writer->piece, writer->suffix);
}

/* The end of a list and the start of the next one. */
static bool begin_list(struct cgw_outcome_writer *writer, enum stage stage, const char *name)
{
    writer->stage = stage;
    writer->next = 0;
    writer->first_in_list = true;
    return cgw_buffer_append_text(&writer->piece, "],\"") && cgw_buffer_append_text(&writer->piece, name) &&
           cgw_buffer_append_text(&writer->piece, "\":[");
}

/* Makes the next piece, which may be empty. */
static bool make_piece(struct cgw_outcome_writer *writer)
{
    const struct cgw_outcome *outcome = writer->outcome;
    struct cgw_ledger_entry entry;
    struct cgw_missing missing;
    cgw_buffer_clear(&writer->piece);
    writer->piece_offset = 0;
    switch (writer->stage) {
    case HEAD:
        writer->stage = PASSES;
        writer->first_in_list = true;
        return make_head(writer);
    case PASSES:
        if (writer->next == outcome->pass_count)
            return begin_list(writer, REFUSED, "refusedContexts");
        return make_pass(writer) && ++writer->next > 0;
    case REFUSED:
        if (writer->next == outcome->refused_count)
            return begin_list(writer, FAILED_UIDS, "failedSopInstanceUids");
        return make_refused(writer) && ++writer->next > 0;
    case FAILED_UIDS:
        if (writer->next == outcome->report.failed_uid_count)
            return begin_list(writer, MISSING, "missing");
        return make_failed_uid(writer) && ++writer->next > 0;
    case MISSING:
        if (cgw_outcome_next_missing(outcome, &writer->next, &missing))
            return make_missing(writer, &missing);
        return begin_list(writer, INSTANCES, "instances");
    case INSTANCES:
        if (cgw_ledger_next(outcome->ledger, &writer->cursor, &entry))
            return make_instance(writer, &entry) && ++writer->next > 0;
        writer->stage = TAIL;
        return make_tail(writer);
    case TAIL:
        writer->stage = WRITTEN;
        break;
    case WRITTEN:
    case TORN:
        break;
    }
    return true;
}

ssize_t cgw_outcome_writer_read(struct cgw_outcome_writer *writer, char *bytes, size_t capacity)
{
    size_t filled = 0;
    while (filled < capacity && writer->stage != WRITTEN) {
        size_t left = writer->piece.length - writer->piece_offset;
        if (left == 0 && (writer->stage == TORN || !make_piece(writer))) {
            writer->stage = TORN;
            cgw_buffer_clear(&writer->piece);
            writer->piece_offset = 0;
            return -1;
        }
        if (left == 0)
            continue;
        size_t part = left < capacity - filled ? left : capacity - filled;
        memcpy(bytes + filled, writer->piece.bytes + writer->piece_offset, part);
        writer->piece_offset += part;
        filled += part;
    }
    return (ssize_t)filled;
}
