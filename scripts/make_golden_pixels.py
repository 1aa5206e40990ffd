#!/usr/bin/python3
"""Make tests/golden/pixels.tsv: what Pillow and torchvision make of images.

One line an image and treatment: file, shorter side after Resize (0: left as it
is), side of CenterCrop (0: none), interpolation, SHA-256 of the RGB bytes.

And tests/golden/jitter.tsv: file, what ColorJitter does in its order, SHA-256.
Needs Pillow and torchvision; the tests that compare need neither.

    usage: scripts/make_golden_pixels.py

The photos are those of imagenet-sample/ in $SATRUN_DATA or its data/.
"""

import glob
import hashlib
import io
import os
import sys
import tarfile

from PIL import Image
from torchvision import transforms
from torchvision.transforms import functional
from torchvision.transforms import InterpolationMode

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOW = {"bilinear": InterpolationMode.BILINEAR,
       "bicubic": InterpolationMode.BICUBIC}
# Larger, smaller, the same; crops that fit, that are the whole, that need a
# border of an odd and of an even number of pixels, and halves to be rounded.
SMALL = [(16, 16), (16, 15), (16, 13), (9, 12), (9, 13), (23, 20), (64, 50),
         (5, 40)]


ADJUST = {"brightness": functional.adjust_brightness,
          "contrast": functional.adjust_contrast,
          "saturation": functional.adjust_saturation,
          "hue": functional.adjust_hue}
# The ends, the middle, both sides of it; all four in two orders.
JITTER = ["brightness=0", "brightness=0.62", "brightness=1",
          "brightness=1.37", "brightness=2", "contrast=0", "contrast=0.3",
          "contrast=1.9", "saturation=0", "saturation=0.81",
          "saturation=1.66", "hue=-0.5", "hue=-0.123", "hue=-0.001",
          "hue=0.003", "hue=0.25", "hue=0.5",
          "brightness=1.2 contrast=0.7 saturation=1.4 hue=0.1",
          "hue=-0.05 saturation=0.6 contrast=1.3 brightness=0.8"]


def row(name, image, short, crop, how):
    if short:
        image = transforms.Compose([
            transforms.Resize(short, interpolation=HOW[how]),
            transforms.CenterCrop(crop)])(image)
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    return "%s\t%d\t%d\t%s\t%s\n" % (name, short, crop, how, digest)


def small_images():
    folder = os.path.join(TOP, "tests", "fixtures", "images")
    for name in sorted(os.listdir(folder)):
        image = Image.open(os.path.join(folder, name)).convert("RGB")
        yield row(name, image, 0, 0, "-")
        for short, crop in SMALL:
            for how in HOW:
                yield row(name, image, short, crop, how)


def jitter(name):
    path = os.path.join(TOP, "tests", "fixtures", "images", name)
    for what in JITTER:
        image = Image.open(path).convert("RGB")
        for part in what.split():
            key, factor = part.split("=")
            image = ADJUST[key](image, float(factor))
        digest = hashlib.sha256(image.tobytes()).hexdigest()
        yield "%s\t%s\t%s\n" % (name, what, digest)


def photos(folder):
    for shard in sorted(glob.glob(os.path.join(folder, "*.tar"))):
        with tarfile.open(shard) as tar:
            for member in tar:
                if not member.name.endswith(".jpg"):
                    continue
                data = tar.extractfile(member).read()
                image = Image.open(io.BytesIO(data)).convert("RGB")
                name = os.path.basename(shard) + ":" + member.name
                for how in HOW:
                    yield row(name, image, 256, 224, how)


def sample():
    for level in (".", "data"):
        folder = os.path.join(os.environ.get("SATRUN_DATA", ""), level,
                              "imagenet-sample")
        if os.path.isdir(folder):
            return folder
    sys.exit("there is no imagenet-sample in SATRUN_DATA")


def write(name, lines):
    with open(os.path.join(TOP, "tests", "golden", name), "w") as f:
        f.writelines(lines)
    print("%s: %d lines" % (name, len(lines)))


def main():
    write("jitter.tsv", [line for name in ("photo.jpg", "cmyk.jpg", "deep.png")
                         for line in jitter(name)])
    write("pixels.tsv", list(small_images()) + list(photos(sample())))


main()
