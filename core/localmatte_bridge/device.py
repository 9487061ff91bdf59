"""What the engine computed on, in the words that the editors show."""

from __future__ import annotations

from typing import Any, Mapping

from .words import _

CPU = "cpu"
"""The provider that needs no device of its own."""


def named(meta: Mapping[str, Any]) -> str:
    """The device; e.g. "CPU", "GPU: NVIDIA H100".

    Args:
        meta: Of a matte's result: `provider`, and the `device` that it ran on.
    """
    if meta["provider"] == CPU:
        return _("Running on the CPU")
    return _("Running on the GPU ({device})").format(device=meta["device"])
