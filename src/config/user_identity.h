/*
 * The keys of the user identity, which make sense only together (PS3.7 D.3.3.7).
 */
#ifndef CGW_CONFIG_USER_IDENTITY_H
#define CGW_CONFIG_USER_IDENTITY_H

#include "loading.h"

/* Holds the keys of a peer, which all have their values, against each other, and adds faults at place. Sets
 * user_identity_length, and puts what base64 stands for in its place. */
void cgw_user_identity_finish(struct cgw_loading *loading, const char *place, struct cgw_loading_peer *peer);

#endif
