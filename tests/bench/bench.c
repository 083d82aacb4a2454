#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const char usage[] = "  --quick           fewer instances\n"
                            "  --smoke           tiny: whether it works at all\n"
                            "  --repeat N        how often (the median counts)\n"
                            "  --buffer KIB      cpu: what one recv of the relay takes (256)\n"
                            "  --help            this text\n";

static bool parse_count(const char *text, size_t *ret_count)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *ret_count = number;
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && number > 0 && number <= 1024;
}

static bool parse_option(int option, const char *value, struct bench_options *options)
{
    switch (option) {
    case 'q':
        options->size = BENCH_QUICK;
        return true;
    case 's':
        options->size = BENCH_SMOKE;
        return true;
    case 'r':
        return parse_count(value, &options->repeat);
    case 'b':
        return parse_count(value, &options->buffer_kib);
    default:
        return false;
    }
}

bool bench_parse(int argc, char **argv, const char *about, struct bench_options *ret_options, int *ret_status)
{
    static const struct option names[] = {
        {"quick", no_argument, NULL, 'q'},        {"smoke", no_argument, NULL, 's'},
        {"repeat", required_argument, NULL, 'r'}, {"buffer", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int option;
    *ret_options = (struct bench_options){.size = BENCH_FULL};
    *ret_status = 0;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (option != 'h' && parse_option(option, optarg, ret_options))
            continue;
        *ret_status = option == 'h' ? 0 : 2;
        (void)fprintf(option == 'h' ? stdout : stderr, "usage: %s [options]\n%s\n\n%s", argv[0], about,
                      usage);
        return false;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    return true;
}

/* ---- the machine ---- */

/* What stands behind the first line of a file that starts with this; "" when nothing does. */
static void first_line_of(const char *path, const char *start, char *text, size_t size)
{
    char line[512];
    text[0] = '\0';
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, start, strlen(start)) != 0)
            continue;
        const char *value = line + strlen(start);
        value += strspn(value, " \t:");
        (void)snprintf(text, size, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    if (file != NULL)
        (void)fclose(file);
}

void bench_print_machine(void)
{
    char model[128];
    char load[128];
    struct utsname system;
    first_line_of("/proc/cpuinfo", "model name", model, sizeof model);
    first_line_of("/proc/loadavg", "", load, sizeof load);
    bool known = uname(&system) == 0;
    (void)printf("machine: %s, %ld cores, %s %s; load before: %s\n", model[0] != '\0' ? model : "unknown CPU",
                 sysconf(_SC_NPROCESSORS_ONLN), known ? system.sysname : "", known ? system.release : "",
                 load);
}

void bench_row(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("| ", stdout);
    (void)vprintf(format, arguments);
    (void)fputs(" |\n", stdout);
    va_end(arguments);
}

const char *bench_target(const struct bench_options *options, const char *target)
{
    return options->size == BENCH_SMOKE ? "-" : target;
}

/* ---- measuring ---- */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0)
        return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t bench_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t bench_cpu_ns(pid_t id)
{
    clockid_t clock;
    return clock_getcpuclockid(id, &clock) == 0 ? clock_ns(clock) : -1;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* ---- what is measured ---- */

bool bench_study_make(struct bench_study *study, size_t instances, uint64_t pixel_bytes,
                      struct support_error *err)
{
    const struct study_options options = {.seed = 7, .instances = instances, .pixel_bytes = pixel_bytes};
    *study = (struct bench_study){.dir = temp_dir_new("bench", err)};
    if (study->dir != NULL)
        study->study = study_make(temp_dir_path(study->dir), &options, err);
    if (study->study != NULL)
        study->paths = study_paths(study->study);
    return study->paths != NULL;
}

void bench_study_release(struct bench_study *study)
{
    free(study->paths);
    study_free(study->study);
    temp_dir_free(study->dir);
    *study = (struct bench_study){.dir = NULL};
}

char *bench_study_body(const struct bench_study *study)
{
    char *text = NULL;
    if (asprintf(&text, "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"%s\"}",
                 study->study->study_uid) < 0)
        return NULL;
    return text;
}

char *bench_get_url(const struct gateway *gateway)
{
    return gateway_url_of(gateway, "/v1/peers/main/get");
}

bool bench_curl(const char *url, const char *body, int64_t timeout_ms, struct bench_transfer *ret_transfer,
                struct support_error *err)
{
    struct temp_dir *dir = temp_dir_new("curl", err);
    char *output = dir == NULL ? NULL : temp_dir_join(dir, "output");
    const char *const arguments[] = {"curl",
                                     "-sS",
                                     "--fail",
                                     "--noproxy",
                                     "*",
                                     "-o",
                                     "/dev/null",
                                     "-w",
                                     "%{size_download}\n",
                                     "-H",
                                     "Content-Type: application/json",
                                     "-d",
                                     body,
                                     url,
                                     NULL};
    const struct process_options run = {.argv = arguments, .stdout_path = output, .stderr_path = output};
    int64_t before_ns = bench_now_ns();
    bool good = output != NULL && process_run(&run, timeout_ms, NULL, err);
    ret_transfer->ns = bench_now_ns() - before_ns;
    size_t length = 0;
    char *text = output == NULL ? NULL : (char *)file_read(output, &length, err);
    ret_transfer->bytes = text == NULL ? 0 : strtoull(text, NULL, 10);
    if (!good && text != NULL)
        support_fail(err, "curl: %.300s", text);
    free(text);
    free(output);
    temp_dir_free(dir);
    return good;
}
