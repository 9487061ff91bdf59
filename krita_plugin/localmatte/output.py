"""What is made of mattes: masks, new layers, or a selection."""

from __future__ import annotations

from typing import Any, Callable, Dict, Generator, List, NamedTuple, Sequence

from . import mask, new_layer
from .plane import Plane, selection
from .words import N_

Steps = Generator[None, None, List[Any]]
"""Work with pauses for Krita's main loop; it returns the masks that it made."""


class Cut(NamedTuple):
    """A layer and what was found on it.

    Attributes:
        node: The layer.
        shown: Opaque where the layer is to be seen.
        found: The matte that this was made of, as the engine found it.
        colours: Clean colours over the same place where they were asked for, BGRA in sRGB.
    """

    node: Any
    shown: Plane
    found: Plane
    colours: bytes = b""


class Output(NamedTuple):
    """One of the choices.

    Attributes:
        label: What the user reads.
        make: Makes it of a document, the cuts, and what becomes of earlier masks.
        done: What the user is told then.
        on_the_layer: Whether the layers themselves get something.
        colours: Whether it needs clean colours, which are put together in steps.
    """

    label: str
    make: Callable[[Any, Sequence[Cut], str], Steps]
    done: str
    on_the_layer: bool = False
    colours: bool = False


def _masks(document: Any, cuts: Sequence[Cut], existing: str) -> Steps:
    yield from ()
    return [mask.add(document, cut.node, cut.shown, existing) for cut in cuts]


def _layers(document: Any, cuts: Sequence[Cut], existing: str) -> Steps:
    yield from ()
    return [new_layer.with_mask(document, cut.node, cut.shown, existing) for cut in cuts]


def _clean_layers(document: Any, cuts: Sequence[Cut], existing: str) -> Steps:
    made = []
    for cut in cuts:
        steps = new_layer.with_clean_colours(
            document, cut.node, cut.shown, existing, cut.found, cut.colours
        )
        made.append((yield from steps))
    return made


def _selection(document: Any, cuts: Sequence[Cut], existing: str) -> Steps:
    yield from ()
    first, *others = (selection(cut.shown) for cut in cuts)
    for other in others:
        first.add(other)
    document.setSelection(first)
    return []


OUTPUTS: Dict[str, Output] = {
    "mask": Output(
        N_("Transparency mask"),
        _masks,
        N_("The background is hidden by a mask."),
        on_the_layer=True,
    ),
    "layer": Output(
        N_("New layer with mask"),
        _layers,
        N_("The background is hidden by a mask on a new layer."),
    ),
    "colours": Output(
        N_("New layer with clean colours"),
        _clean_layers,
        N_("The foreground is on a new layer, without the background's colours at its edges."),
        colours=True,
    ),
    "selection": Output(N_("Selection"), _selection, N_("The foreground is selected.")),
}
