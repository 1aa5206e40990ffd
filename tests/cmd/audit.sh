# satrun audit on a small run: what it says, writes and exits with.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
expect 0 "$SATRUN" train tiny.yaml --quiet
run=$(readlink -f runs/latest)
short="--limit 20 --queries 20 --strong apgd-ce-5"

# shellcheck disable=SC2086
expect 0 "$SATRUN" audit $short --backward worst
has out "tiny, 20 images of the test split"
has out "check        verdict"
for check in steps loss restarts radius zeros cosine noise scale temperature \
    slopes blackbox transfer gap; do
    grep -qE "^$check +(unsure|suspect|skipped)" out
done
has out "pgd-2 says"
hasnt out "No sign" # 20 images cannot show that
grep -qE "too few to see masking|Suspect|MASKED" out
has err "written: runs/$(basename "$run")/audit/audit.json"
[ "$(head -n 1 "$run/audit/curves.csv")" = "x,y,panel,curve" ]
for panel in "accuracy against steps" "loss along the attack" \
    "accuracy against epsilon" "cosine of gradients"; do
    has "$run/audit/curves.gp" "$panel"
done

# One document, the same for any number of threads and any batch but for what
# was measured by the clock.
# shellcheck disable=SC2086
document() {
    expect 0 "$SATRUN" audit "$run" $short --json --out made "$@"
    [ "$(head -n 1 out)" = "{" ]
    [ "$(tail -n 1 out)" = "}" ]
    sed '/"seconds":/d; /"threads":/d; /batch_size/d; /"config":/d' out
}
document --threads 1 eval.batch_size=7 >one
has one '  "verdict": "unsure",' # as said: too few images
has one '"schema": "satrun.audit/1"'
has one '"sha256": '
has one '"check": "slopes"'
document --threads 2 >two
sed '/engine.threads/d' one >first
sed '/engine.threads/d' two | cmp - first
cmp made/audit.json out

# Stopped or killed at any moment, it goes on, and ends as if never touched.
# shellcheck disable=SC2086
document --queries 2000 >whole
find made -type f | sort >names
kills=0
for signal in TERM KILL INT TERM KILL TERM KILL TERM; do
    # shellcheck disable=SC2086
    "$SATRUN" audit "$run" $short --json --out made --queries 2000 >out 2>err &
    pid=$!
    sleep "0.$((kills % 3 + 1))"
    kill -s "$signal" "$pid" 2>/dev/null || true
    code=0
    wait "$pid" || code=$?
    [ "$code" -ne 0 ] || break
    [ "$signal" = KILL ] || [ "$code" -eq 75 ] || { cat err; exit 1; }
    kills=$((kills + 1))
done
# shellcheck disable=SC2086
document --queries 2000 >again
echo "$kills kills"
diff whole again
find made -type f ! -name '*.tmp' | sort | diff names - # nothing is left
# shellcheck disable=SC2086
"$SATRUN" audit "$run" $short --out made --queries 100000 >out 2>err &
pid=$!
while ! ls made/audit-*.part >list 2>/dev/null; do sleep 0.05; done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ]
has err "the same command goes on"
# shellcheck disable=SC2086
"$SATRUN" audit "$run" $short --out made --queries 100000 >out 2>err &
pid=$!
while ! grep -q "going on with made/audit-" err; do sleep 0.05; done
kill -TERM "$pid"
wait "$pid" || true
rm made/audit-*.part

# Foreign slopes are tried each by itself; one that the network has is no other.
# shellcheck disable=SC2086
expect 0 "$SATRUN" audit $short --backward worst --json --slopes relu,elu,mish
has out '"broken with the slope of elu": '
has out '"broken with the slope of mish": '
hasnt out '"broken with the slope of relu"'
# shellcheck disable=SC2086
expect 2 "$SATRUN" audit $short --slopes psilu
has err "psilu learns parameters"
expect 2 "$SATRUN" audit --slopes soft
has err "softplus"

# Other weights, and what is none.
weights=$run/checkpoints/last/model.safetensors
# shellcheck disable=SC2086
expect 0 "$SATRUN" audit $short --checkpoint best --source "$weights" --json
has out '"broken by transfer"'
expect 5 "$SATRUN" audit --source none.safetensors
expect 3 "$SATRUN" audit --strong apdg
has err "apgd-ce"
expect 3 "$SATRUN" audit --epsilon 0

# A network whose inputs are a million times as large as those it was trained on
# says everything with certainty, and the cross-entropy is flat.  It is convicted,
# the result is written all the same, and the exit code says so.
# shellcheck disable=SC2086
expect 8 "$SATRUN" audit $short --json --backward forward model.std='[1e-6]' \
    --out masked
has err "the network hides its gradient: "
has masked/audit.json '"verdict": "masked"'
