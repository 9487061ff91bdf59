"""What Krita saves and exports, read again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps
from tests.editors.inside.krita_qt import QtGui

app = Krita.instance()
HOME = Path(os.environ["HOME"])


def holds(document: Any, layer: Any, alpha: bytes | None) -> Steps:
    """The mask is the same in a .kra that is read again, and in the alpha of an exported PNG.

    Args:
        document: The document.
        layer: The layer with the mask.
        alpha: What the whole picture's is; None where more is in it than the layer.
    """
    project, picture = HOME / "saved.kra", HOME / "saved.png"
    document.waitForDone()
    for path in (project, picture):
        hand.export(document, str(path))
    read = app.openDocument(str(project))
    (again,) = hand.masks(_at(read, _path_to(layer)))
    assert hand.whole(again, read) == hand.whole(hand.masks(layer)[0], document)
    if alpha is not None:
        # Krita draws shapes and fills a while after the file is open.
        yield lambda: bytes(map(round, hand.alpha(read))) == alpha
        assert alpha_of(picture) == alpha
    read.close()


def alpha_of(path: Path) -> bytes:
    """The alpha of a picture's pixels, as 8 bits of each."""
    image = QtGui.QImage(str(path)).convertToFormat(QtGui.QImage.Format.Format_RGBA8888)
    data = image.constBits()
    data.setsize(image.sizeInBytes())
    return bytes(data)[3::4]


def _path_to(node: Any) -> list[int]:
    """Where a node is in its document: the places to go to, from the root."""
    parent = node.parentNode()
    return [*_path_to(parent), parent.childNodes().index(node)] if parent else []


def _at(document: Any, path: list[int]) -> Any:
    node = document.rootNode()
    for place in path:
        node = node.childNodes()[place]
    return node
