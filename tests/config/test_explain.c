#include "test.h"

#include <stdio.h>

#include "config/exp.h"

static const char *explain(const char *path, int line, int column,
                           const char *text, int n, char *const *override)
{
    struct sr_err err;
    sr_fail_at(&err, (struct sr_src){path, line, column}, "%s", text);
    return sr_exp_explain(&err, n, override, sr_test_arena());
}

START_TEST(the_line_and_a_caret)
{
    const char *text = "a: 1\nattack:\n  step: 1.5\n";
    const char *path = sr_test_file("c.yaml", text, strlen(text));
    ck_assert_str_eq(explain(path, 3, 9, "too long", 0, NULL),
                     sr_arena_format(sr_test_arena(),
                                     "%s:3:9: error: too long\n"
                                     "    3 |   step: 1.5\n"
                                     "      |         ^\n",
                                     path));
}
END_TEST

START_TEST(an_argument)
{
    char *words[] = {"a=1", "attack.step=x"};
    ck_assert_str_eq(explain(NULL, 2, 13, "no number", 2, words),
                     "argument 2: error: no number\n"
                     "      | attack.step=x\n"
                     "      |             ^\n");
}
END_TEST

START_TEST(without_a_line)
{
    ck_assert_str_eq(explain("c.yaml", 0, 0, "cannot be read", 0, NULL),
                     "c.yaml: error: cannot be read\n");
    ck_assert_str_eq(explain(NULL, 0, 0, "anything", 0, NULL),
                     "satrun: error: anything\n");
    ck_assert_str_eq(explain("/nowhere/c.yaml", 3, 4, "gone", 0, NULL),
                     "/nowhere/c.yaml:3:4: error: gone\n");
    const char *path = sr_test_file("c.yaml", "a: 1\n", 5);
    ck_assert_str_eq(explain(path, 9, 1, "past the end", 0, NULL),
                     sr_arena_format(sr_test_arena(),
                                     "%s:9:1: error: past the end\n", path));
}
END_TEST

/* A file can hold what would move a terminal's cursor. */
START_TEST(control_characters_stay_off_the_terminal)
{
    const char *path = sr_test_file("c.yaml", "a:\t\x1b[2Jx\r\n", 10);
    ck_assert_str_eq(explain(path, 1, 4, "odd", 0, NULL),
                     sr_arena_format(sr_test_arena(),
                                     "%s:1:4: error: odd\n"
                                     "    1 | a: ?[2Jx\n"
                                     "      |    ^\n",
                                     path));
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    const char *path = sr_test_file("c.yaml", text, sizeof text);
    ck_assert_uint_lt(strlen(explain(path, 1, 900, "far", 0, NULL)), 600);
}
END_TEST

SR_SUITE(config_explain)
{
    return sr_suite("config/explain",
                    (const TTest *[]){the_line_and_a_caret, an_argument,
                                      without_a_line,
                                      control_characters_stay_off_the_terminal,
                                      a_long_line_is_cut, NULL});
}
