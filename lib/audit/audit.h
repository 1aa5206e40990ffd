/* audit/audit.h - is a network robust, or does it only hide its gradient?
 *
 * An attack that follows the gradient fails in two cases: there is nothing to
 * find, or the gradient does not lead there.  The audit tells them apart by
 * asking the same images in many ways; each check is one question (check.h),
 * and each answer is a count of images, with the images themselves as evidence:
 * one that survives the gradient attack and falls to random noise shows that
 * the gradient attack has failed on it.
 *
 * Only images that are classified correctly count.
 *
 * Source   Athalye, Carlini and Wagner 2018, "Obfuscated gradients give a false
 *          sense of security", sec. 3.1; Carlini et al. 2019, "On evaluating
 *          adversarial robustness"; Pintor et al. 2022, "Indicators of attack
 *          failure"
 */
#ifndef SR_AUDIT_AUDIT_H
#define SR_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "attack/attack.h"
#include "audit/ruling.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "data/data.h"
#include "eval/eval.h"
#include "model/model.h"
#include "report/plot.h"

struct sr_check;

struct sr_measure {
    const char *name;
    double value; /* NaN: there is none */
};

/* What a check has found. */
enum { SR_FINDING_NUMBERS = 24 };
struct sr_finding {
    const struct sr_check *check;
    enum sr_ruling ruling;
    int images;     /* it asked about                                  */
    int evidence;   /* of them, images that speak against the network  */
    char text[512]; /* one sentence                                    */
    int numbers;
    struct sr_measure number[SR_FINDING_NUMBERS];
    const struct sr_panel *panel; /* of curves; NULL: none */
};

/* One way to the gradient. */
struct sr_slope {
    const char *name; /* "forward slope" */
    struct sr_oracle oracle;
    bool own; /* is it what the network's own evaluation attacks with? */
};

/* The network and the images. */
enum { SR_AUDIT_SLOPES = 12 }; /* of roles and foreign ones */
struct sr_suspect {
    struct sr_oracle judge; /* its logits decide */
    int slopes;
    struct sr_slope slope[SR_AUDIT_SLOPES];
    struct sr_oracle
        *transfer; /* another network for the same images, or NULL */
    struct sr_attack_batch batch; /* any number of images, with the seed */
};

struct sr_audit_opts {
    const struct sr_eval_opts *eval; /* its norm, its epsilon, and the attacks
                                        whose number is in question        */
    struct sr_wordlist strong; /* what else is tried on what is left standing */
    long long queries;         /* of the black-box attack, an image        */
    const char *keep; /* file of what is done until the audit is (journal.h);
                         NULL: none */
    const char *key;  /* of all that decides the audit's numbers */
};

enum { SR_AUDIT_CHECKS = 16 };
struct sr_audit {
    enum sr_ruling ruling; /* the worst of the checks */
    int images, clean;
    int own;      /* correct under the attacks of the evaluation      */
    int standing; /* correct under everything that was tried          */
    struct sr_wordlist strong; /* what else was tried, of opts->strong: what is
                                  defined for so many classes               */
    int checks;
    struct sr_finding finding[SR_AUDIT_CHECKS];
    double seconds;
};

/* The network as its evaluation sees it: the slopes of every role, of which
 * eval->backward's are its own.  The batch is left empty.  Borrows from model.
 */
struct sr_suspect sr_audit_suspect(const struct sr_eval_opts *eval,
                                   struct sr_model *model);

/* Read the images that eval->split and eval->limit name into the suspect's
 * batch.  From ARENA.
 * Fails: SR_EDATA: there are none, or as sr_data_fill. */
enum sr_status sr_audit_images(const struct sr_eval_opts *eval, uint64_t seed,
                               const struct sr_data *data,
                               struct sr_arena *arena,
                               struct sr_suspect *suspect, struct sr_err *err);

/* All checks, in the order of the list.  Panels and names are from ARENA.
 * Fails: SR_ECONFIG for an attack word that is none; SR_EVERIFY when an
 * adversarial image is outside its ball; SR_STOPPED when asked to stop.
 * A masked network is no failure: see audit->ruling.  What opts->keep has of
 * the same audit is not done again; the file stays, for the caller to remove.
 * Threads: the same bits for any count. */
enum sr_status sr_audit_run(const struct sr_audit_opts *opts,
                            struct sr_suspect *suspect, struct sr_log *log,
                            struct sr_arena *arena, struct sr_audit *audit,
                            struct sr_err *err);

/* {"schema": "satrun.audit/1", "verdict": ..., "checks": [{"check": ...,
 * "verdict": ..., ...}]}: verdicts by their names in ruling.h, that of all
 * being the worst; members that say how it was measured are added by the
 * caller.  The caller owns it. */
json_t *sr_audit_json(const struct sr_audit_opts *opts,
                      const struct sr_audit *audit);

/* The curves of all checks that have some. */
struct sr_plot sr_audit_plot(const struct sr_audit *audit);

#endif
