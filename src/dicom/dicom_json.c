#include "cgetway/dicom_json.h"

#include "cgetway/character_set.h"
#include "cgetway/tag.h"
#include "dicom_json_number.h"
#include "dicom_json_text.h"

#include <stdio.h>
#include <string.h>

static const uint32_t available_transfer_syntax = CGW_TAG(0x0008, 0x3002);
static const uint32_t trailing_padding = CGW_TAG(0xFFFC, 0xFFFC);

struct writing {
    const struct cgw_dicom_json_options *options;
    struct json_out out;
    struct json_text text;
};

/* The item that is written, and those around it. */
struct place {
    const struct place *around; /* NULL: the top level */
    uint32_t sequence;
    size_t item;
};

static void write_data_set(struct writing *writing, const struct cgw_data_set *data_set,
                           const struct place *place);

/* ---- values ---- */

static void write_place(struct json_out *out, const struct place *place)
{
    char item[24];
    if (place == NULL)
        return;
    write_place(out, place->around);
    json_out_tag(out, place->sequence);
    int length = snprintf(item, sizeof item, ".%zu.", place->item);
    json_out_bytes(out, item, (size_t)length);
}

static void write_bulk_uri(struct writing *writing, uint32_t tag, const struct place *place)
{
    struct json_out *out = &writing->out;
    JSON_OUT_LITERAL(out, ",\"BulkDataURI\":\"");
    json_out_escaped(out, writing->options->bulk_prefix, strlen(writing->options->bulk_prefix));
    write_place(out, place);
    json_out_tag(out, tag);
    JSON_OUT_LITERAL(out, "\"");
}

static void write_binary(struct json_out *out, const struct cgw_element *element)
{
    if (element->length == 0)
        return;
    JSON_OUT_LITERAL(out, ",\"InlineBinary\":\"");
    json_out_base64(out, element->value, element->length);
    JSON_OUT_LITERAL(out, "\"");
}

static void write_numbers(struct json_out *out, const struct cgw_element *element)
{
    size_t size = cgw_vr_info_of(element->vr)->size;
    for (size_t at = 0; element->length - at >= size; at += size) {
        if (at == 0)
            JSON_OUT_LITERAL(out, ",\"Value\":[");
        else
            JSON_OUT_LITERAL(out, ",");
        json_number_from_bytes(out, element->vr, element->value + at);
    }
    if (element->length >= size)
        JSON_OUT_LITERAL(out, "]");
}

static void write_items(struct writing *writing, const struct cgw_element *sequence,
                        const struct place *around)
{
    struct json_out *out = &writing->out;
    struct place place = {.around = around, .sequence = sequence->tag};
    if (sequence->item_count == 0)
        return;
    JSON_OUT_LITERAL(out, ",\"Value\":[");
    for (; place.item < sequence->item_count; place.item++) {
        if (place.item > 0)
            JSON_OUT_LITERAL(out, ",");
        write_data_set(writing, &sequence->items[place.item], &place);
    }
    JSON_OUT_LITERAL(out, "]");
}

/* ---- elements ---- */

static void write_value(struct writing *writing, const struct cgw_element *element, const struct place *place)
{
    if (element->is_in_file) {
        write_bulk_uri(writing, element->tag, place);
        return;
    }
    switch (cgw_vr_info_of(element->vr)->kind) {
    case CGW_VR_TEXT:
        json_text_element(&writing->text, &writing->out, element);
        break;
    case CGW_VR_INTEGER:
    case CGW_VR_REAL:
    case CGW_VR_TAG:
        write_numbers(&writing->out, element);
        break;
    case CGW_VR_BYTES:
        write_binary(&writing->out, element);
        break;
    case CGW_VR_SEQUENCE:
        write_items(writing, element, place);
        break;
    }
}

static void begin_element(struct json_out *out, uint32_t tag, enum cgw_vr vr, bool *is_first)
{
    if (!*is_first)
        JSON_OUT_LITERAL(out, ",");
    JSON_OUT_LITERAL(out, "\"");
    json_out_tag(out, tag);
    JSON_OUT_LITERAL(out, "\":{\"vr\":\"");
    json_out_bytes(out, cgw_vr_info_of(vr)->name, 2);
    JSON_OUT_LITERAL(out, "\"");
    *is_first = false;
}

static void write_transfer_syntax(struct writing *writing, bool *is_first)
{
    struct json_out *out = &writing->out;
    const char *uid = writing->options->transfer_syntax;
    begin_element(out, available_transfer_syntax, CGW_VR_UI, is_first);
    JSON_OUT_LITERAL(out, ",\"Value\":[\"");
    json_out_escaped(out, uid, strlen(uid));
    JSON_OUT_LITERAL(out, "\"]}");
}

static bool is_written(const struct writing *writing, const struct cgw_element *element)
{
    if (CGW_TAG_ELEMENT(element->tag) == 0x0000 || element->tag == trailing_padding)
        return false; /* group lengths (PS3.18 F.2.2) and what means nothing */
    return !element->is_in_file || writing->options->bulk_prefix != NULL;
}

static void write_data_set(struct writing *writing, const struct cgw_data_set *data_set,
                           const struct place *place)
{
    const struct cgw_character_set before = json_text_enter(&writing->text, data_set);
    bool awaits_syntax = place == NULL && writing->options->transfer_syntax != NULL, is_first = true;
    JSON_OUT_LITERAL(&writing->out, "{");
    for (size_t i = 0; i < data_set->count && !writing->out.failed; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        if (awaits_syntax && element->tag >= available_transfer_syntax) {
            write_transfer_syntax(writing, &is_first);
            awaits_syntax = false;
            if (element->tag == available_transfer_syntax)
                continue;
        }
        if (!is_written(writing, element))
            continue;
        begin_element(&writing->out, element->tag, element->vr, &is_first);
        write_value(writing, element, place);
        JSON_OUT_LITERAL(&writing->out, "}");
    }
    if (awaits_syntax)
        write_transfer_syntax(writing, &is_first);
    JSON_OUT_LITERAL(&writing->out, "}");
    json_text_leave(&writing->text, &before);
}

enum cgw_code cgw_dicom_json_write(const struct cgw_data_set *data_set,
                                   const struct cgw_dicom_json_options *options, struct cgw_buffer *target,
                                   struct cgw_error *err)
{
    static const struct cgw_dicom_json_options plain = {0};
    const size_t before = target->length;
    struct writing writing = {
        .options = options != NULL ? options : &plain,
        .out = {.buffer = target},
        .text = JSON_TEXT_INIT,
    };
    write_data_set(&writing, data_set, NULL);
    json_text_release(&writing.text);
    if (!writing.out.failed)
        return CGW_OK;
    target->length = before;
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the DICOM JSON of a data set");
}
