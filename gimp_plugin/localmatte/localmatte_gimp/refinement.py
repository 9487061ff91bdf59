"""Refine Inside Selection: a closer look at a part of a layer, put into the mask it has."""

from __future__ import annotations

import itertools
from typing import Iterator, List

from gi.repository import Gimp

from localmatte_bridge import BridgeError

from . import engine, last, mask, output, pixels, removal, selection, target
from .words import _

SELECTED = "Y u8"
"""How the selection travels: a byte for each pixel."""


def run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: None,
) -> bool:
    """Look closer at what is selected, with the model of the dialog or of the script.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    layers = target.layers(drawables)
    if not selection.exists(image):
        raise BridgeError(
            "selection",
            _("Nothing is selected."),
            _("Select the part of the layer that is to be looked at again."),
        )
    if int(run_mode) != int(Gimp.RunMode.NONINTERACTIVE):
        config = last.settings(removal.NAME, image, drawables)
    model = config.get_property("model")
    sources = [pixels.source(layer) for layer in layers]
    depth = pixels.depth(image)
    with selection.limits(layers, True) as limits:
        wanted = [
            {
                **source.request(depth),
                "existing": _existing(source, depth),
                "selected": pixels.strips(limit.mask, SELECTED),
                "selection": limit.box,
                "model": model,
            }
            for source, limit in zip(sources, limits)  # noqa: B905  # strict needs Python 3.10
            if limit
        ]
        Gimp.progress_init(_("Refining inside the selection"))
        with engine.connect() as client:
            results = engine.mattes(client, wanted)
        target.unchanged(sources)
    cuts = [
        output.Cut(layer, mask.made(layer, bytes(result.payload), depth.format, None))
        for layer, result in zip(layers, results)  # noqa: B905  # strict needs Python 3.10
    ]
    output.make("mask", cuts, "replace")
    engine.end(results)
    return True


def _existing(source: pixels.Source, depth: pixels.Depth) -> Iterator[bytes]:
    """The mask that a layer has, or one that shows all of it."""
    existing = source.layer.get_mask()
    if existing:
        return pixels.strips(existing, depth.format)
    return itertools.repeat(depth.white * source.width, source.height)
