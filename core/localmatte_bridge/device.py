"""What the engine computed on, in the words that the editors show."""

from __future__ import annotations

from typing import Any, Mapping

from .words import _

CPU = "cpu"
"""The provider that needs no device of its own."""


def named(meta: Mapping[str, Any]) -> str:
    """The device, and whether a faster one is being tried.

    Args:
        meta: Of a matte's result: `provider`, the `device` that it ran on, and `trying`, the names
            of what may be faster.
    """
    if meta["provider"] == CPU:
        trying = meta.get("trying")
        if trying:
            return _("Running on the CPU; trying {providers}").format(providers=", ".join(trying))
        return _("Running on the CPU")
    return _("Running on the GPU ({device})").format(device=meta["device"])
