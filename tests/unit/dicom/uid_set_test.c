#include "unit/cmocka_all.h"

#include "cgetway/uid_set.h"

#include <stdio.h>

enum { MANY = 10000, BYTES_PER_UID = 24 };

static void a_uid_is_new_once(void **state)
{
    struct cgw_uid_set set;
    bool is_new;
    (void)state;
    cgw_uid_set_init(&set);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            char uid[32];
            (void)snprintf(uid, sizeof uid, "1.2.840.99999.%d", i);
            assert_true(cgw_uid_set_add(&set, uid, &is_new));
            assert_int_equal(is_new, round == 0);
            assert_true(cgw_uid_set_has(&set, uid));
        }
    }
    assert_int_equal(set.count, MANY);
    assert_false(cgw_uid_set_has(&set, "1.2.840.99999"));
    assert_true(set.slot_count * sizeof *set.slots <= (size_t)MANY * BYTES_PER_UID);
    cgw_uid_set_release(&set);
}

static void a_set_can_be_used_again_after_its_release(void **state)
{
    struct cgw_uid_set set;
    bool is_new = false;
    (void)state;
    cgw_uid_set_init(&set);
    assert_true(cgw_uid_set_add(&set, "1.2", &is_new));
    cgw_uid_set_release(&set);
    cgw_uid_set_init(&set);
    assert_false(cgw_uid_set_has(&set, "1.2"));
    assert_true(cgw_uid_set_add(&set, "1.2", &is_new));
    assert_true(is_new);
    cgw_uid_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uid_is_new_once),
        cmocka_unit_test(a_set_can_be_used_again_after_its_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
