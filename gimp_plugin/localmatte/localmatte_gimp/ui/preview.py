"""The dialog's preview: what is left of the layer, or why there is nothing."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from gi.repository import Gdk, GdkPixbuf, Gimp, GLib, Gtk, Pango

from localmatte_bridge import BridgeError, Progress, device
from localmatte_bridge.edge_controls import CONTROLS, changed, scaled
from localmatte_bridge.preview import Asked, Detail, State
from localmatte_bridge.prompts import Prompts
from localmatte_bridge.subjects import NONE_FOUND, Subjects
from localmatte_bridge.viewport import Part, Viewport

from .. import arguments, engine
from ..document import layers, thumbnail, whole
from ..document.picture import Picture
from ..document.situation import unreported
from ..words import _
from .canvas import Canvas
from .picking import Picking
from .preview_thread import Found, PreviewThread, Wanted
from .view_bar import ViewBar
from .views import VIEWS, Patch, painted

SEEN = (
    "model",
    "refine",
    "best-edges",
    "inside-selection",
    "output",
    "existing-mask",
    *(control.name for control in CONTROLS),
)
"""The arguments that change what is to be seen."""

CLEAR = re.compile(rb"[\x80-\xff]")
"""A pixel of which half or more is seen."""

AROUND = 0.3
"""How much more than what is seen is looked at, so that small movements need nothing new."""

CLOSER = 1.02
"""How much larger than its pixels the small version may be shown before it looks blurred."""


class Preview:
    """A preview that shows what a procedure's arguments make of a layer.

    Args:
        config: The arguments.
        layer: What is looked at.

    Attributes:
        widget: To be put into the dialog; it fills what room there is.
    """

    seen: Tuple[str, ...] = SEEN
    """The arguments that change what is to be seen."""

    with_origin = False
    """Whether it shows what is made of what was found before."""

    def __init__(self, config: Gimp.ProcedureConfig, layer: Gimp.Layer) -> None:
        self._config = config
        self._layer = layer
        self._state = State()
        self._documents = 0
        self._pictures = _Pictures(layer, self.with_origin, self.follow, self._fail)
        self._patches: List[Patch] = []
        self._detail: Optional[Patch] = None
        self._picking = Picking(self._picked, self._redraw)
        picking = None if self.with_origin else self._picking
        self._view = _View(self._painted, self._moved, picking)
        self.widget = self._view.widget
        offer = None if self.with_origin else self._offer
        self._thread = PreviewThread(self._work, self._show, self._fail, offer)
        self._close_thread = PreviewThread(self._work, self._show_detail, self._fail)
        for name in self.seen:
            config.connect("notify::" + name, lambda *_news: self.follow())

    def read(self) -> None:
        """Look at the layer and at the selection as they are now."""
        try:
            small = self._pictures.read_small()
        except BridgeError as error:
            self.explain(error)
            return
        self._documents += 1
        self._detail = None
        self._picking.offer(NONE_FOUND)
        self._patches = [Patch(small, small.whole)]
        self._view.canvas.show_layer(*small.layer)
        self.follow()

    def follow(self) -> None:
        """Ask for what is to be seen now."""
        if not self._pictures.small:
            return
        asked, small = self._asked(), self._pictures.small
        state = self._state.retry().ask(asked)
        if state.missing:
            state = state.begin()
            self._thread.want(_wanted(asked, small, small.whole))
        self._become(state)
        self._look_closer()

    def explain(self, error: BridgeError) -> None:
        """Say in the picture's place why there is none, until the layer is read again."""
        self._pictures.forget()
        self._fail(error)

    def _fail(self, error: BridgeError) -> None:
        if error.code == "model-missing":
            error = BridgeError(error.code, error.message, _("Press Download to download it."))
        self._become(self._state.fail(error))

    @property
    def prompts(self) -> Prompts:
        """Which subject the user means."""
        return self._picking.prompts

    def press(self, event: Gdk.EventKey) -> bool:
        """Do what a key means for the preview; returns whether it means anything."""
        if event.keyval == Gdk.KEY_BackSpace:
            return self._picking.undo()
        return self._view.bar.press(event)

    def release(self, event: Gdk.EventKey) -> bool:
        """A key was let go."""
        return self._view.bar.release(event)

    def close(self) -> None:
        """Let go of the engine."""
        for thread in (self._thread, self._close_thread):
            thread.close()
        self._pictures.forget()
        self._view.canvas.close()

    def _picked(self) -> None:
        self._redraw()
        self.follow()

    def _redraw(self) -> None:
        self._view.canvas.redraw()

    def _look_closer(self) -> None:
        if not self._state.missing_detail or not self._state.asked:
            return
        picture = self._pictures.whole()
        viewport = self._view.canvas.viewport
        if picture and viewport:
            part = viewport.seen(AROUND)
            self._become(self._state.begin_detail(part))
            self._close_thread.want(_wanted(self._state.asked, picture, part))

    def _moved(self) -> None:
        """Another part is seen, or another size of it."""
        small, viewport = self._pictures.small, self._view.canvas.viewport
        self._view.bar.follow()
        if not small or not viewport:
            return
        close = small.scale < 1 and viewport.scale > CLOSER * small.scale
        self._become(self._state.look(viewport.seen() if close else None))
        self._look_closer()

    def _asked(self) -> Asked:
        values = {name: self._config.get_property(name) for name in SEEN}
        small, edges = self._pictures.small, changed(arguments.edges(self._config))
        box = small.box if small and values["inside-selection"] else None
        selects = values["output"] == "selection"
        return Asked(
            layer=self._documents,
            selection=tuple(box) if box else None,
            model=values["model"],
            refine=values["refine"],
            best_edges=values["refine"] and values["best-edges"],
            edges=tuple(sorted(edges.items())),
            existing=("replace" if selects else values["existing-mask"], None),
            prompts=self._picking.prompts,
        )

    def _work(self, progress: Progress) -> None:
        self._become(self._state.work(*progress))

    def _show(self, found: Found) -> None:
        asked, picture = found.wanted.asked, found.wanted.picture
        if asked.layer == self._documents:
            self._patches = [Patch(picture, found.wanted.part, found.mask, found.shown)]
        ran = device.named(found.meta) if "provider" in found.meta else ""
        line = found.meta.get("doubt") or found.meta["notice"] or ran
        self._become(self._state.show(asked, _emptiness(found), line))
        self._view.canvas.redraw()

    def _offer(self, wanted: Wanted, subjects: Subjects) -> None:
        if wanted.asked.layer == self._documents:
            self._picking.offer(subjects, wanted.picture)

    def _show_detail(self, found: Found) -> None:
        asked, part = found.wanted.asked, found.wanted.part
        if asked.layer == self._documents:
            self._detail = Patch(found.wanted.picture, part, found.mask, found.shown)
        self._become(self._state.show_detail(Detail(asked, part)))
        self._view.canvas.redraw()

    def _become(self, state: State) -> None:
        self._state = state
        self._view.follow(state)

    def _painted(self, viewport: Viewport) -> GdkPixbuf.Pixbuf:
        patches = list(self._patches)
        if self._detail and self._state.closer:
            patches.append(self._detail)
        seen = painted(VIEWS[self._view.bar.view], patches, viewport, self._view.bar.colour)
        self._picking.draw(seen, viewport, self._view.canvas.place.get_scale_factor())
        return seen


def explained(error: Exception, read: List[Gimp.Layer]) -> BridgeError:
    """Why layers could not be read: they can go between any two calls.

    Args:
        error: What went wrong, while it is handled.
        read: The layers.

    Returns:
        That they are gone, if they are.
    """
    with unreported():
        there = all(layer.is_valid() for layer in read)
    if not there:
        return layers.gone()
    return error if isinstance(error, BridgeError) else engine.unexpected(error)


class EdgesPreview(Preview):
    """A preview of other edges for a mask that a layer has, from what was found before."""

    seen = tuple(control.name for control in CONTROLS)
    with_origin = True

    def _asked(self) -> Asked:
        edges = changed(arguments.edges(self._config))
        return Asked(self._documents, edges=tuple(sorted(edges.items())))


def _wanted(asked: Asked, picture: Picture, part: Part) -> Wanted:
    inference: Dict[str, Any] = {
        "model": asked.model,
        "refine": asked.refine,
        "best_edges": asked.best_edges,
        "selection": picture.box if asked.selection else None,
        **asked.prompts.fields(picture.scale),
    }
    return Wanted(asked, picture, inference, scaled(dict(asked.edges), picture.scale), part)


def _emptiness(found: Found) -> str:
    """Why there is nothing to see; empty where there is something."""
    if CLEAR.search(found.shown):
        return ""
    return found.meta.get("notice") or _("Nothing of the layer would be clearly visible.")


class _Pictures:
    """The layer's pixels: a small version, and all of them once somebody looks closer.

    Args:
        layer: The layer.
        with_origin: Whether what its mask was made of is wanted in the place of the selection.
        came: Called when all of its pixels have come.
        failed: Called with the reason where they cannot be had.
    """

    def __init__(self, layer: Gimp.Layer, with_origin: bool, came: Any, failed: Any) -> None:
        self._layer, self._with_origin = layer, with_origin
        self._came, self._failed = came, failed
        self.small: Optional[Picture] = None
        self._whole: Optional[Picture] = None
        self._reading: Optional[Iterator[Optional[Picture]]] = None
        self._timer = 0

    def read_small(self) -> Picture:
        """Read the layer as it is now; what was read before is forgotten.

        Raises:
            BridgeError: The selection does not meet it ("picture"), or what its mask was made of
                is not known ("layer").
        """
        self.forget()
        read = thumbnail.with_origin if self._with_origin else thumbnail.of
        self.small = read(self._layer)
        return self.small

    def whole(self) -> Optional[Picture]:
        """All of its pixels; None while they are still to come."""
        if not self._whole and not self._timer:
            self._reading = whole.reading(self._layer, self._with_origin)
            self._timer = GLib.idle_add(self._step)
        return self._whole

    def forget(self) -> None:
        """Read no more, and keep nothing."""
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer, self.small, self._whole, self._reading = 0, None, None, None

    def _step(self) -> bool:
        try:
            with unreported():
                picture = next(self._reading) if self._reading else None
        except Exception as error:
            self._timer = 0
            self._failed(explained(error, [self._layer]))
            return False
        if not picture:
            return True
        self._timer, self._reading, self._whole = 0, None, picture
        self._came()
        return False


class _View:
    """A picture or a message, its controls, and a line below it.

    Attributes:
        widget: To be put into a window.
        canvas: The picture.
        bar: Its controls.
    """

    def __init__(self, paint: Any, moved: Any, picking: Optional[Picking]) -> None:
        self._picking = picking
        self.canvas = Canvas(paint, moved, self._clicked, self._boxed, self._pointed)
        self.bar = ViewBar(self.canvas, self.canvas.redraw)
        self._message = Gtk.Label(wrap=True, max_width_chars=40, justify=Gtk.Justification.CENTER)
        self._place = Gtk.Stack(hexpand=True, vexpand=True)
        self._place.add_named(self.canvas.widget, "picture")
        self._place.add_named(self._message, "message")
        self._line = Gtk.Label(xalign=0.0, ellipsize=Pango.EllipsizeMode.END)
        self._progress = Gtk.ProgressBar(show_text=True, ellipsize=Pango.EllipsizeMode.END)
        self._below = Gtk.Stack(homogeneous=True)
        self._below.add_named(self._line, "line")
        self._below.add_named(self._progress, "progress")
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        parts = [self._place, self.bar.widget, self._below]
        if picking:
            parts.insert(1, picking.widget)
        for part in parts:
            grows = part is self._place
            self.widget.pack_start(part, grows, grows, 0)

    def _clicked(self, place: Tuple[float, float], remove: bool) -> None:
        if self.canvas.viewport and self._picking:
            self._picking.click(self.canvas.viewport, place, remove)

    def _boxed(self, start: Tuple[float, float], end: Tuple[float, float], done: bool) -> None:
        if self.canvas.viewport and self._picking:
            self._picking.box(self.canvas.viewport, start, end, done)
            self.canvas.redraw()

    def _pointed(self, place: Optional[Tuple[float, float]]) -> None:
        if self.canvas.viewport and self._picking:
            self._picking.point(self.canvas.viewport, place)

    def follow(self, state: State) -> None:
        """Show what a state says."""
        self._message.set_text(state.message)
        self._place.set_visible_child(self._message if state.message else self.canvas.widget)
        self._line.set_text(state.line)
        self._progress.set_text(_("{stage}…").format(stage=_(state.stage)) if state.stage else "")
        self._progress.set_fraction(state.fraction)
        self._below.set_visible_child(self._progress if state.stage else self._line)
        self.canvas.set_out_of_date(state.out_of_date)
