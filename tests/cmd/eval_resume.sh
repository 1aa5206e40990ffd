# An evaluation that was killed at many moments, told to stop, or divided into
# shares says what one that was left alone says, to the byte.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
kills=${KILLS:-20}
expect 0 "$SATRUN" train tiny.yaml --quiet train.epochs=2 eval.every=0 \
    eval.attack=pgd-1
run=$(readlink -f runs/latest)

# All but the time it took.
timeless() { grep -v '"seconds"' "$1" >"$2"; }

# evaluate NAME FLAGS...   JSON and lines of images, in the background
evaluate() {
    name=$1
    shift
    "$SATRUN" eval "$run" --attack autoattack,pgd-20x2 --limit 32 --json \
        --quiet --part-every 0.02 --per-image "$name.csv" "$@" >"$name.json" \
        2>err &
    pid=$!
}

same() {
    timeless "$1.json" got
    diff want got || { echo "$1 is not like the undisturbed one"; exit 1; }
    cmp want.csv "$1.csv"
}

evaluate want
wait "$pid"
timeless want.json want
has want '"warnings"'
[ -z "$(find "$run/eval" -name '*.part')" ]

# Threads and batches decide nothing, but the batch is told.
evaluate other --threads 2 eval.batch_size=9
wait "$pid"
cmp want.csv other.csv
grep -v '"seconds"\|"batch_size"\|"eval.batch_size"\|threads' want.json >a
grep -v '"seconds"\|"batch_size"\|"eval.batch_size"\|threads' other.json >b
cmp a b

# Killed.  One that comes to its end is compared, and another one is begun.
awk -v n="$kills" -v most=0.8 'BEGIN {
    srand(3); for (i = 0; i < n; i++) printf "%.3f\n", most * rand() }' >delays
finished=0
while read -r delay; do
    evaluate killed
    sleep "$delay"
    kill -KILL "$pid" 2>/dev/null || true
    code=0
    wait "$pid" 2>/dev/null || code=$?
    case $code in
    137) ;;
    0)
        same killed
        finished=$((finished + 1))
        ;;
    *)
        echo "exit $code"
        cat err
        exit 1
        ;;
    esac
done <delays
evaluate killed
wait "$pid"
same killed
echo "$kills kills, $((finished + 1)) evaluations"

# Told to stop: 75, and what was done is not done again.
part() { find "$run/eval" -name "*.part"; }
evaluate told
while [ -z "$(part)" ]; do sleep 0.02; done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGTERM"; cat err; exit 1; }
has err "has what is done, the same command goes on with it"
kept=$(part)
cp "$kept" kept.part
evaluate told
wait "$pid"
same told
[ -z "$(part)" ]

# What is not of this evaluation is left out of it: a warning where the name is
# ours, an error where it is the user's.
damage() { # COMMAND: of kept.part, to where it would be looked for
    sh -c "$1" <kept.part >"$kept"
    evaluate damaged
    wait "$pid"
    same damaged
    has err warning
    sh -c "$1" <kept.part >named.part
    expect 4 "$SATRUN" eval "$run" --attack autoattack,pgd-20x2 --limit 32 \
        --part named.part
    has err named.part
    expect 4 "$SATRUN" eval --merge named.part
    has err named.part
}
size=$(wc -c <kept.part)
damage "head -c $((size / 2))"
damage "sed 's/\"stage\":\\[-1,/\"stage\":[0,/'"
damage "cat; echo x"
damage "sed 's/\"classes\":10/\"classes\":2000000000/'"
cp kept.part "$kept"
evaluate fine
wait "$pid"
same fine
hasnt err warning
expect 2 "$SATRUN" eval "$run" --attack autoattack,pgd-20x2 --limit 32 seed=8 \
    --part kept.part
has err "not of the same evaluation: seed is 1 and 8"
expect 2 "$SATRUN" eval "$run" --attack autoattack,pgd-20x2 --limit 32 \
    --epsilon 0.2 --part kept.part
has err "eval.epsilon is \"0.1\" and \"0.2\""

# Shares: 32 images do not divide by 3 or 7.
for of in 1 2 3 7; do
    files=
    for i in $(seq "$of"); do
        evaluate "share-$i" --shard "$i/$of" --part "$i-of-$of.part"
        wait "$pid"
        files="$i-of-$of.part $files"
    done
    # shellcheck disable=SC2086
    expect 0 "$SATRUN" eval --merge $files --json --per-image merged.csv
    mv out merged.json
    same merged
done
has share-7.json '"images": 4'
(
    ulimit -f 8 # blocks of 512 bytes: a share that finds no room
    expect 7 "$SATRUN" eval "$run" --attack autoattack --shard 1/1 \
        --part full.part --quiet
)
has err "cannot write full.part"
[ ! -e full.part ]
expect 0 "$SATRUN" eval --merge ./?-of-3.part
has out "tiny, 32 images of the test split"
has out "worst case"

# What the data is counts, not where it lies: shares of two machines.
cp -r data elsewhere
evaluate here --shard 1/2 --part here.part
wait "$pid"
evaluate there --shard 2/2 --part there.part data.path=elsewhere
wait "$pid"
expect 0 "$SATRUN" eval --merge here.part there.part --json --per-image merged.csv
cmp want.csv merged.csv
mkdir other
for file in data/*; do cp "$file" other/; done
printf '\001' | dd of=other/t10k-labels-idx1-ubyte bs=1 seek=50 conv=notrunc \
    2>dd.log
evaluate there --shard 2/2 --part other.part data.path=other
wait "$pid"
expect 2 "$SATRUN" eval --merge here.part other.part
has err "not of the same evaluation: data.sha256 is"

# No attack at all, and settings that nobody has set.
for i in 1 2; do
    expect 0 "$SATRUN" eval "$run" --attack none --limit 9 --shard "$i/2" \
        --part "clean-$i.part"
done
expect 0 "$SATRUN" eval --merge clean-1.part clean-2.part
has out "tiny, 9 images of the test split"
hasnt out "worst case"

# A share is begun where it was left, and one that is done is not done again.
expect 0 "$SATRUN" eval "$run" --attack autoattack,pgd-20x2 --limit 32 \
    --shard 1/2 --part 1-of-2.part
has err "going on with 1-of-2.part"
has out "16 images of the test split of fashion-mnist, share 1/2 of 32"
expect 0 "$SATRUN" eval "$run" --attack fgsm --shard 2/3
has err ".2-of-3.part; satrun eval --merge"

# What does not belong together.
expect 2 "$SATRUN" eval --merge 1-of-3.part 3-of-3.part
has err "share 2/3 is missing"
expect 2 "$SATRUN" eval --merge 1-of-2.part 1-of-2.part 2-of-2.part
has err "are both share 1/2"
expect 2 "$SATRUN" eval --merge 1-of-2.part 2-of-3.part
has err "1-of-2.part is one of 2 shares, 2-of-3.part one of 3"
cp kept.part incomplete.part
expect 2 "$SATRUN" eval --merge incomplete.part
has err "incomplete.part is not complete"
"$SATRUN" eval "$run" --attack autoattack,pgd-20x2 --limit 32 seed=9 --quiet \
    --shard 2/2 --part seed.part >out
expect 2 "$SATRUN" eval --merge 1-of-2.part seed.part
has err "seed is 1 and 9"
expect 2 "$SATRUN" eval --merge want.json
has err "want.json is no part of an evaluation"
expect 2 "$SATRUN" eval --merge
has err "needs files"
expect 2 "$SATRUN" eval --merge 1-of-1.part --attack fgsm
has err "not --attack"
for wrong in 0/3 4/3 1 x/2 1/ /2; do
    expect 2 "$SATRUN" eval "$run" --attack fgsm --shard "$wrong"
    has err "I/N"
done
expect 0 "$SATRUN" eval "$run" --attack fgsm --limit 3 --shard 1/1
has err ".1-of-1.part; satrun eval --merge"
expect 2 "$SATRUN" eval tiny.yaml --attack fgsm
has err "tiny.yaml is a config, not a run: --config tiny.yaml --weights FILE"
expect 2 "$SATRUN" eval pgd-10
has err "pgd-10 is an attack, not a run: --attack pgd-10"
expect 2 "$SATRUN" eval "$run" autoattack
has err "an attack is named by --attack autoattack"
expect 2 "$SATRUN" eval "$run" --attack fgsm --limit 3 --shard 1/5
has err "3 images are too few for 5 shares"
expect 2 "$SATRUN" eval "$run" --attack pgd-2 --shard 1/2 eval.batchnorm=batch
has err "depends on its batch"
weights="$run/checkpoints/last/model.safetensors"
expect 2 "$SATRUN" eval --config "$run/config.yaml" --weights "$weights" \
    --attack fgsm --shard 1/2
has err "--shard needs --part"
expect 0 "$SATRUN" eval --config "$run/config.yaml" --weights "$weights" \
    --attack fgsm
