/* What a bucket's server answers: the header's lines up to an empty one, then a body. What is found in it is
 * short, printable and inside the input. */
#include "fuzz/fuzz.h"

#include "bucket/answer.h"
#include "bucket/request.h"

#include <string.h>

static void look_at_text(const char *text, size_t capacity)
{
    FUZZ_DEMAND(strlen(text) < capacity);
    for (; *text != '\0'; text++)
        FUZZ_DEMAND(*text > ' ' && *text < 0x7F && strchr("<>&", *text) == NULL);
}

static size_t take_lines(struct answer *answer, const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - bytes) + 1 - at : size - at;
        char *line = malloc(length); /* exactly, for the sanitizer */
        FUZZ_DEMAND(line != NULL);
        memcpy(line, bytes + at, length);
        answer_take_header(answer, line, length);
        free(line);
        at += length;
        if (length <= 2)
            break;
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char upload[CGW_BUCKET_UPLOAD_BYTES], query[3 * CGW_BUCKET_UPLOAD_BYTES + 16];
    struct answer answer = ANSWER_INIT;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t body = take_lines(&answer, (const char *)data, size);
    answer.status = 200 + (int)(size % 400);
    size_t length = size - body < ANSWER_MAX_BODY_BYTES ? size - body : ANSWER_MAX_BODY_BYTES;
    FUZZ_DEMAND(cgw_buffer_append(&answer.body, data + body, length));
    answer_take_body(&answer);
    look_at_text(answer.code, sizeof answer.code);
    look_at_text(answer.etag, sizeof answer.etag);
    FUZZ_DEMAND(strlen(answer.number) == 0 || strlen(answer.number) == sizeof answer.number - 1);
    if (answer_element(&answer, "UploadId", upload, sizeof upload)) {
        look_at_text(upload, sizeof upload);
        FUZZ_DEMAND(request_upload_query(query, sizeof query, "", upload));
        FUZZ_DEMAND(strpbrk(query, "\"<> \r\n#?&") == NULL);
    }
    if (answer_has_element(&answer, "Error"))
        FUZZ_DEMAND(!answer_is_success(&answer));
    (void)answer_may_pass(&answer);
    (void)answer_fail(&answer, "GET of an object", &err);
    FUZZ_DEMAND(err.code == CGW_E_STORE_FAILED && strlen(err.detail) < sizeof err.detail);
    s3_answer_release(&answer);
    return 0;
}
