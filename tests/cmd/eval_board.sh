# The table that stands on a terminal while an evaluation runs (eval/board.h),
# and what a log gets instead.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
command -v script >/dev/null || skip "no script here to make a terminal"
make_tiny
expect 0 "$SATRUN" train tiny.yaml --quiet train.epochs=1 eval.every=0 \
    eval.attack=pgd-1
run=$(readlink -f runs/latest)

# terminal TERM ATTACKS     evaluate on one, in the background
terminal() {
    rm -f pid
    cat >command.sh <<END
stty cols 100 rows 30
echo \$\$ >pid
exec "$SATRUN" eval "$run" --attack "$2" --limit 64
END
    TERM=$1 script -qec "sh command.sh" screen </dev/null >seen 2>&1 &
    script=$!
}

up=$(printf '\033[')
terminal xterm autoattack,pgd-20x2
wait "$script"
has screen "images  broken  robust gradient  forward  elapsed     left"
has screen "  fab-t"
has screen "${up}8A" # redrawn in place: eight lines
hasnt screen "attacked   broken"
grep -q '^pgd-20x2  .*/.*s' screen
[ "$(grep -c '^clean  *64/64 ' screen)" -ge 1 ]

# One attack is one line; what cannot go up gets lines that follow each other.
terminal xterm pgd-20x2
wait "$script"
hasnt screen "gradient  forward"
terminal dumb autoattack
wait "$script"
hasnt screen "$up"
hasnt screen "gradient  forward"
has screen "attacked   broken"
has screen "  fab-t"
expect 0 "$SATRUN" eval "$run" --attack autoattack --limit 64
hasnt err "$up"
has err "attacked   broken"

# Ctrl-C leaves the table, the sentence and no bar; there is more to do than
# can be over by then.
terminal xterm autoattack,fab-t-2000
sleep 0.5
until grep -q "  apgd-t  .*/" screen; do sleep 0.05; done
kill -INT "$(cat pid)"
code=0
wait "$script" || code=$?
[ "$code" -eq 75 ] || { echo "exit $code after SIGINT"; cat screen; exit 1; }
has screen "stopping at the next point that can be saved"
has screen "the same command goes on with it"
