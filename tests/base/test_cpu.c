#include "base/cpu.h"

#include <stdio.h>

#include "base/file.h"
#include "test.h"

START_TEST(sizes_are_in_order)
{
    const struct sr_caches c = sr_cpu_caches();
    ck_assert_uint_le(8 << 10, c.l1);
    ck_assert_uint_le(c.l1, c.l2);
    ck_assert_uint_le(c.l2, c.l3);
    ck_assert_uint_le(c.l3, 1 << 30);
    ck_assert_int_ge(sr_cpu_processors(), 1);
    ck_assert_int_le(sr_cpu_processors(), 1024);
}
END_TEST

/* index<i> of a directory as Linux makes it, with three files. */
static void list(const char *dir, int i, const char *level, const char *type,
                 const char *size)
{
    const char *const words[][2] = {
        {"level", level}, {"type", type}, {"size", size}};
    char path[512];
    struct sr_err err;
    snprintf(path, sizeof path, "%s/index%d", dir, i);
    SR_GOOD(sr_file_mkdir(path, &err), err);
    for (int w = 0; w < 3; w++) {
        snprintf(path, sizeof path, "%s/index%d/%s", dir, i, words[w][0]);
        const size_t length = strlen(words[w][1]);
        SR_GOOD(sr_file_write(path, words[w][1], length, &err), err);
    }
}

START_TEST(as_linux_lists_them)
{
    const char *dir = sr_test_dir();
    struct sr_caches c = sr_cpu_listed_caches(dir);
    ck_assert_uint_eq(c.l1 + c.l2 + c.l3, 0);

    list(dir, 0, "1\n", "Data\n", "48K\n");
    list(dir, 1, "1\n", "Instruction\n", "32K\n");
    list(dir, 2, "2\n", "Unified\n", "1024K\n");
    list(dir, 3, "3\n", "Unified\n", "32M\n");
    c = sr_cpu_listed_caches(dir);
    ck_assert_uint_eq(c.l1, 48 << 10);
    ck_assert_uint_eq(c.l2, 1 << 20);
    ck_assert_uint_eq(c.l3, 32 << 20);

    list(dir, 2, "2", "Unified", "many");
    list(dir, 3, "", "", "");
    c = sr_cpu_listed_caches(dir);
    ck_assert_uint_eq(c.l1, 48 << 10);
    ck_assert_uint_eq(c.l2 + c.l3, 0);
}
END_TEST

SR_SUITE(base_cpu)
{
    return sr_suite("base/cpu", (const TTest *[]){sizes_are_in_order,
                                                  as_linux_lists_them, NULL});
}
