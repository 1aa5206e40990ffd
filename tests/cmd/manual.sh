# The manual and bash's completion, and what make install puts where.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

# Every command has a page, and each page is clean to groff.
expect 0 "$SATRUN" show man
cp out pages
has pages satrun-config.5
"$SATRUN" --help | sed -n 's/^  \([a-z][a-z]*\) .*/satrun-\1.1/p' >commands
[ "$(grep -c . commands)" -eq "$(grep -c . pages | awk '{ print $1 - 2 }')" ]
while read -r page; do
    expect 0 "$SATRUN" show man "$page"
    has out ".SH NAME"
    if command -v groff >/dev/null; then
        groff -ww -man -Tascii out >text 2>err
        [ ! -s err ]
    fi
done <pages
expect 0 "$SATRUN" show man satrun-config.5
has out ".B attack.epsilon"
has out '.B train.schedule.milestones'
expect 0 "$SATRUN" show man satrun-train.1
has out '\fB\-\-run\fR \fIDIR\fR'
expect 2 "$SATRUN" show man satrun.2
has err "no page 'satrun.2'"
expect 2 "$SATRUN" show completion zsh

command -v bash >/dev/null || skip "no bash"
expect 0 "$SATRUN" show completion bash
cp out completion

# completes LINE WORD...    what the line's end may become, in any order
completes() {
    line=$1
    shift
    bash -c '. ./completion
        COMP_LINE=$1 COMP_POINT=${#1}
        _satrun
        printf "%s\n" "${COMPREPLY[@]}"' - "$line" | LC_ALL=C sort >found
    printf '%s\n' "$@" | LC_ALL=C sort >wanted
    if ! cmp -s found wanted; then
        echo "$line:"
        diff found wanted
        exit 1
    fi
}
touch my.yaml
completes "satrun tra" train
completes "satrun help tra" train
completes "satrun train --re" --resume
completes "satrun train my" my.yaml
completes "satrun train my.yaml activation.forward=si" sigmoid silu
completes "satrun train my.yaml train.schedule=cos" cosine
completes "satrun train my.yaml attack.eps" attack.epsilon=
completes "satrun train my.yaml train.nesterov=" true false
completes "satrun train my.yaml data.augment=crop,fl" crop,flip
completes "satrun train my.yaml model.weights=my" my.yaml
completes "satrun train my.yaml --set attack.eps" attack.epsilon=
completes "satrun train my.yaml --set activation.forward=sil" silu
completes "satrun --ver" --version
completes "satrun train --progress b" bar
completes "satrun train --progress=b" bar
completes "satrun eval --norm l" l1 l2 linf
completes "satrun eval --attack fab" fab fab-t
completes "satrun eval --attack pgd-10,autoattack-r" pgd-10,autoattack-rand
completes "satrun config ch" check
completes "satrun show act" activations
completes "satrun no-such-command --x" ""

# Nothing outside PREFIX, and nothing left of it.
command -v make >/dev/null || skip "no make"
(cd "$SOURCE" && make -s -o satrun install PREFIX=/opt/s DESTDIR="$OLDPWD/root" SATRUN="$SATRUN") >log 2>&1
for file in bin/satrun share/satrun/configs/smoke.yaml share/man/man1/satrun.1 \
    share/man/man1/satrun-train.1 share/man/man5/satrun-config.5 \
    share/bash-completion/completions/satrun; do
    [ -s "root/opt/s/$file" ]
done
[ "$(ls root)" = opt ]
(cd "$SOURCE" && make -s uninstall PREFIX=/opt/s DESTDIR="$OLDPWD/root") >log 2>&1
[ -z "$(find root -type f)" ]
