# What a config allows and hardly anybody means; mistakes named as they were
# written; what a check has looked at.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"

cat >c.yaml <<'END'
data: {dataset: cifar10}
model: {arch: resnet20}
train: {epochs: 30, schedule: {name: piecewise, milestones: [10, 20]}}
END
expect 0 "$SATRUN" config check c.yaml
has err "neither images nor weights were opened"
has err "resnet20 with relu: 269722 parameters"
has err "input 32x32x3, 10 classes"
hasnt err warning
expect 0 "$SATRUN" config check c.yaml --threads 1000
has err "warning: engine.threads: 1000 threads on $(nproc --all) processors"
expect 0 "$SATRUN" config check c.yaml activation.alpha=3
has err "warning: activation.alpha: has no effect, as relu takes none"
expect 0 "$SATRUN" config check c.yaml activation.alpha=3 \
    activation.backward.attack=softplus
hasnt err warning
expect 0 "$SATRUN" config check c.yaml attack.norm=l2
has err "warning: attack.epsilon: 0.03137 is a usual radius of linf"
expect 0 "$SATRUN" config check c.yaml attack.norm=l2 attack.epsilon=0.5
hasnt err warning
expect 0 "$SATRUN" config check c.yaml attack.epsilon=0
has err "warning: attack.epsilon: 0, so train.method adversarial sees clean"
expect 0 "$SATRUN" config check c.yaml attack.epsilon=0 train.method=standard
hasnt err warning
expect 3 "$SATRUN" config check c.yaml train.epochs=2
has err "set both, or train.schedule.name=constant"

for pair in pgd20:pgd-20 autoatack:autoattack pdg-7:pgd-7 pgd:pgd-10 \
    squre:square apgd-c:apgd-ce; do
    expect 3 "$SATRUN" config check c.yaml "eval.attack=${pair%:*}"
    has err "did you mean '${pair#*:}'?"
done
expect 3 "$SATRUN" config check c.yaml eval.attack=unheard
hasnt err "did you mean"

# Flags are flags in a message, overrides overrides.
expect 3 "$SATRUN" config check c.yaml attack.steps=5 --threads 9999
has err "--threads 9999: error: engine.threads: 9999 is outside"
expect 3 "$SATRUN" config check c.yaml attack.steps=5 seed=x --threads 2
has err "argument 2: error: seed"
: >w.safetensors
expect 3 "$SATRUN" eval --config c.yaml --weights w.safetensors --step-size 8
has err "--step-size 8: error: eval.step_size"
