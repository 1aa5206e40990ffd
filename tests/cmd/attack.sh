# satrun attack: what it writes, and that it writes all of it or nothing.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"
make_tiny
expect 0 "$SATRUN" train tiny.yaml --quiet

expect 0 "$SATRUN" attack --attack pgd-3 --limit 20 --out made --grid grid.png
has out "20 images of the test split"
[ "$(find made/clean -name '*.png' | wc -l)" -eq 20 ]
[ "$(find made/adversarial -name '*.png' | wc -l)" -eq 20 ]
cmp made/grid.png grid.png
has made/summary.json '"schema": "satrun.attack/1"'
head -c 4000 made/images.safetensors | tr -d '\0' >start
for tensor in clean adversarial labels indices clean_predictions predictions; do
    has start "\"$tensor\":"
done
[ ! -e made.tmp ]

# The same call gives the same bytes, and replaces what was there.
cp -r made before
expect 0 "$SATRUN" attack --attack pgd-3 --limit 20 --out made --threads 1
cmp before/images.safetensors made/images.safetensors
cmp before/grid.png made/grid.png
expect 0 "$SATRUN" attack --attack pgd-3 --limit 5 --out made --json
[ "$(find made/clean -name '*.png' | wc -l)" -eq 5 ]
[ "$(head -n 1 out)" = "{" ]
[ "$(tail -n 1 out)" = "}" ]

# A slash at the end, as a shell completes it, changes nothing.
expect 0 "$SATRUN" attack --attack fgsm --limit 2 --out made/
expect 0 "$SATRUN" attack --attack fgsm --limit 2 --out fresh/
[ -e fresh/summary.json ] && [ ! -e made/.tmp ]

# An empty directory will do; one with something else in it is left alone.
mkdir empty other
echo mine >other/file
expect 0 "$SATRUN" attack --attack fgsm --limit 2 --out empty
expect 2 "$SATRUN" attack --attack fgsm --limit 2 --out other
has err "other is there already"
hasnt err "fgsm 2/2" # refused before the work
[ "$(cat other/file)" = mine ]
[ ! -e other.tmp ]

# Refusals leave nothing behind.
expect 2 "$SATRUN" attack --attack fgsm
has err "--out DIR is missing"
expect 2 "$SATRUN" attack --attack fgsm,pgd-3 --out none
has err "by one attack, not by 2"
expect 3 "$SATRUN" attack --attack nonsense --out none
expect 7 "$SATRUN" attack --attack fgsm --limit 2 --out made/summary.json/x
[ ! -e none ]
[ ! -e none.tmp ]

# No room: nothing half there (files may have 8 KB).
small_files() { (ulimit -f 16 && exec "$SATRUN" attack --attack fgsm --out full); }
expect 7 small_files
[ ! -e full ]
[ ! -e full.tmp ]
