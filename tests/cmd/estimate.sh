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

# Without the files: as many images as the data set has, and a word about it.
expect 0 "$SATRUN" estimate tiny.yaml tiny.yaml data.path=/nonexistent \
    data.validation=0 train.batch_size=100 --steps 1 --json
has err "there is no /nonexistent"
[ "$(grep -c "noise in their place" err)" -eq 1 ]
python3 - <<'END'
import json
for d in json.load(open("out"))["experiments"]:
    assert d["data_is_here"] is False
    assert d["epoch"]["steps"] == 600
    assert d["evaluation"]["images"] == 10000
END
expect 4 "$SATRUN" estimate tiny.yaml data.dataset=folder data.path=/nonexistent \
    --steps 1
has err "/nonexistent is not a folder"

# Of a run: what is left of it.
expect 0 "$SATRUN" train tiny.yaml --run run train.epochs=1
expect 0 "$SATRUN" estimate run --steps 1 --json
has out '"config": "run"'
python3 - <<'END'
import json
d = json.load(open("out"))
assert d["data_is_here"] is True
assert d["left"] == {"share_of_training": 0, "seconds": 0}, d["left"]
END
# One stopped on its way, and the same with other settings, whose left would be
# that of nobody's run.
"$SATRUN" train tiny.yaml --run begun train.epochs=40 >out 2>err &
pid=$!
until grep -q '"kind":"epoch","epoch":1,' begun/metrics.jsonl 2>/dev/null; do
    sleep 0.05
done
kill -TERM "$pid"
wait "$pid" || true
expect 0 "$SATRUN" estimate begun --steps 1 --threads 1 --json
python3 - <<'END'
import json, math
d = json.load(open("out"))
left = d["left"]
assert 0.5 < left["share_of_training"] <= 1 - 1 / 40, left
assert math.isclose(left["seconds"], d["evaluation"]["seconds"] + left[
    "share_of_training"] * (d["training"]["seconds"]
                            + d["validation"]["seconds"]), rel_tol=1e-9)
END
expect 0 "$SATRUN" estimate begun --steps 1 eval.attack=pgd-20
has out " left "
expect 0 "$SATRUN" estimate begun --steps 1 train.epochs=2
has err "begun: these settings make another experiment of it"
hasnt out " left "
# More epochs behind it than its manifest knows of: nothing is left to learn.
sed -i 's/"train.epochs": "40"/"train.epochs": "1"/' begun/manifest.json
echo '{"kind":"step","epoch":9,"step":900}' >>begun/metrics.jsonl
expect 0 "$SATRUN" estimate begun --steps 1 --json
has out '"share_of_training": 0.0'

# Of a sweep: a job that is done, one whose training is, one that waits.
expect 0 "$SATRUN" sweep make tiny.yaml train.epochs=1 seed=0,1,2 \
    "eval: pgd-3" "eval: fgsm" --out jobs
expect 0 "$SATRUN" sweep run jobs --job 1
expect 0 "$SATRUN" sweep run jobs --job 2
sed -i 's/"state": "done"/"state": "interrupted"/; s/"step": 3/"step": 2/' \
    jobs/jobs/002-seed1/state.json
expect 0 "$SATRUN" estimate jobs --steps 1 --json
python3 - <<'END'
import json
done, half, waits = json.load(open("out"))["experiments"]
assert done["left"]["seconds"] == 0
assert abs(waits["left"]["seconds"] - waits["seconds"]) < 1e-9
assert waits["left"]["share_of_training"] == 1
assert half["left"]["share_of_training"] == 0
assert 0 < half["left"]["seconds"] < half["evaluation"]["seconds"] / 2
END
expect 0 "$SATRUN" estimate jobs --steps 1
has out "; left: "
echo "seed: 7" >>jobs/jobs/003-seed2/config.yaml
expect 3 "$SATRUN" estimate jobs --steps 1
has err "003-seed2/config.yaml has been changed since the sweep was made"
mkdir nothing
expect 2 "$SATRUN" estimate nothing
has err "nothing is not a sweep"

expect 3 "$SATRUN" estimate tiny.yaml missing.yaml
has err "missing.yaml"
[ ! -s out ]
expect 3 "$SATRUN" estimate tiny.yaml train.batch_size=100000
has err "train.batch_size"
