/* cmd/setup.h - the opening sequence shared by the commands: a config becomes
 * an open engine, open data and a built model.
 */
#ifndef SR_SETUP_H
#define SR_SETUP_H

#include "cmd.h"
#include "config/exp.h"
#include "data/data.h"
#include "engine/engine.h"
#include "model/model.h"

struct sr_setup {
    struct sr_arena *arena; /* the call's            */
    struct sr_log *log;     /* the call's            */
    struct sr_exp *exp;
    struct sr_engine engine;
    struct sr_data *data;
    struct sr_model *model;
    const char *absent; /* why the data is a stand-in; NULL: it is none */
    bool engine_open;
};

/* What to open it for. */
struct sr_setup_for {
    const char *config;  /* path; NULL: defaults and overrides alone        */
    unsigned wants;      /* enum sr_want, or'ed                             */
    int batch;           /* most images a pass may have; 0: eval.batch_size,
                            or with SR_WANT_WEIGHTS train.batch_size        */
    const char *weights; /* safetensors to load; NULL: as model.weights and
                            the seed say                                    */
    struct sr_load_opts load; /* how `weights` are loaded */
    bool sizes_only; /* the data set's images are not wanted, only their
                        size: its files are opened only where nothing else
                        tells it                                        */
    bool stand_in;   /* where the data set's files are not there, noise of
                        their size and number will do                   */
};

/* Read a config with the call's overrides.  Every problem is printed to
 * stderr; the failure is then SR_ECONFIG with an empty text.  From the call's
 * arena. */
enum sr_status sr_setup_read(const struct sr_call *call, const char *path,
                             struct sr_exp **exp, struct sr_err *err);

/* Do the layers of the network fit each other and the data set?  Without its
 * files, so for a data set whose sizes only they tell there is no answer and no
 * failure: *outline (NULL: not wanted) is NULL then, and otherwise the network
 * without memory.
 * Fails with SR_ECONFIG, at the layer where it is known. */
enum sr_status sr_setup_check_network(const struct sr_exp *exp,
                                      struct sr_arena *arena,
                                      struct sr_model **outline,
                                      struct sr_err *err);

/* Read the config, start the engine, open the data, build the model and give
 * it weights.  A normalisation the config leaves open becomes the data set's
 * and is written into setup->exp.
 * Fails: as the rooms do; setup is then closed again. */
enum sr_status sr_setup_open(const struct sr_call *call,
                             const struct sr_setup_for *what,
                             struct sr_setup *setup, struct sr_err *err);
/* Say what the data set has to say about itself (data->note). */
void sr_setup_tell(struct sr_log *log, const struct sr_data *data);

/* A second network like the first, with the weights of a file.  Fails as
 * sr_model_load. */
enum sr_status sr_setup_twin(struct sr_setup *setup, const char *weights,
                             struct sr_model **twin, struct sr_err *err);

/* A second network like the first, its weights too, whose attack slope is that
 * of ACT, with the alpha it has when nobody says one.  Fails as sr_model_build.
 */
enum sr_status sr_setup_sloped(struct sr_setup *setup, const struct sr_act *act,
                               struct sr_model **twin, struct sr_err *err);

void sr_setup_close(struct sr_setup *setup);

#endif
