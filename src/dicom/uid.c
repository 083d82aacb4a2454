#include "cgetway/uid.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool check(const char *uid, size_t length, bool allow_leading_zeros)
{
    if (length == 0 || length > CGW_UID_MAX_LENGTH)
        return false;
    size_t component_start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && uid[i] != '.') {
            if (!is_digit(uid[i]))
                return false;
            continue;
        }
        size_t component_length = i - component_start;
        if (component_length == 0)
            return false;
        if (!allow_leading_zeros && component_length > 1 && uid[component_start] == '0')
            return false;
        component_start = i + 1;
    }
    return true;
}

bool cgw_uid_is_valid(const char *uid, size_t length)
{
    return check(uid, length, false);
}

bool cgw_uid_is_safe(const char *uid, size_t length)
{
    return check(uid, length, true);
}

size_t cgw_uid_unpadded_length(const uint8_t *value, size_t length)
{
    while (length > 0 && (value[length - 1] == '\0' || value[length - 1] == ' '))
        length--;
    return length;
}

bool cgw_uid_copy_safe(const uint8_t *value, size_t length, char ret_uid[CGW_UID_BYTES])
{
    length = cgw_uid_unpadded_length(value, length);
    if (!cgw_uid_is_safe((const char *)value, length))
        return false;
    memcpy(ret_uid, value, length);
    ret_uid[length] = '\0';
    return true;
}
