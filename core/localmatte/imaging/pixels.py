"""A picture in memory, and the pixel layouts in which editors hand theirs over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box, check_size
from localmatte.system.parallel import each

BACKDROP = 128
"""The grey that a network sees under transparent pixels, whose own colour is arbitrary."""

BRIGHTEST = 2.0
"""The most that a float picture in 0..1 reaches, after filters that overshoot."""

BRIGHTEST_LIGHT = 32.0
"""The most that a float picture reaches whose samples are light, and 1 is white."""

BLEND_ROWS = 32
"""Rows blended at a time; a strip stays in a core's own cache."""

PLANES = ("alpha", "hints", "existing", "before", "selected")
"""What a picture may have beside its colours, a value for each pixel."""

OTHER_SIZE = {
    "hints": (
        "The hints and the image have different sizes.",
        "Use hints of the same size as the image.",
    ),
    "existing": (
        "The mask and the image have different sizes.",
        "Use a mask of the same size as the image.",
    ),
    "before": (
        "The earlier mask and the image have different sizes.",
        "Use a mask of the same size as the image.",
    ),
    "selected": (
        "The selection and the image have different sizes.",
        "Use a selection of the same size as the image.",
    ),
}
"""What to say about a plane of another size than the picture."""


@dataclass(frozen=True)
class Raster:
    """A picture as the engine sees it.

    Attributes:
        rgb: Colours in sRGB, H×W×3 uint8, as they are even where alpha hides them; may be a
            view into pixels of another layout.
        alpha: What the picture's own transparency leaves, H×W uint8, uint16 or float32
            (1.0 for opaque); None where all is opaque.
        hints: What the user knows, H×W uint8: 255 where the subject is, 0 where it is not;
            all other values say nothing. None for no hints.
        existing: A mask that the picture has already, H×W uint8, uint16 or float32; None for
            none.
        selected: How far each pixel is selected, H×W uint8, where an existing mask is refined
            inside a selection that is no rectangle, or is to be as the selection says; None
            otherwise.
        before: What the existing mask was before the user painted on it, H×W uint8, uint16 or
            float32; None where that is not known.

    Raises:
        PictureError: The picture is too small or too large.
        UsageError: The hints or a mask are of another size.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[Any] | None = None
    hints: NDArray[np.uint8] | None = None
    existing: NDArray[Any] | None = None
    selected: NDArray[np.uint8] | None = None
    before: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        check_size(self.width, self.height)
        for name in OTHER_SIZE:
            plane = getattr(self, name)
            if plane is not None and plane.shape != (self.height, self.width):
                raise UsageError(*OTHER_SIZE[name])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[0])

    def crop(self, box: Box) -> Raster:
        """The part inside the box, without copying."""
        index = box.rows_and_columns
        planes = {
            name: None if plane is None else plane[index]
            for name, plane in vars(self).items()
            if name in PLANES
        }
        return replace(self, rgb=self.rgb[index], **planes)

    @cached_property
    def visible(self) -> bool:
        """Whether any pixel is not fully transparent."""
        return self.alpha is None or bool(self.alpha.any())

    def over_backdrop(self) -> NDArray[np.uint8]:
        """The colours as one sees them, over grey: H×W×3 uint8."""
        if self.alpha is None:
            return self.rgb
        own, planes = self.alpha, np.empty((3, self.height, self.width), np.uint8)

        def blend(top: int) -> None:
            strip = slice(top, top + BLEND_ROWS)
            alpha = to_uint8(own[strip]).astype(np.uint16)
            behind = BACKDROP * (255 - alpha) + np.uint16(127)
            for plane, channel in zip(planes, self.rgb.transpose(2, 0, 1), strict=True):
                plane[strip] = (channel[strip] * alpha + behind) // np.uint16(255)

        each(blend, range(0, self.height, BLEND_ROWS))
        return planes.transpose(1, 2, 0)


def unit(values: NDArray[Any]) -> NDArray[np.float32]:
    """Scale samples of any depth to 0..1.

    Args:
        values: uint8, uint16 or floats, of any shape. Floats beyond 0..1 are held inside; NaN
            counts as 0.

    Returns:
        float32 in 0..1, of the same shape.
    """
    if values.dtype.kind == "f":
        return np.asarray(np.clip(np.nan_to_num(values), 0, 1), dtype=np.float32)
    return np.asarray(values * np.float32(1 / np.iinfo(values.dtype).max), dtype=np.float32)


def unit_floats(values: NDArray[np.float32], losses: list[str]) -> NDArray[np.float32]:
    """Floats as 0..1: most pictures are; of those up to 255, most samples are above 1.

    Args:
        values: Of any shape, float32.
        losses: Sentences about what is lost are added to it.

    Returns:
        Of the same shape, float32 in 0..1.
    """
    known = np.nan_to_num(values, nan=0, posinf=0, neginf=0)
    scale = 1.0
    if known.max() > BRIGHTEST_LIGHT and np.count_nonzero(known > 1) > known.size / 2:
        scale = 255.0 if known.max() <= 255 else 65535.0
    if known.min() < 0 or known.max() > scale or not np.isfinite(values).all():
        losses.append("Its values outside black and white were clipped.")
    shown = np.nan_to_num(values, nan=0, posinf=scale, neginf=0)
    return np.asarray(np.clip(shown / np.float32(scale), 0, 1))


BLOCK_VALUES = 1 << 20
"""How many values are converted at a time."""


def quantised(values: NDArray[np.float32], dtype: DTypeLike = np.uint8) -> NDArray[Any]:
    """Floats as samples of another type; integers are rounded to the nearest.

    Args:
        values: float32 in 0..1, of any shape.
        dtype: uint8, uint16, uint32 or a floating-point type.

    Returns:
        Samples of the same shape and of that type; an integer type's largest value for 1.
    """
    wanted = np.dtype(dtype)
    if wanted.kind == "f":
        return np.asarray(values, wanted)
    # In float32, the largest uint32 would be rounded up, and overflow.
    exact = np.float32 if wanted.itemsize <= 2 else np.float64
    rows = np.atleast_1d(values)
    found = np.empty(rows.shape, wanted)
    # A copy of all the floats would be the largest thing in memory.
    step = max(1, BLOCK_VALUES * len(rows) // max(rows.size, 1))
    for top in range(0, len(rows), step):
        scaled = rows[top : top + step] * exact(np.iinfo(wanted).max)
        found[top : top + step] = np.rint(scaled, out=scaled)
    return found.reshape(values.shape)


def to_uint8(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Reduce samples to eight bits, rounded to the nearest.

    Args:
        values: uint8, uint16, or floats in 0..1, of any shape.

    Returns:
        uint8 of the same shape; `values` itself where it is that already.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return np.asarray((values.astype(np.uint32) + 128) // 257, dtype=np.uint8)
    return quantised(unit(values))


@dataclass(frozen=True)
class Layout:
    """How a pixel is stored: its sample type, and the order of its channels."""

    dtype: type[np.generic]
    channels: int
    colour: tuple[int, ...]
    alpha: int | None


def _layouts() -> dict[str, Layout]:
    orders: dict[str, tuple[int, tuple[int, ...], int | None]] = {
        "y": (1, (0,), None),
        "ya": (2, (0,), 1),
        "rgb": (3, (0, 1, 2), None),
        "rgba": (4, (0, 1, 2), 3),
        "bgra": (4, (2, 1, 0), 3),
    }
    samples: dict[str, type[np.generic]] = {"8": np.uint8, "16": np.uint16, "f": np.float32}
    return {
        order + suffix: Layout(dtype, *shape)
        for order, shape in orders.items()
        for suffix, dtype in samples.items()
    }


LAYOUTS = _layouts()


def from_bytes(data: bytes | memoryview, width: int, height: int, layout: str) -> Raster:
    """A picture from raw pixels.

    Args:
        data: width × height pixels, rows from the top, without padding.
        width: In pixels.
        height: In pixels.
        layout: A key of LAYOUTS, e.g. "rgba8".

    Returns:
        The picture; its colours may be a view of `data`.

    Raises:
        UsageError: The layout is unknown, or the data has another length.
        PictureError: The picture is too small or too large.
    """
    check_size(width, height)
    if layout not in LAYOUTS:
        raise UsageError(
            f'There is no pixel layout "{layout}".', f"Use one of {', '.join(LAYOUTS)}."
        )
    how = LAYOUTS[layout]
    expected = width * height * how.channels * np.dtype(how.dtype).itemsize
    if len(data) != expected:
        raise UsageError(
            f"{width} × {height} pixels as {layout} are {expected} bytes, not {len(data)}."
        )
    samples = np.frombuffer(data, how.dtype).reshape(height, width, how.channels)
    return from_samples(samples, how.colour, how.alpha)


def from_array(image: NDArray[Any]) -> Raster:
    """Make a picture of an array.

    Args:
        image: H×W or H×W×{1,2,3,4}: grey, grey and alpha, RGB, or RGBA; uint8, uint16, or floats
            in 0..1.

    Returns:
        The picture; its colours may be a view of `image`.

    Raises:
        UsageError: The shape or the dtype is another, or floats go beyond BRIGHTEST.
        PictureError: The picture is too small or too large.
    """
    samples = image[..., None] if image.ndim == 2 else image
    if samples.ndim != 3 or not 1 <= samples.shape[2] <= 4:
        raise UsageError(
            f"An array of shape {image.shape} is not an image.", "Use H×W or H×W×{1, 2, 3, 4}."
        )
    if samples.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        raise UsageError(
            f"Pixels of type {samples.dtype} are not supported.", "Use uint8, uint16 or float32."
        )
    if samples.dtype.kind == "f" and samples.size and np.nanmax(samples) > BRIGHTEST:
        raise UsageError(
            f"The image's values reach {np.nanmax(samples):g}; float values must be in 0..1.",
            "Divide them by 255, or use uint8.",
        )
    channels = samples.shape[2]
    colour = (0,) if channels < 3 else (0, 1, 2)
    return from_samples(samples, colour, channels - 1 if channels in (2, 4) else None)


def from_samples(samples: NDArray[Any], colour: tuple[int, ...], alpha: int | None) -> Raster:
    """A picture from samples, given which channels are its colour and its alpha.

    Args:
        samples: H×W×C uint8, uint16, or floats in 0..1.
        colour: The channels of red, green and blue, or the one of grey.
        alpha: The channel of alpha; None for an opaque picture.

    Returns:
        The picture; its colours may be a view of `samples`.

    Raises:
        PictureError: The picture is too small or too large.
    """
    check_size(samples.shape[1], samples.shape[0])
    if colour == (0, 1, 2):
        rgb = to_uint8(samples[..., :3])
    else:
        rgb = to_uint8(samples[..., list(colour)])
    if len(colour) == 1:
        rgb = np.broadcast_to(rgb, (*rgb.shape[:2], 3))
    limit = None if alpha is None else _unless_opaque(samples[..., alpha])
    return Raster(rgb, limit)


def _unless_opaque(alpha: NDArray[Any]) -> NDArray[Any] | None:
    opaque = 1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
    return None if bool((alpha >= opaque).all()) else np.ascontiguousarray(alpha)
