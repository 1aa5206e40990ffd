/* What an audit's attacks have broken, kept and taken up again. */
#include "audit/journal.h"

#include <string.h>

#include "base/file.h"
#include "eval/little.h"
#include "test.h"

enum { N = 9 };

static const bool first[N] = {0, 1, 0, 1, 1, 0, 0, 0, 1};
static const bool second[N] = {1, 1, 1, 1, 1, 1, 1, 1, 1};

/* A file with the two answers; its path. */
static const char *kept(const char *key)
{
    const char *path =
        sr_file_join(sr_test_arena(), sr_test_dir(), "audit.part");
    struct sr_journal j = sr_journal_open(path, key, little_log());
    sr_journal_note(&j, "pgd", N, first);
    sr_journal_note(&j, "square", N, second);
    sr_journal_close(&j);
    return path;
}

static bool knows(struct sr_journal *j, const char *attack, int n,
                  const bool *expected)
{
    bool got[N];
    memset(got, 7, sizeof got);
    const bool known = sr_journal_recall(j, attack, n, got);
    if (known)
        ck_assert_mem_eq(got, expected, (size_t)n);
    return known;
}

START_TEST(answers_come_back_in_order)
{
    struct sr_journal j = sr_journal_open(kept("k"), "k", little_log());
    ck_assert(knows(&j, "pgd", N, first));
    ck_assert(knows(&j, "square", N, second));
    ck_assert(!knows(&j, "fab", N, NULL));
    sr_journal_note(&j, "fab", N, first);
    sr_journal_close(&j);

    j = sr_journal_open(j.path, "k", little_log());
    ck_assert_uint_eq(json_array_size(j.attacks), 3);
    sr_journal_close(&j);
}
END_TEST

/* What follows an answer to another question answers others, too. */
START_TEST(another_question_ends_what_is_known)
{
    struct sr_journal j = sr_journal_open(kept("k"), "k", little_log());
    ck_assert(!knows(&j, "square", N, NULL));
    ck_assert(!knows(&j, "pgd", N, NULL));
    sr_journal_close(&j);
    j = sr_journal_open(j.path, "k", little_log());
    ck_assert(knows(&j, "pgd", N, first));
    ck_assert(!knows(&j, "square", N - 1, NULL));
    sr_journal_close(&j);
}
END_TEST

START_TEST(another_audit_is_begun_anew)
{
    struct sr_journal j = sr_journal_open(kept("k"), "l", little_log());
    ck_assert(!knows(&j, "pgd", N, NULL));
    sr_journal_note(&j, "pgd", N, second);
    sr_journal_close(&j);
    j = sr_journal_open(j.path, "l", little_log());
    ck_assert(knows(&j, "pgd", N, second));
    ck_assert(!knows(&j, "square", N, NULL));
    sr_journal_close(&j);
}
END_TEST

/* A file with any byte changed, or cut off anywhere before its last newline,
 * is not believed. */
START_TEST(damage_is_not_believed)
{
    const char *path = kept("k");
    struct sr_err err;
    unsigned char *text;
    size_t size;
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &text, &size,
                         &err),
            err);
    for (size_t i = 0; i + 1 < size; i++) {
        const bool white = text[i] == ' ' || text[i] == '\n';
        struct sr_journal j;
        text[i] ^= 1;
        SR_GOOD(sr_file_write(path, text, size, &err), err);
        text[i] ^= 1;
        j = sr_journal_open(path, "k", little_log());
        ck_assert_msg(white || json_array_size(j.attacks) == 0, "byte %zu", i);
        sr_journal_close(&j);
        SR_GOOD(sr_file_write(path, text, i, &err), err);
        j = sr_journal_open(path, "k", little_log());
        ck_assert_msg(json_array_size(j.attacks) == 0, "length %zu", i);
        sr_journal_close(&j);
    }
}
END_TEST

START_TEST(without_a_file_nothing_is_known)
{
    struct sr_journal j = sr_journal_open(NULL, "k", little_log());
    sr_journal_note(&j, "pgd", N, first);
    ck_assert(!knows(&j, "square", N, NULL));
    sr_journal_close(&j);
    j = sr_journal_open("no/such/folder/x.part", "k", little_log());
    sr_journal_note(&j, "pgd", N, first); /* warned of */
    ck_assert(j.unsaved);
    sr_journal_close(&j);
}
END_TEST

SR_SUITE(audit_journal)
{
    return sr_suite("audit/journal",
                    (const TTest *[]){answers_come_back_in_order,
                                      another_question_ends_what_is_known,
                                      another_audit_is_begun_anew,
                                      damage_is_not_believed,
                                      without_a_file_nothing_is_known, NULL});
}
