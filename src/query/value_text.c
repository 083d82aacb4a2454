#include "value.h"

#include "cgetway/uid.h"

#include "utf8.h"

#include <string.h>

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

static bool has_control(const char *text, size_t length, bool allow_format_effectors)
{
    for (size_t i = 0; i < length;) {
        uint32_t c = cgw_utf8_next(text, length, &i);
        bool effector = c == '\t' || c == '\n' || c == '\f' || c == '\r';
        if (is_control(c) && !(allow_format_effectors && effector))
            return true;
    }
    return false;
}

static bool is_only(const char *text, size_t length, char c)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] != c)
            return false;
    }
    return true;
}

static enum cgw_code check_ae(const char *text, size_t length, struct cgw_fault *fault)
{
    if (is_only(text, length, ' '))
        return cgw_fault_set(fault, "bad-value", "an AE title is not made of blanks only");
    if (!cgw_utf8_is_ascii(text, length) || has_control(text, length, false))
        return cgw_fault_set(fault, "bad-value", "an AE title is made of ASCII characters without controls");
    return CGW_OK;
}

static enum cgw_code check_cs(const char *text, size_t length, bool is_matching, struct cgw_fault *fault)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '_' ||
              (is_matching && (c == '*' || c == '?'))))
            return cgw_fault_set(fault, "bad-value",
                                 is_matching
                                     ? "VR CS takes capital letters, digits, blanks and underscores, and the "
                                       "wildcards * and ?, only"
                                     : "VR CS takes capital letters, digits, blanks and underscores only");
    }
    return CGW_OK;
}

static enum cgw_code check_ui(const char *text, size_t length, bool lenient, struct cgw_fault *fault)
{
    if (length > 0 && (memchr(text, '*', length) != NULL || memchr(text, '?', length) != NULL))
        return cgw_fault_set(fault, "wildcard", "UIDs have no wildcards; write them whole (PS3.4 C.2.2.2.4)");
    if (cgw_uid_is_valid(text, length) || (lenient && cgw_uid_is_safe(text, length)))
        return CGW_OK;
    if (length == 0)
        return cgw_fault_set(fault, "bad-value", "one of the UIDs is empty");
    if (length > CGW_UID_MAX_LENGTH)
        return cgw_fault_set(fault, "bad-value", "a UID has at most %d characters", CGW_UID_MAX_LENGTH);
    return cgw_fault_set(
        fault, "bad-value",
        "a UID is digits and single dots, each component without leading zero: 1.2.840.10008");
}

/* RFC 3986: reserved and unreserved characters and percent signs; PS3.5 allows no blank before it. */
static enum cgw_code check_ur(const char *text, size_t length, struct cgw_fault *fault)
{
    static const char allowed[] = "-._~:/?#[]@!$&'()*+,;=%";
    while (length > 0 && text[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alphanumeric && (c == '\0' || strchr(allowed, c) == NULL))
            return cgw_fault_set(fault, "bad-value",
                                 "VR UR takes a URI of RFC 3986, without blanks; escape others as %%XX");
    }
    return CGW_OK;
}

/* Up to three groups (alphabetic, ideographic, phonetic) of 64 characters and five components each. */
static enum cgw_code check_pn(const char *text, size_t length, struct cgw_fault *fault)
{
    size_t groups = 0, start = 0;
    for (size_t end = 0; end <= length; end++) {
        if (end < length && text[end] != '=')
            continue;
        size_t carets = 0;
        for (size_t i = start; i < end; i++)
            carets += text[i] == '^';
        if (cgw_utf8_length(text + start, end - start) > cgw_vr_info_of(CGW_VR_PN)->size)
            return cgw_fault_set(fault, "bad-value", "a component group of a name has at most %zu characters",
                                 cgw_vr_info_of(CGW_VR_PN)->size);
        if (carets > 4)
            return cgw_fault_set(fault, "bad-value",
                                 "a component group of a name has at most five components: "
                                 "Family^Given^Middle^Prefix^Suffix");
        groups++;
        start = end + 1;
    }
    if (groups > 3)
        return cgw_fault_set(fault, "bad-value",
                             "a name has at most three component groups: alphabetic=ideographic=phonetic");
    return CGW_OK;
}

static enum cgw_code check_repertoire(enum cgw_vr vr, const struct cgw_value_rules *rules, const char *text,
                                      size_t length, struct cgw_fault *fault)
{
    switch (vr) {
    case CGW_VR_AE:
        return check_ae(text, length, fault);
    case CGW_VR_CS:
        return check_cs(text, length, rules->is_matching, fault);
    case CGW_VR_UI:
        return check_ui(text, length, rules->lenient, fault);
    case CGW_VR_UR:
        return check_ur(text, length, fault);
    case CGW_VR_PN:
        return check_pn(text, length, fault);
    case CGW_VR_DS:
    case CGW_VR_IS:
        return cgw_value_check_decimal(vr, text, length, fault);
    case CGW_VR_AS:
    case CGW_VR_DA:
    case CGW_VR_DT:
    case CGW_VR_TM:
        return cgw_value_check_time(vr, text, length, fault);
    default:
        return CGW_OK;
    }
}

static enum cgw_code check_text(enum cgw_vr vr, const struct cgw_value_rules *rules, const char *text,
                                size_t length, struct cgw_fault *fault)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(vr);
    bool is_long_text = vr == CGW_VR_LT || vr == CGW_VR_ST || vr == CGW_VR_UT;
    /* These say more about a length that is wrong, and ranges of times are longer than one time. */
    bool measures_itself = vr == CGW_VR_PN || vr == CGW_VR_UI || vr == CGW_VR_AS || vr == CGW_VR_DA ||
                           vr == CGW_VR_DT || vr == CGW_VR_TM;
    if (length == 0 && vr != CGW_VR_UI)
        return CGW_OK; /* one of several values */
    if (has_control(text, length, is_long_text))
        return cgw_fault_set(fault, "bad-value", "control characters have no place in VR %s%s", info->name,
                             is_long_text ? ", except tab, line feed, form feed and carriage return" : "");
    if (!measures_itself && info->size > 0 && cgw_utf8_length(text, length) > info->size)
        return cgw_fault_set(fault, "bad-value", "VR %s has at most %zu characters", info->name, info->size);
    return check_repertoire(vr, rules, text, length, fault);
}

enum cgw_code cgw_value_append_text(enum cgw_vr vr, const struct cgw_value_rules *rules,
                                    const struct cgw_piece *piece, struct cgw_buffer *value,
                                    struct cgw_fault *fault)
{
    char number[CGW_NUMBER_TEXT_BYTES];
    const char *text = piece->text;
    size_t length = piece->length;
    if (text == NULL) {
        if (vr != CGW_VR_DS && vr != CGW_VR_IS)
            return cgw_fault_set(fault, "bad-value", "VR %s is text; write the value as a string",
                                 cgw_vr_info_of(vr)->name);
        enum cgw_code printed = cgw_value_print_decimal(vr, piece->number, number, fault);
        if (printed != CGW_OK)
            return printed;
        text = number;
        length = strlen(number);
    }
    enum cgw_code code = check_text(vr, rules, text, length, fault);
    return code == CGW_OK ? cgw_value_put(value, text, length) : code;
}
