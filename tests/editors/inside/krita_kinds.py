"""Every kind of document and layer, one row each: the mask is exact, also in what Krita saves.

The test outside compares `facts["sent"]` with what the stand-in worker was sent, in order.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from krita import InfoObject, Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside import krita_saved
from tests.editors.inside.krita_chain import Steps, each, run
from tests.editors.inside.krita_undo import there_and_back

app = Krita.instance()
WIDTH, HEIGHT = 64, 32
AREA = WIDTH * HEIGHT
CANVAS = (0, 0, WIDTH, HEIGHT)
HOME = Path(os.environ["HOME"])
SPACES = {
    f"{model} {depth} {profile}": (model, depth, profile)
    for model in ("RGBA", "GRAYA", "CMYKA", "LABA", "XYZA", "YCbCrA")
    for depth in ("U8", "U16", "F16", "F32")
    for profile in app.profiles(model, depth)[:1]
}
Rect = tuple[int, int, int, int]


class Kind(NamedTuple):
    """A row.

    Attributes:
        make: Puts it into a document and returns what is clicked on, a layer or a mask.
        rect: Where the engine looks.
        alone: Whether the picture shows the layer as it is, and nothing else.
    """

    make: Callable[[Any], Any]
    rect: Rect = CANVAS
    alone: bool = True


def painted(document: Any, rect: Rect = CANVAS, parent: Any = None) -> Any:
    """A paint layer of many colours."""
    layer = document.createNode("painted", "paintlayer")
    (parent or document.rootNode()).addChildNode(layer, None)
    layer.setPixelData(hand.colours(rect[2] * rect[3], "RGBA", "U8"), *rect)
    return layer


def with_(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A paint layer with something set."""

    def make(document: Any) -> Any:
        layer = painted(document)
        change(layer)
        return layer

    return make


def group(document: Any) -> Any:
    """A group with a group in it."""
    outer, inner = document.createGroupLayer("outer"), document.createGroupLayer("inner")
    document.rootNode().addChildNode(outer, None)
    outer.addChildNode(inner, None)
    painted(document, parent=inner)
    return outer


def hidden_group(document: Any) -> Any:
    """A group that was never drawn."""
    made = group(document)
    made.setVisible(False)
    return made


def inside_a_group(document: Any) -> Any:
    """A layer in a group in a group."""
    return group(document).childNodes()[0].childNodes()[0]


def half_hidden_group(document: Any) -> Any:
    """A group with a mask of the user's, which the engine is not to see."""
    made = group(document)
    mask = document.createTransparencyMask("mine")
    mask.setPixelData(b"\x80" * AREA, *CANVAS)
    made.addChildNode(mask, None)
    return made


def far_dots(document: Any) -> Any:
    """A layer of 324 megapixels, of which nearly all is empty."""
    layer = painted(document)
    for place in (-9000, 9000):
        layer.setPixelData(hand.pixels(1), place, place, 1, 1)
    return layer


def vector(document: Any) -> Any:
    """A shape that is larger than the canvas."""
    layer = document.createVectorLayer("vector")
    document.rootNode().addChildNode(layer, None)
    layer.addShapesFromSvg(
        f'<svg width="{2 * WIDTH}pt" height="{2 * HEIGHT}pt"><rect width="{2 * WIDTH}" '
        f'height="{2 * HEIGHT}" fill="#c08040"/></svg>'
    )
    return layer


def file(document: Any) -> Any:
    """A layer that shows a file."""
    path = HOME / "shown.png"
    if not path.exists():
        shown = app.createDocument(WIDTH, HEIGHT, "", "RGBA", "U8", "", 72.0)
        shown.topLevelNodes()[0].setPixelData(hand.colours(AREA, "RGBA", "U8"), *CANVAS)
        hand.settle(shown)
        hand.export(shown, str(path))
        shown.close()
    layer = document.createFileLayer("file", str(path), "None")
    document.rootNode().addChildNode(layer, None)
    return layer


def clone(document: Any) -> Any:
    """The same again, of a layer that nobody sees."""
    source = painted(document)
    layer = document.createCloneLayer("clone", source)
    document.rootNode().addChildNode(layer, None)
    source.setVisible(False)
    return layer


def fill(document: Any) -> Any:
    """A layer of one colour."""
    whole = Selection()
    whole.select(*CANVAS, 255)
    layer = document.createFillLayer("fill", "color", InfoObject(), whole)
    document.rootNode().addChildNode(layer, None)
    return layer


def changed_since_hidden(document: Any, layer: Any, source: Any) -> Any:
    """A layer with an effect of which Krita keeps an old look; shown, it is of many colours."""
    layer.addChildNode(filter_mask(document, layer), None)
    hand.settle(document)
    layer.setVisible(False)
    hand.settle(document)
    pixels = hand.colours(AREA, "RGBA", "U8")
    opposite = bytes(255 - value if index % 4 < 3 else value for index, value in enumerate(pixels))
    source.setPixelData(opposite, *CANVAS)
    return layer


def hidden_effect(document: Any) -> Any:
    """A paint layer."""
    layer = painted(document)
    return changed_since_hidden(document, layer, layer)


def hidden_group_effect(document: Any) -> Any:
    """A group."""
    outer = group(document)
    return changed_since_hidden(document, outer, outer.childNodes()[0].childNodes()[0])


def hidden_clone_effect(document: Any) -> Any:
    """A clone."""
    layer = clone(document)
    return changed_since_hidden(document, layer, layer.sourceNode())


def mask_on(create: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A mask on a paint layer, which is what is clicked on."""

    def make(document: Any) -> Any:
        layer = painted(document)
        mask = create(document, layer)
        layer.addChildNode(mask, None)
        return mask

    return make


def transparency_mask(document: Any, layer: Any) -> Any:
    """One that hides nothing."""
    mask = document.createTransparencyMask("mine")
    mask.setPixelData(b"\xff" * AREA, *CANVAS)
    return mask


def selection_mask(document: Any, layer: Any) -> Any:
    """A local selection of the whole canvas, which limits nothing."""
    mask = document.createSelectionMask("selected")
    chosen = Selection()
    chosen.select(*CANVAS, 255)
    mask.setSelection(chosen)
    return mask


def filter_mask(document: Any, layer: Any) -> Any:
    """One that turns every colour into its opposite."""
    whole = Selection()
    whole.select(*CANVAS, 255)
    return document.createFilterMask("inverted", app.filter("invert"), whole)


def transform_mask(document: Any, layer: Any) -> Any:
    """One that changes nothing."""
    return document.createTransformMask("transformed")


def colorize_mask(document: Any, layer: Any) -> Any:
    """One without key strokes."""
    return document.createColorizeMask("colourised")


KINDS = {
    "paint": Kind(painted),
    "group": Kind(group),
    "in a group": Kind(inside_a_group),
    "vector": Kind(vector),
    "file": Kind(file),
    "clone": Kind(clone),
    "fill": Kind(fill),
    "smaller than the canvas": Kind(
        lambda document: painted(document, (7, 5, 20, 10)), (7, 5, 20, 10), alone=False
    ),
    "larger than the canvas": Kind(
        lambda document: painted(document, (-20, -10, 100, 60)), (-20, -10, 100, 60), alone=False
    ),
    "beside the canvas": Kind(
        lambda document: painted(document, (-500, -300, 40, 20)), (-500, -300, 40, 20), alone=False
    ),
    "hidden": Kind(with_(lambda layer: layer.setVisible(False)), alone=False),
    "hidden group": Kind(hidden_group, alone=False),
    "hidden with an effect": Kind(hidden_effect, alone=False),
    "hidden group with an effect": Kind(hidden_group_effect, alone=False),
    "hidden clone with an effect": Kind(hidden_clone_effect, alone=False),
    "locked alpha": Kind(with_(lambda layer: layer.setAlphaLocked(True))),
    "inherited alpha": Kind(with_(lambda layer: layer.setInheritAlpha(True)), alone=False),
    "half opaque": Kind(with_(lambda layer: layer.setOpacity(128)), alone=False),
    "blended": Kind(with_(lambda layer: layer.setBlendingMode("multiply")), alone=False),
    "transparency mask": Kind(mask_on(transparency_mask)),
    "selection mask": Kind(mask_on(selection_mask)),
    "filter mask": Kind(mask_on(filter_mask)),
    "transform mask": Kind(mask_on(transform_mask)),
    "colourise mask": Kind(mask_on(colorize_mask), alone=False),
    "half hidden group": Kind(half_hidden_group, alone=False),
    "dots far away": Kind(far_dots, alone=False),
}


def case_the_mask_is_exact_on_every_kind_of_layer(facts: dict[str, Any]) -> Steps:
    facts["sent"] = []
    yield from each(KINDS, lambda kind: exact_on_a_layer(kind, facts["sent"]), facts)


def exact_on_a_layer(kind: Kind, sent: list[list[str | None]]) -> Steps:
    _, _, width, height = kind.rect
    document = hand.new_document(WIDTH, HEIGHT)
    document.topLevelNodes()[0].setVisible(False)
    node = kind.make(document)
    layer = node.parentNode() if node.type().endswith("mask") else node
    hand.settle(document)
    yield hand.chosen(document, node)
    # Krita draws shapes and files a while after it says that it is done.
    yield lambda: layer.bounds().width() >= kind.rect[2]
    yield lambda: not kind.alone or set(hand.alpha(document)) == {255}
    shown = hand.projection(document) if kind.alone else hand.colours(width * height, "RGBA", "U8")
    sent.append([f"{width} × {height}", base64.b64encode(shown).decode()])
    before = hand.state(document)
    hand.click()
    yield hand.masked(document, layer)
    (mask,) = hand.masks(layer)
    assert bytes(mask.pixelData(*kind.rect)) == hand.ramp(width * height)
    over = over_the_canvas(kind.rect)
    assert hand.whole(mask, document) == over
    if kind.alone:
        assert hand.alpha(document) == list(over)
    yield from there_and_back(document, before)
    yield from krita_saved.holds(document, layer, over if kind.alone else None)


def over_the_canvas(rect: Rect) -> bytes:
    """A mask with the ramp in a rectangle, and open around it."""
    x, y, width, height = rect
    ramp = hand.ramp(width * height)
    return bytes(
        ramp[(row - y) * width + column - x]
        if x <= column < x + width and y <= row < y + height
        else 255
        for row in range(HEIGHT)
        for column in range(WIDTH)
    )


def case_the_mask_is_exact_in_every_colour_space(facts: dict[str, Any]) -> Steps:
    yield from each(SPACES, exact_in_a_space, facts)


def exact_in_a_space(space: tuple[str, str, str]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT, *space)
    layer = document.topLevelNodes()[0]
    before = hand.state(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)
    shown = hand.alpha(document)
    off = [(x, y) for x, y in zip(shown, hand.ramp(AREA), strict=True) if round(x) != y]
    assert not off, off[:3]
    yield from there_and_back(document, before)
    yield from krita_saved.holds(document, layer, hand.ramp(AREA))


def case_a_group_in_pass_through_mode_on_which_a_mask_does_nothing_is_refused(
    facts: dict[str, Any],
) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    made = group(document)
    made.setPassThroughMode(True)
    hand.settle(document)
    yield hand.chosen(document, made)
    before = hand.state(document)
    hand.click()
    yield hand.message
    assert "A group in pass-through mode cannot have a mask." in hand.message()
    hand.dismiss()
    assert hand.state(document) == before


def case_a_document_in_the_background_gets_its_mask_and_the_other_none(
    facts: dict[str, Any],
) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    hand.click()
    other = hand.new_document(WIDTH, HEIGHT)
    before = hand.state(other)
    yield hand.chosen(other, other.topLevelNodes()[0])
    yield lambda: hand.masks(layer)
    yield lambda: hand.progress() is None
    for _ in range(20):
        yield None
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)
    assert hand.state(other) == before
    assert not other.modified()
    assert app.activeDocument() == other


def case_a_hundred_megapixels(facts: dict[str, Any]) -> Steps:
    width, height = 12800, 8000
    document = hand.new_document(width, height)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    hand.click()
    # The document does not hold what so large a mask was.
    yield lambda: hand.masks(layer)
    assert hand.whole(hand.masks(layer)[0], document) == bytes(range(256)) * (width * height // 256)
    hand.undo(document)
    yield hand.bare(layer)


run(dict(globals()))
