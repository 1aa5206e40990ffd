# Help, versions, and command lines that are wrong.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

expect 2 "$SATRUN"
has err "Usage: satrun COMMAND"
[ ! -s out ]
for help in --help -h help; do
    expect 0 "$SATRUN" "$help"
    has out "Usage: satrun COMMAND"
    [ ! -s err ]
done

# Each command that --help lists explains itself, both ways.
"$SATRUN" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' >commands
[ "$(wc -l <commands)" -ge 2 ]
while read -r command; do
    expect 0 "$SATRUN" "$command" --help
    has out "Usage: satrun $command"
    has out "Examples:"
    cp out first
    expect 0 "$SATRUN" help "$command"
    cmp out first
    expect 2 "$SATRUN" "$command" --no-such-flag
    has err "satrun: error: unknown flag --no-such-flag"
done <commands

expect 0 "$SATRUN" --version
for line in "satrun " "commit " "compiler " "flags " "kernels " "blas " "libraries "; do
    has out "$line"
done

expect 0 "$SATRUN" --version --json
has out '"schema": "satrun.version/1"'
has out '"jansson": "'
expect 2 "$SATRUN" --version --jsn

expect 2 "$SATRUN" confg
has err "no command 'confg'; did you mean 'config'?"
expect 2 "$SATRUN" man
has err "it is: satrun show man"
expect 2 "$SATRUN" version
has err "it is: satrun --version"
expect 2 "$SATRUN" config
has err "too few arguments; usage: satrun config"
expect 2 "$SATRUN" config show
expect 2 "$SATRUN" config show a b
has err "'b' is one argument too many"
expect 2 "$SATRUN" config sho a
has err "satrun config has no 'sho'; did you mean 'show'? There are: show, check"
expect 2 "$SATRUN" config --jsn check a
has err "unknown flag --jsn; did you mean --json?"
expect 2 "$SATRUN" train a --epochs 3
has err "unknown flag --epochs; see satrun train --help; settings have no dashes: train.epochs=3"
expect 2 "$SATRUN" config -j check a
has err "unknown flag -j"
expect 2 "$SATRUN" config check a --progress fast
has err "there are: auto, bar, plain, none"
expect 2 "$SATRUN" config check a --progress
has err "--progress needs a value"
expect 2 "$SATRUN" config check a --set seed
has err "expected key=value"
expect 2 "$SATRUN" config check a --json=maybe
expect 2 "$SATRUN" show keys seed=1
has err "takes no key=value arguments"
expect 3 "$SATRUN" config check -- --odd.yaml
has err "--odd.yaml: error: "

# Output that cannot be written is a failure, not silence.
if [ -w /dev/full ]; then
    got=0
    "$SATRUN" show keys >/dev/full 2>err || got=$?
    [ "$got" -eq 7 ]
    has err "standard output"
fi
