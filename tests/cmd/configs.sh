# Every config of the repository is a good one, and README.md knows it.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

find "$SOURCE/configs" -name '*.yaml' | sort >files
[ "$(wc -l <files)" -ge 12 ]
while read -r file; do
    expect 0 "$SATRUN" config check "$file"
    expect 0 "$SATRUN" config show --plain "$file"
    cp out first.yaml
    expect 0 "$SATRUN" config show --plain first.yaml
    cmp out first.yaml
    name=${file#"$SOURCE/configs/"}
    case $name in
    demo/*) has "$SOURCE/configs/README.md" 'demo/*.yaml' ;;
    *) has "$SOURCE/configs/README.md" "\`$name\`" ;;
    esac
done <files
