"""The interfaces of GIMP and of its libraries as they describe themselves."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import gi

STARS: dict[int, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
VERSIONS = {"Babl": "0.1", "Gdk": "3.0", "Gegl": "0.4", "GimpUi": "3.0", "Gtk": "3.0"}


def described(names: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    """What is said of members of classes and of libraries.

    Args:
        names: The members' names by the class's ("Gtk.Widget") or the library's ("Gtk"); one that
            ends in "=" is a property.

    Returns:
        A signature, as pygobject writes it or without types; empty for what has none. What is not
        there is left out.
    """
    return {owner: _members(owner, members) for owner, members in names.items()}


def ancestors(names: list[str]) -> dict[str, list[str]]:
    """Which of some classes each of them descends from; those that are not there are left out."""
    kinds = {name: kind for name in names if isinstance(kind := _found(name), type)}
    return {
        name: [other for other, above in kinds.items() if issubclass(kind, above)]
        for name, kind in kinds.items()
    }


def _found(name: str) -> Any:
    library, _dot, kind = name.partition(".")
    if library in VERSIONS:
        gi.require_version(library, VERSIONS[library])
    module = importlib.import_module(f"gi.repository.{library}")
    return getattr(module, kind, None) if kind else module


def _members(owner: str, members: list[str]) -> dict[str, str]:
    found = _found(owner)
    signatures = {member: _signature(found, member) for member in members}
    return {member: text for member, text in signatures.items() if text is not None}


def _signature(owner: Any, member: str) -> str | None:
    if member.endswith("="):
        return "" if hasattr(owner.props, member[:-1]) else None
    value = getattr(owner, member, None)
    if value is None:
        return None
    if inspect.isfunction(value):
        return f"{member}({', '.join(map(_named, inspect.signature(value).parameters.values()))})"
    text = str(value.__doc__ or "")
    return text if text.startswith(f"{member}(") else ""


def _named(argument: inspect.Parameter) -> str:
    return STARS.get(argument.kind, "") + argument.name
