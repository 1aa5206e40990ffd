# For the command-line tests: . "$TESTS/tiny.sh"
#
# A training run of about two seconds on 2048 images of Fashion-MNIST: data/ and
# tiny.yaml in the current directory.
#
# shellcheck shell=sh

fashion=/usr/share/datasets/fashion-mnist

# A number as the four bytes of an IDX header.
big_endian() {
    # shellcheck disable=SC2059
    printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 / 16777216)) \
        $(($1 / 65536 % 256)) $(($1 / 256 % 256)) $(($1 % 256)))"
}

# cut NAME KIND COUNT BYTES     the first COUNT items of an IDX file, the header
# behind the count and the items being BYTES long
cut_idx() {
    {
        printf '\000\000\010'
        # shellcheck disable=SC2059
        printf "$2"
        big_endian "$3"
        gzip -dc "$fashion/$1.gz" 2>/dev/null | tail -c +9 | head -c "$4"
    } >"data/$1"
}

make_tiny() {
    [ -e "$fashion/train-images-idx3-ubyte.gz" ] ||
        skip "no Fashion-MNIST in $fashion"
    mkdir data
    cut_idx train-images-idx3-ubyte '\003' 2048 $((8 + 2048 * 784))
    cut_idx train-labels-idx1-ubyte '\001' 2048 2048
    cut_idx t10k-images-idx3-ubyte '\003' 100 $((8 + 100 * 784))
    cut_idx t10k-labels-idx1-ubyte '\001' 100 100
    cat >tiny.yaml <<'END'
name: tiny
data: {dataset: fashion-mnist, path: data, augment: [crop, flip], validation: 0.1}
model:
  arch: sequential
  layers:
    - conv: {out: 8, kernel: 3, stride: 2, padding: 1}
    - batchnorm
    - activation
    - conv: {out: 16, kernel: 3, stride: 2, padding: 1}
    - activation
    - flatten
    - linear: {out: 10}
activation: {forward: relu, backward: {attack: softplus, update: softplus}}
attack: {name: pgd, epsilon: 0.1, step_size: 0.05, steps: 2, clean_start: 0.2}
train:
  epochs: 4
  batch_size: 32
  lr: 0.05
  nesterov: true
  schedule: {name: one-cycle}
  ema: {decay: 0.98, start: 1, buffers: averaged}
  checkpoint_every: 0.05
  log_every: 5
eval: {attack: pgd-2, epsilon: 0.1, step_size: 0.05, every: 2}
END
}

# Everything a run leaves that must not depend on how it got there.
fingerprint() {
    (cd "$1/checkpoints/last/" && sha256sum -- *.safetensors)
    (cd "$1/checkpoints/best/" && sha256sum -- model.safetensors ema.safetensors)
    sed 's/,"seconds":[^,}]*//g; s/,"images_per_s":[^,}]*//g; s/,"time":[0-9]*//' \
        "$1/metrics.jsonl" | sha256sum
    grep -v '"seconds"' "$1/eval/final.json" | grep '"correct"'
}
