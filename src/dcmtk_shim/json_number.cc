/*
 * DCMTK 3.6.7 prints a decimal string as a JSON number after dropping plus signs and leading zeros. That
 * makes "5." of "5." and "e3" of "0e3"; neither is JSON. DICOM allows both spellings.
 */
#include "json_number.h"

#include <cmath>
#include <cstdlib>

namespace cgw
{
namespace
{

std::string json_decimal(const std::string &value)
{
    const auto first = value.find_first_not_of(' ');
    if (first == std::string::npos)
        return std::string();
    std::string text = value.substr(first, value.find_last_not_of(' ') - first + 1);
    const auto exponent_at = text.find_first_of("eE");
    std::string mantissa = text.substr(0, exponent_at);
    std::string exponent = exponent_at == std::string::npos ? std::string() : text.substr(exponent_at);
    const bool negative = mantissa[0] == '-';
    if (mantissa[0] == '-' || mantissa[0] == '+')
        mantissa.erase(0, 1);
    if (!mantissa.empty() && mantissa.back() == '.')
        mantissa.pop_back();
    if (mantissa.empty())
        return text; /* no number, as a peer may send it */
    if (mantissa.find_first_not_of("0.") == std::string::npos)
        return negative ? "-0" : "0"; /* whatever the exponent */
    return (negative ? "-" : "") + mantissa + exponent;
}

} // namespace

bool json_overflows(const std::string &values)
{
    for (std::string::size_type start = 0;; start++) {
        if (std::isinf(std::strtod(values.c_str() + start, nullptr)))
            return true;
        start = values.find('\\', start);
        if (start == std::string::npos)
            return false;
    }
}

std::string json_decimals(const std::string &values)
{
    std::string result;
    std::string::size_type start = 0;
    for (;;) {
        const auto end = values.find('\\', start);
        result += json_decimal(values.substr(start, end == std::string::npos ? end : end - start));
        if (end == std::string::npos)
            return result;
        result += '\\';
        start = end + 1;
    }
}

} // namespace cgw
