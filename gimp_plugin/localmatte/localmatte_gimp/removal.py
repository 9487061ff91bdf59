"""Remove Background, from the click to the mask."""

from __future__ import annotations

from typing import List, Optional

from gi.repository import Gimp

from localmatte_bridge import Result
from localmatte_bridge.edge_controls import changed

from . import arguments, engine, last, mask, output, pixels, selection, target
from .words import _

NAME = "localmatte-remove-background"


def run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: None,
) -> bool:
    """Remove the background as GIMP asks for it; False where the user closed the dialog.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    layers = target.layers(drawables)
    if int(run_mode) == int(Gimp.RunMode.INTERACTIVE) and not _ask(procedure, config, layers):
        return False
    _remove(layers, arguments.read(config))
    return True


def again(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: List[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: None,
) -> bool:
    """Remove the background with the last settings.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    chosen = arguments.read(last.settings(NAME, image, drawables))
    _remove(target.layers(drawables), chosen)
    return True


def _remove(layers: List[Gimp.Layer], chosen: arguments.Arguments) -> None:
    sources = [pixels.source(layer) for layer in layers]
    depth = pixels.depth(layers[0].get_image())
    extra = {"colours": True} if output.OUTPUTS[chosen.output].colours else {}
    with selection.limits(layers, chosen.inside_selection) as limits:
        wanted = [
            {
                **source.request(depth),
                "model": chosen.model,
                "refine": chosen.refine,
                "edges": changed(chosen.edges),
                "selection": limit.box if limit else None,
                **extra,
            }
            for source, limit in zip(sources, limits)  # noqa: B905  # strict needs Python 3.10
        ]
        Gimp.progress_init(_("Removing the background"))
        with engine.connect() as client:
            results = engine.mattes(client, wanted)
        target.unchanged(sources)
        cuts = [
            _cut(source, depth, result, limit)
            for source, result, limit in zip(sources, results, limits)  # noqa: B905  # see above
        ]
    output.make(chosen.output, cuts, chosen.existing_mask)
    engine.end(results)


def _cut(
    source: pixels.Source, depth: pixels.Depth, result: Result, limit: Optional[selection.Limit]
) -> output.Cut:
    payload = memoryview(result.payload)
    matte = source.width * source.height * len(depth.white)
    made = mask.made(source.layer, bytes(payload[:matte]), depth.format, limit)
    return output.Cut(source.layer, made, payload[matte:])


def _ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, layers: List[Gimp.Layer]) -> bool:
    # GimpUi needs a display, so it is imported only here.
    from . import dialog

    return dialog.ask(procedure, config, engine.models(), layers)
