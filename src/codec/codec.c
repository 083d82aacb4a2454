#include "cgetway/codec.h"

#include "cgetway/budget.h"
#include "cgetway/cleanup.h"
#include "exits.h"
#include "process.h"
#include "queue.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 16, ARGUMENT_BYTES = 32 };

struct cgw_codec {
    struct cgw_codec_options options; /* program: our copy below */
    char program[PATH_MAX];
    struct codec_queue queue;
};

struct arguments {
    const char *argv[MAX_ARGUMENTS + 1];
    size_t count;
    char text[MAX_ARGUMENTS][ARGUMENT_BYTES];
};

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* Beside the running program, as in a build folder, or where it is installed to. */
static bool find_program(char path[PATH_MAX])
{
    static const char *const places[] = {"cgetway-codec", "../libexec/cgetway/cgetway-codec"};
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int needed = snprintf(path, PATH_MAX, "%s/%s", self, places[i]);
        if (needed > 0 && needed < PATH_MAX && is_program(path))
            return true;
    }
    return false;
}

enum cgw_code cgw_codec_open(const struct cgw_codec_options *options, struct cgw_codec **ret_codec,
                             struct cgw_error *err)
{
    CGW_AUTO_FREE struct cgw_codec *codec = calloc(1, sizeof *codec);
    if (codec == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the codec");
    if (options->program[0] == '\0') {
        if (!find_program(codec->program))
            return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                            "cgetway-codec is neither beside the running program nor in ../libexec/cgetway; "
                            "set codec-program");
    } else {
        int length = snprintf(codec->program, sizeof codec->program, "%s", options->program);
        if (length >= (int)sizeof codec->program || options->program[0] != '/' || !is_program(codec->program))
            return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "codec-program: %s is no program that can be run",
                            options->program);
    }
    codec->options = *options;
    codec->options.program = codec->program;
    codec_queue_init(&codec->queue, options->max_processes);
    *ret_codec = codec;
    codec = NULL;
    return CGW_OK;
}

void cgw_codec_free(struct cgw_codec *codec)
{
    if (codec == NULL)
        return;
    codec_queue_destroy(&codec->queue);
    free(codec);
}

static void __attribute__((format(printf, 2, 3))) add(struct arguments *arguments, const char *format, ...)
{
    va_list values;
    assert(arguments->count < MAX_ARGUMENTS);
    char *text = arguments->text[arguments->count];
    va_start(values, format);
    (void)vsnprintf(text, ARGUMENT_BYTES, format, values);
    va_end(values);
    arguments->argv[arguments->count++] = text;
    arguments->argv[arguments->count] = NULL;
}

static void add_rendering(struct arguments *arguments, const struct cgw_rendering *rendering)
{
    static const char *const functions[] = {[CGW_WINDOW_LINEAR] = "linear",
                                            [CGW_WINDOW_LINEAR_EXACT] = "linear-exact",
                                            [CGW_WINDOW_SIGMOID] = "sigmoid"};
    add(arguments, "%s", rendering->picture == CGW_PICTURE_PNG ? "png" : "jpeg");
    add(arguments, "%d", rendering->quality == 0 ? 90 : rendering->quality);
    add(arguments, "%u", rendering->viewport_width);
    add(arguments, "%u", rendering->viewport_height);
    add(arguments, "%.17g", rendering->source_x);
    add(arguments, "%.17g", rendering->source_y);
    add(arguments, "%.17g", rendering->source_width);
    add(arguments, "%.17g", rendering->source_height);
    if (!rendering->has_window)
        return;
    add(arguments, "%.17g", rendering->window_center);
    add(arguments, "%.17g", rendering->window_width);
    add(arguments, "%s", functions[rendering->window_function]);
}

static void make_arguments(struct arguments *arguments, const struct cgw_codec_job *job)
{
    arguments->count = 0;
    add(arguments, "cgetway-codec");
    switch (job->task) {
    case CGW_CODEC_INSTANCE:
        add(arguments, "instance");
        break;
    case CGW_CODEC_FRAMES:
        add(arguments, "frames");
        add(arguments, "%zu", job->first_frame);
        add(arguments, "%zu", job->frame_count);
        break;
    case CGW_CODEC_RENDER:
        add(arguments, "render");
        add(arguments, "%zu", job->first_frame);
        add_rendering(arguments, &job->rendering);
        break;
    }
}

/* The same file, but nothing that the process may do to it (move its position, write) is done to ours. */
static enum cgw_code reopen(int fd, int *ret_fd, struct cgw_error *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*ret_fd >= 0)
        return CGW_OK;
    return cgw_fail(err, errno == EMFILE || errno == ENFILE ? CGW_E_OUT_OF_DESCRIPTORS : CGW_E_INTERNAL,
                    "the file for the codec cannot be opened: %s", strerror(errno));
}

static enum cgw_code new_result(int *ret_fd, struct cgw_error *err)
{
    *ret_fd = memfd_create("cgetway-codec", MFD_CLOEXEC);
    if (*ret_fd >= 0)
        return CGW_OK;
    return cgw_fail(err, errno == ENOMEM ? CGW_E_OUT_OF_MEMORY : CGW_E_OUT_OF_DESCRIPTORS,
                    "no file for the result of the codec: %s", strerror(errno));
}

static enum cgw_code judge_end(const struct codec_end *end, struct cgw_error *err)
{
    const char *text = NULL;
    if (!end->exited && end->status == SIGXFSZ)
        return cgw_fail(err, CGW_E_CODEC_FAILED, "the result is larger than it may be");
    if (!end->exited)
        return cgw_fail(err, CGW_E_CODEC_FAILED, "cgetway-codec was ended by signal %d", end->status);
    if (end->status == 0)
        return CGW_OK;
    enum cgw_code code = codec_exit_code(end->status, &text);
    return cgw_fail(err, code, "%s%s%s", text, end->message[0] != '\0' ? ": " : "", end->message);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static enum cgw_code fail_budget(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY,
                    "other instances that are unpacked take all the memory there is for them");
}

void cgw_codec_close(int fd, uint64_t length)
{
    if (fd < 0)
        return;
    (void)close(fd);
    cgw_budget_return(length);
}

static enum cgw_code take_result(int fd, uint64_t *ret_length, struct cgw_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return cgw_fail(err, CGW_E_INTERNAL, "the result of the codec: %s", strerror(errno));
    if (status.st_size <= 0)
        return cgw_fail(err, CGW_E_CODEC_FAILED, "cgetway-codec wrote nothing");
    *ret_length = (uint64_t)status.st_size;
    if (!cgw_budget_claim(*ret_length))
        return fail_budget(err);
    return CGW_OK;
}

/* With a place in the queue. */
static enum cgw_code run(struct cgw_codec *codec, const struct cgw_codec_job *job,
                         struct cgw_deadline deadline, int *ret_fd, uint64_t *ret_length,
                         struct cgw_error *err)
{
    struct codec_end end = {.exited = false};
    struct arguments arguments;
    CGW_AUTO_CLOSE int input_fd = -1;
    CGW_AUTO_CLOSE int output_fd = -1;
    if (cgw_budget_left() == 0)
        return fail_budget(err);
    make_arguments(&arguments, job);
    enum cgw_code code = reopen(job->fd, &input_fd, err);
    if (code == CGW_OK)
        code = new_result(&output_fd, err);
    if (code != CGW_OK)
        return code;
    const struct codec_process_options options = {
        .program = codec->program,
        .argv = arguments.argv,
        .input_fd = input_fd,
        .output_fd = output_fd,
        .max_memory_bytes = codec->options.max_memory_bytes,
        .max_cpu_s = (uint64_t)codec->options.timeout_ms / 1000 + 1,
        .max_file_bytes = least(codec->options.max_result_bytes, cgw_budget_left()),
    };
    code = codec_process_run(&options, job->watch, deadline, &end, err);
    if (code == CGW_OK)
        code = judge_end(&end, err);
    if (code == CGW_OK)
        code = take_result(output_fd, ret_length, err);
    if (code == CGW_OK) {
        *ret_fd = output_fd;
        output_fd = -1;
    }
    return code;
}

enum cgw_code cgw_codec_run(struct cgw_codec *codec, const struct cgw_codec_job *job, int *ret_fd,
                            uint64_t *ret_length, struct cgw_error *err)
{
    struct cgw_deadline deadline = cgw_deadline_in(codec->options.timeout_ms);
    enum cgw_code code = codec_queue_enter(&codec->queue, job->watch, deadline, err);
    if (code != CGW_OK)
        return code;
    code = run(codec, job, deadline, ret_fd, ret_length, err);
    codec_queue_leave(&codec->queue);
    return code;
}
