/* cmocka.h does not include what it needs; in this order it compiles. */
#ifndef CGW_TEST_CMOCKA_ALL_H
#define CGW_TEST_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
