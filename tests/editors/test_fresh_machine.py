"""The installer on a fresh account, beside editors that have never been started."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.editors.engine import CHECKOUT, InstalledEngine
from tests.editors.machine import Machine, network_environment, run

pytestmark = [pytest.mark.gimp, pytest.mark.krita]

PROCEDURES = """
names = Gimp.get_pdb().query_procedures("localmatte", "", "", "", "", "", "", "")
print("FOUND", list(names))
"""


@pytest.fixture
def fresh(editor_machine: Machine, editor_workspace: Path) -> Iterator[InstalledEngine]:
    """An account with nothing but settings of GIMP 2.10 and a photo's folder."""
    folder = editor_workspace / "fresh"
    shutil.rmtree(folder, ignore_errors=True)
    account = InstalledEngine(editor_machine, folder / "user", folder / "localmatte")
    brushes = account.user / ".config/GIMP/2.10/brushes"
    brushes.mkdir(parents=True)
    (brushes / "mine.gbr").write_bytes(b"mine")
    (account.user / "run").mkdir(mode=0o700)
    yield account
    account.end_worker()
    shutil.rmtree(folder)


def installer(account: InstalledEngine, *arguments: str | Path) -> str:
    variables = {
        **account.env,
        **network_environment(),
        "PIP_CACHE_DIR": str(account.user.parents[1] / "pip"),
    }
    command = ["python3", str(CHECKOUT / "install"), *map(str, arguments)]
    done = run(account.machine, command, variables, network=True, timeout=900, cwd=account.user)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def registered(account: InstalledEngine) -> str:
    """The procedures of ours that a fresh start of GIMP knows."""
    batch = ["--batch-interpreter", "python-fu-eval", "-b", PROCEDURES, "--quit"]
    done = run(account.machine, ["gimp-console", "-i", "-d", *batch], account.user_env)
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("FOUND")[2]


def test_from_a_clone_to_a_cut_out_and_back(fresh: InstalledEngine, photo: Path) -> None:
    mine = fresh.user / "photo.png"
    shutil.copy(photo, mine)

    summary = installer(fresh, mine)

    assert "GIMP 3." in summary
    assert "Krita 5." in summary
    assert Image.open(fresh.user / "photo-cutout.png").getchannel("A").getextrema() == (0, 255)
    # GIMP made its folder itself, and so took over what an older one had.
    (version,) = (fresh.user / ".config/GIMP").glob("3.*")
    assert (version / "brushes" / "mine.gbr").read_bytes() == b"mine"
    assert "localmatte" in registered(fresh)
    assert b"enable_localmatte=true" in (fresh.user / ".config/kritarc").read_bytes()

    installer(fresh, "--uninstall")

    assert not fresh.home.exists()
    assert not list(fresh.user.rglob("*localmatte*"))
    assert "localmatte" not in registered(fresh)
    assert (fresh.user / "photo-cutout.png").is_file()
