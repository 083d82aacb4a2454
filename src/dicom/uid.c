#include "cgetway/uid.h"

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
