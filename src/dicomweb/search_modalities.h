/* Modalities in Study (0008,0061), where a peer does not tell it, from the series of the study (PS3.4
 * C.3.4); and whether a study has one that was asked for. */
#ifndef CGW_DICOMWEB_SEARCH_MODALITIES_H
#define CGW_DICOMWEB_SEARCH_MODALITIES_H

#include "cgetway/data_set.h"

#include <stdbool.h>
#include <stdint.h>

/* One of VR CS, and as many as any study has. */
enum { MODALITY_BYTES = 17, MODALITIES_MAX = 64 };

/* Zeroed memory knows of no series. */
struct search_modalities {
    char names[MODALITIES_MAX][MODALITY_BYTES];
    unsigned count;
    uint64_t series, instances;
    bool unknown_instances; /* not every series told how many it has */
};

/* match: of level SERIES. */
void search_modalities_add(struct search_modalities *modalities, const struct cgw_data_set *match);

/* Fills (0008,0061), (0020,1206) and (0020,1208) of the study where they have no value. False: out of memory.
 */
bool search_modalities_fill(const struct search_modalities *modalities, struct cgw_data_set *study);

/* asked: values with wildcards, backslashes between them (PS3.4 C.2.2.2.4). A study of which no modality is
 * known matches. */
bool search_modalities_match(const struct cgw_data_set *study, const char *asked);

#endif
