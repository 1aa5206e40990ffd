#!/bin/sh
# Is satrun faster than PyTorch on this machine?  Both take the same steps on the
# same network, one program after the other, several times over, so that what
# else the machine does falls on both; the table has medians.
#
#     scripts/bench_peer.sh [--model resnet18] [--act silu] [--batch 128]
#                           [--threads 2] [--runs 5] [--reps 5] [--peer FILE]
#                           [--stock]
#
# --runs is how often each program is started, --reps how often it repeats a step
# in each of them.  --peer is another program in place of bench_torch.py, which
# takes the same flags and prints the same lines; --stock gives PyTorch neither
# channels last nor a malloc that keeps its pages.  The environment's SATRUN and
# PYTHON name the two programs, SATRUN_ISA the kernels.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
satrun=${SATRUN:-$top/satrun}
python=${PYTHON:-/usr/bin/python3}
own=$top/scripts/bench_torch.py
model=resnet18 act=silu batch=128 threads=2 runs=5 reps=5 peer=$own stock=

fail() {
    echo "bench_peer.sh: $1" >&2
    exit "${2:-1}"
}

while [ $# -gt 0 ]; do
    flag=$1
    shift
    case $flag in
    --help | -h)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        exit
        ;;
    --stock)
        stock=--stock
        continue
        ;;
    --model | --act | --batch | --threads | --runs | --reps | --peer) ;;
    *) fail "unknown flag $flag; scripts/bench_peer.sh --help says which there are" 2 ;;
    esac
    [ $# -gt 0 ] || fail "$flag needs a value" 2
    case $flag in
    --model) model=$1 ;;
    --act) act=$1 ;;
    --batch) batch=$1 ;;
    --threads) threads=$1 ;;
    --runs) runs=$1 ;;
    --reps) reps=$1 ;;
    --peer) peer=$1 ;;
    esac
    shift
done

[ -x "$satrun" ] || fail "there is no $satrun; 'make' builds it"
[ -r "$peer" ] || fail "there is no $peer"
"$python" -c 'import torch' 2>/dev/null ||
    fail "$python has no PyTorch; on Debian 'apt install python3-torch' brings \
it, elsewhere set PYTHON to an interpreter that has it"

dir=$(mktemp -d "${TMPDIR:-/tmp}/satrun-peer-XXXXXX")
trap 'rm -rf "$dir"' EXIT

run_satrun() {
    "$satrun" bench --json --quiet --batch "$batch" --threads "$threads" \
        --reps "$reps" "model.arch=$model" "activation.forward=$act"
}

# run_torch PROGRAM [FLAG...]
run_torch() {
    # shellcheck disable=SC2086
    OMP_NUM_THREADS=$threads "$python" "$@" --model "$model" --act "$act" \
        --batch "$batch" --threads "$threads" $stock
}

# facts FILE: what is on JSON's innermost level, a line each, `key value`.
facts() {
    tr -s ',{}' '\n' <"$1" | sed -n 's/^ *"\([a-z_]*\)": *"\{0,1\}\([^"[]*\).*/\1 \2/p'
}

# note PROGRAM FILE: its facts that count, as `PROGRAM-STEP images/s` and
# `PROGRAM-peak bytes`.
note() {
    facts "$2" | awk -v who="$1" '
        $1 == "step" { step = $2 }
        $1 == "images_per_s" { print who "-" step, $2 }
        $1 == "peak_bytes" { print who "-peak", $2 }' >>"$dir/noted"
}

# median KEY: of the values of that key, the upper one of two.
median() {
    grep "^$1 " "$dir/noted" | cut -d' ' -f2 | sort -g | awk '
        { v[NR] = $1 } END { print v[int(NR / 2) + 1] }'
}

for run in $(seq "$runs"); do
    echo "run $run of $runs" >&2
    run_satrun >"$dir/satrun"
    note satrun "$dir/satrun"
    run_torch "$peer" --reps "$reps" >"$dir/torch"
    note torch "$dir/torch"
done
# PyTorch's memory for a training step, in a process that does nothing else.
run_torch "$own" --reps 1 --step train >"$dir/alone"
note alone "$dir/alone"

about() { # about PROGRAM KEY: the first of that key
    facts "$dir/$1" | sed -n "s/^$2 //p" | head -n 1
}

cat <<END
$model, $act, batch $batch, threads $threads; medians of $runs runs, $(date +%F)
$(about satrun cpu), satrun $(about satrun isa), $(about torch peer)

| step | satrun images/s | PyTorch images/s | ratio |
|---|---|---|---|
END
for step in forward attack train; do
    echo "$step $(median "satrun-$step") $(median "torch-$step")"
done | awk '{ printf "| %s | %.1f | %.1f | %.2f |\n", $1, $2, $3, $2 / $3 }'
echo "$(median satrun-peak) $(median alone-peak)" | awk '{
    printf "\nMemory at its peak, training: satrun %.0f MiB, PyTorch %.0f MiB\n",
        $1 / 1048576, $2 / 1048576 }'
