/* The script of a scripted peer as lines of words; what each word does is the runner's business. */
#ifndef CGETWAY_TESTS_SCRIPT_H
#define CGETWAY_TESTS_SCRIPT_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPT_NONE = -1 };

struct script_line {
    int number;     /* in the text, from 1 */
    char *text;     /* owned: words point into it */
    char *original; /* owned: for messages */
    char *label;    /* in text; NULL: none */
    char **words;   /* owned array; words[0] is the command */
    size_t word_count;
    ptrdiff_t partner; /* index of the `end` of a loop, of the loop of an end; else SCRIPT_NONE */
};

struct script {
    struct script_line *lines;
    size_t count;
    size_t *starts; /* for each connection, the index of its first line */
    size_t start_count;
};

/* False with the line in err. Checks the structure (loops, connections, commands that exist), not the values.
 */
bool script_parse(const char *text, struct script *ret_script, struct support_error *err);
void script_release(struct script *script);

/* Value of the option "name=value"; NULL: not given. */
const char *script_option(const struct script_line *line, const char *name);
/* The same as a number (decimal, 0x hexadecimal). */
uint64_t script_number(const struct script_line *line, const char *name, uint64_t otherwise);
bool script_has_word(const struct script_line *line, const char *word);
/* The word at this place, "" when there are fewer. */
const char *script_word(const struct script_line *line, size_t index);
/* Index of the first word after "hex" or of those from `from` on: bytes as two hex digits each, in runs of
 * any length. Owned by the caller (free). NULL when they are not hexadecimal. */
uint8_t *script_hex(const struct script_line *line, size_t from, size_t *ret_length);
/* One word of hex digits. */
bool hex_decode(const char *text, uint8_t *bytes, size_t size, size_t *ret_length);

#endif
