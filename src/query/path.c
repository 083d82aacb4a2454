#include "path.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex4(const char *text, uint32_t *number)
{
    for (int i = 0; i < 4; i++) {
        int value = hex_value(text[i]);
        if (value < 0)
            return false;
        *number = *number << 4 | (uint32_t)value;
    }
    return true;
}

bool cgw_path_parse_tag(const char *text, size_t length, uint32_t *ret_tag)
{
    uint32_t tag = 0;
    if (length == 11) {
        if (text[0] != '(' || text[10] != ')')
            return false;
        text++;
        length -= 2;
    }
    if (length != 8 && (length != 9 || text[4] != ','))
        return false;
    if (!parse_hex4(text, &tag) || !parse_hex4(text + length - 4, &tag))
        return false;
    *ret_tag = tag;
    return true;
}

static bool is_keyword(const char *text, size_t length)
{
    if (length == 0 || !is_letter(text[0]))
        return false;
    for (size_t i = 1; i < length; i++) {
        if (!is_letter(text[i]) && !is_digit(text[i]))
            return false;
    }
    return true;
}

/* What is read, and where. */
struct cursor {
    const char *text;
    size_t length;
    size_t at;
};

static bool at_char(const struct cursor *cursor, char c)
{
    return cursor->at < cursor->length && cursor->text[cursor->at] == c;
}

static enum cgw_code parse_element(struct cursor *cursor, struct cgw_path_component *component,
                                   struct cgw_fault *fault)
{
    const char *start = cursor->text + cursor->at;
    size_t length = 0;
    while (cursor->at + length < cursor->length && start[length] != '.' && start[length] != '[')
        length++;
    cursor->at += length;
    if (length == 0)
        return cgw_fault_set(fault, "bad-path",
                             "a component is empty; write a keyword or a tag before and after each dot");
    if (cgw_path_parse_tag(start, length, &component->tag))
        return CGW_OK;
    if (!is_keyword(start, length)) {
        char excerpt[CGW_EXCERPT_BYTES];
        cgw_excerpt(excerpt, start, length);
        return cgw_fault_set(
            fault, "bad-path",
            "\"%s\" is neither a keyword nor a tag; write PatientName, (0010,0010), 0010,0010 or "
            "00100010, without blanks",
            excerpt);
    }
    component->keyword = start;
    component->keyword_length = length;
    return CGW_OK;
}

static enum cgw_code parse_index(struct cursor *cursor, struct cgw_path_component *component,
                                 struct cgw_fault *fault)
{
    if (!at_char(cursor, '['))
        return CGW_OK;
    size_t first = ++cursor->at;
    uint32_t index = 0;
    for (; cursor->at < cursor->length && is_digit(cursor->text[cursor->at]); cursor->at++) {
        if (index <= CGW_PATH_MAX_INDEX)
            index = index * 10 + (uint32_t)(cursor->text[cursor->at] - '0');
    }
    if (cursor->at == first || !at_char(cursor, ']'))
        return cgw_fault_set(fault, "bad-path",
                             "an index is decimal digits between brackets, without sign or blanks: [0]");
    cursor->at++;
    if (index > CGW_PATH_MAX_INDEX)
        return cgw_fault_set(fault, "index-out-of-range", "an index is at most %d", CGW_PATH_MAX_INDEX);
    component->has_index = true;
    component->index = index;
    return CGW_OK;
}

enum cgw_code cgw_path_parse(const char *text, size_t length, struct cgw_path *ret_path,
                             struct cgw_fault *reterr_fault)
{
    struct cursor cursor = {.text = text, .length = length};
    ret_path->count = 0;
    if (length == 0)
        return cgw_fault_set(reterr_fault, "bad-path", "the key is empty; write a keyword or a tag");
    for (;;) {
        if (ret_path->count == CGW_PATH_MAX_DEPTH)
            return cgw_fault_set(reterr_fault, "path-too-deep", "a path has at most %d components",
                                 CGW_PATH_MAX_DEPTH);
        struct cgw_path_component *component = &ret_path->components[ret_path->count];
        *component = (struct cgw_path_component){0};
        enum cgw_code code = parse_element(&cursor, component, reterr_fault);
        if (code == CGW_OK)
            code = parse_index(&cursor, component, reterr_fault);
        if (code != CGW_OK)
            return code;
        ret_path->count++;
        if (cursor.at == cursor.length)
            return CGW_OK;
        if (!at_char(&cursor, '.'))
            return cgw_fault_set(reterr_fault, "bad-path",
                                 "after an index comes a dot or the end of the key");
        cursor.at++;
    }
}
