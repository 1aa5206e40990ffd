#!/bin/sh
# Fetch a data set from its official address and check its SHA-256.
#
#   scripts/get_data.sh                 which there are
#   scripts/get_data.sh NAME [DIR]      into DIR (data/ when left out), where
#                                       satrun finds it
#
# Addresses, sizes and checksums are satrun's own: `satrun data list`.  A
# download that was cut off is continued; nothing gets its final name before its
# checksum has been compared.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
satrun=${SATRUN:-$top/satrun}
if [ ! -x "$satrun" ]; then
    echo "$satrun is not there: run 'make' first" >&2
    exit 1
fi
case ${1:-} in
--help | -h) set -- ;; # as if told nothing
esac
tab=$(printf '\t')

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: scripts/get_data.sh NAME [DIR], NAME being one of" >&2
    "$satrun" data list --plain | cut -f1 | uniq >&2
    exit 2
fi
name=$1
dir=${2:-$top/data}

files=$("$satrun" data list --plain | grep "^$name$tab" || true)
if [ -z "$files" ]; then
    echo "there is nothing to fetch for '$name'; there are:" >&2
    "$satrun" data list --plain | cut -f1 | uniq >&2
    exit 2
fi
# An archive lies in DIR itself, a set of several files in a directory.
[ "$(echo "$files" | wc -l)" -eq 1 ] || dir=$dir/$name
mkdir -p "$dir"

fetch() {
    if command -v curl >/dev/null; then
        curl --fail --location --continue-at - --output "$2" "$1"
    elif command -v wget >/dev/null; then
        wget --continue --output-document="$2" "$1"
    else
        echo "neither curl nor wget is there; fetch $1 by hand" >&2
        exit 1
    fi
}

is_right() {
    [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status
}

echo "$files" | while IFS="$tab" read -r _ file bytes sum address; do
    if is_right "$dir/$file" "$sum"; then
        echo "$dir/$file is here already"
        continue
    fi
    echo "$dir/$file: $bytes bytes from $address"
    is_right "$dir/$file.part" "$sum" || fetch "$address" "$dir/$file.part"
    if ! is_right "$dir/$file.part" "$sum"; then
        echo "$file has another SHA-256 than $sum; it was removed" >&2
        rm -f "$dir/$file.part"
        exit 1
    fi
    mv "$dir/$file.part" "$dir/$file"
done
echo "done: $name is in $dir"
