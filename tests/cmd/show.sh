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
has err "there are: activations, models, layers, attacks, methods, datasets, keys"
