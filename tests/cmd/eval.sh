# satrun eval on a small run: which network, which attacks, what comes out.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
expect 0 "$SATRUN" train tiny.yaml --quiet
run=$(readlink -f runs/latest)

# Nothing said: the newest run.  The table goes to stdout, the JSON to the run.
expect 0 "$SATRUN" eval --attack pgd-3,pgd-3x2 --limit 60
has out "tiny, 60 images of the test split"
has out "pgd-3x2 "
has out "worst case"
# What it is called in the result is the run, not the link that moves on.
has err "written: runs/$(basename "$run")/eval/"
has out "weights: runs/$(basename "$run")/checkpoints/best/"
evaluations() { find "$run/eval/" -name 'best-average-pgd-3+pgd-3x2-linf-0.1-*' | wc -l; }
[ "$(evaluations)" -eq 1 ]
expect 0 "$SATRUN" eval --attack pgd-3,pgd-3x2 --limit 60
[ "$(evaluations)" -eq 1 ]
expect 0 "$SATRUN" eval --attack pgd-3,pgd-3x2 --limit 60 --backward worst
has out "slope: worst"
[ "$(evaluations)" -eq 2 ]

# What is overridden beside eval.* has a file and a row of its own.
for more in seed=1 seed=2 eval.keep=worst; do
    expect 0 "$SATRUN" eval "$run" --checkpoint last --attack pgd-2 "$more"
done
[ "$(find "$run/eval/" -name 'last-average-pgd-2-*' | wc -l)" -eq 3 ]
expect 0 "$SATRUN" report "$run" --format csv
[ "$(grep -c 'last.*,100,' out)" -eq 2 ]
[ "$(grep -c seed=2 out)" -eq 1 ]

# Threads, batches and the list an attack is in change no verdict.
csv() {
    expect 0 "$SATRUN" eval "$run" --attack pgd-3 --per-image "$@"
}
csv one.csv --threads 1 eval.batch_size=1
csv two.csv --threads 2 eval.batch_size=17
cmp one.csv two.csv
csv part.csv --limit 30
head -n 31 one.csv | cmp - part.csv
[ "$(head -n 1 one.csv)" = \
    "index,label,clean,robust,broken_by,adversarial,distance,attack,step" ]

# Attacks made on other weights are another evaluation, and say so.
before=$(find "$run/eval/" -name '*.json' | wc -l)
expect 0 "$SATRUN" eval "$run" --attack mim-3 --json \
    --source "$run/checkpoints/last/model.safetensors"
has out '"source": {'
has out "\"sha256\": \"$(sha256sum "$run/checkpoints/last/model.safetensors" | cut -c 1-64)\""
expect 0 "$SATRUN" eval "$run" --attack mim-3
[ "$(find "$run/eval/" -name '*.json' | wc -l)" -eq $((before + 2)) ]
expect 5 "$SATRUN" eval "$run" --attack mim-3 --source nowhere.safetensors
has err nowhere

# What torch.save writes is told from a damaged file.
printf 'PK\003\004 and so on' >own.pt
expect 5 "$SATRUN" eval --config "$run/config.yaml" --weights own.pt
has err "torch.save"

# --json: one document on stdout, nothing else.
expect 0 "$SATRUN" eval "$run" --attack fgsm --epsilon 8/255 --json
[ "$(head -n 1 out)" = "{" ]
[ "$(tail -n 1 out)" = "}" ]
has out '"schema": "satrun.eval/1"'
has out '"attack": "fgsm"'
has out '"eval.epsilon": "0.03137254901960784"'
has out '"isa": '
expect 0 "$SATRUN" eval "$run" --attack none --json
has out '"attacks": []'
expect 0 "$SATRUN" eval "$run" --attack none --json engine.conv=im2col
has out '"im2col": '

# Weights with a config say the same as the run they are from, whether they are
# the average, which is meant if nothing is said, or not.
for average in yes no; do
    file=$([ $average = yes ] && echo ema || echo model).safetensors
    expect 0 "$SATRUN" eval --config "$run/config.yaml" --attack none \
        --weights "$run/checkpoints/last/$file"
    grep clean out >want
    expect 0 "$SATRUN" eval "$run" --checkpoint last --attack none \
        --average $average
    grep clean out | cmp - want
    has out "checkpoints/last/$file"
done
expect 0 "$SATRUN" eval "$run" --attack none --json
has out '/ema.safetensors"'
has out '"average": true'
expect 0 "$SATRUN" report "$run"
has out "last average"
rm "$run"/checkpoints/step-*/ema.safetensors
expect 5 "$SATRUN" eval "$run" --attack none --average yes
has err "no averaged weights in its checkpoint 'best'"
expect 0 "$SATRUN" eval "$run" --attack none
has out "/model.safetensors"

# Weights under another activation or normalisation than theirs: a warning.
hasnt err warning
expect 0 "$SATRUN" eval "$run" --attack none activation.forward=silu \
    model.mean=[0.5] model.std=[0.25]
has err "was saved with activation relu, attack slope softplus"
has err "it is used with silu, attack slope softplus"
has err "it is used with 0.5"

# A flag wins over key=value, and both over the file.
expect 0 "$SATRUN" eval "$run" eval.epsilon=0.5 --epsilon 0.25 --attack fgsm
has out "epsilon 0.25"

# What is wrong is said, with the right code.
expect 3 "$SATRUN" eval "$run" --attack pdg-10
has err "no attack 'pdg-10'; there are: fgsm, pgd-STEPS[xRESTARTS]"
expect 3 "$SATRUN" eval "$run" --epsilon 8
has err "8/255"
expect 2 "$SATRUN" eval "$run" --norm l2 --attack pgd-2
has err "--norm l2 needs --epsilon"
expect 0 "$SATRUN" eval "$run" --norm linf --attack pgd-2
expect 0 "$SATRUN" eval "$run" --norm l2 --epsilon 1 --step-size 0.2 --attack pgd-2
expect 3 "$SATRUN" eval "$run" --norm l3
has err "linf, l2"
expect 2 "$SATRUN" eval nowhere --attack fgsm
has err "nowhere"
expect 2 "$SATRUN" eval --config tiny.yaml --attack fgsm
has err "--config needs --weights"
expect 2 "$SATRUN" eval "$run" --config tiny.yaml --weights w
has err "two networks"
expect 5 "$SATRUN" eval "$run" --weights tiny.yaml
has err "tiny.yaml"
expect 3 "$SATRUN" eval "$run" --split validation --attack none \
    data.validation=0
has err "data.validation"
expect 7 "$SATRUN" eval "$run" --attack none --per-image nowhere/a.csv
has err "nowhere/a.csv"
newest=$(readlink "$run/checkpoints/last")
rm "$run/checkpoints/last" "$run/checkpoints/best"
expect 5 "$SATRUN" eval "$run" --attack fgsm --average no
has err "there is $run/checkpoints/$newest/model.safetensors, which --weights takes"
rm -r "$run/checkpoints"
expect 5 "$SATRUN" eval "$run" --attack fgsm
has err "has no checkpoint"
hasnt err "--weights takes"
