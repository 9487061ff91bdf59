"""Sixteen-bit pixels of colour in PNG files, which Pillow decodes but has no mode for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFile

DEEP, SWAPPED = "16B", "16L"
"""Read with its bytes in the other order, a sample gives its low byte where Pillow keeps one."""


def planes(open_again: Callable[[], ImageFile.ImageFile]) -> NDArray[np.uint16] | None:
    """A picture's samples in sixteen bits, H×W×{2, 3, 4}; None where it has fewer, or is grey.

    Pillow keeps the high byte of such samples. So the file is decoded twice: as it is, and with
    the bytes of each sample in the other order.

    Args:
        open_again: Opens the file anew, without decoding it.

    Raises:
        OSError: The file is damaged; and what else Pillow's decoders raise.
    """
    image = open_again()
    if image.format != "PNG":
        return None
    layouts = {_layout(tile.args) for tile in image.tile}
    if len(layouts) != 1:
        return None
    (layout,) = layouts
    if layout == "LA;16B":
        # The four bytes of a pixel are what Pillow takes for red, green, blue and alpha.
        data = _decoded(image, "RGBA")
        return _joined(data[..., 0::2], data[..., 1::2])
    mode, _, order = layout.partition(";")
    if mode not in ("RGB", "RGBA") or order != DEEP or image.mode != mode:
        return None
    return _joined(_decoded(image, layout), _decoded(open_again(), f"{mode};{SWAPPED}"))


def _joined(high: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.uint16]:
    samples = high.astype(np.uint16)
    samples *= np.uint16(256)
    samples += low
    return samples


def _layout(arguments: Any) -> str:
    return str(arguments if isinstance(arguments, str) else arguments[0])


def _decoded(image: ImageFile.ImageFile, layout: str) -> NDArray[np.uint8]:
    image.tile = [
        tile._replace(
            args=layout if isinstance(tile.args, str) else (layout, *(tile.args or ())[1:])
        )
        for tile in image.tile
    ]
    image.load()
    return np.asarray(image)
