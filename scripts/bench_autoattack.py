#!/usr/bin/python3
"""Standard AutoAttack by its authors' code and by satrun, seconds side by side.

    /usr/bin/python3 scripts/bench_autoattack.py --reference DIR [--threads 2]
                     [--limit 1000] [--batch 250] [--stock]

DIR is a checkout of fra31/auto-attack; it is not part of this project.  The
network is golden/fashion-cnn-silu.safetensors under the environment's
SATRUN_DATA, the images are the first of Fashion-MNIST's test split, the ball is
L-inf 0.1.  One program runs after the other, each with --threads.  PyTorch gets
a malloc that keeps what is freed, with which it is up to four times as fast;
--stock leaves that as it comes.  The environment's SATRUN names satrun.  Exit
code 77 where there is no PyTorch.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import time

from bench_torch import keep_pages

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMAGES = "/usr/share/datasets/fashion-mnist/t10k-%s-ubyte.gz"
EPSILON = 0.1


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--reference", required=True, metavar="DIR")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--limit", type=int, default=1000)
    p.add_argument("--batch", type=int, default=250)
    p.add_argument("--stock", action="store_true")
    args = p.parse_args()
    if not os.path.isdir(os.path.join(args.reference, "autoattack")):
        p.error("%s has no package autoattack: it is not a checkout of "
                "fra31/auto-attack" % args.reference)
    return args


def golden_weights():
    return os.path.join(os.environ["SATRUN_DATA"], "golden",
                        "fashion-cnn-silu.safetensors")


def read_tensors(path):
    """name: tensor, of a safetensors file of float32."""
    import numpy
    import torch
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, t in header.items():
        first, end = t["data_offsets"]
        values = numpy.frombuffer(data[first:end], "<f4").copy()
        tensors[name] = torch.from_numpy(values).reshape(t["shape"])
    return tensors


def read_images(limit):
    """[limit][1][28][28] in [0,1], [limit]"""
    import numpy
    import torch

    def bytes_of(what, header):
        with gzip.open(IMAGES % what) as f:
            return numpy.frombuffer(f.read()[header:], numpy.uint8)

    x = bytes_of("images-idx3", 16).reshape(-1, 1, 28, 28)[:limit]
    y = bytes_of("labels-idx1", 8)[:limit]
    return torch.from_numpy(x / numpy.float32(255)), torch.from_numpy(
        y.astype(numpy.int64))


def network():
    """The layers of configs/fashion/golden_cnn.yaml."""
    import torch
    from torch import nn
    from torch.nn.functional import silu

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 16, 3, 1, 1)
            self.conv2 = nn.Conv2d(16, 32, 3, 2, 1)
            self.conv3 = nn.Conv2d(32, 32, 3, 2, 1)
            self.fc1, self.fc2 = nn.Linear(1568, 100), nn.Linear(100, 10)

        def forward(self, x):
            for conv in (self.conv1, self.conv2, self.conv3):
                x = silu(conv(x))
            return self.fc2(silu(self.fc1(torch.flatten(x, 1))))

    net = Network()
    net.load_state_dict(read_tensors(golden_weights()))
    return net.eval()


def by_reference(args):
    """(seconds, correct images left)"""
    import torch
    sys.path.insert(0, args.reference)
    from autoattack import AutoAttack

    torch.set_num_threads(args.threads)
    net, (x, y) = network(), read_images(args.limit)
    suite = AutoAttack(net, norm="Linf", eps=EPSILON, seed=0, device="cpu",
                       version="standard", verbose=False)
    start = time.perf_counter()
    adv = suite.run_standard_evaluation(x, y, bs=args.batch)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        return seconds, int((net(adv).argmax(1) == y).sum())


def by_satrun(args):
    """(seconds, correct images left)"""
    program = os.environ.get("SATRUN", os.path.join(TOP, "satrun"))
    config = os.path.join(TOP, "configs", "fashion", "golden_cnn.yaml")
    out = subprocess.run(
        [program, "eval", "--config", config, "--weights", golden_weights(),
         "--attack", "autoattack", "--norm", "linf", "--epsilon", str(EPSILON),
         "--limit", str(args.limit), "--threads", str(args.threads), "--json",
         "--quiet"], check=True, stdout=subprocess.PIPE).stdout
    attack, = json.loads(out)["attacks"]
    return attack["seconds"], attack["robust"]["correct"]


def main():
    args = arguments()
    if "SATRUN_DATA" not in os.environ:
        raise SystemExit("bench_autoattack.py: SATRUN_DATA is not set; it names "
                         "the directory that holds golden/")
    if not args.stock:
        keep_pages()                    # before torch takes any
    try:
        import torch
    except ImportError as missing:
        print(missing)
        sys.exit(77)
    seconds, left = by_satrun(args)
    print("satrun: %.1f s, %d of %d left" % (seconds, left, args.limit),
          flush=True)
    theirs, left = by_reference(args)
    print("reference, torch %s%s: %.1f s, %d of %d left" % (
        torch.__version__, " stock" if args.stock else "", theirs, left,
        args.limit))
    print("%d threads: satrun is %.1f times as fast" % (
        args.threads, theirs / seconds))


if __name__ == "__main__":
    main()
