"""A copy of the plug-in that is damaged keeps its procedures and says what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.machine import run

pytestmark = pytest.mark.gimp

ASK = """
import json
pdb = Gimp.get_pdb()
names = [name for name in {names} if pdb.procedure_exists(name)]
procedure = pdb.lookup_procedure("localmatte-models")
result = procedure.run(procedure.create_config())
print("FOUND", json.dumps([names, str(result.index(1))]))
"""
NAMES = [
    "localmatte-remove-background",
    "localmatte-remove-background-again",
    "localmatte-edges-again",
    "localmatte-refine-inside-selection",
    "localmatte-finish-painted-edges",
    "localmatte-keep-selected",
    "localmatte-remove-selected",
    "localmatte-models",
]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (
            "localmatte_bridge",
            "failed: No module named 'localmatte_bridge'.\nRun localmatte's installer",
        ),
        (
            "localmatte_gimp",
            "failed: No module named 'localmatte_gimp'.\nRun localmatte's installer",
        ),
        ("installation.json", "localmatte's engine is not installed.\nRun localmatte's installer"),
    ],
)
def test_every_procedure_is_there_and_says_what_to_do(
    engine: InstalledEngine, editor_workspace: Path, missing: str, message: str
) -> None:
    (placed,) = (engine.user / ".config" / "GIMP").glob("3.*/plug-ins/localmatte")
    profile = editor_workspace / "damaged"
    shutil.rmtree(profile, ignore_errors=True)
    copy = profile / "plug-ins" / "localmatte"
    shutil.copytree(placed, copy, ignore=shutil.ignore_patterns(missing))
    assert (placed / missing).exists()
    environment = {**engine.user_env, "GIMP3_DIRECTORY": str(profile)}
    command = ["gimp-console", "-i", "-d", "--batch-interpreter", "python-fu-eval"]
    done = run(
        engine.machine,
        [*command, "-b", ASK.format(names=NAMES), "--quit"],
        environment,
        timeout=120,
    )
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("FOUND"))
    names, error = json.loads(line.removeprefix("FOUND "))
    assert names == NAMES
    assert message in error
