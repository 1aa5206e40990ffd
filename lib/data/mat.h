/* data/mat.h - MATLAB files, version 5: numbers, text and structs of them.
 *
 * What data sets come in: SVHN's images and labels, ImageNet's list of classes.
 * Little-endian files only, whole in memory; compressed variables are inflated.
 *
 * Layout   arrays are column by column: the first dimension is the fastest
 * Source   MathWorks, "MAT-File Format", chapter 1 (level 5)
 */
#ifndef SR_DATA_MAT_H
#define SR_DATA_MAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { SR_MAT_DIMS = 4 };

enum sr_mat_kind {
    SR_MAT_NUMBERS,
    SR_MAT_TEXT,
    SR_MAT_STRUCTS,
    SR_MAT_OTHER, /* cells, sparse and complex arrays, more dimensions:
                     only its name is read */
};

struct sr_mat {
    const char *name; /* "" inside a struct */
    enum sr_mat_kind kind;
    int dims;
    int64_t dim[SR_MAT_DIMS], count; /* count: their product           */
    int width;                  /* bytes of a number or a letter, as stored */
    uint32_t type;              /* how it is stored                         */
    const unsigned char *bytes; /* [count]                                  */
    int fields;                 /* of structs                               */
    const char *const *field;   /* [fields]                                 */
    const struct sr_mat *value; /* [count][fields]                          */
};

/* The variables of a file.  What they point to is from ARENA.
 * Fails with SR_EDATA: not such a file; damaged; sizes that contradict. */
enum { SR_MAT_VARIABLES = 16 };
struct sr_mat_file {
    const char *path;
    int n;
    struct sr_mat variable[SR_MAT_VARIABLES];
};
enum sr_status sr_mat_parse(const char *path, const unsigned char *bytes,
                            size_t size, struct sr_arena *arena,
                            struct sr_mat_file *file, struct sr_err *err);

/* The variable of this name and kind.  Fails with SR_EDATA. */
enum sr_status sr_mat_find(const struct sr_mat_file *file, const char *name,
                           enum sr_mat_kind kind, const struct sr_mat **found,
                           struct sr_err *err);

/* Field `name` of element i of structs; NULL: there is no such field. */
const struct sr_mat *sr_mat_field(const struct sr_mat *structs, int64_t i,
                                  const char *name);

/* Number i, of numbers; i < count. */
double sr_mat_number(const struct sr_mat *numbers, int64_t i);

/* Text, cut to size; letters that are not ASCII become '?'. */
void sr_mat_text(const struct sr_mat *letters, char *text, size_t size);

#endif
