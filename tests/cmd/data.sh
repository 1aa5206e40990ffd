# satrun data: what there is, whether it is whole; scripts/get_data.sh.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
unset SATRUN_DATA
export XDG_DATA_HOME="$PWD/xdg"
fixtures=$TESTS/fixtures

expect 0 "$SATRUN" data list
has out "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
has out "170052171 bytes, SHA-256 c4a38c50a1bc5f3a"
has out "not here; "
mkdir -p xdg/satrun/cifar-100-binary
expect 0 "$SATRUN" data list
has out "here: $PWD/xdg/satrun/cifar-100-binary"
expect 0 "$SATRUN" data list --json
has out '"schema": "satrun.data/1"'
expect 0 "$SATRUN" data list --plain
[ "$(grep -c "^mnist	" out)" -eq 4 ]

# Ten images are not the published files, but they are not damaged.
expect 8 "$SATRUN" data verify data.dataset=mnist "data.path=$fixtures/mnist"
has out "NOT as published"
has out "20 images read, 0 damaged"
has out "train         10 images, NOT 60000 as published"
has err "6 of 6 files and numbers are not as published"

cp -r "$fixtures/folder" mine
expect 0 "$SATRUN" data verify data.dataset=folder data.path=mine
has err "1 .txt"
head -c 500 mine/train/dog/5.jpg >short.jpg && mv short.jpg mine/train/dog/5.jpg
expect 8 "$SATRUN" data verify data.dataset=folder data.path=mine --json
has out '"damaged": 1'
has out "dog/5.jpg: damaged JPEG"
has out '"PNG": 5'
expect 4 "$SATRUN" data stats data.dataset=folder data.path=mine
has err "1 of 10 images are damaged, the first one: "
has err "mine/train/dog/5.jpg: damaged JPEG"

# The same image twice, with another label, under the name of another kind, and
# in both splits; a class that has none.
cp -r "$fixtures/folder" twice
expect 0 "$SATRUN" data verify data.dataset=folder data.path=twice
hasnt out "show what another one shows"
cp twice/train/dog/1.png twice/train/cat/6.jpg
cp twice/train/dog/3.ppm twice/val/dog/6.ppm
expect 0 "$SATRUN" data verify data.dataset=folder data.path=twice
has out "2 images show what another one shows, pixel by pixel: 1 of them with \
another label, 1 in the training and in the test images"
has out "1 named as another kind"
has out "1 of 3 classes have no training images"

# What no config could hold.
expect 3 "$SATRUN" data verify data.dataset=folder "data.path=$(printf 'caf\351')"
has err "or bytes that are not UTF-8"

# Archives have sums of their own.
expect 8 "$SATRUN" data verify data.dataset=ilsvrc "data.path=$fixtures/ilsvrc"
has out "ILSVRC2012_img_val.tar       $(md5sum <"$fixtures/ilsvrc/ILSVRC2012_img_val.tar" |
    cut -c 1-32)  NOT as published"

expect 0 "$SATRUN" data stats data.dataset=idx "data.path=$fixtures/idx"
has out "images of 5 x 7 x 1: 10 to train on"
expect 0 "$SATRUN" data stats data.dataset=idx "data.path=$fixtures/idx" --json
has out '"schema": "satrun.data.stats/1"'

expect 0 "$SATRUN" data bench data.dataset=folder data.path=twice --threads 1
has out "images/s"
expect 0 "$SATRUN" data bench data.dataset=idx "data.path=$fixtures/idx" --json
has out '"images_per_s_and_thread"'

# The list of images is made once, and again when a folder changes.
expect 0 "$SATRUN" data index data.dataset=folder data.path=twice
has out "8 training images"
[ -e "$(tail -n 1 out)" ]
cp twice/train/dog/1.png twice/train/cat/7.png
expect 0 "$SATRUN" data index data.dataset=folder data.path=twice --json
has out '"train_images": 9'
expect 0 "$SATRUN" data index data.dataset=idx "data.path=$fixtures/idx"
has out "no index needed"

expect 2 "$SATRUN" data fetch
has err "There are: list, verify, stats, bench, index"
expect 2 "$SATRUN" data list cifar10
expect 4 "$SATRUN" data verify data.dataset=cifar10
has err "the data set cifar10 is not here: looked for cifar-10-batches-bin"
has err "scripts/get_data.sh cifar10"
expect 3 "$SATRUN" data verify data.dataset=cifar11
has err "there are: cifar10"

# A download of something else is refused and leaves nothing behind.
mkdir bin
cat >bin/curl <<'CURL'
#!/bin/sh
for last; do :; done
while [ "$1" != --output ]; do shift; done
echo "from $last" >"$2"
CURL
chmod +x bin/curl
export PATH="$PWD/bin:$PATH"
expect 1 "$SOURCE/scripts/get_data.sh" cifar10 got
has err "cifar-10-binary.tar.gz has another SHA-256 than c4a38c50"
[ -z "$(ls got)" ]
expect 2 "$SOURCE/scripts/get_data.sh" cifar11 got
has err "there is nothing to fetch for 'cifar11'"
expect 2 "$SOURCE/scripts/get_data.sh"
