#!/usr/bin/python3
"""Make tests/golden/pixels.tsv: what Pillow and torchvision make of images.

One line an image and treatment: file, shorter side after Resize (0: left as it
is), side of CenterCrop (0: none), interpolation, SHA-256 of the RGB bytes.
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
from torchvision.transforms import InterpolationMode

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOW = {"bilinear": InterpolationMode.BILINEAR,
       "bicubic": InterpolationMode.BICUBIC}
# Larger, smaller, the same; crops that fit, that are the whole, that need a
# border of an odd and of an even number of pixels, and halves to be rounded.
SMALL = [(16, 16), (16, 15), (16, 13), (9, 12), (9, 13), (23, 20), (64, 50),
         (5, 40)]


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


def main():
    lines = list(small_images()) + list(photos(sample()))
    with open(os.path.join(TOP, "tests", "golden", "pixels.tsv"), "w") as f:
        f.writelines(lines)
    print("%d lines" % len(lines))


main()
