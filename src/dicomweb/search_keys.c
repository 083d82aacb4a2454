#include "search_keys.h"

#include "cgetway/tag.h"

struct attribute {
    uint32_t tag, in_item;
    enum { RETURNED, OPTIONAL } kind;
};

/* Patient attributes are those of the study here. */
static const struct attribute study_attributes[] = {
    {0x00080020, 0, RETURNED}, /* Study Date */
    {0x00080030, 0, RETURNED}, /* Study Time */
    {0x00080050, 0, RETURNED}, /* Accession Number */
    {0x00080056, 0, RETURNED}, /* Instance Availability */
    {0x00080061, 0, RETURNED}, /* Modalities in Study */
    {0x00080090, 0, RETURNED}, /* Referring Physician's Name */
    {0x00080201, 0, RETURNED}, /* Timezone Offset From UTC */
    {0x00100010, 0, RETURNED}, /* Patient's Name */
    {0x00100020, 0, RETURNED}, /* Patient ID */
    {0x00100030, 0, RETURNED}, /* Patient's Birth Date */
    {0x00100040, 0, RETURNED}, /* Patient's Sex */
    {0x0020000D, 0, RETURNED}, /* Study Instance UID */
    {0x00200010, 0, RETURNED}, /* Study ID */
    {0x00201206, 0, RETURNED}, /* Number of Study Related Series */
    {0x00201208, 0, RETURNED}, /* Number of Study Related Instances */
    {0x00080051, 0, OPTIONAL}, /* Issuer of Accession Number Sequence */
    {0x00080062, 0, OPTIONAL}, /* SOP Classes in Study */
    {0x00080063, 0, OPTIONAL}, /* Anatomic Regions in Study Code Sequence */
    {0x00081030, 0, OPTIONAL}, /* Study Description */
    {0x00081032, 0, OPTIONAL}, /* Procedure Code Sequence */
    {0x00081048, 0, OPTIONAL}, /* Physician(s) of Record */
    {0x00081060, 0, OPTIONAL}, /* Name of Physician(s) Reading Study */
    {0x00081080, 0, OPTIONAL}, /* Admitting Diagnoses Description */
    {0x00081110, 0, OPTIONAL}, /* Referenced Study Sequence */
    {0x00081120, 0, OPTIONAL}, /* Referenced Patient Sequence */
    {0x00100021, 0, OPTIONAL}, /* Issuer of Patient ID */
    {0x00100032, 0, OPTIONAL}, /* Patient's Birth Time */
    {0x00101001, 0, OPTIONAL}, /* Other Patient Names */
    {0x00101002, 0, OPTIONAL}, /* Other Patient IDs Sequence */
    {0x00101010, 0, OPTIONAL}, /* Patient's Age */
    {0x00101020, 0, OPTIONAL}, /* Patient's Size */
    {0x00101030, 0, OPTIONAL}, /* Patient's Weight */
    {0x00102160, 0, OPTIONAL}, /* Ethnic Group */
    {0x00102180, 0, OPTIONAL}, /* Occupation */
    {0x001021B0, 0, OPTIONAL}, /* Additional Patient History */
    {0x00104000, 0, OPTIONAL}, /* Patient Comments */
    {0x00201200, 0, OPTIONAL}, /* Number of Patient Related Studies */
    {0x00201202, 0, OPTIONAL}, /* Number of Patient Related Series */
    {0x00201204, 0, OPTIONAL}, /* Number of Patient Related Instances */
};

static const struct attribute series_attributes[] = {
    {0x00080060, 0, RETURNED},          /* Modality */
    {0x00080201, 0, RETURNED},          /* Timezone Offset From UTC */
    {0x0008103E, 0, RETURNED},          /* Series Description */
    {0x0020000E, 0, RETURNED},          /* Series Instance UID */
    {0x00200011, 0, RETURNED},          /* Series Number */
    {0x00201209, 0, RETURNED},          /* Number of Series Related Instances */
    {0x00400244, 0, RETURNED},          /* Performed Procedure Step Start Date */
    {0x00400245, 0, RETURNED},          /* Performed Procedure Step Start Time */
    {0x00400275, 0x00400009, RETURNED}, /* Request Attributes Sequence > Scheduled Procedure Step ID */
    {0x00400275, 0x00401001, RETURNED}, /* Request Attributes Sequence > Requested Procedure ID */
    {0x00080021, 0, OPTIONAL},          /* Series Date */
    {0x00080031, 0, OPTIONAL},          /* Series Time */
    {0x00080070, 0, OPTIONAL},          /* Manufacturer */
    {0x00080080, 0, OPTIONAL},          /* Institution Name */
    {0x00081010, 0, OPTIONAL},          /* Station Name */
    {0x0008103F, 0, OPTIONAL},          /* Series Description Code Sequence */
    {0x00081040, 0, OPTIONAL},          /* Institutional Department Name */
    {0x00081050, 0, OPTIONAL},          /* Performing Physician's Name */
    {0x00081070, 0, OPTIONAL},          /* Operators' Name */
    {0x00081090, 0, OPTIONAL},          /* Manufacturer's Model Name */
    {0x00081111, 0, OPTIONAL},          /* Referenced Performed Procedure Step Sequence */
    {0x00180015, 0, OPTIONAL},          /* Body Part Examined */
    {0x00181000, 0, OPTIONAL},          /* Device Serial Number */
    {0x00181020, 0, OPTIONAL},          /* Software Versions */
    {0x00181030, 0, OPTIONAL},          /* Protocol Name */
    {0x00185100, 0, OPTIONAL},          /* Patient Position */
    {0x00200052, 0, OPTIONAL},          /* Frame of Reference UID */
    {0x00200060, 0, OPTIONAL},          /* Laterality */
    {0x00201040, 0, OPTIONAL},          /* Position Reference Indicator */
    {0x00400250, 0, OPTIONAL},          /* Performed Procedure Step End Date */
    {0x00400251, 0, OPTIONAL},          /* Performed Procedure Step End Time */
    {0x00400253, 0, OPTIONAL},          /* Performed Procedure Step ID */
    {0x00400254, 0, OPTIONAL},          /* Performed Procedure Step Description */
    {0x00400260, 0, OPTIONAL},          /* Performed Protocol Code Sequence */
};

static const struct attribute instance_attributes[] = {
    {0x00080016, 0, RETURNED}, /* SOP Class UID */
    {0x00080018, 0, RETURNED}, /* SOP Instance UID */
    {0x00080056, 0, RETURNED}, /* Instance Availability */
    {0x00080201, 0, RETURNED}, /* Timezone Offset From UTC */
    {0x00200013, 0, RETURNED}, /* Instance Number */
    {0x00280008, 0, RETURNED}, /* Number of Frames */
    {0x00280010, 0, RETURNED}, /* Rows */
    {0x00280011, 0, RETURNED}, /* Columns */
    {0x00280100, 0, RETURNED}, /* Bits Allocated */
    {0x00080008, 0, OPTIONAL}, /* Image Type */
    {0x00080012, 0, OPTIONAL}, /* Instance Creation Date */
    {0x00080013, 0, OPTIONAL}, /* Instance Creation Time */
    {0x00080022, 0, OPTIONAL}, /* Acquisition Date */
    {0x00080023, 0, OPTIONAL}, /* Content Date */
    {0x0008002A, 0, OPTIONAL}, /* Acquisition DateTime */
    {0x00080032, 0, OPTIONAL}, /* Acquisition Time */
    {0x00080033, 0, OPTIONAL}, /* Content Time */
    {0x00083001, 0, OPTIONAL}, /* Alternate Representation Sequence */
    {0x00083002, 0, OPTIONAL}, /* Available Transfer Syntax UID */
    {0x00200012, 0, OPTIONAL}, /* Acquisition Number */
    {0x00200032, 0, OPTIONAL}, /* Image Position (Patient) */
    {0x00200037, 0, OPTIONAL}, /* Image Orientation (Patient) */
    {0x00201041, 0, OPTIONAL}, /* Slice Location */
    {0x00204000, 0, OPTIONAL}, /* Image Comments */
    {0x00280002, 0, OPTIONAL}, /* Samples per Pixel */
    {0x00280004, 0, OPTIONAL}, /* Photometric Interpretation */
    {0x00280030, 0, OPTIONAL}, /* Pixel Spacing */
    {0x00280101, 0, OPTIONAL}, /* Bits Stored */
    {0x0040A043, 0, OPTIONAL}, /* Concept Name Code Sequence */
    {0x0040A491, 0, OPTIONAL}, /* Completion Flag */
    {0x0040A493, 0, OPTIONAL}, /* Verification Flag */
    {0x00420010, 0, OPTIONAL}, /* Document Title */
    {0x00700080, 0, OPTIONAL}, /* Content Label */
    {0x00700081, 0, OPTIONAL}, /* Content Description */
};

#define ATTRIBUTES(table)                                                                                    \
    {                                                                                                        \
        (table), sizeof(table) / sizeof(table)[0]                                                            \
    }

static const struct level {
    struct {
        const struct attribute *items;
        size_t count;
    } attributes;
    const char *name;
    uint32_t unique_key;
} levels[SEARCH_LEVELS] = {
    [CGW_SEARCH_STUDIES] = {ATTRIBUTES(study_attributes), "STUDY", CGW_TAG_STUDY_INSTANCE_UID},
    [CGW_SEARCH_SERIES] = {ATTRIBUTES(series_attributes), "SERIES", CGW_TAG_SERIES_INSTANCE_UID},
    [CGW_SEARCH_INSTANCES] = {ATTRIBUTES(instance_attributes), "IMAGE", CGW_TAG_SOP_INSTANCE_UID},
};

const char *search_level_name(enum cgw_search_level level)
{
    return levels[level].name;
}

uint32_t search_unique_key(enum cgw_search_level level)
{
    return levels[level].unique_key;
}

static bool is_of(uint32_t tag, const struct level *level)
{
    for (size_t i = 0; i < level->attributes.count; i++) {
        if (level->attributes.items[i].tag == tag)
            return true;
    }
    return false;
}

enum cgw_search_level search_level_of(uint32_t tag, enum cgw_search_level searched)
{
    enum { PATIENT_GROUP = 0x0010 };
    if (is_of(tag, &levels[searched])) /* some are of several levels */
        return searched;
    for (int i = 0; i < SEARCH_LEVELS; i++) {
        if (is_of(tag, &levels[i]))
            return (enum cgw_search_level)i;
    }
    return CGW_TAG_GROUP(tag) == PATIENT_GROUP ? CGW_SEARCH_STUDIES : searched;
}

bool search_return_key_at(enum cgw_search_level level, size_t index, struct search_return_key *ret_key)
{
    if (index >= levels[level].attributes.count)
        return false;
    const struct attribute *attribute = &levels[level].attributes.items[index];
    *ret_key = (struct search_return_key){attribute->tag, attribute->in_item, attribute->kind == OPTIONAL};
    return true;
}
