#include "test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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

SR_SUITE(base_lock)
{
    return sr_suite("base/lock",
                    (const TTest *[]){one_holder_at_a_time,
                                      it_dies_with_the_last_process_that_has_it,
                                      a_place_that_cannot_be_is_told, NULL});
}
