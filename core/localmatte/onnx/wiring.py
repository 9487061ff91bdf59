"""Which node makes a tensor, what is constant, and pieces cut out of a graph."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.onnx.schema import array_of, attribute, message, value

Shape = tuple[int, ...]


class Wiring:
    """A graph's tensors by their names; valid until the graph changes.

    Args:
        graph: The graph.
        shapes: What is known of the shapes of its tensors beside what it says itself.
    """

    def __init__(self, graph: Any, shapes: Mapping[str, Shape] | None = None) -> None:
        self.graph = graph
        self.makers = {name: node for node in graph.node for name in node.output}
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._shapes = {**stated_shapes(graph), **(shapes or {})}

    def maker(self, name: str) -> Any:
        """The node that makes a tensor, or None for what comes from outside."""
        return self.makers.get(name)

    def kind(self, name: str) -> str:
        """The operator of the node that makes a tensor; empty for what comes from outside."""
        node = self.makers.get(name)
        return str(node.op_type) if node is not None else ""

    def tensor(self, name: str) -> Any:
        """The constant behind a name as a message, whether initialiser or node; None for others."""
        while self.kind(name) == "Identity":
            name = self.makers[name].input[0]
        if self.kind(name) == "Constant":
            return attribute(self.makers[name], "value")
        return self._tensors.get(name)

    def constant(self, name: str) -> NDArray[Any] | None:
        """The numbers behind a name; None where they are not constant or not at hand."""
        found = self.tensor(name)
        return None if found is None else array_of(found)

    def shape(self, name: str) -> Shape | None:
        """A tensor's shape, where it is known."""
        found = self.tensor(name)
        return tuple(found.dims) if found is not None else self._shapes.get(name)

    def back(self, names: Sequence[str], through: Collection[str]) -> Iterator[Any]:
        """Walk from tensors back through the nodes that they depend on.

        Args:
            names: The tensors to begin at.
            through: The operators that are walked through; the walk ends at a node of any other.

        Yields:
            Each node on the way, those at which the walk ends included.
        """
        waiting, seen = list(names), set(names)
        while waiting:
            node = self.makers.get(waiting.pop())
            if node is None:
                continue
            yield node
            if node.op_type in through:
                new = [name for name in node.input if name and name not in seen]
                seen.update(new)
                waiting += new

    def cut(self, output: str, inputs: Mapping[str, tuple[int, Shape]]) -> Any | None:
        """The piece of the graph between some tensors and one that depends on them alone.

        Args:
            output: What the piece gives.
            inputs: What it takes: the element type and shape of each, by name.

        Returns:
            A graph, or None where something else that is no constant reaches the output.
        """
        needed: set[str] = set()
        waiting = [output]
        while waiting:
            name = waiting.pop()
            if not name or name in needed:
                continue
            needed.add(name)
            if name in inputs or name in self._tensors:
                continue
            if name not in self.makers:
                return None
            waiting += self.makers[name].input
        wanted = needed - inputs.keys()
        piece = message("Graph")(name="piece")
        piece.node.extend(node for node in self.graph.node if wanted.intersection(node.output))
        piece.initializer.extend(self._tensors[name] for name in wanted & self._tensors.keys())
        piece.input.extend(value(name, *kind) for name, kind in inputs.items())
        piece.output.add(name=output)
        return piece


def stated_shapes(graph: Any) -> dict[str, Shape]:
    """The shapes that a graph states for its tensors; only those that it fixes."""
    found: dict[str, Shape] = {}
    for entry in (*graph.input, *graph.output, *graph.value_info):
        sides = entry.type.tensor_type.shape.dim
        if all(side.HasField("dim_value") for side in sides):
            found[entry.name] = tuple(side.dim_value for side in sides)
    return found


def is_zero(array: NDArray[Any] | None) -> bool:
    """Test a constant for zeros.

    Args:
        array: Of any shape, as Wiring.constant() gives it; None where it is not known.

    Returns:
        Whether it is known and holds nothing but zeros, or no numbers at all.
    """
    return array is not None and not np.any(array)
