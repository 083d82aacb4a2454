#include "support/part10.h"
#include "support/pattern.h"
#include "support/script_run.h"

#include <stdlib.h>
#include <string.h>

enum { DATA_SET_MAX_BYTES = 1 << 30 };

/* Where the bytes of a data set come from: memory, or the pattern. */
struct source {
    const uint8_t *bytes; /* NULL: the pattern */
    uint64_t seed;
    uint64_t offset; /* of the next byte */
    uint64_t left;
};

static void take(struct source *source, uint8_t *to, size_t length)
{
    if (source->bytes != NULL)
        memcpy(to, source->bytes + source->offset, length);
    else
        pattern_fill(source->seed, source->offset, to, length);
    source->offset += length;
    source->left -= length;
}

/* Fills one PDU with up to pdus_per PDVs; the last fragment of the data set carries the last bit. */
static enum step send_one_pdu(struct connection *connection, struct source *source, size_t fragment,
                              size_t per_pdu, bool last, struct cgw_buffer *pdu, uint8_t *scratch)
{
    const struct script_line *line = connection->line;
    unsigned context = (unsigned)script_number(line, "context", connection->store_context);
    bool cork = !connection->is_corked;
    enum step step = STEP_OK;
    if (cork && per_pdu > 1) {
        cgw_buffer_clear(&connection->corked);
        connection->is_corked = true;
    }
    for (size_t i = 0; step == STEP_OK && (i == 0 || (i < per_pdu && source->left > 0)); i++) {
        size_t length = source->left < fragment ? (size_t)source->left : fragment;
        take(source, scratch, length);
        unsigned header = last && source->left == 0 ? PDV_LAST : 0;
        step = connection_send_pdv(connection, context, header, scratch, length, (uint32_t)length + 2);
    }
    if (cork && per_pdu > 1) {
        connection->is_corked = false;
        cgw_buffer_clear(pdu);
        put_pdu_head(pdu, PDU_DATA, (uint32_t)connection->corked.length);
        if (step == STEP_OK && !cgw_buffer_append(pdu, connection->corked.bytes, connection->corked.length))
            step = connection_fail(connection, "a PDU of more than 64 MiB");
        if (step == STEP_OK)
            step = connection_send(connection, pdu->bytes, pdu->length);
    }
    return step;
}

static enum step send_source(struct connection *connection, struct source *source)
{
    const struct script_line *line = connection->line;
    const char *last_text = script_option(line, "last");
    bool last = last_text == NULL || strcmp(last_text, "no") != 0;
    size_t fragment = (size_t)script_number(line, "pdv", connection_fragment_bytes(connection));
    size_t per_pdu = (size_t)script_number(line, "pdu-per", 1);
    uint8_t *scratch = fragment == 0 ? NULL : malloc(fragment);
    struct cgw_buffer pdu = CGW_BUFFER_INIT(MAX_PDU_RECEIVED + 64);
    enum step step = scratch == NULL ? connection_fail(connection, "bad pdv=") : STEP_OK;
    while (step == STEP_OK) {
        step = send_one_pdu(connection, source, fragment, per_pdu, last, &pdu, scratch);
        if (source->left == 0)
            break;
    }
    free(scratch);
    cgw_buffer_release(&pdu);
    return step;
}

static enum step send_bytes(struct connection *connection, const uint8_t *bytes, size_t length)
{
    struct source source = {.bytes = bytes, .left = length};
    return send_source(connection, &source);
}

static enum step send_pattern(struct connection *connection)
{
    struct source source = {
        .seed = script_number(connection->line, "pattern", 1),
        .offset = connection->data_offset,
        .left = script_number(connection->line, "bytes", 0),
    };
    enum step step = send_source(connection, &source);
    connection->data_offset = source.offset;
    return step;
}

static void build_data_set(struct cgw_buffer *to, const char *sop_class, const char *sop_instance,
                           bool explicit_vr)
{
    put_data_element(to, explicit_vr, 0x00080016, "UI", sop_class, strlen(sop_class));
    put_data_element(to, explicit_vr, 0x00080018, "UI", sop_instance, strlen(sop_instance));
}

uint8_t *scripted_data_set(const char *sop_class, const char *sop_instance, size_t pixel_bytes, uint64_t seed,
                           bool explicit_vr, size_t *ret_length)
{
    struct cgw_buffer data_set = CGW_BUFFER_INIT(DATA_SET_MAX_BYTES);
    uint8_t *pixels = malloc(pixel_bytes + 1);
    if (pixels == NULL)
        return NULL;
    pattern_fill(seed, 0, pixels, pixel_bytes);
    build_data_set(&data_set, sop_class, sop_instance, explicit_vr);
    put_data_element(&data_set, explicit_vr, 0x7FE00010, "OW", pixels, pixel_bytes);
    free(pixels);
    *ret_length = data_set.length;
    return data_set.bytes;
}

uint8_t *scripted_nested_data_set(const char *sop_class, const char *sop_instance, size_t depth,
                                  bool explicit_vr, size_t *ret_length)
{
    struct cgw_buffer data_set = CGW_BUFFER_INIT(DATA_SET_MAX_BYTES);
    build_data_set(&data_set, sop_class, sop_instance, explicit_vr);
    put_nested_sequences(&data_set, explicit_vr, depth);
    *ret_length = data_set.length;
    return data_set.bytes;
}

static enum step send_built(struct connection *connection, bool nested)
{
    const struct script_line *line = connection->line;
    const char *sop_class = script_option(line, "class");
    const char *sop_instance = script_option(line, "uid");
    bool explicit_vr =
        context_is_explicit(connection, (unsigned)script_number(line, "context", connection->store_context));
    size_t length = 0;
    if (sop_class == NULL || sop_instance == NULL)
        return connection_fail(connection, "needs class= and uid=");
    uint8_t *bytes =
        nested ? scripted_nested_data_set(sop_class, sop_instance,
                                          (size_t)script_number(line, "depth", 10000), explicit_vr, &length)
               : scripted_data_set(sop_class, sop_instance, (size_t)script_number(line, "pixel-bytes", 1024),
                                   script_number(line, "pattern", 1), explicit_vr, &length);
    enum step step =
        bytes == NULL ? connection_fail(connection, "out of memory") : send_bytes(connection, bytes, length);
    free(bytes);
    return step;
}

static enum step send_file(struct connection *connection)
{
    struct support_error err = {.text = ""};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!data_set_of_file(script_word(connection->line, 2), &bytes, &length, NULL, &err))
        return connection_fail(connection, "%s", err.text);
    enum step step = send_bytes(connection, bytes, length);
    free(bytes);
    return step;
}

enum step step_send_data(struct connection *connection, const char *what)
{
    if (strcmp(what, "data") == 0)
        return send_pattern(connection);
    if (strcmp(what, "data-set") == 0)
        return send_built(connection, false);
    if (strcmp(what, "nested-data") == 0)
        return send_built(connection, true);
    if (strcmp(what, "file-data") == 0)
        return send_file(connection);
    return connection_fail(connection, "cannot send this");
}
