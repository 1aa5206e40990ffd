#!/usr/bin/python3
"""Weights as torch.save wrote them (.pt, .pth) to a safetensors file.

    python3 scripts/pt2safetensors.py model.pth model.safetensors [--key NAME]

Needs PyTorch and nothing else; run it wherever that is.  Names and shapes stay
as they are: satrun strips what wrappers put before them when it loads.  Of a
checkpoint that holds more than weights the state_dict is taken: the entry
--key names, or the first of `state_dict`, `model_state_dict`,
`state_dict_ema`, `model`, `net` there is; entries that are no tensors are left
out and told.

A .pth file is a program that builds objects when it is read.  This script lets
PyTorch read it with weights_only, which builds nothing but tensors and plain
containers.  (Versions before 2.6 have a flaw there, CVE-2025-32434: a file made
to attack may still run code; those before 2.0 refuse a checkpoint with a plain
number beside its weights.)  What does not load so is refused, unless --unsafe is
given: then whatever the file says is executed, so use that only for a file
whose author you trust as you trust a program of theirs.
"""
import argparse
import inspect
import json
import os
import pickle
import struct
import sys

import torch

WRAPPERS = ("state_dict", "model_state_dict", "state_dict_ema", "model", "net")
# In the order safetensors sorts by: falling alignment.
DTYPES = {torch.int64: "I64", torch.float64: "F64", torch.float32: "F32",
          torch.int32: "I32", torch.bfloat16: "BF16", torch.float16: "F16",
          torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8",
          torch.bool: "BOOL"}


def load(path, weights_only):
    known = inspect.signature(torch.load).parameters
    if "weights_only" in known:
        return torch.load(path, map_location="cpu", weights_only=weights_only)
    if weights_only:
        sys.exit("pt2safetensors: this PyTorch is too old to read weights "
                 "only; 1.13 is the first that does")
    return torch.load(path, map_location="cpu")


def read(path, unsafe):
    if unsafe:
        print(f"pt2safetensors: executing what {path} contains (--unsafe)",
              file=sys.stderr)
        return load(path, weights_only=False)
    try:
        return load(path, weights_only=True)
    except OSError as error:
        sys.exit(f"pt2safetensors: {path}: {error.strerror or error}")
    except pickle.UnpicklingError as error:
        sys.exit(f"pt2safetensors: {path}: {error}\n"
                 "pt2safetensors: the file holds more than weights, or what this "
                 "PyTorch takes for more; --unsafe reads it by executing what it "
                 "contains, a newer PyTorch may not have to")
    except Exception as error:  # of a damaged file anything may come
        sys.exit(f"pt2safetensors: {path} is damaged, or not of torch.save: "
                 f"{type(error).__name__}: {error}")


def state_dict(found, key):
    """The dict of tensors in what a file held."""
    if hasattr(found, "state_dict"):  # a whole module, with --unsafe
        found = found.state_dict()
    if not isinstance(found, dict):
        sys.exit(f"pt2safetensors: the file holds one {type(found).__name__}, "
                 "expected a dict of tensors")
    if key:
        if key not in found:
            sys.exit(f"pt2safetensors: no '{key}' in the file; there are: "
                     + ", ".join(map(str, found)))
        return state_dict(found[key], None)
    if any(isinstance(v, torch.Tensor) for v in found.values()):
        return found
    for name in WRAPPERS:
        if name in found:
            print(f"pt2safetensors: taking '{name}'", file=sys.stderr)
            return state_dict(found[name], None)
    sys.exit("pt2safetensors: no tensors in the file; it has: "
             + (", ".join(map(str, found)) or "nothing"))


def tensors(found):
    """Name to tensor, dense and on the CPU, in the order of the file."""
    kept = {}
    for name, value in found.items():
        if not isinstance(value, torch.Tensor) or value.dtype not in DTYPES:
            print(f"pt2safetensors: left out: {name}", file=sys.stderr)
            continue
        kept[str(name)] = value.detach().cpu().contiguous()
    order = list(DTYPES)
    return dict(sorted(kept.items(),
                       key=lambda kv: (order.index(kv[1].dtype), kv[0])))


def raw(tensor):
    """The numbers, little-endian; numpy has no bfloat16."""
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def write(path, named):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, t in named.items():
        size = t.numel() * t.element_size()
        header[name] = dict(dtype=DTYPES[t.dtype], shape=list(t.shape),
                            data_offsets=[at, at + size])
        at += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    text = text.encode()
    text += b" " * (-len(text) % 8)
    beside = path + ".part"
    with open(beside, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in named.values():
            f.write(raw(t))
    os.replace(beside, path)


def convert(source, target, key=None, unsafe=False):
    named = tensors(state_dict(read(source, unsafe), key))
    write(target, named)
    return named


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", help=".pt or .pth file")
    parser.add_argument("target", help="safetensors file to write")
    parser.add_argument("--key", help="entry of the file that has the weights")
    parser.add_argument("--unsafe", action="store_true",
                        help="execute what the file contains")
    args = parser.parse_args()
    if sys.byteorder != "little":
        sys.exit("pt2safetensors: only for little-endian machines")
    named = convert(args.source, args.target, args.key, args.unsafe)
    count = sum(t.numel() for t in named.values())
    print(f"{args.target}: {len(named)} tensors, {count} numbers")


if __name__ == "__main__":
    main()
