# Weights to and from PyTorch, where it is installed: torchvision's own class
# loads what satrun saved, and the other way round.
# shellcheck shell=sh source=/dev/null
. "$TESTS/expect.sh"
python=/usr/bin/python3
[ -x "$python" ] || skip "no $python"

code=0
"$python" "$SOURCE/scripts/check_torchvision.py" --satrun "$SATRUN" >out 2>&1 ||
    code=$?
[ "$code" -ne 77 ] || skip "no torchvision"
[ "$code" -eq 0 ]
has out "resnet50 out"
has out "resnet50 in"

# What torch.save may hold: other dtypes, a wrapper, something that is no tensor,
# and something that would have to be executed.
cat >make.py <<'END'
import argparse, torch
weights = {"module.w": torch.tensor([[1.5, -2.0]]).half(),
           "module.b": torch.tensor([0.25]).bfloat16(),
           "module.n": torch.tensor(7), "note": "text"}
torch.save({"epoch": 3, "state_dict": weights}, "wrapped.pth")
torch.save({"args": argparse.Namespace(lr=1), "model": weights}, "args.pth")

class Evil:
    def __reduce__(self):
        return open, ("executed", "w")
for name, zipped in ("evil.pth", True), ("old_evil.pth", False):
    torch.save({"w": torch.zeros(2), "e": Evil()}, name,
               _use_new_zipfile_serialization=zipped)
open("short.pth", "wb").write(open("wrapped.pth", "rb").read()[:500])
END
"$python" make.py
convert() {
    want=$1 && shift
    expect "$want" "$python" "$SOURCE/scripts/pt2safetensors.py" "$@"
}
convert 0 wrapped.pth w.safetensors
has err "taking 'state_dict'"
has err "left out: note"
has out "w.safetensors: 3 tensors, 4 numbers"
expect 0 "$SATRUN" weights inspect w.safetensors
has out "module.w                                 F16   [1, 2]                         -2          1.5"
has out "module.b                                 BF16  [1]                          0.25"
has out "module.n                                 I64   []                              7"
convert 1 args.pth x.safetensors
has err "--unsafe reads it by executing what it contains"
[ ! -e x.safetensors ]
convert 0 args.pth x.safetensors --unsafe
cmp w.safetensors x.safetensors

# Nothing of a file runs that is not asked to, and no damage is a traceback.
for file in evil old_evil; do
    rm -f executed
    convert 1 $file.pth e.safetensors
    [ ! -e executed ]
    convert 0 $file.pth e.safetensors --unsafe
    [ -e executed ]
done
convert 1 short.pth s.safetensors
has err "short.pth is damaged, or not of torch.save"
convert 1 missing.pth s.safetensors
has err "missing.pth: No such file"

# satrun itself refuses such files and says what to do.
expect 5 "$SATRUN" weights inspect wrapped.pth
has err "pt2safetensors.py"
