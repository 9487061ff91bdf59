"""The ways to look at a result, as Krita users know them from selections and masks."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional

from ..qt import QtCore, QtGui
from ..words import N_

OVERLAY = QtGui.QColor(255, 0, 0, 128)
"""What covers that which is hidden, as Krita shows a selection's mask."""

Modes = QtGui.QPainter.CompositionMode


class View(NamedTuple):
    """A way to look at a result.

    Attributes:
        label: Its name in the list.
        key: The key that chooses it.
        draw: Makes what is drawn of the picture and its matte, QImages of one size.
        backdrop: What is behind it; None for a checkerboard.
    """

    label: str
    key: str
    draw: Callable[[Any, Any], Any]
    backdrop: Optional[str] = None


def _cut(picture: Any, matte: Any) -> Any:
    made = picture.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    _paint(made, matte, Modes.CompositionMode_DestinationIn)
    return made


def _overlaid(picture: Any, matte: Any) -> Any:
    cover = QtGui.QImage(matte.size(), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    cover.fill(OVERLAY)
    _paint(cover, matte, Modes.CompositionMode_DestinationOut)
    made = picture.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    _paint(made, cover, Modes.CompositionMode_SourceOver)
    return made


def _alone(picture: Any, matte: Any) -> Any:
    made = QtGui.QImage(matte.size(), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(QtCore.Qt.GlobalColor.white)
    _paint(made, matte, Modes.CompositionMode_DestinationIn)
    return made


def _unchanged(picture: Any, matte: Any) -> Any:
    return picture


BLACK, WHITE = "#000000", "#ffffff"
COLOUR = "colour"
ORIGINAL = "original"

VIEWS: Dict[str, View] = {
    "transparency": View(N_("Transparency"), "T", _cut),
    "black": View(N_("On black"), "B", _cut, BLACK),
    "white": View(N_("On white"), "W", _cut, WHITE),
    COLOUR: View(N_("On a colour"), "C", _cut, COLOUR),
    "overlay": View(N_("Red overlay"), "R", _overlaid),
    "matte": View(N_("Mask"), "M", _alone, BLACK),
    ORIGINAL: View(N_("Original"), "O", _unchanged),
}


def _paint(onto: Any, image: Any, mode: Any) -> None:
    painter = QtGui.QPainter(onto)
    painter.setCompositionMode(mode)
    painter.drawImage(0, 0, image)
    painter.end()
