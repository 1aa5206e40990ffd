/* base/opt.h - one row per value a user can set.
 *
 * Every room describes its settings in a table of these rows; the config room
 * fills the structs from YAML and from key=value arguments without knowing
 * what they mean.  The same rows give validation, `satrun show keys`, the help
 * texts and the resolved config written beside every result.
 *
 * A key may have dots ("schedule.warmup"): each dot is a level of the YAML.
 * Types come from the row, never from the look of the scalar: `1e-3`, `8/255`
 * and `0.03` are the same kind of thing to SR_OPT_REAL.
 */
#ifndef SR_BASE_OPT_H
#define SR_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>

enum sr_opt_type {
    SR_OPT_INT,   /* int64_t                                              */
    SR_OPT_REAL,  /* double; a fraction such as 8/255 is allowed          */
    SR_OPT_BOOL,  /* bool; true or false, nothing else                    */
    SR_OPT_ENUM,  /* int: index into words()                              */
    SR_OPT_NAME,  /* const char *, one of words()                         */
    SR_OPT_TEXT,  /* const char *                                         */
    SR_OPT_PATH,  /* const char *, relative to the file it is written in  */
    SR_OPT_INTS,  /* struct sr_ints                                       */
    SR_OPT_REALS, /* struct sr_reals                                      */
    SR_OPT_NAMES, /* struct sr_names, each one of words()                 */
    SR_OPT_WORDS, /* struct sr_wordlist: any words, copied, so that a room
                     can give them a grammar of its own ("pgd-50x10")     */
};

enum { SR_LIST_MAX = 32, SR_WORD_SIZE = 32 };
struct sr_ints {
    int n;
    long long v[SR_LIST_MAX];
};
struct sr_reals {
    int n;
    double v[SR_LIST_MAX];
};
struct sr_names {
    int n;
    const char *v[SR_LIST_MAX];
};
struct sr_wordlist {
    int n;
    char v[SR_LIST_MAX][SR_WORD_SIZE];
};

/* The i-th allowed word, or NULL past the last. */
typedef const char *sr_words_fn(int i);

struct sr_opt {
    const char *key;
    enum sr_opt_type type;
    size_t offset;        /* of the field in the room's struct              */
    const char *fallback; /* the default as a user would write it; "" is the
                             empty text or list, or, for a REAL or NAME, "not
                             set" (NaN, NULL), which `help` explains; only
                             then may a user write the empty text, too      */
    double min, max;      /* for INT, REAL, INTS, REALS: inclusive          */
    const char *unit;     /* "of the pixel range", "epochs", "" for none    */
    sr_words_fn *words;   /* for ENUM, NAME, NAMES                          */
    const char *help;     /* one line, no full stop                         */
};

/* Rows end with a row whose key is NULL.  Use:
 *   SR_REAL(struct sr_attack_opts, epsilon, "8/255", 0, 1,
 *           "of the pixel range", "radius of the ball"),
 * a field may be nested (schedule.factor), and the key is then its path; SR_ROW
 * itself when the key is another. */
#define SR_ROW(S, K, F, T, D, LO, HI, U, W, H)                                 \
    {                                                                          \
        .key = (K), .type = (T), .offset = offsetof(S, F), .fallback = (D),    \
        .min = (LO), .max = (HI), .unit = (U), .words = (W), .help = (H)       \
    }
#define SR_INT(S, F, D, LO, HI, U, H)                                          \
    SR_ROW(S, #F, F, SR_OPT_INT, D, LO, HI, U, NULL, H)
#define SR_REAL(S, F, D, LO, HI, U, H)                                         \
    SR_ROW(S, #F, F, SR_OPT_REAL, D, LO, HI, U, NULL, H)
#define SR_BOOL(S, F, D, H) SR_ROW(S, #F, F, SR_OPT_BOOL, D, 0, 0, "", NULL, H)
#define SR_ENUM(S, F, D, W, H) SR_ROW(S, #F, F, SR_OPT_ENUM, D, 0, 0, "", W, H)
#define SR_NAME(S, F, D, W, H) SR_ROW(S, #F, F, SR_OPT_NAME, D, 0, 0, "", W, H)
#define SR_TEXT(S, F, D, H) SR_ROW(S, #F, F, SR_OPT_TEXT, D, 0, 0, "", NULL, H)
#define SR_PATH(S, F, D, H) SR_ROW(S, #F, F, SR_OPT_PATH, D, 0, 0, "", NULL, H)
#define SR_INTS(S, F, D, LO, HI, U, H)                                         \
    SR_ROW(S, #F, F, SR_OPT_INTS, D, LO, HI, U, NULL, H)
#define SR_REALS(S, F, D, LO, HI, U, H)                                        \
    SR_ROW(S, #F, F, SR_OPT_REALS, D, LO, HI, U, NULL, H)
#define SR_NAMES(S, F, D, W, H)                                                \
    SR_ROW(S, #F, F, SR_OPT_NAMES, D, 0, 0, "", W, H)
#define SR_WORDS(S, F, D, H)                                                   \
    SR_ROW(S, #F, F, SR_OPT_WORDS, D, 0, 0, "", NULL, H)

/* Parse `text` as row->type and store it in `base` (the room's struct).
 * Lists are written `[a, b]` or `a,b` here; the config room splits YAML lists
 * itself and calls sr_opt_append for each element.
 *   why   filled on failure with what was found and what was expected, without
 *         the key; at least 512 bytes
 * Texts are borrowed: `text` must outlive the struct.  Returns false on
 * failure, and then stores nothing. */
bool sr_opt_set(const struct sr_opt *row, void *base, const char *text,
                char *why, size_t why_size);
bool sr_opt_append(const struct sr_opt *row, void *base, const char *text,
                   char *why, size_t why_size);

/* Every field of base to its row's fallback.  A fallback its own row refuses
 * is a broken promise (SR_REQUIRE). */
void sr_opt_defaults(const struct sr_opt *rows, void *base);

/* The value as a user would write it: reals with the fewest digits that read
 * back to the same double, lists in brackets, texts bare. */
void sr_opt_show(const struct sr_opt *row, const void *base, char *text,
                 size_t size);

#endif
