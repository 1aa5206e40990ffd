#!/bin/sh
# Install the Debian packages named, those of them that are missing.
# Does nothing, and needs no network, when all are there.
set -eu

missing=
for package; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "This system has no apt-get.  Install what these Debian packages hold:"
    echo "   $missing"
    echo "and build with 'make' alone, which needs nothing from Debian."
    exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "There is no sudo.  As root, run"
        echo "    apt-get install$missing"
        exit 1
    fi
    as_root=sudo
fi

apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
echo "installing$missing"
# shellcheck disable=SC2086 # lists of words
{
    $apt update
    $apt install --yes --no-install-recommends $missing
}
