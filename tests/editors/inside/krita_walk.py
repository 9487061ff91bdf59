"""A walk of random steps through Krita and the adapter: no layer's pixels may ever change."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from krita import InfoObject, Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run, turns

SEED, COUNT = int(os.environ["LOCALMATTE_SEED"]), int(os.environ["LOCALMATTE_COUNT"])
WIDTH, HEIGHT = 96, 64
SPACES = [("RGBA", "U8"), ("RGBA", "U16"), ("RGBA", "F32"), ("GRAYA", "U8"), ("CMYKA", "U8")]
CHOICES = {
    "existing": ["replace", "intersect", "add"],
    "inside_selection": ["true", "false"],
    "output": ["mask", "mask", "layer", "colours", "selection"],
    "refine": ["true", "false"],
    "edges": ["{}", '{"feather": 3}', '{"contrast": 0.5, "shift": -2, "specks": 10}'],
}
REST_TURNS = 200
"""Turns of the main loop, a second or more, before a document is closed: Krita 5.3 can crash
while it draws the layers' thumbnails then; see also krita_chain.REST_MS."""


class Walk:
    """What the walker knows: the document it is in, and how every painted layer looked first."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        self.known: dict[str, bytes] = {}
        self.masks: set[str] = set()
        self.taken: list[str] = []
        self.steps: list[tuple[int, Callable[[], Steps]]] = [
            (30, self.click),
            (10, self.click_and_go_on),
            (8, self.refine_inside_selection),
            (4, self.select_all_layers),
            (6, self.cancel),
            (20, self.undo),
            (12, self.redo),
            (10, self.add_layer),
            (16, self.go_to_any_node),
            (8, self.select),
            (4, self.select_nothing),
            (12, self.change_a_choice),
            (3, self.kill_the_worker),
            (4, self.delete_a_node),
            (4, self.hide_or_lock),
            (3, self.start_another_document),
        ]

    def go(self) -> Steps:
        yield from self.new_document()
        weights = [weight for weight, _ in self.steps]
        for _ in range(COUNT):
            if not self.document.topLevelNodes():
                # All that was there has been undone.
                yield from self.start_another_document()
            (step,) = self.random.choices([step for _, step in self.steps], weights)
            self.taken.append(step.__name__)
            # Where Krita ends here, its log tells.
            print(f"walk: {len(self.taken)} {step.__name__}", file=sys.stderr, flush=True)
            yield from step()
            yield from turns(4)
            self.check()
            hand.dismiss()
        yield lambda: hand.progress() is None
        self.check()

    def check(self) -> None:
        """Every painted layer holds the pixels that it was made with."""
        self.document.waitForDone()
        for node in nodes(self.document.rootNode()):
            if node.name() == hand.MASK:
                self.masks.add(node.uniqueId().toString())
            if node.type() == "paintlayer":
                pixels = hand.whole(node, self.document)
                first = self.known.setdefault(node.uniqueId().toString(), pixels)
                assert pixels == first, f"{node.name()} has changed"

    def new_document(self) -> Steps:
        self.document = hand.new_document(WIDTH, HEIGHT, *self.random.choice(SPACES))
        self.paint(self.document.topLevelNodes()[0])
        yield hand.chosen(self.document, self.document.topLevelNodes()[0])

    def paint(self, layer: Any) -> None:
        document = self.document
        model, depth = document.colorModel(), document.colorDepth()
        pixels = hand.colours(WIDTH * HEIGHT, model, depth)
        layer.setPixelData(pixels, 0, 0, WIDTH, HEIGHT)
        hand.settle(document)
        self.check()

    def click(self) -> Steps:
        hand.click()
        yield lambda: hand.progress() is None or hand.message()

    def click_and_go_on(self) -> Steps:
        hand.click()
        yield from turns(self.random.randrange(20))

    def refine_inside_selection(self) -> Steps:
        hand.app.action("localmatte_refine_inside_selection").trigger()
        yield lambda: hand.progress() is None or hand.message()

    def select_all_layers(self) -> Steps:
        hand.app.action("select_all_layers").trigger()
        yield None

    def cancel(self) -> Steps:
        if hand.progress():
            hand.press_cancel()
        yield None

    def undo(self) -> Steps:
        hand.undo(self.document)
        yield None

    def redo(self) -> Steps:
        hand.redo(self.document)
        yield None

    def add_layer(self) -> Steps:
        document = self.document
        kind = self.random.choice(["paint", "group", "vector", "fill", "clone"])
        if kind == "paint":
            layer = document.createNode("painted", "paintlayer")
        elif kind == "group":
            layer = document.createGroupLayer("group")
        elif kind == "vector":
            layer = document.createVectorLayer("vector")
        elif kind == "fill":
            layer = document.createFillLayer("fill", "color", InfoObject(), Selection())
        else:
            layer = document.createCloneLayer("clone", document.topLevelNodes()[0])
        document.rootNode().addChildNode(layer, None)
        if kind == "paint":
            self.paint(layer)
        yield None

    def go_to_any_node(self) -> Steps:
        self.document.setActiveNode(self.any_node())
        yield None

    def select(self) -> Steps:
        selection = Selection()
        x, y = self.random.randrange(WIDTH // 2), self.random.randrange(HEIGHT // 2)
        selection.select(x, y, WIDTH // 3, HEIGHT // 3, self.random.choice([255, 128]))
        self.document.setSelection(selection)
        yield None

    def select_nothing(self) -> Steps:
        self.document.setSelection(None)
        yield None

    def change_a_choice(self) -> Steps:
        name = self.random.choice(list(CHOICES))
        choice = self.random.choice(CHOICES[name])
        Krita.instance().writeSetting(hand.SETTINGS, name, choice)
        yield None

    def kill_the_worker(self) -> Steps:
        for worker in hand.workers():
            os.kill(worker, signal.SIGKILL)
        yield None

    def delete_a_node(self) -> Steps:
        if len(self.document.topLevelNodes()) > 1:
            self.any_node().remove()
        yield from turns(REST_TURNS)

    def hide_or_lock(self) -> Steps:
        node = self.any_node()
        if self.random.random() < 0.5:
            node.setVisible(not node.visible())
        else:
            node.setLocked(not node.locked())
        self.document.refreshProjection()
        yield None

    def start_another_document(self) -> Steps:
        yield from turns(REST_TURNS)
        self.document.waitForDone()
        self.document.setModified(False)
        self.document.close()
        yield from turns(REST_TURNS)
        yield from self.new_document()

    def any_node(self) -> Any:
        return self.random.choice(list(nodes(self.document.rootNode())))


def nodes(parent: Any) -> Iterator[Any]:
    """All that lies below a node."""
    for child in parent.childNodes():
        yield child
        yield from nodes(child)


def case_no_step_changes_a_layers_pixels(facts: dict[str, Any]) -> Steps:
    walk = Walk()
    facts["taken"] = walk.taken
    with hand.preferring(**{name: choices[0] for name, choices in CHOICES.items()}):
        yield from walk.go()
    facts["layers"], facts["masks"] = len(walk.known), len(walk.masks)


run(dict(globals()))
