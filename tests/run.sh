#!/bin/sh
# Run the command-line tests: tests/run.sh [name]...
#
# Each tests/cmd/<name>.sh runs with -eu in an empty directory of its own, with
#   SATRUN  the program     TESTS  this directory     SOURCE  the source tree
# It passes with exit 0 and is skipped with exit 77; what it printed is shown
# when it fails, and its last line when it is skipped.
# The last line is "N passed, N failed, N skipped"; exit 1 when a test failed.
set -eu

TESTS=$(cd "$(dirname "$0")" && pwd)
SOURCE=$(dirname "$TESTS")
SATRUN=$(realpath "${SATRUN:-$SOURCE/satrun}")
if [ -n "${SATRUN_DATA:-}" ]; then
    SATRUN_DATA=$(realpath "$SATRUN_DATA")
    export SATRUN_DATA
fi
export TESTS SOURCE SATRUN

top=$(mktemp -d "${TMPDIR:-/tmp}/satrun-cmd-XXXXXX")
trap 'rm -rf "$top"' EXIT
export XDG_CACHE_HOME="$top/cache" # the user's own is left alone
passed=0 failed=0 skipped=0

if [ $# -eq 0 ]; then
    for file in "$TESTS"/cmd/*.sh; do
        [ -e "$file" ] && set -- "$@" "$(basename "$file" .sh)"
    done
fi

for name; do
    mkdir "$top/$name"
    code=0
    (cd "$top/$name" && timeout 600 sh -eu "$TESTS/cmd/$name.sh") \
        >"$top/$name.log" 2>&1 </dev/null || code=$?
    case $code in
    0)
        passed=$((passed + 1))
        ;;
    77)
        skipped=$((skipped + 1))
        echo "skipped: cmd/$name: $(tail -n 1 "$top/$name.log")"
        ;;
    *)
        failed=$((failed + 1))
        echo "failed: cmd/$name: exit $code"
        sed 's/^/    /' "$top/$name.log"
        ;;
    esac
    rm -rf "${top:?}/$name"
done

if [ -n "${SATRUN_TALLY:-}" ]; then
    echo "$passed $failed $skipped" >>"$SATRUN_TALLY"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
