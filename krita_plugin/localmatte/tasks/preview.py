"""The preview of what a removal would give: in small, and at full size where the user looks closer.

The engine keeps both mattes over connections that stay open, so that edges are finished again
without the network. What is shown and what is out of date is said by a `PreviewState`.
"""

from __future__ import annotations

import queue
from functools import partial
from typing import Any, Callable, Dict, Iterator, Mapping, NamedTuple, Optional, Tuple, Union

from ..bridge import (
    NONE_FOUND,
    Asked,
    BridgeError,
    Client,
    Detail,
    Need,
    Part,
    PreviewState,
    Progress,
    Prompts,
    Result,
    Subjects,
    installed,
    same_choice,
    scaled,
)
from ..document import mask, pixels, reduced
from ..document.pixels import LAYOUT
from ..document.plane import DARKER, NOTHING, Plane, Rect, combined
from ..document.steps import steps
from ..messages import guarded
from ..qt import QtCore, QtGui, alive
from ..windows import watch
from ..words import _
from .job import End, Job
from .observer import Observer, Sight
from .remover import Remover

LOOK_MS = 250
"""How often the document is looked at."""

LINGER_MS = 2000
"""How long a preview that nobody sees is kept: a docker that is moved is hidden meanwhile."""

SIDES = (512, 768, 1024, 1536)
"""The longer sides of the small picture, in pixels; the least that is not less than the room."""

Event = Union[Progress, Result]
Edges = Mapping[str, float]


class Close(NamedTuple):
    """A part of the layer at full size.

    Attributes:
        part: Which.
        picture: Its QImage.
        matte: Its matte, a QImage.
    """

    part: Part
    picture: Any
    matte: Any


class Frame(NamedTuple):
    """All that is drawn.

    Attributes:
        size: The layer's width and height in its pixels.
        picture: The layer in small, a QImage; None where there is none.
        matte: What is shown of it, a QImage of one byte a pixel; None before it is known.
        close: A part at full size, where that is looked at.
        stale: Whether the result is out of date.
        busy: What the engine does; empty while it does nothing.
        sentence: What is said in the place of the result.
        prompts: Which subject is meant.
        line: What is said of the result.
        subjects: Between which the user can choose, in the small picture's pixels.
    """

    size: Tuple[int, int] = (0, 0)
    picture: Any = None
    matte: Any = None
    close: Optional[Close] = None
    stale: bool = False
    busy: str = ""
    sentence: str = ""
    prompts: Prompts = Prompts()
    line: str = ""
    subjects: Subjects = NONE_FOUND


class Finder:
    """Finds the subject of one picture, then finishes its edges as often as is asked.

    Attributes:
        free: Whether the engine has found what was asked last.

    Args:
        data: BGRA in sRGB, rows from the top.
        size: Width and height in pixels.
        options: Of the request.
        scale: The picture's, as a share of the layer, for lengths among the edge controls.
        on_matte: Told what was asked, the mask or its part, and what the engine says of it.
        on_progress: Told what the engine does.
        on_end: Told why there is no more.
        on_subjects: Told between which subjects the user can choose; None where nobody asks.
    """

    def __init__(
        self,
        data: bytes,
        size: Tuple[int, int],
        options: Dict[str, Any],
        scale: float,
        on_matte: Callable[[Any, bytes, str], None],
        on_progress: Callable[[Progress], None],
        on_end: Callable[[End], None],
        on_subjects: Optional[Callable[[Subjects], None]] = None,
    ) -> None:
        self._data, self._size, self._options, self._scale = data, size, options, scale
        self._on_matte, self._on_progress, self._on_end = on_matte, on_progress, on_end
        self._on_subjects = on_subjects
        self._last: Any = None
        self._start()

    def find(
        self, options: Dict[str, Any], on_subjects: Optional[Callable[[Subjects], None]] = None
    ) -> None:
        """Find another subject with the next `finish`; the engine knows the picture by now.

        Args:
            options: Of the request.
            on_subjects: As at first.
        """
        self._options, self._on_subjects, self.free = options, on_subjects, False

    def finish(self, asked: Any, edges: Edges, part: Optional[Part] = None) -> None:
        """Finish the edges; of what is on its way to the engine, only the last counts.

        Args:
            asked: Handed back with the mask.
            edges: The controls that do something.
            part: What of the mask is wanted; None for all.
        """
        choosing = self._on_subjects is not None
        self._last = asked, scaled(edges, self._scale), part, self._options, choosing
        self._wanted.put(self._last)

    def close(self) -> None:
        """Let go of the engine, and of those who asked."""
        self._job.abandon()
        self._wanted.put(None)
        self._on_matte = self._on_progress = self._on_end = _to_nobody
        self._on_subjects = None

    def _start(self) -> None:
        wanted: queue.SimpleQueue[Any] = queue.SimpleQueue()
        if self._last:
            wanted.put(self._last)
        self._wanted = wanted
        self._answered = self.free = False
        self._job = Job(
            installed(),
            lambda client: self._talk(client, wanted),
            self._end,
            self._on_progress,
            on_result=self._take,
            name="localmatte preview",
        )
        self._job.start()

    def _talk(self, client: Client, wanted: queue.SimpleQueue[Any]) -> Iterator[Event]:
        """What runs in the thread, until it hears None."""
        width, height = self._size
        notice, found_with = "", None
        while True:
            task = wanted.get()
            while task is not None and not wanted.empty():
                task = wanted.get()
            if task is None:
                return
            asked, edges, part, options, choosing = task
            anew = options is not found_with
            if anew:
                ask = client.refine if "raw" in options else client.matte
                for event in ask([self._data], width, height, LAYOUT, **options):
                    if isinstance(event, Progress):
                        yield event
                    else:
                        meta = event.header["meta"]
                        notice, found_with = meta.get("doubt") or meta["notice"], options
            found = client.edges(width * height, part, **edges)
            said = {"options": options, "asked": asked, "notice": notice}
            yield Result(said, found.payload)
            if anew and choosing:
                yield Result({"options": options, "subjects": client.subjects()}, bytearray())

    def _take(self, result: Result) -> None:
        self._answered = True
        said = result.header
        if said["options"] is not self._options:
            return
        self.free = True
        if "subjects" not in said:
            self._on_matte(said["asked"], bytes(result.payload), said["notice"])
        elif self._on_subjects:
            self._on_subjects(said["subjects"])

    def _end(self, end: End) -> None:
        if self._answered and getattr(end, "code", "") == "engine-died":
            # It was idle for long enough to end itself.
            self._start()
        else:
            self._on_end(end)


def _to_nobody(*told: object) -> None:
    """What is told when nobody listens any more."""


class Preview(QtCore.QObject):  # type: ignore[misc]
    """What a docker shows of the layer that the user is in.

    Args:
        remover: Whose model and choices count.
        observer: What sees what there is to show.

    Attributes:
        changed: Emitted when `frame` has changed.
        frame: What is to be drawn.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, remover: Remover, observer: Optional[Observer] = None) -> None:
        super().__init__()
        self.frame = Frame()
        self._remover = remover
        self._observer = observer or Observer()
        self._state = PreviewState()
        self._prompts = Prompts()
        self._meant_in: Any = None
        self._side = SIDES[0]
        self._small: Optional[Finder] = None
        self._looked_at: Optional[Sight] = None
        self._full: Optional[_Full] = None
        self._plane: Optional[Plane] = None
        self._limit: Optional[Plane] = None
        self._limit_box: Optional[Rect] = None
        self._existing: Optional[Plane] = None
        self._notice = ""
        self._subjects: Subjects = NONE_FOUND
        self._found_for: Optional[Asked] = None
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.look)
        self._linger = QtCore.QTimer(self)
        self._linger.setSingleShot(True)
        self._linger.timeout.connect(self._forget)
        remover.left.connect(self._leave)

    def begin(self) -> None:
        """Somebody sees it."""
        self._linger.stop()
        self._timer.start(LOOK_MS)
        self.look()

    def rest(self) -> None:
        """Nobody sees it; what it shows is kept for a moment."""
        if not alive(self._timer):
            return
        self._timer.stop()
        self._linger.start(LINGER_MS)

    def end(self) -> None:
        """Nobody will ever see it again."""
        self._linger.stop()
        self._leave()

    def resize(self, room: Tuple[int, int]) -> None:
        """The picture has room for so many pixels of the screen.

        Args:
            room: Width and height.
        """
        self._side = next((side for side in SIDES if side >= max(room)), SIDES[-1])

    def look_closer(self, part: Optional[Part]) -> None:
        """A part of the layer is seen larger than the small picture is.

        Args:
            part: The part, in the layer's pixels; None where the small picture will do.
        """
        sight, before = self._observer.sight, self._state
        self._state = before.look(part if sight and sight.scale < 1 else None)
        self._seek_close()
        if self._state != before:
            self._draw()

    def mean(self, prompts: Prompts) -> None:
        """The user says which subject of the layer in sight is meant.

        Args:
            prompts: All that was said, in the pixels of what is looked at.
        """
        sight = self._observer.sight
        if sight:
            self._prompts, self._meant_in = prompts, _identity(sight)
            self._remover.mean(sight.layer.id, prompts)
            self.look()
            self._draw()

    def _mean_nothing(self) -> None:
        """What was said was said of something else."""
        if self._prompts.marks:
            self._prompts, self._meant_in = Prompts(), None
            self._remover.mean(None, self._prompts)

    @guarded
    def look(self) -> None:
        """See what there is to show, and have it shown."""
        if not self._timer.isActive() or not watch.quiet:
            return
        steps.watch()
        before, sight = self._state, self._observer.sight
        try:
            remover = self._remover
            asked = self._observer.look(self._side, remover.model, remover.missing)
            if self._observer.sight and _identity(self._observer.sight) != self._meant_in:
                self._mean_nothing()
            self._state = self._state.ask(asked._replace(prompts=self._prompts))
        except BridgeError as error:
            self._close()
            self._state = self._state.refuse(error)
        if self._observer.sight is not sight:
            self._take_in()
        try:
            self._act()
        except BridgeError as error:
            self._end(error)
        if self._state != before or self._observer.sight is not sight:
            self._draw()

    def _act(self) -> None:
        """Begin what is missing."""
        state = self._state
        missing = state.missing
        if missing >= Need.FIND:
            self._find()
        elif missing == Need.FINISH and self._small:
            self._finish()
        elif missing == Need.COMBINE and state.asked:
            self._show(state.asked)

    def _find(self) -> None:
        sight, asked = self._observer.sight, self._state.asked
        assert sight is not None
        assert asked is not None
        options = self._options(self._limit_box if self._limit else None, sight.scale)
        offer = partial(self._offer, asked) if self._offers(asked) else None
        if self._small and self._small.free and self._looked_at is sight:
            self._close_full()
            self._small.find(options, offer)
        else:
            self._close()
            size = sight.picture.width(), sight.picture.height()
            data = reduced.pixels(sight.picture)
            told = self._take, self._advance, self._end, offer
            self._small, self._looked_at = Finder(data, size, options, sight.scale, *told), sight
        self._finish()
        self._state = self._state.work(0.0, _("Starting"))

    def _offers(self, asked: Asked) -> bool:
        """Whether to ask between which subjects the user can choose."""
        return not same_choice(self._found_for, asked)

    def _finish(self) -> None:
        asked, small = self._state.asked, self._small
        assert asked is not None
        assert small is not None
        self._state = self._state.begin()
        small.finish(asked, dict(asked.edges))
        self._seek_close()

    def _take_in(self) -> None:
        """Make what was read ready to be shown, with the old matte while it still fits."""
        sight = self._observer.sight
        if sight is None or not self._state.shown:
            self._plane = None
            self._subjects, self._found_for = NONE_FOUND, None
        self._limit = self._existing = None
        if sight is None:
            return
        whole = Rect(0, 0, sight.picture.width(), sight.picture.height())
        if sight.selected and sight.selected.rect.area:
            small = reduced.plane(sight.selected, sight.region, sight.scale).clipped(whole)
            self._limit_box = small.rect
            self._limit = small.spread(whole, NOTHING)
        if sight.keys[2]:
            old = mask.shown_by_existing(sight.layer, sight.region)
            self._existing = reduced.plane(old, sight.region, sight.scale).clipped(whole)
        if self._plane and self._plane.rect != whole:
            self._plane = None

    def _advance(self, progress: Progress) -> None:
        self._state = self._state.work(*progress)
        self._draw()

    def _take(self, asked: Asked, matte: bytes, notice: str) -> None:
        sight = self._observer.sight
        if sight is None:
            return
        whole = Rect(0, 0, sight.picture.width(), sight.picture.height())
        if whole.area != len(matte):
            return
        self._plane, self._notice = Plane(whole, matte), notice
        self._show(asked)

    def _offer(self, asked: Asked, subjects: Subjects) -> None:
        self._subjects, self._found_for = subjects, asked
        self._draw()

    def _show(self, asked: Asked) -> None:
        """Show the matte, and say so where nothing of the layer would be left."""
        self._state = self._state.show(asked, line=self._notice)
        sight, shown = self._observer.sight, self._shown()
        if sight and shown and shown.is_faint:
            gone = _("Nothing of “{layer}” is clearly visible in the result.")
            empty = self._notice or gone.format(layer=sight.layer.name)
            self._state = self._state.show(asked, empty)
        self._seek_close()
        self._draw()

    def _shown(self) -> Optional[Plane]:
        """The matte as far as it is selected, with the existing mask."""
        shown, sight = self._plane if self._state.shown else None, self._observer.sight
        if shown and self._limit:
            shown = combined(shown, self._limit, DARKER)
        if shown and sight and self._existing:
            shown = combined(shown, self._existing, mask.COMBINATIONS[sight.keys[2][0]])
        return shown

    def _seek_close(self) -> None:
        """Have the part that is looked at finished at full size, once the whole is there."""
        sight, state = self._observer.sight, self._state
        asked, part = state.asked, state.missing_detail
        if not (sight and asked and part and state.found) or state.message:
            return
        try:
            if self._full is None:
                selected, corner = sight.selected, sight.region
                box = selected.rect.moved(-corner.x, -corner.y) if selected else None
                options = self._options(box, 1.0)
                told = self._take_detail, self._advance, self._end
                self._full = _Full(sight, self._read_full(sight), options, *told)
            self._full.finish(Detail(asked, part))
            self._state = state.begin_detail(part)
        except BridgeError as error:
            self._end(error)

    def _read_full(self, sight: Sight) -> pixels.Pixels:
        """What is looked at, at full size."""
        return pixels.read(sight.document, sight.layer)

    def _take_detail(self, detail: Detail) -> None:
        self._state = self._state.show_detail(detail)
        self._draw()

    def _options(self, box: Optional[Rect], scale: float) -> Dict[str, Any]:
        """Of a request for a matte; the box is where to look, in the picture's pixels."""
        asked = self._state.asked
        assert asked is not None
        options: Dict[str, Any] = {"refine": asked.refine, "best_edges": asked.best_edges}
        options.update(asked.prompts.fields(scale))
        if asked.model:
            options["model"] = asked.model
        if box:
            options["selection"] = list(box)
        return options

    def _end(self, end: End) -> None:
        self._close()
        failure = end if isinstance(end, BridgeError) else BridgeError("unexpected", str(end))
        self._state = self._state.fail(failure)
        self._draw()

    def _close(self) -> None:
        small, self._small, self._looked_at = self._small, None, None
        if small:
            small.close()
        self._close_full()

    def _close_full(self) -> None:
        full, self._full = self._full, None
        if full:
            full.close()
        self._state = self._state.drop_detail()

    @guarded
    def _leave(self) -> None:
        self._timer.stop()
        self._close()

    @guarded
    def _forget(self) -> None:
        self._close()
        self._observer.forget()
        self._mean_nothing()
        self._state = self._state.forget()
        self._plane = self._limit = self._existing = None
        self._draw()

    def _draw(self) -> None:
        sight, state, full = self._observer.sight, self._state, self._full
        if sight is None:
            self.frame = Frame(sentence=state.message)
        else:
            shown = self._shown()
            self.frame = Frame(
                (sight.region.width, sight.region.height),
                sight.picture,
                _image(shown) if shown else None,
                full.close_up if full else None,
                state.out_of_date,
                state.stage or _("Refining the edges") if state.working else "",
                state.message,
                self._prompts,
                state.line,
                self._subjects,
            )
        self.changed.emit()


def _identity(sight: Sight) -> Any:
    """What a place in the picture is a place of."""
    return sight.layer.id, sight.region


class _Full:
    """A layer's matte at full size, of which parts are asked for.

    Args:
        sight: What is looked at.
        read: Its pixels.
        options: Of the request.
        on_close: Told of what `close_up` shows now.
        on_progress: Told what the engine does.
        on_end: Told why there is no more.
    """

    def __init__(
        self,
        sight: Sight,
        read: pixels.Pixels,
        options: Dict[str, Any],
        on_close: Callable[[Detail], None],
        on_progress: Callable[[Progress], None],
        on_end: Callable[[End], None],
    ) -> None:
        self.close_up: Optional[Close] = None
        self._sight, self._on_close = sight, on_close
        rect, data, _unconverted = read
        self._rect, self._data = rect, bytes(data)
        form = QtGui.QImage.Format.Format_ARGB32
        # Qt does not hold the bytes.
        self._picture = QtGui.QImage(self._data, rect.width, rect.height, rect.width * 4, form)
        self._finder = Finder(
            self._data, (rect.width, rect.height), options, 1.0, self._take, on_progress, on_end
        )

    def finish(self, detail: Detail) -> None:
        """Ask for a part."""
        self._finder.finish(detail, dict(detail.asked.edges), detail.part)

    def close(self) -> None:
        """Let go of the engine and of the picture."""
        self._finder.close()

    def _take(self, detail: Detail, matte: bytes, notice: str) -> None:
        (asked, part), sight = detail, self._sight
        here = Rect(part.x + self._rect.x, part.y + self._rect.y, part.width, part.height)
        shown = Plane(here, matte)
        if sight.selected:
            limit = sight.selected.clipped(here).spread(here, NOTHING)
            shown = combined(shown, limit, DARKER)
        shown = mask.met(sight.layer, shown, asked.existing[0])
        self.close_up = Close(part, self._picture.copy(*part), _image(shown))
        self._on_close(detail)


def _image(plane: Plane) -> Any:
    """A plane as a QImage that holds its own bytes."""
    _x, _y, width, height = plane.rect
    form = QtGui.QImage.Format.Format_Alpha8
    return QtGui.QImage(bytes(plane.pixels), width, height, width, form).copy()
