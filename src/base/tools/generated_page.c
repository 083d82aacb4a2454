#include "generated_page.h"

#include "cgetway/cleanup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MARKER_BYTES = 160 };

static char *read_page(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return NULL;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    (void)fclose(file);
    return text;
}

/* Copies up to and with the begin marker, writes the part. Returns the place of the end marker; NULL: a
 * marker is missing. */
static const char *renew_part(FILE *out, const char *page, const char *program, const struct page_part *part)
{
    char begin_marker[MARKER_BYTES], end_marker[MARKER_BYTES];

    (void)snprintf(begin_marker, sizeof begin_marker, "<!-- %s: begin (made by %s; do not edit) -->\n",
                   part->name, program);
    (void)snprintf(end_marker, sizeof end_marker, "<!-- %s: end -->\n", part->name);
    const char *begin = strstr(page, begin_marker);
    const char *end = begin == NULL ? NULL : strstr(begin, end_marker);
    if (end == NULL)
        return NULL;
    (void)fwrite(page, 1, (size_t)(begin - page) + strlen(begin_marker), out);
    part->write(out);
    return end;
}

/* The page as it should be; NULL: a marker is missing, or no memory. */
static char *renew(const char *page, const char *program, const struct page_part *parts, size_t part_count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < part_count && page != NULL; i++)
        page = renew_part(out, page, program, &parts[i]);
    if (page != NULL)
        (void)fputs(page, out);
    if (fclose(out) != 0 || page == NULL) {
        free(text);
        return NULL;
    }
    return text;
}

static int rewrite(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        return 2;
    }
    bool written = fputs(text, file) >= 0;
    if (fclose(file) != 0 || !written) {
        perror(path);
        return 2;
    }
    return 0;
}

int page_main(int argc, char **argv, const char *program, const struct page_part *parts, size_t part_count)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;

    if (argc != 2 && !check) {
        (void)fprintf(stderr, "usage: %s [--check] PAGE\n", program);
        return 2;
    }
    const char *path = argv[argc - 1];
    CGW_AUTO_FREE char *page = read_page(path);
    CGW_AUTO_FREE char *renewed = page == NULL ? NULL : renew(page, program, parts, part_count);
    if (renewed == NULL) {
        (void)fprintf(stderr, "%s: cannot be read, or a marker is not in it\n", path);
        return 2;
    }
    if (strcmp(page, renewed) == 0)
        return 0;
    if (!check)
        return rewrite(path, renewed);
    (void)fprintf(stderr, "%s differs from the tables of the program: run %s %s\n", path, argv[0], path);
    return 1;
}
