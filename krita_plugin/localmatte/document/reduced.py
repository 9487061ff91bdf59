"""A layer, and planes over it, made small for a preview."""

from __future__ import annotations

from math import ceil
from typing import Any

from ..qt import QtCore, QtGui
from .layer import Layer
from .plane import Plane, Rect

SAMPLES = 2
"""So many times larger Krita reduces a layer, since it only picks pixels; Qt does the rest."""

FREELY = QtCore.Qt.AspectRatioMode.IgnoreAspectRatio
SMOOTH = QtCore.Qt.TransformationMode.SmoothTransformation


def picture(layer: Layer, region: Rect, side: int) -> Any:
    """What is seen of a region of a layer.

    Args:
        layer: The layer.
        region: A part of its bounds.
        side: The longer side at most, in pixels.

    Returns:
        A QImage of four bytes a pixel, BGRA in sRGB.
    """
    bounds = layer.bounds
    scale = min(1.0, side / max(region.width, region.height))
    size = _scaled(region, scale)
    picked = _scaled(bounds, min(1.0, scale * SAMPLES))
    image = layer.thumbnail(picked.width(), picked.height())
    if region != bounds:
        across, down = picked.width() / bounds.width, picked.height() / bounds.height
        image = image.copy(
            round((region.x - bounds.x) * across),
            round((region.y - bounds.y) * down),
            max(1, round(region.width * across)),
            max(1, round(region.height * down)),
        )
    image = image.scaled(size, FREELY, SMOOTH)
    return image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)


def plane(whole: Plane, region: Rect, scale: float) -> Plane:
    """A plane over a part of a region, as it lies in the region's small picture.

    Args:
        whole: The plane.
        region: What the small picture shows.
        scale: The small picture's, as a share.

    Returns:
        The small plane, whose place is counted from the picture's corner.
    """
    x, y, width, height = whole.rect
    left, top = int((x - region.x) * scale), int((y - region.y) * scale)
    right, bottom = ceil((x + width - region.x) * scale), ceil((y + height - region.y) * scale)
    rect = Rect(left, top, right - left, bottom - top)
    held = bytes(whole.pixels)
    image = QtGui.QImage(held, width, height, width, QtGui.QImage.Format.Format_Grayscale8)
    image = image.scaled(rect.width, rect.height, FREELY, SMOOTH)
    image = image.convertToFormat(QtGui.QImage.Format.Format_Grayscale8)
    rows = (image.constScanLine(row).asstring(rect.width) for row in range(rect.height))
    return Plane(rect, b"".join(rows))


def pixels(image: Any) -> bytes:
    """The bytes of a QImage of four bytes a pixel.

    Args:
        image: The QImage.
    """
    held = image.constBits()
    held.setsize(image.width() * image.height() * 4)
    return bytes(held)


def _scaled(rect: Rect, scale: float) -> Any:
    width, height = (max(1, round(side * scale)) for side in (rect.width, rect.height))
    return QtCore.QSize(width, height)
