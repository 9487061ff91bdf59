"""The adapter for Krita over PyQt6 itself; Krita 6 cannot be had here, so the host is simulated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.editors.ramp_worker import MODELS, RampWorker

CHECKOUT = Path(__file__).parents[1]
SIMULATED = CHECKOUT / "tests" / "simulated"
NOT_HERE = {"id": "rmbg-1.4-int8", "commercial": "no", "accept": True, "present": False}


def test_a_users_way_through_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    python = home / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    plugin = tmp_path / "pykrita" / "localmatte"
    shutil.copytree(CHECKOUT / "krita_plugin" / "localmatte", plugin)
    shutil.copytree(CHECKOUT / "core" / "localmatte_bridge", plugin / "localmatte_bridge")
    host = tmp_path / "host"
    host.mkdir()
    shutil.copy(SIMULATED / "krita.py", host)
    worker = RampWorker(home, [*MODELS, {**MODELS[0], **NOT_HERE, "default": False}])
    variables = {
        **os.environ,
        "LOCALMATTE_HOME": str(home),
        "PYTHONPATH": str(host),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [sys.executable, str(SIMULATED / "krita_six.py"), str(plugin.parent)]
    try:
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120)
    finally:
        worker.close()
    assert done.stdout.endswith("DONE\n"), done.stderr
    assert done.returncode == 0, done.stderr
    ((header, payload),) = [asked for asked in worker.requests if asked[0]["kind"] == "finish"]
    assert (header["before"], header["levels"], header["turned"]) == ("y8", 256, False)
    assert payload[-64 * 32 :] == bytes(index % 256 for index in range(64 * 32))
