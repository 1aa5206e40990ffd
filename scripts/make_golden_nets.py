#!/usr/bin/python3
"""Logits and input gradients by PyTorch, for every network.

    /usr/bin/python3 scripts/make_golden_nets.py [--out tests/golden] [NAME ...]
    /usr/bin/python3 scripts/make_golden_nets.py --expected [NAME ...]

Needs Debian's python3-torch, python3-torchvision and python3-numpy; `make
golden` calls it.  For every row of NETWORKS it builds the twin of satrun's
network of that name - torchvision's own class where there is one, else the
small class below, written from the paper or the code named beside it - with
SiLU, runs it once in inference mode on two small images, and keeps the logits z
and of dx, the gradient of sum(dz z), norm and signed sums.
tests/model/test_golden_nets.c does the same and compares.  Most networks of more
than 20 million parameters are made of fewer blocks, by the same settings on both
sides, so that the test stays short: how many they have is in expected.txt.

Weights, images and dz are draws of the project's keyed generator, and what the
signed sums are good for is told in make_golden.py, from which both come.  Truth
is PyTorch in float64.  SiLU is smooth, so only the maxima of pooling can take
another side in float32: the script takes the first seed for which the two
largest of every window are a margin apart, and for which PyTorch's own float32
is good to 1e-5: a deep network of random weights may be anything.

--expected prints the lines of tests/model/expected.txt: the networks as they
are published, with the classes and images they are published for.

Files    nets.json  every network, its seed and offset, this script's SHA-256
         nets.f32   the numbers: float32, little endian
"""
import argparse
import functools
import hashlib
import itertools
import json
import os
import re
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.models import efficientnet, resnet, vgg

import make_golden as golden

IMAGES, CLASSES = 2, 10
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
POOL_MARGIN = 2e-6  # of the root mean square: several float32 errors
FLOAT32_ERROR = 1e-5
DZ = 4  # what a draw of purpose TEST is for; 1 to 3 are make_golden's
ACT = nn.SiLU


# ------------------------------------------------------------------ networks

def conv_bn(c_in, c_out, k, stride):
    return golden.conv(c_in, c_out, k, stride), nn.BatchNorm2d(c_out)


class Pad(nn.Module):
    """He et al. 2016, option A: every stride-th pixel, zero channels around."""

    def __init__(self, more, stride):
        super().__init__()
        self.half, self.stride = more // 2, stride

    def forward(self, x):
        x = x[:, :, ::self.stride, ::self.stride]
        return F.pad(x, (0, 0, 0, 0, self.half, self.half))


class Residual(nn.Module):
    """Basic block, or with `bottleneck` 1x1, 3x3 with the stride, 1x1."""

    def __init__(self, c_in, width, stride, bottleneck, projection):
        super().__init__()
        out = 4 * width if bottleneck else width
        if bottleneck:
            self.conv1, self.bn1 = conv_bn(c_in, width, 1, 1)
            self.conv2, self.bn2 = conv_bn(width, width, 3, stride)
            self.conv3, self.bn3 = conv_bn(width, out, 1, 1)
        else:
            self.conv1, self.bn1 = conv_bn(c_in, width, 3, stride)
            self.conv2, self.bn2 = conv_bn(width, out, 3, 1)
        self.last, self.act = 3 if bottleneck else 2, ACT()
        self.shortcut = nn.Sequential()
        if stride != 1 or c_in != out:
            self.shortcut = (nn.Sequential(*conv_bn(c_in, out, 1, stride))
                             if projection else Pad(out - c_in, stride))

    def forward(self, x):
        y = x
        for i in range(1, self.last + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = self.act(y if i < self.last else y + self.shortcut(x))
        return y


class SmallResNet(nn.Module):
    """ResNets for small images, with the names of RobustBench's."""

    def __init__(self, classes, width, blocks, bottleneck=False,
                 projection=True):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(3, width, 3, 1)
        self.act, self.stages, c = ACT(), len(blocks), width
        for s, n in enumerate(blocks):
            row = []
            for i in range(n):
                row.append(Residual(c, width << s, 2 if s and not i else 1,
                                    bottleneck, projection))
                c = (width << s) * (4 if bottleneck else 1)
            setattr(self, f"layer{s + 1}", nn.Sequential(*row))
        self.linear = nn.Linear(c, classes)

    def forward(self, x):
        x = self.act(self.bn1(self.conv1(x)))
        for s in range(self.stages):
            x = getattr(self, f"layer{s + 1}")(x)
        return self.linear(x.mean((2, 3)))


class PreActBlock(nn.Module):
    """He et al. 2016b.  Names: %d stands for 1, 2 or, DeepMind's, 0, 1.
    of_x: the shortcut takes what comes in, else what is activated.  same:
    TensorFlow's padding.  listed: the shortcut is an nn.Sequential."""

    def __init__(self, c_in, out, stride, of_x=False, same=False, first=1,
                 norm="bn%d", conv="conv%d", shortcut="shortcut", listed=False):
        super().__init__()
        self.names = [norm % first, conv % first, norm % (first + 1),
                      conv % (first + 1), shortcut]
        pad = 0 if same and stride == 2 else 1  # then forward pads
        parts = [nn.BatchNorm2d(c_in),
                 nn.Conv2d(c_in, out, 3, stride, pad, bias=False),
                 nn.BatchNorm2d(out), golden.conv(out, out, 3, 1)]
        if stride != 1 or c_in != out:
            one = golden.conv(c_in, out, 1, stride)
            parts.append(nn.Sequential(one) if listed else one)
        for name, part in zip(self.names, parts):
            setattr(self, name, part)
        self.act, self.of_x, self.pads = ACT(), of_x, pad == 0

    def forward(self, x):
        norm0, conv0, norm1, conv1, shortcut = (
            getattr(self, n, None) for n in self.names)
        y = self.act(norm0(x))
        if shortcut is not None:
            x = shortcut(x if self.of_x else y)
        y = conv0(F.pad(y, (0, 1, 0, 1)) if self.pads else y)
        return x + conv1(self.act(norm1(y)))


def preact_stage(c_in, out, n, stride, **style):
    return nn.Sequential(*[PreActBlock(out if i else c_in, out,
                                       1 if i else stride, **style)
                           for i in range(n)])


class PreActResNet18(nn.Module):
    """RobustBench's; v2: PreActBlockV2 with bn_before_fc."""

    def __init__(self, classes, v2):
        super().__init__()
        self.conv1, self.act, c = golden.conv(3, 64, 3, 1), ACT(), 64
        for s in range(4):
            setattr(self, f"layer{s + 1}",
                    preact_stage(c, 64 << s, 2, 2 if s else 1, of_x=not v2,
                                 listed=True))
            c = 64 << s
        if v2:
            self.bn = nn.BatchNorm2d(c)
        self.linear = nn.Linear(c, classes)

    def forward(self, x):
        x = self.conv1(x)
        for s in range(4):
            x = getattr(self, f"layer{s + 1}")(x)
        if hasattr(self, "bn"):
            x = self.act(self.bn(x))
        return self.linear(x.mean((2, 3)))


class Group(nn.Module):
    """A stage of blocks under one name."""

    def __init__(self, name, stage):
        super().__init__()
        setattr(self, name, stage)
        self.name = name

    def forward(self, x):
        return getattr(self, self.name)(x)


class WideResNet(nn.Module):
    """TRADES' and RobustBench's."""

    def __init__(self, classes, depth, width):
        super().__init__()
        n, c = (depth - 4) // 6, 16
        self.conv1, self.act = golden.conv(3, 16, 3, 1), ACT()
        for s in range(3):
            out = 16 * width << s
            stage = preact_stage(c, out, n, 2 if s else 1,
                                 shortcut="convShortcut")
            setattr(self, f"block{s + 1}", Group("layer", stage))
            c = out
        self.bn1, self.fc = nn.BatchNorm2d(c), nn.Linear(c, classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(self.act(self.bn1(x)).mean((2, 3)))


class DeepMindWideResNet(nn.Module):
    """Gowal et al. 2020, adversarial_robustness/pytorch/model_zoo.py."""

    def __init__(self, classes, depth, width):
        super().__init__()
        n, c, stages = (depth - 4) // 6, 16, []
        self.init_conv, self.act = golden.conv(3, 16, 3, 1), ACT()
        for s in range(3):
            out = 16 * width << s
            stages.append(Group("block", preact_stage(
                c, out, n, 2 if s else 1, same=True, first=0,
                norm="batchnorm_%d", conv="conv_%d")))
            c = out
        self.layer = nn.Sequential(*stages)
        self.batchnorm, self.logits = nn.BatchNorm2d(c), nn.Linear(c, classes)

    def forward(self, x):
        x = self.act(self.batchnorm(self.layer(self.init_conv(x))))
        return self.logits(x.mean((2, 3)))


def wide(network, depth, width):
    return lambda classes, depth=depth: network(classes, depth, width)


VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M",
         512, 512, 512, "M"]


def vgg16_bn(classes, width=1):
    """torchvision's; with a width, one made like it."""
    if width == 1:
        return vgg.vgg16_bn(num_classes=classes)
    layers = vgg.make_layers([int(width * c) if c != "M" else c for c in VGG16],
                             batch_norm=True)
    net, hidden = vgg.VGG(layers), int(4096 * width)
    net.classifier[0] = nn.Linear(int(512 * width) * 49, hidden)
    net.classifier[3] = nn.Linear(hidden, hidden)
    net.classifier[6] = nn.Linear(hidden, classes)
    return net


class SmallVgg(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = vgg.make_layers(VGG16, batch_norm=True)
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class SmallCnn(nn.Module):
    """TRADES, models/small_cnn.py, without its dropout."""

    def __init__(self, classes):
        super().__init__()
        self.feature_extractor, c = nn.Sequential(), 1
        for i, out in enumerate((32, 32, 64, 64), 1):
            self.feature_extractor.add_module(f"conv{i}", nn.Conv2d(c, out, 3))
            self.feature_extractor.add_module(f"relu{i}", ACT())
            if i % 2 == 0:
                self.feature_extractor.add_module(f"maxpool{i // 2}",
                                                  nn.MaxPool2d(2, 2))
            c = out
        self.classifier = nn.Sequential()
        for i, (n, out) in enumerate(((1024, 200), (200, 200), (200, classes)),
                                     1):
            self.classifier.add_module(f"fc{i}", nn.Linear(n, out))
            if i < 3:
                self.classifier.add_module(f"relu{i}", ACT())

    def forward(self, x):
        return self.classifier(self.feature_extractor(x).flatten(1))


def option_a(n):
    return lambda classes: SmallResNet(classes, 16, (n, n, n), projection=False)


def small(usual, bottleneck=False):
    return lambda classes, blocks=usual: SmallResNet(classes, 64, blocks,
                                                     bottleneck)


def large(name, block=resnet.Bottleneck, groups=1, width=64):
    """torchvision's network of that name; with blocks, one made like it."""
    def twin(classes, blocks=None):
        if blocks is None:
            return getattr(resnet, name)(num_classes=classes)
        return resnet.ResNet(block, blocks, num_classes=classes, groups=groups,
                             width_per_group=width)
    return twin


def resnext(usual, width):
    return lambda classes, blocks=usual: resnet.ResNet(
        resnet.Bottleneck, blocks, num_classes=classes, groups=32,
        width_per_group=width)


class SamePadding(nn.Conv2d):
    """TensorFlow's 'SAME': zeros for ceil(size / stride) outputs, an odd one
    after the last pixel."""

    def forward(self, x):
        k, s = self.kernel_size[0], self.stride[0]
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max(((size + s - 1) // s - 1) * s + k - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, s, 0, 1,
                        self.groups)


EFFICIENTNET = {  # width and depth: Tan and Le 2019, their efficientnet_builder
    "b0": (1.0, 1.0), "b1": (1.0, 1.1), "b2": (1.1, 1.2), "b3": (1.2, 1.4),
    "b4": (1.4, 1.8), "b5": (1.6, 2.2), "b6": (1.8, 2.6), "b7": (2.0, 3.1),
    "l1": (3.9, 3.7)}
MB_CONV = [(1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2),
           (6, 3, 2, 40, 80, 3), (6, 5, 1, 80, 112, 3), (6, 5, 2, 112, 192, 4),
           (6, 3, 1, 192, 320, 1)]


def efficient(name, tensorflow=False):
    """torchvision's network of that name, made from its class where the size is
    another or torchvision has none; tensorflow: with TensorFlow's padding and
    epsilon, and with the names of timm_names."""
    def twin(classes, width=None, depth_factor=None):
        usual = (width, depth_factor) == (None, None)
        if usual and not tensorflow and name != "l1":
            return getattr(efficientnet, f"efficientnet_{name}")(
                num_classes=classes)
        wide, deep = EFFICIENTNET[name]
        config = functools.partial(efficientnet.MBConvConfig,
                                   width_mult=width or wide,
                                   depth_mult=depth_factor or deep)
        eps = tensorflow and name != "l1" or name in ("b5", "b6", "b7")
        norm = functools.partial(nn.BatchNorm2d, eps=1e-3 if eps else 1e-5)
        net = efficientnet.EfficientNet([config(*row) for row in MB_CONV], 0.2,
                                        num_classes=classes, norm_layer=norm)
        for module in net.modules():
            if tensorflow and isinstance(module, nn.Conv2d):
                module.__class__ = SamePadding
        net.names = timm_name if tensorflow else lambda name: name
        return net
    return twin


def timm_name(name):
    """What timm calls the tensor that torchvision calls so."""
    name = re.sub(r"^classifier\.1", "classifier", name)
    name = re.sub(r"^features\.0\.0", "conv_stem", name)
    name = re.sub(r"^features\.0\.1", "bn1", name)
    name = re.sub(r"^features\.8\.0", "conv_head", name)
    name = re.sub(r"^features\.8\.1", "bn2", name)
    found = re.match(r"features\.(\d)\.(\d+)\.block\.(\d)\.(.*)", name)
    if not found:
        return name
    stage, block, layer, rest = found.groups()
    layers = ["conv_dw", "se", "conv_pw"] if stage == "1" else \
        ["conv_pw", "conv_dw", "se", "conv_pwl"]
    layer, norms = layers[int(layer)], [k for k in layers if k != "se"]
    if layer == "se":
        rest = "se." + rest.replace("fc1", "conv_reduce").replace(
            "fc2", "conv_expand")
    elif rest.startswith("0"):
        rest = layer + rest[1:]
    else:
        rest = f"bn{norms.index(layer) + 1}" + rest[1:]
    return f"blocks.{int(stage) - 1}.{block}.{rest}"


# name, twin, side of the golden's images, image and classes it is published
# for, settings that make the golden's network small
CIFAR, IMAGENET = ((32, 32, 3), 10), ((224, 224, 3), 1000)
MNIST = ((28, 28, 1), 10)
FEW, SHALLOW = dict(blocks=(1, 2, 1, 1)), dict(depth=10)
SIDES = dict(b0=224, b1=240, b2=260, b3=300, b4=380, b5=456, b6=528, b7=600,
             l1=600)
NETWORKS = [
    ("resnet20", option_a(3), 32, CIFAR, {}),
    ("resnet32", option_a(5), 32, CIFAR, {}),
    ("resnet44", option_a(7), 32, CIFAR, {}),
    ("resnet56", option_a(9), 32, CIFAR, {}),
    ("resnet110", option_a(18), 32, CIFAR, {}),
    ("resnet18", small((2, 2, 2, 2)), 16, CIFAR, {}),
    ("resnet34", small((3, 4, 6, 3)), 16, CIFAR, FEW),
    ("resnet50_cifar", small((3, 4, 6, 3), True), 16, CIFAR, FEW),
    ("resnet18_imagenet", large("resnet18"), 64, IMAGENET, {}),
    ("resnet34_imagenet", large("resnet34", resnet.BasicBlock), 64, IMAGENET,
     FEW),
    ("resnet50", large("resnet50"), 64, IMAGENET, {}),
    ("resnet101", large("resnet101"), 64, IMAGENET, FEW),
    ("resnet152", large("resnet152"), 64, IMAGENET, FEW),
    ("resnext50_32x4d", large("resnext50_32x4d", groups=32, width=4), 64,
     IMAGENET, FEW),
    ("resnext50_32x8d", resnext((3, 4, 6, 3), 8), 64, IMAGENET, FEW),
    ("resnext101_32x8d", large("resnext101_32x8d", groups=32, width=8), 64,
     IMAGENET, FEW),
    ("resnext152_32x8d", resnext((3, 8, 36, 3), 8), 64, IMAGENET, FEW),
    ("wide_resnet50_2", large("wide_resnet50_2", width=128), 64, IMAGENET, FEW),
    ("wide_resnet101_2", large("wide_resnet101_2", width=128), 64, IMAGENET,
     FEW),
    ("preactresnet18", lambda classes: PreActResNet18(classes, False), 16,
     CIFAR, {}),
    ("preactresnet18_v2", lambda classes: PreActResNet18(classes, True), 16,
     CIFAR, {}),
    ("wrn_28_10", wide(WideResNet, 28, 10), 16, CIFAR, dict(depth=16)),
    ("wrn_34_10", wide(WideResNet, 34, 10), 16, CIFAR, SHALLOW),
    ("wrn_28_10_dm", wide(DeepMindWideResNet, 28, 10), 16, CIFAR,
     dict(depth=16)),
    ("wrn_70_16_dm", wide(DeepMindWideResNet, 70, 16), 16, CIFAR, SHALLOW),
    ("vgg16_bn", vgg16_bn, 48, IMAGENET, dict(width=0.25)),
    ("vgg16_bn_cifar", SmallVgg, 32, CIFAR, {}),
    ("small_cnn", SmallCnn, 28, MNIST, {}),
] + [
    (f"{prefix}efficientnet_{name}", efficient(name, bool(prefix)), 48 + odd,
     ((SIDES[name], SIDES[name], 3), 1000),
     {} if name in ("b0", "b1") else dict(width=0.5) if name == "b2" else
     dict(width=0.4, depth_factor=1.2))
    for prefix, odd in (("", 0), ("tf_", 5)) for name in EFFICIENTNET
]


def with_act(net):
    """Every ReLU, however deep, becomes ACT."""
    for parent in list(net.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU):
                setattr(parent, name, ACT())
    return net


def draw_weights(net, seed):
    for number, (name, t) in enumerate(golden.tensors(net).items()):
        with torch.no_grad():
            t.copy_(torch.tensor(golden.initial(name, tuple(t.shape), seed,
                                                number)))


# -------------------------------------------------------------------- one pass

class PoolMargin:
    """Watches the windows of every MaxPool2d: the least distance between the
    two largest, in units of the margin."""

    def __init__(self, net):
        self.least = np.inf
        for module in net.modules():
            if isinstance(module, nn.MaxPool2d):
                module.register_forward_hook(self.watch)

    def watch(self, module, args, _):
        (x,), k = args, module.kernel_size
        x = F.pad(x.detach(), 4 * [module.padding], value=-np.inf)
        windows = F.unfold(torch.where(x.isinf(), -1e9, x), k,
                           stride=module.stride)
        windows = windows.view(x.shape[0], x.shape[1], k * k, -1)
        top = windows.topk(2, dim=2).values
        apart = (top[:, :, 0] - top[:, :, 1]).min().item()
        scale = args[0].pow(2).mean().sqrt().item()
        self.least = min(self.least, apart / scale / POOL_MARGIN)


def inputs(side, channels, seed):
    """x [n][h][w][c] in [0, 1) and dz [n][classes] in [-1, 1)."""
    shape = (side, side, channels)
    x = [golden.uniform(golden.key(seed, golden.TEST, golden.IMAGES, i),
                        int(np.prod(shape))).reshape(shape)
         for i in range(IMAGES)]
    dz = golden.uniform(golden.key(seed, golden.TEST, DZ, 0), IMAGES * CLASSES)
    dz = np.float32(2) * dz - np.float32(1)
    return np.stack(x), dz.reshape(IMAGES, CLASSES)


def run(make, side, channels, seed, dtype):
    net = with_act(make()).eval()
    draw_weights(net, seed)
    net, margin = net.to(dtype), PoolMargin(net)
    x, dz = inputs(side, channels, seed)
    x = golden.nchw(x, dtype).requires_grad_(True)
    mean = torch.tensor(MEAN[:channels]).to(x).view(1, channels, 1, 1)
    std = torch.tensor(STD[:channels]).to(x).view(1, channels, 1, 1)
    z = net((x - mean) / std)
    (dx,) = torch.autograd.grad((z * torch.tensor(dz).to(z)).sum(), x)
    return z.detach().double().numpy(), golden.nhwc(dx), margin.least


def record(name, twin, side, published, settings):
    channels = published[0][2]
    make = lambda: twin(CLASSES, **settings)
    for seed in itertools.count(1):
        z, dx, margin = run(make, side, channels, seed, torch.float64)
        z32, dx32, _ = run(make, side, channels, seed, torch.float32)
        error = max(np.linalg.norm(z32 - z) / np.linalg.norm(z),
                    np.linalg.norm(dx32 - dx) / np.linalg.norm(dx))
        if margin >= 1 and error <= FLOAT32_ERROR:
            break
    print(f"{name:20} seed {seed:3}  {margin:6.1f} margins  "
          f"float32 PyTorch is off by {error:.1e}", flush=True)
    numbers = np.concatenate([z.ravel(), golden.sketch(dx, 0)]).astype("<f4")
    texts = {k: ",".join(map(str, v)) if isinstance(v, tuple) else str(v)
             for k, v in settings.items()}
    return dict(name=name, side=side, channels=channels, settings=texts,
                seed=seed, torch_float32_error=error), numbers


# ------------------------------------------------------------ what is expected

def expected(name, twin, published):
    (h, w, c), classes = published
    net = twin(classes)
    names = getattr(net, "names", lambda name: name)
    text = "".join(
        f"{names(k)}\t{str(t.dtype)[6:]}\t[{', '.join(map(str, t.shape))}]\n"
        for k, t in net.state_dict().items())
    count = sum(p.numel() for p in net.parameters())
    print(name, count, f"{h}x{w}x{c}", classes,
          hashlib.sha256(text.encode()).hexdigest(), flush=True)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default=os.path.join(here, "../tests/golden"))
    parser.add_argument("--expected", action="store_true",
                        help="print the lines of expected.txt instead")
    parser.add_argument("name", nargs="*", help="only these, and write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)

    nets, blob = [], b""
    for name, twin, side, published, settings in NETWORKS:
        if args.name and name not in args.name:
            continue
        if args.expected:
            expected(name, twin, published)
            continue
        net, numbers = record(name, twin, side, published, settings)
        nets.append(dict(net, offset=len(blob) // 4))
        blob += numbers.tobytes()
    if args.name or args.expected:
        return 0
    with open(os.path.abspath(__file__), "rb") as f:
        script = hashlib.sha256(f.read()).hexdigest()
    doc = dict(script="scripts/make_golden_nets.py", script_sha256=script,
               numbers_sha256=hashlib.sha256(blob).hexdigest(),
               torch=torch.__version__, signs=golden.SIGNS, images=IMAGES,
               classes=CLASSES, mean=MEAN, std=STD, nets=nets)
    with open(os.path.join(args.out, "nets.f32"), "wb") as f:
        f.write(blob)
    with open(os.path.join(args.out, "nets.json"), "w") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
