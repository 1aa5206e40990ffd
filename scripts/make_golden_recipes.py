#!/usr/bin/python3
"""Several steps of every method of training by PyTorch.

    /usr/bin/python3 scripts/make_golden_recipes.py [--out tests/golden] [NAME ...]

Needs Debian's python3-torch and python3-numpy; `make golden` calls it.  For
every row of CASES it trains a small network, convolutions with batch norm and
SiLU, for a few steps: attack, loss, gradients and SGD as the authors of the
method write them, from the keys of satrun's config that the row names.
tests/train/test_golden_recipes.c gives the same keys to satrun and compares loss,
adversarial images, gradients, weights, running statistics and averages.

Weights, images and noise are draws of the project's keyed generator; what is
kept of a tensor, and what that is good for, is told in make_golden.py.  Truth is
PyTorch in float64.  An attack in L-inf follows the sign of a gradient, which is
not continuous: where a gradient is as small as its rounding errors, no float32
program can be expected to take the same side.  So the script takes the first
seed for which, in every step, the smallest gradient of a pixel is ROOM times the
largest error that PyTorch itself makes in float32; what is 0 in both counts as
the same.  KL has its largest relative errors near the image, where it starts.

Files    recipes.json  every case, its keys, seed and offset, SHA-256
         recipes.f32   the numbers: float32, little endian
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

import make_golden as golden

IMAGES, SIDE = 4, 8
ROOM = 3

DEFAULTS = {
    "train.method": "adversarial", "train.lr": 0.1, "train.momentum": 0.9,
    "train.nesterov": False, "train.weight_decay": 5e-4, "train.beta": 6,
    "train.label_smoothing": 0, "train.clean_share": 0.5,
    "train.track_clean": True, "train.replays": 1, "train.clip": 0,
    "train.ema.decay": 0, "train.ema.start": 0, "train.ema.ramp": True,
    "train.ema.buffers": "copied",
    "attack.epsilon": 8 / 255, "attack.step_size": 4 / 255, "attack.steps": 2,
    "attack.loss": "ce", "attack.start": "uniform", "attack.start_std": 0.001,
    "attack.batchnorm": "inference",
}
KL = {"attack.loss": "kl", "attack.start": "normal"}
NORMAL = {"attack.start": "normal"}
FAST = {"attack.steps": 1, "attack.step_size": 10 / 255}
CASES = [
    ("madry", 3, {}),
    ("fast", 3, dict(FAST, **{"attack.batchnorm": "train"})),
    ("fast-inference", 3, dict(FAST, **{"train.nesterov": True,
                                        "train.label_smoothing": 0.1})),
    ("trades", 3, dict(KL, **{"train.method": "trades"})),
    ("trades-smoothed", 3, dict(KL, **{
        "train.method": "trades", "train.beta": 3, "attack.start": "uniform",
        "attack.batchnorm": "batch", "train.label_smoothing": 0.1,
        "train.track_clean": False})),
    ("mart", 3, dict(NORMAL, **{"train.method": "mart", "train.beta": 5})),
    ("mixed", 3, {"train.method": "mixed", "train.clean_share": 0.25}),
    ("both", 3, {"train.method": "both", "train.clean_share": 0.3}),
    ("free", 6, {"train.method": "free", "train.replays": 3,
                 "attack.batchnorm": "train", "attack.step_size": 8 / 255}),
    ("clipped", 3, dict(FAST, **{"train.clip": 0.5})),
    ("ema", 5, dict(FAST, **{"train.ema.decay": 0.25, "train.ema.start": 2})),
    ("ema-averaged", 3, dict(FAST, **{
        "train.ema.decay": 0.9, "train.ema.ramp": False,
        "train.ema.buffers": "averaged"})),
]


# --------------------------------------------------------------- the network

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.SiLU(),
            nn.Conv2d(8, 12, 3, 2, 1, bias=False), nn.BatchNorm2d(12),
            nn.SiLU(), nn.Flatten(),
            nn.Linear(12 * (SIDE // 2) ** 2, golden.CLASSES))

    def forward(self, x):
        mean = torch.tensor(golden.MEAN).to(x).view(1, 3, 1, 1)
        std = torch.tensor(golden.STD).to(x).view(1, 3, 1, 1)
        return super().forward((x - mean) / std)


def make_net(seed, dtype):
    net = Net()
    for number, (name, t) in enumerate(golden.tensors(net).items()):
        with torch.no_grad():
            t.copy_(torch.tensor(golden.initial(name, tuple(t.shape), seed,
                                                number)))
    return net.to(dtype)


def set_batchnorm(net, mode):
    """The words of attack.batchnorm; batch: statistics collected by nobody."""
    net.train(mode != "inference")
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = 0.0 if mode == "batch" else 0.1


# ---------------------------------------------------------------- the attack

def normal(k, count):
    """Standard normal draws, as lib/base/rng.h has them."""
    b = golden.bits(k, 0, 2 * count)
    u = ((b[0::2] >> np.uint64(11)) + np.uint64(1)).astype(np.float64)
    v = (b[1::2] >> np.uint64(11)).astype(np.float64)
    u, v = u * 2.0**-53, v * 2.0**-53
    return (np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)).astype(np.float32)


def start(s, xs, seed, ids):
    """Where the attack begins, in float32 as satrun adds it up."""
    if s["attack.start"] == "uniform":
        noise = golden.start_noise(xs.shape, seed, ids)
        noise = np.float32(s["attack.epsilon"]) * noise
    else:
        count = int(np.prod(xs.shape[1:]))
        noise = np.stack([normal(golden.key(seed, golden.ATTACK, golden.EPOCH,
                                            i, 0), count) for i in ids])
        noise = np.float32(s["attack.start_std"]) * noise.reshape(xs.shape)
    return np.clip(xs + noise, 0, 1)


def attack(net, s, x, y, begin, slopes):
    """Madry et al. 2018; the gradients whose sign it took are added to slopes."""
    set_batchnorm(net, s["attack.batchnorm"])
    with torch.no_grad():
        p = F.softmax(net(x), 1) if s["attack.loss"] == "kl" else None
    adv, epsilon = begin.clone(), s["attack.epsilon"]
    for _ in range(s["attack.steps"]):
        adv.requires_grad_(True)
        z = net(adv)
        loss = (F.cross_entropy(z, y, reduction="sum") if p is None else
                F.kl_div(F.log_softmax(z, 1), p, reduction="sum"))
        (g,) = torch.autograd.grad(loss, adv)
        slopes.append(g.double().numpy())
        adv = adv.detach() + s["attack.step_size"] * g.sign()
        adv = torch.max(torch.min(adv, x + epsilon), x - epsilon).clamp(0, 1)
    set_batchnorm(net, "train")
    return adv


# --------------------------------------------------------------- the methods

def clean_logits(net, s, x):
    set_batchnorm(net, "train" if s["train.track_clean"] else "batch")
    z = net(x)
    set_batchnorm(net, "train")
    return z


def cross_entropy(s, z, y):
    return F.cross_entropy(z, y, label_smoothing=s["train.label_smoothing"])


def adversarial(net, s, x, adv, y):
    return cross_entropy(s, net(adv), y)


def both(net, s, x, adv, y):
    w = s["train.clean_share"]
    clean = cross_entropy(s, clean_logits(net, s, x), y)
    return w * clean + (1 - w) * cross_entropy(s, net(adv), y)


def trades(net, s, x, adv, y):
    """Zhang et al. 2019: x goes through the network twice."""
    loss = cross_entropy(s, clean_logits(net, s, x), y)
    q = F.log_softmax(net(adv), 1)
    p = F.softmax(clean_logits(net, s, x), 1)
    return loss + s["train.beta"] * F.kl_div(q, p, reduction="sum") / len(x)


def mart(net, s, x, adv, y):
    """Wang et al. 2020, with the small numbers of their code."""
    p = F.softmax(clean_logits(net, s, x), 1)
    z = net(adv)
    q = F.softmax(z, 1)
    rival = q.scatter(1, y[:, None], -1).argmax(1)
    bce = F.cross_entropy(z, y) + F.nll_loss(torch.log(1.0001 - q + 1e-12),
                                             rival)
    kl = F.kl_div(torch.log(q + 1e-12), p, reduction="none").sum(1)
    weight = 1.0000001 - p.gather(1, y[:, None])[:, 0]
    return bce + s["train.beta"] * (kl * weight).sum() / len(x)


METHODS = dict(adversarial=adversarial, mixed=adversarial, both=both,
               trades=trades, mart=mart, free=adversarial)


def climb(s, noise, slopes):
    """Shafahi et al. 2019: after the backward pass of the update."""
    slopes.append(noise.grad.double().numpy().copy())
    with torch.no_grad():
        noise += s["attack.step_size"] * noise.grad.sign()
        noise.clamp_(-s["attack.epsilon"], s["attack.epsilon"])
    noise.grad = None


# --------------------------------------------------------------- the average

def update_average(s, average, net, step):
    """After step `step`, counted from 1; an epoch is one step here.  The rule of
    Gowal et al. 2020 as imrahulr/adversarial_robustness_pytorch has it."""
    t = step - s["train.ema.start"]
    decay = s["train.ema.decay"] * (t >= 0)
    if s["train.ema.ramp"]:
        decay = min(decay, (1 + t) / (10 + t))
    weights = dict(net.named_parameters())
    for name, v in golden.tensors(net).items():
        copied = name not in weights and s["train.ema.buffers"] == "copied"
        d = 0 if copied else decay
        average[name] = d * average[name] + (1 - d) * v.detach()


# -------------------------------------------------------------------- a case

def make_images(net, s, x, y, begin, noise, slopes):
    """What the method trains on beside x."""
    if s["train.method"] == "free":
        return (x + noise).clamp(0, 1)
    if s["train.method"] != "mixed":
        return attack(net, s, x, y, begin, slopes)
    k = IMAGES - round(s["train.clean_share"] * IMAGES)
    adv = attack(net, s, x[:k], y[:k], begin[:k], slopes)
    return torch.cat([adv, x[k:]])


def run(s, steps, seed, dtype):
    """All steps of a case; results of the last one."""
    net = make_net(seed, dtype)
    before = {n: t.double().numpy().copy()
              for n, t in golden.tensors(net).items()}
    sgd = torch.optim.SGD(net.parameters(), lr=s["train.lr"],
                          momentum=s["train.momentum"],
                          weight_decay=s["train.weight_decay"],
                          nesterov=s["train.nesterov"])
    average = {n: t.clone() for n, t in golden.tensors(net).items()}
    noise = torch.zeros(IMAGES, 3, SIDE, SIDE, dtype=dtype, requires_grad=True)
    slopes = []
    for step in range(steps):
        shape = dict(images=IMAGES, side=SIDE)
        xs, ys, ids = golden.images(shape, seed, step // s["train.replays"])
        x, y = golden.nchw(xs, dtype), torch.tensor(ys)
        begin = golden.nchw(start(s, xs, seed, ids), dtype)
        adv = make_images(net, s, x, y, begin, noise, slopes)
        set_batchnorm(net, "train")
        loss = METHODS[s["train.method"]](net, s, x, adv, y)
        sgd.zero_grad()
        loss.backward()
        if s["train.method"] == "free":
            climb(s, noise, slopes)
        if s["train.clip"]:
            nn.utils.clip_grad_norm_(net.parameters(), s["train.clip"])
        sgd.step()
        update_average(s, average, net, step + 1)
    after = {n: t.double().numpy() for n, t in golden.tensors(net).items()}
    grads = {n: p.grad.double().numpy() for n, p in net.named_parameters()}
    return dict(loss=loss.item(), slopes=slopes, adv=golden.nhwc(adv),
                noise=[golden.nhwc(noise)] if noise.any() else [],
                gradient=list(grads.values()),
                change=[after[n] - before[n] for n in grads],
                running=[after[n] for n in after if n not in grads],
                average=[average[n].double().numpy() - before[n]
                         for n in after] if s["train.ema.decay"] else [])


def margin(truth, rough):
    """How far the smallest gradients are from changing sides, in ROOMs."""
    least = np.inf
    for g, h in zip(truth["slopes"], rough["slopes"]):
        moves = (g != 0) | (h != 0)
        error = np.abs(h - g).max()
        least = min(least, np.abs(g[moves]).min() / error / ROOM)
    return least


def distance(a, b):
    """Largest relative error in L2 norm over the tensors of two results."""
    pairs = [(a["adv"], b["adv"])]
    for kind in ("gradient", "change", "running", "average", "noise"):
        pairs += list(zip(a[kind], b[kind]))
    return max(np.linalg.norm(u - t) / np.linalg.norm(t) for u, t in pairs)


def numbers(out):
    """The float32 of a case, in the order the test reads them."""
    parts, label = [[out["loss"]], golden.sketch(out["adv"], 0)], 1
    for kind in ("gradient", "change", "running", "average", "noise"):
        for t in out[kind]:
            parts.append(golden.sketch(t, label))
            label += 1
    return np.concatenate(parts).astype("<f4")


def record(name, steps, keys):
    s = dict(DEFAULTS, **keys)
    for seed in itertools.count(1):
        truth = run(s, steps, seed, torch.float64)
        rough = run(s, steps, seed, torch.float32)
        room = margin(truth, rough)
        if room >= 1:
            break
    error = distance(rough, truth)
    print(f"{name:20} seed {seed:3}  {room:5.1f} margins  "
          f"float32 PyTorch is off by {error:.1e}", flush=True)
    texts = {k: str(v).lower() for k, v in s.items()}
    return dict(name=name, steps=steps, seed=seed, settings=texts,
                torch_float32_error=error), numbers(truth)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default=os.path.join(here, "../tests/golden"))
    parser.add_argument("name", nargs="*", help="only these, and write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)

    cases, blob = [], b""
    for name, steps, keys in CASES:
        if args.name and name not in args.name:
            continue
        case, values = record(name, steps, keys)
        cases.append(dict(case, offset=len(blob) // 4))
        blob += values.tobytes()
    if args.name:
        return 0
    with open(os.path.abspath(__file__), "rb") as f:
        script = hashlib.sha256(f.read()).hexdigest()
    doc = dict(script="scripts/make_golden_recipes.py", script_sha256=script,
               numbers_sha256=hashlib.sha256(blob).hexdigest(),
               torch=torch.__version__, signs=golden.SIGNS, images=IMAGES,
               side=SIDE, classes=golden.CLASSES, mean=golden.MEAN,
               std=golden.STD, cases=cases)
    with open(os.path.join(args.out, "recipes.f32"), "wb") as f:
        f.write(blob)
    with open(os.path.join(args.out, "recipes.json"), "w") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
