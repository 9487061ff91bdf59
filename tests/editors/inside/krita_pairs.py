"""A document for each row of the table of documents, with one rule for all of them.

No layer's own pixels change; one undo brings back all that was there; the mask fits and is in the
saved document, or a sentence says why there is none.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from krita import InfoObject, Krita, Selection

from tests.editors.inside import krita_docker as docker
from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Case, Steps, rest, run_cases, turns
from tests.editors.inside.krita_qt import QtGui, QtWidgets

Row = dict[str, str]

ROWS: dict[str, Row] = json.loads(os.environ["LOCALMATTE_ROWS"])
HOME = Path(os.environ["HOME"])
WIDTH, HEIGHT = 96, 64
AREA = WIDTH * HEIGHT
NAME = "chosen"
REFINE = "localmatte_refine_inside_selection"
FAR = 250_000
MOVE = 3, 2
FAR_TURNS = 300
"""Turns of the main loop before a document is closed whose layer lies far away: Krita can crash
while it still draws that layer's thumbnail."""

DRAWN_LATE = ("fill", "file")
LATE_TURNS = 200
"""Turns of the main loop in which Krita draws a layer of those kinds that can be seen."""

PLACES = {
    "inside": (10, 8, 40, 30),
    "partly": (-20, -10, 60, 40),
    "outside": (200, 100, 40, 30),
    "larger": (-30, -20, 160, 110),
    "far": (FAR, 5, 40, 30),
}
CHANGED = "changed or deleted in the meantime"
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "group in pass-through mode": {"kind": ("pass-through",)},
    "has no pixels": {"kind": ("filter",)},
    "outside the canvas": {"place": ("outside", "far")},
    # Krita 5.2 may still not have drawn a fill layer.
    "layer is empty": {
        "kind": ("fill",),
        "place": ("outside", "far"),
        "parent": ("hidden group",),
        "state": ("hidden",),
    },
    "is locked": {"state": ("locked",), "parent": ("locked group",), "mask": ("locked",)},
    "doesn't overlap the layer": {"selection": ("inside", "outside", "feathered", "local")},
    "belongs to the whole image": {"selection": ("as a mask",)},
    "There is no selection": {"output": ("refined",)},
    CHANGED: {"meanwhile": ("painted", "flipped", "moved")},
    "mask was edited in the meantime": {"meanwhile": ("mask painted",)},
}
"""What may be said, and of which documents; any of the columns must be as given."""

app = Krita.instance()


class Made:
    """A document of a row.

    Attributes:
        document: The document.
        layer: The layer that is chosen.
        painted: The paint layer that it is, or is made of; None where it is made of none.
        active: The layer, or its mask.
    """

    def __init__(self, row: Row) -> None:
        self.row = row
        self.model, self.depth = row["mode"].split()
        if row["meanwhile"] == "a namesake":
            hand.new_document(WIDTH, HEIGHT)
        self.document = hand.new_document(WIDTH, HEIGHT, self.model, self.depth)
        self.painted: Any = None
        self.mask: Any = None
        parent = self._parent()
        self.layer = KINDS[row["kind"]](self, parent)
        self.layer.setName(NAME)
        self.active = self.layer
        self._add_effect()
        self._add_mask()
        self._select()
        hand.settle(self.document)
        if row["parent"] != "none":
            parent.setLocked(row["parent"] == "locked group")
            parent.setVisible(row["parent"] != "hidden group")
            parent.setPassThroughMode(row["parent"] == "pass-through group")
        STATES[row["state"]](self.layer)
        hand.settle(self.document)

    @property
    def place(self) -> tuple[int, int, int, int]:
        """Where the layer's pixels are."""
        return PLACES[self.row["place"]]

    def _parent(self) -> Any:
        root = self.document.rootNode()
        if self.row["parent"] == "none":
            return root
        parent = self.document.createGroupLayer("around")
        root.addChildNode(parent, None)
        return parent

    def paint(self, parent: Any) -> Any:
        """A paint layer where the row says."""
        x, y, width, height = self.place
        self.painted = self.document.createNode(NAME, "paintlayer")
        pixels = hand.colours(width * height, self.model, self.depth)
        if self.depth == "F32":
            odd = struct.pack("=4f", float("nan"), float("inf"), -float("inf"), 1.0)
            pixels = odd * 8 + pixels[len(odd) * 8 :]
        self.painted.setPixelData(pixels, x, y, width, height)
        parent.addChildNode(self.painted, None)
        return self.painted

    def _add_effect(self) -> None:
        effect = self.row["effect"]
        on = self.layer
        if effect == "on a child":
            (on,) = hand.children(self.layer)
        if effect in EFFECTS:
            on.addChildNode(EFFECTS[effect](self.document, on), None)

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
        self.mask = mask
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


EFFECTS: dict[str, Callable[[Any, Any], Any]] = {
    "inverting": lambda document, on: document.createFilterMask("effect", app.filter("invert"), on),
    "growing": lambda document, on: document.createFilterMask("effect", app.filter("blur"), on),
    "transforming": lambda document, on: document.createTransformMask("effect"),
    "colourising": lambda document, on: document.createColorizeMask("effect"),
}
EFFECTS["on a child"] = EFFECTS["growing"]

STATES: dict[str, Callable[[Any], object]] = {
    "free": lambda layer: None,
    "locked": lambda layer: layer.setLocked(True),
    "alpha locked": lambda layer: layer.setAlphaLocked(True),
    "alpha inherited": lambda layer: layer.setInheritAlpha(True),
    "hidden": lambda layer: layer.setVisible(False),
    "animated": lambda layer: layer.enableAnimation(),
}


def group(made: Made, parent: Any) -> Any:
    """A group with a layer in it."""
    layer = made.document.createGroupLayer(NAME)
    parent.addChildNode(layer, None)
    made.paint(layer)
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
    x, y, width, height = made.place
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
    source = made.paint(parent)
    source.setName("source")
    layer = made.document.createCloneLayer(NAME, source)
    parent.addChildNode(layer, None)
    return layer


def file(made: Made, parent: Any) -> Any:
    """A layer that shows a file."""
    x, y, width, height = made.place
    path = HOME / f"shown-{width}x{height}.png"
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(200, 120, 40))
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
    "paint": Made.paint,
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
    for _ in range(LATE_TURNS if made.row["kind"] in DRAWN_LATE else 0):
        if not made.layer.bounds().width():
            document.refreshProjection()
            yield None


def global_masks(document: Any) -> list[Any]:
    """The selection where it is shown among the layers."""
    return [node for node in document.rootNode().childNodes() if node.type() == "selectionmask"]


def in_front(document: Any) -> bool:
    """Bring a document to the front; Krita 5.2's own call for it does nothing."""
    area = app.activeWindow().qwindow().findChild(QtWidgets.QMdiArea)
    for window in area.subWindowList():
        if app.activeDocument() != document:
            area.setActiveSubWindow(window)
    return bool(app.activeDocument() == document)


def paint(made: Made) -> None:
    """Paint a dot on the layer, or on what it is made of, where it is on the canvas if anywhere."""
    x, y, _width, _height = made.place
    dot = hand.pixels(4, made.model, made.depth)
    made.painted.setPixelData(dot, max(x, 12), max(y, 10), 2, 2)


def paint_on_the_mask(made: Made) -> None:
    """Paint a dot on the mask that was there."""
    made.mask.setPixelData(b"\x07" * 4, 14, 12, 2, 2)


def close(made: Made) -> None:
    """Close the document without saving it."""
    made.document.setModified(False)
    made.document.close()


MEANWHILE: dict[str, Callable[[Made], object]] = {
    "left": lambda made: hand.new_document(WIDTH, HEIGHT),
    "saved": lambda made: hand.export(made.document, str(HOME / "meanwhile.kra")),
    "painted": paint,
    "mask painted": paint_on_the_mask,
    "flipped": lambda made: app.action("mirrorNodeX").trigger(),
    "moved": lambda made: made.layer.move(*MOVE),
    "deleted": lambda made: made.layer.remove(),
    "closed": close,
}
CHANGES = ("painted", "mask painted", "flipped", "moved", "deleted")
GONE = ("deleted", "closed")
REFUSED = {"painted": CHANGED, "flipped": CHANGED, "mask painted": "was edited in the meantime"}
"""What must be said after a change, unless something else was wrong before."""


def checked(row: Row) -> Steps:
    """Remove the background in the document of a row, and look at what became of it."""
    made = Made(row)
    document = made.document
    yield from chosen(made)
    yield from turns(20)
    hand.settle(document)
    if row["meanwhile"] == "closed":
        yield from rest()
    before = kept(made)
    output = "mask" if row["output"] == "refined" else row["output"]
    with hand.preferring(output=output), hand.notes() as said:
        app.action(REFINE if row["output"] == "refined" else hand.ACTION).trigger()
        changed = False
        if row["meanwhile"] in MEANWHILE:
            own = pixels(made)
            MEANWHILE[row["meanwhile"]](made)
            # Krita's main loop may turn while it opens or saves a document.
            if row["meanwhile"] in CHANGES:
                document.waitForDone()
                before = kept(made)
            changed = row["meanwhile"] in REFUSED and pixels(made) != own
        yield lambda: hand.message() or (said and hand.progress() is None and docker.quiet())
    yield from turns(40)
    if row["meanwhile"] != "closed":
        document.waitForDone()
        yield from come_to(made, before, said, changed)
    hand.dismiss()
    if row["place"] == "far":
        yield from turns(FAR_TURNS)


def come_to(made: Made, before: list[Any], said: list[str], changed: bool) -> Steps:
    """What a removal must have come to in a document that is open."""
    row, document = made.row, made.document
    message = hand.message()
    if "is clearly visible in the result" in message:
        message = ""
    hand.dismiss()
    if changed:
        assert REFUSED[row["meanwhile"]] in message or refused_anyway(message), (message, said)
    if message or row["meanwhile"] in GONE:
        assert not message or allowed(message, row), message
        assert message or "no longer exists" in said[-1], said
        assert kept(made) == before
        return
    if row["meanwhile"] == "left":
        yield lambda: in_front(document)
    yield from MADE[row["output"]](made, before)


def refused_anyway(sentence: str) -> bool:
    """Whether something was wrong before the engine was asked, or the box says so."""
    return bool(sentence) and "in the meantime" not in sentence


def allowed(sentence: str, row: Row) -> bool:
    """Whether what is said can be true of the document."""
    (columns,) = [columns for part, columns in SENTENCES.items() if part in sentence]
    return any(row[column] in values for column, values in columns.items())


def pixels(made: Made) -> list[bytes]:
    """What the user may have changed: the paint layer's pixels and the earlier mask's."""
    ours = made.mask if made.row["mask"] != "the user's" else None
    return [seen(made, node) for node in (made.painted, ours) if node is not None]


def seen(made: Made, node: Any) -> bytes:
    """A node's pixels on the canvas, and where the layer is and may be moved to."""
    x, y, width, height = made.place
    around = x, y, width + MOVE[0], height + MOVE[1]
    return bytes(node.pixelData(0, 0, WIDTH, HEIGHT)) + bytes(node.pixelData(*around))


def kept(made: Made) -> list[Any]:
    """All that a removal must leave as it is, without what it makes and the selection's own mask.

    Of each node its place, kind and pixels, how it is shown and locked; and what is selected.
    """
    selection = made.document.selection()
    canvas = (0, 0, WIDTH, HEIGHT)
    return [
        *nodes_of(made, made.document.rootNode(), ""),
        bytes(selection.pixelData(*canvas)) if selection else b"",
    ]


def nodes_of(made: Made, node: Any, path: str) -> Iterator[tuple[Any, ...]]:
    """A node and all that are in it, but for the selection's own mask."""
    if node.type() == "selectionmask" and node.name() != "local":
        return
    yield path, node.name(), node.type(), node.visible(), seen(made, node), *looks(node)
    for number, child in enumerate(hand.children(node)):
        yield from nodes_of(made, child, f"{path}/{number}")


def looks(node: Any) -> tuple[Any, ...]:
    """How a node is shown and locked."""
    return node.locked(), node.alphaLocked(), node.opacity(), node.blendingMode()


def below(parent: Any) -> Iterator[Any]:
    """A node and all nodes in it."""
    yield parent
    for child in hand.children(parent):
        yield from below(child)


def masked(made: Made, before: list[Any]) -> Steps:
    """The layer has one mask of ours, which says something, and all else is as it was."""
    (mask,) = hand.masks(made.layer)
    assert "pass-through" != made.row["kind"] != "filter"
    assert [own for own in kept(made) if own[1:2] != (hand.MASK,)] == [
        own for own in before if own[1:2] != (hand.MASK,)
    ]
    replaced = made.mask is not None and made.row["mask"] != "the user's"
    yield from in_the_file(made, mask)
    yield from undone(made, before, 2 if replaced and made.row["meanwhile"] == "left" else 1)


def on_a_new_layer(made: Made, before: list[Any]) -> Steps:
    """There is one layer more, with a mask of ours, and it is saved."""
    siblings = hand.children(made.layer.parentNode())
    (copy,) = (node for node in siblings if node.name() == f"{NAME} cut out")
    (mask,) = hand.masks(copy)
    yield from in_the_file(made, mask)
    yield from undone(made, before, 1)


def selected(made: Made, before: list[Any]) -> Steps:
    """The selection is all that is new."""
    yield None
    assert kept(made)[:-1] == before[:-1]
    made.document.setSelection(None)


MADE = {
    "mask": masked,
    "refined": masked,
    "layer": on_a_new_layer,
    "colours": on_a_new_layer,
    "selection": selected,
}


def in_the_file(made: Made, mask: Any) -> Steps:
    """The mask fits, and is the same in the document that is saved and read again."""
    document = made.document
    plain = made.row["kind"] == "paint" and made.row["effect"] == "none"
    x, y, width, height = made.place if plain else (0, 0, WIDTH, HEIGHT)
    if made.row["meanwhile"] == "moved":
        x, y = x + MOVE[0], y + MOVE[1]
    shown = bytes(mask.pixelData(x, y, width, height))
    if plain and made.row["mask"] == "none" and made.row["selection"] == "none":
        assert shown == hand.ramp(width * height)
    path = HOME / "pairs.kra"
    document.waitForDone()
    hand.export(document, str(path))
    read = app.openDocument(str(path))
    again = [node for node in below(read.rootNode()) if node.name() == hand.MASK]
    assert shown in [bytes(node.pixelData(x, y, width, height)) for node in again]
    read.close()
    yield None


def undone(made: Made, before: list[Any], steps: int) -> Steps:
    """So many undos bring back what was there."""
    for _ in range(steps):
        hand.undo(made.document)
        yield from turns(10)
    try:
        yield lambda: kept(made) == before
    except TimeoutError:
        raise AssertionError(difference(kept(made), before)) from None


def difference(now: list[Any], before: list[Any]) -> str:
    """Which nodes differ, and in what."""
    names = [[node[:3] for node in nodes[:-1]] for nodes in (now, before)]
    if names[0] != names[1]:
        return f"{names[0]} instead of {names[1]}"
    fields = [
        (node[1], number)
        for node, old in zip(now[:-1], before[:-1], strict=True)
        for number, (one, other) in enumerate(zip(node, old, strict=True))
        if one != other
    ]
    return f"fields {fields}, selection {'as before' if now[-1] == before[-1] else 'changed'}"


def case(row: Row) -> Case:
    """The case of a row."""
    return lambda facts: checked(row)


run_cases({name: case(row) for name, row in ROWS.items()})
