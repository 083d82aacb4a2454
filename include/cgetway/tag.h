/* Data element tags as one number, group in the high half: (0010,0020) is 0x00100020 (PS3.5 7.1). */
#ifndef CGETWAY_TAG_H
#define CGETWAY_TAG_H

#include <stdint.h>

#define CGW_TAG(group, element) (((uint32_t)(group) << 16) | (uint32_t)(element))
#define CGW_TAG_GROUP(tag) ((uint16_t)((tag) >> 16))
#define CGW_TAG_ELEMENT(tag) ((uint16_t)((tag)&0xFFFFu))

#define CGW_TAG_TRANSFER_SYNTAX_UID CGW_TAG(0x0002, 0x0010)
#define CGW_TAG_SPECIFIC_CHARACTER_SET CGW_TAG(0x0008, 0x0005)
#define CGW_TAG_SOP_CLASS_UID CGW_TAG(0x0008, 0x0016)
#define CGW_TAG_SOP_INSTANCE_UID CGW_TAG(0x0008, 0x0018)
#define CGW_TAG_QUERY_RETRIEVE_LEVEL CGW_TAG(0x0008, 0x0052)
#define CGW_TAG_FAILED_SOP_INSTANCE_UID_LIST CGW_TAG(0x0008, 0x0058)
#define CGW_TAG_PATIENT_ID CGW_TAG(0x0010, 0x0020)
#define CGW_TAG_STUDY_INSTANCE_UID CGW_TAG(0x0020, 0x000D)
#define CGW_TAG_SERIES_INSTANCE_UID CGW_TAG(0x0020, 0x000E)

#endif
