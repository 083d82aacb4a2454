#include "digest.h"

#include "cgetway/part10.h"
#include "cgetway/retrieve.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct digest {
    EVP_MD_CTX *context;
    bool failed;
};

struct digest *digest_new(void)
{
    struct digest *digest = calloc(1, sizeof *digest);
    if (digest == NULL)
        return NULL;
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL) {
        free(digest);
        return NULL;
    }
    return digest;
}

void digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void digest_begin(struct digest *digest, const struct cgw_instance *instance, const char *source_aet)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    size_t length = cgw_part10_header(instance->sop_class, instance->sop_instance, instance->transfer_syntax,
                                      source_aet, header);
    digest->failed = EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1;
    digest_add(digest, header, length);
}

void digest_add(struct digest *digest, const uint8_t *bytes, size_t length)
{
    if (!digest->failed)
        digest->failed = EVP_DigestUpdate(digest->context, bytes, length) != 1;
}

bool digest_end(struct digest *digest, uint8_t ret_digest[CGW_DIGEST_BYTES])
{
    unsigned length = 0;
    return !digest->failed && EVP_DigestFinal_ex(digest->context, ret_digest, &length) == 1 &&
           length == CGW_DIGEST_BYTES;
}
