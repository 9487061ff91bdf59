"""The widget that shows a preview: the layer, zoomed and moved, with the result over it."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from ..bridge import BOX, KEEP, REMOVE, Mark, Part, Prompts, Subjects, Viewport, spanned
from ..messages import guarded
from ..qt import QtCore, QtGui, QtWidgets
from ..tasks.preview import Frame
from ..words import N_, _
from . import widgets
from .views import COLOUR, ORIGINAL, VIEWS

LEAST_HEIGHT = 48
"""In logical pixels; the docker may be lower than what is in it."""

USUAL_HEIGHT = 220

SQUARE = 8
"""The checkerboard's, in the pixels that Qt counts, which are several on a dense screen."""

SHADE = 0.15
"""How much of the text's colour is in every other square."""

DIM = 0.4
"""How much is left of a result that is out of date."""

SPIN_MS = 80
SPIN_STEPS = 12
SPINNER = 20
"""The busy sign's side, in logical pixels."""

NOTCH = 120
"""Of a wheel, in Qt's units."""

HELD_MS = 300
"""A key held for longer goes back to the view before when it is let go."""

REPEAT_MS = 60
"""A key that is pressed again so soon was not let go of."""

MOST_CLOSE = 6_000_000
"""The largest part looked at closely, in the layer's pixels; beyond, the small picture will do."""

MARGIN = 0.25
"""Around the part that is seen, as a share of it, so that a small move shows no gap."""

SETTLE_MS = 80
"""After a move or a zoom, before the engine is asked for the part."""

STILL = 4
"""Logical pixels that the mouse may move between press and release of a click."""

DOT = 15
"""The width of a click's mark, in logical pixels."""

MARKS = {KEEP: "#26a269", REMOVE: "#c01c28", BOX: "#3584e4"}

HIGHLIGHT = 0x3584E4
"""What lies over the subject under the mouse, 0xRRGGBB."""

SAME = 1.05
"""A zoom up to so many times the small picture's own shows that one."""

HINT = N_("Click to keep a subject, Shift+click to remove one, or drag a box around it.")

Keys = QtCore.Qt.Key
Events = QtCore.QEvent.Type


class PreviewView(QtWidgets.QWidget):  # type: ignore[misc]
    """Draws a Frame, and lets the user look around in it.

    Attributes:
        resized: Emitted with the room for the picture, in pixels of the screen.
        closer: Emitted when `part` may have changed.
        part: What is seen larger than the small picture is; None where that one will do.
        view_asked: Emitted with the key of a view that the user asked for by a key.
        meant: Emitted with all that the user said of which subject is meant.
        view: The chosen view, a key of VIEWS.
        backdrop: The colour behind the view on a colour.
    """

    resized = QtCore.pyqtSignal(object)
    closer = QtCore.pyqtSignal()
    view_asked = QtCore.pyqtSignal(str)
    meant = QtCore.pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.part: Optional[Part] = None
        self.view = "transparency"
        self.backdrop = QtGui.QColor(0, 177, 64)
        self._frame = Frame()
        self._viewport = Viewport((1, 1), (1, 1))
        self._held = False
        self._made: Any = None
        self._pressed: Optional[Tuple[float, float]] = None
        self._dragged: Optional[Tuple[float, float]] = None
        self._boxing = False
        self._band: Optional[Part] = None
        self._pointer: Optional[Tuple[float, float]] = None
        self._highlighted = 0
        self._tint: Any = None
        self._turn = 0
        self._before = self.view
        self._back = QtCore.QTimer(self)
        self._back.setSingleShot(True)
        self._back.timeout.connect(self._go_back)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(LEAST_HEIGHT)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Expanding)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.grabGesture(QtCore.Qt.GestureType.PinchGesture)
        self._spin = QtCore.QTimer(self)
        self._spin.timeout.connect(self._spun)
        self._settle = QtCore.QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._look_closer)
        self._press = QtCore.QElapsedTimer()
        widgets.named(self, _("Preview"), _("The active layer without its background."))

    def sizeHint(self) -> Any:
        """As large as is pleasant."""
        return QtCore.QSize(USUAL_HEIGHT, USUAL_HEIGHT)

    @property
    def frame(self) -> Frame:
        """What is drawn."""
        return self._frame

    @property
    def viewport(self) -> Viewport:
        """What of the layer is seen, and where; all coordinates are converted by it."""
        return self._viewport

    def place_of(self, position: Any) -> Tuple[float, float]:
        """What of the layer is at a place in the widget.

        Args:
            position: The place as Qt gives it, in logical pixels.

        Returns:
            In the layer's pixels from its upper left corner.
        """
        return self._viewport.to_layer(*self._device(position))

    def show_frame(self, frame: Frame) -> None:
        """Draw another frame; the zoom stays while the layer keeps its size.

        Args:
            frame: All that is drawn.
        """
        if frame.picture is not None and frame.size != self._viewport.layer:
            self._viewport = Viewport(frame.size, self._room())
        known, self._frame = self._frame.subjects, frame
        # One that is pointed at in the list stays highlighted while the same are found.
        if frame.subjects != known:
            self._point(self._pointer)
        if frame.busy and not self._spin.isActive():
            self._spin.start(SPIN_MS)
        elif not frame.busy:
            self._spin.stop()
        busy = _("{stage}…").format(stage=frame.busy) if frame.busy else ""
        said = frame.sentence or busy or frame.line
        self.setToolTip(said or _(HINT))
        self.setAccessibleDescription(said or _("The active layer without its background."))
        self._settle.start(SETTLE_MS)
        self.update()

    def fit(self) -> None:
        """Show the whole layer."""
        self._go(self._viewport.fitted())

    def zoom_to_pixels(self, position: Any = None) -> None:
        """Show each pixel of the layer as one of the screen.

        Args:
            position: What stays in its place, in logical pixels; None for the middle.
        """
        at = self.rect().center() if position is None else position
        self._go(self._viewport.zoomed(1.0, *self._device(at)))

    def zoom_by(self, steps: int, position: Any = None) -> None:
        """Zoom in, or out where the number is negative.

        Args:
            steps: How many.
            position: What stays in its place, in logical pixels; None for the middle.
        """
        at = self.rect().center() if position is None else position
        self._go(self._viewport.stepped(steps, *self._device(at)))

    def take_back(self) -> None:
        """Remove the last click or box."""
        self._mean(self._frame.prompts.undone())

    def choose(self, number: int) -> None:
        """Mean one of the subjects that were found.

        Args:
            number: The subject's; 0 takes back what was said.
        """
        frame = self._frame
        if not number:
            self._mean(Prompts())
        elif number <= len(frame.subjects.found) and frame.picture is not None:
            scale = max(
                frame.picture.width() / frame.size[0], frame.picture.height() / frame.size[1]
            )
            point = frame.subjects.found[number - 1].point
            self._mean(frame.prompts.chosen(point, scale))

    def highlight(self, number: int) -> None:
        """Show which subject a click would mean.

        Args:
            number: The subject's; 0 for none.
        """
        if number != self._highlighted:
            self._highlighted = number
            self.update()

    def hold_original(self, held: bool) -> None:
        """Show the original for a while, whatever the view.

        Args:
            held: Whether it begins or ends.
        """
        self._held = held
        self.update()

    # Qt's own names from here on.

    def resizeEvent(self, event: Any) -> None:
        """Keep what is seen."""
        self._viewport = self._viewport.resized(self._room())
        self.resized.emit(self._room())
        self._settle.start(SETTLE_MS)

    def event(self, event: Any) -> bool:
        """Take keys that Krita would take for its tools, and pinches."""
        kind = event.type()
        if kind == Events.ShortcutOverride and self._knows(event):
            event.accept()
            return True
        if kind == Events.Gesture:
            pinch = event.gesture(QtCore.Qt.GestureType.PinchGesture)
            if pinch:
                centre = self.mapFromGlobal(pinch.centerPoint().toPoint())
                self._zoom_freely(pinch.scaleFactor(), centre)
                return True
        zooms = QtCore.Qt.NativeGestureType.ZoomNativeGesture
        if kind == Events.NativeGesture and event.gestureType() == zooms:
            self._zoom_freely(1 + event.value(), event.pos())
            return True
        return bool(super().event(event))

    def wheelEvent(self, event: Any) -> None:
        """Zoom, where the wheel is meant for the preview; else what is around it scrolls."""
        control = event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier
        if not (self.hasFocus() or control) or self._frame.picture is None:
            event.ignore()
            return
        turned = event.angleDelta().y()
        if turned:
            steps = max(1, abs(turned) // NOTCH)
            self.zoom_by(steps if turned > 0 else -steps, event.position().toPoint())
        event.accept()

    def mousePressEvent(self, event: Any) -> None:
        """Begin a click, a box, or to move the picture."""
        buttons, here = QtCore.Qt.MouseButton, self._device(event.pos())
        if event.button() == buttons.RightButton:
            self._mean(self._frame.prompts.clicked(REMOVE, self._viewport, *here))
        elif event.button() in (buttons.LeftButton, buttons.MiddleButton):
            self._pressed = self._dragged = here
            # Where there is nothing to move, a drag is free for a box.
            control = event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier
            left = event.button() == buttons.LeftButton
            self._boxing = left and bool(control or self._all_is_seen())

    def mouseMoveEvent(self, event: Any) -> None:
        """Show what is under the mouse, draw the box, or move the picture."""
        here = self._device(event.pos())
        if not self._pressed or not self._dragged:
            self._point(here)
            return
        if self._is_click(here):
            return
        self._point(None)
        if self._boxing:
            self._band = spanned(self._viewport, self._pressed, here)
            self.update()
        else:
            self.setCursor(QtCore.Qt.CursorShape.ClosedHandCursor)
            across, down = here[0] - self._dragged[0], here[1] - self._dragged[1]
            self._go(self._viewport.panned(across, down))
        self._dragged = here

    def leaveEvent(self, event: Any) -> None:
        """Nothing is under the mouse any more."""
        super().leaveEvent(event)
        self._point(None)

    def mouseReleaseEvent(self, event: Any) -> None:
        """Say what was clicked or boxed; the picture stays where it is."""
        here, pressed = self._device(event.pos()), self._pressed
        left = event.button() == QtCore.Qt.MouseButton.LeftButton
        if pressed and left and self._dragged == pressed:
            shift = event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier
            kind = REMOVE if shift else KEEP
            self._mean(self._frame.prompts.clicked(kind, self._viewport, *pressed))
        elif pressed and left and self._boxing:
            self._mean(self._frame.prompts.boxed(self._viewport, pressed, here))
        self._pressed = self._dragged = self._band = None
        self.unsetCursor()
        self.update()

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Look at pixels, or at the whole again."""
        self.take_back()
        if self._viewport.zoom:
            self.fit()
        else:
            self.zoom_to_pixels(event.pos())

    def keyPressEvent(self, event: Any) -> None:
        """Choose a view, zoom, or move."""
        if event.key() in _letters() and (event.isAutoRepeat() or self._back.isActive()):
            # Not every desktop says that a key repeats itself.
            self._back.stop()
            return
        if not self._knows(event):
            super().keyPressEvent(event)
            return
        key = event.key()
        if key in _letters():
            self._before = self.view
            self._press.start()
            self.view_asked.emit(_letters()[key])
        elif key in PANS:
            across, down = PANS[key]
            width, height = self._room()
            self._go(self._viewport.panned(across * width / 4, down * height / 4))
        elif key == Keys.Key_Escape:
            widgets.give_keyboard_to_canvas()
        else:
            ZOOMS[key](self)

    def keyReleaseEvent(self, event: Any) -> None:
        """Go back to the view before a key that was held."""
        held = self._press.isValid() and self._press.elapsed() > HELD_MS
        if event.key() in _letters() and held and not event.isAutoRepeat():
            self._back.start(REPEAT_MS)
        elif not event.isAutoRepeat():
            super().keyReleaseEvent(event)

    def _go_back(self) -> None:
        self._press.invalidate()
        self.view_asked.emit(self._before)

    def focusInEvent(self, event: Any) -> None:
        """Show that keys and the wheel are the preview's."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: Any) -> None:
        """Show that they are not any more."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: Any) -> None:
        """Draw all of it."""
        painter = QtGui.QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.fillRect(
            self.rect(), self.palette().color(QtGui.QPalette.ColorRole.Window).darker(115)
        )
        if self._frame.picture is not None:
            painter.scale(1 / ratio, 1 / ratio)
            self._draw_picture(painter)
            painter.resetTransform()
        align = QtCore.Qt.AlignmentFlag
        if self._frame.sentence:
            self._draw_sentence(painter, self._frame.sentence, align.AlignCenter)
        elif self._frame.line:
            # Beside the picture it would change the picture's size.
            place = align.AlignHCenter | align.AlignBottom
            self._draw_sentence(painter, self._frame.line, place)
        if self._frame.busy:
            self._draw_spinner(painter)
        if self.hasFocus():
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Highlight))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _draw_picture(self, painter: Any) -> None:
        frame, viewport = self._frame, self._viewport
        left, top = viewport.origin
        width, height = viewport.drawn
        place = QtCore.QRect(-left, -top, width, height)
        shown = ORIGINAL if self._held or frame.matte is None else self.view
        small, close = self._images(shown)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, viewport.scale < 2)
        visible = place.intersected(QtCore.QRect(0, 0, *viewport.room))
        painter.fillRect(visible, self._backdrop(shown))
        painter.setOpacity(DIM if frame.stale or frame.sentence else 1.0)
        if frame.close and self._wants_close():
            part = frame.close.part
            x, y = viewport.to_preview(part.x, part.y)
            right, bottom = viewport.to_preview(part.x + part.width, part.y + part.height)
            target = QtCore.QRectF(x, y, right - x, bottom - y)
            outside = QtGui.QRegion(visible) - QtGui.QRegion(target.toAlignedRect())
            painter.save()
            painter.setClipRegion(outside)
            painter.drawImage(place, small)
            painter.restore()
            painter.drawImage(target, close)
        else:
            painter.drawImage(place, small)
        painter.setOpacity(1.0)
        if self._highlighted:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._highlight())
        self._draw_marks(painter)

    def _draw_marks(self, painter: Any) -> None:
        """The clicks and the box, which are told apart without their colours."""
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        band = [Mark(BOX, self._band)] if self._band else []
        for kind, place in (*self._frame.prompts.marks, *band):
            x, y = self._viewport.to_preview(place.x + 0.5, place.y + 0.5)
            colour, white = QtGui.QColor(MARKS[kind]), QtGui.QColor("white")
            if kind == BOX:
                scale = self._viewport.scale
                frame = QtCore.QRectF(x, y, place.width * scale, place.height * scale)
                painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
                for pen, width in ((white, 3), (colour, 1)):
                    painter.setPen(QtGui.QPen(pen, width * ratio))
                    painter.drawRect(frame)
                continue
            reach = DOT * ratio / 2
            painter.setPen(QtGui.QPen(white, 1.5 * ratio))
            painter.setBrush(colour)
            painter.drawEllipse(QtCore.QPointF(x, y), reach, reach)
            painter.setPen(QtGui.QPen(white, 2 * ratio))
            arm = reach / 2
            painter.drawLine(QtCore.QPointF(x - arm, y), QtCore.QPointF(x + arm, y))
            if kind == KEEP:
                painter.drawLine(QtCore.QPointF(x, y - arm), QtCore.QPointF(x, y + arm))
        painter.restore()

    def _highlight(self) -> Any:
        """What lies over the highlighted subject, kept while it stays."""
        subjects, number = self._frame.subjects, self._highlighted
        if self._tint is None or self._tint[0] is not subjects or self._tint[1] != number:
            image = _tint(subjects, number)
            self._tint = subjects, number, image
        return self._tint[2]

    def _point(self, place: Optional[Tuple[float, float]]) -> None:
        """The mouse is at a place of the screen's pixels; None where it has left."""
        self._pointer = place
        if place is None:
            self.highlight(0)
            return
        (x, y), (width, height) = self._viewport.to_layer(*place), self._viewport.layer
        self.highlight(self._frame.subjects.at(x / width, y / height))

    def _images(self, shown: str) -> Tuple[Any, Any]:
        """What is drawn of the small picture and of the part at full size, kept while it stays."""
        frame = self._frame
        key = shown, frame.picture, frame.matte, frame.close
        if self._made is None or any(a is not b for a, b in zip(self._made[0], key)):  # noqa: B905
            draw = VIEWS[shown].draw
            close = frame.close
            small = draw(frame.picture, frame.matte)
            self._made = key, small, draw(close.picture, close.matte) if close else None
        return self._made[1], self._made[2]

    def _backdrop(self, shown: str) -> Any:
        backdrop = VIEWS[shown].backdrop
        if backdrop is None:
            return self._checkerboard()
        return QtGui.QBrush(self.backdrop if backdrop == COLOUR else QtGui.QColor(backdrop))

    def _checkerboard(self) -> Any:
        """Drawn in pixels of the screen."""
        base = self.palette().color(QtGui.QPalette.ColorRole.Base)
        text = self.palette().color(QtGui.QPalette.ColorRole.Text)
        pairs = zip(base.getRgb()[:3], text.getRgb()[:3])  # noqa: B905  # Python 3.8
        other = QtGui.QColor(*(round(a + (b - a) * SHADE) for a, b in pairs))
        side = round(SQUARE * self.devicePixelRatioF())
        tile = QtGui.QPixmap(2 * side, 2 * side)
        tile.fill(base)
        painter = QtGui.QPainter(tile)
        for corner in (0, side):
            painter.fillRect(corner, corner, side, side, other)
        painter.end()
        return QtGui.QBrush(tile)

    def _draw_sentence(self, painter: Any, sentence: str, place: Any) -> None:
        palette = self.palette()
        flags = int(place) | int(QtCore.Qt.TextFlag.TextWordWrap)
        room = self.rect().adjusted(12, 8, -12, -8)
        text = painter.boundingRect(room, flags, sentence)
        panel = text.adjusted(-8, -6, 8, 6).intersected(self.rect())
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QtGui.QPalette.ColorRole.Window))
        painter.drawRoundedRect(panel, 4, 4)
        painter.setPen(palette.color(QtGui.QPalette.ColorRole.WindowText))
        painter.drawText(room, flags, sentence)

    def _draw_spinner(self, painter: Any) -> None:
        palette = self.palette()
        place = QtCore.QRectF(self.width() - SPINNER - 6, 6, SPINNER, SPINNER)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        ground = palette.color(QtGui.QPalette.ColorRole.Window)
        ground.setAlphaF(0.8)
        painter.setBrush(ground)
        painter.drawEllipse(place)
        pen = QtGui.QPen(palette.color(QtGui.QPalette.ColorRole.Highlight), 2.5)
        painter.setPen(pen)
        start = -self._turn * 360 * 16 // SPIN_STEPS
        painter.drawArc(place.adjusted(4, 4, -4, -4), start, 270 * 16)

    @guarded
    def _spun(self) -> None:
        self._turn = (self._turn + 1) % SPIN_STEPS
        self.update(self.width() - SPINNER - 8, 0, SPINNER + 8, SPINNER + 8)

    def _wants_close(self) -> bool:
        """Whether the picture is zoomed in further than the small one goes."""
        frame = self._frame
        if frame.picture is None:
            return False
        small = float(frame.picture.width()) / frame.size[0]
        return self._viewport.scale > SAME * small

    @guarded
    def _look_closer(self) -> None:
        wide, tight = self._viewport.seen(MARGIN), self._viewport.seen()
        fitting = (p for p in (wide, tight) if p.width * p.height <= MOST_CLOSE)
        self.part = next(fitting, None) if self._wants_close() else None
        self.closer.emit()

    def _mean(self, prompts: Prompts) -> None:
        if prompts != self._frame.prompts and self._frame.picture is not None:
            self.meant.emit(prompts)

    def _is_click(self, here: Tuple[float, float]) -> bool:
        """Whether the mouse has hardly moved since the press."""
        if self._pressed is None or self._dragged != self._pressed:
            return False
        away = max(abs(here[axis] - self._pressed[axis]) for axis in (0, 1))
        return bool(away <= STILL * self.devicePixelRatioF())

    def _all_is_seen(self) -> bool:
        pairs = zip(self._viewport.drawn, self._viewport.room)  # noqa: B905  # Python 3.8
        return all(drawn <= room for drawn, room in pairs)

    def _go(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self._settle.start(SETTLE_MS)
        self.update()

    def _zoom_freely(self, factor: float, position: Any) -> None:
        zoom = self._viewport.scale * factor
        self._go(self._viewport.zoomed(zoom, *self._device(position)))

    def _knows(self, event: Any) -> bool:
        plain = (QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.KeyboardModifier.KeypadModifier)
        shifted = event.modifiers() == QtCore.Qt.KeyboardModifier.ShiftModifier
        key = event.key()
        if key in (Keys.Key_Plus, Keys.Key_Equal) and shifted:
            return True
        known: bool = key in _letters() or key in PANS or key in ZOOMS or key == Keys.Key_Escape
        return known and bool(event.modifiers() in plain)

    def _room(self) -> Tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def _device(self, position: Any) -> Tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio


PANS = {
    Keys.Key_Left: (1, 0),
    Keys.Key_Right: (-1, 0),
    Keys.Key_Up: (0, 1),
    Keys.Key_Down: (0, -1),
}
"""Where the picture goes, in quarters of the room."""

ZOOMS = {
    Keys.Key_Plus: lambda view: view.zoom_by(1),
    Keys.Key_Equal: lambda view: view.zoom_by(1),
    Keys.Key_Minus: lambda view: view.zoom_by(-1),
    Keys.Key_0: PreviewView.fit,
    Keys.Key_1: PreviewView.zoom_to_pixels,
    Keys.Key_Backspace: PreviewView.take_back,
}


def _tint(subjects: Subjects, number: int) -> Any:
    """What highlights a subject, as a QImage that holds its own bytes."""
    width, height = subjects.width, subjects.height
    form = QtGui.QImage.Format.Format_RGBA8888
    return QtGui.QImage(
        bytes(subjects.tint(number, HIGHLIGHT)), width, height, 4 * width, form
    ).copy()


def _letters() -> Any:
    """The views' names by the keys that choose them."""
    return {getattr(Keys, f"Key_{view.key}"): name for name, view in VIEWS.items()}
