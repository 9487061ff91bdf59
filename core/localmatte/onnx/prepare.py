"""Prepares a model's file for a provider: once for good where that takes long."""

from __future__ import annotations

import mmap
import os
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from localmatte.onnx import deform, forms, kept, pointwise, portions, quantised
from localmatte.onnx.fold import (
    folded,
    inferred_shapes,
    share,
    with_constants,
    without_repeats,
)
from localmatte.onnx.opset import NEWEST, raised
from localmatte.onnx.optimise import (
    X86,
    Light,
    enlarge_by_factors,
    in_half_precision,
    prune,
    split_narrow,
    widen,
)
from localmatte.onnx.schema import message, opset, parse
from localmatte.onnx.skeleton import numbers_of, skeleton
from localmatte.onnx.weights import weights_from
from localmatte.onnx.wiring import Shape, Wiring


@dataclass(frozen=True)
class Target:
    """What will run a model.

    Attributes:
        cpu: Whether a processor does.
        native: Whether it has ONNX's DeformConv.
        maps: Whether it can read weights from a file of their own.
    """

    cpu: bool = False
    native: bool = False
    maps: bool = True

    @property
    def name(self) -> str:
        """As in a file's name, e.g. "cpu-native"."""
        words = ("cpu" if self.cpu else "gpu", "native" if self.native else "rows")
        return "-".join(words if self.maps else (*words, "whole"))

    @property
    def widens(self) -> bool:
        """Whether half precision is made single."""
        return self.cpu and platform.machine() in X86


PROOFS_AT_ONCE = min(4, os.cpu_count() or 1)
"""Each holds what one piece of a graph takes with few channels: up to some 0.3 GB."""

WITH_DEFORM_CONV = (1, 25)
"""The first version of ONNX Runtime that has the operator, for processors and CUDA."""


def target(provider: str) -> Target:
    """For what a model is prepared that a provider is to run.

    Args:
        provider: Its name. A new release of a plug-in has to show first that it reads weights
            from a file of their own.
    """
    import onnxruntime

    native = tuple(map(int, onnxruntime.__version__.split(".")[:2])) >= WITH_DEFORM_CONV
    known = {
        "cpu": Target(cpu=True, native=native),
        "cuda": Target(native=native),
        "tensorrt": Target(native=native, maps=False),
        "openvino": Target(native=True, maps=False),
        "webgpu": Target(),
    }
    return known.get(provider, Target(maps=False))


def prepared(
    content: bytes | mmap.mmap, path: Path, sha256: str, output: int | None, target: Target
) -> Light:
    """Write a model, which gives what its file gives, in the form that a provider runs best.

    Args:
        content: An ONNX file without external data; of one that is mapped, large weights stay
            where they are.
        path: Where the file lies.
        sha256: Its hash, which was verified.
        output: The number of the output that is wanted, from 0; the result has only that one.
            None for all.
        target: What will run it.

    Returns:
        The model; where its `folder` is set, some of its weights may still lie in the file.

    Raises:
        google.protobuf.message.DecodeError: It is no ONNX file.
        ValueError: The same, of a file that is mapped.
        IndexError: It has no such output.
    """
    # What a name in the hub's cache links to lies elsewhere, and so do the weights.
    path = path.resolve()
    variant = f"{target.name}-{'all' if output is None else output}"
    graph = kept.load(sha256, variant)
    if graph is not None:
        return Light(graph, in_half_precision(parse(graph).graph), path.parent)
    if isinstance(content, mmap.mmap) and target.maps:
        model = skeleton(content, path.name)
    else:
        model = parse(content[:])
    prune(model.graph, None if output is None else model.graph.output[output].name)
    if (target.widens or not target.cpu) and quantised.dequantise(Wiring(model.graph)):
        prune(model.graph)
    worth_keeping = isinstance(content, mmap.mmap) or _has_gathers(model.graph)
    if worth_keeping:
        model = _rewritten(model, path.parent, target, partial(numbers_of, content))
    elif target.widens:
        widen(model.graph)
    if target.widens:
        split_narrow(model.graph)
        enlarge_by_factors(model.graph)
    graph = bytes(model.SerializeToString())
    if worth_keeping:
        kept.save(sha256, variant, graph)
    return Light(graph, in_half_precision(model.graph), path.parent if worth_keeping else None)


def _has_gathers(graph: Any) -> bool:
    return sum(node.op_type in deform.GATHERS for node in graph.node) >= 4


def _rewritten(model: Any, folder: Path, target: Target, numbers: pointwise.Numbers) -> Any:
    """The model with its constants folded, and deformable convolutions as the target has them."""
    without_repeats(model.graph)
    single = message("Model")()
    single.CopyFrom(model)
    widen(single.graph)
    try:
        single = folded(single, kept.folder())
        rooms = (deform, pointwise, portions) if target.cpu else (deform, pointwise)
        asked = set().union(*(each.of_interest(single.graph) for each in rooms))
        shapes = inferred_shapes(single, asked)
    except Exception:
        # ONNX Runtime cannot fold it, or the disk is full: it is loaded as it is.
        shapes = {}
    if target.widens or not in_half_precision(model.graph):
        model = single
    elif shapes:
        with suppress(Exception):
            with_constants(model, single.graph)
            prune(model.graph)
    _with_deform_conv(model, shapes, folder, target)
    pointwise.moved_up(Wiring(model.graph, shapes), numbers)
    if target.cpu:
        version = opset(model)
        run = partial(_run, version=version, folder=folder)
        portions.parted(Wiring(model.graph, shapes), version, run)
    prune(model.graph)
    share(model.graph)
    return model


def _with_deform_conv(
    model: Any, shapes: Mapping[str, Shape], folder: Path, target: Target
) -> None:
    """Write deformable convolutions anew, each only after a proof."""
    wiring = Wiring(model.graph, shapes)
    old = opset(model)

    def run(graph: Any, numbers: Mapping[str, NDArray[Any]], version: int = old) -> Any:
        return _run(graph, numbers, version, folder)

    found = list(deform.recognised(wiring, run))
    native = bool(found) and target.native and raised(model)
    form, version = (forms.native, max(old, NEWEST)) if native else (forms.rows, old)
    wiring = Wiring(model.graph, shapes)

    def proved(conv: deform.DeformConv) -> bool:
        writable = native or forms.writable_as_rows(conv)
        return writable and deform.proved(wiring, conv, form, run, version)

    # The largest take longest, and come last in most graphs.
    with ThreadPoolExecutor(PROOFS_AT_ONCE) as pool:
        proofs = list(pool.map(proved, reversed(found)))
    for conv in compress(found, reversed(proofs)):
        _replace(model.graph, conv.output, form(conv))


def _replace(graph: Any, output: str, written: forms.Written) -> None:
    """Put nodes into the place of the one that makes a tensor."""
    nodes, tensors = written
    place = next(n for n, node in enumerate(graph.node) if output in node.output)
    del graph.node[place]
    for number, node in enumerate(nodes):
        graph.node.insert(place + number, node)
    graph.initializer.extend(tensors)


def _run(graph: Any, numbers: Mapping[str, NDArray[Any]], version: int, folder: Path) -> Any:
    """What a piece of a graph gives in single precision; None where it cannot be run."""
    import onnxruntime

    whole = message("Model")(ir_version=8, graph=graph)
    whole.opset_import.add(version=version)
    widen(whole.graph)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    # Others run beside it.
    options.intra_op_num_threads = 1
    weights_from(options, folder)
    try:
        session = onnxruntime.InferenceSession(
            whole.SerializeToString(), options, ["CPUExecutionProvider"]
        )
        names = [entry.name for entry in session.get_inputs()]
        return session.run(None, {name: numbers[name] for name in names})[0]
    except Exception:
        return None
