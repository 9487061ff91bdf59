"""Builds other heavy networks with random weights, and exports them as their publishers do.

By hand only: it needs torch and transformers, for MODNet also a folder with its code. None of
these is shipped by the project.

    python tests/bench/kin_export.py vitmatte|sam2 OUT.onnx [--size 1024]
    python tests/bench/kin_export.py modnet OUT.onnx --size 512 --code FOLDER
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

SEED = 7


def main() -> int:
    """Export what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NETWORKS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--code", type=Path, help="the folder that the network is imported from")
    options = parser.parse_args()
    if options.code:
        # Behind all else: MODNet's folder has one that is called onnx.
        sys.path.append(str(options.code))
    export(options.name, options.out, options.size)
    return 0


def export(name: str, out: Path, size: int) -> None:
    """Write a network in opset 17, of a fixed size."""
    import torch

    warnings.filterwarnings("ignore")
    torch.manual_seed(SEED)
    network, channels = NETWORKS[name]()
    for parameter in network.parameters():
        # Zeros and ones, which an exporter would fold away.
        if parameter.min() == parameter.max():
            torch.nn.init.normal_(parameter, float(parameter.min()), 0.02)
    with torch.no_grad():
        torch.onnx.export(
            network.eval(),
            (torch.rand(1, channels, size, size),),
            str(out),
            opset_version=17,
            input_names=["pixel_values"],
            dynamo=False,
        )


def vitmatte() -> tuple[Any, int]:
    """ViTMatte small: a picture and its trimap in, the matte out."""
    kit = import_module("transformers")
    windowed = [0, 1, 3, 4, 6, 7, 9, 10]
    backbone = kit.VitDetConfig(
        hidden_size=384,
        num_attention_heads=6,
        image_size=512,
        num_channels=4,
        window_size=14,
        window_block_indices=windowed,
        residual_block_indices=[2, 5, 8, 11],
        use_relative_position_embeddings=True,
        out_features=["stage12"],
    )
    config = kit.VitMatteConfig(
        backbone_config=backbone,
        convstream_hidden_sizes=[48, 96, 192],
        fusion_hidden_sizes=[256, 128, 64, 32],
    )
    network = kit.VitMatteForImageMatting(config)
    return _one_result(network, lambda found: found.alphas), 4


def sam2() -> tuple[Any, int]:
    """SAM 2.1 tiny's image encoder: a picture in, three levels of features out."""
    kit = import_module("transformers")
    network = kit.Sam2VisionModel(kit.Sam2VisionConfig())
    return _one_result(network, lambda found: tuple(found.fpn_hidden_states)), 3


def modnet() -> tuple[Any, int]:
    """MODNet, from the folder of its code."""
    network = import_module("src.models.modnet").MODNet(backbone_pretrained=False)
    return _one_result(network, lambda found: found[-1], True), 3


NETWORKS: dict[str, Callable[[], tuple[Any, int]]] = {
    "vitmatte": vitmatte,
    "sam2": sam2,
    "modnet": modnet,
}
"""Each gives the network, and how many channels it reads."""


def _one_result(network: Any, part: Callable[[Any], Any], *given: Any) -> Any:
    """A network of which one part of the result is wanted; what is given follows the picture."""
    import torch

    class Part(torch.nn.Module):  # type: ignore[misc]
        """Both together, as one module."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, picture: Any) -> Any:
            return part(self.network(picture, *given))

    return Part()


if __name__ == "__main__":
    sys.exit(main())
