/* Which Identifiers come of the parameters of a search. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/tag.h"
#include "dicomweb/search_plan.h"
#include "dicomweb/search_set.h"

#include <stdio.h>
#include <string.h>

enum { PARAMETERS_MAX = 16, TEXT_BYTES = 2048 };

/* "a=b&c": nothing is escaped. */
struct parsed {
    char text[TEXT_BYTES];
    struct cgw_search_parameter parameters[PARAMETERS_MAX];
    size_t count;
};

static void parse(const char *query, struct parsed *ret_parsed)
{
    *ret_parsed = (struct parsed){0};
    assert_true(strlen(query) < TEXT_BYTES);
    (void)snprintf(ret_parsed->text, TEXT_BYTES, "%s", query);
    for (char *at = ret_parsed->text; *at != '\0';) {
        char *end = at + strcspn(at, "&"), *equals = memchr(at, '=', (size_t)(end - at));
        bool is_last = *end == '\0';
        *end = '\0';
        if (equals != NULL)
            *equals = '\0';
        assert_true(ret_parsed->count < PARAMETERS_MAX);
        ret_parsed->parameters[ret_parsed->count++] =
            (struct cgw_search_parameter){at, equals != NULL ? equals + 1 : ""};
        at = is_last ? end : end + 1;
    }
}

static void append(char text[TEXT_BYTES], const char *more)
{
    size_t used = strlen(text);
    assert_true(used + strlen(more) < TEXT_BYTES);
    (void)snprintf(text + used, TEXT_BYTES - used, "%s", more);
}

/* The elements that have a value, "TAG=VALUE", in items behind the tag of their sequence. */
static void print_set(const struct cgw_data_set *set, const char *around, char text[TEXT_BYTES])
{
    for (size_t i = 0; i < set->count; i++) {
        const struct cgw_element *element = &set->elements[i];
        char word[256];
        (void)snprintf(word, sizeof word, "%s%08X>", around, (unsigned)element->tag);
        if (element->item_count > 0)
            print_set(&element->items[0], word, text);
        if (element->length == 0 || element->tag == CGW_TAG_QUERY_RETRIEVE_LEVEL)
            continue;
        (void)snprintf(word, sizeof word, " %s%08X=%.*s", around, (unsigned)element->tag,
                       (int)element->length, (const char *)element->value);
        append(text, word);
    }
}

static void print_plan(const struct search_plan *plan, char text[TEXT_BYTES])
{
    text[0] = '\0';
    for (int i = (int)plan->first; i <= (int)plan->last; i++) {
        append(text, i > (int)plan->first ? " | " : "");
        append(text, search_level_name((enum cgw_search_level)i));
        print_set(&plan->questions[i].identifier, "", text);
    }
}

static const struct cgw_peer peer = {.name = "main"};

static enum cgw_code make(enum cgw_search_level level, const char *study, const char *series,
                          const char *query, struct search_plan *plan, struct cgw_key_errors *key_errors,
                          struct cgw_error *err)
{
    struct parsed parsed;
    struct cgw_search_options options = {.level = level, .peer = &peer, .max_keys = 20};
    parse(query, &parsed);
    (void)snprintf(options.study, sizeof options.study, "%s", study);
    (void)snprintf(options.series, sizeof options.series, "%s", series);
    options.parameters = parsed.parameters;
    options.parameter_count = parsed.count;
    return search_plan_make(&options, plan, key_errors, err);
}

#define STUDIES CGW_SEARCH_STUDIES
#define SERIES CGW_SEARCH_SERIES
#define INSTANCES CGW_SEARCH_INSTANCES

static const struct {
    const char *what;
    enum cgw_search_level level;
    const char *study, *series, *query, *plan;
} plans[] = {
    {"all studies", STUDIES, "", "", "", "STUDY"},
    {"keywords and tags", STUDIES, "", "", "PatientName=*x*&00100020=a?&StudyDate=20200101-20201231",
     "STUDY 00080020=20200101-20201231 00100010=*x* 00100020=a?"},
    {"a time", STUDIES, "", "", "StudyTime=1000-1200", "STUDY 00080030=1000-1200"},
    {"UTF-8", STUDIES, "", "", "PatientName=M\xC3\xBCller",
     "STUDY 00080005=ISO_IR 192 00100010=M\xC3\xBCller"},
    {"what OHIF sends", STUDIES, "", "",
     "limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060&StudyDescription=*a*&"
     "ModalitiesInStudy=CT&AccessionNumber=*1*",
     "STUDY 00080050=*1* 00080061=CT 00081030=*a*"},
    {"a list of UIDs, by commas", STUDIES, "", "", "StudyInstanceUID=1.2,1.3", "STUDY 0020000D=1.2\\1.3"},
    {"a list of UIDs, by backslashes", STUDIES, "", "", "0020000d=1.2\\1.3", "STUDY 0020000D=1.2\\1.3"},
    {"a list of UIDs, one by one", STUDIES, "", "", "0020000D=1.2&StudyInstanceUID=1.3",
     "STUDY 0020000D=1.2\\1.3"},
    {"the same twice", STUDIES, "", "", "PatientID=a&00100020=a", "STUDY 00100020=a"},
    {"several modalities", STUDIES, "", "", "ModalitiesInStudy=CT,MR", "STUDY 00080061=CT\\MR"},
    {"a comma in a name", STUDIES, "", "", "PatientName=a,b", "STUDY 00100010=a,b"},
    {"an empty key and one with a value", STUDIES, "", "", "PatientID=&PatientID=a", "STUDY 00100020=a"},
    {"a field that is a key too", STUDIES, "", "", "includefield=PatientID&PatientID=a", "STUDY 00100020=a"},
    {"a key of a lower level", STUDIES, "", "", "Modality=CT", "STUDY"},
    {"all series", SERIES, "", "", "", "STUDY | SERIES 0020000D=0"},
    {"keys of two levels", SERIES, "", "", "PatientID=a&Modality=CT",
     "STUDY 00100020=a | SERIES 00080060=CT 0020000D=0"},
    {"the series of a study", SERIES, "1.2", "", "Modality=CT", "SERIES 00080060=CT 0020000D=0"},
    {"a key of the study", SERIES, "1.2", "", "PatientName=a",
     "STUDY 00100010=a 0020000D=1.2 | SERIES 0020000D=0"},
    {"a field of the study", SERIES, "1.2", "", "includefield=StudyDescription",
     "STUDY 0020000D=1.2 | SERIES 0020000D=0"},
    {"the study of the path again", SERIES, "1.2", "", "StudyInstanceUID=1.2", "SERIES 0020000D=0"},
    {"a path into a sequence", SERIES, "1.2", "",
     "RequestAttributesSequence.RequestedProcedureID=5&00400275.00400009=6",
     "SERIES 0020000D=0 00400275>00400009=6 00400275>00401001=5"},
    {"an attribute of no level", SERIES, "1.2", "", "00181314=3", "SERIES 00181314=3 0020000D=0"},
    {"all instances", INSTANCES, "", "", "SOPClassUID=1.2,1.3",
     "STUDY | SERIES 0020000D=0 | IMAGE 00080016=1.2\\1.3 0020000D=0 0020000E=0"},
    {"the instances of a study", INSTANCES, "1.2", "", "Modality=CT",
     "SERIES 00080060=CT 0020000D=0 | IMAGE 0020000D=0 0020000E=0"},
    {"the instances of a series", INSTANCES, "1.2", "1.3", "InstanceNumber=5",
     "IMAGE 0020000D=0 0020000E=0 00200013=5"},
    {"a key of their series", INSTANCES, "1.2", "1.3", "Modality=CT",
     "SERIES 00080060=CT 0020000D=0 0020000E=1.3 | IMAGE 0020000D=0 0020000E=0"},
    {"a UID that is safe only", SERIES, "1.02", "", "PatientID=a",
     "STUDY 00100020=a 0020000D=1.02 | SERIES 0020000D=0"},
    {"what is given in another way", STUDIES, "", "",
     "includefield=00080005&includefield=RetrieveURL,QueryRetrieveLevel&SpecificCharacterSet=", "STUDY"},
};

static void each_level_has_its_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        struct search_plan plan;
        struct cgw_key_errors key_errors = {0};
        struct cgw_error err = CGW_ERROR_INIT;
        char text[TEXT_BYTES];
        if (make(plans[i].level, plans[i].study, plans[i].series, plans[i].query, &plan, &key_errors, &err) !=
            CGW_OK)
            fail_msg("%s: %s", plans[i].what, err.detail);
        print_plan(&plan, text);
        if (strcmp(text, plans[i].plan) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", plans[i].what, text, plans[i].plan);
        search_plan_release(&plan);
        cgw_key_errors_release(&key_errors);
    }
}

static const struct {
    const char *query;
    enum cgw_code code;
    const char *detail; /* a part of it */
    const char *study;  /* of the path; NULL: none */
} faults[] = {
    {"PatientNam=x", CGW_E_BAD_PARAMETER, "PatientName", NULL},
    {"includefield=Modalty", CGW_E_BAD_PARAMETER, "Modality", NULL},
    {"00100020=a&PatientID=b", CGW_E_BAD_PARAMETER, "00100020: is given twice", NULL},
    {"StudyInstanceUID=1.3", CGW_E_BAD_PARAMETER, "the path names another one", "1.2"},
    {"StudyInstanceUID=1.2*", CGW_E_BAD_IDENTIFIER, "StudyInstanceUID: UIDs have no wildcards", NULL},
    {"StudyInstanceUID=1.2,", CGW_E_BAD_IDENTIFIER, "empty", NULL},
    {"StudyDate=yesterday", CGW_E_BAD_IDENTIFIER, "StudyDate: ", NULL},
    {"StudyDate=yesterday&StudyTime=noon", CGW_E_BAD_IDENTIFIER, "2 faults", NULL},
    {"QueryRetrieveLevel=STUDY", CGW_E_BAD_PARAMETER, "QueryRetrieveLevel", NULL},
    {"(0010,0020)=a", CGW_E_BAD_PARAMETER, "is no attribute", NULL},
    {"Patient\x1BID=a", CGW_E_BAD_PARAMETER, "Patient?ID is no attribute", NULL},
    {"=a", CGW_E_BAD_PARAMETER, "is no attribute", NULL},
    {"a.a.a.a.a.a.a.a.a=1", CGW_E_BAD_PARAMETER, "is no attribute", NULL},
    {"PatientName=\xFF", CGW_E_BAD_PARAMETER, "no UTF-8", NULL},
    {"limit=-1", CGW_E_BAD_PARAMETER, "limit: ", NULL},
    {"limit=", CGW_E_BAD_PARAMETER, "limit: ", NULL},
    {"limit=1&limit=2", CGW_E_BAD_PARAMETER, "limit: is given twice", NULL},
    {"offset=1234567890", CGW_E_BAD_PARAMETER, "offset: ", NULL},
    {"fuzzymatching=yes", CGW_E_BAD_PARAMETER, "fuzzymatching: must be true or false", NULL},
    {"includefield=PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,"
     "PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,PatientID,"
     "PatientID,PatientID",
     CGW_E_TOO_MANY_KEYS, "20", NULL},
};

static void faults_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct search_plan plan;
        struct cgw_key_errors key_errors = {0};
        struct cgw_error err = CGW_ERROR_INIT;
        enum cgw_search_level level = faults[i].study != NULL ? SERIES : STUDIES;
        enum cgw_code code = make(level, faults[i].study != NULL ? faults[i].study : "", "", faults[i].query,
                                  &plan, &key_errors, &err);
        if (code != faults[i].code || err.code != code || strstr(err.detail, faults[i].detail) == NULL)
            fail_msg("%s: %s: %s", faults[i].query, cgw_code_name(code), err.detail);
        search_plan_release(&plan);
        cgw_key_errors_release(&key_errors);
    }
}

/* Whether an attribute is asked for at a level. */
static bool asks(enum cgw_search_level level, const char *study, const char *query, enum cgw_search_level at,
                 uint32_t tag)
{
    struct search_plan plan;
    struct cgw_key_errors key_errors = {0};
    assert_int_equal(make(level, study, "", query, &plan, &key_errors, NULL), CGW_OK);
    bool found = cgw_data_set_find(&plan.questions[at].identifier, tag) != NULL;
    search_plan_release(&plan);
    cgw_key_errors_release(&key_errors);
    return found;
}

static void what_the_standard_demands_is_asked_for(void **state)
{
    const uint32_t description = 0x00081030, protocol = 0x00181030;
    (void)state;
    assert_true(asks(STUDIES, "", "", STUDIES, SEARCH_TAG_MODALITIES_IN_STUDY));
    assert_true(asks(STUDIES, "", "", STUDIES, SEARCH_TAG_STUDY_RELATED_INSTANCES));
    assert_false(asks(STUDIES, "", "", STUDIES, description));
    assert_true(asks(STUDIES, "", "includefield=00081030", STUDIES, description));
    assert_true(asks(STUDIES, "", "includefield=PatientID&includefield=all", STUDIES, description));
    assert_true(asks(STUDIES, "", "StudyDescription=", STUDIES, description));
    assert_false(asks(STUDIES, "", "includefield=Modality", STUDIES, SEARCH_TAG_MODALITY));
    assert_true(asks(SERIES, "", "", STUDIES, SEARCH_TAG_MODALITIES_IN_STUDY));
    assert_true(asks(SERIES, "", "", SERIES, 0x00400275));
    assert_false(asks(SERIES, "", "includefield=all", STUDIES, description));
    assert_true(asks(SERIES, "", "includefield=all", SERIES, protocol));
    assert_true(asks(SERIES, "1.2", "includefield=StudyDescription", STUDIES, description));
    assert_false(asks(SERIES, "1.2", "includefield=StudyDescription", STUDIES, CGW_TAG_PATIENT_ID));
    assert_true(asks(INSTANCES, "1.2", "includefield=all", INSTANCES, 0x00083002));
    assert_true(asks(INSTANCES, "1.2", "", SERIES, SEARCH_TAG_MODALITY));
    assert_true(asks(SERIES, "1.2", "includefield=RequestAttributesSequence", SERIES, 0x00400275));
}

static const struct {
    const char *query, *warning;
} warnings[] = {
    {"fuzzymatching=false&limit=3", ""},
    {"fuzzymatching=true",
     "The fuzzymatching parameter is not supported. Only literal matching has been performed."},
    {"Modality=CT&SOPClassUID=1.2",
     "These attributes are of a lower level than the search, and nothing was matched by them: Modality, "
     "SOPClassUID"},
    {"includefield=Modality", ""},
    {"emptyvaluematching=true&SeriesNumber=1",
     "The emptyvaluematching parameter is not supported. Only literal matching has been performed. These "
     "attributes are of a lower level than the search, and nothing was matched by them: SeriesNumber"},
};

static void what_is_not_honoured_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        struct search_plan plan;
        struct cgw_key_errors key_errors = {0};
        assert_int_equal(make(STUDIES, "", "", warnings[i].query, &plan, &key_errors, NULL), CGW_OK);
        assert_string_equal(plan.warning, warnings[i].warning);
        search_plan_release(&plan);
        cgw_key_errors_release(&key_errors);
    }
}

/* Names as long as they come. */
static void a_warning_has_an_end(void **state)
{
    struct search_plan plan;
    struct cgw_key_errors key_errors = {0};
    (void)state;
    assert_int_equal(make(STUDIES, "", "",
                          "RequestAttributesSequence.RequestedProcedureDescription=1&"
                          "RequestAttributesSequence.ScheduledProcedureStepDescription=2&"
                          "RequestAttributesSequence.ReasonForTheRequestedProcedure=3&"
                          "RequestAttributesSequence.RequestedProcedureID=4&"
                          "RequestAttributesSequence.ScheduledProcedureStepID=5&"
                          "PerformedProcedureStepStartDate=20200101&PerformedProcedureStepStartTime=10&"
                          "fuzzymatching=true&emptyvaluematching=true&multiplevaluematching=true",
                          &plan, &key_errors, NULL),
                     CGW_OK);
    assert_true(strlen(plan.warning) < SEARCH_WARNING_BYTES);
    assert_string_equal(plan.warning + strlen(plan.warning) - 4, " ...");
    search_plan_release(&plan);
    cgw_key_errors_release(&key_errors);
}

/* Every attribute of the tables is one that the dictionary knows, so that it can be asked for. */
static void every_attribute_has_one_place(void **state)
{
    struct search_return_key key;
    struct cgw_dictionary_entry entry;
    (void)state;
    for (int i = 0; i < SEARCH_LEVELS; i++) {
        for (size_t j = 0; search_return_key_at((enum cgw_search_level)i, j, &key); j++) {
            if (!cgw_dictionary_find_tag(key.tag, &entry))
                fail_msg("%08X is not in the dictionary", (unsigned)key.tag);
            assert_int_equal(search_level_of(key.tag, (enum cgw_search_level)i), i);
        }
    }
    assert_int_equal(search_level_of(0x00100040, INSTANCES), STUDIES);
    assert_int_equal(search_level_of(0x00109999, INSTANCES), STUDIES);
    assert_int_equal(search_level_of(0x00181314, SERIES), SERIES);
}

static int load(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_level_has_its_keys),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(what_the_standard_demands_is_asked_for),
        cmocka_unit_test(what_is_not_honoured_is_told),
        cmocka_unit_test(a_warning_has_an_end),
        cmocka_unit_test(every_attribute_has_one_place),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
