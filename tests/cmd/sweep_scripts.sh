# scripts/sweep_*.sh: each freezes its jobs and reckons up their time; a Slurm
# task that is told to stop is queued again.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
sed 's/^activation:.*/activation: {forward: relu}/' tiny.yaml >relu.yaml
here=$PWD
export CONFIG="$here/relu.yaml" SEEDS=0,1

for name in split activations alpha steps epochs size resolution; do
    expect 0 "$SOURCE/scripts/sweep_$name.sh" --help
    has out "scripts/sweep_$name.sh [--dry-run]"
    hasnt out "set -eu"
done
expect 2 "$SOURCE/scripts/sweep_split.sh" --dry-rum
has err "unknown flag --dry-rum"

expect 0 "$SOURCE/scripts/sweep_split.sh" --dry-run train.epochs=1,2
has out "8	both-seed0-epochs2"
has out "One after the other: "
expect 0 "$SOURCE/scripts/sweep_activations.sh" --dry-run
has out "14	silu-seed1"
# A setting that the script has, too, is the one given.
expect 0 "$SOURCE/scripts/sweep_split.sh" --dry-run seed=5 eval.attack=fgsm
has out "4	both"
has out "seed=5 eval.attack=fgsm"
hasnt out "seed1"
hasnt out "pgd-50"

# ---- Slurm ----

mkdir bin
cat >bin/scontrol <<'END'
#!/bin/sh
echo "$@" >>requeued
END
chmod +x bin/scontrol
PATH=$here/bin:$PATH
export SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=2 SLURM_CPUS_PER_TASK=1
expect 0 "$SATRUN" sweep make tiny.yaml seed=0,1 train.epochs=20 --out array
"$SOURCE/scripts/sweep_slurm.sh" array >out 2>err &
pid=$!
while [ ! -e array/runs/002-seed1/checkpoints/last ]; do sleep 0.05; done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat err; exit 1; }
has requeued "requeue 77_2"
has array/jobs/002-seed1/state.json '"state": "interrupted"'
expect 0 "$SOURCE/scripts/sweep_slurm.sh" array
has array/jobs/002-seed1/state.json '"state": "done"'
[ ! -e array/runs/001-seed0 ]

# ---- a second call goes on with the sweep of the first, and with no other ----

# What runs and reports is tested elsewhere.
cat >bin/satrun <<END
#!/bin/sh
case "\$1 \$2" in
"sweep run" | "report "*) echo "\$@" >>$here/calls ;;
*) exec "$SATRUN" "\$@" ;;
esac
END
chmod +x bin/satrun
split() {
    SATRUN=$here/bin/satrun "$SOURCE/scripts/sweep_split.sh" \
        --out="$here/sweeps/split" --jobs=2 "$@"
}
expect 0 split
cp -r sweeps/split first
expect 0 split
diff -r first sweeps/split
[ "$(grep -c "sweep run $here/sweeps/split --jobs 2" calls)" -eq 2 ]
for other in train.epochs=2 "eval: fgsm"; do
    expect 2 split "$other"
    has err "is a sweep of other settings; give another --out=DIR"
done
diff -r first sweeps/split
[ "$(wc -l <calls)" -eq 4 ]
