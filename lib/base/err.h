/* base/err.h - errors as values: a status, one sentence, a place in a file.
 *
 * Everything that can fail for a reason outside the program returns an enum
 * sr_status and describes the failure in a struct sr_err the caller owns.
 * The status is also the exit code of the process, so no table translates it.
 * Our own mistakes are not errors but SR_REQUIRE, which is on in every build.
 */
#ifndef SR_BASE_ERR_H
#define SR_BASE_ERR_H

enum sr_status {
    SR_OK = 0,
    SR_EINTERNAL = 1, /* a run failed for a reason of our own              */
    SR_EUSAGE = 2,    /* the command line                                  */
    SR_ECONFIG = 3,   /* a config file or a key=value argument             */
    SR_EDATA = 4,     /* a data set: missing, damaged, wrong checksum      */
    SR_EWEIGHTS = 5,  /* a checkpoint or weights: unreadable, mismatched   */
    SR_EDIVERGED = 6, /* a loss or gradient that is not finite             */
    SR_ERESOURCE = 7, /* disk, memory, file descriptors                    */
    SR_EVERIFY = 8,   /* a built-in check of the results failed            */
    SR_STOPPED = 75,  /* asked to stop; a complete checkpoint is on disk   */
};

/* A place in a file the user wrote.  line and column count from 1; line 0
 * means "no place".  For a key=value argument, path is NULL and line is the
 * argument's number.  The path is borrowed and outlives the err. */
struct sr_src {
    const char *path;
    int line, column;
};

struct sr_err {
    enum sr_status status;
    struct sr_src at;
    char text[1024]; /* one sentence, no full stop, no newline */
};

/* Fill *err and return status, so that a failure reads `return sr_fail(...)`.
 * Control characters in the formatted text, and bytes that are no UTF-8, become
 * '?': names in hostile files must not reach a terminal.  Cannot fail. */
enum sr_status sr_fail(struct sr_err *err, enum sr_status status,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with SR_ECONFIG and a place. */
enum sr_status sr_fail_at(struct sr_err *err, struct sr_src at,
                          const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "cannot <doing> <path>: <strerror(errno)>".  The status is SR_ERESOURCE when
 * errno is ENOSPC, EDQUOT, ENOMEM, EMFILE or ENFILE, otherwise `status`. */
enum sr_status sr_fail_errno(struct sr_err *err, enum sr_status status,
                             const char *doing, const char *path);

/* Put "<text>: " in front of the sentence already in err; returns its status.
 */
enum sr_status sr_fail_within(struct sr_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Pass a failure up. */
#define SR_TRY(call)                                                           \
    do {                                                                       \
        const enum sr_status sr_try_status = (call);                           \
        if (sr_try_status != SR_OK)                                            \
            return sr_try_status;                                              \
    } while (0)

/* A promise between parts of this program; broken, it stops with the place. */
#define SR_REQUIRE(condition)                                                  \
    ((condition) ? (void)0 : sr_broken(#condition, __FILE__, __LINE__))

_Noreturn void sr_broken(const char *condition, const char *file, int line);

#endif
