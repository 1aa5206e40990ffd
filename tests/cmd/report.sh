# satrun report: tables, charts and a page of runs that were made by hand.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

# run_of NAME STATE ACTIVATION SEED
run_of() {
    mkdir -p "runs/$1/eval"
    cat >"runs/$1/manifest.json" <<END
{"schema": "satrun.run/1", "state": "$2", "config": "c", "settings":
 {"name": "x", "seed": "$4", "activation.forward": "$3", "train.epochs": "2"}}
END
    printf '%s\n' '{"kind":"epoch","epoch":1,"train":{"loss":2,"robust":0.1}}' \
        '{"kind":"epoch","epoch":2,"train":{"loss":1,"robust":0.3}}' \
        >"runs/$1/metrics.jsonl"
}

# eval_of NAME CORRECT     of 100 images
eval_of() {
    cat >"runs/$1/eval/final.json" <<END
{"schema": "satrun.eval/1", "split": "test", "images": 100, "config": "c",
 "data": {"dataset": "toys", "sha256": "0123456789"},
 "clean": {"accuracy": 0.8}, "network": {"sha256": "$1", "checkpoint": "last"},
 "attacks": [{"attack": "pgd-5", "norm": "linf", "epsilon": 0.1, "robust":
 {"correct": $2, "accuracy": 0.$2, "interval_95": [0.2, 0.6]}}]}
END
}

for seed in 0 1; do
    run_of relu-$seed finished relu $seed
    run_of silu-$seed finished silu $seed
    eval_of relu-$seed 3$seed
    eval_of silu-$seed 4$seed
done
run_of silu-2 running silu 2

# Seeds are one row, an unfinished run is named, in every format.
expect 0 "$SATRUN" report runs
has out "| relu | relu       | 2     | "
has out "**40.50** ± 0.71"
has out "- silu-2: running, 2 of 2 epochs"
[ ! -s err ]
expect 0 "$SATRUN" report runs --format csv --sort pgd-5
[ "$(sed -n 2p out | cut -d, -f1)" = silu ]
has err "silu-2: running"
expect 0 "$SATRUN" report runs --format latex
has out '\toprule'
has out '% - silu-2: running'
expect 0 "$SATRUN" report runs --json --no-group
has out '"schema": "satrun.report/2"'
[ "$(grep -c '"seeds"' out)" -eq 4 ]
expect 0 "$SATRUN" report runs/relu-0 runs/silu-0 --format csv \
    --columns run,train.epochs,pgd-5
has out "relu-0,2,0.300000,0.200000,0.600000"

# A config that was edited since: told, and what was trained counts.
printf '%s\n' 'name: x' 'seed: 0' 'activation:' '    forward: relu' 'train:' \
    '    epochs: 2   # default' >runs/relu-0/config.yaml
expect 0 "$SATRUN" report runs
hasnt out Attention
sed -i 's/epochs: 2/epochs: 9/' runs/relu-0/config.yaml
expect 0 "$SATRUN" report runs --format csv
has err "runs/relu-0/config.yaml has been changed since the run began: it says train.epochs 9, which was 2. This report goes by the run's manifest.json."
expect 0 "$SATRUN" report runs
has out "Attention: "
has out "| relu | relu       | 2     | "
rm runs/relu-0/config.yaml

# A stray run with a job's settings and seed is told of.
cp -r runs/relu-0 a-stray
expect 0 "$SATRUN" report a-stray runs
has out "Attention: relu-0 repeats settings and seed of runs among a-stray, relu-1: no seed counts twice"

# What nobody has.
expect 2 "$SATRUN" report runs --sort pgd-6
has err "no column 'pgd-6'; there are: run, activation, seeds, clean,"
expect 2 "$SATRUN" report runs --plot x.jpg
has err ".svg, .pdf or .png"
expect 2 "$SATRUN" report elsewhere
has err "elsewhere is not a run"
mkdir empty
expect 2 "$SATRUN" report empty
has err "no directory in it has one"

# What is read is not replaced; an earlier page and its charts are.
refused() { # FLAG FILE
    cp "$2" before
    expect 2 "$SATRUN" report runs "$1" "$2"
    has err "$2 is read by this report and would be replaced by it"
    [ ! -s out ]
    cmp "$2" before
}
printf 'x' >runs/relu-0/grid.png
for file in manifest.json metrics.jsonl eval/final.json; do
    refused --html "runs/relu-0/$file"
done
refused --plot runs/relu-0/grid.png
rm runs/relu-0/grid.png
for page in report.html report.html; do
    expect 0 "$SATRUN" report runs/relu-0 --html "runs/relu-0/$page" \
        --plot runs/relu-0/all.svg
done
rm -r runs/relu-0/report* runs/relu-0/all.*

# A page, its charts beside it; it needs nothing but itself.
run_of '<script>alert(1)<' finished '<b>' 7
eval_of '<script>alert(1)<' 50
expect 0 "$SATRUN" report runs --html page.html --plots charts
has page.html '&lt;script&gt;alert(1)&lt;'
hasnt page.html '<script'
hasnt page.html '<b>&lt;b'
hasnt page.html 'http'
[ -s charts/loss.csv ] && [ -s charts/loss.gp ] && [ -s charts/tradeoff.gp ]
if command -v gnuplot >/dev/null; then
    [ "$(grep -c 'src="data:image/svg+xml;base64,' page.html)" -eq 3 ]
    [ -s charts/loss.svg ]
fi
if command -v xmllint >/dev/null; then
    xmllint --noout page.html
fi
expect 0 "$SATRUN" report runs --html other.html
[ -s other-plots/loss.csv ]
mkdir only
ln -s "$(command -v env)" only/env
expect 0 env PATH="$PWD/only" "$SATRUN" report runs --html without.html
has err "gnuplot is not installed"
has without.html "gnuplot was not installed"

# A sweep that is not complete says so, and how to go on.
"$SATRUN" sweep make "$SOURCE/configs/smoke.yaml" seed=0,1 --out half --quiet
expect 0 "$SATRUN" report half --html half.html
has out "2 of its 2 jobs are not done. 'satrun sweep run half' works"
has out "- 2 not begun: 1 seed0, 2 seed1"
has half.html '<li>2 not begun: 1 seed0, 2 seed1</li>'

expect 2 "$SATRUN" report half --html half/sweep.json
has err "half/sweep.json is read by this report"
expect 2 "$SATRUN" report half --html half/jobs/001-seed0/config.yaml
has err "config.yaml is read by this report"

# A job that was refused since its run was stopped has failed, for that reason.
cp -r half refused
mkdir -p refused/runs
cp -r runs/silu-2 refused/runs/001-seed0
sed -i s/running/stopped/ refused/runs/001-seed0/manifest.json
expect 0 "$SATRUN" report refused
has out "- 001-seed0: stopped, 2 of 2 epochs"
echo '# mine' >>refused/jobs/001-seed0/config.yaml
"$SATRUN" sweep run refused --job 1 --quiet 2>/dev/null || :
expect 0 "$SATRUN" report refused
has out "- 001-seed0: failed, 2 of 2 epochs: refused/jobs/001-seed0/config.yaml has been changed since the sweep was made"
expect 0 "$SATRUN" report refused/runs/001-seed0
has out "- 001-seed0: failed, 2 of 2 epochs: refused/jobs/"

# A damaged line of metrics, weights that are not those that were evaluated:
# named, the rest is taken.
cp -r runs/relu-0 hurt
mkdir -p hurt/checkpoints/last
printf 'weights' >hurt/checkpoints/last/model.safetensors
sum=$(sha256sum <hurt/checkpoints/last/model.safetensors | cut -c 1-64)
echo "$sum  model.safetensors" >hurt/checkpoints/last/SHA256SUMS
sed -i "s/\"sha256\": \"relu-0\"/\"sha256\": \"$sum\"/" hurt/eval/final.json
expect 0 "$SATRUN" report hurt
echo 'nonsense' >>hurt/metrics.jsonl
printf 'Weights' >hurt/checkpoints/last/model.safetensors
expect 4 "$SATRUN" report hurt
has out "| hurt |"
has out "hurt/metrics.jsonl:3: the line is not JSON"
has out "last/model.safetensors is damaged, so figures of it cannot be made again: its SHA-256 is not that in SHA256SUMS"
has err "2 files are damaged; the report ends with what is wrong in them"

# One epoch, one value: gnuplot has nothing to say.
cp -r runs/relu-0 single
printf '%s\n' '{"kind":"epoch","epoch":1,"train":{"loss":2,"robust":0}}' \
    >single/metrics.jsonl
expect 0 "$SATRUN" report single --plots one
[ ! -s err ]
has one/train-robust.gp "set yrange [0:5]"

# Damage stops nothing and is told.
echo '{' >runs/relu-1/eval/more.json
: >runs/silu-2/manifest.json
expect 4 "$SATRUN" report runs --html page.html
has out "40.50† ± 0.71"
has out "runs/relu-1/eval/more.json: line "
has out "runs/silu-2/manifest.json: line "
has err "2 files are damaged; the report ends with what is wrong in them"
has page.html "<h2>Damaged</h2>"
