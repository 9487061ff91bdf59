"""`python -m tests.bench.krita_stall`: how long Krita's window stands still in a removal.

A worker that answers at once stands in for the real one, so that what is measured is Krita and
the adapter. Prints each run's longest stalls as JSON: seconds since the click, and how long.
"""

from __future__ import annotations

import argparse
import json

from tests.editors import engine as engines
from tests.editors import rootfs, workspace
from tests.editors.krita_host import INSIDE, Krita
from tests.editors.machine import RootFs
from tests.editors.ramp_worker import RampWorker
from tests.editors.screen import Screen

SCRIPT = INSIDE / "krita_stall.py"


def main() -> None:
    """Measure in the Krita of one Debian release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=list(rootfs.RECIPES), default="trixie")
    parser.add_argument("--size", default="6000x4000", help="WIDTHxHEIGHT in pixels")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with workspace.claim(options.suite) as folder:
        machine = RootFs(options.suite, [folder], [engines.CHECKOUT])
        try:
            engine = engines.install(machine, folder)
            engine.end_worker()
            worker = RampWorker(engine.home)
            krita = Krita(engine, Screen(machine), options.suite, folder / "krita-stall")
            variables = {"LOCALMATTE_SIZE": options.size, "LOCALMATTE_RUNS": str(options.runs)}
            outcomes = krita.cases(SCRIPT, **variables)
            worker.close()
        finally:
            machine.close()
    print(json.dumps(outcomes, indent=2))


if __name__ == "__main__":
    main()
