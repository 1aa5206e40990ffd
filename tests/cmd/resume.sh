# A run killed at 50 moments and resumed ends in the same bytes as one that was
# left alone; so does one that was told to stop, and one on any number of
# threads.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
kills=${KILLS:-50}

same() {
    fingerprint "$1" >got
    diff want got || {
        echo "$1 is not like the undisturbed run"
        exit 1
    }
}

for threads in 1 2 3; do
    expect 0 "$SATRUN" train tiny.yaml --run "threads-$threads" \
        --threads "$threads"
    [ "$threads" -eq 1 ] && fingerprint threads-1 >want
    same "threads-$threads"
done

# Delays of at most `most` seconds, always the same ones.  A run that comes to
# its end before it is killed is compared, and another one is begun.
awk -v n="$kills" -v most=0.9 'BEGIN {
    srand(7); for (i = 0; i < n; i++) printf "%.3f\n", most * rand() }' >delays
finished=0
run=killed-0
while read -r delay; do
    "$SATRUN" train tiny.yaml --run "$run" --quiet >out 2>err &
    pid=$!
    sleep "$delay"
    kill -KILL "$pid" 2>/dev/null || true
    code=0
    wait "$pid" 2>/dev/null || code=$?
    case $code in
    137) ;;
    0)
        same "$run"
        finished=$((finished + 1))
        run=killed-$finished
        ;;
    *)
        echo "exit $code"
        cat out err
        exit 1
        ;;
    esac
done <delays
expect 0 "$SATRUN" train tiny.yaml --run "$run"
same "$run"
echo "$kills kills, $((finished + 1)) runs"

# SIGTERM saves, exits with 75, and the same command goes on.
"$SATRUN" train tiny.yaml --run told >out 2>err &
pid=$!
while [ ! -e told/checkpoints/last ]; do sleep 0.05; done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat err; exit 1; }
has err "the same command continues"
has told/manifest.json '"state": "stopped"'
expect 0 "$SATRUN" train tiny.yaml --run told --resume
has err "resuming from step-"
same told

# Stopped while it validates, an epoch ends in a process that made none of its
# steps; its line says what it would have said.
"$SATRUN" train tiny.yaml train.epochs=1 train.log_every=1 --run validating \
    eval.every=1 eval.attack=pgd-1000 eval.batch_size=8 >out 2>err &
pid=$!
while ! grep -q '"step":57,' validating/metrics.jsonl 2>/dev/null; do
    sleep 0.05
done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat err; exit 1; }
has err "saved in step-00000057:"
expect 0 "$SATRUN" train tiny.yaml train.epochs=1 train.log_every=1 \
    --run validating eval.every=1 eval.attack=pgd-1
rate() { grep "\"kind\":\"$1\"" validating/metrics.jsonl | tail -n 1 | grep -o '"lr":[^,]*'; }
[ "$(rate epoch)" = "$(rate step)" ]

# Free training has a perturbation that lives on, and a batch that is not done
# after a step.
cat >free.yaml <<'END'
extends: tiny.yaml
attack: {step_size: 0.1}
train: {method: free, replays: 3, epochs: 2}
END
expect 0 "$SATRUN" train free.yaml --run free
fingerprint free >want
"$SATRUN" train free.yaml --run freed >out 2>err &
pid=$!
while [ ! -e freed/checkpoints/last ]; do sleep 0.05; done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat err; exit 1; }
expect 0 "$SATRUN" train free.yaml --run freed
same freed
