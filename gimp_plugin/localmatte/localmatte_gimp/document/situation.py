"""What a window that stays open has to know of the document, which may change meanwhile."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import Iterator, List, NamedTuple

from gi.repository import Gimp

from . import selection

SIDE = 256
"""The longer side of the versions that are compared, in pixels; GIMP makes them quickly."""


class Situation(NamedTuple):
    """What some layers of one image are like.

    Attributes:
        there: Whether all of them are, and so their image.
        selected: Whether anything is selected.
        masked: Whether any of them has a mask.
        seen: A hash of what the first one, its mask and the selection look like, and of where they
            lie.
    """

    there: bool
    selected: bool = False
    masked: bool = False
    seen: bytes = b""

    @classmethod
    def of(cls, layers: List[Gimp.Layer]) -> Situation:
        """What they are like now; to be called while failures are unreported."""
        first, image = layers[0], layers[0].get_image()
        if image is None or not all(layer.is_valid() for layer in layers):
            return cls(False)
        seen = hashlib.blake2b()
        for drawable in filter(None, (first, first.get_mask(), image.get_selection())):
            small = drawable.get_thumbnail_data(SIDE, SIDE)[0]
            if small is None:
                return cls(False)
            seen.update(small.get_data())
        size = first.get_width(), first.get_height()
        places = size, first.get_offsets(), Gimp.Selection.bounds(image)
        seen.update(repr([list(place) for place in places]).encode())
        masked = any(layer.get_mask() for layer in layers)
        return cls(image.is_valid(), selection.exists(image), masked, seen.digest())


@contextmanager
def unreported() -> Iterator[None]:
    """Keep GIMP from showing a message for each call that fails while the block runs.

    A layer can go between any two calls, and then a call returns nothing.
    """
    plug_in = Gimp.get_plug_in()
    usual = plug_in.get_pdb_error_handler()
    plug_in.set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
    try:
        yield
    finally:
        plug_in.set_pdb_error_handler(usual)
