/*
 * Round trip: data sets go in over a peer in memory, come out as a multipart body and are taken out of it
 * again. Input: the capacity of the reads, the bytes that a receive gives at most, then for each instance a
 * length and its bytes.
 */
#include "fuzz/fuzz.h"

#include "cgetway/byte_order.h"
#include "cgetway/multipart.h"
#include "cgetway/transfer_syntax.h"
#include "unit/memory_peer/setting.h"
#include "unit/memory_peer/words.h"

#include <jansson.h>
#include <string.h>

enum { HEAD_BYTES = 2, MAX_INSTANCES = 20, MAX_INPUT_BYTES = 64 * 1024, MAX_BODY_BYTES = 1 << 20 };

struct instances {
    const uint8_t *bytes[MAX_INSTANCES];
    size_t lengths[MAX_INSTANCES];
    size_t count;
};

static void take_instances(const uint8_t *data, size_t size, struct instances *ret_instances)
{
    ret_instances->count = 0;
    while (size > 1 && ret_instances->count < MAX_INSTANCES) {
        size_t length = 1 + data[0] * (size_t)7;
        length = length < size - 1 ? length : size - 1;
        ret_instances->bytes[ret_instances->count] = data + 1;
        ret_instances->lengths[ret_instances->count++] = length;
        data += 1 + length;
        size -= 1 + length;
    }
}

static void say_instances(struct setting *setting, const struct instances *instances)
{
    const int count = (int)instances->count;
    struct cgw_buffer *words = &setting->memory.words;
    setting_accept(setting);
    for (int i = 0; i < count; i++) {
        char uid[16];
        (void)snprintf(uid, sizeof uid, "1.2.%d", i);
        say_store(words, setting->ct, (uint16_t)(i + 1), SETTING_CT_IMAGE, uid, instances->bytes[i],
                  instances->lengths[i]);
    }
    say_response(words, 0x0000, (struct said_counts){0, count, 0, 0});
}

static void read_body(struct cgw_sink *sink, size_t capacity, struct cgw_buffer *body)
{
    char piece[256];
    ssize_t length;
    while ((length = cgw_sink_read(sink, piece, capacity)) > 0)
        FUZZ_DEMAND(cgw_buffer_append(body, piece, (size_t)length));
    FUZZ_DEMAND(length == CGW_SINK_END);
}

static const uint8_t *expect(const uint8_t *at, const uint8_t *end, const char *text)
{
    size_t length = strlen(text);
    FUZZ_DEMAND((size_t)(end - at) >= length && memcmp(at, text, length) == 0);
    return at + length;
}

static void check_body(const struct cgw_buffer *body, const char *boundary, const struct instances *instances)
{
    const uint8_t *at = body->bytes, *end = at + body->length;
    for (size_t i = 0; i < instances->count; i++) {
        at = expect(expect(at, end, i == 0 ? "--" : "\r\n--"), end, boundary);
        at = expect(at, end,
                    "\r\nContent-Type: application/dicom; transfer-syntax=" CGW_TS_EXPLICIT_LE "\r\n\r\n");
        FUZZ_DEMAND(end - at > 144 && memcmp(at + 128, "DICM", 4) == 0);
        at += 144 + (size_t)cgw_get_u32le(at + 140);
        FUZZ_DEMAND((size_t)(end - at) > instances->lengths[i]);
        FUZZ_DEMAND(memcmp(at, instances->bytes[i], instances->lengths[i]) == 0);
        at += instances->lengths[i];
    }
    at = expect(expect(at, end, "\r\n--"), end, boundary);
    at = expect(at, end, "\r\nContent-Type: application/json\r\n\r\n");
    json_t *outcome = json_loadb((const char *)at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK, NULL);
    FUZZ_DEMAND(json_is_true(json_object_get(outcome, "complete")));
    FUZZ_DEMAND(json_array_size(json_object_get(outcome, "instances")) == instances->count);
    json_decref(outcome);
    size_t closing = strlen(boundary) + 8;
    FUZZ_DEMAND((size_t)(end - at) > closing);
    at = expect(expect(expect(end - closing, end, "\r\n--"), end, boundary), end, "--\r\n");
    FUZZ_DEMAND(at == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct setting setting;
    struct instances instances;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    struct cgw_buffer body = CGW_BUFFER_INIT(MAX_BODY_BYTES);
    if (size < HEAD_BYTES + 2 || size > MAX_INPUT_BYTES)
        return 0;
    take_instances(data + HEAD_BYTES, size - HEAD_BYTES, &instances);
    setting_init(&setting);
    setting.memory.most_at_once = data[1];
    say_instances(&setting, &instances);
    FUZZ_DEMAND(setting_open(&setting, &retrieve, &err) == CGW_OK);
    cgw_retrieve_next(retrieve, true, &event);
    FUZZ_DEMAND(event.type == CGW_EVENT_INSTANCE);
    const struct cgw_sink_options options = {.retrieve = retrieve, .first = &event, .source_aet = "PEER"};
    struct cgw_sink *sink = cgw_multipart_new(&options);
    FUZZ_DEMAND(sink != NULL);
    const char *boundary = strstr(cgw_sink_content_type(sink), "; boundary=");
    FUZZ_DEMAND(boundary != NULL);
    read_body(sink, (size_t)data[0] + 1, &body);
    check_body(&body, boundary + strlen("; boundary="), &instances);
    cgw_buffer_release(&body);
    cgw_sink_free(sink);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
    return 0;
}
