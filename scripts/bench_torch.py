#!/usr/bin/python3
"""The steps of `satrun bench` in PyTorch, for comparison.

    /usr/bin/python3 scripts/bench_torch.py --model resnet18 --act silu --batch 128

Prints one JSON line a step: median seconds, images/s, GFLOP/s (convolutions and
the linear layer, counted as direct ones, two operations a multiply-add) and the
most memory the process has had in use so far.  The steps:

    forward   logits and loss, batch norm in inference mode, no gradient
    attack    one step of PGD: that forward, the gradient of the images, the sign
    train     forward in batch mode, the gradient of the weights, SGD

The networks are satrun's, without its normalisation of the images.  PyTorch gets
what makes it fastest on a CPU: tensors with channels last, and a malloc that
keeps what is freed instead of asking the system for it again; --stock leaves
both as they come.  scripts/bench_peer.sh runs this and satrun alternately.
"""
import argparse
import ctypes
import json
import os
import resource
import statistics
import time


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", default="resnet18", choices=list(MODELS))
    p.add_argument("--act", default="silu", choices=list(ACTIVATIONS))
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--reps", type=int, default=5)
    p.add_argument("--step", choices=["forward", "attack", "train"],
                   help="this one alone")
    p.add_argument("--stock", action="store_true")
    return p.parse_args()


# stages of basic blocks, channels of the first, shortcuts with weights
MODELS = {"resnet18": ([2, 2, 2, 2], 64, True),
          "resnet34": ([3, 4, 6, 3], 64, True),
          "resnet20": ([3, 3, 3], 16, False),
          "resnet56": ([9, 9, 9], 16, False)}
# functions of torch.nn.functional, with satrun's alpha where they have one
ACTIVATIONS = {"relu": {}, "silu": {}, "gelu": {}, "mish": {}, "elu": {},
               "softplus": {"beta": 10}}


def keep_pages():
    """mallopt(3): nothing by mmap, nothing given back, a GB at a time."""
    libc = ctypes.CDLL(None)
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    for key, value in ((m_mmap_max, 0), (m_trim_threshold, -1),
                       (m_top_pad, 10**9)):
        if libc.mallopt(key, value) != 1:
            raise SystemExit("bench_torch.py: mallopt refuses %d" % key)


def build(args):
    import torch
    from torch import nn

    stages, width, weighted = MODELS[args.model]
    function, kwargs = getattr(nn.functional, args.act), ACTIVATIONS[args.act]

    def act(x):
        return function(x, **kwargs)

    def conv_norm(c_in, c_out, k, stride):
        return nn.Sequential(
            nn.Conv2d(c_in, c_out, k, stride, k // 2, bias=False),
            nn.BatchNorm2d(c_out))

    class Pad(nn.Module):
        """Every other pixel, the new channels zero (He et al., option A)."""
        def __init__(self, more, stride):
            super().__init__()
            self.more, self.stride = more, stride

        def forward(self, x):
            x = x[:, :, ::self.stride, ::self.stride]
            return nn.functional.pad(
                x, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))

    def shortcut(c_in, c_out, stride):
        if stride == 1 and c_in == c_out:
            return nn.Identity()
        if weighted:
            return conv_norm(c_in, c_out, 1, stride)
        return Pad(c_out - c_in, stride)

    class Block(nn.Module):
        def __init__(self, c_in, c_out, stride):
            super().__init__()
            self.first = conv_norm(c_in, c_out, 3, stride)
            self.second = conv_norm(c_out, c_out, 3, 1)
            self.shortcut = shortcut(c_in, c_out, stride)

        def forward(self, x):
            return act(self.second(act(self.first(x))) + self.shortcut(x))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = conv_norm(3, width, 3, 1)
            blocks, c = [], width
            for stage, count in enumerate(stages):
                for i in range(count):
                    new = width << stage
                    blocks.append(Block(c, new, 2 if stage and not i else 1))
                    c = new
            self.blocks, self.linear = nn.Sequential(*blocks), nn.Linear(c, 10)

        def forward(self, x):
            x = self.blocks(act(self.stem(x)))
            return self.linear(x.mean((2, 3)))

    torch.manual_seed(0)
    x = torch.rand(args.batch, 3, 32, 32)
    y = torch.randint(0, 10, (args.batch,))
    net = Network()
    if not args.stock:
        net = net.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    return net, x, y


def count_operations(net, x):
    """Of a forward pass through the convolutions and the linear layer."""
    import torch
    total = 0

    def add(module, _, out):
        nonlocal total
        weight = module.weight          # [outputs][inputs of a group][k][k]
        total += 2 * out.numel() * weight[0].numel()

    hooks = [m.register_forward_hook(add) for m in net.modules()
             if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    with torch.no_grad():
        net(x)
    for hook in hooks:
        hook.remove()
    return total


def steps(net, x, y):
    """name: (function, operations in forward passes)"""
    import torch
    loss = torch.nn.functional.cross_entropy
    sgd = torch.optim.SGD(net.parameters(), lr=1e-6, momentum=0.9,
                          weight_decay=5e-4)

    def forward():
        net.eval()
        with torch.no_grad():
            loss(net(x), y)

    def attack():
        net.eval()
        adv = x.clone().requires_grad_(True)
        g, = torch.autograd.grad(loss(net(adv), y), adv)
        return torch.clamp(adv.detach() + 2 / 255 * g.sign(), 0, 1)

    def train():
        net.train()
        sgd.zero_grad(set_to_none=False)
        loss(net(x), y).backward()
        sgd.step()

    return {"forward": (forward, 1), "attack": (attack, 2),
            "train": (train, 3)}


def median_seconds(step, reps):
    took = []
    for i in range(2 + reps):           # two to warm up
        start = time.perf_counter()
        step()
        took.append(time.perf_counter() - start)
    return statistics.median_high(took[2:])


def main():
    args = arguments()
    if not args.stock:
        keep_pages()                    # before torch takes any
    import torch
    torch.set_num_threads(args.threads)
    net, x, y = build(args)
    operations = count_operations(net, x)
    for name, (step, passes) in steps(net, x, y).items():
        if args.step and args.step != name:
            continue
        seconds = median_seconds(step, args.reps)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({
            "peer": "torch %s%s" % (torch.__version__,
                                    " stock" if args.stock else ""),
            "step": name, "model": args.model, "activation": args.act,
            "batch": args.batch, "threads": args.threads, "seconds": seconds,
            "images_per_s": args.batch / seconds,
            "gflop_per_s": passes * operations / seconds / 1e9,
            "peak_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
