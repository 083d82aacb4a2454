/* cmocka's header with what it needs before it. */
#ifndef CGW_TESTS_CMOCKA_ALL_H
#define CGW_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
