# satrun config: problems with their places, the effective config, exit codes.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

# Ten mistakes, ten located errors, nothing on stdout.
cp "$TESTS/fixtures/config/ten_mistakes.yaml" .
expect 3 "$SATRUN" config check ten_mistakes.yaml
diff -u "$TESTS/fixtures/config/ten_mistakes.err" err
[ "$(grep -c '^ten_mistakes.yaml:[0-9]*:[0-9]*: error: ' err)" -eq 10 ]
[ ! -s out ]
expect 3 "$SATRUN" config show ten_mistakes.yaml
[ ! -s out ]

cat >good.yaml <<END
data: {dataset: fashion-mnist}
attack: {epsilon: 8/255, steps: 7}
END
expect 0 "$SATRUN" config check good.yaml
has err "good.yaml: ok"
[ ! -s out ]
expect 0 "$SATRUN" config check good.yaml --quiet
[ ! -s err ]

expect 0 "$SATRUN" config show good.yaml train.epochs=3 --set seed=5 --threads 2
has out "epsilon: 8/255                          # good.yaml:2"
has out "epochs: 3                               # argument 1"
has out "seed: 5                                     # argument 2"
has out "threads: 2                              # argument 3"
has out "batch_size: 128                         # default"

# What is shown reads back to the same.
cp out shown.yaml
expect 0 "$SATRUN" config show --plain good.yaml train.epochs=3 seed=5 \
    engine.threads=2
cp out plain.yaml
hasnt plain.yaml "#"
expect 0 "$SATRUN" config show --plain shown.yaml
cmp out plain.yaml

expect 0 "$SATRUN" config show good.yaml --json
python3 -c 'import json' 2>/dev/null &&
    python3 -c 'import json, sys; d = json.load(open("out"))
assert d["schema"] == "satrun.config/1", d
assert d["keys"]["attack.steps"]["value"] == "7", d
assert d["keys"]["attack.steps"]["origin"] == "good.yaml:2", d'

# The same problems for programs; one document, and the exit code stays.
expect 3 "$SATRUN" config check ten_mistakes.yaml --json seed=4
[ ! -s err ]
[ "$(grep -c '"problem": ' out)" -eq 10 ]
has out '"line": 20'
expect 0 "$SATRUN" config check good.yaml --json
has out '"problems": []'

# Layers that do not fit each other or the data set, without its files.
cat >layers.yaml <<'END'
data: {dataset: fashion-mnist}
model:
  arch: sequential
  layers:
    - conv: {out: 8, kernel: 3, padding: 1}
    - linear: {out: 10}
END
expect 3 "$SATRUN" config check layers.yaml
has err "layers.yaml:6:7: error: layer 1: a linear layer takes a flat input"
sed 's/- linear.*/- globalpool/' layers.yaml >classes.yaml
expect 3 "$SATRUN" config check classes.yaml --json
has out '"line": 6'
has out "but the data set has 10 classes"

# Errors of arguments point at them.
expect 3 "$SATRUN" config check good.yaml attack.stpes=3
has err "argument 1: error: unknown key 'attack.stpes'; did you mean"
expect 3 "$SATRUN" config check good.yaml --threads many
has err "engine.threads: 'many' is not a whole number"

# Files that cannot be configs.
expect 3 "$SATRUN" config check missing.yaml
has err "missing.yaml: error: "
expect 3 "$SATRUN" config check .
printf 'a: \000b\n' >zero.yaml
expect 3 "$SATRUN" config check zero.yaml
head -c 2000000 /dev/zero | tr '\0' 'x' >large.yaml
expect 3 "$SATRUN" config check large.yaml
has err "large.yaml: error: "
