#include "text.h"

#include "cgetway/uid.h"

#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* A name, or a UID and one character more, so that one that is too long is seen. */
enum { LIST_ITEM_BYTES = 272 };

static int64_t times_plus(int64_t number, int64_t factor, int64_t addend)
{
    if (__builtin_mul_overflow(number, factor, &number) || __builtin_add_overflow(number, addend, &number))
        return INT64_MAX;
    return number;
}

/* Digits behind the point: as many as decimals count, the next one rounds, the rest is only looked at. */
static int64_t read_fraction(const char **at, unsigned decimals, int64_t number)
{
    int64_t carry = 0;

    if (**at == '.') {
        (*at)++;
        for (unsigned place = 0; **at >= '0' && **at <= '9'; (*at)++, place++) {
            if (place < decimals)
                number = times_plus(number, 10, **at - '0');
            else if (place == decimals)
                carry = **at >= '5' ? 1 : 0;
        }
    }
    return times_plus(number, 1, carry);
}

static int64_t scale_of(char suffix)
{
    switch (suffix) {
    case 'k':
    case 'K':
        return INT64_C(1) << 10;
    case 'm':
    case 'M':
        return INT64_C(1) << 20;
    case 'g':
    case 'G':
        return INT64_C(1) << 30;
    default:
        return 0;
    }
}

bool cgw_text_number(const char *text, unsigned decimals, bool suffixes, int64_t *ret_number)
{
    bool negative = *text == '-';
    const char *at = text + (negative ? 1 : 0);
    int64_t number = 0;

    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++)
        number = times_plus(number, 10, *at - '0');
    if (decimals > 0) {
        const char *point = at;
        number = read_fraction(&at, decimals, number);
        if (at == point + 1)
            return false;
        size_t places = at > point ? (size_t)(at - point) - 1 : 0;
        for (; places < decimals; places++)
            number = times_plus(number, 10, 0);
    }
    if (suffixes && scale_of(*at) != 0)
        number = times_plus(number, scale_of(*at++), 0);
    if (*at != '\0')
        return false;
    *ret_number = negative ? -number : number;
    return true;
}

/* PS3.5 6.2, AE: 1 to 16 characters of the default repertoire, without backslash and control characters; only
 * spaces is no title. */
static bool check_ae_title(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];

    if (text[strspn(text, " ")] == '\0') {
        cgw_reason_set(reterr, "%s is no AE title: it needs 1 to 16 characters, not only spaces",
                       cgw_quoted(text, quoted));
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~' || *at == '\\') {
            cgw_reason_set(reterr, "%s is no AE title: printable ASCII without backslash is",
                           cgw_quoted(text, quoted));
            return false;
        }
    }
    return true;
}

static bool check_host(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];

    if (*text == '[')
        cgw_reason_set(reterr, "%s: IPv6 addresses are written without brackets", cgw_quoted(text, quoted));
    else if (*text == '\0' || text[strspn(text, LETTERS DIGITS ".-_:%")] != '\0')
        cgw_reason_set(reterr, "%s is neither a host name nor an address", cgw_quoted(text, quoted));
    else
        return true;
    return false;
}

static bool check_url_path(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    size_t length = strlen(text);

    if (length == 0 || (text[0] == '/' && text[length - 1] != '/' && strstr(text, "//") == NULL &&
                        strstr(text, "/.") == NULL && text[strspn(text, LETTERS DIGITS "._~-/")] == '\0'))
        return true;
    cgw_reason_set(reterr, "%s is no path: it begins with / and does not end with it, such as /cgetway",
                   cgw_quoted(text, quoted));
    return false;
}

static bool check_file_path(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];

    if (*text == '\0' || *text == '/')
        return true;
    cgw_reason_set(reterr, "%s is not an absolute path", cgw_quoted(text, quoted));
    return false;
}

/* PS3.3 C.12.1.1.2 has a list of terms; whether a text can be written in one is for who encodes it to find.
 * Here: the characters of a CS, several terms with a backslash between. */
static bool check_defined_term(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];

    if (text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_ \\")] == '\0')
        return true;
    cgw_reason_set(reterr, "%s is no defined term of a character set, such as ISO_IR 100",
                   cgw_quoted(text, quoted));
    return false;
}

/* The bytes behind the first one of a character of UTF-8; SIZE_MAX: no character begins so. */
static size_t trailing_bytes(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xC2 || first > 0xF4)
        return SIZE_MAX;
    return first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
}

/* Unicode table 3-7: neither overlong forms, nor surrogates, nor above U+10FFFF. */
static bool is_second_byte(unsigned char first, unsigned char second)
{
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;

    return second >= low && second <= high;
}

static bool check_text(const char *text, struct cgw_reason *reterr)
{
    const unsigned char *at = (const unsigned char *)text;
    bool fine = true;

    while (fine && *at != '\0') {
        size_t trailing = trailing_bytes(*at);
        fine = trailing != SIZE_MAX && *at >= ' ' && *at != 0x7F &&
               (trailing == 0 || is_second_byte(at[0], at[1]));
        for (size_t i = 2; fine && i <= trailing; i++)
            fine = (at[i] & 0xC0) == 0x80;
        at += fine ? trailing + 1 : 0;
    }
    if (!fine)
        cgw_reason_set(reterr, "the text is not UTF-8 without control characters");
    return fine;
}

/* Where instances go: "" or http(s)://host[:port]/path, without what a URL may have besides, and without what
 * would have to be escaped in it, which the signature of a request would depend on. */
static bool check_url(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : "";
    const char *end = host + strlen(host);
    size_t length = strspn(host, LETTERS DIGITS ".-_:[]");

    if (text[0] == '\0' ||
        (length > 0 && (host[length] == '/' || host[length] == '\0') &&
         host[length + strspn(host + length, LETTERS DIGITS "/._-")] == '\0' && strstr(host, "//") == NULL &&
         strstr(host, "/.") == NULL && end > host && end[-1] != '/'))
        return true;
    cgw_reason_set(reterr,
                   "%s is no URL such as https://s3.example.org/bucket/prefix: scheme http or https, host, "
                   "and a path of letters, digits and / . _ -, without a / at its end",
                   cgw_quoted(text, quoted));
    return false;
}

static bool check_name(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];

    if (text[strspn(text, LETTERS DIGITS "-_.+/=")] == '\0')
        return true;
    cgw_reason_set(reterr,
                   "%s has something else than letters, digits and - _ . + / =", cgw_quoted(text, quoted));
    return false;
}

bool cgw_text_check(enum cgw_key_type type, const char *text, struct cgw_reason *reterr)
{
    switch (type) {
    case CGW_TYPE_AE_TITLE:
        return check_ae_title(text, reterr);
    case CGW_TYPE_HOST:
        return check_host(text, reterr);
    case CGW_TYPE_URL_PATH:
        return check_url_path(text, reterr);
    case CGW_TYPE_FILE_PATH:
        return check_file_path(text, reterr);
    case CGW_TYPE_URL:
        return check_url(text, reterr);
    case CGW_TYPE_DEFINED_TERM:
        return check_defined_term(text, reterr);
    case CGW_TYPE_NAME:
        return check_name(text, reterr);
    case CGW_TYPE_TEXT:
        return check_text(text, reterr);
    default:
        return true;
    }
}

static bool check_override(const char *name, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    const struct cgw_key *key = cgw_key_find(name);
    struct cgw_nearest nearest = {.typed = name};

    if (key != NULL && key->overridable)
        return true;
    for (size_t i = 0; i < cgw_key_count; i++) {
        if (cgw_keys[i].overridable)
            cgw_nearest_offer(&nearest, cgw_keys[i].name);
    }
    cgw_reason_set(reterr, "%s is nothing that a request can override%s%s%s", cgw_quoted(name, quoted),
                   nearest.best != NULL ? "; did you mean " : "", nearest.best != NULL ? nearest.best : "",
                   nearest.best != NULL ? "?" : "");
    return false;
}

static bool check_uid(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];

    if (strcmp(text, "*") == 0 || cgw_uid_is_valid(text, strlen(text)))
        return true;
    cgw_reason_set(reterr, "%s is neither a UID nor *", cgw_quoted(text, quoted));
    return false;
}

/* What a browser sends as Origin: scheme://host[:port], lower case, without a path (RFC 6454 6.2). */
static bool check_origin(const char *text, struct cgw_reason *reterr)
{
    char quoted[CGW_QUOTED_BYTES];
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : "";

    if (*host != '\0' && strlen(text) < LIST_ITEM_BYTES - 1 &&
        host[strspn(host, "abcdefghijklmnopqrstuvwxyz" DIGITS ".-_:[]")] == '\0')
        return true;
    cgw_reason_set(reterr,
                   "%s is no origin, such as https://viewer.example.org or http://localhost:3000, nor *",
                   cgw_quoted(text, quoted));
    return false;
}

static bool check_item(enum cgw_key_type type, const char *item, struct cgw_reason *reterr)
{
    switch (type) {
    case CGW_TYPE_UIDS:
        return check_uid(item, reterr);
    case CGW_TYPE_ORIGINS:
        return check_origin(item, reterr);
    default:
        return check_override(item, reterr);
    }
}

bool cgw_text_list(enum cgw_key_type type, const char *text, char *ret_list, size_t size,
                   struct cgw_reason *reterr)
{
    size_t used = 0;

    ret_list[0] = '\0';
    if (type != CGW_TYPE_UIDS && text[strspn(text, " ")] == '\0')
        return true;
    if (strcmp(text, "*") == 0) {
        memcpy(ret_list, "*", 2);
        return true;
    }
    for (;;) {
        char name[LIST_ITEM_BYTES] = "";
        text += strspn(text, " ");
        size_t item = strcspn(text, ",");
        size_t length = item;
        while (length > 0 && text[length - 1] == ' ')
            length--;
        memcpy(name, text, length < sizeof name ? length : sizeof name - 1);
        if (!check_item(type, name, reterr))
            return false;
        if (used + length + 2 > size) {
            cgw_reason_set(reterr, "the list is too long");
            return false;
        }
        if (used > 0)
            ret_list[used++] = ',';
        memcpy(ret_list + used, name, length + 1);
        used += length;
        if (text[item] == '\0')
            return true;
        text += item + 1;
    }
}

bool cgw_text_is_peer_name(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length < CGW_PEER_NAME_BYTES && name[strspn(name, LETTERS DIGITS "._-")] == '\0';
}
