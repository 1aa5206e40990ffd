# satrun sweep: what is frozen is what runs; twelve jobs whose runners and
# processes are killed at random end in the same table as twelve left alone.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
[ -r "/proc/$$/task/$$/children" ] || skip "the system does not list children"
kills=${KILLS:-20}

# Twelve jobs: three seeds, two widths of the first step, two cells.
make_sweep() {
    out=$1
    shift
    expect 0 "$SATRUN" sweep make tiny.yaml --out "$out" \
        train.epochs=2 train.ema.decay=0 eval.every=0 \
        seed=0,1,2 attack.step_size=0.03,0.05 \
        "relu: activation.backward.attack=relu activation.backward.update=relu" \
        "both:" "eval: pgd-3 limit=60" "eval: fgsm" "$@"
}

table() {
    "$SATRUN" report "$1"/runs/* --format csv
    for run in "$1"/runs/*; do
        (cd "$run/checkpoints/last/" && sha256sum -- *.safetensors)
    done
}

# ---- left alone ----

make_sweep alone
[ "$(wc -l <alone/index.tsv)" -eq 13 ]
has err "alone has 12 jobs, each a training with its config's evaluation and 2 more"
has alone/index.tsv "relu-seed0-step_size0.03"
has alone/jobs/012-both-seed2-step_size0.05/config.yaml "step_size: 0.05"
expect 0 "$SATRUN" sweep status alone
has out "12 waiting"
has out "'satrun sweep run alone' works on what is not done"
expect 0 "$SATRUN" estimate alone --steps 1
[ "$(grep -c 'seed' out)" -eq 12 ]
has out "One after the other: "
expect 0 "$SATRUN" sweep run alone --jobs 2
has err "12 jobs: 12 done, 0 failed"
expect 0 "$SATRUN" sweep status alone
has out "pgd-3 linf 0.1"
has out "12 done"
table alone >want
[ ! -e runs ] # jobs leave runs/latest where it is, or is not

# ---- killed ----

# A child of a runner, the first or the last one.
child_of() {
    tr ' ' '\n' <"/proc/$1/task/$1/children" 2>/dev/null | grep . | "$2" -n 1
}

make_sweep killed
awk -v n="$kills" 'BEGIN { srand(3); for (i = 0; i < n; i++)
    printf "%.2f %d\n", 0.1 + 0.5 * rand(), int(4 * rand()) }' >deaths
while read -r delay whom; do
    "$SATRUN" sweep run killed --jobs 2 --retries 1000 >out 2>err &
    pid=$!
    sleep "$delay"
    case $whom in
    0) kill -KILL "$pid" 2>/dev/null || true ;;
    1) kill -TERM "$pid" 2>/dev/null || true ;;
    2) kill -KILL "$(child_of "$pid" head)" 2>/dev/null || true ;;
    3) kill -KILL "$(child_of "$pid" tail)" 2>/dev/null || true ;;
    esac
    [ "$whom" -lt 2 ] || { sleep 0.2; kill -KILL "$pid" 2>/dev/null || true; }
    code=0
    wait "$pid" || code=$?
    case $code in
    0 | 75 | 137 | 143) ;;
    *) echo "exit $code"; cat err; exit 1 ;;
    esac
done <deaths
expect 0 "$SATRUN" sweep status killed
expect 0 "$SATRUN" sweep run killed --jobs 2
has err "12 jobs: 12 done, 0 failed"
table killed >got
diff want got || {
    echo "the killed sweep is not like the undisturbed one"
    exit 1
}

# ---- two runners share, one is asked to stop ----

make_sweep shared
"$SATRUN" sweep run shared --threads 1 2>first.err &
first=$!
"$SATRUN" sweep run shared --threads 1 2>second.err &
second=$!
until [ "$(grep -c ': training' first.err)" -ge 2 ]; do sleep 0.05; done
expect 2 "$SATRUN" sweep retry shared 13
kill -TERM "$first"
code=0
wait "$first" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat first.err; exit 1; }
has first.err "interrupted after"
wait "$second"
expect 0 "$SATRUN" sweep run shared
table shared >got
diff want got
grep -h ': training' first.err second.err err | sort | uniq -c | sort -n >often
[ "$(awk '$1 > 1' often | wc -l)" -le 1 ] || { cat often; exit 1; }

# ---- a job alone, for Slurm and GNU parallel; what fails ----

expect 0 "$SATRUN" sweep make tiny.yaml train.epochs=1 seed=0,1 --out few
mv data away
expect 4 "$SATRUN" sweep run few --job 2
has err "1 of 2 jobs failed, the first seed1"
expect 0 "$SATRUN" sweep status few
has out "seed1 failed with exit code 4: "
has out "'satrun sweep retry few' puts failed jobs back"
hasnt out "satrun: error: "
expect 4 "$SATRUN" sweep run few --job seed1
hasnt err "training"
mv away data
expect 0 "$SATRUN" sweep retry few
has err "1 job put back"
expect 0 "$SATRUN" sweep run few --job 2
[ ! -e few/runs/001-seed0 ]
echo "seed: 7" >>few/jobs/001-seed0/config.yaml
expect 3 "$SATRUN" sweep run few
has err "001-seed0/config.yaml has been changed since the sweep was made"
has err "when that is mended, 'satrun sweep retry few' puts them back"
# Told once, and as long as it is so the job is not put back.
expect 3 "$SATRUN" sweep status few
[ "$(cat out err | grep -c 'config.yaml has been changed since')" -eq 1 ]
has out "seed0 failed with exit code 3: few/jobs/001-seed0/config.yaml has been"
hasnt out "seed1: "
expect 0 "$SATRUN" sweep retry few
has err "seed0 is left as it is: few/jobs/001-seed0/config.yaml has been changed"
has err "no job put back"
expect 3 "$SATRUN" estimate few --steps 1
has err "few/jobs/001-seed0/config.yaml has been changed since"
expect 3 "$SATRUN" sweep status few --json
[ "$(grep -c '"config_changed"' out)" -eq 1 ]

# A changed job does not keep those after it from running.
expect 0 "$SATRUN" sweep make tiny.yaml seed=0,1,2 train.epochs=1 --out changed
echo "seed: 7" >>changed/jobs/001-seed0/config.yaml
expect 3 "$SATRUN" sweep run changed
has err "1 of 3 jobs failed, the first seed0: changed/jobs/001-seed0/config.yaml"
has err "3 jobs: 2 done, 1 failed"

# Data that is not here is told, once; it may be where the jobs will run.
expect 0 "$SATRUN" sweep make tiny.yaml seed=0,1 data.path=/nonexistent --out far
[ "$(grep -c 'there is no /nonexistent' err)" -eq 1 ]

# What is wrong with a job is told and does not keep the others from going on.
expect 0 "$SATRUN" sweep make tiny.yaml train.epochs=1 seed=0,1 --out torn
printf '{' >torn/jobs/001-seed0/state.json
expect 3 "$SATRUN" sweep run torn
has err "seed0 is left out: "
has err "2 jobs: 1 done"
expect 3 "$SATRUN" sweep status torn
has out "seed0 damaged: torn/jobs/001-seed0/state.json: "
has out "1 done, 1 damaged"
[ ! -s err ]
expect 0 "$SATRUN" sweep run torn --job 2

# ---- what is refused, before anything is written ----

expect 3 "$SATRUN" sweep make tiny.yaml attack.stepz=1,2 "eval: pgd-x" --out no
has err "unknown key 'attack.stepz'"
expect 3 "$SATRUN" sweep make tiny.yaml seed=0,1 "eval: pgd-x" --out no
has err "pgd-x"
expect 3 "$SATRUN" sweep make tiny.yaml engine.threads=1,2 --out no
has err "train the same weights"
expect 2 "$SATRUN" sweep make tiny.yaml seed=0,1 "a: seed=3" --out no
has err "seed is varied and set in the cell a"
expect 2 "$SATRUN" sweep make tiny.yaml seed=0,1
has err "--out DIR"
expect 2 "$SATRUN" sweep make tiny.yaml seed=0,1 --out few
has err "it is a sweep"
expect 2 "$SATRUN" sweep make tiny.yaml seed=0,1 --out data
has err "not empty"
expect 2 "$SATRUN" sweep run data
has err "data is not a sweep"
expect 2 "$SATRUN" sweep run few seed=3
has err "frozen"
expect 2 "$SATRUN" sweep status few --job 1
has err "takes no --job"
[ ! -e no ]
