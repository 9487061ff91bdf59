"""Networks that are told where to look: an encoder sees the picture, a decoder answers clicks."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte import store
from localmatte.errors import (
    CancelledError,
    LocalmatteError,
    ProviderError,
    UsageError,
    reason,
)
from localmatte.inference import room
from localmatte.inference.idle import Idle
from localmatte.inference.network import (
    check_finite,
    loaded,
    preprocess,
    sigmoid,
    stoppable,
    unloadable,
)
from localmatte.inference.sessions import (
    MANY,
    choose,
    failed,
    timed,
    try_out,
    untried,
    worth_a_trial,
)
from localmatte.models.spec import ModelSpec, Prompting
from localmatte.options import Prompts
from localmatte.progress import CancelToken
from localmatte.providers import AUTO, CPU
from localmatte.providers.base import Provider
from localmatte_bridge.words import N_, Sentence

Floats = NDArray[np.float32]
Asked = list[tuple[float, float, int]]
"""Points in the encoder's input: x, y, label."""

BESIDE, ON, FIRST_CORNER, LAST_CORNER = range(4)
"""The labels of points, after Kirillov et al. 2023."""

PICTURES = 2
"""Of so many pictures what the encoder saw is kept: of an editor's small one, and of the layer;
4 MB each for EfficientSAM, 17 MB for SAM 2."""

ROUNDS = 8
"""So many of the last clicks are answered one after the other, each with the mask of those before
it; earlier ones are answered together."""

SMALL_MASK = (1, 1, 256, 256)

DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


class PromptNetwork:
    """A loaded model of two networks, ready to answer.

    The first one runs where it is fast. The second is small, and what it answers was tried nowhere:
    it runs on the CPU.

    Args:
        encoder: An onnxruntime.InferenceSession of the network that sees the picture.
        decoder: The same of that which answers, on the CPU.
        spec: The model's row.
        provider: Where the first one runs.
        notice: What the user should know of that choice; empty when all is well.
        cpu: What takes over when the device fails.
        trying: The titles of providers that may be faster.
    """

    @classmethod
    def open(
        cls,
        spec: ModelSpec,
        wanted: str,
        cancel: CancelToken,
        cpu: Provider = CPU,
        *,
        now: bool = True,
        images: float = 1,
    ) -> PromptNetwork:
        """Choose a provider, and load both networks.

        Args:
            spec: The model's row.
            wanted: "auto", or a provider's name.
            cancel: Ends the hashing and the trials.
            cpu: What is used where no other provider is wanted or works.
            now: As for sessions.choose().
            images: The same.

        Returns:
            The model.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
            CancelledError: When `cancel` was called.
        """
        first, second = spec.by_file
        content = store.contents(first, cancel)
        choice = choose(first, content, wanted, cancel, now=now, images=images)
        provider = cpu if choice.provider is CPU else choice.provider
        room.check(provider, spec)
        encoder = _session(provider, first, content)
        cancel.check()
        decoder = _session(cpu, second, store.contents(second, cancel))
        trying = tuple(other.title for other in choice.left)
        return cls(encoder, decoder, spec, provider, choice.notice, cpu, trying)

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        spec: ModelSpec,
        provider: Provider = CPU,
        notice: str = "",
        cpu: Provider = CPU,
        trying: tuple[str, ...] = (),
    ) -> None:
        assert spec.prompting
        self.spec = spec
        self.provider = provider
        self.notice = notice
        self.trying = trying
        self._cpu = cpu
        self._rule = spec.prompting
        self._encoder = encoder
        self._decoder = decoder
        self._dtypes = {entry.name: DTYPES[entry.type] for entry in decoder.get_inputs()}
        self._seen: OrderedDict[bytes, list[NDArray[Any]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def knows_beside(self) -> bool:
        """Whether it takes clicks beside the subject."""
        return self._rule.beside

    @property
    def device(self) -> str:
        """The name of the device that it runs on."""
        return self.provider.devices()[0]

    def matte(self, rgb: NDArray[np.uint8], prompts: Prompts, cancel: CancelToken) -> Floats:
        """Find what the user points at.

        Args:
            rgb: The picture, H×W×3 uint8.
            prompts: Clicks and a box in its pixels; at least one click on the subject, or a box.
            cancel: Stops the work.

        Returns:
            The picture's matte, of the encoder's size, h×w float32 in 0..1; all zero where it
            found nothing.

        Raises:
            ModelError: The output holds something that is no number; or the device failed, and
                the CPU cannot load the model.
            ProviderError: The device failed, and so did the CPU.
            CancelledError: When `cancel` was called.
        """
        try:
            features = self._features(rgb, cancel)
            small: Floats | None = None
            for points in rounds(prompts, self.spec, rgb.shape[1], rgb.shape[0]):
                mask, small = self._decoded(features, points, small, cancel)
        except LocalmatteError:
            raise
        except Exception as error:
            raise ProviderError(
                Sentence(
                    "Cannot run the model {model}: {reason}.",
                    model=self.spec.id,
                    reason=reason(error),
                ),
                N_("Close other programs to free memory, or choose a smaller model."),
            ) from error
        return sigmoid(mask) if (mask > 0).any() else np.zeros_like(mask)

    def forget(self) -> None:
        """Keep nothing of any picture."""
        with self._lock:
            self._seen.clear()

    def take_over(self, other: PromptNetwork) -> None:
        """Keep what the same model saw on another provider: an answer is not to change.

        Args:
            other: That.
        """
        with other._lock, self._lock:
            self._seen.update(other._seen)

    def _features(self, rgb: NDArray[np.uint8], cancel: CancelToken) -> list[NDArray[Any]]:
        """What the encoder makes of a picture, kept for the next click on it."""
        tensor = np.ascontiguousarray(preprocess(rgb, self.spec))
        key = hashlib.blake2b(tensor.data, digest_size=32).digest()
        with self._lock:
            features = self._seen.pop(key, None)
        if features is None:
            features = self._encoded(tensor, cancel)
        with self._lock:
            self._seen[key] = features
            while len(self._seen) > PICTURES:
                self._seen.popitem(last=False)
        return features

    def _encoded(self, tensor: Floats, cancel: CancelToken) -> list[NDArray[Any]]:
        """Run the encoder; a device that fails is given up for the CPU, once and aloud."""
        (entry,) = self._encoder.get_inputs()
        feed = {entry.name: np.asarray(tensor, DTYPES[entry.type])}
        try:
            return timed(
                self.spec, self.provider, lambda: stoppable(self._encoder, None, feed, cancel)
            )
        except CancelledError:
            raise
        except Exception as error:
            if self.provider is self._cpu:
                raise
            self._move_to_cpu(reason(error), cancel)
            return self._encoded(tensor, cancel)

    def _move_to_cpu(self, cause: str, cancel: CancelToken) -> None:
        first = self.spec.by_file[0]
        self._encoder = cancel.waiting_for(
            lambda: _session(self._cpu, first, store.contents(first, cancel))
        )
        self.notice, self.provider = failed(self.provider, cause), self._cpu

    def _decoded(
        self,
        features: list[NDArray[Any]],
        points: Asked,
        small: Floats | None,
        cancel: CancelToken,
    ) -> tuple[Floats, Floats]:
        """The best mask, h×w, and the small one for the next run; both before a sigmoid."""
        rule = self._rule
        places = np.array([point[:2] for point in points], np.float32)[None]
        labels = np.array([point[2] for point in points], np.float32)[None]
        if rule.subjects:
            places, labels = places[None], labels[None]
        side = self.spec.input_size
        feed: dict[str, Any] = dict(zip(rule.features, features, strict=False))
        feed |= {rule.points: places, rule.labels: labels, rule.size: [side, side]}
        if rule.earlier:
            earlier = np.zeros(SMALL_MASK, np.float32) if small is None else small
            feed |= dict(zip(rule.earlier, (earlier, [small is not None]), strict=True))
        typed = {name: np.asarray(value, self._dtypes[name]) for name, value in feed.items()}
        masks, scores, low, *_ = stoppable(self._decoder, None, typed, cancel)
        best = int(np.argmax(scores.reshape(-1)))
        mask, small = (
            found.reshape(-1, *found.shape[-2:])[best].astype(np.float32) for found in (masks, low)
        )
        check_finite(mask, self.spec)
        return mask, small.reshape(1, 1, *small.shape)


def _session(provider: Provider, row: ModelSpec, content: store.Contents) -> Any:
    """Load one of the networks, with all of its outputs."""
    try:
        return loaded(provider, row, content, None)
    except LocalmatteError:
        raise
    except Exception as error:
        raise unloadable(row, provider, error) from error


def answerable(prompts: Prompts) -> bool:
    """Whether the user points at the subject itself, as these networks need it.

    Args:
        prompts: What the user says.
    """
    return bool(prompts.keep or prompts.box)


def rounds(prompts: Prompts, spec: ModelSpec, width: int, height: int) -> list[Asked]:
    """The points of each run of the decoder.

    Where it takes an earlier mask, each click is answered in turn; so the result is the same
    however the clicks came. Where it does not, all are answered at once.

    Args:
        prompts: Clicks and a box in the picture's pixels.
        spec: The model's row.
        width: The picture's, in pixels.
        height: The picture's, in pixels.

    Returns:
        At least one list of points, each longer than the one before.
    """
    rule = spec.prompting
    assert rule
    corners, clicks = _points(prompts, rule)
    if rule.most:
        # It would pass over what is too much without a word: the last clicks count.
        clicks = clicks[-(rule.most - len(corners)) :]
    least = max(len(clicks) - ROUNDS + 1, 1) if rule.earlier else len(clicks)
    counts = range(min(least, len(clicks)), len(clicks) + 1)
    across, down = spec.input_size / width, spec.input_size / height
    # A pixel's place is that of its middle, to which these networks themselves add a half.
    placed = [
        ((x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5, label)
        for x, y, label in (*corners, *clicks)
    ]
    return [placed[: len(corners) + count] for count in counts]


def _points(
    prompts: Prompts, rule: Prompting
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """The box's corners, and the clicks that the network understands, in the picture's pixels."""
    box = prompts.box
    corners = (
        [(box.left, box.top, FIRST_CORNER), (box.right - 1, box.bottom - 1, LAST_CORNER)]
        if box
        else []
    )
    beside = prompts.remove if rule.beside else ()
    clicks = [(x, y, ON) for x, y in prompts.keep] + [(x, y, BESIDE) for x, y in beside]
    return corners, clicks


class Prompters:
    """The model that answers clicks and is in memory; may be shared by threads.

    Args:
        cpu: What runs it where no other provider is wanted or works.
        idle: As for Sessions.
        images: The same.
    """

    def __init__(self, cpu: Provider = CPU, idle: Idle | None = None, images: float = MANY) -> None:
        self._cpu = cpu
        self._idle = idle
        self._images = images
        self._loading = threading.Lock()
        self._loaded: tuple[str, str] | None = None
        self._network: PromptNetwork | None = None

    @property
    def models(self) -> list[str]:
        """The id of the model in memory, if there is one."""
        network = self._network
        return [network.spec.id] if network else []

    def get(self, spec: ModelSpec, provider: str, cancel: CancelToken) -> PromptNetwork:
        """Load a model, where it is not in memory; the one before it goes.

        Args:
            spec: The model's row.
            provider: "auto", or a provider's name.
            cancel: Ends the wait, the hashing and the trials.

        Returns:
            The model, ready to answer.

        Raises:
            UsageError: The row is that of one of its files alone.
            LocalmatteError: The model or the provider cannot be used.
            CancelledError: When `cancel` was called.
        """
        if spec.decoder is None:
            raise UsageError(
                f"{spec.file.name} is one of two files of the model {spec.id}.",
                f"Import both with 'localmatte models import FILE', then use --model {spec.id}.",
            )
        return cancel.waiting_for(lambda: self._get(spec, provider, cancel))

    def _get(self, spec: ModelSpec, provider: str, cancel: CancelToken) -> PromptNetwork:
        key = (spec.id, provider)
        with cancel.holding(self._loading):
            if self._network is None or self._loaded != key:
                # Let go first: memory has to hold one of them, and not two.
                self._network = None
                self._network = self._open(spec, provider, cancel)
                self._loaded = key
            return self._network

    def _open(self, spec: ModelSpec, provider: str, cancel: CancelToken) -> PromptNetwork:
        idle, images = self._idle, self._images
        if idle is None:
            now = worth_a_trial(spec, images)
            network = PromptNetwork.open(spec, provider, cancel, self._cpu, now=now, images=images)
            network.trying = ()
            return network
        network = PromptNetwork.open(spec, provider, cancel, self._cpu, now=False)
        if network.trying:
            work = partial(self._better, network)
            idle.do(work, after_answer=bool(untried(spec.by_file[0])))
        return network

    def _better(self, network: PromptNetwork, cancel: CancelToken) -> None:
        """Put the fastest provider in the place of the one that serves meanwhile."""
        spec = network.spec
        try:
            try_out(spec.by_file[0], lambda: None, cancel)
            better = PromptNetwork.open(spec, AUTO, cancel, self._cpu, now=False, images=MANY)
        except CancelledError:
            raise
        except Exception:
            network.trying = ()
            raise
        network.trying = better.trying = ()
        better.take_over(network)
        with self._loading:
            if self._network is network:
                self._network = better

    def forget(self) -> None:
        """Keep nothing of any picture."""
        if self._network:
            self._network.forget()
