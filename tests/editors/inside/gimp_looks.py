"""Runs inside GIMP: the plug-in reads a layer for its dialog, as it does beside a window."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import gimp_commands  # type: ignore[import-not-found]  # lies beside us
import gimp_kinds  # type: ignore[import-not-found]  # lies beside us
from gi.repository import Gimp

LOOKED_FROM = ("localmatte_gimp/document/", "localmatte_gimp/commands/")
"""Where the code lies between whose lines the image is closed."""

Places = set[tuple[str, ...]]
"""Lines with their callers."""

DEPTH = 4
"""How many callers up a line counts as another one."""

CHOSEN = (5, 5, 20, 10)
"""What is selected: x, y, width and height."""


def closed_on_the_way(plug_in: str, ways: list[str]) -> dict[str, int]:
    """Read a layer once for each line that is run, and close the image before that line.

    A line that is run for several callers counts for each of them, and once for all ways.

    Args:
        plug_in: Its folder.
        ways: Keys of the ways to read one, and names of commands that are run on it.

    Returns:
        How many lines there are, by what was said; the empty text counts those after which there
        was nothing wrong.
    """
    images = len(Gimp.get_images())
    image, layer = _made()
    gimp_commands.remove_background(layer.get_id())
    gimp_kinds.repaint_mask(layer.get_id())
    seen: Places = set()
    said: dict[str, int] = {}
    for way in ways:
        read = _ways(plug_in).get(way) or _command(plug_in, way)
        with _unreported():
            while True:
                copy = image.duplicate()
                reached, error = _interrupted(partial(read, *copy.get_layers()), seen, copy.delete)
                if not reached:
                    break
                text = str(error or "")
                said[text] = said.get(text, 0) + 1
        copy.delete()
        assert error is None, error
    image.delete()
    assert len(Gimp.get_images()) == images, "a hidden image was left"
    return said


def mask_deleted_on_the_way(plug_in: str) -> list[str]:
    """Read a layer's mask once for each line that is run, and delete it before that line.

    Args:
        plug_in: The plug-in's folder.

    Returns:
        The kind of error that each of them ended with.
    """
    sys.path.insert(0, plug_in)
    from localmatte_gimp.document import layers, mask  # type: ignore[import-not-found]

    seen: Places = set()
    ended: list[str] = []
    with _unreported():
        while True:
            image, layer = _made()
            read = partial(mask.existing_bytes, layers.Source(layer))
            delete = partial(layer.remove_mask, Gimp.MaskApplyMode.DISCARD)
            reached, error = _interrupted(read, seen, delete)
            image.delete()
            if not reached:
                return ended
            ended.append(type(error).__name__)


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
        "small-again": thumbnail.with_origin,
        "whole-again": lambda layer: list(whole.reading(layer, with_origin=True))[-1],
    }


def _command(plug_in: str, name: str) -> Callable[[Gimp.Layer], Any]:
    """What runs a command of the plug-in in this process."""
    sys.path.insert(0, plug_in)
    from localmatte_gimp import commands  # type: ignore[import-not-found]

    procedure = Gimp.get_pdb().lookup_procedure(name)

    def run(layer: Gimp.Layer) -> None:
        config = procedure.create_config()
        mode, image = Gimp.RunMode.NONINTERACTIVE, layer.get_image()
        answer = commands.run(procedure, mode, image, [layer], config, None)
        if answer.index(0) != Gimp.PDBStatusType.SUCCESS:
            raise RuntimeError(answer.index(1))

    return run


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
    read: Callable[[], Any], seen: Places, change: Callable[[], Any]
) -> tuple[bool, Exception | None]:
    """Read, and change something before the first line that is not among those seen.

    Returns:
        Whether there was such a line, which is seen then, and what went wrong.
    """
    before, error = len(seen), None

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if not any(folder in frame.f_code.co_filename for folder in LOOKED_FROM):
            return None
        callers = _callers(frame)
        if event == "line" and len(seen) == before and callers not in seen:
            seen.add(callers)
            change()
        return trace

    sys.settrace(trace)
    try:
        read()
    except Exception as raised:  # whatever it is, the dialog says it
        error = raised
    finally:
        sys.settrace(None)
    return len(seen) > before, error


def _callers(frame: FrameType | None) -> tuple[str, ...]:
    """The lines that are run at the moment, from the inside, as far as they tell calls apart."""
    lines: list[str] = []
    while frame and len(lines) < DEPTH:
        lines.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        frame = frame.f_back
    return tuple(lines)
