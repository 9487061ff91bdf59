"""What a caller chooses for one picture."""

from __future__ import annotations

from dataclasses import dataclass

from localmatte.catalogue import DEFAULT
from localmatte.edges import AS_FOUND, Edges
from localmatte.geometry import Box


@dataclass(frozen=True)
class Options:
    """How to find the subject.

    Attributes:
        model: A model's id, or the path of an .onnx file.
        provider: "auto" or a provider's name.
        refine: Whether to sharpen the matte against the full-resolution picture; otherwise
            the network's matte is only resampled.
        selection: Where to look; outside of it the matte is 0. None for everywhere.
        edges: How the matte's edges are finished.
        zoom: Whether refining also means to look again, closer, at a subject that is small.
    """

    model: str = DEFAULT
    provider: str = "auto"
    refine: bool = True
    selection: Box | None = None
    edges: Edges = AS_FOUND
    zoom: bool = True
