#include "user_identity.h"

#include "value.h"

#include <string.h>

static bool is_own(const struct cgw_loading_peer *peer, const char *name)
{
    return peer->own[cgw_key_index(cgw_key_find(name))];
}

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 4648, section 4, with its padding. In place: three bytes for four characters. */
static bool decode_base64(char *bytes, size_t *length)
{
    size_t padding = 0, made = 0;
    unsigned gathered = 0;

    if (*length == 0 || *length % 4 != 0)
        return false;
    while (padding < 2 && bytes[*length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < *length; i++) {
        int digit = i < *length - padding ? digit_of(bytes[i]) : 0;
        if (digit < 0)
            return false;
        gathered = gathered << 6 | (unsigned)digit;
        if (i % 4 != 3)
            continue;
        for (int shift = 16; shift >= 0; shift -= 8)
            bytes[made++] = (char)(gathered >> shift & 0xFF);
        gathered = 0;
    }
    *length = made - padding;
    return true;
}

/* A peer that says "none" itself has no use for an identity; one that says nothing was forgotten, and would
 * be asked without an identity. */
static void check_none(struct cgw_loading *loading, const char *place, const struct cgw_loading_peer *peer)
{
    if (!is_own(peer, "user-identity-type") && peer->peer.user_identity[0] != '\0')
        cgw_loading_fault(loading, place,
                          "user-identity is given, but user-identity-type is none; set the type");
}

/* A passcode of the top level is not for a peer with a type of its own. */
static void check_passcode(struct cgw_loading *loading, const char *place,
                           const struct cgw_loading_peer *peer)
{
    bool is_set = peer->peer.user_passcode[0] != '\0';
    bool is_meant = is_own(peer, "user-passcode") || !is_own(peer, "user-identity-type");
    bool is_needed = peer->peer.user_identity_type == CGW_IDENTITY_USERNAME_PASSCODE;

    if (is_needed && !is_set)
        cgw_loading_fault(loading, place, "user-identity-type username-passcode needs a user-passcode");
    if (!is_needed && is_set && is_meant)
        cgw_loading_fault(loading, place,
                          "user-passcode is given, but user-identity-type is not username-passcode");
}

void cgw_user_identity_finish(struct cgw_loading *loading, const char *place, struct cgw_loading_peer *own)
{
    struct cgw_peer *peer = &own->peer;

    if (peer->user_identity_type == CGW_IDENTITY_NONE) {
        check_none(loading, place, own);
        return;
    }
    check_passcode(loading, place, own);
    peer->user_identity_length = strlen(peer->user_identity);
    if (peer->user_identity_length == 0)
        cgw_loading_fault(loading, place, "user-identity-type is set, but user-identity is empty");
    else if (peer->user_identity_type == CGW_IDENTITY_KERBEROS &&
             !decode_base64(peer->user_identity, &peer->user_identity_length))
        cgw_loading_fault(loading, place,
                          "user-identity is not the base64 that user-identity-type kerberos needs (RFC 4648, "
                          "with its padding, in one line)");
}
