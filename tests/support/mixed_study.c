#include "support/mixed_study.h"

#include "support/process.h"
#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENCODE_TIMEOUT_MS = 30000, MAX_WORDS = 8, SIDE = 64 };

static const struct {
    const char *transfer_syntax;
    const char *tool[MAX_WORDS]; /* [0] NULL: as it was made */
} rows[MIXED_COUNT] = {
    [MIXED_EXPLICIT_LE] = {EXPLICIT_LE, {NULL}},
    [MIXED_IMPLICIT_LE] = {IMPLICIT_LE, {"dcmconv", "+ti"}},
    [MIXED_EXPLICIT_BE] = {EXPLICIT_BE, {"dcmconv", "+tb"}},
    [MIXED_DEFLATED] = {DEFLATED_LE, {"dcmconv", "+td"}},
    [MIXED_RLE] = {RLE_LOSSLESS, {"dcmcrle"}},
    [MIXED_JPEG_BASELINE] = {JPEG_BASELINE, {"dcmcjpeg", "+eb", "+un"}},
    [MIXED_JPEG_LOSSLESS] = {JPEG_LOSSLESS, {"dcmcjpeg", "+e1"}},
    [MIXED_JPEG_LS] = {JPEG_LS_LOSSLESS, {"dcmcjpls"}},
    [MIXED_JPEG_2000] = {JPEG_2000_LOSSLESS, {"gdcmconv", "--j2k"}},
};

const char *mixed_transfer_syntax(enum mixed_instance instance)
{
    return rows[instance].transfer_syntax;
}

bool study_instance_encode(struct study_instance *instance, const char *const *tool,
                           struct support_error *err)
{
    const char *arguments[MAX_WORDS + 3] = {NULL};
    size_t count = 0, length = 0;
    char *path = NULL;
    while (count < MAX_WORDS && tool[count] != NULL) {
        arguments[count] = tool[count];
        count++;
    }
    if (asprintf(&path, "%s.encoded", instance->path) < 0) {
        support_fail(err, "out of memory");
        return false;
    }
    arguments[count] = instance->path;
    arguments[count + 1] = path;
    const struct process_options run = {.argv = arguments};
    uint8_t *bytes = process_run(&run, ENCODE_TIMEOUT_MS, NULL, err) ? file_read(path, &length, err) : NULL;
    if (bytes == NULL) {
        free(path);
        return false;
    }
    bool good = length % 2 == 0 || file_write(path, bytes, ++length, err); /* the NUL that file_read adds */
    free(bytes);
    free(instance->path);
    instance->path = path;
    instance->file_bytes = length;
    return good;
}

struct study *mixed_study_make(const char *directory, uint64_t seed, struct support_error *err)
{
    const struct study_options options = {.seed = seed,
                                          .modalities = {STUDY_MULTIFRAME},
                                          .modality_count = 1,
                                          .instances = MIXED_COUNT,
                                          .pixel_bytes = (uint64_t)SIDE * SIDE,
                                          .frames = 1};
    struct study *study = study_make(directory, &options, err);
    for (size_t i = 0; study != NULL && i < MIXED_COUNT; i++) {
        if (rows[i].tool[0] != NULL && !study_instance_encode(&study->instances[i], rows[i].tool, err)) {
            study_free(study);
            return NULL;
        }
    }
    return study;
}
