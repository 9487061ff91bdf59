"""Remove Background, from the click to the mask."""

from __future__ import annotations

from typing import List

from gi.repository import Gimp, GLib

from localmatte_bridge import BridgeError

from . import engine, mask, pixels, target
from .models import Model


def run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> Gimp.ValueArray:
    """Run the procedure as GIMP asks for it; an error comes back as its message and hint."""
    try:
        done = _remove_background(procedure, run_mode, drawables, config)
    except BridgeError as error:
        text = "\n".join(filter(None, (error.message, error.hint)))
        failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)
    status = Gimp.PDBStatusType.SUCCESS if done else Gimp.PDBStatusType.CANCEL
    return procedure.new_return_values(status, None)


def _remove_background(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> bool:
    """Returns whether it was done; False when the user closed the dialog."""
    layers = target.layers(drawables)
    if int(run_mode) == int(Gimp.RunMode.INTERACTIVE) and not _ask(procedure, config, layers):
        return False
    existing = config.get_property("existing-mask")
    mask.check_choice(existing)
    sources = [pixels.source(layer) for layer in layers]
    depth = pixels.depth(layers[0].get_image())
    Gimp.progress_init("Removing the background")
    with engine.connect() as client:
        results = engine.mattes(
            client, sources, depth, config.get_property("model"), config.get_property("refine")
        )
    for source in sources:
        target.unchanged(source.layer, source.width, source.height)
    found = [bytes(result.payload) for result in results]
    mask.attach(layers, found, depth.format, existing)
    Gimp.progress_end()
    for notice in sorted({result.header["meta"]["notice"] for result in results} - {""}):
        Gimp.message(notice)
    return True


def _ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, layers: List[Gimp.Layer]) -> bool:
    # GimpUi needs a display, so it is imported only here. The connection is not kept open
    # meanwhile: the user may take longer than the engine waits.
    from . import dialog

    with engine.connect() as client:
        models = [Model.from_row(row) for row in client.ask("models").header["models"]]
    masked = any(layer.get_mask() for layer in layers)
    return dialog.ask(procedure, config, models, masked)
