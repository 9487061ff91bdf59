"""A layer's matte in small, kept by the engine so that its edges can be finished anew."""

from __future__ import annotations

import queue
from math import ceil
from typing import Any, Dict, Iterator, Mapping, Optional, Union

from ..bridge import Client, Installation, Progress, Result, scaled
from ..document.layer import Layer
from ..document.pixels import LAYOUT
from ..document.plane import DARKER, NOTHING, OPAQUE, Plane, Rect, combined
from ..qt import QtCore, QtGui, QtWidgets
from ..tasks.job import End, Job
from ..words import _

Event = Union[Progress, Result]

SIDE = 512
"""The longer side of the reduced picture at most, in pixels."""

SAMPLES = 2
"""So many times larger Krita reduces it, since it only picks pixels; Qt does the rest."""

LINES = 9
"""The height, in lines of text, so that it grows with the fonts of a dense screen."""

SQUARE = 8
"""The checkerboard's, in the pixels that Qt counts, which are several on a dense screen."""

SHADE = 0.15
"""How much of the text's colour is in every other square."""


class Preview(QtCore.QObject):  # type: ignore[misc]
    """One look at a layer through an open connection, which ends with `close`.

    Attributes:
        changed: Emitted when `image` or `message` has changed.
        image: What is seen of the layer, as a QImage; None while that is not known.
        message: What is to be said in its place.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.image: Optional[Any] = None
        self.message = ""
        self._job: Optional[Job] = None
        self._wanted: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answered = False

    def look(
        self,
        installation: Installation,
        layer: Layer,
        selected: Optional[Plane],
        options: Dict[str, Any],
        edges: Mapping[str, float],
    ) -> None:
        """Reduce a layer and find its subject, in a thread.

        Args:
            installation: Where the engine lies.
            layer: The layer.
            selected: What the user selected, where that limits what is shown.
            options: model and refine of the request.
            edges: The controls that do something.
        """
        self.close()
        bounds = layer.bounds
        inside = selected.clipped(bounds) if selected else None
        if not bounds.area:
            self.say(_("This layer is empty."))
            return
        if inside and not inside.rect.area:
            self.say(_("The selection doesn't overlap the layer."))
            return
        self._reduced = _reduced(layer, bounds)
        self._scale = self._reduced.width() / bounds.width
        self._installation, self._options, self._edges = installation, dict(options), dict(edges)
        whole = Rect(0, 0, self._reduced.width(), self._reduced.height())
        self._limit = Plane(whole, OPAQUE * whole.area)
        if inside:
            limit = _reduced_plane(inside, bounds, self._scale)
            self._limit = limit.clipped(whole).spread(whole, NOTHING)
            self._options["selection"] = list(limit.rect.intersected(whole))
        self._start()

    def finish(self, edges: Mapping[str, float]) -> None:
        """Finish the edges anew; what is still on its way there is passed over.

        Args:
            edges: The controls that do something, by their names.
        """
        self._edges = dict(edges)
        if self._job:
            self._wanted.put(self._edges)

    def close(self) -> None:
        """Let go of the engine and of the picture."""
        if self._job:
            self._job.abandon()
            self._wanted.put(None)
            self._job = None
        if self.image or self.message:
            self.say("")

    def say(self, message: str) -> None:
        """Show a sentence in the picture's place.

        Args:
            message: The sentence; empty for none.
        """
        self.image, self.message = None, message
        self.changed.emit()

    def _start(self) -> None:
        self._answered = False
        wanted: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wanted = wanted
        self._job = Job(
            self._installation,
            lambda client: self._talk(client, wanted),
            self._end,
            self._advance,
            on_result=self._take,
        )
        self._job.start()

    def _talk(self, client: Client, wanted: queue.SimpleQueue[Any]) -> Iterator[Event]:
        """What runs in the thread, until it hears None."""
        reduced, scale = self._reduced, self._scale
        width, height = reduced.width(), reduced.height()
        pixels = reduced.constBits()
        pixels.setsize(width * height * 4)
        options = {**self._options, "edges": scaled(self._edges, scale)}
        yield from client.matte([bytes(pixels)], width, height, LAYOUT, **options)
        while True:
            edges = wanted.get()
            while edges is not None and not wanted.empty():
                edges = wanted.get()
            if edges is None:
                return
            yield client.edges(width * height, **scaled(edges, scale))

    def _advance(self, progress: Progress) -> None:
        if self.image is None:
            self.say(_("{stage}…").format(stage=progress.stage))

    def _take(self, result: Result) -> None:
        self._answered = True
        width, height = self._reduced.width(), self._reduced.height()
        # Qt does not hold what it draws from.
        held = combined(Plane(self._limit.rect, result.payload), self._limit, DARKER).pixels
        matte = QtGui.QImage(held, width, height, width, QtGui.QImage.Format.Format_Alpha8)
        cut = self._reduced.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
        painter = QtGui.QPainter(cut)
        painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_DestinationIn)
        painter.drawImage(0, 0, matte)
        painter.end()
        self.image, self.message = cut, ""
        self.changed.emit()

    def _end(self, end: End) -> None:
        if self._answered and getattr(end, "code", "") == "engine-died":
            # It was idle for long enough to end itself.
            self._start()
            return
        self._job = None
        self.say(str(end))


class Thumbnail(QtWidgets.QWidget):  # type: ignore[misc]
    """Shows what it is told, in the colours of the theme."""

    def __init__(self) -> None:
        super().__init__()
        self._image: Optional[Any] = None
        self._message = ""
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * LINES)

    def show_image(self, image: Optional[Any], message: str = "") -> None:
        """Show a QImage as large as it fits, or a message where there is none.

        Args:
            image: The QImage, or None.
            message: What is shown where there is no image.
        """
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


def _reduced(layer: Layer, bounds: Rect) -> Any:
    """A layer with these bounds as a QImage of four bytes a pixel, BGRA in sRGB."""
    size = QtCore.QSize(bounds.width, bounds.height)
    keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
    fitted = size.scaled(SIDE, SIDE, keep) if max(size.width(), size.height()) > SIDE else size
    picked = (fitted * SAMPLES).boundedTo(size)
    image = layer.thumbnail(picked.width(), picked.height())
    smooth = QtCore.Qt.TransformationMode.SmoothTransformation
    image = image.scaled(fitted, QtCore.Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    return image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)


def _reduced_plane(plane: Plane, bounds: Rect, scale: float) -> Plane:
    """A part of a layer with these bounds, as it lies in the layer's reduced picture."""
    x, y, width, height = plane.rect
    left, top = int((x - bounds.x) * scale), int((y - bounds.y) * scale)
    right, bottom = ceil((x + width - bounds.x) * scale), ceil((y + height - bounds.y) * scale)
    rect = Rect(left, top, right - left, bottom - top)
    held = bytes(plane.pixels)
    image = QtGui.QImage(held, width, height, width, QtGui.QImage.Format.Format_Grayscale8)
    smooth = QtCore.Qt.TransformationMode.SmoothTransformation
    freely = QtCore.Qt.AspectRatioMode.IgnoreAspectRatio
    image = image.scaled(rect.width, rect.height, freely, smooth)
    image = image.convertToFormat(QtGui.QImage.Format.Format_Grayscale8)
    rows = (image.constScanLine(row).asstring(rect.width) for row in range(rect.height))
    return Plane(rect, b"".join(rows))
