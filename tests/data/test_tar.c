#include "data/tar.h"

#include "base/file.h"
#include "samples.h"
#include "test.h"

#define SHARD "shards/ten-000000.tar"

/* Look through a whole tar file; *members counts. */
static enum sr_status walk(const char *path, int *members, struct sr_err *err)
{
    struct sr_tar *tar;
    struct sr_member member;
    bool more;
    *members = 0;
    SR_TRY(sr_tar_open(path, sr_test_arena(), &tar, err));
    enum sr_status done;
    while ((done = sr_tar_next(tar, &member, &more, err)) == SR_OK && more)
        ++*members;
    sr_tar_close(tar);
    return done;
}

/* The offset that a member is said to have is where its bytes are. */
START_TEST(members_and_their_places)
{
    struct sr_err err;
    struct sr_tar *tar;
    struct sr_member member;
    bool more;
    size_t size;
    unsigned char bytes[4096];
    const unsigned char *file = fixture(SHARD, &size);
    SR_GOOD(sr_tar_open("tests/fixtures/" SHARD, sr_test_arena(), &tar, &err),
            err);
    int members = 0;
    for (;; members++) {
        SR_GOOD(sr_tar_next(tar, &member, &more, &err), err);
        if (!more)
            break;
        ck_assert_int_le(member.size, (int64_t)sizeof bytes);
        SR_GOOD(sr_tar_read(tar, bytes, (size_t)member.size, &err), err);
        ck_assert_mem_eq(bytes, file + member.offset, (size_t)member.size);
    }
    sr_tar_close(tar);
    ck_assert_int_eq(members, 12);
}
END_TEST

/* Also where it is cut between two members, which libarchive takes for an
 * end. */
START_TEST(truncated)
{
    struct sr_err err;
    size_t size;
    int members;
    const unsigned char *file = fixture(SHARD, &size);
    for (size_t n = 512; n < size; n += 512)
        ck_assert_msg(walk(sr_test_file("x.tar", file, n), &members, &err) ==
                          SR_EDATA,
                      "cut to %zu bytes, read %d members", n, members);
    SR_BAD(walk(sr_test_file("x.tar", file, size - 512), &members, &err), err,
           SR_EDATA, "lacks the two zero blocks");
    SR_BAD(walk(sr_test_file("x.tar", file, 0), &members, &err), err, SR_EDATA,
           "x.tar is empty");
}
END_TEST

START_TEST(damaged_header)
{
    struct sr_err err;
    size_t size;
    int members;
    unsigned char *file = fixture(SHARD, &size);
    file[3] ^= 4;
    SR_BAD(walk(sr_test_file("x.tar", file, size), &members, &err), err,
           SR_EDATA, "x.tar: damaged tar file");
    SR_BAD(walk(sr_test_file("x.tar", "no tar at all", 13), &members, &err),
           err, SR_EDATA, "x.tar: damaged tar file");
}
END_TEST

/* Any flipped bit of the headers: refused or read, but never a crash. */
START_TEST(flipped_bits_do_not_crash)
{
    struct sr_err err;
    size_t size;
    int members;
    unsigned char *file = fixture(SHARD, &size);
    const char *path = sr_test_file("x.tar", file, size);
    for (size_t at = 0; at < 512; at++) {
        file[at] ^= (unsigned char)(1 << at % 8);
        SR_GOOD(sr_file_write(path, file, size, &err), err);
        const enum sr_status status = walk(path, &members, &err);
        ck_assert(status == SR_OK || status == SR_EDATA);
        file[at] ^= (unsigned char)(1 << at % 8);
    }
}
END_TEST

SR_SUITE(data_tar)
{
    return sr_suite("data/tar",
                    (const TTest *[]){members_and_their_places, truncated,
                                      damaged_header, flipped_bits_do_not_crash,
                                      NULL});
}
