# scripts/bench_peer.sh: without PyTorch a sentence, with it a table; and both
# programs mean the same by an operation.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
peer=$SOURCE/scripts/bench_peer.sh

expect 1 env PYTHON=false "$peer"
has err "false has no PyTorch"
[ ! -s out ]
expect 2 "$peer" --models resnet20
has err "unknown flag --models"
expect 2 "$peer" --model
has err "--model needs a value"

python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch' 2>/dev/null || skip "$python has no PyTorch"
expect 0 "$peer" --model resnet20 --batch 2 --threads 1 --runs 1 --reps 1
for step in forward attack train; do
    grep -qE "^\| $step \| [0-9.]+ \| [0-9.]+ \| [0-9]+\.[0-9]+ \|\$" out
done
grep -qE "satrun [1-9][0-9]* MiB, PyTorch [1-9][0-9]* MiB" out

"$python" "$SOURCE/scripts/bench_torch.py" --batch 1 --reps 1 --threads 1 >torch
"$SATRUN" bench --batch 1 --reps 1 --threads 1 --quiet --json >satrun
"$python" -c 'import json
torch = [json.loads(line) for line in open("torch")]
satrun = json.load(open("satrun"))["steps"]
assert [s["step"] for s in satrun] == [s["step"] for s in torch]
for s, t in zip(satrun, torch):
    a, b = (r["gflop_per_s"] / r["images_per_s"] for r in (s, t))
    assert abs(a - b) < 1e-9 * a, (s, t)'
