/*
 * What a peer says, as a line of text, so that a conversation is a row of a table. Words, separated by
 * blanks:
 *
 *   accept                            every presentation context of the setting's plan
 *   answer                            every one that the peer is asked for, in front of all else
 *   store:CONTEXT:UID:N[:CLASS]       a C-STORE request with a data set of N bytes, whole
 *   command:CONTEXT:UID[:CLASS]       its command only
 *   nodata:CONTEXT:UID                a C-STORE request that announces no data set
 *   data:CONTEXT:N  last:CONTEXT:N    a PDV of a data set, not the last or the last
 *   to:ID                             the responses that follow are to the C-GET with this message id
 *   pending:R:C:F:W                   a pending response; remaining, completed, failed, warning, or - each
 *   final:STATUS:R:C:F:W              another response, without a data set
 *   report:STATUS:R:C:F:W:UIDS        the same with a Failed SOP Instance UID List in Implicit VR
 *   field:CONTEXT:FIELD               a command of that type with message id 1
 *   hex:DIGITS                        bytes
 *   release releaserp abort           short PDUs
 *
 *   match:ID:UID                      a match of the C-FIND with message ID: of (0020,000D) only
 *   match:ID:TAG=VALUE[:TAG=VALUE]    the same of these elements
 *   find:STATUS:ID[:DIGITS]           a C-FIND response; with those bytes as its data set, if only none
 *
 * CONTEXT: ct, mr, get or a number. CLASS, VALUE: also ct and mr. STATUS, FIELD, TAG: hexadecimal. A script
 * that cannot be read aborts.
 */
#ifndef CGW_TESTS_SCRIPT_H
#define CGW_TESTS_SCRIPT_H

#include "setting.h"

void say_script(struct setting *setting, const char *script);

/* The same for a peer behind another connection of the setting. */
void say_script_of(struct memory_peer *peer, struct setting *setting, const char *script);

#endif
