#include "cache_internal.h"

#include <stdio.h>
#include <string.h>

struct index_key unit_key(const struct unit *unit)
{
    return (struct index_key){
        .peer = unit->peer->name, .study = unit->study, .series = unit->series, .instance = ""};
}

bool unit_is_same(const struct unit *a, const struct unit *b)
{
    return strcmp(a->study, b->study) == 0 && strcmp(a->series, b->series) == 0 &&
           strcmp(a->instance, b->instance) == 0 && strcmp(a->peer->name, b->peer->name) == 0;
}

static bool may_be(const char *wanted, const char *uid)
{
    return wanted[0] == '\0' || uid[0] == '\0' || strcmp(wanted, uid) == 0;
}

bool unit_covers(const struct unit *unit, const char *study, const char *series)
{
    return may_be(unit->study, study) && may_be(unit->series, series);
}

struct unit unit_for(const struct unit *unit, const char *study, const char *series)
{
    struct unit other = *unit;
    other.instance[0] = '\0';
    if (study[0] != '\0')
        (void)snprintf(other.study, sizeof other.study, "%s", study);
    if (unit->series[0] != '\0' && series[0] != '\0')
        (void)snprintf(other.series, sizeof other.series, "%s", series);
    return other;
}
