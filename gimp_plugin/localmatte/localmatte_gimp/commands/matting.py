"""From layers to what is made of their mattes: the way that removal and refinement share."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from gi.repository import Gimp

from localmatte_bridge import Result

from .. import engine
from ..document import layers, mask, output, selection
from ..document.layers import Source

Options = Callable[[Source, Optional[selection.Limit]], Dict[str, Any]]


def run(
    chosen: List[Gimp.Layer],
    title: str,
    options: Options,
    inside_selection: bool,
    hide_outside: bool,
    made: str = "mask",
    existing_mask: str = "replace",
) -> None:
    """Have layers' mattes found, and make masks or something else of them, in one undo step.

    Args:
        chosen: Layers of one image.
        title: What GIMP's progress bar says.
        options: What is asked of the engine for a layer, given what of it is selected.
        inside_selection: Whether the selection, where there is one, limits where it looks.
        hide_outside: Whether the masks hide what lies outside of that.
        made: A key of output.OUTPUTS.
        existing_mask: What becomes of a mask that a layer has, a key of mask.EXISTING.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    sources = [Source.of(layer) for layer in chosen]
    with selection.limits(chosen, inside_selection) as limits:
        pairs = list(zip(sources, limits))  # noqa: B905  # strict needs Python 3.10
        wanted = [{**source.request(), **options(source, limit)} for source, limit in pairs]
        Gimp.progress_init(title)
        with engine.connect() as client:
            results = engine.mattes(client, wanted)
        layers.check_unchanged(sources)
        cuts = [
            _cut(source, result, limit if hide_outside else None)
            for (source, limit), result in zip(pairs, results)  # noqa: B905  # see above
        ]
    output.make(made, cuts, existing_mask)
    engine.end(results)


def _cut(source: Source, result: Result, limit: Optional[selection.Limit]) -> output.Cut:
    payload = memoryview(result.payload)
    matte = source.width * source.height * len(source.depth.white)
    made = mask.made(source.layer, bytes(payload[:matte]), source.depth.format, limit)
    return output.Cut(source.layer, made, payload[matte:])
