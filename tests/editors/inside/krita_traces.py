"""Clicks again and again: the documents that nobody sees leave no trace, not even in memory."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, each, run

app = Krita.instance()
WIDTH, HEIGHT = 640, 512
COUNT = 20
HELD: list[Any] = []
"""A layer for good: Krita says at its end what it still holds, but only where that is anything."""

ASKED = ("Errand", "Job", "Layer", "Mask", "Removal", "WholeLayer")
"""The plug-in's classes of which nothing is held when a removal is over."""


def deep(document: Any) -> tuple[Any, str]:
    """A layer whose colours have to be converted."""
    return hand.children(document.rootNode())[0], "mask"


def masked(document: Any) -> tuple[Any, str]:
    """A layer whose effects are looked at in a copy."""
    (layer,) = hand.children(document.rootNode())
    mask = document.createFilterMask("inverted", app.filter("invert"), layer)
    layer.addChildNode(mask, None)
    return layer, "mask"


def copied(document: Any) -> tuple[Any, str]:
    """A layer of which a new one is made."""
    return hand.children(document.rootNode())[0], "layer"


KINDS: dict[str, Callable[[Any], tuple[Any, str]]] = {
    "converted": deep,
    "with effects": masked,
    "new layer": copied,
}


def case_clicks_leave_no_document_and_no_view_behind(facts: dict[str, Any]) -> Steps:
    # Python would look for cycles in whatever thread, and so let go of Krita's handles there.
    gc.disable()
    yield from each(KINDS, again_and_again, facts)
    # What a removal leaves refers to itself, and waits for Python's own time.
    gc.collect()


def again_and_again(make: Callable[[Any], tuple[Any, str]]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT, "RGBA", "U16", "")
    layer, output = make(document)
    hand.settle(document)
    yield hand.chosen(document, layer)
    before, at_first, seen = hand.state(document), marks(document), traces()
    HELD[:] = [layer]
    for _ in range(COUNT):
        yield hand.chosen(document, layer)
        with hand.preferring(output=output):
            hand.click()
            assert held()
            yield lambda: hand.progress() is None and (marks(document) != at_first)
            document.waitForDone()
        hand.undo(document)
        yield lambda: marks(document) == at_first
        document.waitForDone()
        assert hand.state(document) == before
    assert traces() == seen
    yield lambda: not held()


def held() -> list[Any]:
    """What is left of removals and of whoever asked for them."""
    kinds = [type(found) for found in gc.get_objects()]
    ours = [kind for kind in kinds if kind.__module__.startswith("localmatte.")]
    return [kind for kind in ours if kind.__name__ in ASKED]


def marks(document: Any) -> list[str]:
    """The names of all layers and their masks, for a look that costs Krita nothing."""
    layers = hand.children(document.rootNode())
    return [node.name() for layer in layers for node in (layer, *hand.children(layer))]


def traces() -> list[Any]:
    """What Krita knows of documents: those that are open, in windows, and opened before."""
    windows = [len(window.views()) for window in app.windows()]
    return [len(app.documents()), len(app.views()), windows, app.recentDocuments()]


run(dict(globals()))
