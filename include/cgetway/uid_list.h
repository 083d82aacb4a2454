/*
 * A list of UIDs as the configuration and requests give it: separated by commas, "*" for all that is built
 * in. Pure; any thread.
 */
#ifndef CGETWAY_UID_LIST_H
#define CGETWAY_UID_LIST_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_UID_LIST_MAX = 512, CGW_UID_LIST_TEXT_BYTES = 2048 };

/* Not to be copied: uids points into text. */
struct cgw_uid_list {
    const char *uids[CGW_UID_LIST_MAX]; /* in text, or the built-in ones; none twice */
    size_t count;
    bool has_built_in; /* "*" was among them */
    char text[CGW_UID_LIST_TEXT_BYTES];
};

/* text: checked by the configuration. built_in(index) gives the UIDs that "*" stands for, NULL behind the
 * last; static. What does not fit is left out, the last first. */
void cgw_uid_list_expand(struct cgw_uid_list *list, const char *text, const char *(*built_in)(size_t index));

#ifdef __cplusplus
}
#endif
#endif
