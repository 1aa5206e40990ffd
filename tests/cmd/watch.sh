# satrun watch: a frame of a run that goes on, is over, or has died; and the
# terminal as it was.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

mkdir -p runs/one
state() {
    echo "{\"schema\": \"satrun.run/1\", \"name\": \"x\", \"state\": \"$1\",
        \"ended\": \"then\", \"data\": {\"images\": {\"train\": 1000}},
        \"settings\": {\"train.epochs\": \"4\", \"train.batch_size\": \"100\",
        \"train.method\": \"adversarial\"}}" >runs/one/manifest.json
}
state running
ln -s one runs/latest
: >runs/one/metrics.jsonl
expect 0 "$SATRUN" watch
has out "died: no process works on it any more"
has out "0 of 4 epochs  step 0/40"
has out "no step is written down yet"

# Somebody holds the lock: it lives.  Two epochs of ten steps in 5 s each, so
# 20 steps are left: 10 s.
cat >runs/one/metrics.jsonl <<'END'
{"kind":"step","epoch":1,"step":5,"loss":4,"robust":0.25,"lr":0.1,"seconds":0.5,"images_per_s":200}
{"kind":"epoch","epoch":1,"step":10,"train":{"loss":3},"test":{"clean":0.5,"robust":0.25},"seconds":5}
{"kind":"epoch","epoch":2,"step":20,"train":{"loss":3},"test":{"clean":0.6,"robust":0.5},"seconds":5}
{"kind":"step","epoch":3,
END
truncate -s -1 runs/one/metrics.jsonl
{
    echo "2026-01-01T00:00:00Z warning: the first"
    for i in 2 3 4; do echo "2026-01-01T00:00:00Z warning: number $i"; done
    echo "2026-01-01T00:00:00Z epoch 1/4"
} >runs/one/log.txt
if command -v flock >/dev/null; then
    LC_ALL=C expect 0 flock runs/one/lock "$SATRUN" watch runs/one
    has out "running, last sign"
    has out "epoch 3/4  step 20/40  [##########----------] 50 %"
    has out "loss"
    has out "_#  from 25"
    has out "test.robust %"
    has out "200 images/s, about 10s left"
    has out "warning: number 4"
    hasnt out "the first"
    hasnt out "epoch 1/4"
    LC_ALL=C.UTF-8 expect 0 flock runs/one/lock "$SATRUN" watch --once
    has out "▁█  from 25"
fi
state finished
sed -i '$d' runs/one/metrics.jsonl # a finished run has no half line
expect 0 "$SATRUN" watch runs/one
has out "finished at then"
has out "2 of 4 epochs  step 20/40"

# Whole images a second, however many.
sed 's/"images_per_s":200/"images_per_s":14590.4/' runs/one/metrics.jsonl >many
cp many runs/one/metrics.jsonl
expect 0 "$SATRUN" watch runs/one
has out "14590 images/s"
expect 2 "$SATRUN" watch nothing
has err "nothing is not a run"

# In a terminal: Ctrl-C leaves the other screen, shows the cursor, and the last
# picture stays; exit code 0.
command -v script >/dev/null || skip "no script"
command -v flock >/dev/null || skip "no flock"
state running
(TERM=xterm timeout -s INT 3 flock runs/one/lock script -qec \
    "timeout --foreground -s INT 1 '$SATRUN' watch --every 0.2; echo code \$?" typescript) \
    >/dev/null 2>&1 </dev/null || :
enter=$(printf '\033[?1049h') leave=$(printf '\033[?25h\033[?1049l')
has typescript "$enter"
has typescript "$leave"
hasnt typescript "stopping at the next point"
sed "s/.*$(printf '\033')\[?1049l//" typescript >after
has after "epoch 3/4"
