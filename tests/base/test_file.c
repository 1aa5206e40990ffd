#define _GNU_SOURCE /* O_TMPFILE */
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

static struct sr_err err;
static unsigned char *bytes;
static size_t size;

static char *in(const char *dir, const char *name)
{
    return sr_file_join(sr_test_arena(), dir, name);
}

static enum sr_status read_it(const char *path, size_t limit)
{
    return sr_file_read(path, limit, SR_EDATA, sr_test_arena(), &bytes, &size,
                        &err);
}

static int count_names(const char *dir)
{
    const char *const *names;
    int n;
    SR_GOOD(sr_file_list(dir, SR_EDATA, sr_test_arena(), &names, &n, &err),
            err);
    return n;
}

START_TEST(what_is_written_is_read)
{
    const char *dir = sr_test_dir(), *path = in(dir, "a.bin");
    const char text[] = "one\0two";
    SR_GOOD(sr_file_write(path, text, sizeof text, &err), err);
    SR_GOOD(read_it(path, 100), err);
    ck_assert_uint_eq(size, sizeof text);
    ck_assert_mem_eq(bytes, text, sizeof text);
    ck_assert_int_eq(bytes[size], 0);
    ck_assert_int_eq(sr_file_size(path), sizeof text);
    ck_assert_int_eq(count_names(dir), 1);

    SR_GOOD(sr_file_write(path, "", 0, &err), err);
    SR_GOOD(read_it(path, 0), err);
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(bytes[0], 0);
}
END_TEST

START_TEST(new_files_have_the_usual_permissions)
{
    struct stat is;
    umask(027);
    const char *path = sr_test_file("a", "x", 1);
    ck_assert_int_eq(stat(path, &is), 0);
    ck_assert_int_eq(is.st_mode & 0777, 0640);
}
END_TEST

START_TEST(reading_refuses_what_is_no_file_of_that_size)
{
    const char *path = sr_test_file("a", "12345", 5);
    SR_BAD(read_it(path, 4), err, SR_EDATA, "5 bytes, more than the 4");
    SR_GOOD(read_it(path, 5), err);
    SR_BAD(read_it("/nonexistent/a", 9), err, SR_EDATA, "/nonexistent/a: No");
    SR_BAD(read_it("/", 9), err, SR_EDATA, "/ is a directory");
    /* Files in /proc say they are empty, and then are not. */
    SR_BAD(read_it("/proc/self/status", 9), err, SR_EDATA, "changed while");
    /* Files in /sys say they have a page, and then have less. */
    const char *page = "/sys/devices/system/cpu/online";
    if (sr_file_size(page) > 1000)
        SR_BAD(read_it(page, 1 << 20), err, SR_EDATA, "changed while");
    SR_BAD(read_it("/dev/zero", 9), err, SR_EDATA, "no plain file");
}
END_TEST

START_TEST(reading_does_not_wait_for_a_pipe)
{
    const char *path = in(sr_test_dir(), "pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    SR_BAD(read_it(path, 9), err, SR_EDATA, "no plain file");
}
END_TEST

START_TEST(a_failed_read_keeps_its_outputs_and_the_arena)
{
    unsigned char *const before = bytes = (unsigned char *)"x";
    size = 77;
    const struct sr_mark mark = sr_arena_mark(sr_test_arena());
    ck_assert_int_ne(read_it("/proc/self/status", 9), SR_OK);
    const struct sr_mark after = sr_arena_mark(sr_test_arena());
    ck_assert_ptr_eq(bytes, before);
    ck_assert_uint_eq(size, 77);
    ck_assert_uint_eq(after.used, mark.used);
}
END_TEST

/* The disk takes 3 bytes and refuses the fourth: a short write, then EFBIG. */
START_TEST(a_failed_write_leaves_the_old_file_and_nothing_else)
{
    const char *dir = sr_test_dir(), *path = in(dir, "a");
    SR_GOOD(sr_file_write(path, "old", 3, &err), err);
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit little = {3, 3};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    SR_BAD(sr_file_write(path, "newer", 5, &err), err, SR_ERESOURCE, path);
    SR_GOOD(read_it(path, 9), err);
    ck_assert_str_eq((char *)bytes, "old");
    ck_assert_int_eq(count_names(dir), 1);
}
END_TEST

enum { LARGE = 1 << 22, KILLS = 20 };

/* In a process of its own: writes the file over and over, until killed. */
static void write_without_end(const char *path, const char *text)
{
    while (sr_file_write(path, text, LARGE, &err) == SR_OK)
        continue;
    _exit(1);
}

/* Between a file's getting a name of its own and its taking the place of the
 * other there are microseconds of the milliseconds that 4 MB take: a kill in
 * twenty may fall there once, hardly ever twice.  A name from the start would
 * be left behind nearly every time. */
START_TEST(a_killed_writer_leaves_nothing)
{
    const char *dir = sr_file_join(sr_test_arena(), sr_test_dir(), "killed");
    const char *path = sr_file_join(sr_test_arena(), dir, "file");
    const char *text = SR_TAKE(sr_test_arena(), LARGE, char);
    const char *const *names;
    int n;
    SR_GOOD(sr_file_mkdir(dir, &err), err);
    const int nameless = open(dir, O_TMPFILE | O_WRONLY, 0600);
    if (nameless < 0)
        SR_SKIP("no files without a name here");
    close(nameless);
    SR_GOOD(sr_file_write(path, text, LARGE, &err), err);
    for (int i = 0; i < KILLS; i++) {
        const struct timespec span = {.tv_nsec = (5 + i) * 1000000L};
        const pid_t child = fork();
        if (child == 0)
            write_without_end(path, text);
        ck_assert_int_gt(child, 0); /* kill(-1) would be everybody */
        nanosleep(&span, NULL);
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
    }
    SR_GOOD(sr_file_list(dir, SR_EDATA, sr_test_arena(), &names, &n, &err),
            err);
    ck_assert_int_le(n, 1 + 3);
    for (int i = 0; i < n; i++) /* and what there is is whole */
        ck_assert_int_eq(
            sr_file_size(sr_file_join(sr_test_arena(), dir, names[i])), LARGE);
}
END_TEST

START_TEST(no_descriptors_left_is_a_resource)
{
    const char *path = sr_test_file("a", "x", 1);
    struct rlimit usual, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = 3;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    SR_BAD(read_it(path, 9), err, SR_ERESOURCE, "cannot open");
    SR_BAD(sr_file_write(path, "y", 1, &err), err, SR_ERESOURCE, "cannot");
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
}
END_TEST

START_TEST(writing_refuses_to_replace_what_is_no_file)
{
    const char *dir = sr_test_dir();
    SR_BAD(sr_file_write("/dev/null", "x", 1, &err), err, SR_ERESOURCE,
           "no plain file");
    SR_BAD(sr_file_write(dir, "x", 1, &err), err, SR_ERESOURCE,
           "no plain file");
    SR_BAD(sr_file_write(in(dir, "no/such"), "x", 1, &err), err, SR_ERESOURCE,
           "No such file");
    ck_assert_int_eq(count_names(dir), 0);
}
END_TEST

START_TEST(paths_longer_than_the_system_takes_are_errors)
{
    char path[9000];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq(sr_file_write(path, "x", 1, &err), SR_ERESOURCE);
    ck_assert_int_eq(sr_file_mkdir(path, &err), SR_ERESOURCE);
    ck_assert_int_eq(sr_file_link("a", path, &err), SR_ERESOURCE);
    ck_assert_int_eq(read_it(path, 9), SR_EDATA);
    ck_assert_int_eq(sr_file_size(path), -1);
}
END_TEST

START_TEST(mkdir_makes_all_levels)
{
    const char *dir = sr_test_dir(), *deep = in(dir, "a//b/c/");
    SR_GOOD(sr_file_mkdir(deep, &err), err);
    SR_GOOD(sr_file_mkdir(deep, &err), err);
    ck_assert(sr_file_is_dir(in(dir, "a/b/c")));
    SR_GOOD(sr_file_write(in(dir, "f"), "x", 1, &err), err);
    SR_BAD(sr_file_mkdir(in(dir, "f/g"), &err), err, SR_ERESOURCE, "/f: Not a");
    SR_BAD(sr_file_mkdir("", &err), err, SR_ERESOURCE, "directory");
}
END_TEST

START_TEST(rename_replaces)
{
    const char *dir = sr_test_dir(), *a = in(dir, "a"), *b = in(dir, "b");
    SR_GOOD(sr_file_write(a, "a", 1, &err), err);
    SR_GOOD(sr_file_write(b, "b", 1, &err), err);
    SR_GOOD(sr_file_rename(a, b, &err), err);
    SR_GOOD(read_it(b, 9), err);
    ck_assert_str_eq((char *)bytes, "a");
    ck_assert(!sr_file_exists(a));
    SR_BAD(sr_file_rename(a, b, &err), err, SR_ERESOURCE, "No such file");
}
END_TEST

START_TEST(a_link_is_replaced_in_one_step)
{
    const char *dir = sr_test_dir(), *link = in(dir, "latest");
    char target[16] = "";
    SR_GOOD(sr_file_link("run-1", link, &err), err);
    SR_GOOD(sr_file_link("run-2", link, &err), err);
    ck_assert_int_eq(readlink(link, target, sizeof target), 5);
    ck_assert_str_eq(target, "run-2");
    ck_assert_int_eq(count_names(dir), 1);

    SR_GOOD(sr_file_mkdir(in(dir, "real"), &err), err);
    SR_BAD(sr_file_link("x", in(dir, "real"), &err), err, SR_ERESOURCE,
           "cannot make the link");
    ck_assert_int_eq(count_names(dir), 2);
}
END_TEST

START_TEST(removing_a_tree_does_not_follow_links)
{
    const char *dir = sr_test_dir(), *tree = in(dir, "tree");
    const char *kept = in(dir, "kept");
    SR_GOOD(sr_file_mkdir(in(tree, "a/b"), &err), err);
    SR_GOOD(sr_file_mkdir(kept, &err), err);
    SR_GOOD(sr_file_write(in(kept, "f"), "x", 1, &err), err);
    SR_GOOD(sr_file_write(in(tree, "a/b/f"), "x", 1, &err), err);
    SR_GOOD(sr_file_link(kept, in(tree, "a/link"), &err), err);

    SR_GOOD(sr_file_remove_tree(tree, &err), err);
    ck_assert(!sr_file_exists(tree));
    ck_assert(sr_file_exists(in(kept, "f")));
    SR_GOOD(sr_file_remove_tree(tree, &err), err);
}
END_TEST

START_TEST(list_is_sorted_by_bytes)
{
    const char *dir = sr_test_dir();
    static const char *const made[] = {"b", "a", ".hidden", "B", "10", "9"};
    static const char *const sorted[] = {".hidden", "10", "9", "B", "a", "b"};
    for (int i = 0; i < 6; i++)
        SR_GOOD(sr_file_write(in(dir, made[i]), "", 0, &err), err);
    const char *const *names;
    int n;
    SR_GOOD(sr_file_list(dir, SR_EDATA, sr_test_arena(), &names, &n, &err),
            err);
    ck_assert_int_eq(n, 6);
    for (int i = 0; i < 6; i++)
        ck_assert_str_eq(names[i], sorted[i]);
    SR_BAD(sr_file_list(in(dir, "no"), SR_EDATA, sr_test_arena(), &names, &n,
                        &err),
           err, SR_EDATA, "cannot list");
}
END_TEST

START_TEST(questions_about_paths)
{
    const char *dir = sr_test_dir(), *path = in(dir, "f");
    SR_GOOD(sr_file_write(path, "abc", 3, &err), err);
    ck_assert(sr_file_exists(dir) && sr_file_exists(path));
    ck_assert(sr_file_is_dir(dir) && !sr_file_is_dir(path));
    ck_assert(sr_file_is_replaceable(path) && !sr_file_is_replaceable(dir));
    ck_assert(sr_file_is_same(path, path) && !sr_file_is_same(path, dir));
    SR_GOOD(sr_file_check_kept(path, dir, "report", &err), err);
    SR_BAD(sr_file_check_kept(path, path, "report", &err), err, SR_EUSAGE,
           "f is read by this report and would be replaced by it");
    ck_assert_int_eq(sr_file_size(path), 3);
    ck_assert_int_eq(sr_file_size(dir), -1);
    SR_GOOD(sr_file_link("nowhere", in(dir, "l"), &err), err);
    ck_assert(!sr_file_exists(in(dir, "l")));
}
END_TEST

START_TEST(links_that_lead_back)
{
    static const struct {
        const char *to, *path;
        bool back;
    } links[] = {
        {"..", "a/b/up", true},     {"../..", "a/b/top", true},
        {".", "a/b/here", true},    {"../c", "a/b/beside", false},
        {"../b", "a/c/over", true}, {"none", "a/b/broken", false},
        {"/", "a/b/root", true},
    };
    const char *dir = sr_test_dir();
    SR_GOOD(sr_file_mkdir(in(dir, "a/b"), &err), err);
    SR_GOOD(sr_file_mkdir(in(dir, "a/c"), &err), err);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        const char *path = in(dir, links[i].path);
        SR_GOOD(sr_file_link(links[i].to, path, &err), err);
        if (strcmp(links[i].path, "a/c/over") == 0)
            path = in(dir, "a/b/beside/over");
        ck_assert_msg(sr_file_leads_back(path, sr_test_arena()) ==
                          links[i].back,
                      "%s", links[i].path);
    }
    ck_assert(!sr_file_leads_back(in(dir, "a/c/over"), sr_test_arena()));
    ck_assert(!sr_file_leads_back(in(dir, "a"), sr_test_arena()));
}
END_TEST

START_TEST(joining_and_splitting_paths)
{
    struct sr_arena *arena = sr_test_arena();
    ck_assert_str_eq(sr_file_join(arena, "a", "b"), "a/b");
    ck_assert_str_eq(sr_file_join(arena, "a/", "b"), "a/b");
    ck_assert_str_eq(sr_file_join(arena, "", "b"), "b");
    ck_assert_str_eq(sr_file_join(arena, "a", "/b"), "/b");
    ck_assert_str_eq(sr_file_join(arena, "/", "b"), "/b");
    ck_assert_str_eq(sr_file_dir(arena, "a/b/c"), "a/b");
    ck_assert_str_eq(sr_file_dir(arena, "c"), ".");
    ck_assert_str_eq(sr_file_dir(arena, "/c"), "/");
}
END_TEST

START_TEST(last_parts)
{
    ck_assert_str_eq(sr_file_name("a/b/c.d"), "c.d");
    ck_assert_str_eq(sr_file_name("c"), "c");
    ck_assert_str_eq(sr_file_name("/c"), "c");
    ck_assert_str_eq(sr_file_name("a/"), "");
}
END_TEST

SR_SUITE(base_file)
{
    return sr_suite(
        "base/file",
        (const TTest *[]){what_is_written_is_read,
                          new_files_have_the_usual_permissions,
                          reading_refuses_what_is_no_file_of_that_size,
                          reading_does_not_wait_for_a_pipe,
                          a_failed_read_keeps_its_outputs_and_the_arena,
                          a_failed_write_leaves_the_old_file_and_nothing_else,
                          a_killed_writer_leaves_nothing,
                          no_descriptors_left_is_a_resource,
                          writing_refuses_to_replace_what_is_no_file,
                          paths_longer_than_the_system_takes_are_errors,
                          mkdir_makes_all_levels,
                          rename_replaces,
                          a_link_is_replaced_in_one_step,
                          removing_a_tree_does_not_follow_links,
                          list_is_sorted_by_bytes,
                          questions_about_paths,
                          links_that_lead_back,
                          joining_and_splitting_paths,
                          last_parts,
                          NULL});
}
