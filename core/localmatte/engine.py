"""The engine: a picture in, its matte out; networks stay loaded between calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte import library, store
from localmatte.errors import ModelMissingError, PictureError, UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster, quantised, unit
from localmatte.imaging.resample import resize, upscaled
from localmatte.inference.best_edges import BestEdges, best_edges
from localmatte.inference.idle import Idle
from localmatte.inference.lent import Ask, LentSessions, Output
from localmatte.inference.network import preprocess
from localmatte.inference.prompted import Prompters, PromptNetwork, answerable
from localmatte.inference.recent import Recent
from localmatte.inference.sessions import MANY, Runner, Sessions, choose, worth_a_trial
from localmatte.models.catalogue import DEFAULT
from localmatte.options import PAINTED, Options, Prompts, Strokes
from localmatte.progress import CancelToken, OnProgress, no_progress, part
from localmatte.providers import AUTO, CPU, ONE_CORE
from localmatte.refine import refine
from localmatte.refine.blend import RAMP, blend, fade_inside, mix, ramp_of
from localmatte.refine.doubt import Doubt, doubt
from localmatte.refine.existing_mask import agreeing, keep_existing
from localmatte.refine.finish import finish_edges
from localmatte.refine.hints import apply_hints, enforce_hints
from localmatte.refine.painted import finish_painted, finish_selected
from localmatte.refine.parts import Look
from localmatte.refine.raw import Raw, Sight, digest
from localmatte.refine.subject import subject
from localmatte.refine.zoom_pass import within, zoom_pass
from localmatte_bridge import SURROUNDINGS
from localmatte_bridge.history import is_turned
from localmatte_bridge.words import N_, Sentence, together

Floats = NDArray[np.float32]
BILINEAR = Image.Resampling.BILINEAR

SELECTION_MARGIN = 0.1
"""How far around a selection the network sees, as a part of its longer side; SURROUNDINGS where
an existing mask is refined."""

FIRST_PART = 0.2
"""How much of the progress is that of all before the best edges, which take the longest."""

NOTHING_FOUND = N_("No clear subject was found in this image.")


TURNED = N_(
    "The layer has been resized or rotated since localmatte created its mask, so only the soft "
    "edges were refined."
)

EDITED = N_(
    "The layer has been edited since its background was removed. The edges were fitted to the "
    "layer as it is now."
)


@dataclass(frozen=True)
class Finished:
    """A mask whose edges the picture's own edges made.

    Attributes:
        mask: H×W of the existing mask's dtype.
        notice: One sentence that the user should read; empty when all is well.
    """

    mask: NDArray[Any]
    notice: str = ""


@dataclass(frozen=True)
class Refined:
    """Alpha that was found again.

    Attributes:
        alpha: H×W float32 in 0..1.
        selection: What of the picture was selected; None for all of it.
        notice: One sentence that the user should read; empty when all is well.
    """

    alpha: Floats
    selection: Box | None
    notice: str = ""


@dataclass(frozen=True)
class Matte:
    """What the engine found.

    Attributes:
        alpha: H×W float32 in 0..1, not yet limited by the picture's own alpha.
        model: The model's id.
        provider: The provider that ran, e.g. "webgpu".
        device: The device that it ran on.
        look: What the network saw before the user said which subject is meant.
        raw: What it saw of the subject that is meant; None where another process found the matte.
        notice: One sentence that the user should read; empty when all is well.
        doubt: What the network is unsure of, where the user has not said what is meant.
        trying: The titles of providers that may be faster, and will be tried.
        seconds: Seconds for each stage: load, before, forward, after, zoom.
    """

    alpha: Floats
    model: str
    provider: str
    device: str
    look: Look
    raw: Raw | None
    notice: str = ""
    doubt: Doubt | None = None
    trying: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


class Engine:
    """Finds the subjects of pictures; may be shared by threads.

    Args:
        at_once: How many pictures it works on side by side. More than one are for a caller
            with as many threads, none of which uses more than one core; see
            parallel.keep_here().
        images: How many there will be; for few, no provider is tried.
        stays: Whether this process waits for further requests: then the first is answered by what
            is ready first, and other providers are tried between requests.
    """

    def __init__(self, at_once: int = 1, images: float = MANY, *, stays: bool = False) -> None:
        cpu = CPU if at_once == 1 else ONE_CORE
        self._idle = Idle()
        idle = self._idle if stays else None
        self._sessions: Sessions | LentSessions = Sessions(cpu, idle, images)
        self._prompters = Prompters(cpu, idle, images)
        self._turn = threading.Semaphore(at_once)
        self._at_once, self._images = at_once, images

    def __reduce__(self) -> tuple[type[Engine], tuple[int, float]]:
        """In another process, it starts without a network."""
        return Engine, (self._at_once, self._images)

    def borrow(self, ask: Ask) -> None:
        """Load no network from now on; another process has one, and runs it.

        Args:
            ask: Has it run.
        """
        self._sessions = LentSessions(ask)

    def lend(self, tensor: NDArray[Any], options: Options, cancel: CancelToken) -> Output:
        """Run a network for another process; several threads may call this.

        Args:
            tensor: 1×C×h×w float32, as for Network.run().
            options: Which model, and on which provider.
            cancel: Stops the work.

        Returns:
            The output, and what ran it.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
            CancelledError: When `cancel` was called.
        """
        network = self._sessions.get(options.model, options.provider, cancel)
        values = network.run(tensor, cancel)
        return Output(values, network.provider.name, network.device, network.notice)

    @property
    def models(self) -> list[str]:
        """The ids of the models in memory."""
        return [*self._sessions.models, *self._prompters.models]

    def forget(self) -> None:
        """Keep nothing of any picture; networks stay loaded."""
        self._prompters.forget()

    def provider(self, options: Options) -> str:
        """The name of the provider that would run a model; accelerated ones are tried for that.

        Args:
            options: Which model, and which provider is wanted.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
        """
        spec, cancel = library.find(options.model), CancelToken()
        content, now = store.contents(spec, cancel), worth_a_trial(spec, self._images)
        wanted = options.provider
        choice = choose(spec, content, wanted, cancel, now=now, images=self._images)
        return choice.provider.name

    def load(self, options: Options) -> None:
        """Load a model before it is needed.

        Args:
            options: Which model, and on which provider.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
        """
        with self._idle.request(answers=False), self._turn:
            spec = library.find(options.model)
            if options.best_edges:
                self._refiner(options.provider, CancelToken())
            if spec.prompting:
                self._prompters.get(spec, options.provider, CancelToken())
            else:
                self._sessions.get(options.model, options.provider)

    def matte(
        self,
        raster: Raster,
        options: Options,
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
        recent: Recent | None = None,
    ) -> Matte:
        """Find the subject of a picture.

        Args:
            raster: The picture, with the hints and the existing mask that belong to it. An
                existing mask stays outside of the selection, and the result is blended into it
                inside.
            options: Model, provider, refinement, and where to look.
            on_progress: Called with a fraction in 0..1 and a stage.
            cancel: Stops the work.
            recent: What networks made of the same pictures before; what they make now is added.

        Returns:
            Alpha of the picture's size, and how it was found.

        Raises:
            UsageError: There is an existing mask, but no selection.
            LocalmatteError: There is nothing to cut out, or the model or the provider
                cannot be used.
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        if raster.existing is not None and options.selection is None:
            raise UsageError(
                "Without a selection, nothing of the existing mask would remain.",
                "Add a selection, or leave out the mask.",
            )
        _check_clicks(raster, options.prompts)
        inside, seen = _regions(raster, options.selection)
        with self._idle.request(), cancel.holding(self._turn):
            cancel.check()
            here = replace(options, prompts=options.prompts.moved(seen))
            found = self._infer(raster.crop(seen), here, on_progress, cancel, recent or Recent())
            alpha = found.alpha
            if options.selection is not None:
                alpha = _inside(alpha, inside, seen, raster)
            alpha = finish_edges(alpha, options.edges, options.selection)
            return replace(
                found,
                alpha=enforce_hints(alpha, raster.hints),
                look=replace(found.look, seen=seen, inside=inside),
                raw=found.raw and found.raw.moved(seen, (raster.width, raster.height), inside),
            )

    def finish(
        self,
        raster: Raster,
        strokes: Strokes = PAINTED,
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Finished:
        """Give a mask on which the user painted roughly the picture's edges; needs no network.

        Args:
            raster: The picture with its existing mask; with `before` where that is known, or with
                the selection that belongs to the subject or to the background.
            strokes: What the user said.
            on_progress: Called with a fraction in 0..1 and a stage.
            cancel: Stops the work.

        Returns:
            The mask; beyond the strokes' reach its pixels are as they were.

        Raises:
            UsageError: There is no mask, or no selection.
            PictureError: Nothing was painted, or the mask is as the selection says.
            CancelledError: When `cancel` was called.
        """
        mask, before = raster.existing, raster.before
        if mask is None:
            raise UsageError("There is no mask to finish.", "Add a mask.")
        if strokes.keep is not None and raster.selected is None:
            raise UsageError("Nothing is selected.", "Add a selection.")
        cancel = cancel or CancelToken()
        with self._idle.request(), cancel.holding(self._turn):
            cancel.check()
            rgb = raster.over_backdrop()
            if strokes.keep is not None and raster.selected is not None:
                meant = raster.selected, strokes.keep
                return Finished(finish_selected(rgb, mask, *meant, on_progress, cancel))
            turned = strokes.turned or (before is not None and _is_turned(mask, before))
            known = None if turned else before
            done = finish_painted(rgb, mask, known, strokes.levels, on_progress, cancel)
            return Finished(done, TURNED if turned else "")

    def refine(
        self,
        raster: Raster,
        raw: Raw,
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Refined:
        """Find alpha again from what a network saw before; only best edges need one.

        Args:
            raster: The picture, or a reduced one.
            raw: What the network saw of it.
            on_progress: Called with a fraction in 0..1 and a stage.
            cancel: Stops the work.

        Returns:
            Alpha of the picture's size, and what the user should read.

        Raises:
            LocalmatteError: The network that refines edges cannot be used.
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        with cancel.holding(self._turn):
            cancel.check()
            rgb = raster.over_backdrop()
            stage = N_("Refining the edges") if raw.refined else N_("Enlarging the matte")
            report = part(on_progress, 0.0, FIRST_PART) if raw.best_edges else on_progress
            report(0.0, stage)
            alpha = raw.alpha(rgb, lambda done, _: report(done, stage), cancel)
            notices: list[str] = []
            if raw.best_edges:
                last = part(on_progress, FIRST_PART, 1.0)
                best = self._best_again(rgb, alpha, raw, last, cancel)
                alpha, notices = best.alpha, best.notices
            whole = (raster.width, raster.height) == raw.size
            if whole and raw.digest and digest(rgb) != raw.digest:
                notices.append(EDITED)
            on_progress(1.0, N_("Done"))
            return Refined(alpha, raw.inside_of(rgb), together(notices))

    def _infer(
        self,
        raster: Raster,
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        recent: Recent,
    ) -> Matte:
        """Find the subject of all of a picture, up to alpha at the picture's own size."""
        if not raster.visible:
            raise PictureError(
                N_("All pixels are transparent; there is nothing to cut out."),
                N_("Select a layer with visible content."),
            )
        seconds: dict[str, float] = {}
        whole = Box(0, 0, raster.width, raster.height)
        last = part(on_progress, FIRST_PART, 1.0)
        if options.best_edges:
            on_progress = part(on_progress, 0.0, FIRST_PART)
        on_progress(0.0, N_("Loading the model"))
        with _timed(seconds, "load"):
            refiner = self._refiner(options.provider, cancel) if options.best_edges else None
            network, advice = self._network(options, cancel)
        cancel.check()
        prompted = isinstance(network, PromptNetwork)
        on_progress(0.1, N_("Finding what was clicked") if prompted else N_("Finding the subject"))
        with _timed(seconds, "before"):
            rgb = raster.over_backdrop()
        if isinstance(network, PromptNetwork):
            with _timed(seconds, "forward"):
                first = _answered(network, raster, rgb, options.prompts, cancel)
        else:
            infer = partial(_seen, network, recent, rgb, cancel)
            with _timed(seconds, "before"):
                tensor = preprocess(rgb, network.spec)
            with _timed(seconds, "forward"):
                coarse = recent.matte(network, tensor, cancel)
            with _timed(seconds, "after"):
                first = _chosen(coarse, raster, rgb, options.prompts, infer)
        stage = N_("Refining the edges") if options.refine else N_("Enlarging the matte")
        report = part(on_progress, 0.6, 0.9)
        report(0.0, stage)
        with _timed(seconds, "after"):
            coarse = apply_hints(first.matte, raster.hints)
            alpha = _enlarged(rgb, coarse, options, lambda done, _: report(done, stage), cancel)
        # An existing mask has settled where the subject lies.
        zooms = options.refine and options.zoom and raster.existing is None
        closer = None
        if zooms and not isinstance(network, PromptNetwork):
            with _timed(seconds, "zoom"):
                region = first.region
                closer = _zoom(
                    alpha, coarse, region, raster, rgb, infer, options, on_progress, cancel
                )
        cancel.check()
        notices = [advice, network.notice if coarse.any() else NOTHING_FOUND]
        trying = network.trying
        size = raster.width, raster.height
        sight = Sight.of(whole, coarse)
        raw = Raw(size, whole, sight, closer, options.refine, best_edges=options.best_edges)
        if refiner:
            with _timed(seconds, "edges"):
                best = best_edges(refiner, rgb, alpha, raw, raster.hints, recent, last, cancel)
            alpha, notices = best.alpha, notices + best.notices
            trying = tuple(dict.fromkeys([*trying, *refiner.trying]))
        # What a user strokes outranks what the mask was before.
        if raster.existing is not None and raster.hints is None:
            with _timed(seconds, "after"):
                keep_existing(alpha, raster.existing, rgb)
        last(1.0, N_("Done"))
        notice = together(filter(None, notices))
        how = network.spec.id, network.provider.name, network.device
        look = Look(first.look, whole, whole)
        return Matte(alpha, *how, look, raw, notice, first.doubt, trying, seconds)

    def _best_again(
        self,
        rgb: NDArray[np.uint8],
        alpha: Floats,
        raw: Raw,
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> BestEdges:
        """Best edges for alpha that was found again; as it is where the network has gone."""
        try:
            refiner = self._refiner(AUTO, cancel)
        except ModelMissingError as error:
            return BestEdges(alpha, [error.message])
        return best_edges(refiner, rgb, alpha, raw, None, Recent(), on_progress, cancel)

    def _refiner(self, provider: str, cancel: CancelToken) -> Runner:
        """What refines edges."""
        return self._sessions.get(library.refiner(), provider, cancel)

    def _network(self, options: Options, cancel: CancelToken) -> tuple[Runner | PromptNetwork, str]:
        """What finds the subject, and what the user should know of the choice."""
        spec = library.find(options.model)
        if spec.prompting is None:
            return self._sessions.get(options.model, options.provider, cancel), ""
        if answerable(options.prompts):
            return self._prompters.get(spec, options.provider, cancel), ""
        store.require(spec)
        other = self._sessions.get(DEFAULT, options.provider, cancel)
        return other, Sentence(
            "{model} finds what you click. Without a click on the subject, {other} is used.",
            model=spec.title,
            other=other.spec.title,
        )


@dataclass(frozen=True)
class _First:
    """What a network makes of the whole picture.

    Attributes:
        matte: Of the subject that is meant, h×w float32 in 0..1.
        look: The same before the user said which is meant.
        region: Where that may be, of the same size; None for anywhere.
        doubt: What the network is unsure of.
    """

    matte: Floats
    look: Floats
    region: Floats | None = None
    doubt: Doubt | None = None


def _seen(
    network: Runner, recent: Recent, rgb: NDArray[np.uint8], cancel: CancelToken, box: Box
) -> Floats:
    """What a network makes of a part of a picture."""
    return recent.matte(network, preprocess(rgb[box.rows_and_columns], network.spec), cancel)


def _chosen(
    coarse: Floats,
    raster: Raster,
    rgb: NDArray[np.uint8],
    prompts: Prompts,
    infer: Callable[[Box], Floats],
) -> _First:
    """Choose what is meant of what the network saw."""
    if raster.existing is not None:
        coarse = agreeing(coarse, raster.existing)
    if prompts:
        found = subject(coarse, rgb, prompts, infer)
        return _First(found.matte, coarse, found.region)
    told = raster.hints is not None or raster.existing is not None
    return _First(coarse, coarse, doubt=None if told else doubt(coarse))


def _answered(
    network: PromptNetwork,
    raster: Raster,
    rgb: NDArray[np.uint8],
    prompts: Prompts,
    cancel: CancelToken,
) -> _First:
    """Ask the network for what is clicked, and leave of its answer the clicked parts."""
    coarse = network.matte(rgb, prompts, cancel)
    if raster.existing is not None:
        coarse = agreeing(coarse, raster.existing)
    left = Prompts(prompts.keep, prompts.remove if not network.knows_beside else ())
    if not left or not coarse.any():
        return _First(coarse, coarse)
    whole = Box(0, 0, raster.width, raster.height)
    found = subject(coarse, rgb, left, lambda box: within(coarse, whole, box))
    return _First(found.matte, coarse)


def _is_turned(mask: NDArray[Any], before: NDArray[Any]) -> bool:
    now, then = (quantised(unit(plane)).tobytes() for plane in (mask, before))
    return is_turned(now, then, mask.shape[1], mask.shape[0])


def _check_clicks(raster: Raster, prompts: Prompts) -> None:
    for x, y in (*prompts.keep, *prompts.remove):
        if not (0 <= x < raster.width and 0 <= y < raster.height):
            raise UsageError(
                f"The point {x},{y} is outside the image.",
                f"Use points from 0,0 to {raster.width - 1},{raster.height - 1}.",
            )
    whole = Box(0, 0, raster.width, raster.height)
    if prompts.box and not prompts.box.within(whole):
        raise UsageError("The box is outside the image.", "Draw it around the subject.")


def _zoom(
    alpha: Floats,
    coarse: Floats,
    region: Floats | None,
    raster: Raster,
    rgb: NDArray[np.uint8],
    infer: Callable[[Box], Floats],
    options: Options,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> Sight | None:
    """Run the network again on a small subject, and blend what it finds into alpha, in place."""

    def closer_look(box: Box) -> Floats:
        on_progress(0.9, N_("Zooming in on the subject"))
        matte = infer(box)
        if region is not None:
            height, width = matte.shape
            matte = matte * resize(within(region, whole, box), width, height, BILINEAR)
        return apply_hints(matte, raster.crop(box).hints)

    whole = Box(0, 0, raster.width, raster.height)
    closer = zoom_pass(coarse, raster.width, raster.height, closer_look)
    if closer is None:
        return None
    box, matte = closer
    sharp = _enlarged(rgb[box.rows_and_columns], matte, options, no_progress, cancel)
    blend(alpha, sharp, box, ramp_of(box))
    return Sight.of(box, matte)


def _enlarged(
    rgb: NDArray[np.uint8],
    coarse: Floats,
    options: Options,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> Floats:
    if options.refine:
        return refine(rgb, coarse, on_progress, cancel)
    return upscaled(coarse, rgb.shape[1], rgb.shape[0], cancel)


def _regions(raster: Raster, selection: Box | None) -> tuple[Box, Box]:
    """What of the picture is selected, and what of it the network sees."""
    if selection is None:
        whole = Box(0, 0, raster.width, raster.height)
        return whole, whole
    inside = selection.grown(0, raster.width, raster.height)
    if inside.right <= inside.left or inside.bottom <= inside.top:
        raise PictureError(
            N_("The selection is outside the image."),
            N_("Select part of it, or clear the selection."),
        )
    margin = SELECTION_MARGIN if raster.existing is None else SURROUNDINGS
    longer = max(inside.right - inside.left, inside.bottom - inside.top)
    return inside, inside.grown(round(longer * margin), raster.width, raster.height)


def _inside(alpha: Floats, inside: Box, seen: Box, raster: Raster) -> Floats:
    """Alpha of the whole picture from that of a part; outside it is 0, or the existing mask's."""
    found = alpha[
        inside.top - seen.top : inside.bottom - seen.top,
        inside.left - seen.left : inside.right - seen.left,
    ]
    if raster.existing is None:
        whole = np.zeros((raster.height, raster.width), np.float32)
        whole[inside.rows_and_columns] = found
        return whole
    whole = unit(raster.existing)
    if raster.selected is None:
        blend(whole, found, inside, ramp_of(inside))
    else:
        # A selection that is narrow for its length has room for a narrow ramp alone.
        ramp = round(np.sqrt((raster.selected > 0).sum()) * RAMP)
        mix(whole, found, inside, fade_inside(raster.selected, inside, ramp))
    return whole


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
