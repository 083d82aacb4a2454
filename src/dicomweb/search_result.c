#include "search_result.h"

#include "search_set.h"

#include "cgetway/tag.h"

#include <stdio.h>
#include <string.h>

/* Of the three levels; as the paths of PS3.18 10.1.1.1 have them. */
static const char *const segments[SEARCH_LEVELS] = {"studies/", "series/", "instances/"};

enum { URL_BYTES = SEARCH_LEVELS * (16 + CGW_UID_BYTES) };

bool search_parent_uid(const struct search_plan *plan, const struct cgw_data_set *parents,
                       enum cgw_search_level level, char uid[CGW_UID_BYTES])
{
    if (plan->path_uids[level][0] == '\0')
        return search_set_uid(&parents[level], search_unique_key(level), uid);
    memcpy(uid, plan->path_uids[level], CGW_UID_BYTES);
    return true;
}

/* What the path or a match above says, where the match itself says nothing. */
static bool put_parent_uids(struct cgw_data_set *match, const struct search_plan *plan,
                            const struct cgw_data_set *parents)
{
    char uid[CGW_UID_BYTES];
    for (int i = 0; i < (int)plan->last; i++) {
        enum cgw_search_level level = (enum cgw_search_level)i;
        if (!search_set_has_value(match, search_unique_key(level)) &&
            search_parent_uid(plan, parents, level, uid) &&
            !search_set_put(match, search_unique_key(level), CGW_VR_UI, uid))
            return false;
    }
    return true;
}

/* Relative to the resource that is searched, whose last segment a relative reference replaces (RFC 3986 5.2).
 * False: a UID is missing, cannot be in a URL, or is not that of the place where the match was found. */
static bool make_url(char url[URL_BYTES], const struct cgw_data_set *match, const struct search_plan *plan,
                     const struct cgw_data_set *parents)
{
    size_t length = 0;
    char uid[CGW_UID_BYTES] = "", above[CGW_UID_BYTES] = "";
    for (int i = 0; i <= (int)plan->last && i < (int)(sizeof segments / sizeof segments[0]); i++) {
        enum cgw_search_level level = (enum cgw_search_level)i;
        if (!search_set_uid(match, search_unique_key(level), uid) ||
            (level < plan->last &&
             (!search_parent_uid(plan, parents, level, above) || strcmp(uid, above) != 0)))
            return false;
        if (plan->path_uids[i][0] != '\0')
            continue;
        length += (size_t)snprintf(url + length, URL_BYTES - length, "%s%s%s", length > 0 ? "/" : "",
                                   segments[i], uid);
    }
    return true;
}

bool search_result_finish(struct cgw_data_set *match, const struct search_plan *plan,
                          const struct cgw_data_set *parents)
{
    char url[URL_BYTES];
    if (!put_parent_uids(match, plan, parents))
        return false;
    for (int i = 0; i < (int)plan->last; i++) {
        if (!search_set_complete(match, &parents[i]))
            return false;
    }
    search_set_remove(match, CGW_TAG_QUERY_RETRIEVE_LEVEL);
    search_set_remove(match, SEARCH_TAG_RETRIEVE_AE_TITLE);
    search_set_remove(match, SEARCH_TAG_RETRIEVE_URL);
    /* A peer that answers has them at hand, as far as anybody can tell. */
    if (!search_set_has_value(match, SEARCH_TAG_INSTANCE_AVAILABILITY) &&
        !search_set_put(match, SEARCH_TAG_INSTANCE_AVAILABILITY, CGW_VR_CS, "ONLINE"))
        return false;
    return !make_url(url, match, plan, parents) ||
           search_set_put(match, SEARCH_TAG_RETRIEVE_URL, CGW_VR_UR, url);
}
