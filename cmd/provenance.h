/* cmd/provenance.h - how a result came about, for manifests and results.
 */
#ifndef SR_PROVENANCE_H
#define SR_PROVENANCE_H

#include "base/json.h"
#include "setup.h"

/* {isa, blas, cpu, threads}.  The caller owns it. */
json_t *sr_machine(const struct sr_engine *engine);

/* {"satrun": {version, commit, compiler}, "machine": {isa, blas, cpu, threads},
 *  "data": {dataset, sha256, images}, "model": {arch, parameters},
 *  "seed", "config": hash of the settings}.  The caller owns it. */
json_t *sr_provenance(const struct sr_setup *setup);

/* Every key of the config and its value as text.  The caller owns it. */
json_t *sr_settings(const struct sr_exp *exp);

#endif
