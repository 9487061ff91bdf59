"""Runs inside GIMP: the plug-in reads a layer for its dialog, as it does beside a window."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import gimp_kinds  # type: ignore[import-not-found]  # lies beside us
from gi.repository import Gimp

LOOKED_FROM = "localmatte_gimp/document/"
"""Where the code lies between whose lines the image is closed."""

CHOSEN = (5, 5, 20, 10)
"""What is selected: x, y, width and height."""


def closed_on_the_way(plug_in: str, at: str) -> int:
    """Read a layer once for each line that is run, and close the image before that line.

    Args:
        plug_in: Its folder.
        at: A key of the ways to read one.

    Returns:
        How many lines there are.
    """
    read = _ways(plug_in)[at]
    with _unreported():
        for line in itertools.count():
            image, layer = _made()
            # Whatever goes wrong, the dialog says it.
            reached, _error = _interrupted(partial(read, layer), line, image.delete)
            if not reached:
                image.delete()
                return line
    raise AssertionError


def mask_deleted_on_the_way(plug_in: str) -> list[str]:
    """Read a layer's mask once for each line that is run, and delete it before that line.

    Args:
        plug_in: The plug-in's folder.

    Returns:
        The kind of error that each of them ended with.
    """
    sys.path.insert(0, plug_in)
    from localmatte_gimp.document import layers, mask  # type: ignore[import-not-found]

    ended: list[str] = []
    with _unreported():
        for line in itertools.count():
            image, layer = _made()
            read = partial(mask.existing_bytes, layers.Source(layer))
            delete = partial(layer.remove_mask, Gimp.MaskApplyMode.DISCARD)
            reached, error = _interrupted(read, line, delete)
            image.delete()
            if not reached:
                return ended
            ended.append(type(error).__name__)
    raise AssertionError


def selected(plug_in: str, at: str, x: int, y: int) -> str:
    """How far each pixel of a layer of an own image is selected.

    Args:
        plug_in: Its folder.
        at: A key of the ways to read one.
        x: Where the layer lies.
        y: Likewise.

    Returns:
        Row by row, as hexadecimal digits.
    """
    image, layer = _made()
    layer.set_offsets(x, y)
    values = selected_of(plug_in, at, layer.get_id())
    image.delete()
    return values


def selected_of(plug_in: str, at: str, layer: int) -> str:
    """How far each pixel of a layer is selected, as hexadecimal digits.

    Args:
        plug_in: Its folder.
        at: A key of the ways to read one.
        layer: The layer's id.
    """
    return bytes(_ways(plug_in)[at](Gimp.Layer.get_by_id(layer)).selected).hex()


def _ways(plug_in: str) -> dict[str, Callable[[Gimp.Layer], Any]]:
    sys.path.insert(0, plug_in)
    from localmatte_gimp.document import situation, thumbnail, whole

    return {
        "situation": lambda layer: situation.Situation.of([layer]),
        "small": thumbnail.of,
        "whole": lambda layer: list(whole.reading(layer))[-1],
    }


def _unreported() -> Any:
    from localmatte_gimp.document.situation import (  # type: ignore[import-not-found]
        unreported,
    )

    return unreported()


def _made() -> tuple[Gimp.Image, Gimp.Layer]:
    """An image with a selection and a layer with a mask."""
    image, layer = gimp_kinds.make("rgba-image")
    gimp_kinds.select(image, *CHOSEN)
    layer = Gimp.Layer.get_by_id(layer)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    return Gimp.Image.get_by_id(image), layer


def _interrupted(
    read: Callable[[], Any], line: int, change: Callable[[], Any]
) -> tuple[bool, Exception | None]:
    """Read, and change something before a line; returns whether it came, and what went wrong."""
    lines, error = itertools.count(), None

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if LOOKED_FROM not in frame.f_code.co_filename:
            return None
        if event == "line" and next(lines) == line:
            change()
        return trace

    sys.settrace(trace)
    try:
        read()
    except Exception as raised:
        error = raised
    finally:
        sys.settrace(None)
    return next(lines) > line, error
