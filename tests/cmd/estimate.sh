# satrun estimate: figures that fit each other, and the experiment.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
command -v python3 >/dev/null || skip "no python3 to read JSON with"

expect 0 "$SATRUN" estimate tiny.yaml train.epochs=7 eval.every=3 --steps 2 \
    "eval.attack=[pgd-3,autoattack]" eval.limit=40 --json
[ ! -e runs ]
cat >check.py <<'END'
import json, math
d = json.load(open("out"))
assert d["schema"] == "satrun.estimate/1"
near = lambda a, b: math.isclose(a, b, rel_tol=1e-9)
step, epoch, training = d["step"], d["epoch"], d["training"]
assert step["seconds"] > 0
assert near(step["images_per_s"], step["batch"] / step["seconds"])
assert near(epoch["seconds"], epoch["steps"] * step["seconds"])
assert training["epochs"] == 7
assert near(training["seconds"], 7 * epoch["seconds"])
assert d["validation"]["times"] == 2 * 3  # of the weights and of their average
assert d["evaluation"]["images"] == 40
few, all_of_it = d["evaluation"]["attacks"]
assert few["attack"] == "pgd-3"
assert all_of_it["seconds"] > 100 * few["seconds"]
assert near(d["seconds"], training["seconds"] + d["validation"]["seconds"]
            + d["evaluation"]["seconds"])
assert d["memory_bytes"] > 4 * d["parameters"]
assert d["disk_bytes"] >= 3 * 8 * d["parameters"]
print(epoch["steps"])
END
steps=$(python3 check.py)

# Every batch twice is twice as many steps.
expect 0 "$SATRUN" estimate tiny.yaml --steps 1 train.method=free \
    train.replays=2 --json
python3 - "$steps" <<'END'
import json, sys
assert json.load(open("out"))["epoch"]["steps"] == 2 * int(sys.argv[1])
END

# Several at once: the same columns, a sum.
expect 0 "$SATRUN" estimate tiny.yaml tiny.yaml --steps 1
[ "$(grep -c '^| tiny.yaml ' out)" -eq 2 ]
has out "One after the other: "
expect 0 "$SATRUN" estimate tiny.yaml tiny.yaml --steps 1 --json
has out '"schema": "satrun.estimates/1"'

expect 3 "$SATRUN" estimate tiny.yaml missing.yaml
has err "missing.yaml"
[ ! -s out ]
expect 3 "$SATRUN" estimate tiny.yaml train.batch_size=100000
has err "train.batch_size"
