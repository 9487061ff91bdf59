"""Recognises deformable convolutions that were exported as gathers.

A deformable convolution (Dai et al., 2017; with a modulation Zhu et al., 2019, "Deformable
ConvNets v2") reads each of its kernel's taps from a place of its own, between pixels. Exporters
without an operator for it write four gathers of pixels, weighted and summed, laid out so that a
plain convolution whose stride is its kernel ends it: some gigabytes where the operator takes
megabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.onnx.schema import FLOAT, FLOAT16, attribute, message, tensor, value
from localmatte.onnx.wiring import Shape, Wiring, is_zero

GATHERS = ("GatherND", "GatherElements")

LAYOUT = ("Reshape", "Transpose", "Identity", "Squeeze", "Unsqueeze", "Cast")
"""What changes how numbers lie, but not which they are."""

WEIGHTED = (*LAYOUT, "Mul", "Add", "Sum")
"""What stands between the gathers and the convolution that ends it."""

PLACED = (*WEIGHTED, "Sub", "Slice", "Split", "Gather", "Concat", "Clip", "Min", "Max", "Expand")
"""What stands between a place's whole part and the gathers, or the weights."""

MOST_AS_IT_IS = 64 << 20
"""A piece whose gathers take more bytes each is tried with fewer channels."""

DRAWN = 65_537
"""So many random numbers are drawn at most, and repeated: a prime, so never along a side."""

Run = Callable[..., NDArray[Any] | None]
"""Runs a piece of a graph on inputs, by their names, in single precision, and gives its output;
None where it cannot be run. What follows is the version of ONNX's operators, if not the file's."""


@dataclass(frozen=True)
class DeformConv:
    """A deformable convolution of one picture.

    Attributes:
        output: The tensor that it gives, 1×M×h×w.
        picture: The tensor that it looks at, 1×C×H×W.
        kernel: Its weights, M×(C / groups)×k×l.
        offset: How far each tap is moved, 1×(2·offset_groups·k·l)×h×w, rows before columns.
        modulation: By how much each tap counts, 1×(offset_groups·k·l)×h×w; empty for alike.
        bias: M numbers; empty for none.
        sides: The picture's C, H and W.
        places: The output's h and w.
        kernel_shape: M, C / groups, k and l.
        half: Whether its numbers are halves.
        pads: Rows above, columns to the left, rows below, columns to the right.
    """

    output: str
    picture: str
    kernel: str
    offset: str
    modulation: str
    bias: str
    sides: tuple[int, int, int]
    places: tuple[int, int]
    kernel_shape: tuple[int, int, int, int]
    groups: int
    offset_groups: int
    half: bool
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def taps(self) -> int:
        """How many pixels of a channel each place reads."""
        return self.kernel_shape[2] * self.kernel_shape[3]

    @property
    def inputs(self) -> dict[str, Shape]:
        """The tensors that it depends on, and their shapes."""
        found: dict[str, Shape] = {
            self.picture: (1, *self.sides),
            self.offset: (1, 2 * self.offset_groups * self.taps, *self.places),
            self.kernel: self.kernel_shape,
        }
        if self.modulation:
            found[self.modulation] = (1, self.offset_groups * self.taps, *self.places)
        if self.bias:
            found[self.bias] = self.kernel_shape[:1]
        return found

    def unmoved(self, axis: int) -> NDArray[np.float32]:
        """Where the taps look without any offset, along the rows (0) or the columns (1).

        Returns:
            (k·l)×h×1 or (k·l)×1×w float32, in pixels of the picture.
        """
        taps = np.indices(self.kernel_shape[2:])[axis].ravel() * self.dilations[axis]
        places = np.arange(self.places[axis]) * self.strides[axis] - self.pads[axis]
        along = (1, -1, 1) if axis == 0 else (1, 1, -1)
        return np.asarray(taps.reshape(-1, 1, 1) + places.reshape(along), np.float32)


def of_interest(graph: Any) -> set[str]:
    """The tensors whose shapes recognised() asks for."""
    laid_out = {node.input[0] for node in graph.node if node.op_type in (*LAYOUT, "Pad")}
    made = {name for node in graph.node for name in node.output}
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    return (laid_out | kernels) & made


def recognised(wiring: Wiring, run: Run) -> Iterator[DeformConv]:
    """The deformable convolutions of a graph that are one for sure, by their dataflow.

    Args:
        wiring: The graph.
        run: Runs the pieces that place the taps.

    Yields:
        Each of them, with what its places showed. That its results are right, too, is for
        proved() to say.
    """
    for node in wiring.graph.node:
        if node.op_type == "Conv":
            found = _by_dataflow(wiring, node)
            found = found and _with_places(wiring, found, run)
            if found:
                yield found


def proved(
    wiring: Wiring, found: DeformConv, written: Callable[..., Any], run: Run, version: int
) -> bool:
    """Try a form on random numbers, against the piece of the graph that it stands in for.

    Args:
        wiring: The graph.
        found: A deformable convolution of the graph.
        written: Writes the form as nodes and tensors, as forms.native() and forms.rows() do.
        run: Runs both.
        version: Which of ONNX's operators the form has.

    Returns:
        True where the results differ nowhere by more than 1e-4 of the largest number; False also
        where the piece cannot be cut out, or one of the two cannot be run.
    """
    for channels in _fewer(found):
        old, small = _piece(wiring, found, channels)
        if old is None:
            return False
        numbers = _numbers(small)
        expected = run(old, numbers)
        if expected is None:
            continue
        new = _alone(small, written)
        result = run(new, numbers, version)
        # Their places differ by the rounding of sums in another order.
        most = 1e-4 * float(np.abs(expected).max())
        return result is not None and bool(np.abs(result - expected).max() <= most)
    return False


def _by_dataflow(wiring: Wiring, closing: Any) -> DeformConv | None:
    """The deformable convolution that a node may end, as far as dataflow tells."""
    kernel_shape = wiring.shape(closing.input[1])
    if not _strides_by_its_kernel(closing, kernel_shape):
        return None
    before = list(wiring.back(closing.input[:1], WEIGHTED))
    gathers = [node for node in before if node.op_type in GATHERS]
    if len(gathers) != 4:
        return None
    floors = {
        node.input[0]
        for node in wiring.back([node.input[1] for node in gathers], PLACED)
        if node.op_type == "Floor"
    }
    pictures = {_before_padding(wiring, node.input[0]) for node in gathers}
    modulations = {_behind_layout(wiring, name) for name in _modulations(wiring, before)}
    if len(floors) != 1 or len(modulations) > 1 or len(pictures) != 1:
        return None
    picture, offset = pictures.pop(), _offset(wiring, floors.pop())
    modulation = modulations.pop() if modulations else ""
    sides, places = wiring.shape(picture), wiring.shape(offset)
    if not (sides and places and kernel_shape and len(sides) == len(places) == 4):
        return None
    groups, taps = attribute(closing, "group", 1), kernel_shape[2] * kernel_shape[3]
    found = DeformConv(
        output=closing.output[0],
        picture=picture,
        kernel=closing.input[1],
        offset=offset,
        modulation=modulation,
        bias=closing.input[2] if len(closing.input) > 2 else "",
        sides=(sides[1], sides[2], sides[3]),
        places=(places[2], places[3]),
        kernel_shape=(kernel_shape[0], kernel_shape[1], kernel_shape[2], kernel_shape[3]),
        groups=groups,
        offset_groups=places[1] // (2 * taps),
        half=_is_half(wiring, closing.input[1]),
    )
    return found if _fits_together(wiring, found) else None


def _strides_by_its_kernel(node: Any, kernel: Shape | None) -> bool:
    if kernel is None or len(kernel) != 4:
        return False
    return (
        tuple(attribute(node, "strides", [1, 1])) == kernel[2:]
        and attribute(node, "auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
        and not any(attribute(node, "pads", [0]))
        and set(attribute(node, "dilations", [1])) == {1}
    )


def _pad(wiring: Wiring, pixels: str) -> Any:
    """The node that pads what a gather reads; None where it is none."""
    while wiring.kind(pixels) in LAYOUT:
        pixels = wiring.makers[pixels].input[0]
    return wiring.maker(pixels) if wiring.kind(pixels) == "Pad" else None


def _before_padding(wiring: Wiring, pixels: str) -> str:
    pad = _pad(wiring, pixels)
    return "" if pad is None else str(pad.input[0])


def _modulations(wiring: Wiring, before: list[Any]) -> Iterator[str]:
    """What the gathered pixels are multiplied with, beside constants and the corners' weights."""
    for node in before:
        pixels = [name for name in node.input if _reaches(wiring, name, WEIGHTED, GATHERS)]
        if node.op_type == "Mul" and len(pixels) == 1:
            (factor,) = set(node.input) - set(pixels)
            if wiring.tensor(factor) is None and not _reaches(wiring, factor, PLACED, ("Floor",)):
                yield factor


def _reaches(wiring: Wiring, name: str, through: tuple[str, ...], goal: tuple[str, ...]) -> bool:
    return any(node.op_type in goal for node in wiring.back([name], through))


def _behind_layout(wiring: Wiring, name: str) -> str:
    """The tensor that was laid out anew first of all on the way to a name."""
    while wiring.kind(name) in ("Identity", "Cast"):
        name = wiring.makers[name].input[0]
    return str(wiring.makers[name].input[0]) if wiring.kind(name) in LAYOUT else name


def _offset(wiring: Wiring, places: str) -> str:
    """The tensor to which constants are added to give places."""
    name = places
    while wiring.kind(name) in ("Add", "Identity", "Cast"):
        moved = [read for read in wiring.makers[name].input if wiring.tensor(read) is None]
        if len(moved) != 1:
            break
        name = moved[0]
    return _behind_layout(wiring, name)


def _is_half(wiring: Wiring, kernel: str) -> bool:
    found = wiring.tensor(kernel)
    return found is not None and found.data_type == FLOAT16


def _fits_together(wiring: Wiring, found: DeformConv) -> bool:
    """Whether the shapes are those of one picture's deformable convolution."""
    channels = found.sides[0]
    return bool(
        found.offset_groups
        and channels == found.kernel_shape[1] * found.groups
        and channels % found.offset_groups == 0
        and found.kernel_shape[0] % found.groups == 0
        and all(
            wiring.shape(name) == shape
            for name, shape in found.inputs.items()
            if name != found.bias
        )
        and (not found.bias or wiring.shape(found.bias) in (None, found.kernel_shape[:1]))
    )


def _with_places(wiring: Wiring, found: DeformConv, run: Run) -> DeformConv | None:
    """The same with stride, dilation and padding, read off where the taps look unmoved."""
    gathers = [n for n in wiring.back([found.output], (*WEIGHTED, "Conv")) if n.op_type in GATHERS]
    floor = next(
        node for node in wiring.back([gathers[0].input[1]], PLACED) if node.op_type == "Floor"
    )
    padding = _padding(wiring, gathers[0].input[0])
    shape = found.inputs[found.offset]
    piece = wiring.cut(floor.input[0], {found.offset: (_kind(found), shape)})
    if piece is None or padding is None:
        return None
    grid = run(piece, {found.offset: np.zeros(shape, np.float32)})
    if grid is None or grid.size != prod(shape):
        return None
    grid = grid.reshape(found.offset_groups, *found.kernel_shape[2:], 2, *found.places)[0]
    strides, dilations, pads = [], [], []
    for axis in (0, 1):
        taps, places = grid[:, 0, 0, :, 0], grid[0, 0, 0, :, 0]
        if axis == 1:
            taps, places = grid[0, :, 1, 0, :], grid[0, 0, 1, 0, :]
        strides.append(int(places[1] - places[0]) if places.size > 1 else 1)
        dilations.append(int(taps[1, 0] - taps[0, 0]) if len(taps) > 1 else 1)
        pads.append(int(padding[axis] - places[0]))
    found = replace(
        found,
        strides=(strides[0], strides[1]),
        dilations=(dilations[0], dilations[1]),
        pads=(pads[0], pads[1], pads[0], pads[1]),
    )
    if min(strides + dilations) < 1 or min(pads) < 0:
        return None
    below = [_behind(found, axis) for axis in (0, 1)]
    found = replace(found, pads=(pads[0], pads[1], below[0], below[1]))
    expected = [found.unmoved(axis) + padding[axis] for axis in (0, 1)]
    grid = grid.reshape(found.taps, 2, *found.places)
    plain = all((grid[:, axis] == expected[axis]).all() for axis in (0, 1))
    return found if plain and min(below) >= 0 else None


def _padding(wiring: Wiring, pixels: str) -> tuple[int, int] | None:
    """How many rows above and columns to the left were added to what the gathers read."""
    pad = _pad(wiring, pixels)
    amounts = wiring.constant(pad.input[1]) if len(pad.input) > 1 else None
    filler = wiring.constant(pad.input[2]) if len(pad.input) > 2 and pad.input[2] else np.zeros(1)
    if attribute(pad, "mode", b"constant") != b"constant" or not is_zero(filler):
        return None
    if amounts is None or amounts.shape != (8,) or np.any(amounts[[0, 1, 4, 5]]):
        return None
    return int(amounts[2]), int(amounts[3])


def _behind(found: DeformConv, axis: int) -> int:
    """The padding below or to the right with which the output has as many places as it has."""
    reach = (found.places[axis] - 1) * found.strides[axis] + 1
    reach += (found.kernel_shape[2 + axis] - 1) * found.dilations[axis]
    least = reach - found.sides[1 + axis] - found.pads[axis]
    return min(max(found.pads[axis], least), least + found.strides[axis] - 1)


def _kind(found: DeformConv) -> int:
    return FLOAT16 if found.half else FLOAT


def _fewer(found: DeformConv) -> Iterator[int]:
    """With how many channels a piece is tried, the best choice first."""
    channels, places = found.sides[0], found.taps * prod(found.places)
    few = 2 * lcm(found.groups, found.offset_groups)
    if few < channels and channels % few == 0:
        yield few
    if channels * places * 4 <= MOST_AS_IT_IS or few >= channels:
        yield channels


def _piece(wiring: Wiring, found: DeformConv, channels: int) -> tuple[Any, DeformConv]:
    """The piece of the graph that is a deformable convolution, with that many channels."""
    made = min(found.kernel_shape[0], 2 * found.groups)
    small = replace(
        found,
        sides=(channels, *found.sides[1:]),
        kernel_shape=(made, channels // found.groups, *found.kernel_shape[2:]),
    )
    kinds = {name: (_kind(found), shape) for name, shape in small.inputs.items()}
    piece = wiring.cut(found.output, kinds)
    if piece is not None and channels != found.sides[0]:
        _narrow(piece, found, channels)
    return piece, small


def _narrow(piece: Any, found: DeformConv, channels: int) -> None:
    """Let the shapes in a piece have fewer channels where they have the picture's."""
    wiring = Wiring(piece)
    groups, old = found.offset_groups, found.sides[0]
    laid_out = _after(piece, found.picture)
    for number, node in enumerate(piece.node):
        if node.op_type == "Expand" or (node.op_type == "Reshape" and node.output[0] in laid_out):
            target = wiring.constant(node.input[1])
            if target is None or len(target) < 3:
                continue
            target = target.copy()
            if target[1] == old:
                target[1] = channels
            elif target[1] == groups and target[2] == old // groups:
                target[2] = channels // groups
            node.input[1] = f"target {number}"
            piece.initializer.append(tensor(node.input[1], target))


def _after(piece: Any, name: str) -> set[str]:
    """All tensors of a piece that depend on one."""
    found = {name}
    for node in piece.node:
        if found.intersection(node.input):
            found.update(node.output)
    return found


def _alone(found: DeformConv, written: Callable[..., Any]) -> Any:
    """A graph of one deformable convolution in another form."""
    single = replace(found, half=False)
    nodes, tensors = written(single)
    graph = message("Graph")(name="alone", node=nodes, initializer=tensors)
    graph.input.extend(value(name, FLOAT, shape) for name, shape in single.inputs.items())
    graph.output.add(name=found.output)
    return graph


def _numbers(found: DeformConv) -> dict[str, NDArray[Any]]:
    """Random inputs: most offsets reach to neighbours, some beyond the picture, some are whole."""
    random = np.random.default_rng(0)
    drawn = {
        name: random.standard_normal(min(DRAWN, prod(shape)), np.float32)
        for name, shape in found.inputs.items()
    }
    offset = drawn[found.offset]
    far = random.random(offset.shape, np.float32)
    offset *= np.where(far < 0.1, max(found.sides[1:]), 2)
    np.rint(offset, out=offset, where=far > 0.9)
    return {name: np.resize(drawn[name], shape) for name, shape in found.inputs.items()}
