/*
 * What went wrong in a helper of the tests, as text for a person. A helper returns false or NULL and fills
 * it; the first text stays. Callers pass NULL when they do not care.
 */
#ifndef CGETWAY_TESTS_SUPPORT_ERROR_H
#define CGETWAY_TESTS_SUPPORT_ERROR_H

struct support_error {
    char text[1024]; /* "" while nothing failed */
};

/* printf-style. */
void support_fail(struct support_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
