/* What the tests of DICOMweb share: a gateway with a cache, requests, and the parts of answers. */
#ifndef CGETWAY_TESTS_DICOMWEB_H
#define CGETWAY_TESTS_DICOMWEB_H

#include "integration/integration.h"

#include "support/make_image.h"

enum { DICOMWEB_PATH_BYTES = 512 };

/* In place of world_start: the gateway has a cache in a directory of its own, and these members (JSON text,
 * may be NULL) at the top level of its configuration. */
bool dicomweb_start(const struct world_peer *peers, size_t count, const char *members);

/* An instance of which a test knows every byte. Paths are those below /v1/peers/NAME/dicom-web. */
struct dicomweb_image {
    struct image_options options;
    char instance[STUDY_UID_BYTES];
    char *file; /* as it was loaded into the peers; free */
    char path[DICOMWEB_PATH_BYTES];
};
/* Writes it, and encodes it anew where a tool is named (see study_instance_encode). study and series of the
 * options are set; the instance's UID follows from its seed. */
bool dicomweb_image_make(const struct image_options *options, const char *const *tool,
                         struct dicomweb_image *ret_image);

/* "/studies/S", "/studies/S/series/E" and "/studies/S/series/E/instances/I". */
void dicomweb_study_path(const struct study *study, char path[DICOMWEB_PATH_BYTES]);
void dicomweb_series_path(const struct study *study, size_t series, char path[DICOMWEB_PATH_BYTES]);
void dicomweb_instance_path(const struct study *study, size_t index, char path[DICOMWEB_PATH_BYTES]);

/* GET of path and rest below the peer's DICOMweb base. accept: NULL for no such field. */
void dicomweb_get(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                  struct http_response *ret_response);
/* The same with more header fields, NULL-terminated, and another method. */
void dicomweb_request(const char *method, const struct at_peer *at, const char *path, const char *rest,
                      const char *const *headers, struct http_response *ret_response);

/* A whole multipart answer. Asserts 200, multipart/related of this type, its length where it is told, and
 * that each part's header is exactly its Content-Type. */
struct dicomweb_parts {
    struct http_response response;
    struct multipart body;
};
void dicomweb_get_parts(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                        const char *type, struct dicomweb_parts *ret_parts);
void dicomweb_parts_release(struct dicomweb_parts *parts);

/* The part has this type, and these bytes. */
void assert_part(const struct dicomweb_parts *parts, size_t index, const char *type, const void *bytes,
                 size_t length);
/* A GET whose answer is these bytes alone. */
void assert_single(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                   const char *type, const void *bytes, size_t length);
/* A GET that is refused; detail: text that stands there, NULL: any. */
void assert_refused(const struct at_peer *at, const char *path, const char *rest, const char *accept,
                    long status, const char *code, const char *detail);

/* Asserts 200, the type, and that the length that was told is that of the body. */
void assert_body(const struct http_response *response, const char *type);

/* A DICOM file as Debian's dcmconv makes it of another one; owned by the caller (free). */
uint8_t *dcmconv_of(const char *path, const char *option, size_t *ret_length);

#endif
