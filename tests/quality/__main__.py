"""`python3 tests/quality --data FOLDER`: makes what the evaluation needs, then evaluates.

Options that it does not know are the evaluation's own; `--help` tells them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.editors.rootfs import cache_folder  # noqa: E402
from tests.environment import get_models, made, preparing, unpacked  # noqa: E402

EXTRAS = "test,dev,webgpu"
MODELS = ("u2netp", "isnet-fp16")
PACKAGES = ("tuxpaint-stamps-default", "mate-backgrounds", "lomiri-wallpapers-16.04")
"""Debian's packages that hold subjects with their alpha, and scenes without a subject (GPL-2;
GPL-2 or later; CC BY and CC BY-SA 4.0)."""


def main() -> int:
    """Evaluate in the tests' environment; networking is needed only to make that."""
    try:
        with preparing():
            python = made(EXTRAS)
            get_models(python, MODELS)
            folder = unpacked(PACKAGES)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"The evaluation cannot be prepared: {error}", file=sys.stderr)
        return 1
    command = [str(python), "-m", "tests.quality.evaluate"]
    command += ["--packages", str(folder), *sys.argv[1:]]
    # ONNX Runtime reports to its maker; rembg's use of it must not either.
    quiet = {"ORT_DISABLE_TELEMETRY": "1", "LOCALMATTE_HOME": str(cache_folder() / "localmatte")}
    return subprocess.call(command, cwd=CHECKOUT, env={**os.environ, **quiet})


if __name__ == "__main__":
    sys.exit(main())
