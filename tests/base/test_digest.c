#include "base/digest.h"

#include "test.h"

/* FIPS 180-4, the examples published with it; the last is a million 'a'. */
static const struct {
    const char *text, *sum;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};
static const char million[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

START_TEST(published_vectors)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char sum[SR_SHA256_TEXT];
        sr_sha256(vectors[i].text, strlen(vectors[i].text), sum);
        ck_assert_str_eq(sum, vectors[i].sum);
    }
}
END_TEST

START_TEST(a_file_in_pieces)
{
    enum { SIZE = 1000000 };
    struct sr_err err;
    char *text = SR_TAKE(sr_test_arena(), SIZE, char), sum[SR_SHA256_TEXT];
    memset(text, 'a', SIZE);
    sr_sha256(text, SIZE, sum);
    ck_assert_str_eq(sum, million);

    const char *path = sr_test_file("a", text, SIZE);
    memset(sum, 0, sizeof sum);
    SR_GOOD(sr_sha256_file(path, SR_EDATA, sum, &err), err);
    ck_assert_str_eq(sum, million);
}
END_TEST

/* RFC 1321, A.5 */
START_TEST(md5_of_files)
{
    static const struct {
        const char *text, *sum;
    } files[] = {{"", "d41d8cd98f00b204e9800998ecf8427e"},
                 {"abc", "900150983cd24fb0d6963f7d28e17f72"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct sr_err err;
        char sum[SR_MD5_TEXT];
        const char *path =
            sr_test_file("a", files[i].text, strlen(files[i].text));
        SR_GOOD(sr_md5_file(path, SR_EDATA, sum, &err), err);
        ck_assert_str_eq(sum, files[i].sum);
    }
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    struct sr_err err;
    char sum[SR_SHA256_TEXT];
    SR_BAD(sr_sha256_file("/nonexistent", SR_EWEIGHTS, sum, &err), err,
           SR_EWEIGHTS, "cannot open /nonexistent");
    SR_BAD(sr_sha256_file("/", SR_EWEIGHTS, sum, &err), err, SR_EWEIGHTS,
           "cannot read /");
}
END_TEST

SR_SUITE(base_digest)
{
    return sr_suite("base/digest",
                    (const TTest *[]){published_vectors, a_file_in_pieces,
                                      md5_of_files, files_that_cannot_be_read,
                                      NULL});
}
