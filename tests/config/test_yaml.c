#include "test.h"

#include <stdio.h>

#include "config/yaml.h"

static struct sr_yaml *read_bytes(const void *bytes, size_t size,
                                  struct sr_problems *problems)
{
    const char *path = sr_test_file("x.yaml", bytes, size);
    sr_problems_begin(problems, sr_test_arena());
    return sr_yaml_read(path, sr_test_arena(), problems);
}

static struct sr_yaml *read(const char *text, struct sr_problems *problems)
{
    return read_bytes(text, strlen(text), problems);
}

START_TEST(a_tree_has_places_and_paths)
{
    struct sr_problems problems;
    const struct sr_yaml *root =
        read("a: 1\nb:\n  c: [x, 'y']\n  d: \"\"\n", &problems);
    ck_assert_int_eq(problems.n, 0);
    ck_assert_ptr_nonnull(root);

    const struct sr_yaml *c = sr_yaml_find(sr_yaml_find(root, "b"), "c");
    ck_assert_str_eq(c->path, "b.c");
    ck_assert_int_eq(c->kind, SR_YAML_LIST);
    ck_assert_int_eq(c->children, 2);
    ck_assert_int_eq(c->key_at.line, 3);
    ck_assert_int_eq(c->key_at.column, 3);
    ck_assert_int_eq(c->at.column, 6);
    ck_assert_str_eq(c->child->sibling->path, "b.c[1]");
    ck_assert_str_eq(c->child->sibling->text, "y");
    ck_assert(c->child->plain && !c->child->sibling->plain);
    ck_assert_str_eq(sr_yaml_after(c)->path, "b.d");
    ck_assert(!sr_yaml_is_null(sr_yaml_after(c)));
    ck_assert_ptr_null(sr_yaml_after(sr_yaml_find(root, "b")));
}
END_TEST

/* Columns count letters, as editors do, not bytes. */
START_TEST(columns_count_letters)
{
    struct sr_problems problems;
    const struct sr_yaml *root =
        read("a: {\xc3\xa4\xc3\xb6: 1, b: 2}\n", &problems);
    const struct sr_yaml *b = sr_yaml_find(sr_yaml_find(root, "a"), "b");
    ck_assert_int_eq(b->key_at.column, 12);
}
END_TEST

START_TEST(nothing_written_is_null)
{
    struct sr_problems problems;
    const struct sr_yaml *root =
        read("a:\nb: ~\nc: null\nd: 'null'\ne: 0\n", &problems);
    ck_assert(sr_yaml_is_null(sr_yaml_find(root, "a")));
    ck_assert(sr_yaml_is_null(sr_yaml_find(root, "b")));
    ck_assert(sr_yaml_is_null(sr_yaml_find(root, "c")));
    ck_assert(!sr_yaml_is_null(sr_yaml_find(root, "d")));
    ck_assert(!sr_yaml_is_null(sr_yaml_find(root, "e")));
}
END_TEST

static const struct {
    const char *why, *text, *says;
    int line, column;
} refused[] = {
    {"anchor", "a: &x 1\n", "anchors are not part", 1, 4},
    {"alias", "a: 1\nb: *x\n", "aliases are not part", 2, 4},
    {"tag", "a: !!int 1\n", "tags are not part", 1, 4},
    {"anchor on a map", "a: &x\n  b: 1\n", "anchors are not part", 1, 4},
    {"second document", "a: 1\n---\nb: 2\n", "a second document", 2, 1},
    {"duplicate key", "a: 1\nb: 2\na: 3\n",
     "duplicate key 'a'; it is also on line 1", 3, 1},
    {"a list for a key", "[a, b]: 1\n", "a key must be a word", 1, 1},
    {"empty", "", "a config is a map", 0, 0},
    {"comment alone", "# nothing\n", "a config is a map", 0, 0},
    {"a list", "- a\n", "a config is a map", 1, 1},
    {"a word", "a\n", "a config is a map", 1, 1},
    {"tab", "a:\n\tb: 1\n", "indented with spaces", 2, 1},
    {"open bracket", "a: [1, 2\nb: 3\n", "not YAML", 2, 2},
    {"wrong indent", "a: 1\n  b: 2\n", "not YAML", 2, 4},
    {"bad UTF-8", "a: 1\nb: \xff\xfe\n", "not YAML", 2, 4},
    {"bad UTF-8 after good", "a: 1\nb: \xc3\xa4\xff\n", "not YAML", 2, 5},
    {"cut UTF-8", "a: \xc3", "not YAML", 1, 4},
    {"control character", "a: 1\nb: x\x01y\n", "not YAML", 2, 5},
    {"escaped zero byte", "a: \"x\\0y\"\n", "a zero byte", 1, 4},
    {"long key",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1\n",
     "longer than 63", 1, 1},
};

START_TEST(what_a_config_has_no_use_for_is_refused)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *why = refused[i].why;
        struct sr_problems problems;
        read(refused[i].text, &problems);
        ck_assert_msg(problems.n == 1, "%s: %d problems, first: %s", why,
                      problems.n, problems.list[0].text);
        const struct sr_err *p = &problems.list[0];
        ck_assert_int_eq(p->status, SR_ECONFIG);
        ck_assert_msg(strstr(p->text, refused[i].says), "%s: %s", why, p->text);
        ck_assert_msg(p->at.line == refused[i].line &&
                          p->at.column == refused[i].column,
                      "%s: at %d:%d", why, p->at.line, p->at.column);
    }
}
END_TEST

START_TEST(a_zero_byte_in_the_file)
{
    struct sr_problems problems;
    ck_assert_ptr_null(read_bytes("a: 1\nb: \0 2\n", 12, &problems));
    ck_assert_int_eq(problems.n, 1);
    ck_assert_int_eq(problems.list[0].at.line, 2);
}
END_TEST

START_TEST(size_depth_and_count_are_limited)
{
    enum { MIB = 1 << 20 };
    struct sr_problems problems;
    char *text = SR_TAKE(sr_test_arena(), MIB + 10, char);

    memset(text, '[', 100);
    memcpy(text, "a: ", 3);
    ck_assert_ptr_null(read_bytes(text, 100, &problems));
    ck_assert_ptr_nonnull(strstr(problems.list[0].text, "16 levels"));

    memset(text, '\n', MIB + 1);
    memcpy(text, "a: 1", 4);
    ck_assert_ptr_nonnull(read_bytes(text, MIB, &problems));
    ck_assert_ptr_null(read_bytes(text, MIB + 1, &problems));
    ck_assert_int_eq(problems.n, 1);

    memcpy(text, "a: [", 4);
    for (int i = 0; i < 20000; i++)
        text[4 + i] = i % 2 ? ',' : '1';
    ck_assert_ptr_null(read_bytes(text, 20004, &problems));
    ck_assert_ptr_nonnull(strstr(problems.list[0].text, "10000 nodes"));
}
END_TEST

START_TEST(missing_file_and_directory)
{
    struct sr_problems problems;
    sr_problems_begin(&problems, sr_test_arena());
    ck_assert_ptr_null(
        sr_yaml_read("/nowhere/x.yaml", sr_test_arena(), &problems));
    ck_assert_ptr_null(sr_yaml_read("/", sr_test_arena(), &problems));
    ck_assert_int_eq(problems.n, 2);
    ck_assert_int_eq(problems.list[0].at.line, 0);
    ck_assert_str_eq(problems.list[0].at.path, "/nowhere/x.yaml");
}
END_TEST

/* Every beginning of a good file is either good or one located problem. */
START_TEST(every_truncation_is_survived)
{
    const char *whole =
        "name: \"x\"\ntrain:\n  lr: 0.1   # fast\n"
        "  list: [1, 2, {a: b}]\n  text: |\n    two\n    lines\n";
    for (size_t size = 0; size <= strlen(whole); size++) {
        struct sr_problems problems;
        const struct sr_yaml *root = read_bytes(whole, size, &problems);
        ck_assert_int_eq(problems.n, root ? 0 : 1);
    }
}
END_TEST

SR_SUITE(config_yaml)
{
    return sr_suite(
        "config/yaml",
        (const TTest *[]){
            a_tree_has_places_and_paths, columns_count_letters,
            nothing_written_is_null, what_a_config_has_no_use_for_is_refused,
            a_zero_byte_in_the_file, size_depth_and_count_are_limited,
            missing_file_and_directory, every_truncation_is_survived, NULL});
}
