#!/usr/bin/python3
"""Weights from satrun into torchvision and from torchvision into satrun.

    /usr/bin/python3 scripts/check_torchvision.py [--satrun PROGRAM] [NAME ...]

Needs torchvision.  For every network that both have (resnet50 alone when none
is named; `all` for all), at full size with 1000 classes, on a few made-up photos
of 64 pixels:

  out   satrun trains it for one step; torchvision's own class loads the
        checkpoint by load_state_dict, unchanged and strictly, and gives the
        same logits
  in    torchvision's random weights, saved by torch.save and converted by
        pt2safetensors.py, give the same logits in satrun

"The same": within 1e-4 of their norm.  Exit code 77 where there is no
torchvision.  Run by tests/cmd/torchvision.sh.
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
    import torch
    from torchvision import models
except ImportError as missing:
    print(missing)
    sys.exit(77)

import pt2safetensors

# satrun's name: torchvision's
NETWORKS = {
    "resnet18_imagenet": "resnet18", "resnet34_imagenet": "resnet34",
    "resnet50": "resnet50", "resnet101": "resnet101",
    "resnet152": "resnet152", "resnext50_32x4d": "resnext50_32x4d",
    "resnext101_32x8d": "resnext101_32x8d",
    "wide_resnet50_2": "wide_resnet50_2",
    "wide_resnet101_2": "wide_resnet101_2", "vgg16_bn": "vgg16_bn",
    **{f"efficientnet_b{i}": f"efficientnet_b{i}" for i in range(8)},
}
IMAGES, SIDE, CLASSES, TOLERANCE = 4, 64, 1000, 1e-4
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CONFIG = """
name: torchvision
data: {{dataset: folder, path: photos, classes: {classes}, resize: {side},
       image_size: {side}}}
model: {{arch: {arch}, mean: [{mean}], std: [{std}]}}
activation: {{forward: {activation}}}
train: {{method: standard, epochs: 1, batch_size: {images}, lr: 0.001}}
eval: {{attack: [], every: 0, batch_size: {images}}}
"""


def png(path, pixels):
    """pixels [h][w][3] of bytes, written without any library."""
    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I",
                                                                        crc)
    h, w, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n"
                + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_photos(where):
    """[IMAGES][SIDE][SIDE][3] bytes, in the order satrun reads them."""
    draw = np.random.RandomState(1)
    photos = draw.randint(0, 256, (IMAGES, SIDE, SIDE, 3)).astype(np.uint8)
    for split in ("train", "val"):
        for i, photo in enumerate(photos):
            folder = os.path.join(where, "photos", split, f"class{i}")
            os.makedirs(folder, exist_ok=True)
            png(os.path.join(folder, "photo.png"), photo)
    return photos


def read_tensors(path):
    """A safetensors file as PyTorch would load it."""
    kinds = {"F32": np.float32, "I64": np.int64}
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(length)), f.read()
    header.pop("__metadata__", None)
    return {name: torch.tensor(np.frombuffer(
                data[e["data_offsets"][0]:e["data_offsets"][1]],
                kinds[e["dtype"]]).reshape(e["shape"]))
            for name, e in header.items()}


def torch_logits(net, photos):
    x = torch.tensor(photos).permute(0, 3, 1, 2).float() / 255
    x = (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.no_grad():
        return net.eval()(x)


def satrun_logits(program, where, weights):
    run(program, "eval", "--config", "c.yaml", "--weights", weights,
        "--logits", "z.safetensors", "--quiet", cwd=where)
    return read_tensors(os.path.join(where, "z.safetensors"))["logits"]


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n"
                 f"{done.stdout}{done.stderr}")


def compare(what, ours, theirs):
    error = ((ours - theirs).norm() / theirs.norm()).item()
    print(f"{what:24} {error:.1e}", flush=True)
    return error <= TOLERANCE


def out(program, where, name, photos):
    run(program, "train", "c.yaml", "--run", "run", "--quiet", cwd=where)
    weights = os.path.join(where, "run/checkpoints/last/model.safetensors")
    net = getattr(models, NETWORKS[name])()
    net.load_state_dict(read_tensors(weights))
    return compare(f"{name} out", satrun_logits(program, where, weights),
                   torch_logits(net, photos))


def into(program, where, name, photos):
    net = getattr(models, NETWORKS[name])()
    path = os.path.join(where, "w.pth")
    torch.save(net.state_dict(), path)
    pt2safetensors.convert(path, os.path.join(where, "w.safetensors"))
    return compare(f"{name} in",
                   satrun_logits(program, where, "w.safetensors"),
                   torch_logits(net, photos))


def check(program, name):
    with tempfile.TemporaryDirectory() as where:
        photos = make_photos(where)
        with open(os.path.join(where, "c.yaml"), "w") as f:
            f.write(CONFIG.format(
                arch=name, classes=CLASSES, side=SIDE, images=IMAGES,
                activation="silu" if name.startswith("eff") else "relu",
                mean=", ".join(map(str, MEAN)), std=", ".join(map(str, STD))))
        return (out(program, where, name, photos)
                and into(program, where, name, photos))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--satrun", default=os.path.join(here, "../satrun"))
    parser.add_argument("name", nargs="*", default=["resnet50"])
    args = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    names = list(NETWORKS) if args.name == ["all"] else args.name
    good = [check(os.path.abspath(args.satrun), name) for name in names]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
