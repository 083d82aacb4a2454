/* What we told a peer, as text: "A-ASSOCIATE-RQ C-GET-RQ data C-STORE-RSP(0000) A-RELEASE-RQ". */
#ifndef CGW_TESTS_HEARD_H
#define CGW_TESTS_HEARD_H

#include "cgetway/buffer.h"

#include <stddef.h>

/* Words separated by blanks; "torn" where the bytes end inside a PDU, "nonsense" where they are none of ours.
 */
void heard_as_text(const struct cgw_buffer *heard, char *text, size_t size);

#endif
