/*
 * Pages of documentation with parts that are made from the tables of the program. A part stands between two
 * markers:
 *
 *   <!-- NAME: begin (made by PROGRAM; do not edit) -->
 *   <!-- NAME: end -->
 *
 * For the generators only; nothing of this is in the gateway.
 */
#ifndef CGW_BASE_TOOLS_GENERATED_PAGE_H
#define CGW_BASE_TOOLS_GENERATED_PAGE_H

#include <stddef.h>
#include <stdio.h>

struct page_part {
    const char *name;
    void (*write)(FILE *out);
};

/* The main function of a generator called program; the parts are in the order of the page.
 *
 *   PROGRAM PAGE           rewrites the page
 *   PROGRAM --check PAGE   exit status 1 when the page is not what the tables say */
int page_main(int argc, char **argv, const char *program, const struct page_part *parts, size_t part_count);

#endif
