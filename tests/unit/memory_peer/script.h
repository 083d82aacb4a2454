/*
 * What a peer says, as a line of text, so that a conversation is a row of a table. Words, separated by
 * blanks:
 *
 *   accept                           every presentation context
 *   store:CONTEXT:UID:N              a C-STORE request with a data set of N bytes, whole
 *   command:CONTEXT:UID[:CLASS]      its command only
 *   nodata:CONTEXT:UID               a C-STORE request that announces no data set
 *   data:CONTEXT:N  last:CONTEXT:N   a PDV of a data set, not the last or the last
 *   pending:R:C:F:W                  a pending response with remaining, completed, failed, warning; - leaves
 * one out final:STATUS:R:C:F:W             another response, without a data set report:STATUS:R:C:F:W:UIDS
 * the same with a Failed SOP Instance UID List (Implicit VR Little Endian) field:CONTEXT:FIELD              a
 * command of that type with message id 1 hex:DIGITS                       bytes release releaserp abort short
 * PDUs
 *
 * CONTEXT: ct, mr, get or a number. STATUS, FIELD: hexadecimal. A script that cannot be read aborts.
 */
#ifndef CGW_TESTS_SCRIPT_H
#define CGW_TESTS_SCRIPT_H

#include "setting.h"

void say_script(struct setting *setting, const char *script);

#endif
