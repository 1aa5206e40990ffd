#include "engine/conv_cut.h"

/* Pixels of results that are worked off together: as many as a cache holds with
 * what they are made of, but enough that a panel of weights, once fetched, is
 * used often.  PIECES a worker even out what they are held up by. */
enum { ENOUGH = 512, MOST = 4096, FEWEST = 64, PIECES = 4 };

static int within(int least, int x, int most)
{
    return x < least ? least : x > most ? most : x;
}

static int parts(int count, int size) { return (count + size - 1) / size; }

static int pixels_together(const struct sr_engine *e, int cols,
                           size_t row_floats)
{
    const size_t room = e->caches.l2 / 2 / sizeof(float);
    const size_t fit = room * (size_t)cols / row_floats;
    return within(ENOUGH, fit < MOST ? (int)fit : MOST, MOST);
}

static void cut_by_image(struct sr_cut *cut, int cols, int pixels, int share)
{
    cut->images = within(1, pixels / (cut->rows * cols), parts(cut->n, share));
    cut->pieces = parts(cut->n, cut->images);
}

static void cut_by_band(struct sr_cut *cut, int cols, int share)
{
    const int even = parts(cut->n * cut->rows, share);
    const int least = parts(FEWEST, cols);
    cut->by_band = true;
    cut->band = within(1, even > least ? even : least, cut->band);
    const int bands = cut->n * parts(cut->rows, cut->band);
    cut->splits = within(1, parts(share, bands), cut->panels);
    cut->pieces = bands * cut->splits;
}

struct sr_cut sr_cut_of(const struct sr_engine *e, int n, int rows, int cols,
                        size_t row_floats, int panels)
{
    const int pixels = pixels_together(e, cols, row_floats);
    const int share = PIECES * sr_par_threads(e->par);
    struct sr_cut cut = {.n = n,
                         .rows = rows,
                         .panels = panels,
                         .images = 1,
                         .band = within(1, pixels / cols, rows),
                         .splits = 1};
    if (n < share && sr_par_threads(e->par) > 1)
        cut_by_band(&cut, cols, share);
    else
        cut_by_image(&cut, cols, pixels, share);
    return cut;
}

static struct sr_piece piece_of(const struct sr_cut *cut, int piece)
{
    struct sr_piece p = {.to = cut->rows, .panel_after = cut->panels};
    if (cut->by_band) {
        const int bands = parts(cut->rows, cut->band);
        const int split = piece % cut->splits, band = piece / cut->splits;
        p.first = band / bands;
        p.images = 1;
        p.from = band % bands * cut->band;
        p.to = within(0, p.from + cut->band, cut->rows);
        p.panel = cut->panels * split / cut->splits;
        p.panel_after = cut->panels * (split + 1) / cut->splits;
    } else {
        p.first = piece * cut->images;
        p.images = within(1, cut->n - p.first, cut->images);
    }
    return p;
}

static void run_piece(void *argument, int number, int worker)
{
    const struct sr_cut_job *j = argument;
    const struct sr_piece piece = piece_of(&j->cut, number);
    if (!j->cut.by_band)
        sr_conv_run_hook(j->before, piece.first, piece.images);
    struct sr_piece band = piece;
    for (int from = piece.from; from < piece.to; from += j->cut.band) {
        band.from = from;
        band.to = within(0, from + j->cut.band, piece.to);
        j->run(j->job, &band, worker);
    }
    if (!j->cut.by_band)
        sr_conv_run_hook(j->then, piece.first, piece.images);
}

static void run_before(void *argument, int image, int worker)
{
    (void)worker;
    const struct sr_cut_job *j = argument;
    sr_conv_run_hook(j->before, image, 1);
}

static void run_then(void *argument, int image, int worker)
{
    (void)worker;
    const struct sr_cut_job *j = argument;
    sr_conv_run_hook(j->then, image, 1);
}

void sr_cut_run(const struct sr_engine *e, struct sr_cut_job *job)
{
    const struct sr_cut *cut = &job->cut;
    if (cut->by_band && job->before)
        sr_par_run(e->par, cut->n, run_before, job);
    sr_par_run(e->par, cut->pieces, run_piece, job);
    if (cut->by_band && job->then)
        sr_par_run(e->par, cut->n, run_then, job);
}
