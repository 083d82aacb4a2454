#include "script.h"

#include "words.h"

#include "cgetway/byte_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 8, FIELD_BYTES = 256 };

struct word {
    char fields[MAX_FIELDS][FIELD_BYTES];
    size_t count;
};

/* Reads one word; returns what follows it. */
static const char *read_word(const char *at, struct word *ret_word)
{
    *ret_word = (struct word){.count = 0};
    at += strspn(at, " ");
    for (;;) {
        size_t length = strcspn(at, ": ");
        if (ret_word->count == MAX_FIELDS || length >= FIELD_BYTES)
            abort();
        memcpy(ret_word->fields[ret_word->count++], at, length);
        at += length;
        if (*at != ':')
            return at + strspn(at, " ");
        at++;
    }
}

static uint8_t context_of(const struct setting *setting, const char *name)
{
    if (strcmp(name, "ct") == 0)
        return setting->ct;
    if (strcmp(name, "mr") == 0)
        return setting->mr;
    return strcmp(name, "get") == 0 ? CGW_GET_CONTEXT_ID : (uint8_t)strtoul(name, NULL, 10);
}

static const char *class_of(const struct setting *setting, uint8_t context_id)
{
    return context_id == setting->mr ? SETTING_MR_IMAGE : SETTING_CT_IMAGE;
}

/* A class of which the script has a name, or the UID that it is. */
static const char *class_named(const char *name)
{
    if (strcmp(name, "ct") == 0)
        return SETTING_CT_IMAGE;
    return strcmp(name, "mr") == 0 ? SETTING_MR_IMAGE : name;
}

static int count_of(const char *field)
{
    return field[0] == '-' || field[0] == '\0' ? -1 : (int)strtol(field, NULL, 10);
}

static struct said_counts counts_of(const struct word *word, size_t first)
{
    return (struct said_counts){count_of(word->fields[first]), count_of(word->fields[first + 1]),
                                count_of(word->fields[first + 2]), count_of(word->fields[first + 3])};
}

static void say_hex(struct cgw_buffer *words, const char *digits)
{
    for (; digits[0] != '\0' && digits[1] != '\0'; digits += 2) {
        const char pair[3] = {digits[0], digits[1]};
        uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);
        say_bytes(words, &byte, 1);
    }
}

static void say_data(struct cgw_buffer *words, uint8_t context_id, int header, const char *field)
{
    size_t length = strtoul(field, NULL, 10);
    uint8_t *bytes = malloc(length + 1);
    if (bytes == NULL)
        abort();
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(i * 7);
    say_pdv(words, context_id, header, bytes, length);
    free(bytes);
}

static void say_report(struct cgw_buffer *words, const struct setting *setting, const struct word *word)
{
    uint8_t list[8 + FIELD_BYTES] = {0x08, 0x00, 0x58, 0x00};
    const char *uids = word->fields[6];
    size_t length = strlen(uids);
    cgw_put_u32le(list + 4, (uint32_t)(length + length % 2));
    memcpy(list + 8, uids, length);
    say_response_to(words, setting->responds_to, (uint16_t)strtoul(word->fields[1], NULL, 16),
                    counts_of(word, 2), list, 8 + length + length % 2);
}

static void say_nodata(struct cgw_buffer *words, const struct setting *setting, const struct word *word)
{
    uint8_t context_id = context_of(setting, word->fields[1]);
    struct cgw_command command = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID |
                                             CGW_HAS_DATA_SET_TYPE | CGW_HAS_SOP_INSTANCE,
                                  .field = CGW_C_STORE_RQ,
                                  .message_id = 9,
                                  .data_set_type = CGW_NO_DATA_SET};
    (void)snprintf(command.sop_class, sizeof command.sop_class, "%s", class_of(setting, context_id));
    (void)snprintf(command.sop_instance, sizeof command.sop_instance, "%.64s", word->fields[2]);
    say_command(words, context_id, &command);
}

static void say_field(struct cgw_buffer *words, uint8_t context_id, const char *field)
{
    struct cgw_command command = {.present =
                                      CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID | CGW_HAS_DATA_SET_TYPE,
                                  .field = (uint16_t)strtoul(field, NULL, 16),
                                  .message_id = 1,
                                  .data_set_type = CGW_NO_DATA_SET};
    say_command(words, context_id, &command);
}

/* "00080018=1.2", or "1.2" of (0020,000D), in Implicit VR Little Endian. */
static void append_element(struct cgw_buffer *match, const char *field)
{
    uint8_t element[8 + FIELD_BYTES + 1] = {0};
    const char *equals = strchr(field, '=');
    uint32_t tag = equals != NULL ? (uint32_t)strtoul(field, NULL, 16) : 0x0020000D;
    const char *value = class_named(equals != NULL ? equals + 1 : field);
    size_t length = strlen(value);
    cgw_put_u16le(element, (uint16_t)(tag >> 16));
    cgw_put_u16le(element + 2, (uint16_t)tag);
    cgw_put_u32le(element + 4, (uint32_t)(length + length % 2));
    memcpy(element + 8, value, length);
    say_bytes(match, element, 8 + length + length % 2);
}

static void say_match(struct cgw_buffer *words, const struct word *word)
{
    struct cgw_buffer match = CGW_BUFFER_INIT(MAX_FIELDS * (8 + FIELD_BYTES));
    for (size_t i = 2; i < word->count; i++)
        append_element(&match, word->fields[i]);
    say_find_response(words, (uint16_t)strtoul(word->fields[1], NULL, 10), 0xFF00, match.bytes, match.length);
    cgw_buffer_release(&match);
}

static void say_find_word(struct cgw_buffer *words, const struct word *word)
{
    struct cgw_buffer data_set = CGW_BUFFER_INIT(FIELD_BYTES);
    bool has_data_set = word->count > 3;
    if (has_data_set)
        say_hex(&data_set, word->fields[3]);
    say_find_response(
        words, (uint16_t)strtoul(word->fields[2], NULL, 10), (uint16_t)strtoul(word->fields[1], NULL, 16),
        has_data_set ? (const void *)(data_set.length > 0 ? data_set.bytes : (uint8_t[1]){0}) : NULL,
        data_set.length);
    cgw_buffer_release(&data_set);
}

static bool say_store_word(struct cgw_buffer *words, const struct setting *setting, const struct word *word)
{
    const char *verb = word->fields[0];
    uint8_t context_id = context_of(setting, word->fields[1]);
    size_t class_field = strcmp(verb, "store") == 0 ? 4 : 3;
    const char *class =
        word->count > class_field ? class_named(word->fields[class_field]) : class_of(setting, context_id);
    if (strcmp(verb, "store") == 0) {
        say_store_command(words, context_id, 7, class, word->fields[2]);
        say_data(words, context_id, PDV_DATA | PDV_LAST, word->fields[3]);
    } else if (strcmp(verb, "command") == 0) {
        say_store_command(words, context_id, 7, class, word->fields[2]);
    } else if (strcmp(verb, "nodata") == 0) {
        say_nodata(words, setting, word);
    } else if (strcmp(verb, "data") == 0) {
        say_data(words, context_id, PDV_DATA, word->fields[2]);
    } else if (strcmp(verb, "last") == 0) {
        say_data(words, context_id, PDV_DATA | PDV_LAST, word->fields[2]);
    } else if (strcmp(verb, "field") == 0) {
        say_field(words, context_id, word->fields[2]);
    } else {
        return false;
    }
    return true;
}

/* What is known of the setting only. */
static bool say_setting_word(struct memory_peer *peer, struct setting *setting, const struct word *word)
{
    struct cgw_buffer *words = &peer->words;
    const char *verb = word->fields[0];
    if (strcmp(verb, "accept") == 0)
        say_accept_all(words, setting->plan.contexts, setting->plan.context_count);
    else if (strcmp(verb, "answer") == 0)
        peer->answers = true;
    else if (strcmp(verb, "to") == 0)
        setting->responds_to = (uint16_t)strtoul(word->fields[1], NULL, 10);
    else if (strcmp(verb, "pending") == 0)
        say_response_to(words, setting->responds_to, 0xFF00, counts_of(word, 1), NULL, 0);
    else if (strcmp(verb, "final") == 0)
        say_response_to(words, setting->responds_to, (uint16_t)strtoul(word->fields[1], NULL, 16),
                        counts_of(word, 2), NULL, 0);
    else if (strcmp(verb, "report") == 0)
        say_report(words, setting, word);
    else
        return false;
    return true;
}

static void say_word(struct memory_peer *peer, struct setting *setting, const struct word *word)
{
    static const uint8_t zeros[4] = {0};
    struct cgw_buffer *words = &peer->words;
    const char *verb = word->fields[0];
    if (say_setting_word(peer, setting, word))
        return;
    if (strcmp(verb, "match") == 0)
        say_match(words, word);
    else if (strcmp(verb, "find") == 0)
        say_find_word(words, word);
    else if (strcmp(verb, "hex") == 0)
        say_hex(words, word->fields[1]);
    else if (strcmp(verb, "release") == 0)
        say_pdu(words, CGW_PDU_A_RELEASE_RQ, zeros, sizeof zeros);
    else if (strcmp(verb, "releaserp") == 0)
        say_pdu(words, CGW_PDU_A_RELEASE_RP, zeros, sizeof zeros);
    else if (strcmp(verb, "abort") == 0)
        say_pdu(words, CGW_PDU_A_ABORT, zeros, sizeof zeros);
    else if (!say_store_word(words, setting, word))
        abort();
}

void say_script_of(struct memory_peer *peer, struct setting *setting, const char *script)
{
    struct word word;
    setting->responds_to = 1;
    while (*script != '\0') {
        script = read_word(script, &word);
        say_word(peer, setting, &word);
    }
}

void say_script(struct setting *setting, const char *script)
{
    say_script_of(&setting->memory, setting, script);
}
