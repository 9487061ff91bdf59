# -*- coding: utf-8 -*-
"""Remove Background, from the click to the mask."""

from __future__ import unicode_literals

import gimp
from gimpfu import pdb

from . import engine, output, pixels, selection
from .layer import Source
from .words import _


def run(image, drawable, model, refine, inside_selection, wanted, existing_mask):
    """Remove the background of what is active, in one undo step.

    Args:
        image: The image.
        drawable: What of it is active.
        model: The id of the model.
        refine: Whether the edges are worked out at the image's full size.
        inside_selection: Whether the selection, where there is one, limits what is shown.
        wanted: A key of output.OUTPUTS.
        existing_mask: A key of output.EXISTING.

    Raises:
        RemovalError: It could not be done; nothing was changed.
    """
    output.check("output", wanted, output.OUTPUTS)
    output.check("existing-mask", existing_mask, output.EXISTING)
    source = Source(drawable)
    box, limit = selection.limit(source) if inside_selection else (None, None)
    header = {
        "kind": "matte",
        "model": model.decode("utf-8"),
        "refine": bool(refine),
        "selection": box,
    }
    header.update(source.request())
    gimp.progress_init(_("Removing the background").encode("utf-8"))
    answer, matte = engine.ask(header, source.strips(), _show)
    source.check_unchanged()
    mask = _made(source, matte, limit, existing_mask if wanted != "selection" else "replace")
    image.undo_group_start()
    try:
        result = output.OUTPUTS[wanted](source, mask)
    finally:
        image.undo_group_end()
    gimp.displays_flush()
    _tell(source, result, answer["meta"]["notice"])


def _made(source, matte, limit, existing):
    """A mask of a matte that no layer has yet: filled before, it comes and goes whole by undo."""
    layer = source.layer
    mask = output.new_mask(layer)
    pixels.fill(mask, matte)
    output.combined(layer, mask, limit, existing)
    return mask


def _show(fraction, stage):
    pdb.gimp_progress_set_text(stage.encode("utf-8"))
    gimp.progress_update(fraction)


def _tell(source, result, notice):
    """Say what the user should know of the result."""
    sentences = [notice] if notice else []
    if result is not None and output.nothing_left(result):
        lost = _("Nothing of “{layer}” is clearly visible in the result.")
        sentences += [lost.format(layer=source.name), _("Use Edit > Undo to restore it.")]
    if sentences:
        gimp.message("\n".join(sentences).encode("utf-8"))
