# satrun bench: a small network without any data; the JSON is what it says.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
unset SATRUN_DATA

cat >small.yaml <<'END'
data: {dataset: cifar10}
model:
  arch: sequential
  layers:
    - conv: {out: 8, kernel: 3, padding: 1}
    - batchnorm
    - activation
    - conv: {out: 8, kernel: 3, padding: 1}
    - conv: {out: 8, kernel: 3, padding: 1}
    - flatten
    - linear: {out: 10}
activation: {forward: silu}
train: {batch_size: 4}
END

# The issue's schema, and numbers that fit each other.
cat >check.py <<'END'
import json, math, sys
d = json.load(open("out"))
assert d["schema"] == "satrun.bench/1"
assert d["peak_gflop_per_s"] > 0.1
macs = 32 * 32 * 8 * 9 * (3 + 8 + 8) + 32 * 32 * 8 * 10


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-9)


def check_speed(row, macs):
    assert row["seconds"] > 0
    speed = 2e-9 * macs * d["batch"] / row["seconds"]
    assert near(row["gflop_per_s"], speed), row
    assert near(row["share_of_peak"], speed / d["peak_gflop_per_s"]), row


def check_steps(steps):
    assert [s["step"] for s in steps] == ["forward", "attack", "train"]
    for passes, s in enumerate(steps, 1):
        check_speed(s, passes * macs)
        assert near(s["images_per_s"], d["batch"] / s["seconds"]), s


# Two of the convolutions are one shape; both names and sums fit the steps.
def check_layers(layers):
    assert [(l["count"], l["c_in"], l["c_out"]) for l in layers] == [
        (1, 3, 8), (2, 8, 8), (1, 8192, 10)]
    sums = [0, 0, 0]
    for l in layers:
        names = [p["pass"] for p in l["passes"]]
        assert names == ["forward", "backward_x", "backward_w"]
        weights = l["c_in"] * l["c_out"] * l["kh"] * l["kw"]
        x, y = (l["h"] * l["w"] * l["c_in"], l["oh"] * l["ow"] * l["c_out"])
        for i, p in enumerate(l["passes"]):
            check_speed(p, weights * l["oh"] * l["ow"])
            assert p["bytes"] == 4 * (d["batch"] * (x + y) + weights)
            for step in range(i, 3):
                sums[step] += l["count"] * p["seconds"]
    sums[2] -= layers[0]["passes"][1]["seconds"]
    for s, seconds in zip(d["steps"], sums):
        assert near(s["convolution_seconds"], seconds), (s, seconds)
        assert near(s["convolution_seconds"] + s["other_seconds"],
                    s["seconds"])


check_steps(d["steps"])
if "layers" in d:
    check_layers(d["layers"])
ways = d.get("compare", [])
assert not ways or {w["way"] for w in ways} >= {"auto", "im2col", "indirect"}
for way in ways:
    check_steps(way["steps"])
m = d["memory"]
assert m["peak_bytes"] > m["planned_bytes"] + m["weights_bytes"] > 0
weights = 8 * 9 * (3 + 8 + 8) + 3 * 8 + 2 * 8 + 8192 * 10 + 10
assert m["weights_bytes"] == 4 * weights, m
for key, value in zip(sys.argv[1::2], sys.argv[2::2]):
    assert str(d[key]) == value, (key, d[key])
END
check() {
    if command -v python3 >/dev/null; then
        python3 check.py "$@"
    fi
}

expect 0 "$SATRUN" bench --config small.yaml --reps 1 --json
check batch 4 model sequential activation silu way auto reps 1
expect 0 "$SATRUN" bench --config small.yaml --reps 2 --json --batch 3 \
    --threads 1 engine.conv=im2col activation.forward=relu
check batch 3 threads 1 way im2col activation relu
expect 0 "$SATRUN" bench --config small.yaml --reps 1 --json --layers --compare
check batch 4
has out '"layers"'
has out '"compare"'
expect 0 env SATRUN_ISA=base "$SATRUN" bench --config small.yaml --reps 1 --json
check isa base

# Without --json: tables, and without a config a network of its own.
expect 0 "$SATRUN" bench --reps 1 --batch 1 model.arch=resnet20
has out "resnet20, silu: batch 1"
for line in "| step    | seconds |" "| layer1.0.conv1 | 6     |" \
    "32x32x16 -> 32, 3x3 / 2"; do
    has out "$line"
done
hasnt out "engine.conv |"
expect 0 "$SATRUN" bench --config small.yaml --reps 1 --compare
has out "| engine.conv |"
has out "| im2col      |"
has out "Memory: at most"

# What is wrong is said.
expect 3 "$SATRUN" bench model.arch=resnet21
has err "argument 1: error: model.arch: there is no 'resnet21'"
expect 3 "$SATRUN" bench data.dataset=folder --reps 1
has err "set data.path to the folder"
expect 2 "$SATRUN" bench --reps 0
has err "--reps: 0 is outside [1, 1000]"
expect 2 "$SATRUN" bench small.yaml
has err "one argument too many"
