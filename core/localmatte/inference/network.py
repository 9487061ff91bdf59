"""From pixels to a network's own small matte: fit, forward pass, output rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localmatte import store
from localmatte.errors import CancelledError, LocalmatteError, ModelError, reason
from localmatte.imaging.downscale import downscaled
from localmatte.inference import room
from localmatte.models.spec import ModelSpec, Normalisation, OutputRule
from localmatte.progress import CancelToken
from localmatte_bridge.words import N_, Sentence

if TYPE_CHECKING:
    from localmatte.providers.base import Provider

NOTHING_FOUND = 0.1
"""A network whose surest pixel stays below this saw no subject: u2netp gives at most 0.06 on
flat colours, gradients and noise, and at least 0.99 on photographs with a subject. Stretching
such an output would invent one."""


def preprocess(rgb: NDArray[np.uint8], spec: ModelSpec) -> NDArray[np.float32]:
    """Fit a picture to a network's input.

    Args:
        rgb: H×W×3 uint8, sRGB.
        spec: Gives the input's size and normalisation.

    Returns:
        1×3×h×w float32, of the size that `spec.fit` says.
    """
    size = spec.fit(rgb.shape[1], rgb.shape[0])
    small = downscaled(rgb, *size).astype(np.float32)
    _normalise(small, spec.normalisation)
    return small[None]


def with_trimap(
    rgb: NDArray[np.uint8], trimap: NDArray[np.float32], spec: ModelSpec
) -> NDArray[np.float32]:
    """Make the input of a network that refines edges.

    Args:
        rgb: A part of the picture of the network's own size, S×S×3 uint8, sRGB.
        trimap: 0 for the background, 1 for the subject, 0.5 where alpha is to be found, S×S
            float32.
        spec: Gives the normalisation, which is not the trimap's.

    Returns:
        1×4×S×S float32.
    """
    planes = np.empty((4, *trimap.shape), np.float32)
    planes[:3] = rgb.transpose(2, 0, 1)
    _normalise(planes[:3], spec.normalisation)
    planes[3] = trimap
    return planes[None]


def _normalise(planes: NDArray[np.float32], rule: Normalisation) -> None:
    """Make a picture's planes a network's numbers, in place."""
    scale = max(float(planes.max()), 1e-6) if rule.divide_by_maximum else 255.0
    for plane, mean, std in zip(planes, rule.mean, rule.std, strict=True):
        plane *= np.float32(1 / (scale * std))
        plane -= np.float32(mean / std)


def postprocess(output: NDArray[Any], spec: ModelSpec) -> NDArray[np.float32]:
    """Turn a network's output into a matte.

    Args:
        output: Any shape whose last two axes are the matte's.
        spec: Gives the output rule.

    Returns:
        The matte, h×w float32 in 0..1; all zero where the network found nothing.

    Raises:
        ModelError: The output holds something that is no number.
    """
    matte: NDArray[np.float32] = output.reshape(-1, *output.shape[-2:])[0].astype(np.float32)
    check_finite(matte, spec)
    if spec.output_rule is OutputRule.SIGMOID:
        matte = sigmoid(matte)
    low, high = float(matte.min()), float(matte.max())
    # A part of a picture may hold no more than the faint end of a hair.
    if high < NOTHING_FOUND and not spec.refines:
        return np.zeros_like(matte)
    if spec.output_rule is OutputRule.MINMAX and high > low:
        matte -= low
        matte /= high - low
    np.clip(matte, 0, 1, out=matte)
    return matte


def unloadable(spec: ModelSpec, provider: Provider, error: Exception) -> ModelError:
    """What is said of a model that cannot be loaded.

    Args:
        spec: The model's row.
        provider: What was to run it.
        error: What came of that.

    Returns:
        The error to raise in its place.
    """
    return ModelError(
        Sentence(
            "Cannot load the model {model} with {provider}: {reason}.",
            model=spec.id,
            provider=provider.title,
            reason=reason(error),
        ),
        N_("Choose another model or another provider."),
    )


def check_finite(output: NDArray[np.float32], spec: ModelSpec) -> None:
    """Refuse what is no number.

    Args:
        output: A network's, of any shape.
        spec: The model's row.

    Raises:
        ModelError: There is a NaN or an infinity in it.
    """
    if not np.isfinite(output).all():
        raise ModelError(
            f"The model {spec.id} returned invalid numbers (NaN or infinity).",
            "Try another model, or --provider cpu.",
        )


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logistic function, in a form that does not overflow.

    Args:
        values: Of any shape, float32.

    Returns:
        Of the same shape, float32 in 0..1.
    """
    return np.asarray((1 + np.tanh(values / 2)) / 2, np.float32)


class Network:
    """A loaded model, ready to run.

    Args:
        session: An onnxruntime.InferenceSession, of the model's file or of its lighter graph.
        spec: The model's row.
    """

    @classmethod
    def open(cls, provider: Provider, spec: ModelSpec, content: store.Contents) -> Network:
        """Load a model into a provider; as it was published where the lighter graph fails.

        Args:
            provider: What is to run it.
            spec: The model's row.
            content: The model's file, as store.contents() gives it.

        Returns:
            The network; its first run may still compile and take much longer than the next.

        Raises:
            MemoryShortError: There is not enough memory for it.
            Exception: Whatever the provider raises when it cannot load the model at all.
        """
        room.check(provider, spec)
        return cls(loaded(provider, spec, content, spec.output_index), spec)

    def __init__(self, session: Any, spec: ModelSpec) -> None:
        self._session = session
        self._spec = spec
        entry = session.get_inputs()[0]
        self._input = entry.name
        self._dtype = np.float16 if entry.type == "tensor(float16)" else np.float32
        outputs = session.get_outputs()
        self._output = outputs[spec.output_index if len(outputs) > 1 else 0].name

    def run(self, tensor: NDArray[np.float32], cancel: CancelToken | None = None) -> NDArray[Any]:
        """Run the network once.

        Args:
            tensor: 1×3×h×w float32, as preprocess() gives it, or 1×4×h×w of with_trimap().
            cancel: Stops the run from another thread, within one layer of the network.

        Returns:
            The output, float32 or float16; its last two axes are the matte's, h×w.

        Raises:
            CancelledError: When `cancel` was called.
            Exception: Whatever the provider raises when its device fails.
        """
        if self._spec.channels_last:
            tensor = tensor.transpose(0, 2, 3, 1)
        feed = {self._input: np.ascontiguousarray(tensor, self._dtype)}
        (output,) = stoppable(self._session, [self._output], feed, cancel or CancelToken())
        found = np.asarray(output)
        # N×H×W×1, as networks with the channels last give it.
        return found[..., 0] if found.ndim == 4 and found.shape[-1] == 1 else found


def loaded(provider: Provider, spec: ModelSpec, content: store.Contents, output: int | None) -> Any:
    """Load a file into a provider; as it was published where the lighter graph fails.

    Args:
        provider: What is to run it.
        spec: The row of the file.
        content: The file, as store.contents() gives it.
        output: The number of the output that is wanted, from 0; None for all.

    Returns:
        An onnxruntime.InferenceSession.

    Raises:
        Exception: Whatever the provider raises when it cannot load the file at all.
    """
    from localmatte.onnx.optimise import as_published
    from localmatte.onnx.prepare import prepared, target

    try:
        wanted = target(provider.name)
        place = store.path_of(spec)
        return provider.session(prepared(content, place, spec.file.sha256, output, wanted))
    except (LocalmatteError, MemoryError):
        raise
    except Exception:
        return provider.session(as_published(content[:]))


def stoppable(
    session: Any, outputs: list[str] | None, feed: dict[str, NDArray[Any]], cancel: CancelToken
) -> list[NDArray[Any]]:
    """Run a session once; a cancel from another thread ends that within one layer.

    Args:
        session: An onnxruntime.InferenceSession.
        outputs: The names of those that are wanted; None for all.
        feed: The inputs by their names.
        cancel: Stops the run.

    Returns:
        The outputs, in their order.

    Raises:
        CancelledError: When `cancel` was called.
        Exception: Whatever the provider raises when its device fails.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()

    def terminate() -> None:
        options.terminate = True

    with cancel.stopping(terminate):
        try:
            found: list[NDArray[Any]] = session.run(outputs, feed, options)
        except Exception:
            if cancel.cancelled:
                raise CancelledError from None
            raise
    cancel.check()
    return found
