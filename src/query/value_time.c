/* DA, TM, DT and AS (PS3.5 6.2), and ranges of the first three as queries write them (PS3.4 C.2.2.2.5). */
#include "value.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
    }
    return true;
}

/* count digits at text, which are there. */
static int number_at(const char *text, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* YYYY, YYYYMM or YYYYMMDD of the calendar. */
static bool is_calendar_date(const char *text, size_t length)
{
    if ((length != 4 && length != 6 && length != 8) || !all_digits(text, length))
        return false;
    int month = length >= 6 ? number_at(text + 4, 2) : 1;
    if (month < 1 || month > 12)
        return false;
    int day = length == 8 ? number_at(text + 6, 2) : 1;
    return day >= 1 && day <= days_in_month(number_at(text, 4), month);
}

static bool is_date(const char *text, size_t length)
{
    return length == 8 && is_calendar_date(text, length);
}

/* HH, HHMM, HHMMSS or HHMMSS.F to .FFFFFF; 60 seconds are a leap second. */
static bool is_time(const char *text, size_t length)
{
    size_t whole = length < 6 ? length : 6;
    if (length > 6) {
        size_t fraction = length - 7;
        if (text[6] != '.' || fraction < 1 || fraction > 6 || !all_digits(text + 7, fraction))
            return false;
    }
    if ((whole != 2 && whole != 4 && whole != 6) || !all_digits(text, whole))
        return false;
    return number_at(text, 2) <= 23 && (whole < 4 || number_at(text + 2, 2) <= 59) &&
           (whole < 6 || number_at(text + 4, 2) <= 60);
}

/* +ZZXX or -ZZXX, from -1200 to +1400. */
static bool is_offset(const char *text)
{
    if ((text[0] != '+' && text[0] != '-') || !all_digits(text + 1, 4))
        return false;
    int offset = number_at(text + 1, 4);
    if (offset % 100 > 59)
        return false;
    return text[0] == '+' ? offset <= 1400 : offset > 0 && offset <= 1200;
}

static bool is_date_time(const char *text, size_t length)
{
    if (length > 5 && is_offset(text + length - 5))
        length -= 5;
    if (length <= 8)
        return is_calendar_date(text, length);
    return is_calendar_date(text, 8) && is_time(text + 8, length - 8);
}

/* One value, or first-last where either side may be left out. A hyphen in DT may also begin an offset, so
 * each is tried as the separator. */
static bool is_value_or_range(bool (*is_value)(const char *, size_t), const char *text, size_t length)
{
    if (is_value(text, length))
        return true;
    for (size_t i = 0; i < length; i++) {
        size_t right = length - i - 1;
        if (text[i] == '-' && length > 1 && (i == 0 || is_value(text, i)) &&
            (right == 0 || is_value(text + i + 1, right)))
            return true;
    }
    return false;
}

static bool is_age(const char *text, size_t length)
{
    return length == 4 && all_digits(text, 3) && memchr("DWMY", text[3], 4) != NULL;
}

enum cgw_code cgw_value_check_time(enum cgw_vr vr, const char *text, size_t length, struct cgw_fault *fault)
{
    switch (vr) {
    case CGW_VR_AS:
        return is_age(text, length)
                   ? CGW_OK
                   : cgw_fault_set(fault, "bad-value", "VR AS takes three digits and D, W, M or Y: 018M");
    case CGW_VR_DA:
        return is_value_or_range(is_date, text, length)
                   ? CGW_OK
                   : cgw_fault_set(
                         fault, "bad-value",
                         "VR DA takes a date of the calendar or a range: 20200131, 20200101-20201231, "
                         "-20201231 or 20200101-");
    case CGW_VR_TM:
        return is_value_or_range(is_time, text, length)
                   ? CGW_OK
                   : cgw_fault_set(
                         fault, "bad-value",
                         "VR TM takes a time or a range: 13, 1330, 133000, 133000.123456 or 0800-1200");
    default:
        return is_value_or_range(is_date_time, text, length)
                   ? CGW_OK
                   : cgw_fault_set(fault, "bad-value",
                                   "VR DT takes a date and time or a range: 2020, 20200131, "
                                   "20200131133000.123456+0100 or 2020-2021");
    }
}
