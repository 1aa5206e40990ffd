#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"

static int try_lock(const char *path)
{
    struct sr_err err;
    int lock = -2;
    SR_GOOD(sr_lock_try(path, &lock, &err), err);
    return lock;
}

/* Also between two descriptors of one process. */
START_TEST(one_holder_at_a_time)
{
    const char *path = sr_test_file("lock", "", 0);
    const int first = try_lock(path);
    ck_assert_int_ge(first, 0);
    ck_assert_int_eq(try_lock(path), -1);
    sr_lock_release(first);
    const int second = try_lock(path);
    ck_assert_int_ge(second, 0);
    sr_lock_release(second);
}
END_TEST

START_TEST(it_dies_with_the_last_process_that_has_it)
{
    const char *path = sr_test_file("lock", "", 0);
    const int lock = try_lock(path);
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    sr_lock_release(lock);
    ck_assert_int_eq(try_lock(path), -1); /* the child was given it */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    const int again = try_lock(path);
    ck_assert_int_ge(again, 0);
    sr_lock_release(again);
}
END_TEST

START_TEST(a_place_that_cannot_be_is_told)
{
    struct sr_err err;
    int lock = -2;
    SR_BAD(sr_lock_try("/nonexistent/lock", &lock, &err), err, SR_ERESOURCE,
           "/nonexistent/lock");
    ck_assert_int_eq(lock, -2);
}
END_TEST

START_TEST(a_name_has_one_writer)
{
    const char *path = sr_test_file("x", "x", 1);
    const char *lock = sr_arena_format(sr_test_arena(), "%s.lock", path);
    struct sr_lock_name name, other;
    struct sr_err err;

    SR_GOOD(sr_file_write(lock, "", 0, &err), err); /* of one that died */
    for (int i = 0; i < 2; i++) {
        SR_GOOD(sr_lock_name(path, sr_test_arena(), &name, &err), err);
        ck_assert_str_eq(name.path, lock);
        SR_BAD(sr_lock_name(path, sr_test_arena(), &other, &err), err,
               SR_EUSAGE, "x is being written by another process");
        sr_lock_name_release(&name);
        ck_assert(!sr_file_exists(lock));
        ck_assert(sr_file_exists(path));
    }
    SR_BAD(sr_lock_name("/nonexistent/x", sr_test_arena(), &name, &err), err,
           SR_ERESOURCE, "/nonexistent/x.lock");
}
END_TEST

/* Each adds one to the number in the file, many times, holding its name; none
 * that was added is lost. */
static void count_up(const char *path, int times)
{
    while (times > 0) {
        struct sr_lock_name name;
        struct sr_err err;
        int number = 0;
        if (sr_lock_name(path, sr_test_arena(), &name, &err) != SR_OK)
            continue;
        FILE *file = fopen(path, "r+");
        if (!file || fscanf(file, "%d", &number) != 1)
            _exit(1);
        rewind(file);
        fprintf(file, "%d", number + 1);
        fclose(file);
        sr_lock_name_release(&name);
        times--;
    }
}

START_TEST(a_name_goes_from_hand_to_hand)
{
    enum { TIMES = 500 };
    const char *path = sr_test_file("number", "0", 1);
    char text[16] = "";
    int status = 1;
    const pid_t child = fork();
    count_up(path, TIMES);
    if (child == 0)
        _exit(0);
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, "1000");
}
END_TEST

SR_SUITE(base_lock)
{
    return sr_suite("base/lock",
                    (const TTest *[]){one_holder_at_a_time,
                                      it_dies_with_the_last_process_that_has_it,
                                      a_place_that_cannot_be_is_told,
                                      a_name_has_one_writer,
                                      a_name_goes_from_hand_to_hand, NULL});
}
