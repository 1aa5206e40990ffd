# Training on photos: the same bytes however they are read, and what a damaged
# one does.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
. "$TESTS/tiny.sh"

cp -r "$TESTS/fixtures/folder" mine
cat >photos.yaml <<'YAML'
name: photos
data:
  dataset: folder
  path: mine
  resize: 20
  image_size: 16
  augment: [resized_crop, flip, jitter]
  jitter: {hue: 0.1}
model:
  arch: sequential
  layers:
    - conv: {out: 4, kernel: 3, padding: 1}
    - batchnorm
    - activation
    - globalpool
    - flatten
    - linear: {out: 3}
activation: {forward: silu}
attack: {steps: 1}
train: {epochs: 3, batch_size: 3, log_every: 1, ema: {decay: 0.9}}
eval: {attack: pgd-1}
YAML

expect 0 "$SATRUN" train photos.yaml --run whole --threads 1
fingerprint whole >want
expect 0 "$SATRUN" train photos.yaml --run many --threads 3 data.threads=4
fingerprint many | diff want -

# Other pixels under the old name and of the old size are another evaluation's.
share() {
    "$SATRUN" eval --config photos.yaml --attack fgsm eval.split=train \
        --weights whole/checkpoints/last/model.safetensors --quiet \
        --shard "$1/2" --part "$1.part" data.path="$2"
}
cp -r mine theirs
share 1 mine
share 2 theirs
expect 0 "$SATRUN" eval --merge 1.part 2.part --json
has out '"sample": "'
printf '\377' | dd of=theirs/train/dog/3.ppm bs=1 seek=100 conv=notrunc 2>dd.log
expect 2 share 2 theirs
has err "not of the same evaluation: data.sample is"
rm 2.part
share 2 theirs
expect 2 "$SATRUN" eval --merge 1.part 2.part
has err "not of the same evaluation: data.sample is"

# The seventh image, cut off: named, exit 4; or skipped and counted.
head -c 700 mine/train/dog/5.jpg >short && mv short mine/train/dog/5.jpg
expect 4 "$SATRUN" train photos.yaml --run ends train.batch_size=7
has err "mine/train/dog/5.jpg: damaged JPEG: Premature end of JPEG file"
expect 0 "$SATRUN" train photos.yaml --run skips train.batch_size=7 \
    data.on_error=skip
has err "mine/train/dog/5.jpg: damaged JPEG: Premature end of JPEG file"
has err "; skipped"
has err "1 images skipped"
[ "$(grep -c '"skipped_images":1' skips/metrics.jsonl)" -eq 3 ]

# In evaluation it ends the run whatever is set.
expect 4 "$SATRUN" eval --config photos.yaml eval.split=train \
    --weights skips/checkpoints/last/model.safetensors data.on_error=skip
has err "5.jpg: damaged JPEG"

# A network that is faster than its photos, of 16 million pixels each.
mkdir -p large/train/a
{
    printf 'P6 4000 4000 255 '
    head -c 48000000 /dev/zero
} >large/0.ppm
for i in $(seq 100); do ln -s ../../0.ppm "large/train/a/$i.ppm"; done
expect 0 "$SATRUN" train photos.yaml --run waits --threads 1 data.path=large \
    data.classes=3 train.epochs=1 eval.limit=1 eval.every=0
has err "seconds were spent waiting for images"
