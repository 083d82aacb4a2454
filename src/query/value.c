#include "value.h"

#include <string.h>

enum cgw_code cgw_value_put(struct cgw_buffer *value, const void *bytes, size_t length)
{
    return cgw_buffer_append(value, bytes, length) ? CGW_OK : CGW_E_OUT_OF_MEMORY;
}

/* The values that were taken so far. */
struct taking {
    const struct cgw_value_rules *rules;
    enum cgw_vr vr;
    size_t count;
    struct cgw_buffer *value;
    struct cgw_fault *fault;
};

static enum cgw_code take_piece(struct taking *taking, const struct cgw_piece *piece)
{
    enum cgw_vr_kind kind = cgw_vr_info_of(taking->vr)->kind;
    if (kind == CGW_VR_TEXT && taking->count > 0) {
        enum cgw_code code = cgw_value_put(taking->value, "\\", 1);
        if (code != CGW_OK)
            return code;
    }
    taking->count++;
    switch (kind) {
    case CGW_VR_INTEGER:
        return cgw_value_append_integer(taking->vr, piece, taking->value, taking->fault);
    case CGW_VR_REAL:
        return cgw_value_append_real(taking->vr, piece, taking->value, taking->fault);
    case CGW_VR_TAG:
        return cgw_value_append_tag(piece, taking->value, taking->fault);
    case CGW_VR_BYTES:
        return cgw_value_append_bytes(taking->vr, piece, taking->value, taking->fault);
    default:
        return cgw_value_append_text(taking->vr, taking->rules, piece, taking->value, taking->fault);
    }
}

/* A string of the client's, with values between backslashes where the VR has several. */
static enum cgw_code take_string(struct taking *taking, const json_t *string)
{
    const char *text = json_string_value(string);
    size_t left = json_string_length(string);
    if (!cgw_vr_info_of(taking->vr)->backslash_separates)
        return take_piece(taking, &(struct cgw_piece){.text = text, .length = left});
    for (;;) {
        const char *separator = memchr(text, '\\', left);
        size_t length = separator != NULL ? (size_t)(separator - text) : left;
        enum cgw_code code = take_piece(taking, &(struct cgw_piece){.text = text, .length = length});
        if (code != CGW_OK || separator == NULL)
            return code;
        text += length + 1;
        left -= length + 1;
    }
}

static enum cgw_code take_array(struct taking *taking, const json_t *array)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(taking->vr);
    size_t count = json_array_size(array);
    if (count > 1 && !info->backslash_separates)
        return cgw_fault_set(taking->fault, "bad-value", "VR %s holds one value; write it without an array",
                             info->name);
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(array, i);
        struct cgw_piece piece = {0};
        if (json_is_number(entry))
            piece.number = entry;
        else if (json_is_string(entry))
            piece = (struct cgw_piece){.text = json_string_value(entry), .length = json_string_length(entry)};
        else
            return cgw_fault_set(taking->fault, "bad-value", "an array holds strings or numbers here");
        if (info->backslash_separates && piece.text != NULL && memchr(piece.text, '\\', piece.length) != NULL)
            return cgw_fault_set(
                taking->fault, "bad-value",
                "value %zu of the array holds a backslash, which separates values; write one value "
                "in each string",
                i + 1);
        enum cgw_code code = take_piece(taking, &piece);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

static enum cgw_code take_json(struct taking *taking, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_STRING:
        return take_string(taking, json);
    case JSON_INTEGER:
    case JSON_REAL:
        return take_piece(taking, &(struct cgw_piece){.number = json});
    case JSON_ARRAY:
        return take_array(taking, json);
    case JSON_OBJECT:
        return cgw_fault_set(taking->fault, "bad-value",
                             "an object is no value; write an array of objects, and that on a sequence only");
    default:
        return cgw_fault_set(taking->fault, "bad-value",
                             "true and false are no values; write a string, a number, an array or null");
    }
}

static enum cgw_code check_vm(const struct taking *taking)
{
    const struct cgw_dictionary_entry *entry = taking->rules->entry;
    int count = taking->count > INT32_MAX ? INT32_MAX : (int)taking->count;
    if (taking->rules->any_vm || !cgw_vr_info_of(taking->vr)->backslash_separates)
        return CGW_OK;
    bool fits = count >= entry->vm_min && (entry->vm_max == CGW_VM_UNBOUNDED || count <= entry->vm_max) &&
                (entry->vm_step <= 1 || (count - entry->vm_min) % entry->vm_step == 0);
    if (fits)
        return CGW_OK;
    if (entry->vm_step > 1)
        return cgw_fault_set(taking->fault, "bad-value", "%d values are given; a multiple of %d is needed",
                             count, entry->vm_step);
    if (entry->vm_max == CGW_VM_UNBOUNDED)
        return cgw_fault_set(taking->fault, "bad-value", "%d values are given; at least %d are needed", count,
                             entry->vm_min);
    if (entry->vm_min == entry->vm_max)
        return cgw_fault_set(taking->fault, "bad-value", "%d values are given; the element holds exactly %d",
                             count, entry->vm_min);
    return cgw_fault_set(taking->fault, "bad-value", "%d values are given; the element holds %d to %d", count,
                         entry->vm_min, entry->vm_max);
}

static bool is_empty(const json_t *json)
{
    return json_is_null(json) || (json_is_string(json) && json_string_length(json) == 0) ||
           (json_is_array(json) && json_array_size(json) == 0);
}

static enum cgw_code take_all(struct taking *taking, const json_t *json)
{
    enum cgw_code code = take_json(taking, json);
    return code == CGW_OK ? check_vm(taking) : code;
}

enum cgw_code cgw_value_from_json(const json_t *json, const struct cgw_value_rules *rules,
                                  enum cgw_vr *ret_vr, struct cgw_buffer *value, struct cgw_fault *fault)
{
    struct taking taking = {.rules = rules, .vr = rules->entry->vr, .value = value, .fault = fault};
    *ret_vr = taking.vr;
    if (is_empty(json))
        return CGW_OK;
    enum cgw_code code = take_all(&taking, json);
    if (code != CGW_E_BAD_IDENTIFIER || !rules->entry->us_or_ss)
        return code;
    /* What does not fit US may fit SS. */
    struct cgw_fault signed_fault = {0};
    cgw_buffer_clear(value);
    taking = (struct taking){.rules = rules, .vr = CGW_VR_SS, .value = value, .fault = &signed_fault};
    enum cgw_code signed_code = take_all(&taking, json);
    if (signed_code == CGW_OK)
        *ret_vr = CGW_VR_SS;
    if (signed_code == CGW_E_BAD_IDENTIFIER && strcmp(fault->detail, signed_fault.detail) != 0) {
        struct cgw_fault unsigned_fault = *fault;
        return cgw_fault_set(fault, "bad-value", "%.180s; or else %.180s", unsigned_fault.detail,
                             signed_fault.detail);
    }
    return signed_code;
}
