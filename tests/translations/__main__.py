"""`python3 tests/translations`: brings the catalogues up to date with the sources.

It needs Babel, which it finds in the tests' environment.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.environment import made, preparing  # noqa: E402

EXTRAS = "test,dev,webgpu"

if __name__ == "__main__":
    with preparing():
        python = made(EXTRAS)
    command = [str(python), "-m", "tests.translations.update"]
    sys.exit(subprocess.call(command, cwd=CHECKOUT))
