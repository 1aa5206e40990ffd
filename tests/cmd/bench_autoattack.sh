# scripts/bench_autoattack.py: a directory that is no checkout is told, and both
# programs see the same network and images.  The reference here does nothing, so
# what it leaves is what is correct without attack.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
python=${PYTHON:-/usr/bin/python3}
bench=$SOURCE/scripts/bench_autoattack.py

"$python" -c '' 2>/dev/null || skip "there is no $python"
expect 2 "$python" "$bench" --reference nothing
has err "nothing has no package autoattack"

[ -n "${SATRUN_DATA:-}" ] || skip "SATRUN_DATA is not set"
"$python" -c 'import torch, numpy' 2>/dev/null || skip "$python has no PyTorch"
mkdir -p idle/autoattack
cat >idle/autoattack/__init__.py <<'END'
class AutoAttack:
    def __init__(self, model, norm, eps, seed, device, version, verbose):
        assert (norm, eps, version) == ("Linf", 0.1, "standard")

    def run_standard_evaluation(self, x, y, bs):
        assert x.shape == (20, 1, 28, 28) and 0 <= x.min() and x.max() <= 1
        return x
END
expect 0 "$python" "$bench" --reference idle --limit 20 --threads 1
"$SATRUN" eval --config "$SOURCE/configs/fashion/golden_cnn.yaml" --quiet \
    --weights "$SATRUN_DATA/golden/fashion-cnn-silu.safetensors" \
    --attack pgd-1 --limit 20 >clean
correct=$(awk '$1 == "clean" { print $2 }' clean)
grep -qE "^reference, torch .*: [0-9.]+ s, $correct of 20 left\$" out
grep -qE "^satrun: [0-9.]+ s, [0-9]+ of 20 left\$" out
grep -qE "^1 threads: satrun is [0-9.]+ times as fast\$" out
