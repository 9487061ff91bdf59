"""Photos in many colour spaces, opened in a real Krita: the engine sees them as LittleCMS does."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.editors import coloured
from tests.editors.krita_host import INSIDE, Krita, check
from tests.editors.machine import RootFs
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

ALLOWED = {"cmyk": 20, "wide-16": 10}
"""Krita has LittleCMS use tables for these: 5.2 is up to 8 levels off with inks, 5.3 up to 19. That
the engine sees what Krita shows of inks and of deep colours, to a level, is tested with its other
colour spaces."""

INKS = "usr/share/color/icc/krita/cmyk.icm"


def test_the_engine_sees_every_colour_space_as_littlecms_shows_it(
    krita: Krita, stand_in: RampWorker, editor_workspace: Path
) -> None:
    folder = editor_workspace / "coloured"
    folder.mkdir(exist_ok=True)
    root = krita.machine.root if isinstance(krita.machine, RootFs) else Path(os.sep)
    pictures = [*coloured.made(folder), coloured.cmyk(folder, (root / INKS).read_bytes())]
    variables = {"LOCALMATTE_HOME": str(editor_workspace / "ramp")}
    script = INSIDE / "krita_colours.py"
    outcomes = krita.cases(script, LOCALMATTE_PICTURES=str(folder), **variables)
    check(outcomes, "case_files_in_many_colour_spaces")
    check(outcomes, "quit")
    expected = {picture.path.stem: picture.seen for picture in pictures}
    names = outcomes["case_files_in_many_colour_spaces"]["facts"]["names"]
    assert sorted(names) == sorted(expected)
    off = {}
    for name, (header, pixels) in zip(names, stand_in.requests, strict=True):
        seen = np.frombuffer(pixels, np.uint8).reshape(header["height"], header["width"], 4)
        colours = seen[..., 2::-1].astype(int)
        off[name] = int(np.abs(colours - expected[name]).max())
    assert not {name: most for name, most in off.items() if most > ALLOWED.get(name, 1)}
