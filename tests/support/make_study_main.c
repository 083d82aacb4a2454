/* make-study: see usage(). */
#include "support/make_study.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void usage(FILE *to)
{
    (void)fputs(
        "usage: make-study [options] DIRECTORY\n"
        "Writes a synthetic study as DICOM files (Explicit VR Little Endian) and prints its UIDs as JSON.\n\n"
        "  --instances N      instances of the study (1)\n"
        "  --pixel-bytes N    bytes of pixel data in an instance, about (32768); above 64 MiB a sparse\n"
        "                     pattern instead of a picture\n"
        "  --series N         series; the instances are dealt to them in turn (as many as modalities)\n"
        "  --modality LIST    of CT, MR, SR, MF (multi-frame), PDF: those of the series, in turn (CT)\n"
        "  --frames N         frames of a multi-frame instance (10)\n"
        "  --seed N           the UIDs and the patterns follow from it (1)\n"
        "  --patient-name PN  UTF-8 (Phantom^Ellipse)\n"
        "  --patient-id ID    (CGW-<seed>)\n"
        "  --study-date DATE  YYYYMMDD (20240229)\n"
        "  --help             this text\n",
        to);
}

static bool parse_number(const char *text, uint64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *ret_number = number;
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

static bool parse_modalities(char *list, struct study_options *options)
{
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        if (options->modality_count == STUDY_MAX_MODALITIES ||
            !study_modality_from_name(name, &options->modalities[options->modality_count++]))
            return false;
    }
    return options->modality_count > 0;
}

/* False: bad option or value. */
static bool parse_option(int option, char *value, struct study_options *options)
{
    uint64_t number = 0;
    switch (option) {
    case 'm':
        return parse_modalities(value, options);
    case 'N':
        options->patient_name = value;
        return true;
    case 'I':
        options->patient_id = value;
        return true;
    case 'D':
        options->study_date = value;
        return true;
    default:
        break;
    }
    if (value == NULL || !parse_number(value, &number))
        return false;
    switch (option) {
    case 'i':
        options->instances = (size_t)number;
        return true;
    case 'p':
        options->pixel_bytes = number;
        return true;
    case 's':
        options->series = (size_t)number;
        return true;
    case 'f':
        options->frames = (size_t)number;
        return true;
    case 'S':
        options->seed = number;
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"instances", required_argument, NULL, 'i'},
        {"pixel-bytes", required_argument, NULL, 'p'},
        {"series", required_argument, NULL, 's'},
        {"modality", required_argument, NULL, 'm'},
        {"frames", required_argument, NULL, 'f'},
        {"seed", required_argument, NULL, 'S'},
        {"patient-name", required_argument, NULL, 'N'},
        {"patient-id", required_argument, NULL, 'I'},
        {"study-date", required_argument, NULL, 'D'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct study_options options = {.seed = 1};
    for (int option; (option = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
        if (option == 'h') {
            usage(stdout);
            return 0;
        }
        if (option == '?' || !parse_option(option, optarg, &options)) {
            if (option != '?')
                (void)fprintf(stderr, "make-study: bad value: %s\n", optarg);
            usage(stderr);
            return 2;
        }
    }
    if (optind != argc - 1) {
        usage(stderr);
        return 2;
    }
    struct support_error err = {.text = ""};
    if (mkdir(argv[optind], 0777) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "make-study: %s: %s\n", argv[optind], strerror(errno));
        return 1;
    }
    char *directory = realpath(argv[optind], NULL);
    struct study *study = directory == NULL ? NULL : study_make(directory, &options, &err);
    free(directory);
    if (study == NULL) {
        (void)fprintf(stderr, "make-study: %s\n", err.text);
        return 1;
    }
    json_t *json = study_to_json(study);
    int result = json == NULL || json_dumpf(json, stdout, JSON_INDENT(1)) != 0 || putchar('\n') == EOF;
    json_decref(json);
    study_free(study);
    return result;
}
