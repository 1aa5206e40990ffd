# For scripts/sweep_*.sh, which read it with '.': what they have in common.
#
# shellcheck shell=sh

top=$(cd "$(dirname "$0")/.." && pwd)
satrun=${SATRUN:-$top/satrun}
cd "$top" || exit

# The header of the script is its help, and below it the flags of all of them.
help() {
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$top/scripts/$(basename "$0")"
    cat <<END

  --dry-run   list the jobs and reckon up their time; nothing is written
  --jobs=N    so many at once, sharing the cores
  --out=DIR   where the sweep is; started again it goes on
  key=value   a setting, or values to vary, of every job: one more, or in
              place of the script's
END
    exit 0
}

# What is about to be run: the jobs, and what they will cost.
show_jobs() {
    cut -f 1,2,5 "$1/index.tsv"
    echo
    "$satrun" estimate "$1" --steps 3 | tail -n 1
}

# The evaluations that a sweep makes of each job.
evaluations() {
    sed -n '/"evaluations"/,$p' "$1/sweep.json"
}

# The sweep of an earlier call goes on; one of other settings is not touched.
make_once() {
    if [ ! -e "$2/index.tsv" ]; then
        mkdir -p "$(dirname "$2")"
        mv "$1" "$2"
    elif ! cmp -s "$1/index.tsv" "$2/index.tsv" ||
        [ "$(evaluations "$1")" != "$(evaluations "$2")" ]; then
        echo "$2 is a sweep of other settings; give another --out=DIR" >&2
        exit 2
    fi
}

# sweep DIR WORD... -- "$@"     the words of `satrun sweep make`, then those of
# the script's own command line, whose settings stand in for the script's
sweep() {
    out=$1 jobs=1 dry='' own='' given=' '
    shift
    for word; do
        case $own$word in
        --) own=own ;;
        own*=*) given="$given${word%%=*} " ;;
        esac
    done
    own=''
    for word; do
        shift
        case $own$word in
        --) own=own ;;
        own--help | own-h) help ;;
        own--dry-run) dry=yes ;;
        own--out=*) out=${word#*=} ;;
        own--jobs=*) jobs=${word#*=} ;;
        own-*)
            echo "$0: unknown flag $word; --help lists them" >&2
            exit 2
            ;;
        own*) set -- "$@" "$word" ;;
        *)
            case $given in
            *" ${word%%=*} "*) ;;
            *) set -- "$@" "$word" ;;
            esac
            ;;
        esac
    done
    work=$(mktemp -d "${TMPDIR:-/tmp}/satrun-sweep-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    "$satrun" sweep make "$@" --out "$work/sweep" --quiet
    if [ -n "$dry" ]; then
        show_jobs "$work/sweep"
        return
    fi
    make_once "$work/sweep" "$out"
    "$satrun" sweep run "$out" --jobs "$jobs"
    "$satrun" report "$out" | tee "$out/table.md"
}
