# The images of an evaluation (eval --images): whole, killed at many moments, in
# shares; and what cannot be had is refused before the work.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
kills=${KILLS:-8}
expect 0 "$SATRUN" train tiny.yaml --quiet train.epochs=2 eval.every=0 \
    eval.attack=pgd-1
run=$(readlink -f runs/latest)
part() { find "$run/eval" -name "*.part"; }

# With images and lines of images, in the background.
begin() {
    "$SATRUN" eval "$run" --attack pgd-1,autoattack --limit 32 --quiet \
        --part-every 0.02 --images im.safetensors --per-image im.csv \
        >out 2>err &
    pid=$!
}

evaluate() {
    begin
    wait "$pid" || { cat err; exit 1; }
}

evaluate
mv im.safetensors want.safetensors
mv im.csv want.csv
[ -z "$(part)" ]
[ ! -e im.safetensors.part ]
expect 0 "$SATRUN" weights inspect want.safetensors
has out adversarial
has out broken_by

awk -v n="$kills" -v most=0.6 'BEGIN {
    srand(4); for (i = 0; i < n; i++) printf "%.3f\n", most * rand() }' >delays
left=0
while read -r delay; do
    begin
    sleep "$delay"
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    [ -z "$(part)" ] || left=$((left + 1))
done <delays
[ "$left" -gt 0 ] || { echo "no kill left a part"; exit 1; }
evaluate
[ -z "$(find . -name '*.lock')" ]
cmp im.csv want.csv
cmp im.safetensors want.safetensors

# Begun without images, or with those of another name: they are not there.
stop() { # FLAGS...   an evaluation that is told to stop when it has begun
    "$SATRUN" eval "$run" --attack autoattack --limit 90 --quiet \
        --part-every 0.02 "$@" >out 2>err &
    pid=$!
    while [ -z "$(part)" ]; do sleep 0.02; done
    kill -TERM "$pid"
    code=0
    wait "$pid" || code=$?
    [ "$code" -eq 75 ] || { echo "exit $code"; cat err; exit 1; }
}
stop
expect 2 "$SATRUN" eval "$run" --attack autoattack --limit 90 --images a
has err "its images are not kept, not in a"
[ ! -e a.part ]
rm "$(part)"
stop --images a
expect 2 "$SATRUN" eval "$run" --attack autoattack --limit 90 --images b
has err "its images are in a, not in b"
mv a.part elsewhere
expect 2 "$SATRUN" eval "$run" --attack autoattack --limit 90 --images a
has err "the images are gone"
mv elsewhere a.part
expect 0 "$SATRUN" eval "$run" --attack autoattack --limit 90 --images a

# A share has its own; merging does not make images.
for i in 1 2; do
    expect 0 "$SATRUN" eval "$run" --attack fgsm --limit 9 --shard "$i/2" \
        --part "$i.part" --images "$i.safetensors"
done
expect 0 "$SATRUN" weights inspect 1.safetensors
has out "5"
expect 2 "$SATRUN" eval --merge 1.part 2.part --images all.safetensors
has err "not --images: each share has written its own"
expect 0 "$SATRUN" eval --merge 1.part 2.part

expect 7 "$SATRUN" eval "$run" --attack fgsm --images no/such/dir/im
has err "there is no directory no/such/dir"
mkfifo pipe
ln -s nowhere link
for name in pipe link; do
    expect 7 "$SATRUN" eval "$run" --attack fgsm --per-image $name
    has err "per-image $name: it exists and is no plain file"
done
for name in config.yaml manifest.json checkpoints/last/model.safetensors; do
    cp "$run/$name" before
    expect 2 "$SATRUN" eval "$run" --attack fgsm --logits "$run/$name"
    has err "would be replaced by it"
    cmp before "$run/$name"
done

# Nobody else writes these names meanwhile.
for flag in --images --per-image --logits --part; do
    "$SATRUN" eval "$run" --attack autoattack --limit 90 --quiet "$flag" w \
        >out1 2>err1 &
    pid=$!
    while [ ! -e w.lock ]; do sleep 0.02; done
    kill -STOP "$pid"
    expect 2 "$SATRUN" eval "$run" --attack fgsm "$flag" w
    has err "w is being written by another process"
    expect 2 "$SATRUN" eval "$run" --attack fgsm "$flag" ./w
    kill -CONT "$pid"
    wait "$pid" || { cat err1; exit 1; }
    [ ! -e w.lock ]
    rm -f w
done

# The same evaluation twice at once: one of them keeps what is done.
begin
while ! find "$run/eval" -name '*.part.lock' | grep -q .; do sleep 0.02; done
kill -STOP "$pid"
expect 0 "$SATRUN" eval "$run" --attack pgd-1,autoattack --limit 32
has err "what is done will not be kept"
kill -CONT "$pid"
wait "$pid"

# JSON has no such names.
expect 2 "$SATRUN" eval "$run" --attack fgsm --images "$(printf 'a\377b')"
has err "bytes that are not UTF-8"

# One name for two files would lose one of them.
for other in "--part im.part" "--part im" "--per-image im" "--logits im"; do
    # shellcheck disable=SC2086
    expect 2 "$SATRUN" eval "$run" --attack fgsm --images im $other
    has err "would be two files of this evaluation"
done
expect 2 "$SATRUN" eval "$run" --attack fgsm --images im --per-image ./im
has err "under two names by this one"
expect 0 "$SATRUN" eval "$run" --attack fgsm
result=$(sed -n 's/^written: //p' err)
expect 2 "$SATRUN" eval "$run" --attack fgsm --per-image "$result"
has err "would be two files of this evaluation"
expect 2 "$SATRUN" eval "$run" --attack fgsm --logits "${result%.json}.part"
has err "would be two files of this evaluation"
