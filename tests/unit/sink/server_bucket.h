/* A bucket of the scripted server (support/bucket_server.h), through the real src/bucket. */
#ifndef CGW_TESTS_SERVER_BUCKET_H
#define CGW_TESTS_SERVER_BUCKET_H

#include "test_bucket.h"

#include "support/bucket_server.h"

/* Borrowed; to say what goes wrong. */
struct bucket_server *server_bucket_of(struct test_bucket *bucket);

#endif
