"""A walk of random steps through Krita and the adapter: no layer's pixels may ever change, but by
what the walker itself does to them."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
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
LAYERS = ["paint", "paint", "group", "vector", "fill", "clone", "filter"]
MASKS = ["filter", "transform", "transparency", "selection", "colourise"]
PARTS = [
    "localmatte_refine_inside_selection",
    "localmatte_finish_painted_edges",
    "localmatte_keep_selected",
    "localmatte_remove_selected",
]
"""The actions that fit part of a mask to the image."""

REST_TURNS = 200
"""Turns of the main loop, a second or more, before a document is closed: Krita 5.3 can crash
while it draws the layers' thumbnails then; see also krita_chain.REST_MS."""


class Walk:
    """What the walker knows: the document it is in, and how every painted layer may look."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        self.known: dict[str, set[bytes]] = defaultdict(set)
        self.masks: set[str] = set()
        self.taken: list[str] = []
        self.steps: list[tuple[int, Callable[[], Steps]]] = [
            (30, self.click),
            (10, self.click_and_go_on),
            (14, self.change_the_mask),
            (6, self.set_edges_again),
            (4, self.select_all_layers),
            (6, self.cancel),
            (20, self.undo),
            (12, self.redo),
            (10, self.add_layer),
            (6, self.add_mask),
            (6, self.change_meanwhile),
            (3, self.open_a_second_view),
            (2, self.show_or_hide_the_selection_as_a_mask),
            (3, self.save),
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
            if not self.layers():
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
        """Every painted layer holds pixels that it was made with or that the walker gave it."""
        self.document.waitForDone()
        for node in nodes(self.document.rootNode()):
            if node.name() == hand.MASK:
                self.masks.add(node.uniqueId().toString())
            if node.type() == "paintlayer":
                known = self.known[node.uniqueId().toString()]
                pixels = hand.whole(node, self.document)
                assert not known or pixels in known, f"{node.name()} has changed"
                known.add(pixels)

    def learn(self) -> None:
        """Let every painted layer look as it does now, too."""
        self.document.waitForDone()
        for node in nodes(self.document.rootNode()):
            if node.type() == "paintlayer":
                self.known[node.uniqueId().toString()].add(hand.whole(node, self.document))

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

    def change_the_mask(self) -> Steps:
        """Fit part of a mask to the image, by any of the commands that do so."""
        hand.app.action(self.random.choice(PARTS)).trigger()
        yield lambda: hand.progress() is None or hand.message()

    def set_edges_again(self) -> Steps:
        """Set a mask's edges again, where it has any that are known."""
        hand.app.action("localmatte_edges_again").trigger()
        if hand.edges_window():
            yield from turns(self.random.randrange(20))
            hand.press_ok()
            if hand.edges_window():
                # What is under way was shown instead, or why it cannot be done.
                hand.edges_window().reject()
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
        kind = self.random.choice(LAYERS)
        if kind == "paint":
            layer = document.createNode("painted", "paintlayer")
        elif kind == "group":
            layer = document.createGroupLayer("group")
            layer.setPassThroughMode(self.random.random() < 0.3)
        elif kind == "vector":
            layer = document.createVectorLayer("vector")
        elif kind == "fill":
            layer = document.createFillLayer("fill", "color", InfoObject(), Selection())
        elif kind == "filter":
            layer = document.createFilterLayer("filter", hand.app.filter("invert"), Selection())
        else:
            layer = document.createCloneLayer("clone", document.topLevelNodes()[0])
        groups = [node for node in nodes(document.rootNode()) if node.type() == "grouplayer"]
        parent = self.random.choice([document.rootNode(), *groups])
        parent.addChildNode(layer, None)
        if kind == "paint":
            self.paint(layer)
        yield None

    def add_mask(self) -> Steps:
        document = self.document
        layer = self.random.choice(self.layers())
        kind = self.random.choice(MASKS)
        if kind == "filter":
            filter_ = hand.app.filter(self.random.choice(["invert", "blur"]))
            mask = document.createFilterMask("effect", filter_, layer)
        elif kind == "transform":
            mask = document.createTransformMask("transformed")
        elif kind == "colourise":
            mask = document.createColorizeMask("colourised")
        elif kind == "selection":
            mask = document.createSelectionMask("selected")
            mask.setSelection(self.part())
        else:
            mask = document.createTransparencyMask(self.random.choice([hand.MASK, "mine"]))
            mask.setPixelData(b"\xc8" * (WIDTH * HEIGHT), 0, 0, WIDTH, HEIGHT)
        layer.addChildNode(mask, None)
        mask.setLocked(self.random.random() < 0.2)
        yield None

    def change_meanwhile(self) -> Steps:
        """Flip a layer, or paint on one, while the engine works, perhaps on that one."""
        hand.click()
        if self.random.random() < 0.5:
            hand.app.action("mirrorNodeX").trigger()
        else:
            painted = [n for n in nodes(self.document.rootNode()) if n.type() == "paintlayer"]
            if painted:
                dot = hand.pixels(4, self.document.colorModel(), self.document.colorDepth())
                place = self.random.randrange(WIDTH // 2), self.random.randrange(HEIGHT // 2)
                self.random.choice(painted).setPixelData(dot, *place, 2, 2)
        self.learn()
        yield lambda: hand.progress() is None or hand.message()

    def open_a_second_view(self) -> Steps:
        document = self.document
        if len([view for view in hand.app.views() if view.document() == document]) == 1:
            hand.app.activeWindow().addView(document)
        yield from turns(20)

    def show_or_hide_the_selection_as_a_mask(self) -> Steps:
        hand.app.action("show-global-selection-mask").trigger()
        yield from turns(20)

    def save(self) -> Steps:
        hand.export(self.document, str(Path.home() / "walk.kra"))
        yield None

    def go_to_any_node(self) -> Steps:
        self.document.setActiveNode(self.any_node())
        yield None

    def select(self) -> Steps:
        self.document.setSelection(self.part())
        yield None

    def part(self) -> Any:
        """A random part of the canvas, selected wholly or by half."""
        selection = Selection()
        x, y = self.random.randrange(WIDTH // 2), self.random.randrange(HEIGHT // 2)
        selection.select(x, y, WIDTH // 3, HEIGHT // 3, self.random.choice([255, 128]))
        return selection

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
        if len(self.layers()) > 1:
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

    def layers(self) -> list[Any]:
        """All layers; the selection may be among the nodes as a mask."""
        return [node for node in nodes(self.document.rootNode()) if node.type().endswith("layer")]

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
