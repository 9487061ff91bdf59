"""ONNX Runtime's own reporting stays switched off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LOAD_THE_LIBRARY = """
import localmatte
import onnxruntime
onnxruntime.get_available_providers()
onnxruntime.SessionOptions()
"""


def test_loading_the_library_leaves_no_telemetry_store_behind(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    inherited = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD_THE_LIBRARY], env={**inherited, **home}, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    # Switched on, it keeps a device's id and a database of events under the home folder.
    assert list(tmp_path.rglob("*")) == []
