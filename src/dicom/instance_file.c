#include "cgetway/instance_file.h"

#include "cgetway/budget.h"
#include "cgetway/cleanup.h"

#include "instance_file_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct cgw_instance_file_limits cgw_instance_file_default_limits = {
    .max_depth = 64,
    .max_elements = 1000 * 1000,
    .max_inflated_bytes = UINT64_C(1) << 30,
    .max_memory_bytes = (size_t)64 << 20,
};

CGW_DEFINE_AUTO(instance_file, struct cgw_instance_file *, cgw_instance_file_free)
CGW_DEFINE_AUTO(window_pointer, struct file_window *, file_window_close)

/* Compressed ones, and those that nobody knows, are Explicit VR Little Endian (PS3.5 A.4); two of them leave
 * the pixels out and are deflated (PS3.5 A.6, A.7). */
static struct cgw_encoding encoding_of(const char *transfer_syntax)
{
    static const char *const deflated[] = {"1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"};
    struct cgw_encoding encoding = {.explicit_vr = true};
    if (cgw_encoding_of(transfer_syntax, &encoding))
        return encoding;
    encoding = (struct cgw_encoding){.explicit_vr = true};
    for (size_t i = 0; i < sizeof deflated / sizeof deflated[0]; i++)
        encoding.deflated = encoding.deflated || strcmp(transfer_syntax, deflated[i]) == 0;
    return encoding;
}

static enum cgw_code inflate_data_set(struct cgw_instance_file *file, struct file_window *window,
                                      uint64_t max_bytes, struct cgw_error *err)
{
    enum cgw_code code = instance_file_inflate(file->fd, file->data_set_offset, max_bytes, &file->inflated_fd,
                                               &file->data_set_length, err);
    if (code != CGW_OK)
        return code;
    file->inflated_length = file->data_set_length;
    file->fd = file->inflated_fd;
    file->data_set_offset = 0;
    file_window_close(window);
    if (!file_window_open(window, file->fd, file->data_set_length))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the data set");
    return CGW_OK;
}

static enum cgw_code read_file(struct cgw_instance_file *file, uint64_t size,
                               const struct cgw_instance_file_limits *limits, const struct vr_source *vrs,
                               struct cgw_error *err)
{
    struct file_window window;
    CGW_AUTO(window_pointer) struct file_window *window_owner = &window;
    if (!file_window_open(window_owner, file->fd, size))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the data set");
    enum cgw_code code =
        instance_file_read_meta(window_owner, file->transfer_syntax, &file->data_set_offset, err);
    if (code != CGW_OK)
        return code;
    file->encoding = encoding_of(file->transfer_syntax);
    file->data_set_length = size - file->data_set_offset;
    if (file->encoding.deflated && file->data_set_length > 0)
        code = inflate_data_set(file, window_owner, limits->max_inflated_bytes, err);
    if (code != CGW_OK)
        return code;
    return instance_file_read_data_set(file, window_owner, limits, vrs, err);
}

enum cgw_code cgw_instance_file_open(int fd, const struct cgw_instance_file_limits *limits,
                                     enum cgw_vr (*vr_of)(uint32_t tag, void *context), void *context,
                                     struct cgw_instance_file **ret_file, struct cgw_error *err)
{
    struct stat status;
    struct vr_source vrs = {.vr_of = vr_of, .context = context};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return cgw_fail(err, CGW_E_INTERNAL, "the instance is no file that can be read");
    CGW_AUTO(instance_file) struct cgw_instance_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the instance");
    file->fd = fd;
    file->inflated_fd = -1;
    enum cgw_code code = read_file(file, (uint64_t)status.st_size, limits, &vrs, err);
    if (code != CGW_OK)
        return code;
    *ret_file = file;
    file = NULL;
    return CGW_OK;
}

void cgw_instance_file_free(struct cgw_instance_file *file)
{
    if (file == NULL)
        return;
    if (file->inflated_fd >= 0) {
        (void)close(file->inflated_fd);
        cgw_budget_return(file->inflated_length);
    }
    cgw_data_set_release(&file->data_set);
    free(file);
}

const struct cgw_data_set *cgw_instance_file_data_set(const struct cgw_instance_file *file)
{
    return &file->data_set;
}

const char *cgw_instance_file_transfer_syntax(const struct cgw_instance_file *file)
{
    return file->transfer_syntax;
}

int cgw_instance_file_fd(const struct cgw_instance_file *file)
{
    return file->fd;
}

uint64_t cgw_instance_file_data_set_offset(const struct cgw_instance_file *file)
{
    return file->data_set_offset;
}

uint64_t cgw_instance_file_data_set_length(const struct cgw_instance_file *file)
{
    return file->data_set_length;
}

bool cgw_instance_file_is_big_endian(const struct cgw_instance_file *file)
{
    return file->encoding.big_endian;
}
