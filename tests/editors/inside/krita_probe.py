"""A Krita plug-in of the tests: runs the script that LOCALMATTE_PROBE names in a real window."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from krita import Extension, Krita

try:
    from PyQt5.QtCore import QTimer
except ImportError:
    from PyQt6.QtCore import QTimer


class Probe(Extension):
    """Starts the script once the first window stands."""

    def setup(self) -> None:
        pass

    def createActions(self, window: object) -> None:  # noqa: N802
        script = os.environ.pop("LOCALMATTE_PROBE", None)
        if script:
            QTimer.singleShot(0, lambda: self._start(script))

    @staticmethod
    def _start(script: str) -> None:
        sys.path.insert(0, str(Path(script).parents[3]))
        runpy.run_path(script, run_name="__main__")


Krita.instance().addExtension(Probe(Krita.instance()))
