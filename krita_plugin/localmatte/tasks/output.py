"""What is made of mattes: masks, new layers, or a selection."""

from __future__ import annotations

from typing import Callable, Dict, Generator, List, NamedTuple, Sequence

from ..document import kept, mask, new_layer
from ..document.document import Document
from ..document.layer import Mask
from ..words import N_
from .look import Cut

Steps = Generator[None, None, List[Mask]]
"""Work with pauses for Krita's main loop; it returns the masks that it made."""


class Output(NamedTuple):
    """One of the choices.

    Attributes:
        label: What the user reads.
        make: Makes it of a document and the cuts.
        done: What the user is told then.
        on_the_layer: Whether the layers themselves get something.
        selects: Whether it is a selection, which no existing mask meets.
        colours: Whether it needs clean colours, which are put together in steps.
    """

    label: str
    make: Callable[[Document, Sequence[Cut]], Steps]
    done: str
    on_the_layer: bool = False
    selects: bool = False
    colours: bool = False


def _masks(document: Document, cuts: Sequence[Cut]) -> Steps:
    yield from ()
    return [_kept(document, mask.add(document, cut.layer, cut.shown), cut) for cut in cuts]


def _layers(document: Document, cuts: Sequence[Cut]) -> Steps:
    yield from ()
    return [
        _kept(document, new_layer.with_mask(document, cut.layer, cut.shown), cut) for cut in cuts
    ]


def _clean_layers(document: Document, cuts: Sequence[Cut]) -> Steps:
    made = []
    for cut in cuts:
        steps = new_layer.with_clean_colours(document, cut.layer, cut.shown, cut.found, cut.colours)
        made.append(_kept(document, (yield from steps), cut))
    return made


def _kept(document: Document, made: Mask, cut: Cut) -> Mask:
    kept.keep(document, made, cut.layer, cut.shown, cut.made)
    return made


def _selection(document: Document, cuts: Sequence[Cut]) -> Steps:
    yield from ()
    document.select(*(cut.shown for cut in cuts))
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
        N_("The foreground is on a new layer, with clean colours at its edges."),
        colours=True,
    ),
    "selection": Output(
        N_("Selection"), _selection, N_("The foreground is selected."), selects=True
    ),
}
