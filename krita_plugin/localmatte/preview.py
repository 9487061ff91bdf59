"""The matte of a reduced picture, kept by the engine so that its edges can be finished anew."""

from __future__ import annotations

import queue
from math import ceil
from typing import Any, Dict, Iterator, Mapping, Optional, Union

from .bridge import Client, Installation, Progress, Result, scaled
from .job import End, Job
from .picture import LAYOUT
from .plane import DARKER, NOTHING, OPAQUE, Plane, combined
from .qt import QtCore, QtGui
from .rect import Rect
from .words import _

Event = Union[Progress, Result]

SIDE = 512
"""The longer side of the reduced picture at most, in pixels."""

SAMPLES = 2
"""So many times larger Krita reduces it, since it only picks pixels; Qt does the rest."""


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
        engine: Installation,
        node: Any,
        selected: Optional[Plane],
        options: Dict[str, Any],
        edges: Mapping[str, float],
    ) -> None:
        """Reduce a layer and find its subject, in a thread.

        Args:
            engine: Where the engine lies.
            node: The layer.
            selected: What the user selected, where that limits what is shown.
            options: model and refine of the request.
            edges: The controls that do something.
        """
        self.close()
        bounds = Rect.of(node.bounds())
        inside = selected.clipped(bounds) if selected else None
        if not bounds.area:
            self.say(_("There is nothing on this layer."))
            return
        if inside and not inside.rect.area:
            self.say(_("The selection does not meet the layer."))
            return
        self._picture = _reduced(node, node.bounds().size())
        self._scale = self._picture.width() / bounds.width
        self._engine, self._options, self._edges = engine, dict(options), dict(edges)
        whole = Rect(0, 0, self._picture.width(), self._picture.height())
        self._limit = Plane(whole, OPAQUE * whole.area)
        if inside:
            limit = _reduced_plane(inside, bounds, self._scale)
            self._limit = limit.clipped(whole).spread(whole, NOTHING)
            self._options["selection"] = list(limit.rect.intersected(whole))
        self._start()

    def finish(self, edges: Mapping[str, float]) -> None:
        """Finish the edges anew; what is still on its way there is passed over."""
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
        """Show a sentence in the picture's place."""
        self.image, self.message = None, message
        self.changed.emit()

    def _start(self) -> None:
        self._answered = False
        wanted: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wanted = wanted
        self._job = Job(
            self._engine,
            lambda client: self._talk(client, wanted),
            self._end,
            self._advance,
            on_result=self._take,
        )
        self._job.start()

    def _talk(self, client: Client, wanted: queue.SimpleQueue[Any]) -> Iterator[Event]:
        """What runs in the thread, until it hears None."""
        picture, scale = self._picture, self._scale
        width, height = picture.width(), picture.height()
        pixels = picture.constBits()
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
        width, height = self._picture.width(), self._picture.height()
        # Qt does not hold what it draws from.
        held = combined(Plane(self._limit.rect, result.payload), self._limit, DARKER).pixels
        matte = QtGui.QImage(held, width, height, width, QtGui.QImage.Format.Format_Alpha8)
        cut = self._picture.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
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


def _reduced(node: Any, size: Any) -> Any:
    """A layer as a QImage of four bytes a pixel, BGRA in sRGB."""
    keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
    fitted = size.scaled(SIDE, SIDE, keep) if max(size.width(), size.height()) > SIDE else size
    picked = (fitted * SAMPLES).boundedTo(size)
    image = node.thumbnail(picked.width(), picked.height())
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
