"""Undo and redo, which must bring back exactly what was there."""

from __future__ import annotations

from typing import Any

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps


def back(document: Any, before: list[Any]) -> Steps:
    """One undo brings `before` back."""
    hand.undo(document)
    yield lambda: hand.state(document) == before


def forth(document: Any, after: list[Any]) -> Steps:
    """One redo brings `after` back."""
    hand.redo(document)
    yield lambda: hand.state(document) == after


def there_and_back(document: Any, before: list[Any]) -> Steps:
    """One undo brings `before` back, and redo brings back what is now."""
    after = hand.state(document)
    yield from back(document, before)
    yield from forth(document, after)
