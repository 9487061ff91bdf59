"""Entry point of `localmatte` and of `python -m localmatte`."""

from __future__ import annotations

import sys

from localmatte.cli import main


def run() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(main())


if __name__ == "__main__":
    run()
