"""Krita's interface as it describes itself."""

from __future__ import annotations

from typing import Any

import krita


def described(names: dict[str, list[str]]) -> dict[str, dict[str, str] | None]:
    """What is said of some members of some classes; None of a class that there is not.

    Args:
        names: The members' names by their classes'.
    """
    return {name: _of(getattr(krita, name, None), members) for name, members in names.items()}


def _of(kind: Any, members: list[str]) -> dict[str, str] | None:
    if kind is None:
        return None
    found = {member: getattr(kind, member, None) for member in members}
    return {member: value.__doc__ or "" for member, value in found.items() if value is not None}
