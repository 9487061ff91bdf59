"""Describes a user's own model: from its graph, and from a sidecar for what no graph can say.

A sidecar lies beside the model under the same name with the suffix .toml; for example
`output_rule = "sigmoid"`.
"""

from __future__ import annotations

import functools
import hashlib
import mmap
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from localmatte.errors import ModelError, UsageError, reason
from localmatte.models import catalogue, toml
from localmatte.models.spec import ModelFile, ModelSpec, OutputRule, Tier
from localmatte.onnx.weights import weights_from
from localmatte_bridge.words import N_

MAPPED = 32 << 20
"""Of larger files the weights are not loaded only to describe the graph."""

FREE_SIZE = 1024
FREE_STEP = 32
"""What a network gets whose graph leaves the size of its input open."""

FLOATS = ("tensor(float)", "tensor(float16)")

Shape = Sequence[int | str | None]
"""A tensor's shape in a graph; what the graph leaves open is a name or None."""


def spec_from_file(path: Path, like: ModelSpec | None = None) -> ModelSpec:
    """Describe a model file: from the catalogue if its hash is there, else from its graph.

    Args:
        path: An .onnx file.
        like: The model whose normalisation and output rule it shares, where no sidecar says so;
            otherwise ImageNet's normalisation and min-max are assumed.

    Returns:
        Its row in the catalogue, or one made for it.

    Raises:
        UsageError: There is no such file, or the sidecar beside it is wrong.
        ModelError: It is no model that turns a picture into a matte.
    """
    try:
        path = path.expanduser().absolute()
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", "Specify an .onnx file.")
        spec = _from_graph(path, _stamp(path))
    except (OSError, RuntimeError) as error:
        # RuntimeError: "~name" of a user that there is not.
        why = error.strerror if isinstance(error, OSError) else reason(error)
        raise UsageError(
            f"{path} cannot be read: {why}.",
            "Check the file's permissions, or specify another file.",
        ) from error
    beside = path.with_suffix(".toml")
    if spec.tier is not Tier.OWN:
        return spec
    if like:
        spec = replace(spec, normalisation=like.normalisation, output_rule=like.output_rule)
    return replace(spec, **toml.sidecar(beside)) if beside.is_file() else spec


@functools.lru_cache(maxsize=8)
def _from_graph(path: Path, stamp: tuple[int, int]) -> ModelSpec:
    """The description without the sidecar; read again only when the file's stamp changed."""
    content = _contents(path)
    sha256 = hashlib.sha256(content).hexdigest()
    for spec in catalogue.MODELS:
        for row in spec.by_file:
            if row.file.sha256 == sha256:
                return replace(row, file=replace(row.file, local=path))
    session, weights = _session(content, path)
    try:
        inputs = [entry for entry in session.get_inputs() if entry.name not in weights]
        size, step, channels_last = _input(inputs, path)
        output_index = _output(session.get_outputs(), channels_last, path)
    except UnicodeDecodeError as error:
        raise _no_matte(path, "it has names that are not text") from error
    return ModelSpec(
        id=re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-") or "model",
        title=_shown(path.stem),
        good_at=N_("user-supplied model"),
        tier=Tier.OWN,
        file=ModelFile(_shown(path.name), len(content), sha256, local=path),
        licence=toml.OWN_LICENCE,
        input_size=size,
        input_step=step,
        channels_last=channels_last,
        normalisation=toml.normalisations()["imagenet"],
        output_rule=OutputRule.MINMAX,
        output_index=output_index,
        # The user chose it and runs it.
        tested=True,
    )


def _shown(name: str) -> str:
    """A file's name as it can stand in a list: without control characters and other bytes."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _contents(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size < MAPPED:
            return stream.read()
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _session(content: bytes | mmap.mmap, path: Path) -> tuple[Any, set[str]]:
    """A session that tells of the graph, and the names of weights that it has as inputs."""
    import onnxruntime

    described, weights = _description(content, path.name)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    weights_from(options, None)
    try:
        # From memory, so that what is described is what was hashed.
        session = onnxruntime.InferenceSession(described, options, ["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(
            f"{path} cannot be opened by ONNX Runtime: {reason(error)}.",
            "Use a complete .onnx file; a model with weights in a separate file must be saved as "
            "a single file first.",
        ) from error
    return session, weights


def _description(content: bytes | mmap.mmap, name: str) -> tuple[bytes, set[str]]:
    """A model's file, without its weights where it is large, and the names of those."""
    if isinstance(content, bytes):
        return content, set()
    from google.protobuf.message import DecodeError

    from localmatte.onnx.fold import without_weights
    from localmatte.onnx.skeleton import skeleton

    try:
        bare, weights = without_weights(skeleton(content, name))
    except (DecodeError, ValueError):
        return content[:], set()
    if any(entry.value != name for each in weights for entry in each.external_data[:1]):
        # They lie in a second file, which ONNX Runtime is to refuse.
        return content[:], set()
    return bare.SerializeToString(), {each.name for each in weights}


def _input(inputs: Sequence[Any], path: Path) -> tuple[int, int, bool]:
    """The input's size, the step of free sizes, and whether the channels come last."""
    if len(inputs) != 1:
        names = ", ".join(entry.name for entry in inputs)
        raise _no_matte(path, f"it takes {len(inputs)} inputs ({names}) instead of one image")
    shape: Shape = inputs[0].shape
    if inputs[0].type not in FLOATS:
        raise _no_matte(path, f"it takes {inputs[0].type} instead of floating-point pixels")
    if len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise _no_matte(path, f"its input {_text(shape)} is not an image with three channels")
    if shape[0] not in (1, None) and isinstance(shape[0], int):
        raise _no_matte(path, f"it takes {shape[0]} images at once")
    channels_last = shape[1] != 3
    height, width = shape[1:3] if channels_last else shape[2:4]
    if not isinstance(height, int) or not isinstance(width, int):
        return FREE_SIZE, FREE_STEP, channels_last
    if not toml.SMALLEST_INPUT <= height <= toml.LARGEST_INPUT:
        raise _no_matte(path, f"it takes images of {width}×{height}")
    if height != width:
        raise _no_matte(path, f"it takes images of {width}×{height}, which are not square")
    return width, 0, channels_last


def _output(outputs: Sequence[Any], channels_last: bool, path: Path) -> int:
    """The index of the first output that is a matte."""
    for index, output in enumerate(outputs):
        if output.type in FLOATS and _is_matte(output.shape, channels_last):
            return index
    shapes = ", ".join(f"{output.name} {_text(output.shape)}" for output in outputs)
    raise _no_matte(path, f"none of its outputs ({shapes}) is a matte")


def _is_matte(shape: Shape, channels_last: bool) -> bool:
    """Whether it is one plane of more than a few pixels: N×1×H×W, N×H×W×1, N×H×W or H×W."""
    if len(shape) == 4:
        channels = shape[3] if channels_last else shape[1]
        plane = shape[1:3] if channels_last else shape[2:4]
    elif len(shape) in (2, 3):
        channels, plane = 1, shape[-2:]
    else:
        return False
    few = any(isinstance(side, int) and side < 16 for side in plane)
    return not few and (channels == 1 or not isinstance(channels, int))


def _text(shape: Shape) -> str:
    return "×".join("?" if side is None else str(side) for side in shape)


def _no_matte(path: Path, why: str) -> ModelError:
    return ModelError(
        f"{path} is not a background removal model: {why}.",
        "Choose a background removal model; 'localmatte models list' shows some.",
    )
