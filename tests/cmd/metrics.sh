# satrun metrics: the course of a run as a table and for other programs, and
# the event files of a run that was killed.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny

# A run of which only the files are known, its last line half written.
mkdir -p run
echo '{"schema": "satrun.run/1", "name": "x", "state": "running"}' >run/manifest.json
cat >run/metrics.jsonl <<'END'
{"kind":"step","epoch":1,"step":5,"loss":2.25,"lr":0.123456789}
{"kind":"epoch","epoch":1,"step":10,"train":{"loss":2},"test":{"clean":0.5}}
END
printf '{"kind":"step","epo' >>run/metrics.jsonl
expect 0 "$SATRUN" metrics run --csv
cat >want <<'END'
kind,epoch,step,loss,lr,train.loss,test.clean
step,1,5,2.25,0.123456789,,
epoch,1,10,,,2,0.5
END
cmp out want
has err "metrics of run"
sed '1s/$/\nnonsense/' run/metrics.jsonl >run/torn && mv run/torn run/metrics.jsonl
expect 4 "$SATRUN" metrics run --csv # all but the line that is damaged
cmp out want
has err "error: run/metrics.jsonl:2: the line is not JSON; left out"
expect 4 "$SATRUN" watch run --once
has out "warning: run/metrics.jsonl:2: the line is not JSON; left out"
sed -i 2d run/metrics.jsonl
sed 's/running/finished/' run/manifest.json >over.json && mkdir over && mv over.json over/manifest.json
cp run/metrics.jsonl over
for c in "metrics over" "watch over --once"; do
    # shellcheck disable=SC2086
    expect 4 "$SATRUN" $c
    has err "over/metrics.jsonl:3: the line has no end; left out"
done
: >over/metrics.jsonl
expect 0 "$SATRUN" metrics over
has err "over/metrics.jsonl has no line"
echo '{"kind":"step","step":4,"time":1795406400}' >over/metrics.jsonl
expect 0 "$SATRUN" metrics over --csv
has out "step,4,2026-11-23T04:00:00Z"
expect 0 "$SATRUN" metrics over --lines
has out '"time":1795406400'
expect 0 "$SATRUN" watch over
has out "no step was written down: every train.log_every-th is"
expect 0 "$SATRUN" metrics over --kind epoch
has err "has no line about epochs"
expect 2 "$SATRUN" metrics over --format csv
has err "unknown flag --format; there are --csv, --lines, --kind, --tensorboard; see"
expect 0 "$SATRUN" metrics run --kind epoch
has out "| kind  | epoch | step | train.loss | test.clean |"
hasnt out step,
expect 0 "$SATRUN" metrics run --lines --kind step
[ "$(cat out)" = '{"kind":"step","epoch":1,"step":5,"loss":2.25,"lr":0.123456789}' ]
expect 0 "$SATRUN" metrics run --json
has out '"schema": "satrun.metrics/1"'
expect 0 "$SATRUN" metrics run --tensorboard events
has err "2 lines as events in events/run: tensorboard --logdir events"
grep -qa 'epoch/test/clean' events/run/events.out.tfevents.*
cp -r run other
expect 0 "$SATRUN" metrics other/ --tensorboard events
expect 0 "$SATRUN" metrics run --tensorboard events
[ "$(find events -type f | wc -l)" -eq 2 ]
ls events/other/events.out.tfevents.* >/dev/null
expect 2 "$SATRUN" metrics run --csv --json
has err "contradict"
expect 2 "$SATRUN" metrics
has err "there is no runs/latest"
echo nonsense >run/metrics.jsonl
expect 4 "$SATRUN" metrics run
has err "run/metrics.jsonl:1: the line is not JSON"

# Killed and resumed: each step is in the events once, as in metrics.jsonl.
events() { cat "$1"/tb/events.out.tfevents.*; }
set -- train.epochs=2 logging.tensorboard=true
"$SATRUN" train tiny.yaml --run tb "$@" 2>/dev/null >out &
while ! grep -q '"step":60,' tb/metrics.jsonl 2>/dev/null; do
    sleep 0.05
done
kill -9 $!
wait $! || :
cp -r tb hurt
expect 0 "$SATRUN" train tiny.yaml --run tb "$@"
[ "$(events tb | grep -ao 'step/loss' | wc -l)" -eq \
    "$(grep -c '"kind":"step"' tb/metrics.jsonl)" ]
[ "$(events tb | grep -ao 'epoch/train/loss' | wc -l)" -eq 2 ]
expect 0 "$SATRUN" metrics tb --tensorboard again
# But for the time at which they were made, in the first two records, 40 and 29 bytes.
events tb | tail -c +70 >first
tail -c +70 again/tb/events.out.tfevents.* >second
cmp first second

# A damaged line is told of once, and the others are events.
sed -i '1s/{/x/' hurt/metrics.jsonl
expect 0 "$SATRUN" train tiny.yaml --run hurt "$@"
has err "warning: hurt/metrics.jsonl:1: the line is not JSON; left out of the event files"
[ "$(grep -c 'left out' err)" -eq 1 ]
[ "$(events hurt | grep -ao 'step/loss' | wc -l)" -eq \
    "$(grep -c '^{"kind":"step"' hurt/metrics.jsonl)" ]
expect 0 "$SATRUN" report tb
hasnt out "Attention"

# The setting is none that decides the weights.
expect 0 "$SATRUN" train tiny.yaml --run tb train.epochs=2
has err "nothing to do"
