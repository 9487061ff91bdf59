"""`python3 tests/bench`: makes what the benchmark needs, then measures.

Options that it does not know are the benchmark's own; `--help` tells them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.environment import get_models, made, preparing  # noqa: E402

EXTRAS = "bench,webgpu"
CLUSTER, CLUSTER_EXTRAS = "--cluster", "bench,ray"
MODELS = ("u2netp", "isnet-fp16")

LIGHT = {"--quick", CLUSTER}
"""What runs the first of the models alone."""

OTHERS = {"--heavy": "heavy", "--forms": "forms", "--scaling": "scaling", CLUSTER: "cluster"}
"""The benchmarks beside that of a click, by the option that comes first."""


def main() -> int:
    """Measure in an environment of its own, with networking needed only to make that."""
    try:
        with preparing():
            python = made(CLUSTER_EXTRAS if CLUSTER in sys.argv else EXTRAS)
            get_models(python, MODELS[:1] if LIGHT.intersection(sys.argv) else MODELS)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"The benchmark cannot be prepared: {error}", file=sys.stderr)
        return 1
    module = OTHERS.get(sys.argv[1]) if len(sys.argv) > 1 else None
    module, options = (module, sys.argv[2:]) if module else ("measure", sys.argv[1:])
    command = [str(python), "-m", f"tests.bench.{module}", *options]
    # ONNX Runtime reports to its maker; the bare network and rembg must not either.
    variables = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
    return subprocess.call(command, cwd=CHECKOUT, env=variables)


if __name__ == "__main__":
    sys.exit(main())
