#include "support/script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 4096 };

static const char *const commands[] = {
    "accept",      "expect", "send",      "begin-pdu",   "end-pdu",    "drip",
    "wait",        "signal", "loop",      "end",         "cut",        "refuse",
    "hold",        "freeze", "may-close", "deadline-ms", "connection", "send-deadline-ms",
    "send-buffer",
};

static bool is_command(const char *word)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i], word) == 0)
            return true;
    }
    return false;
}

static char *next_word(char **rest)
{
    char *start = *rest + strspn(*rest, " \t\r");
    if (*start == '\0')
        return NULL;
    char *end = start + strcspn(start, " \t\r");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return start;
}

/* Splits line->text; a label is a first word that ends with a colon. */
static bool split(struct script_line *line)
{
    char *words[MAX_WORDS];
    size_t count = 0;
    char *rest = line->text;
    for (char *word; (word = next_word(&rest)) != NULL && count < MAX_WORDS;) {
        size_t length = strlen(word);
        if (count == 0 && line->label == NULL && length > 1 && word[length - 1] == ':') {
            word[length - 1] = '\0';
            line->label = word;
        } else {
            words[count++] = word;
        }
    }
    line->word_count = count;
    if (count == 0)
        return line->label == NULL;
    line->words = calloc(count, sizeof(*line->words));
    if (line->words != NULL)
        memcpy(line->words, words, count * sizeof(*words));
    return line->words != NULL && is_command(words[0]);
}

static void release_line(struct script_line *line)
{
    free(line->words);
    free(line->text);
    free(line->original);
}

static bool add_line(struct script *script, const char *start, size_t length, int number,
                     struct support_error *err)
{
    const char *comment = memchr(start, '#', length);
    if (comment != NULL)
        length = (size_t)(comment - start);
    struct script_line line = {.number = number, .partner = SCRIPT_NONE};
    line.text = strndup(start, length);
    line.original = strndup(start, length);
    if (line.text == NULL || line.original == NULL || !split(&line)) {
        support_fail(err, "script line %d: unknown command: %.*s", number, (int)length, start);
        release_line(&line);
        return false;
    }
    if (line.word_count == 0) {
        release_line(&line);
        return true;
    }
    struct script_line *grown = realloc(script->lines, (script->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        release_line(&line);
        return false;
    }
    script->lines = grown;
    grown[script->count++] = line;
    return true;
}

static bool add_start(struct script *script, size_t index)
{
    size_t *grown = realloc(script->starts, (script->start_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return false;
    script->starts = grown;
    grown[script->start_count++] = index;
    return true;
}

/* Pairs loops with their ends and finds where connections start. */
static bool connect_lines(struct script *script, struct support_error *err)
{
    ptrdiff_t open_loop = SCRIPT_NONE;
    bool first_is_connection = script->count > 0 && strcmp(script->lines[0].words[0], "connection") == 0;
    if (!first_is_connection && !add_start(script, 0))
        return false;
    for (size_t i = 0; i < script->count; i++) {
        struct script_line *line = &script->lines[i];
        if (strcmp(line->words[0], "loop") == 0) {
            line->partner = open_loop; /* the loop around it, until its end is found */
            open_loop = (ptrdiff_t)i;
        } else if (strcmp(line->words[0], "end") == 0) {
            if (open_loop == SCRIPT_NONE) {
                support_fail(err, "script line %d: end without loop", line->number);
                return false;
            }
            ptrdiff_t outer = script->lines[open_loop].partner;
            script->lines[open_loop].partner = (ptrdiff_t)i;
            line->partner = open_loop;
            open_loop = outer;
        } else if (strcmp(line->words[0], "connection") == 0 && !add_start(script, i + 1)) {
            return false;
        }
        if (strcmp(line->words[0], "connection") == 0 && open_loop != SCRIPT_NONE)
            break;
    }
    if (open_loop != SCRIPT_NONE)
        support_fail(err, "script line %d: loop without end", script->lines[open_loop].number);
    return open_loop == SCRIPT_NONE;
}

bool script_parse(const char *text, struct script *ret_script, struct support_error *err)
{
    *ret_script = (struct script){.lines = NULL};
    bool good = true;
    int number = 1;
    for (const char *start = text; good && *start != '\0'; number++) {
        size_t length = strcspn(start, "\n");
        good = add_line(ret_script, start, length, number, err);
        start += length + (start[length] == '\n');
    }
    good = good && connect_lines(ret_script, err);
    if (!good)
        script_release(ret_script);
    return good;
}

void script_release(struct script *script)
{
    for (size_t i = 0; i < script->count; i++)
        release_line(&script->lines[i]);
    free(script->lines);
    free(script->starts);
    *script = (struct script){.lines = NULL};
}

const char *script_option(const struct script_line *line, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 1; i < line->word_count; i++) {
        if (strncmp(line->words[i], name, length) == 0 && line->words[i][length] == '=')
            return line->words[i] + length + 1;
    }
    return NULL;
}

uint64_t script_number(const struct script_line *line, const char *name, uint64_t otherwise)
{
    const char *value = script_option(line, name);
    return value == NULL ? otherwise : strtoull(value, NULL, strncmp(value, "0x", 2) == 0 ? 16 : 10);
}

bool script_has_word(const struct script_line *line, const char *word)
{
    for (size_t i = 1; i < line->word_count; i++) {
        if (strcmp(line->words[i], word) == 0)
            return true;
    }
    return false;
}

const char *script_word(const struct script_line *line, size_t index)
{
    return index < line->word_count ? line->words[index] : "";
}

static int digit_value(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
}

bool hex_decode(const char *text, uint8_t *bytes, size_t size, size_t *ret_length)
{
    size_t length = strlen(text);
    *ret_length = 0;
    if (length % 2 != 0 || length / 2 > size || strspn(text, "0123456789abcdefABCDEF") != length)
        return false;
    for (size_t i = 0; i < length; i += 2)
        bytes[(*ret_length)++] = (uint8_t)(digit_value(text[i]) << 4 | digit_value(text[i + 1]));
    return true;
}

uint8_t *script_hex(const struct script_line *line, size_t from, size_t *ret_length)
{
    for (size_t i = from; i < line->word_count; i++) {
        if (strcmp(line->words[i], "hex") == 0)
            from = i + 1;
    }
    size_t size = 0;
    for (size_t i = from; i < line->word_count; i++)
        size += strlen(line->words[i]) / 2;
    uint8_t *bytes = malloc(size + 1);
    *ret_length = 0;
    for (size_t i = from; bytes != NULL && i < line->word_count; i++) {
        size_t length = 0;
        if (!hex_decode(line->words[i], bytes + *ret_length, size - *ret_length, &length)) {
            free(bytes);
            return NULL;
        }
        *ret_length += length;
    }
    return bytes;
}
