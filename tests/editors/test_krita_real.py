"""A real photo, the real worker and its network in a real Krita, without any interface."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from localmatte_bridge import Client, Installation
from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_real.py"
MEANWHILE = INSIDE / "krita_outcomes.py"
QUIT_EARLY = INSIDE / "krita_quit_early.py"


@pytest.fixture(scope="module")
def pictures(photo: Path, cat_photo: Path, editor_workspace: Path) -> Path:
    """A folder with a photo, one that fades out and has a hole, and a large one."""
    folder = editor_workspace / "krita-pictures"
    folder.mkdir(exist_ok=True)
    Image.open(photo).save(folder / "photo.png")
    cat = Image.open(cat_photo)
    fade = np.tile(np.linspace(1, 255, cat.width).astype(np.uint8), (cat.height, 1))
    fade[100:150, 200:300] = 0
    faded = cat.convert("RGBA")
    faded.putalpha(Image.fromarray(fade))
    faded.save(folder / "faded.png")
    cat.resize((2400, 1600)).save(folder / "large.png")
    return folder


@pytest.fixture(scope="module")
def outcomes(krita: Krita, engine: InstalledEngine, pictures: Path) -> Iterator[Outcomes]:
    """What came of each case; the worker starts with the first of them."""
    engine.end_worker()
    yield krita.cases(SCRIPT, LOCALMATTE_PICTURES=str(pictures))
    engine.end_worker()


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)


@pytest.fixture(scope="module")
def meanwhile(krita: Krita, engine: InstalledEngine, pictures: Path) -> Iterator[Outcomes]:
    """What came of what happened while the worker stood still."""
    engine.end_worker()
    yield krita.cases(MEANWHILE, LOCALMATTE_PICTURES=str(pictures))
    engine.end_worker()


@pytest.mark.parametrize("case", case_names(MEANWHILE))
def test_what_happens_meanwhile(meanwhile: Outcomes, case: str) -> None:
    check(meanwhile, case)


@pytest.mark.parametrize("name", ["photo", "faded"])
def test_the_exported_alpha_is_what_the_command_line_writes(
    outcomes: Outcomes, engine: InstalledEngine, pictures: Path, name: str
) -> None:
    mask = pictures / f"{name}-mask.png"
    engine.localmatte("cut", pictures / f"{name}.png", "--mask", "-o", mask, "--overwrite")
    exported = Image.open(pictures / f"{name}-krita.png")
    assert exported.mode == "RGBA"
    alpha = np.asarray(exported.getchannel("A"))
    expected = np.asarray(Image.open(mask))
    assert 20 < expected.mean() < 235
    # The command line rounds once; Krita multiplies a mask that was rounded already.
    apart = np.abs(alpha.astype(int) - expected)
    assert apart.max() <= (1 if name == "faded" else 0)
    original = np.asarray(Image.open(pictures / f"{name}.png").convert("RGB"))
    shown = alpha > 0
    np.testing.assert_array_equal(np.asarray(exported)[shown][:, :3], original[shown])


def test_krita_quits_at_once_while_it_runs_and_the_engine_goes_on(
    krita: Krita, engine: InstalledEngine, pictures: Path
) -> None:
    engine.end_worker()
    picture = pictures / "large.png"
    before = picture.read_bytes()
    outcomes = krita.cases(QUIT_EARLY, LOCALMATTE_PICTURES=str(pictures))
    assert {case: outcome["error"] for case, outcome in outcomes.items()} == {
        "case_krita_quits_while_it_runs": None,
        "quit": None,
    }
    assert picture.read_bytes() == before
    workers = engine.worker_pids()
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    client = Client.connect_running(Installation("", str(engine.home / "run")))
    assert client is not None
    with client:
        client.ask("status", timeout=30)
    assert min(engine.worker_pids()) == min(workers)
    engine.end_worker()
