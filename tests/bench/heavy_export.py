"""Builds BiRefNet's true architecture with random weights, and exports it as its publisher does.

By hand only: it needs torch, torchvision, deform_conv2d_onnx_exporter, einops, timm, kornia,
huggingface_hub and opencv, and a folder with BiRefNet's code, none of which the project ships.

    python tests/bench/heavy_export.py FOLDER OUT.onnx --backbone swin_v1_t [--size 1024] [--half]
"""

from __future__ import annotations

import argparse
import re
import sys
import types
import warnings
from pathlib import Path
from typing import Any

SEED = 7


def main() -> int:
    """Export what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--backbone", default="swin_v1_t", help="swin_v1_t (lite) or swin_v1_l")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--half", action="store_true", help="halves, with floats in and out")
    options = parser.parse_args()
    export(options.folder, options.out, options.backbone, options.size, half=options.half)
    return 0


def export(folder: Path, out: Path, backbone: str, size: int, *, half: bool = False) -> None:
    """Write the network as the publisher's notebook does: opset 17, fixed size, gathers."""
    import deform_conv2d_onnx_exporter as exporter
    import torch

    warnings.filterwarnings("ignore")
    torch.manual_seed(SEED)
    network = _network(folder, backbone)
    for name, parameter in network.named_parameters():
        # As published they hold zeros until they are trained, which would move no place.
        if "offset_conv" in name or "modulator_conv" in name:
            torch.nn.init.normal_(parameter, std=0.02)
    if exporter.JitScalarType is None:
        # torch moved what the exporter looks for.
        from torch.onnx._internal.torchscript_exporter import _type_utils

        exporter.JitScalarType = _type_utils.JitScalarType
    exporter.get_tensor_dim_size = _side
    exporter.register_deform_conv2d_onnx_op()
    with torch.no_grad():
        torch.onnx.export(
            network.eval(),
            torch.rand(1, 3, size, size),
            str(out),
            opset_version=17,
            input_names=["input_image"],
            output_names=["output_image"],
            dynamo=False,
        )
    if half:
        halve(out)


def halve(path: Path) -> None:
    """Make a file's floats halves, but for its input and output."""
    import onnx
    from onnxconverter_common.float16 import convert_float_to_float16

    model = convert_float_to_float16(onnx.load(str(path)), keep_io_types=True)
    given = {value.name for value in model.graph.output}
    for node in model.graph.node:
        # What the network itself cast to floats has to be halves, too.
        if node.op_type == "Cast" and not given.intersection(node.output):
            for attribute in node.attribute:
                attribute.i = 10 if attribute.i == 1 else attribute.i
    del model.graph.value_info[:]
    onnx.save(model, str(path))


def _side(tensor: Any, axis: int) -> int:
    """A tensor's size along an axis: where its trace lost it, its strides still tell it."""
    kind = tensor.type()
    sizes, strides = kind.sizes(), kind.strides()
    if sizes is not None and sizes[axis] is not None:
        return int(sizes[axis])
    return 1 if axis == 0 else int(strides[axis - 1] // strides[axis])


def _network(folder: Path, backbone: str) -> Any:
    sys.path.insert(0, str(folder))
    config = types.ModuleType("config")
    text = (folder / "config.py").read_text(encoding="utf-8")
    # The backbone and the attention's form stand in the code as indices into lists.
    text = re.sub(r"\]\[\d+\](\s+self\.freeze_bb)", rf"] and {backbone!r}\1", text)
    text = re.sub(r"self\.SDPA_enabled = True", "self.SDPA_enabled = False", text)
    exec(compile(text, "config.py", "exec"), config.__dict__)
    sys.modules["config"] = config
    from models.birefnet import BiRefNet

    return _LastMatte(BiRefNet(bb_pretrained=False))


def _LastMatte(network: Any) -> Any:  # noqa: N802
    import torch

    class LastMatte(torch.nn.Module):  # type: ignore[misc]
        """The last of the mattes, as the published files give it."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, picture: Any) -> Any:
            return self.network(picture)[-1]

    return LastMatte()


if __name__ == "__main__":
    sys.exit(main())
