#include "support/make_study.h"

#include "support/pattern.h"
#include "support/study_internal.h"
#include "support/temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UID_STUDY = 1, UID_SERIES_BASE = 1 << 16, UID_INSTANCE_BASE = 1 << 24, DEFAULT_SIDE = 128 };

struct modality_row {
    const char *name;     /* on the command line */
    const char *modality; /* (0008,0060) */
    const char *sop_class;
};

static const struct modality_row modality_rows[STUDY_MODALITY_COUNT] = {
    [STUDY_CT] = {"CT", "CT", "1.2.840.10008.5.1.4.1.1.2"},
    [STUDY_MR] = {"MR", "MR", "1.2.840.10008.5.1.4.1.1.4"},
    [STUDY_SR] = {"SR", "SR", "1.2.840.10008.5.1.4.1.1.88.11"},
    [STUDY_MULTIFRAME] = {"MF", "OT", "1.2.840.10008.5.1.4.1.1.7.2"},
    [STUDY_PDF] = {"PDF", "DOC", "1.2.840.10008.5.1.4.1.1.104.1"},
};

bool study_modality_from_name(const char *name, enum study_modality *ret_modality)
{
    for (int i = 0; i < STUDY_MODALITY_COUNT; i++) {
        if (strcmp(modality_rows[i].name, name) == 0) {
            *ret_modality = (enum study_modality)i;
            return true;
        }
    }
    return false;
}

void study_uid(uint64_t seed, uint64_t number, char uid[STUDY_UID_BYTES])
{
    /* A UUID of version 4 in form (RFC 4122 4.4), written as one decimal number. */
    uint64_t high = (pattern_mix(seed, number * 2) & ~0xF000ull) | 0x4000ull;
    uint64_t low = (pattern_mix(seed, number * 2 + 1) & ~(3ull << 62)) | 2ull << 62;
    unsigned __int128 value = (unsigned __int128)high << 64 | low;
    char digits[40];
    size_t at = sizeof(digits);
    digits[--at] = '\0';
    for (; value != 0; value /= 10)
        digits[--at] = (char)('0' + (int)(value % 10));
    (void)snprintf(uid, STUDY_UID_BYTES, "2.25.%s", digits + at);
}

void study_sparse_fill(uint64_t seed, size_t instance, uint64_t offset, uint8_t *bytes, size_t length)
{
    uint64_t own_seed = pattern_mix(seed, instance);
    while (length > 0) {
        size_t in_block = (size_t)(offset % STUDY_SPARSE_BLOCK_BYTES);
        bool in_mark = in_block < STUDY_SPARSE_MARK_BYTES;
        size_t take =
            (in_mark ? (size_t)STUDY_SPARSE_MARK_BYTES : (size_t)STUDY_SPARSE_BLOCK_BYTES) - in_block;
        if (take > length)
            take = length;
        if (in_mark)
            pattern_fill(own_seed, offset, bytes, take);
        else
            memset(bytes, 0, take);
        bytes += take;
        offset += take;
        length -= take;
    }
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

void write_identification(struct dicom_writer *writer, const struct instance_plan *plan,
                          const char *image_type, const char *conversion_type)
{
    const struct study_options *options = plan->options;
    bool document = plan->kind == STUDY_SR || plan->kind == STUDY_PDF;
    if (!is_ascii(options->patient_name) || !is_ascii(plan->study->patient_id))
        writer_text(writer, 0x00080005, "CS", "ISO_IR 192");
    if (image_type[0] != '\0')
        writer_text(writer, 0x00080008, "CS", image_type);
    writer_text(writer, 0x00080016, "UI", plan->instance->sop_class);
    writer_text(writer, 0x00080018, "UI", plan->instance->sop_instance);
    writer_text(writer, 0x00080020, "DA", options->study_date);
    if (document)
        writer_text(writer, 0x00080023, "DA", options->study_date);
    if (plan->kind == STUDY_PDF)
        writer_text(writer, 0x0008002A, "DT", "");
    writer_text(writer, 0x00080030, "TM", "104600");
    if (document)
        writer_text(writer, 0x00080033, "TM", "104700");
    writer_text(writer, 0x00080050, "SH", "");
    writer_text(writer, 0x00080060, "CS", plan->modality);
    if (conversion_type[0] != '\0')
        writer_text(writer, 0x00080064, "CS", conversion_type);
    writer_text(writer, 0x00080070, "LO", "cgetway");
    writer_text(writer, 0x00080090, "PN", "");
    writer_text(writer, 0x00081030, "LO", "Ellipse phantom");
    writer_format(writer, 0x0008103E, "LO", "%s series %zu", plan->modality, plan->instance->series + 1);
    if (plan->kind == STUDY_SR)
        writer_head(writer, 0x00081111, "SQ", 0);
}

void write_patient(struct dicom_writer *writer, const struct instance_plan *plan)
{
    writer_text(writer, 0x00100010, "PN", plan->options->patient_name);
    writer_text(writer, 0x00100020, "LO", plan->study->patient_id);
    writer_text(writer, 0x00100030, "DA", "19740930");
    writer_text(writer, 0x00100040, "CS", "O");
}

void write_relationship(struct dicom_writer *writer, const struct instance_plan *plan)
{
    writer_text(writer, 0x0020000D, "UI", plan->study->study_uid);
    writer_text(writer, 0x0020000E, "UI", plan->study->series_uids[plan->instance->series]);
    writer_text(writer, 0x00200010, "SH", "1");
    writer_format(writer, 0x00200011, "IS", "%zu", plan->instance->series + 1);
    if (plan->kind == STUDY_CT || plan->kind == STUDY_MR)
        writer_text(writer, 0x00200012, "IS", "1");
    writer_format(writer, 0x00200013, "IS", "%zu", plan->number);
}

static bool is_image(enum study_modality kind)
{
    return kind == STUDY_CT || kind == STUDY_MR || kind == STUDY_MULTIFRAME;
}

static struct instance_plan plan_instance(const struct study *study, const struct study_options *options,
                                          size_t index)
{
    size_t series = index % study->series_count;
    struct instance_plan plan = {
        .options = options,
        .study = study,
        .instance = &study->instances[index],
        .kind = options->modalities[series % options->modality_count],
        .index = index,
        .number = index / study->series_count + 1,
        .in_series = (study->instance_count - series - 1) / study->series_count + 1,
        .frames = 1,
    };
    plan.modality = modality_rows[plan.kind].modality;
    uint64_t bytes_per_pixel = plan.kind == STUDY_MULTIFRAME ? 1 : 2;
    if (plan.kind == STUDY_MULTIFRAME)
        plan.frames = (uint32_t)options->frames;
    uint64_t pixels = options->pixel_bytes == 0 ? (uint64_t)DEFAULT_SIDE * DEFAULT_SIDE
                                                : options->pixel_bytes / bytes_per_pixel / plan.frames;
    image_rectangle(pixels, &plan.rows, &plan.columns);
    plan.pixel_bytes = (uint64_t)plan.rows * plan.columns * bytes_per_pixel * plan.frames;
    plan.pixel_bytes += plan.pixel_bytes % 2;
    return plan;
}

/* Holes between the marks: the file takes little room and is as long as it says. */
static bool write_sparse(const char *path, const struct dicom_writer *head, const struct instance_plan *plan,
                         struct support_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    uint8_t mark[STUDY_SPARSE_MARK_BYTES];
    bool good = fd >= 0 && pwrite(fd, head->bytes, head->length, 0) == (ssize_t)head->length;
    for (uint64_t at = 0; good && at < plan->pixel_bytes; at += STUDY_SPARSE_BLOCK_BYTES) {
        size_t length =
            plan->pixel_bytes - at < sizeof(mark) ? (size_t)(plan->pixel_bytes - at) : sizeof(mark);
        study_sparse_fill(plan->options->seed, plan->index, at, mark, length);
        good = pwrite(fd, mark, length, (off_t)(head->length + at)) == (ssize_t)length;
    }
    good = good && ftruncate(fd, (off_t)(head->length + plan->pixel_bytes)) == 0;
    if (!good)
        support_fail(err, "%s: %s", path, strerror(errno));
    if (fd >= 0 && close(fd) != 0)
        good = false;
    return good;
}

static bool write_instance(struct dicom_writer *writer, struct study_instance *instance,
                           const struct instance_plan *plan, struct support_error *err)
{
    writer->length = 0;
    writer_meta(writer, instance->sop_class, instance->sop_instance);
    if (plan->kind == STUDY_SR)
        write_report(writer, plan);
    else if (plan->kind == STUDY_PDF)
        write_pdf(writer, plan);
    else
        write_image(writer, plan);
    bool sparse = is_image(plan->kind) && plan->pixel_bytes > STUDY_SPARSE_FROM_BYTES;
    if (is_image(plan->kind) && !sparse) {
        uint8_t *pixels = writer_grow(writer, (size_t)plan->pixel_bytes);
        if (pixels != NULL)
            draw_image(pixels, plan);
    }
    if (writer->failed) {
        support_fail(err, "out of memory");
        return false;
    }
    instance->file_bytes = writer->length + (sparse ? plan->pixel_bytes : 0);
    return sparse ? write_sparse(instance->path, writer, plan, err)
                  : file_write(instance->path, writer->bytes, writer->length, err);
}

static bool name_everything(struct study *study, const char *directory, const struct study_options *options)
{
    study_uid(options->seed, UID_STUDY, study->study_uid);
    if (options->patient_id != NULL)
        study->patient_id = strdup(options->patient_id);
    else if (asprintf(&study->patient_id, "CGW-%llu", (unsigned long long)options->seed) < 0)
        study->patient_id = NULL;
    study->series_uids = calloc(study->series_count, sizeof(*study->series_uids));
    study->instances = calloc(study->instance_count, sizeof(*study->instances));
    if (study->patient_id == NULL || study->series_uids == NULL || study->instances == NULL)
        return false;
    for (size_t i = 0; i < study->series_count; i++)
        study_uid(options->seed, UID_SERIES_BASE + i, study->series_uids[i]);
    for (size_t i = 0; i < study->instance_count; i++) {
        struct study_instance *instance = &study->instances[i];
        instance->series = i % study->series_count;
        enum study_modality kind = options->modalities[instance->series % options->modality_count];
        (void)snprintf(instance->sop_class, sizeof(instance->sop_class), "%s",
                       options->sop_classes != NULL ? options->sop_classes[i]
                                                    : modality_rows[kind].sop_class);
        study_uid(options->seed, UID_INSTANCE_BASE + i, instance->sop_instance);
        if (asprintf(&instance->path, "%s/%s-s%02zu-i%05zu.dcm", directory, modality_rows[kind].name,
                     instance->series + 1, i / study->series_count + 1) < 0)
            instance->path = NULL;
        if (instance->path == NULL)
            return false;
    }
    return true;
}

static struct study_options with_defaults(const struct study_options *options)
{
    struct study_options full = *options;
    if (full.modality_count == 0)
        full.modalities[full.modality_count++] = STUDY_CT;
    full.series = full.series == 0 ? full.modality_count : full.series;
    full.instances = full.instances == 0 ? full.series : full.instances;
    full.series = full.series > full.instances ? full.instances : full.series;
    full.frames = full.frames == 0 ? 10 : full.frames;
    full.patient_name = full.patient_name == NULL ? "Phantom^Ellipse" : full.patient_name;
    full.study_date = full.study_date == NULL ? "20240229" : full.study_date;
    return full;
}

struct study *study_make(const char *directory, const struct study_options *options,
                         struct support_error *err)
{
    struct study_options full = with_defaults(options);
    struct dicom_writer writer = {.bytes = NULL};
    struct study *study = calloc(1, sizeof(*study));
    if (study == NULL)
        return NULL;
    study->series_count = full.series;
    study->instance_count = full.instances;
    bool good = name_everything(study, directory, &full);
    if (!good)
        support_fail(err, "out of memory");
    for (size_t i = 0; good && i < study->instance_count; i++) {
        struct instance_plan plan = plan_instance(study, &full, i);
        good = write_instance(&writer, &study->instances[i], &plan, err);
    }
    writer_release(&writer);
    if (!good) {
        study_free(study);
        return NULL;
    }
    return study;
}

void study_free(struct study *study)
{
    if (study == NULL)
        return;
    for (size_t i = 0; study->instances != NULL && i < study->instance_count; i++)
        free(study->instances[i].path);
    free(study->instances);
    free(study->series_uids);
    free(study->patient_id);
    free(study);
}

const char **study_paths(const struct study *study)
{
    const char **paths = calloc(study->instance_count, sizeof(*paths));
    for (size_t i = 0; paths != NULL && i < study->instance_count; i++)
        paths[i] = study->instances[i].path;
    return paths;
}

json_t *study_to_json(const struct study *study)
{
    json_t *series = json_array();
    json_t *instances = json_array();
    for (size_t i = 0; i < study->series_count; i++)
        (void)json_array_append_new(series, json_string(study->series_uids[i]));
    for (size_t i = 0; i < study->instance_count; i++) {
        const struct study_instance *instance = &study->instances[i];
        (void)json_array_append_new(instances,
                                    json_pack("{ss ss ss ss sI}", "sopInstanceUid", instance->sop_instance,
                                              "sopClassUid", instance->sop_class, "seriesInstanceUid",
                                              study->series_uids[instance->series], "file", instance->path,
                                              "bytes", (json_int_t)instance->file_bytes));
    }
    return json_pack("{ss ss so so}", "studyInstanceUid", study->study_uid, "patientId", study->patient_id,
                     "series", series, "instances", instances);
}
