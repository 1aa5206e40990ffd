# satrun show: every list, as a table and as JSON.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

for list in activations models layers attacks methods datasets keys; do
    expect 0 "$SATRUN" show $list
    [ "$(wc -l <out)" -gt 2 ]
    lines=$(wc -l <out)
    expect 0 "$SATRUN" show $list --json
    has out '"schema": "satrun.show/1"'
    if command -v python3 >/dev/null; then
        python3 -c 'import json, sys
rows = json.load(open("out"))[sys.argv[1]]
assert len(rows) == int(sys.argv[2]) - 1, len(rows)
assert all(r.keys() == rows[0].keys() for r in rows)' $list "$lines"
    fi
done
expect 0 "$SATRUN" show keys
has out "attack.epsilon"
has out "train.schedule.milestones"
expect 0 "$SATRUN" show activations
has out "softplus"
expect 2 "$SATRUN" show
expect 2 "$SATRUN" show activation
has err "did you mean 'activations'? There are: activations, models, layers, attacks, methods, datasets, keys, man, completion"

# A picture of activations: numbers and script whether or not gnuplot is there.
# At 0 softplus has the slope 1/2, ReLU's from the left is 0.
expect 0 "$SATRUN" show activations --plot a.svg relu relu/softplus:10 silu
has a.csv '0,0,"slope","relu"'
has a.csv '0,0.5,"slope for the attack","relu: softplus(10)"'
has a.csv '0,0.5,"slope for the update","silu"'
[ "$(grep -c '"relu: softplus(10)"' a.csv)" -eq 801 ]
has a.gp "set output 'a.svg'"
expect 0 "$SATRUN" show activations --plot b.pdf
has b.csv '"value","smoothrelu(400)"'
if grep -q 'for the attack' b.csv; then exit 1; fi
if command -v gnuplot >/dev/null; then
    [ -s a.svg ]
    [ -s b.pdf ]
fi
expect 2 "$SATRUN" show activations --plot a.jpg
has err "ends in .svg, .pdf or .png, not 'a.jpg'"
expect 2 "$SATRUN" show activations --plot a.svg reluu
has err "did you mean 'relu'?"
expect 2 "$SATRUN" show activations --plot a.svg relu:3
has err "relu takes no alpha"
expect 2 "$SATRUN" show models --plot a.svg
has err "--plot draws activations"
expect 2 "$SATRUN" show activations relu
has err "'relu' is one argument too many"
