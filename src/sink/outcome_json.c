#include "cgetway/outcome_json.h"

#include "cgetway/buffer.h"
#include "cgetway/cleanup.h"
#include "cgetway/json_text.h"
#include "cgetway/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* HEAD: the members of fixed size; the two lists one entry at a time; TAIL: the end of the object. TORN:
 * memory was out, and what came next would be taken for what is missing. */
enum stage { HEAD, FAILED_UIDS, INSTANCES, TAIL, WRITTEN, TORN };

enum { MAX_PIECE_BYTES = 256 * 1024 };

struct cgw_outcome_writer {
    const struct cgw_outcome *outcome;
    char *prefix, *suffix;
    enum stage stage;
    bool first_in_list;
    size_t failed_uid_offset;
    size_t failed_uids_written;
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
    if (outcome->status == CGW_NO_STATUS)
        return true; /* the retrieve ended without a final response */
    cgw_status_to_text((uint16_t)outcome->status, text);
    return json_object_set_new(object, "status", json_string(text)) == 0 &&
           json_object_set_new(object, "meaning",
                               json_string(cgw_status_info((uint16_t)outcome->status)->meaning)) == 0 &&
           (outcome->error_comment[0] == '\0' ||
            json_object_set_new(object, "errorComment", json_string(outcome->error_comment)) == 0);
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

static json_t *refused_contexts(const struct cgw_outcome *outcome)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && outcome->answer != NULL && i < outcome->plan->context_count; i++) {
        const struct cgw_context *context = &outcome->plan->contexts[i];
        const struct cgw_context_answer *answer = &outcome->answer->contexts[context->id / 2];
        if (answer->result == CGW_CONTEXT_ACCEPTED && !answer->role_is_refused)
            continue;
        const char *result = answer->result == CGW_CONTEXT_ACCEPTED
                                 ? "accepted, but not with us as SCP"
                                 : cgw_context_result_meaning(answer->result);
        json_t *entry = json_pack("{s:i, s:s, s:s}", "id", (int)context->id, "abstractSyntax",
                                  context->abstract_syntax, "result", result);
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* The object without its closing brace, and the start of the first list. */
static bool make_head(struct cgw_outcome_writer *writer)
{
    const struct cgw_outcome *outcome = writer->outcome;
    CGW_AUTO(json)
    json_t *head = json_pack("{s:b, s:I, s:I}", "complete", outcome->complete, "received",
                             (json_int_t)cgw_ledger_received(outcome->ledger), "bytes",
                             (json_int_t)cgw_ledger_bytes(outcome->ledger));
    if (head == NULL || !set_status(head, outcome) || !set_count(head, "completed", outcome->completed) ||
        !set_count(head, "failed", outcome->failed) || !set_count(head, "warning", outcome->warning) ||
        !set_count(head, "remaining", outcome->remaining) || !set_negotiated(head, outcome))
        return false;
    if (!outcome->complete &&
        json_object_set_new(head, "reason",
                            json_pack("{s:s, s:s}", "code", cgw_code_name(outcome->error.code), "detail",
                                      outcome->error.detail)) != 0)
        return false;
    if (json_object_set_new(head, "refusedContexts", refused_contexts(outcome)) != 0)
        return false;
    return cgw_buffer_append_text(&writer->piece, writer->prefix) && append_json(&writer->piece, head, 1) &&
           cgw_buffer_append_text(&writer->piece, ",\"failedSopInstanceUids\":[");
}

static bool separate(struct cgw_outcome_writer *writer)
{
    bool first = writer->first_in_list;
    writer->first_in_list = false;
    return first || cgw_buffer_append_text(&writer->piece, ",");
}

static bool make_failed_uid(struct cgw_outcome_writer *writer)
{
    const char *uid = writer->outcome->failed_uids + writer->failed_uid_offset;
    writer->failed_uid_offset += strlen(uid) + 1;
    writer->failed_uids_written++;
    CGW_AUTO(json) json_t *text = json_string(uid);
    CGW_AUTO_FREE char *quoted = cgw_json_text(text, JSON_ENCODE_ANY);
    return quoted != NULL && separate(writer) && cgw_buffer_append_text(&writer->piece, quoted);
}

static bool make_instance(struct cgw_outcome_writer *writer, const struct cgw_ledger_entry *entry)
{
    const struct cgw_outcome *outcome = writer->outcome;
    size_t index = entry->context_id / 2;
    CGW_AUTO(json)
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:I, s:s}", "sopClassUid", outcome->plan->contexts[index].abstract_syntax,
                  "sopInstanceUid", entry->sop_instance, "transferSyntaxUid",
                  outcome->answer->contexts[index].transfer_syntax, "bytes", (json_int_t)entry->bytes,
                  "result", cgw_entry_result_name(entry->result));
    return separate(writer) && append_json(&writer->piece, object, 0);
}

static bool make_tail(struct cgw_outcome_writer *writer)
{
    return cgw_buffer_append_text(&writer->piece, "]}") &&
           cgw_buffer_append_text(&writer->piece, writer->suffix);
}

/* Makes the next piece, which is never empty but at the end. */
static bool make_piece(struct cgw_outcome_writer *writer)
{
    struct cgw_ledger_entry entry;
    cgw_buffer_clear(&writer->piece);
    writer->piece_offset = 0;
    switch (writer->stage) {
    case HEAD:
        writer->stage = FAILED_UIDS;
        writer->first_in_list = true;
        return make_head(writer);
    case FAILED_UIDS:
        if (writer->failed_uids_written < writer->outcome->failed_uid_count)
            return make_failed_uid(writer);
        writer->stage = INSTANCES;
        writer->first_in_list = true;
        return cgw_buffer_append_text(&writer->piece, "],\"instances\":[");
    case INSTANCES:
        if (cgw_ledger_next(writer->outcome->ledger, &writer->cursor, &entry))
            return make_instance(writer, &entry);
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
