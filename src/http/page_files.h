/* The files of the page for people (src/page), put into the program by the build (cmake/Page.cmake). */
#ifndef CGW_HTTP_PAGE_FILES_H
#define CGW_HTTP_PAGE_FILES_H

#include <stddef.h>

struct page_file {
    const char *path; /* "/", "/page/page.css" */
    const char *content_type;
    const char *etag; /* with its quotes; changes with the content */
    const char *content;
    size_t length;
};

extern const struct page_file page_files[];
extern const size_t page_file_count;

#endif
