#!/usr/bin/python3
"""Training steps by PyTorch, written down small enough to be committed.

    /usr/bin/python3 scripts/make_golden.py [--out tests/golden] [CASE ...]

Needs Debian's python3-torch and python3-numpy; `make golden` calls it.  For
every row of CASES it takes one or two training steps - attack in inference
mode, forward, backward, SGD - and keeps loss, logits, adversarial images, and
for every parameter its gradient, its change and its running statistics.
tests/train/test_golden_step.c takes the same steps and compares.

Nothing is stored that a formula can say again.  Weights, images, labels and
noise are draws of the project's keyed generator (lib/base/rng.h, repeated in
numpy below), so both sides start from the same floats.

What is stored of a tensor t of N numbers is its norm |t| and K = 24 signed sums

    p_j = sum_i s_ij t_i,        s_ij = +1 or -1: bit j of the i-th draw.

Let u be what satrun computed and e = u - t.  Its own sums differ from p by
d_j = sum_i s_ij e_i, and since the signs are independent, the mean of d_j^2 is
|e|^2: the mean of K of them estimates the error itself, not just the difference
of two norms (the sketch of Alon, Matias and Szegedy 1996).  Its distribution is
close to |e|^2 chi2(K) / K.  The test accepts an estimate of at most 0.5e-4 |t|;
an error of 1e-4 |t| passes only if chi2(24) <= 6, which has probability 7e-5 for
a tensor, and a wrong formula is wrong in many tensors.  An error confined to one
number is seen exactly, because then every d_j^2 is |e|^2.

Truth is PyTorch in float64; the same step in float32 says how near to it PyTorch
itself comes (printed, and kept in step.json).  ReLU and the attack's sign are
not continuous: where a float64 value lies within rounding of 0, no float32
program can be expected to take the same side, and one pixel on the other side
moves gradients by 1e-2.  So the script takes the first seed for which every such
value is at least a margin away, in units of the root mean square around it.

Files    step.json  settings of every case, offsets, this script's SHA-256
         step.f32   the numbers: float32, little endian
"""
import argparse
import hashlib
import itertools
import json
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SIGNS = 24  # K above
CLASSES = 10
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)
EPSILON, STEP_SIZE, STEPS = 8 / 255, 4 / 255, 2
LR, MOMENTUM, DECAY = 0.1, 0.9, 5e-4
# Several times the float32 error of an activation, and of an input gradient,
# when convolutions are computed in Winograd's way, the least exact one.
RELU_MARGIN, SIGN_MARGIN = 1e-5, 4e-5
EPOCH = 1  # the first one in training: lib/train/trainer.h

# Images are few and small where ReLU is forward: the number of seeds to try
# grows exponentially with that of the values that must keep their distance.
DEFAULTS = dict(arch="resnet20", images=4, side=32, forward="relu",
                attack=None, update=None, alpha=10.0, adversarial=True,
                steps=1, nesterov=False, smoothing=0.0, decay="all")
CASES = [
    dict(name="resnet20-standard", side=16, adversarial=False),
    dict(name="resnet20-pgd", images=2, side=16),
    dict(name="resnet20-split-attack", images=2, side=16, attack="softplus"),
    dict(name="resnet20-split-update", images=2, side=16, update="softplus"),
    dict(name="resnet20-split-both", images=2, side=16, attack="softplus",
         update="softplus"),
    dict(name="resnet20-silu", forward="silu"),
    dict(name="resnet20-softplus", forward="softplus"),
    dict(name="resnet20-gelu", forward="gelu"),
    dict(name="resnet20-elu", forward="elu", alpha=1.0),
    dict(name="resnet20-momentum", images=2, forward="silu", steps=2),
    dict(name="resnet20-nesterov", images=2, forward="silu", steps=2,
         nesterov=True, smoothing=0.1, decay="weights"),
    dict(name="resnet18-standard", arch="resnet18", images=2, side=16,
         adversarial=False),
    dict(name="resnet18-pgd", arch="resnet18", images=2, side=16,
         forward="silu"),
]


# ------------------------------------------------ lib/base/rng.h, in numpy

TEST, ATTACK = 7, 4  # enum sr_purpose
# What a draw of purpose TEST is for: the second part of its key.
WEIGHTS, IMAGES, SKETCH = 1, 2, 3
U = np.uint64


def mix(z):
    with np.errstate(over="ignore"):
        z = np.asarray(z, U) + U(0x9E3779B97F4A7C15)
        z = (z ^ (z >> U(30))) * U(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> U(27))) * U(0x94D049BB133111EB)
        return z ^ (z >> U(31))


def key(seed, purpose, a, b=0, c=0):
    k = mix(seed)
    for part in (purpose, a, b, c):
        k = mix(k ^ U(part))
    return k


def bits(k, begin, end):
    return mix(k ^ mix(np.arange(begin, end, dtype=U)))


def uniform(k, count):
    """float32 in [0, 1), multiples of 2^-24."""
    return (bits(k, 0, count) >> U(40)).astype(np.float32) * np.float32(2.0**-24)


# -------------------------------------------------- what both sides start from

def initial(name, shape, seed, number):
    """The number-th tensor of the state_dict (num_batches_tracked left out)."""
    count = int(np.prod(shape))
    u = uniform(key(seed, TEST, WEIGHTS, number), count)
    if len(shape) > 1:  # He et al. 2015, uniform
        bound = np.sqrt(np.float32(6) / np.float32(count // shape[0]))
        t = bound * (np.float32(2) * u - np.float32(1))
    elif name.endswith("running_var"):
        t = np.float32(0.5) + u
    elif name.endswith(".weight"):  # gamma: small, so that logits stay small
        t = np.float32(0.25) + np.float32(0.5) * u
    else:  # biases, running means
        t = np.float32(0.25) * (np.float32(2) * u - np.float32(1))
    return t.reshape(shape)


def images(case, seed, step):
    """x [n][h][w][c] and y [n]; image i of step s has the id 100 s + i."""
    shape = (case["side"], case["side"], 3)
    ids = [100 * step + i for i in range(case["images"])]
    x = np.stack([uniform(key(seed, TEST, IMAGES, i), int(np.prod(shape)))
                  .reshape(shape) for i in ids])
    y = np.array([(7 * i + 3) % CLASSES for i in ids])
    return x, y, ids


def start_noise(shape, seed, ids):
    """Uniform in the ball, as lib/attack/ball.c draws it: in [-1, 1)."""
    count = int(np.prod(shape[1:]))
    u = np.stack([uniform(key(seed, ATTACK, EPOCH, i, 0), count) for i in ids])
    return (np.float32(2) * u - np.float32(1)).reshape(shape)


def sketch(t, label):
    """|t| and K signed sums of t, a float64 array."""
    t = np.asarray(t, np.float64).ravel()
    k, sums = key(0, TEST, SKETCH, label), np.zeros(SIGNS)
    for begin in range(0, t.size, 1 << 20):
        part = t[begin:begin + (1 << 20)]
        draw = bits(k, begin, begin + part.size)
        for j in range(SIGNS):
            positive = ((draw >> U(j)) & U(1)).astype(bool)
            sums[j] += 2 * part[positive].sum() - part.sum()
    return np.concatenate([[np.linalg.norm(t)], sums])


# --------------------------------------------------------------- activations

VALUE = {
    "relu": lambda x, a: x.clamp(min=0),
    "silu": lambda x, a: x * torch.sigmoid(x),
    "softplus": lambda x, a: F.softplus(x * a) / a,
    "gelu": lambda x, a: F.gelu(x),
    "elu": lambda x, a: F.elu(x, a),
}
SLOPE = {  # of those that appear as another activation's slope
    "relu": lambda x, a: (x > 0).to(x),
    "softplus": lambda x, a: torch.sigmoid(a * x),
}


class Split(torch.autograd.Function):
    """One activation forward, another one's slope backward."""

    @staticmethod
    def forward(ctx, x, forward, slope, alpha):
        ctx.save_for_backward(x)
        ctx.slope = lambda v: SLOPE[slope](v, alpha)
        return VALUE[forward](x, alpha)

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return dy * ctx.slope(x), None, None, None


class Activation(nn.Module):
    """Slope by role: 'attack' or 'update', set on the module before a pass."""

    def __init__(self, case):
        super().__init__()
        self.case, self.role, self.margin = case, "update", np.inf

    def forward(self, x):
        name, slope = self.case["forward"], self.case[self.role]
        if name == "relu" and slope is None:
            v = x.detach()
            least = (v.abs().min() / v.pow(2).mean().sqrt()).item()
            self.margin = min(self.margin, least / RELU_MARGIN)
        if slope is None:
            return VALUE[name](x, self.case["alpha"])
        return Split.apply(x, name, slope, self.case["alpha"])


# ------------------------------------------------------------------ networks

def conv(c_in, c_out, k, stride):
    return nn.Conv2d(c_in, c_out, k, stride, k // 2, bias=False)


class Block(nn.Module):
    """He et al. 2016; with zero-padding (option A) or projection shortcuts."""

    def __init__(self, c_in, c_out, stride, projection, act):
        super().__init__()
        self.conv1, self.bn1 = conv(c_in, c_out, 3, stride), nn.BatchNorm2d(c_out)
        self.conv2, self.bn2 = conv(c_out, c_out, 3, 1), nn.BatchNorm2d(c_out)
        self.stride, self.more, self.act = stride, c_out - c_in, act
        self.shortcut = nn.Sequential()
        if projection and (stride != 1 or self.more):
            self.shortcut = nn.Sequential(conv(c_in, c_out, 1, stride),
                                          nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = self.act[0](self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if len(self.shortcut):
            x = self.shortcut(x)
        elif self.more:
            half = self.more // 2
            x = F.pad(x[:, :, ::self.stride, ::self.stride],
                      (0, 0, 0, 0, half, half))
        return self.act[0](y + x)


class ResNet(nn.Module):
    def __init__(self, case):
        super().__init__()
        act = Activation(case)
        self.act = [act]  # in a list: not a child, adds no name
        if case["arch"] == "resnet20":
            widths, blocks, projection = (16, 32, 64), 3, False
        else:
            widths, blocks, projection = (64, 128, 256, 512), 2, True
        self.conv1, self.bn1 = conv(3, widths[0], 3, 1), nn.BatchNorm2d(widths[0])
        before, self.stages = widths[0], len(widths)
        for s, width in enumerate(widths):
            row = []
            for b in range(blocks):
                stride = 2 if s and not b else 1
                row.append(Block(before, width, stride, projection, self.act))
                before = width
            setattr(self, f"layer{s + 1}", nn.Sequential(*row))
        self.linear = nn.Linear(before, CLASSES)

    def forward(self, x):
        mean = torch.tensor(MEAN).to(x).view(1, 3, 1, 1)
        std = torch.tensor(STD).to(x).view(1, 3, 1, 1)
        x = self.act[0](self.bn1(self.conv1((x - mean) / std)))
        for s in range(self.stages):
            x = getattr(self, f"layer{s + 1}")(x)
        return self.linear(x.mean((2, 3)))


def tensors(net):
    return {k: v for k, v in net.state_dict().items()
            if not k.endswith("num_batches_tracked")}


# ---------------------------------------------------------------------- a step

def nchw(x, dtype):
    return torch.tensor(x).permute(0, 3, 1, 2).contiguous().to(dtype)


def pgd(net, x, y, noise):
    """Madry et al. 2018, batch norm in inference mode.  Also returns the
    gradient of the loss at the start, and the smallest |gradient| seen, in units
    of its image's root mean square and of the margin."""
    net.eval()
    net.act[0].role = "attack"
    margin, first = np.inf, None
    adv = (x + EPSILON * noise).clamp(0, 1)
    for _ in range(STEPS):
        adv.requires_grad_(True)
        loss = F.cross_entropy(net(adv), y, reduction="sum")
        (g,) = torch.autograd.grad(loss, adv)
        first = g if first is None else first
        scale = g.pow(2).mean((1, 2, 3), keepdim=True).sqrt()
        margin = min(margin, (g.abs() / scale).min().item() / SIGN_MARGIN)
        moved = adv.detach() + STEP_SIZE * g.sign()
        moved = torch.max(torch.min(moved, x + EPSILON), x - EPSILON)
        adv = moved.clamp(0, 1)
    net.train()
    net.act[0].role = "update"
    return adv, first, margin


def optimiser(case, net):
    weights = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() == 1]
    spared = DECAY if case["decay"] == "all" else 0
    groups = [dict(params=weights, weight_decay=DECAY),
              dict(params=others, weight_decay=spared)]
    return torch.optim.SGD(groups, lr=LR, momentum=MOMENTUM,
                           nesterov=case["nesterov"])


def nhwc(t):
    return t.detach().permute(0, 2, 3, 1).double().numpy()


def run(case, seed, dtype):
    """All steps of a case; results of the last one, and the margin."""
    net = ResNet(case).to(dtype)
    before = {}
    for number, (name, t) in enumerate(tensors(net).items()):
        before[name] = initial(name, tuple(t.shape), seed, number)
        with torch.no_grad():
            t.copy_(torch.tensor(before[name]))
    sgd, margin, out = optimiser(case, net), np.inf, {}
    for step in range(case["steps"]):
        xs, ys, ids = images(case, seed, step)
        x, y = nchw(xs, dtype), torch.tensor(ys)
        if case["adversarial"]:
            noise = nchw(start_noise(xs.shape, seed, ids), dtype)
            x, first, least = pgd(net, x, y, noise)
            margin = min(margin, least)
            out["slope"] = nhwc(first)
        out["adversarial"] = nhwc(x)
        z = net(x)
        loss = F.cross_entropy(z, y, label_smoothing=case["smoothing"])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        out["loss"], out["logits"] = loss.item(), z.detach().double().numpy()
    grads = {n: p.grad.double().numpy() for n, p in net.named_parameters()}
    after = {n: t.double().numpy() for n, t in tensors(net).items()}
    out["gradient"] = list(grads.values())
    out["after"] = [after[n] for n in grads]
    out["change"] = [after[n] - before[n] for n in grads]
    out["running"] = [after[n] for n in after if n not in grads]
    return out, min(margin, net.act[0].margin)


def truth(case):
    """The float64 run of the first seed that keeps its distance."""
    for seed in itertools.count(1):
        out, margin = run(case, seed, torch.float64)
        if margin >= 1:
            return seed, out, margin


def distance(a, b):
    """Largest relative error in L2 norm over the tensors of two results."""
    pairs = [(a[k], b[k]) for k in ("logits", "adversarial")]
    for kind in ("gradient", "after", "running"):
        pairs += list(zip(a[kind], b[kind]))
    return max(np.linalg.norm(u - t) / np.linalg.norm(t) for u, t in pairs)


# -------------------------------------------------------------------- writing

def numbers(case, out):
    """The float32 of a case, in the order the test reads them."""
    parts = [[out["loss"]], out["logits"].ravel()]
    if case["adversarial"]:
        parts += [sketch(out["slope"], 0), sketch(out["adversarial"], 1)]
    label = 2
    for kind in ("gradient", "change", "running"):
        for t in out[kind]:
            parts.append(sketch(t, label))
            label += 1
    return np.concatenate(parts).astype("<f4")


def record(given):
    case = dict(DEFAULTS, **given)
    seed, out, margin = truth(case)
    error = distance(run(case, seed, torch.float32)[0], out)
    print(f"{case['name']:24} seed {seed:3}  {margin:4.1f} margins  "
          f"float32 PyTorch is off by {error:.1e}", flush=True)
    case.update(seed=seed, attack=case["attack"] or case["forward"],
                update=case["update"] or case["forward"],
                parameters=len(out["gradient"]),
                buffers=len(out["running"]), torch_float32_error=error)
    return case, numbers(case, out)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default=os.path.join(here, "../tests/golden"))
    parser.add_argument("case", nargs="*", help="only these, and write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)

    cases, blob = [], b""
    for given in CASES:
        if args.case and given["name"] not in args.case:
            continue
        case, values = record(given)
        case["offset"] = len(blob) // 4
        cases.append(case)
        blob += values.tobytes()
    if args.case:
        return 0
    with open(os.path.abspath(__file__), "rb") as f:
        script = hashlib.sha256(f.read()).hexdigest()
    doc = dict(script="scripts/make_golden.py", script_sha256=script,
               numbers_sha256=hashlib.sha256(blob).hexdigest(),
               torch=torch.__version__, signs=SIGNS, classes=CLASSES,
               mean=MEAN, std=STD, epsilon=EPSILON, step_size=STEP_SIZE,
               attack_steps=STEPS, lr=LR, momentum=MOMENTUM,
               weight_decay=DECAY, cases=cases)
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "step.f32"), "wb") as f:
        f.write(blob)
    with open(os.path.join(args.out, "step.json"), "w") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
