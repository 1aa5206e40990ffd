#include "report/html.h"

#include <stdlib.h>

#include "base/file.h"
#include "report/made.h"
#include "test.h"

typedef void put_fn(FILE *out, const char *text);

static const char *written(put_fn *put, const char *text)
{
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);
    put(out, text);
    ck_assert_int_eq(fclose(out), 0);
    const char *copy = sr_arena_text(sr_test_arena(), made);
    free(made);
    return copy;
}

static void put_cell(FILE *out, const char *text)
{
    sr_html_tag(out, "td class=\"a\"", text);
}

START_TEST(text_stays_text)
{
    static const struct {
        const char *text, *is;
    } cases[] = {{"", ""},
                 {"a & b < c > \"d\" 'e'",
                  "a &amp; b &lt; c &gt; &quot;d&quot; &#39;e&#39;"},
                 {"two\nlines\tand", "two\nlines\tand"},
                 {"\x1b[31m\x07", "?[31m?"},
                 {"\xc3\xa9 \xff", "\xc3\xa9 ?"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(written(sr_html_put, cases[i].text), cases[i].is);
    ck_assert_str_eq(written(put_cell, "<"), "<td class=\"a\">&lt;</td>");
}
END_TEST

/* The base64 of RFC 4648, section 10, behind the four bytes of a PNG. */
START_TEST(pictures_are_inside)
{
    static const struct {
        const char *bytes, *base64;
    } cases[] = {{"\x89PNG", "iVBORw=="},
                 {"\x89PNGf", "iVBOR2Y="},
                 {"\x89PNGfo", "iVBOR2Zv"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *made = NULL;
        size_t size = 0;
        struct sr_err err;
        FILE *out = open_memstream(&made, &size);
        made_put(made_home(), "a.png", cases[i].bytes);
        SR_GOOD(sr_html_figure(
                    out, sr_file_join(sr_test_arena(), made_home(), "a.png"),
                    "<it>", sr_test_arena(), &err),
                err);
        ck_assert_int_eq(fclose(out), 0);
        ck_assert_str_eq(
            made, sr_arena_format(sr_test_arena(),
                                  "<figure><img alt=\"&lt;it&gt;\" src=\"data:"
                                  "image/png;base64,%s\" /><figcaption>&lt;it"
                                  "&gt;</figcaption></figure>\n",
                                  cases[i].base64));
        free(made);
    }
}
END_TEST

/* Nothing is written of what is not what its name says. */
START_TEST(what_is_no_picture)
{
    static const struct {
        const char *name, *text, *said;
    } cases[] = {{"a.png", "<svg", "a.png is no PNG or SVG"},
                 {"b.svg", "<html>", "b.svg is no PNG or SVG"},
                 {"c.gif", "GIF89a", "c.gif is no PNG or SVG"},
                 {"none.png", NULL, "none.png"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *made = NULL;
        size_t size = 0;
        struct sr_err err;
        FILE *out = open_memstream(&made, &size);
        if (cases[i].text)
            made_put(made_home(), cases[i].name, cases[i].text);
        SR_BAD(sr_html_figure(
                   out,
                   sr_file_join(sr_test_arena(), made_home(), cases[i].name),
                   "", sr_test_arena(), &err),
               err, SR_EDATA, cases[i].said);
        ck_assert_int_eq(fclose(out), 0);
        ck_assert_uint_eq(size, 0);
        free(made);
    }
}
END_TEST

SR_SUITE(report_html)
{
    return sr_suite("report/html",
                    (const TTest *[]){text_stays_text, pictures_are_inside,
                                      what_is_no_picture, NULL});
}
