/* Private to the shim: the decimal strings of a DS value in a form that DCMTK prints as JSON numbers. */
#ifndef CGW_DCMTK_SHIM_JSON_NUMBER_H
#define CGW_DCMTK_SHIM_JSON_NUMBER_H

#include <string>

namespace cgw
{

/* Each of the values between backslashes. The number stays the same, only its spelling changes. */
std::string json_decimals(const std::string &values);

/* True where one of the values is a number that no double holds, 1e400: DCMTK would print it as a JSON
 * number, at which readers of JSON stop. */
bool json_overflows(const std::string &values);

} // namespace cgw

#endif
