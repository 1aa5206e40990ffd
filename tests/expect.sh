# For the command-line tests: . "$TESTS/expect.sh"
#
# shellcheck shell=sh

# expect CODE command...   run it; its exit code must be CODE.  What it wrote
#                          is left in the files out and err.
expect() {
    want=$1
    shift
    got=0
    "$@" >out 2>err || got=$?
    if [ "$got" -ne "$want" ]; then
        echo "exit $got, expected $want: $*"
        cat out err
        exit 1
    fi
}

# has FILE TEXT     the file contains the text
has() {
    if ! grep -qF -- "$2" "$1"; then
        echo "'$2' is not in $1:"
        cat "$1"
        exit 1
    fi
}

# hasnt FILE TEXT   the file does not contain the text
hasnt() {
    if grep -qF -- "$2" "$1"; then
        echo "'$2' is in $1:"
        cat "$1"
        exit 1
    fi
}

# skip REASON
skip() {
    echo "$1"
    exit 77
}

# data PATH         print where real data is (see sr_test_data), or skip
data() {
    for place in "${SATRUN_DATA:-/nonexistent}" "${SATRUN_DATA:-/nonexistent}/.."; do
        if [ -e "$place/$1" ]; then
            echo "$place/$1"
            return
        fi
    done
    skip "no $1 in SATRUN_DATA"
}
