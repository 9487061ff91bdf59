"""A small picture over a checkerboard, or a sentence in its place."""

from __future__ import annotations

from typing import Any, Optional

from .qt import QtCore, QtGui, QtWidgets

LINES = 9
"""The height, in lines of text, so that it grows with the fonts of a dense screen."""

SQUARE = 8
"""The checkerboard's, in the pixels that Qt counts, which are several on a dense screen."""

SHADE = 0.15
"""How much of the text's colour is in every other square."""


class Thumbnail(QtWidgets.QWidget):  # type: ignore[misc]
    """Shows what it is told, in the colours of the theme."""

    def __init__(self) -> None:
        super().__init__()
        self._image: Optional[Any] = None
        self._message = ""
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * LINES)

    def show_image(self, image: Optional[Any], message: str = "") -> None:
        """Show a QImage as large as it fits, or a message where there is none."""
        self._image, self._message = image, message
        self.setToolTip(message)
        self.update()

    def paintEvent(self, event: Any) -> None:
        """Draw it."""
        painter = QtGui.QPainter(self)
        if self._image is None:
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.WindowText))
            painter.drawText(self.rect(), int(flags), self._message)
        else:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            place = self._place(self._image.size())
            painter.fillRect(place, self._checkerboard())
            painter.drawImage(place, self._image)
        painter.end()

    def _place(self, size: Any) -> Any:
        fitted = size.scaled(self.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        x, y = (self.width() - fitted.width()) // 2, (self.height() - fitted.height()) // 2
        return QtCore.QRect(x, y, fitted.width(), fitted.height())

    def _checkerboard(self) -> Any:
        base = self.palette().color(QtGui.QPalette.ColorRole.Base)
        text = self.palette().color(QtGui.QPalette.ColorRole.Text)
        other = QtGui.QColor(
            *(
                round(a + (b - a) * SHADE)
                for a, b in zip(base.getRgb()[:3], text.getRgb()[:3])  # noqa: B905  # Python 3.8
            )
        )
        ratio = self.devicePixelRatioF()
        side = round(2 * SQUARE * ratio)
        tile = QtGui.QPixmap(side, side)
        tile.fill(base)
        painter = QtGui.QPainter(tile)
        for corner in (0, side // 2):
            painter.fillRect(corner, corner, side // 2, side // 2, other)
        painter.end()
        tile.setDevicePixelRatio(ratio)
        return QtGui.QBrush(tile)
