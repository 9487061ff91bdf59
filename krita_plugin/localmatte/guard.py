"""Keeps errors out of Qt's hands: one that leaves a slot makes Krita unable to quit."""

from __future__ import annotations

import functools
import sys
import traceback
from typing import Any, Callable

from .messages import show_error


def guarded(slot: Callable[[Any], None]) -> Callable[..., None]:
    """Make a method a slot that raises nothing and ignores what its signal carries."""

    @functools.wraps(slot)
    def run(self: Any, *_carried: object) -> None:
        try:
            slot(self)
        except Exception as error:
            report(error)

    return run


def report(error: BaseException) -> None:
    """Show an error; one that nobody foresaw also goes to the terminal with all its details."""
    if not hasattr(error, "hint"):
        traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    show_error(error)
