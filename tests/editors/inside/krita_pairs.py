"""Documents of all kinds, any two of their properties together, with one rule for all of them.

No layer's own pixels change; one undo brings back all that was there; the mask fits and is in the
saved document, or a sentence says why there is none.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from krita import InfoObject, Krita, Selection
from PyQt5.QtGui import QColor, QImage

from tests.editors.inside import krita_docker as docker
from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, each, run, turns
from tests.editors.inside.pairs import Row, all_pairs

SEED, SHARE = int(os.environ["LOCALMATTE_SEED"]), os.environ["LOCALMATTE_SHARE"]
HOME = Path(os.environ["HOME"])
WIDTH, HEIGHT = 96, 64
AREA = WIDTH * HEIGHT
NAME = "chosen"
FAR = 250_000

COLUMNS = {
    "kind": ["paint", "group", "pass-through", "vector", "fill", "clone", "file", "filter"],
    "effect": ["none", "inverting", "growing", "transforming", "on a child"],
    "state": ["free", "locked", "alpha locked", "hidden", "in a locked group"],
    "mask": ["none", "shown", "hidden", "active", "locked", "the user's"],
    "place": ["inside", "partly", "outside", "larger", "far"],
    "selection": ["none", "inside", "outside", "feathered", "local", "as a mask"],
    "mode": ["RGBA U8", "RGBA U16", "RGBA F32", "GRAYA U8", "CMYKA U8", "LABA U16"],
    "meanwhile": ["nothing", "two views", "a namesake", "painted", "saved", "closed"],
    "output": ["mask", "layer", "colours", "selection"],
}
PLACES = {
    "inside": (10, 8, 40, 30),
    "partly": (-20, -10, 60, 40),
    "outside": (200, 100, 40, 30),
    "larger": (-30, -20, 160, 110),
    "far": (FAR, 5, 40, 30),
}
SENTENCES = {
    "group in pass-through mode": {"kind": ["pass-through"]},
    "has no pixels": {"kind": ["filter"]},
    "outside the canvas": {"place": ["outside", "far"]},
    "layer is empty": {"place": ["outside", "far"], "state": ["hidden"]},
    "is locked": {"state": ["locked", "in a locked group"], "mask": ["locked"]},
    "doesn't overlap the layer": {"selection": ["inside", "outside", "feathered", "local"]},
    "belongs to the whole image": {"selection": ["as a mask"]},
}
"""What may be said, and of which documents; any of the columns must be as given."""

app = Krita.instance()


def can_be(row: Row) -> bool:
    """Whether there is such a document."""
    kind = row.get("kind", "group")
    if row.get("effect") == "on a child" and kind != "group":
        return False
    if kind in ("fill", "filter") and row.get("place", "inside") != "inside":
        return False
    if row.get("meanwhile") == "painted" and kind != "paint":
        return False
    return not (row.get("state") == "alpha locked" and kind != "paint")


class Made:
    """A document of a row.

    Attributes:
        document: The document.
        layer: The layer that is chosen.
        active: It or its mask.
    """

    def __init__(self, row: Row) -> None:
        self.row = row
        self.model, self.depth = row["mode"].split()
        if row["meanwhile"] == "a namesake":
            hand.new_document(WIDTH, HEIGHT)
        self.document = hand.new_document(WIDTH, HEIGHT, self.model, self.depth)
        parent = self.document.rootNode()
        if row["state"] == "in a locked group":
            parent = self.document.createGroupLayer("around")
            self.document.rootNode().addChildNode(parent, None)
        self.layer = KINDS[row["kind"]](self, parent)
        self.layer.setName(NAME)
        self.active = self.layer
        self._add_effect()
        self._add_mask()
        self._select()
        hand.settle(self.document)
        if row["state"] == "in a locked group":
            parent.setLocked(True)
        self.layer.setLocked(row["state"] == "locked")
        self.layer.setAlphaLocked(row["state"] == "alpha locked")
        self.layer.setVisible(row["state"] != "hidden")
        hand.settle(self.document)

    def painted(self, parent: Any) -> Any:
        """A paint layer where the row says."""
        x, y, width, height = PLACES[self.row["place"]]
        layer = self.document.createNode(NAME, "paintlayer")
        pixels = hand.colours(width * height, self.model, self.depth)
        if self.depth == "F32":
            odd = struct.pack("=4f", float("nan"), float("inf"), -float("inf"), 1.0)
            pixels = odd * 8 + pixels[len(odd) * 8 :]
        layer.setPixelData(pixels, x, y, width, height)
        parent.addChildNode(layer, None)
        return layer

    def _add_effect(self) -> None:
        effect = self.row["effect"]
        on = self.layer
        if effect == "on a child":
            (on,) = hand.children(self.layer)
        if effect in ("inverting", "on a child"):
            mask = self.document.createFilterMask("effect", app.filter("invert"), on)
        elif effect == "growing":
            mask = self.document.createFilterMask("effect", app.filter("blur"), on)
        elif effect == "transforming":
            mask = self.document.createTransformMask("effect")
        else:
            return
        on.addChildNode(mask, None)

    def _add_mask(self) -> None:
        kind = self.row["mask"]
        if kind == "none":
            return
        mask = self.document.createTransparencyMask("mine" if kind == "the user's" else hand.MASK)
        # Nearly all is shown, so that an intersection leaves something.
        mask.setPixelData(b"\xc8" * AREA, 0, 0, WIDTH, HEIGHT)
        self.layer.addChildNode(mask, None)
        mask.setVisible(kind != "hidden")
        mask.setLocked(kind == "locked")
        if kind == "active":
            self.active = mask

    def _select(self) -> None:
        kind = self.row["selection"]
        selection = Selection()
        if kind == "none":
            return
        if kind == "outside":
            selection.select(WIDTH - 8, HEIGHT - 8, 6, 6, 255)
        elif kind == "feathered":
            rows = (bytes(min(255, 4 * x) for x in range(WIDTH)) for _ in range(HEIGHT))
            selection.setPixelData(b"".join(rows), 0, 0, WIDTH, HEIGHT)
        else:
            selection.select(12, 10, 30, 20, 255)
        if kind == "local":
            mask = self.document.createSelectionMask("local")
            mask.setSelection(selection)
            self.layer.addChildNode(mask, None)
        else:
            self.document.setSelection(selection)


def group(made: Made, parent: Any) -> Any:
    """A group with a layer in it."""
    layer = made.document.createGroupLayer(NAME)
    parent.addChildNode(layer, None)
    made.painted(layer)
    return layer


def pass_through(made: Made, parent: Any) -> Any:
    """A group that does nothing by itself."""
    layer = group(made, parent)
    layer.setPassThroughMode(True)
    return layer


def vector(made: Made, parent: Any) -> Any:
    """A shape."""
    layer = made.document.createVectorLayer(NAME)
    parent.addChildNode(layer, None)
    x, y, width, height = PLACES[made.row["place"]]
    layer.addShapesFromSvg(
        f'<svg width="{WIDTH}pt" height="{HEIGHT}pt"><rect x="{x}" y="{y}" width="{width}" '
        f'height="{height}" fill="#c08040"/></svg>'
    )
    return layer


def fill(made: Made, parent: Any) -> Any:
    """A colour."""
    layer = made.document.createFillLayer(NAME, "color", InfoObject(), Selection())
    parent.addChildNode(layer, None)
    return layer


def clone(made: Made, parent: Any) -> Any:
    """A clone of a layer beside it."""
    source = made.painted(parent)
    source.setName("source")
    layer = made.document.createCloneLayer(NAME, source)
    parent.addChildNode(layer, None)
    return layer


def file(made: Made, parent: Any) -> Any:
    """A layer that shows a file."""
    x, y, width, height = PLACES[made.row["place"]]
    path = HOME / f"shown-{width}x{height}.png"
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(QColor(200, 120, 40))
    image.save(str(path))
    layer = made.document.createFileLayer(NAME, str(path), "None")
    parent.addChildNode(layer, None)
    layer.move(x, y)
    return layer


def filtering(made: Made, parent: Any) -> Any:
    """A filter over what is below it."""
    layer = made.document.createFilterLayer(NAME, app.filter("invert"), Selection())
    parent.addChildNode(layer, None)
    return layer


KINDS: dict[str, Callable[[Made, Any], Any]] = {
    "paint": Made.painted,
    "group": group,
    "pass-through": pass_through,
    "vector": vector,
    "fill": fill,
    "clone": clone,
    "file": file,
    "filter": filtering,
}


def chosen(made: Made) -> Steps:
    """Choose the layer, its mask, or the selection where it is a mask; maybe in a second view."""
    document, node = made.document, made.active
    if made.row["selection"] == "as a mask":
        action = app.action("show-global-selection-mask")
        if not action.isChecked():
            action.trigger()
        yield lambda: global_masks(document)
        (node,) = global_masks(document)
    if made.row["meanwhile"] == "two views":
        yield hand.chosen(document, document.topLevelNodes()[0])
        app.activeWindow().addView(document)
        yield lambda: len([view for view in app.views() if view.document() == document]) == 2
        yield from turns(20)
        document.setActiveNode(node)
        yield lambda: [n for n in app.activeWindow().activeView().selectedNodes() if n == node]
    else:
        yield hand.chosen(document, node)


def global_masks(document: Any) -> list[Any]:
    """The selection where it is shown among the layers."""
    return [node for node in document.rootNode().childNodes() if node.type() == "selectionmask"]


def layers(document: Any) -> list[Any]:
    """All that was there, without what a removal makes and without the selection's own mask."""
    return [
        found
        for found in hand.state(document)
        if found[2] != "selectionmask" or found[1] == "local"
    ]


def checked(row: Row) -> Steps:
    """Remove the background in the document of a row, and look at what became of it."""
    made = Made(row)
    document = made.document
    yield from chosen(made)
    yield from turns(20)
    hand.settle(document)
    before = layers(document)
    with hand.preferring(output=row["output"]), hand.notes() as said:
        hand.click()
        if row["meanwhile"] == "painted":
            made.layer.setPixelData(hand.pixels(4, made.model, made.depth), 12, 10, 2, 2)
            before = layers(document)
        elif row["meanwhile"] == "saved":
            hand.export(document, str(HOME / "meanwhile.kra"))
        elif row["meanwhile"] == "closed":
            document.setModified(False)
            document.close()
        yield lambda: hand.message() or (said and hand.progress() is None and docker.quiet())
    yield from turns(40)
    if row["meanwhile"] == "closed":
        hand.dismiss()
        return
    document.waitForDone()
    if hand.message() and "is clearly visible in the result" not in hand.message():
        assert allowed(hand.message(), row), hand.message()
        hand.dismiss()
        assert layers(document) == before
        return
    hand.dismiss()
    yield from MADE[row["output"]](made, before)


def allowed(sentence: str, row: Row) -> bool:
    """Whether what is said can be true of the document."""
    (columns,) = [columns for part, columns in SENTENCES.items() if part in sentence]
    return any(row[column] in values for column, values in columns.items())


def masked(made: Made, before: list[Any]) -> Steps:
    """The layer has one mask of ours, and it is saved."""
    document, layer = made.document, made.layer
    (mask,) = hand.masks(layer)
    assert "pass-through" != made.row["kind"] != "filter"
    assert [own for own in layers(document) if own[1] != hand.MASK] == [
        own for own in before if own[1] != hand.MASK
    ]
    yield from kept(made, mask)
    yield from undone(made, before)


def on_a_new_layer(made: Made, before: list[Any]) -> Steps:
    """There is one layer more, with a mask of ours, and it is saved."""
    siblings = hand.children(made.layer.parentNode())
    (copy,) = (node for node in siblings if node.name() == f"{NAME} cut out")
    (mask,) = hand.masks(copy)
    yield from kept(made, mask)
    yield from undone(made, before)


def selected(made: Made, before: list[Any]) -> Steps:
    """The selection is all that is new."""
    yield None
    assert layers(made.document) == before
    made.document.setSelection(None)


MADE = {"mask": masked, "layer": on_a_new_layer, "colours": on_a_new_layer, "selection": selected}


def kept(made: Made, mask: Any) -> Steps:
    """The mask says something, and is the same in the document that is saved and read again."""
    document = made.document
    x, y, width, height = PLACES[made.row["place"]]
    rect = (x, y, width, height) if made.row["kind"] == "paint" else (0, 0, WIDTH, HEIGHT)
    pixels = bytes(mask.pixelData(*rect))
    assert len(pixels) == rect[2] * rect[3]
    path = HOME / "pairs.kra"
    document.waitForDone()
    hand.export(document, str(path))
    read = app.openDocument(str(path))
    again = [node for node in below(read.rootNode()) if node.name() == hand.MASK]
    assert pixels in [bytes(node.pixelData(*rect)) for node in again]
    read.close()
    yield None


def below(parent: Any) -> list[Any]:
    """All nodes in a node."""
    found = []
    for child in hand.children(parent):
        found += [child, *below(child)]
    return found


def undone(made: Made, before: list[Any]) -> Steps:
    """One undo brings back what was there."""
    hand.undo(made.document)
    yield lambda: layers(made.document) == before


def case_no_document_breaks_the_rule(facts: dict[str, Any]) -> Steps:
    rows = all_pairs(COLUMNS, can_be, SEED)
    facts["count"] = len(rows)
    rows = rows if SHARE == "all" else rows[: int(SHARE)]
    yield from each({", ".join(row.values()): row for row in rows}, checked, facts)


run(dict(globals()))
