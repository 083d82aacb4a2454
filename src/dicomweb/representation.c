#include "cgetway/representation.h"

#include "cgetway/instance_file.h"
#include "cgetway/query.h"
#include "cgetway/reencode.h"
#include "cgetway/transfer_syntax.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cgw_representation {
    int fd;                  /* of the file that is given, or that is re-encoded; owned */
    uint64_t decoded_length; /* of a file that the codec made; 0: it is that of the cache */
    uint64_t length, position;
    struct cgw_instance_file *file;
    struct cgw_reencoder *reencoder; /* NULL: the file is given as it is */
};

ssize_t cgw_read_at(int fd, uint64_t offset, uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    while (length < capacity) {
        ssize_t got = pread(fd, bytes + length, capacity - length, (off_t)(offset + length));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static bool is_native(const char *syntax)
{
    const struct cgw_transfer_syntax *known = cgw_transfer_syntax_find(syntax);
    return known != NULL && known->kind == CGW_SYNTAX_PLAIN;
}

static bool is_never_given(const char *syntax)
{
    return strcmp(syntax, CGW_TS_IMPLICIT_LE) == 0 || strcmp(syntax, CGW_TS_EXPLICIT_BE) == 0;
}

const char *cgw_representation_syntax(const char *stored, const char *wanted, bool has_codec)
{
    bool can_be_explicit = is_native(stored) || (has_codec && cgw_codec_decodes(stored));
    if (strcmp(wanted, "*") == 0)
        return is_never_given(stored) ? CGW_TS_EXPLICIT_LE : stored;
    if (is_never_given(wanted))
        return NULL;
    if (strcmp(wanted, stored) == 0)
        return stored;
    if (!can_be_explicit)
        return NULL;
    if (strcmp(wanted, CGW_TS_EXPLICIT_LE) == 0)
        return CGW_TS_EXPLICIT_LE;
    return strcmp(wanted, CGW_TS_DEFLATED) == 0 ? CGW_TS_DEFLATED : NULL;
}

static enum cgw_code reencode(struct cgw_representation *representation,
                              const struct cgw_representation_options *options, struct cgw_error *err)
{
    enum cgw_code code = cgw_instance_file_open(representation->fd, &cgw_instance_file_default_limits,
                                                cgw_query_vr_of, NULL, &representation->file, err);
    if (code == CGW_OK)
        code = cgw_reencoder_new(representation->file, strcmp(options->transfer_syntax, CGW_TS_DEFLATED) == 0,
                                 options->source_aet, &representation->reencoder, err);
    if (code == CGW_OK)
        representation->length = cgw_reencoder_length(representation->reencoder);
    return code;
}

static enum cgw_code prepare(struct cgw_representation *representation,
                             const struct cgw_representation_options *options, struct cgw_error *err)
{
    const struct cgw_cached *instance = options->instance;
    const char *syntax = instance->transfer_syntax;
    representation->length = instance->bytes;
    if (is_native(syntax) || strcmp(syntax, options->transfer_syntax) == 0) {
        representation->fd = fcntl(instance->fd, F_DUPFD_CLOEXEC, 0);
        if (representation->fd < 0)
            return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for an instance");
    } else {
        const struct cgw_codec_job job = {
            .task = CGW_CODEC_INSTANCE, .fd = instance->fd, .watch = options->watch};
        enum cgw_code code =
            cgw_codec_run(options->codec, &job, &representation->fd, &representation->length, err);
        if (code != CGW_OK)
            return code;
        representation->decoded_length = representation->length;
        syntax = CGW_TS_EXPLICIT_LE;
    }
    return strcmp(syntax, options->transfer_syntax) == 0 ? CGW_OK : reencode(representation, options, err);
}

enum cgw_code cgw_representation_open(const struct cgw_representation_options *options,
                                      struct cgw_representation **ret_representation, struct cgw_error *err)
{
    struct cgw_representation *representation = calloc(1, sizeof *representation);
    if (representation == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an instance");
    representation->fd = -1;
    enum cgw_code code = prepare(representation, options, err);
    if (code == CGW_OK)
        *ret_representation = representation;
    else
        cgw_representation_free(representation);
    return code;
}

uint64_t cgw_representation_length(const struct cgw_representation *representation)
{
    return representation->length;
}

ssize_t cgw_representation_read(struct cgw_representation *representation, uint8_t *bytes, size_t capacity,
                                struct cgw_error *err)
{
    ssize_t got;
    if (representation->reencoder != NULL) {
        got = cgw_reencoder_read(representation->reencoder, bytes, capacity);
    } else {
        uint64_t left = representation->length - representation->position;
        size_t wanted = left < capacity ? (size_t)left : capacity;
        got = cgw_read_at(representation->fd, representation->position, bytes, wanted);
        if (got >= 0 && (size_t)got < wanted) {
            errno = EIO; /* it ended early */
            got = -1;
        }
    }
    if (got < 0)
        (void)cgw_fail(err, CGW_E_CACHE_FAILED, "an instance cannot be read: %s", strerror(errno));
    else
        representation->position += (uint64_t)got;
    return got;
}

void cgw_representation_free(struct cgw_representation *representation)
{
    if (representation == NULL)
        return;
    cgw_reencoder_free(representation->reencoder);
    cgw_instance_file_free(representation->file);
    if (representation->decoded_length > 0)
        cgw_codec_close(representation->fd, representation->decoded_length);
    else if (representation->fd >= 0)
        (void)close(representation->fd);
    free(representation);
}
