"""Quits Krita while the worker stands still in the middle of a removal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, run


def case_krita_quits_while_it_runs(facts: dict[str, Any]) -> Iterator[Condition | None]:
    document = hand.open_document(str(Path(os.environ["LOCALMATTE_PICTURES"]) / "large.png"))
    yield hand.chosen(document, document.topLevelNodes()[0])
    hand.click()
    yield hand.under_way
    hand.stop_worker()
    # What follows is the end of the chain: it closes the picture without saving, and quits.


run(dict(globals()))
