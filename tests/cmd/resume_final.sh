# The evaluation at the end of a training goes on where it was stopped, and says
# what it would have said.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny

train() { # RUN
    "$SATRUN" train tiny.yaml train.epochs=1 eval.every=0 \
        eval.attack=autoattack,pgd-20x2 --run "$1" >out 2>err &
    pid=$!
}

# What final.json says, but for the time it took.
final() { grep -v '"seconds"' "$1/eval/final.json" | sed "s|$1/|RUN/|; s|\"$1\"|RUN|"; }

train left-alone
wait "$pid"
final left-alone >want
has want autoattack
[ ! -e left-alone/eval/final.part ]

train told
while [ ! -e told/eval ]; do sleep 0.05; done
sleep 0.5
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat err; exit 1; }
has err "the final evaluation was interrupted: the same command goes on with it"
[ -e told/eval/final.part ]
[ ! -e told/eval/final.json ]

train told
sleep 0.5
kill -KILL "$pid"
wait "$pid" || true
[ -e told/eval/final.part ]

train told
wait "$pid" || { cat err; exit 1; }
has err "going on with told/eval/final.part"
final told >got
diff want got
[ ! -e told/eval/final.part ]

# A part of other weights is not gone on with.
train other
while [ ! -e other/eval ]; do sleep 0.05; done
sleep 0.3
kill -TERM "$pid"
wait "$pid" || true
sed 's/"sha256":"[0-9a-f]*"/"sha256":"0"/' other/eval/final.part >damaged
mv damaged other/eval/final.part
train other
wait "$pid" || { cat err; exit 1; }
has err "it is begun anew"
final other >got
diff want got
