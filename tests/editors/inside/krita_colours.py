"""Runs inside Krita: cuts out what is in files of many colour spaces."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run


def case_files_in_many_colour_spaces(facts: dict[str, Any]) -> Steps:
    facts["names"] = []
    for path in sorted(Path(os.environ["LOCALMATTE_PICTURES"]).glob("*.tif")):
        document = hand.open_document(str(path))
        layer = document.topLevelNodes()[0]
        yield hand.chosen(document, layer)
        hand.click()
        yield hand.masked(document, layer)
        facts["names"].append(path.stem)


run(dict(globals()))
