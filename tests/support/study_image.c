#include "support/study_internal.h"

#include <math.h>
#include <string.h>

enum { SOFT_LEVELS = 12, FIELD_OF_VIEW_MM = 240, MAX_SIDE = 65535 };

/* An ellipse of the phantom of Shepp and Logan, in a square from -1 to 1; it adds weight to the level of what
 * it covers. The levels are those of the modified phantom in tenths; the skull starts at 11 to tell it from
 * air at 0. */
struct ellipse {
    int weight;
    double half_width, half_height, x, y, degrees;
};

static const struct ellipse head[] = {
    {11, 0.69, 0.92, 0, 0, 0},          {-8, 0.6624, 0.874, 0, -0.0184, 0},  {-2, 0.11, 0.31, 0.22, 0, -18},
    {-2, 0.16, 0.41, -0.22, 0, 18},     {1, 0.21, 0.25, 0, 0.35, 0},         {1, 0.046, 0.046, 0, 0.1, 0},
    {1, 0.046, 0.046, 0, -0.1, 0},      {1, 0.046, 0.023, -0.08, -0.605, 0}, {1, 0.023, 0.023, 0, -0.606, 0},
    {1, 0.023, 0.046, 0.06, -0.605, 0},
};

/* Level to stored value. CT: Hounsfield units + 1024. */
static const uint16_t ct_values[SOFT_LEVELS] = {24,   1029, 1049, 1064, 1104, 1124,
                                                1144, 1164, 1184, 1204, 1224, 1924};
static const uint16_t mr_values[SOFT_LEVELS] = {4, 900, 640, 520, 430, 380, 340, 300, 260, 220, 180, 90};
static const uint8_t byte_values[SOFT_LEVELS] = {0, 30, 70, 95, 140, 160, 170, 180, 190, 200, 210, 250};

void image_rectangle(uint64_t pixels, uint16_t *ret_rows, uint16_t *ret_columns)
{
    uint64_t rows = (uint64_t)sqrt((double)pixels);
    if (rows == 0)
        rows = 1;
    /* The nearest divisor, so that usual sizes come out exactly; not one that makes a ribbon. */
    for (uint64_t divisor = rows; divisor > rows / 2; divisor--) {
        if (pixels % divisor == 0) {
            rows = divisor;
            break;
        }
    }
    uint64_t columns = pixels / rows;
    *ret_rows = (uint16_t)(rows > MAX_SIDE ? MAX_SIDE : rows);
    *ret_columns = (uint16_t)(columns > MAX_SIDE ? MAX_SIDE : columns < 1 ? 1 : columns);
}

static void add_ellipse_to_row(int8_t *levels, size_t columns, double scale, double y,
                               const struct ellipse *ellipse)
{
    double angle = ellipse->degrees * 3.14159265358979 / 180;
    double cosine = cos(angle);
    double sine = sin(angle);
    double across = 1 / (ellipse->half_width * ellipse->half_width);
    double along = 1 / (ellipse->half_height * ellipse->half_height);
    double dy = y - ellipse->y;
    double a = cosine * cosine * across + sine * sine * along;
    double b = 2 * dy * cosine * sine * (across - along);
    double c = dy * dy * (sine * sine * across + cosine * cosine * along) - 1;
    double root = b * b - 4 * a * c;
    if (root <= 0)
        return;
    double middle = (double)columns / 2 + (ellipse->x - b / (2 * a)) * scale;
    double half = sqrt(root) / (2 * a) * scale;
    double first = ceil(middle - half - 0.5);
    double last = floor(middle + half - 0.5);
    first = first < 0 ? 0 : first;
    last = last > (double)columns - 1 ? (double)columns - 1 : last;
    for (double x = first; x <= last; x++)
        levels[(size_t)x] = (int8_t)(levels[(size_t)x] + ellipse->weight);
}

/* The slice at `through` (0..1) of the head: smaller towards both ends, with a disc that goes round once. */
static void draw_row(int8_t *levels, size_t rows, size_t columns, size_t row, double through)
{
    double smaller = (double)(rows < columns ? rows : columns) / 2;
    double y = ((double)rows / 2 - ((double)row + 0.5)) / smaller;
    double away = 0.85 * (2 * through - 1);
    double size = sqrt(1 - away * away);
    memset(levels, 0, columns);
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
        struct ellipse part = head[i];
        part.half_width *= size;
        part.half_height *= size;
        part.x *= size;
        part.y *= size;
        add_ellipse_to_row(levels, columns, smaller, y, &part);
    }
    double turn = 2 * 3.14159265358979 * through;
    struct ellipse disc = {2, 0.05, 0.05, 0.5 * size * sin(turn), 0.6 * size * cos(turn), 0};
    add_ellipse_to_row(levels, columns, smaller, y, &disc);
}

static double slice_through(size_t index, size_t count)
{
    return count < 2 ? 0.5 : (double)index / (double)count;
}

static size_t level_of(int8_t level)
{
    return level < 0 ? 0 : level >= SOFT_LEVELS ? SOFT_LEVELS - 1 : (size_t)level;
}

static void store_row(uint8_t *to, const int8_t *levels, const struct instance_plan *plan)
{
    if (plan->kind == STUDY_MULTIFRAME) {
        for (size_t x = 0; x < plan->columns; x++)
            to[x] = byte_values[level_of(levels[x])];
        return;
    }
    const uint16_t *values = plan->kind == STUDY_MR ? mr_values : ct_values;
    for (size_t x = 0; x < plan->columns; x++) {
        uint16_t value = values[level_of(levels[x])];
        to[2 * x] = (uint8_t)value;
        to[2 * x + 1] = (uint8_t)(value >> 8);
    }
}

void draw_image(uint8_t *pixels, const struct instance_plan *plan)
{
    static _Thread_local int8_t levels[MAX_SIDE + 1];
    size_t row_bytes = (size_t)plan->columns * (plan->kind == STUDY_MULTIFRAME ? 1 : 2);
    for (uint32_t frame = 0; frame < plan->frames; frame++) {
        double through = plan->frames > 1 ? slice_through(frame, plan->frames)
                                          : slice_through(plan->number - 1, plan->in_series);
        for (size_t row = 0; row < plan->rows; row++) {
            draw_row(levels, plan->rows, plan->columns, row, through);
            store_row(pixels, levels, plan);
            pixels += row_bytes;
        }
    }
    if (plan->frames * (uint64_t)plan->rows * row_bytes % 2 != 0)
        *pixels = 0;
}

static void write_acquisition(struct dicom_writer *writer, const struct instance_plan *plan, double thickness)
{
    if (plan->kind == STUDY_MR) {
        writer_text(writer, 0x00180020, "CS", "SE");
        writer_text(writer, 0x00180021, "CS", "NONE");
        writer_text(writer, 0x00180022, "CS", "");
        writer_text(writer, 0x00180023, "CS", "2D");
    }
    writer_format(writer, 0x00180050, "DS", "%.6g", thickness);
    if (plan->kind == STUDY_CT) {
        writer_text(writer, 0x00180060, "DS", "120");
    } else {
        writer_text(writer, 0x00180080, "DS", "500");
        writer_text(writer, 0x00180081, "DS", "15");
        writer_text(writer, 0x00180091, "IS", "1");
    }
    writer_text(writer, 0x00185100, "CS", "HFS");
}

/* Image Plane (PS3.3 C.7.6.2): axial slices, square pixels, isocentre in the middle of the picture. */
static void write_plane(struct dicom_writer *writer, const struct instance_plan *plan, double spacing,
                        double thickness)
{
    double z = thickness * ((double)plan->number - 1 - (double)(plan->in_series - 1) / 2);
    char frame_of_reference[STUDY_UID_BYTES];
    study_uid(plan->options->seed, 2, frame_of_reference);
    writer_format(writer, 0x00200032, "DS", "%.6g\\%.6g\\%.6g", -spacing * (plan->columns - 1) / 2.0,
                  -spacing * (plan->rows - 1) / 2.0, z);
    writer_text(writer, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    writer_text(writer, 0x00200052, "UI", frame_of_reference);
    writer_text(writer, 0x00201040, "LO", "");
    writer_format(writer, 0x00201041, "DS", "%.6g", z);
}

static void write_pixel_description(struct dicom_writer *writer, const struct instance_plan *plan,
                                    double spacing)
{
    bool bytes = plan->kind == STUDY_MULTIFRAME;
    writer_u16(writer, 0x00280002, "US", 1);
    writer_text(writer, 0x00280004, "CS", "MONOCHROME2");
    if (bytes) {
        writer_format(writer, 0x00280008, "IS", "%u", plan->frames);
        writer_bytes(writer, 0x00280009, "AT", "\x18\x00\x63\x10", 4); /* Frame Time */
    }
    writer_u16(writer, 0x00280010, "US", plan->rows);
    writer_u16(writer, 0x00280011, "US", plan->columns);
    if (!bytes)
        writer_format(writer, 0x00280030, "DS", "%.6g\\%.6g", spacing, spacing);
    writer_u16(writer, 0x00280100, "US", bytes ? 8 : 16);
    writer_u16(writer, 0x00280101, "US", bytes ? 8 : 12);
    writer_u16(writer, 0x00280102, "US", bytes ? 7 : 11);
    writer_u16(writer, 0x00280103, "US", 0);
    if (bytes) {
        writer_text(writer, 0x00280301, "CS", "NO");
        writer_text(writer, 0x00281052, "DS", "0");
        writer_text(writer, 0x00281053, "DS", "1");
        writer_text(writer, 0x00281054, "LO", "US");
        writer_text(writer, 0x20500020, "CS", "IDENTITY");
        return;
    }
    writer_text(writer, 0x00281050, "DS", plan->kind == STUDY_CT ? "40" : "450");
    writer_text(writer, 0x00281051, "DS", plan->kind == STUDY_CT ? "160" : "900");
    if (plan->kind == STUDY_CT) {
        writer_text(writer, 0x00281052, "DS", "-1024");
        writer_text(writer, 0x00281053, "DS", "1");
        writer_text(writer, 0x00281054, "LO", "HU");
    }
}

void write_image(struct dicom_writer *writer, const struct instance_plan *plan)
{
    double spacing = (double)FIELD_OF_VIEW_MM / (plan->rows < plan->columns ? plan->rows : plan->columns);
    double thickness = plan->in_series <= 100 ? 2 : 200.0 / (double)plan->in_series;
    bool multi_frame = plan->kind == STUDY_MULTIFRAME;
    write_identification(writer, plan,
                         plan->kind == STUDY_CT   ? "ORIGINAL\\PRIMARY\\AXIAL"
                         : plan->kind == STUDY_MR ? "ORIGINAL\\PRIMARY\\OTHER"
                                                  : "DERIVED\\SECONDARY",
                         multi_frame ? "WSD" : "");
    write_patient(writer, plan);
    writer_text(writer, 0x00180015, "CS", "HEAD");
    if (multi_frame)
        writer_text(writer, 0x00181063, "DS", "100");
    else
        write_acquisition(writer, plan, thickness);
    write_relationship(writer, plan);
    if (multi_frame)
        writer_text(writer, 0x00200020, "CS", "");
    else
        write_plane(writer, plan, spacing, thickness);
    write_pixel_description(writer, plan, spacing);
    writer_head(writer, 0x7FE00010, multi_frame ? "OB" : "OW", (uint32_t)plan->pixel_bytes);
}
