/* Which attributes belong to which level of the hierarchy in the Study Root (PS3.4 C.6.2), and which of them
 * a search gives unasked (PS3.18 tables 10.6.3-3 to 10.6.3-5). Pure. */
#ifndef CGW_DICOMWEB_SEARCH_KEYS_H
#define CGW_DICOMWEB_SEARCH_KEYS_H

#include "cgetway/search.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEARCH_LEVELS = CGW_SEARCH_INSTANCES + 1 };

/* Elements that the searches know by name. */
#define SEARCH_TAG_INSTANCE_AVAILABILITY CGW_TAG(0x0008, 0x0056)
#define SEARCH_TAG_RETRIEVE_AE_TITLE CGW_TAG(0x0008, 0x0054)
#define SEARCH_TAG_MODALITY CGW_TAG(0x0008, 0x0060)
#define SEARCH_TAG_MODALITIES_IN_STUDY CGW_TAG(0x0008, 0x0061)
#define SEARCH_TAG_RETRIEVE_URL CGW_TAG(0x0008, 0x1190)
#define SEARCH_TAG_STUDY_RELATED_SERIES CGW_TAG(0x0020, 0x1206)
#define SEARCH_TAG_STUDY_RELATED_INSTANCES CGW_TAG(0x0020, 0x1208)
#define SEARCH_TAG_SERIES_RELATED_INSTANCES CGW_TAG(0x0020, 0x1209)

/* Of C-FIND: "STUDY", "SERIES", "IMAGE". Static. */
const char *search_level_name(enum cgw_search_level level);

/* Study, Series or SOP Instance UID. */
uint32_t search_unique_key(enum cgw_search_level level);

/* The level that an attribute belongs to, in a search of a level: elements that are in none are of that one.
 */
enum cgw_search_level search_level_of(uint32_t tag, enum cgw_search_level searched);

/* An attribute that is returned: its tag, or that of the sequence and of the element in its item. */
struct search_return_key {
    uint32_t tag, in_item; /* in_item 0: none */
    bool is_optional;      /* only for includefield=all */
};

/* By index; false behind the last. */
bool search_return_key_at(enum cgw_search_level level, size_t index, struct search_return_key *ret_key);

#endif
