# A signal that comes while the data is still being read: 75, as later on.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
expect 0 "$SATRUN" train tiny.yaml --quiet train.epochs=1 --run run

# The images of all of Fashion-MNIST, 47 MB, take a third of a second to unpack:
# when a process has 30 MB it has begun.
# shellcheck disable=SC2154 # of tiny.sh
told_early() {
    "$SATRUN" "$@" "data.path=$fashion" --quiet >out 2>err &
    pid=$!
    rss=0
    while [ "$rss" -lt 30000 ]; do
        rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
    done
    kill -TERM "$pid"
    code=0
    wait "$pid" || code=$?
    [ "$code" -eq 75 ] || { echo "exit $code: $*"; cat err; exit 1; }
}
[ -e /proc/self/status ] || skip "no /proc/PID/status here"
told_early train tiny.yaml --run other
told_early eval run --attack autoattack
told_early audit run
told_early attack run --attack pgd-10 --out images
expect 0 "$SATRUN" eval run --attack fgsm --limit 9
