"""Entry point of `localmatte` and of `python -m localmatte`."""

from __future__ import annotations

import contextlib
import os
import sys

from localmatte.cli import INTERRUPTED, main


def run() -> None:
    """Run the command line and leave with its exit status."""
    status = main()
    if status == INTERRUPTED:
        # Nobody waits for a network that ONNX Runtime is still loading.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    run()
