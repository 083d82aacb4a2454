/*
 * The grammars of single values in text.
 */
#ifndef CGW_CONFIG_TEXT_H
#define CGW_CONFIG_TEXT_H

#include "reason.h"
#include "table.h"

/* A decimal number times 10^decimals, rounded; with suffixes also K, M and G (powers of 1024). A number too
 * large for the type becomes the largest (or smallest), so that it is found out of bounds. False: not a
 * number. */
bool cgw_text_number(const char *text, unsigned decimals, bool suffixes, int64_t *ret_number);

/* Holds a text against the grammar of its type (AE title, host, paths, defined term). */
bool cgw_text_check(enum cgw_key_type type, const char *text, struct cgw_reason *reterr);

/* The list without blanks around its items, each of which has to fit the type. */
bool cgw_text_list(enum cgw_key_type type, const char *text, char *ret_list, size_t size,
                   struct cgw_reason *reterr);

/* [A-Za-z0-9._-]{1,64} */
bool cgw_text_is_peer_name(const char *name);

#endif
