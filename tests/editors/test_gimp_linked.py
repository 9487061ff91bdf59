"""A plug-in that is links to a checkout, as its developers have it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from install import adapters, editor_setup, source
from install.console import Console
from install.editors import Editor, Host
from install.manifest import Manifest
from tests.editors.engine import InstalledEngine
from tests.editors.machine import run

pytestmark = pytest.mark.gimp

ASK = """
import json
procedure = Gimp.get_pdb().lookup_procedure("localmatte-models")
config = procedure.create_config()
config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
result = procedure.run(config)
print("ANSWER", json.dumps([int(result.index(0)), list(result.index(1))]))
"""


def test_gimp_runs_it(engine: InstalledEngine, editor_workspace: Path) -> None:
    profile = editor_workspace / "linked"
    shutil.rmtree(profile, ignore_errors=True)
    here = source.find()
    told = adapters.Installation(engine.python, engine.home / "run", engine.home, here.version)
    gimp = Editor(Host.GIMP, "", "system package", profile / "plug-ins")
    manifest = Manifest(editor_workspace / "linked.json")
    editor_setup.place(gimp, here, told, manifest, Console(), link=True)
    env = {**engine.user_env, "GIMP3_DIRECTORY": str(profile)}
    command = ["gimp-console", "-i", "-d", "--batch-interpreter", "python-fu-eval", "-b", ASK]
    done = run(engine.machine, [*command, "--quit"], env, timeout=120)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    success = 3
    assert json.loads(line.removeprefix("ANSWER ")) == [success, ["u2netp"]], done.stderr
