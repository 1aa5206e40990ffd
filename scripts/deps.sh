#!/bin/sh
# deps.sh PACKAGE...: install those of the Debian packages that are missing.
#
# Does nothing, and needs no network, when all are there.  Where there is no
# apt-get it is content with what pkg-config finds of $MODULES, and otherwise
# says what to install.
set -eu

missing=
for package; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    absent=
    for module in ${MODULES:-}; do
        pkg-config --exists "$module" 2>/dev/null || absent="$absent $module"
    done
    if [ -n "${MODULES:-}" ] && [ -z "$absent" ]; then
        echo "no apt-get here, but pkg-config finds every library: going on"
        exit 0
    fi
    echo "This system has no apt-get.  pkg-config does not find:${absent:- anything}"
    echo "Install what these Debian packages hold, under your system's names:"
    echo "   $missing"
    exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "There is no sudo.  As root, run"
        echo "    apt-get update && apt-get install$missing"
        exit 1
    fi
    as_root=sudo
fi

echo "installing$missing"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq"
# shellcheck disable=SC2086 # lists of words
{
    $apt update
    $apt -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends \
        $missing
}
