/*
 * The grammar of keyword paths, without a dictionary:
 *
 *     path      = component *( "." component )
 *     component = element [ "[" index "]" ]
 *     element   = keyword | "(gggg,eeee)" | "gggg,eeee" | "ggggeeee"
 *     index     = decimal digits, 0 .. 1023
 */
#ifndef CGW_QUERY_PATH_H
#define CGW_QUERY_PATH_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CGW_PATH_MAX_DEPTH = 16, CGW_PATH_MAX_INDEX = 1023 };

struct cgw_path_component {
    const char *keyword; /* borrowed from the text, not NUL-terminated; NULL: given by tag */
    size_t keyword_length;
    uint32_t tag; /* only without a keyword */
    bool has_index;
    uint32_t index;
};

struct cgw_path {
    struct cgw_path_component components[CGW_PATH_MAX_DEPTH];
    size_t count; /* at least 1 */
};

/* CGW_OK, or CGW_E_BAD_IDENTIFIER with *reterr_fault filled. text is UTF-8, not NUL-terminated. */
enum cgw_code cgw_path_parse(const char *text, size_t length, struct cgw_path *ret_path,
                             struct cgw_fault *reterr_fault);

/* "(gggg,eeee)", "gggg,eeee" or "ggggeeee"; the whole text. */
bool cgw_path_parse_tag(const char *text, size_t length, uint32_t *ret_tag);

#endif
