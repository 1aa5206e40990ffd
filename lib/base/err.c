#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum sr_status sr_fail(struct sr_err *err, enum sr_status status,
                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *err = (struct sr_err){.status = status};
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    sr_text_clean(err->text);
    return status;
}

enum sr_status sr_fail_at(struct sr_err *err, struct sr_src at,
                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *err = (struct sr_err){.status = SR_ECONFIG, .at = at};
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    sr_text_clean(err->text);
    return err->status;
}

static int is_resource(int code)
{
    return code == ENOSPC || code == EDQUOT || code == ENOMEM ||
           code == EMFILE || code == ENFILE;
}

enum sr_status sr_fail_errno(struct sr_err *err, enum sr_status status,
                             const char *doing, const char *path)
{
    const int code = errno;
    return sr_fail(err, is_resource(code) ? SR_ERESOURCE : status,
                   "cannot %s %s: %s", doing, path, strerror(code));
}

enum sr_status sr_fail_within(struct sr_err *err, const char *format, ...)
{
    char inner[sizeof err->text];
    memcpy(inner, err->text, sizeof inner);

    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    const size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", inner);
    sr_text_clean(err->text);
    return err->status;
}

_Noreturn void sr_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "satrun: internal error at %s:%d: %s\n", file, line,
            condition);
    abort();
}
