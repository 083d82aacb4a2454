#include "dicom_json.h"

#include "cgetway/buffer.h"
#include "cgetway/cleanup.h"
#include "cgetway/tag.h"

#include "value.h"

#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)
CGW_DEFINE_AUTO(buffer_pointer, struct cgw_buffer *, cgw_buffer_release)

static bool is_private(const struct cgw_dictionary_entry *entry)
{
    return CGW_TAG_GROUP(entry->tag) % 2 != 0 && entry->vr == CGW_VR_UN;
}

static enum cgw_code check_vr(const json_t *attribute, struct cgw_dictionary_entry *entry,
                              struct cgw_fault *fault)
{
    const json_t *given = json_object_get(attribute, "vr");
    enum cgw_vr vr;
    if (json_string_length(given) != 2 || !cgw_vr_from_name(json_string_value(given), &vr))
        return cgw_fault_set(fault, "bad-value", "\"vr\" must be a VR of two letters; here it is \"%s\"",
                             cgw_vr_info_of(entry->vr)->name);
    bool fits = vr == entry->vr || is_private(entry) || (entry->us_or_ss && vr == CGW_VR_SS) ||
                (entry->vr == CGW_VR_OW && vr == CGW_VR_OB); /* the dictionary's OW may be "OB or OW" */
    if (!fits)
        return cgw_fault_set(fault, "bad-value", "\"vr\" is %s, and the dictionary says %s",
                             cgw_vr_info_of(vr)->name, cgw_vr_info_of(entry->vr)->name);
    if (is_private(entry))
        entry->vm_max = CGW_VM_UNBOUNDED;
    if (entry->vr != CGW_VR_OW)
        entry->vr = vr;
    entry->us_or_ss = false;
    return CGW_OK;
}

/* Only these members: one that is overlooked would make the retrieve wider than the client thinks. */
static enum cgw_code check_members(const json_t *attribute, struct cgw_fault *fault)
{
    json_t *members = (json_t *)(uintptr_t)attribute; /* jansson's iterators are not const */
    for (void *i = json_object_iter(members); i != NULL; i = json_object_iter_next(members, i)) {
        const char *name = json_object_iter_key(i);
        if (strcmp(name, "BulkDataURI") == 0)
            return cgw_fault_set(fault, "bad-value",
                                 "a BulkDataURI is not fetched; write the bytes as InlineBinary");
        if (strcmp(name, "vr") != 0 && strcmp(name, "Value") != 0 && strcmp(name, "InlineBinary") != 0)
            return cgw_fault_set(fault, "bad-value",
                                 "an attribute has the members vr, and Value or InlineBinary, and no other");
    }
    if (json_object_get(attribute, "Value") != NULL && json_object_get(attribute, "InlineBinary") != NULL)
        return cgw_fault_set(fault, "bad-value", "an attribute has Value or InlineBinary, not both");
    return CGW_OK;
}

/* ---- InlineBinary ---- */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

static bool append_hex(struct cgw_buffer *hex, unsigned byte)
{
    static const char digits[] = "0123456789ABCDEF";
    char pair[2] = {digits[byte >> 4 & 0xF], digits[byte & 0xF]};
    return cgw_buffer_append(hex, pair, sizeof pair);
}

/* Base64 with its padding (RFC 4648 4) as hex pairs. */
static enum cgw_code hex_of_base64(const char *text, size_t length, struct cgw_buffer *hex,
                                   struct cgw_fault *fault)
{
    size_t padding = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    unsigned bits = 0;
    bool is_sound = length % 4 == 0;
    for (size_t i = 0; is_sound && i < length; i++) {
        int digit = i < length - padding ? base64_digit(text[i]) : 0;
        is_sound = digit >= 0;
        bits = bits << 6 | (unsigned)digit;
        if (!is_sound || i % 4 != 3)
            continue;
        size_t count = i + 1 == length ? 3 - padding : 3;
        is_sound = count == 3 || (bits & ((1u << 8 * (3 - count)) - 1)) == 0; /* no stray bits */
        for (size_t j = 0; j < count; j++) {
            if (!append_hex(hex, bits >> (16 - 8 * j) & 0xFF))
                return CGW_E_OUT_OF_MEMORY;
        }
        bits = 0;
    }
    return is_sound ? CGW_OK : cgw_fault_set(fault, "bad-value", "InlineBinary is no base64 (RFC 4648 4)");
}

static enum cgw_code translate_binary(const json_t *binary, enum cgw_vr vr, json_t **ret_value,
                                      struct cgw_fault *fault)
{
    struct cgw_buffer hex = CGW_BUFFER_INIT(CGW_VALUE_MAX_BYTES);
    CGW_AUTO(buffer_pointer) struct cgw_buffer *owner = &hex;
    if (cgw_vr_info_of(vr)->kind != CGW_VR_BYTES)
        return cgw_fault_set(fault, "bad-value", "VR %s takes Value, an array; InlineBinary is for bytes",
                             cgw_vr_info_of(vr)->name);
    if (!json_is_string(binary))
        return cgw_fault_set(fault, "bad-value", "InlineBinary takes a string of base64");
    enum cgw_code code = hex_of_base64(json_string_value(binary), json_string_length(binary), owner, fault);
    if (code != CGW_OK)
        return code;
    *ret_value = json_stringn(hex.length > 0 ? (const char *)hex.bytes : "", hex.length);
    return *ret_value != NULL ? CGW_OK : CGW_E_OUT_OF_MEMORY;
}

/* ---- Value ---- */

static const char *const name_groups[] = {"Alphabetic", "Ideographic", "Phonetic"};

enum { NAME_GROUPS = sizeof name_groups / sizeof name_groups[0] };

static enum cgw_code check_name(const json_t *name, struct cgw_fault *fault)
{
    size_t known = 0;
    for (size_t i = 0; i < NAME_GROUPS; i++) {
        const json_t *group = json_object_get(name, name_groups[i]);
        if (group == NULL)
            continue;
        known++;
        if (!json_is_string(group))
            return cgw_fault_set(fault, "bad-value", "%s takes a string", name_groups[i]);
        if (strpbrk(json_string_value(group), "=\\") != NULL)
            return cgw_fault_set(fault, "bad-value",
                                 "%s holds = or a backslash, which separate component groups and values",
                                 name_groups[i]);
    }
    if (!json_is_object(name) || known != json_object_size(name))
        return cgw_fault_set(fault, "bad-value",
                             "a name is an object with the members Alphabetic, Ideographic and Phonetic");
    return CGW_OK;
}

/* alphabetic=ideographic=phonetic, without equals signs at the end (PS3.5 6.2.1.2). */
static enum cgw_code translate_name(const json_t *name, json_t **ret_value, struct cgw_fault *fault)
{
    struct cgw_buffer text = CGW_BUFFER_INIT(CGW_VALUE_MAX_BYTES);
    CGW_AUTO(buffer_pointer) struct cgw_buffer *owner = &text;
    enum cgw_code code = check_name(name, fault);
    size_t wanted = 0;
    for (size_t i = 0; code == CGW_OK && i < NAME_GROUPS; i++) {
        const json_t *group = json_object_get(name, name_groups[i]);
        if (json_string_length(group) == 0)
            continue;
        for (; wanted < i; wanted++) {
            if (!cgw_buffer_append(owner, "=", 1))
                return CGW_E_OUT_OF_MEMORY;
        }
        if (!cgw_buffer_append(owner, json_string_value(group), json_string_length(group)))
            return CGW_E_OUT_OF_MEMORY;
    }
    if (code != CGW_OK)
        return code;
    *ret_value = json_stringn_nocheck(text.length > 0 ? (const char *)text.bytes : "", text.length);
    return *ret_value != NULL ? CGW_OK : CGW_E_OUT_OF_MEMORY;
}

/* null is a value that is empty, between others that are not (PS3.18 F.2.5). */
static enum cgw_code translate_entry(const json_t *entry, enum cgw_vr vr, json_t **ret_value,
                                     struct cgw_fault *fault)
{
    if (json_is_null(entry) && cgw_vr_info_of(vr)->kind == CGW_VR_TEXT) {
        *ret_value = json_string("");
        return *ret_value != NULL ? CGW_OK : CGW_E_OUT_OF_MEMORY;
    }
    if (vr == CGW_VR_PN)
        return translate_name(entry, ret_value, fault);
    *ret_value = json_incref((json_t *)(uintptr_t)entry);
    return CGW_OK;
}

static enum cgw_code translate_values(const json_t *values, enum cgw_vr vr, json_t **ret_value,
                                      struct cgw_fault *fault)
{
    if (cgw_vr_info_of(vr)->kind == CGW_VR_BYTES)
        return cgw_fault_set(fault, "bad-value", "VR %s takes InlineBinary, a string of base64",
                             cgw_vr_info_of(vr)->name);
    if (!json_is_array(values))
        return cgw_fault_set(fault, "bad-value", "Value takes an array");
    CGW_AUTO(json) json_t *translated = json_array();
    if (translated == NULL)
        return CGW_E_OUT_OF_MEMORY;
    for (size_t i = 0; i < json_array_size(values); i++) {
        json_t *value = NULL;
        enum cgw_code code = translate_entry(json_array_get(values, i), vr, &value, fault);
        if (code != CGW_OK)
            return code;
        if (json_array_append_new(translated, value) != 0)
            return CGW_E_OUT_OF_MEMORY;
    }
    *ret_value = translated;
    translated = NULL;
    return CGW_OK;
}

enum cgw_code cgw_dicom_json_value(const json_t *attribute, struct cgw_dictionary_entry *entry,
                                   json_t **ret_value, struct cgw_fault *fault)
{
    if (!json_is_object(attribute))
        return cgw_fault_set(fault, "bad-value",
                             "an attribute is an object: {\"vr\": \"UI\", \"Value\": [\"1.2\"]}");
    enum cgw_code code = check_members(attribute, fault);
    if (code == CGW_OK)
        code = check_vr(attribute, entry, fault);
    if (code != CGW_OK)
        return code;
    const json_t *values = json_object_get(attribute, "Value");
    const json_t *binary = json_object_get(attribute, "InlineBinary");
    if (values != NULL && !json_is_null(values))
        return translate_values(values, entry->vr, ret_value, fault);
    if (binary != NULL && !json_is_null(binary))
        return translate_binary(binary, entry->vr, ret_value, fault);
    *ret_value = json_null();
    return CGW_OK;
}
