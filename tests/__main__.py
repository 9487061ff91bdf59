"""`python3 tests`: makes what the tests need, then runs them with pytest.

What it makes is kept in the tests' cache folder: a virtual environment, the models, and the
root file systems with the real editors. The tests run in parts side by side: those without an
editor, and each editor's of each root file system. Options that it does not know are pytest's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - so that an old Python says so
    sys.exit("The tests need Python 3.11 or newer: run them with one, e.g. python3.12 tests.")

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from tests import parts  # noqa: E402
from tests.editors import pairs, rootfs, sessions  # noqa: E402
from tests.environment import apt_install, get_models, made, missing, preparing  # noqa: E402

EXTRAS = "test,dev,webgpu"
MODELS = ("u2netp", "isnet-quint8", "isnet-fp16")
TOOLS = ("npm", "mmdebstrap", "newuidmap", "strace", "unshare")
EDITORS = ("gimp", "krita", "gimp2")
"""Those whose tests take longest first."""

SHARES = {"krita": 2, "engine": 4}
"""Parts that an editor's tests in one suite, and those without an editor, make where all of them
are run: short ones at the end keep no core idle for long."""

WHOLE = {"documents": pairs.ALL, "sessions": sessions.ALL}
"""Markers of tests of which a share runs by default, and the variable that asks for all."""

FIRE = "fire"
CLUSTER, CLUSTER_EXTRAS = "cluster", "ray,test-cluster"
INTERRUPTED = 130
LINTERS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))


@dataclass
class Plan:
    """What is going to be run.

    Attributes:
        editors: Each editor whose tests are wanted and the suite that has it.
        engine: Whether the others are wanted.
        left_out: What is not run, in words.
    """

    editors: list[tuple[str, str]]
    engine: bool
    left_out: list[str] = field(default_factory=list)


def main() -> int:
    """Run the tests, or the linters; returns the exit status of what failed."""
    options, arguments = _parser().parse_known_args()
    try:
        with preparing():
            python = made(CLUSTER_EXTRAS if options.only == CLUSTER else EXTRAS)
            if not options.lint:
                get_models(python, MODELS)
            if not options.lint and options.only not in (FIRE, CLUSTER):
                plan = _plan(options)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"The tests cannot be prepared: {error}", file=sys.stderr)
        return 1
    if options.only == CLUSTER:
        command = [str(python), "-m", "pytest", "-m", CLUSTER, "tests/cluster", *arguments]
        return subprocess.call(command, cwd=CHECKOUT)
    if options.only == FIRE:
        return subprocess.call([str(python), "-m", "tests.fire", *arguments], cwd=CHECKOUT)
    if options.lint:
        return max(_lint(python, linter) for linter in LINTERS)
    # ONNX Runtime reports to its maker; the reference implementations must not either.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if options.only in WHOLE:
        os.environ[WHOLE[options.only]], options.m = "all", options.only
    start = time.monotonic()
    try:
        shares = {} if arguments or options.m else SHARES
        wanted = parts.parts_of(plan.editors, plan.engine, options.m, shares)
        outcomes = parts.run(wanted, python, arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    return _close(outcomes, plan.left_out, time.monotonic() - start)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python3 tests", description=__doc__, allow_abbrev=False)
    parser.add_argument("--no-editors", action="store_true", help="leave the editors' tests out")
    parser.add_argument(
        "--only",
        choices=(*EDITORS, *WHOLE, FIRE, CLUSTER),
        help="run one editor's tests alone, the whole tables of documents or the long sessions in "
        "all editors, hostile input and sudden deaths in large numbers, or a Ray cluster",
    )
    parser.add_argument("-m", default="", metavar="MARKERS", help="run the tests that have them")
    parser.add_argument("--lint", action="store_true", help="run ruff and mypy instead")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    if options.no_editors:
        return Plan([], True, ["the editors (--no-editors)"])
    wanted = (options.only,) if options.only in EDITORS else EDITORS
    left_out = [f"everything but {options.only} (--only)"] if options.only else []
    apt_install(missing(*TOOLS))
    reason = rootfs.why_unavailable()
    # Neighbours have different suites: on a bare machine one does not wait for the other's.
    editors = [
        (editor, suite)
        for index, editor in enumerate(wanted)
        for suite in rootfs.suites_with(editor)[:: 1 if index % 2 else -1]
    ]
    if reason:
        editors = [(editor, "host") for editor in wanted]
        left_out.append(f"the editors of Debian {', '.join(rootfs.RECIPES)} ({reason})")
        absent = [editor for editor in wanted if not shutil.which(editor)]
        left_out += [f"{editor} (not installed here)" for editor in absent]
        editors = [(editor, suite) for editor, suite in editors if editor not in absent]
        if options.only in absent:
            raise RuntimeError(f"{options.only} is not here, and Debian's cannot be had: {reason}")
    return Plan(editors, not options.only, left_out)


def _lint(python: Path, linter: Sequence[str]) -> int:
    return subprocess.call([str(python), "-m", *linter], cwd=CHECKOUT)


def _close(outcomes: Sequence[parts.Outcome], left_out: Sequence[str], seconds: float) -> int:
    """Say what came of all parts; returns the exit status."""
    print()
    for outcome in outcomes:
        for complaint in outcome.complaints:
            print(f"{outcome.part}: {complaint}")
        for complaint in outcome.unsteady:
            print(f"{outcome.part}: passed only alone: {complaint}")
        if outcome.failed and outcome.status != 1:
            print(f"{outcome.part}: pytest ended with the status {outcome.status}.")
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("passed", "failed", "skipped")
    )
    times = ", ".join(f"{outcome.part} {outcome.seconds:.0f}" for outcome in outcomes)
    print(f"Left out: {'; '.join(left_out) or 'nothing'}.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    print(f"Seconds: {times}; side by side {seconds:.0f}.", flush=True)
    if failed:
        return 1
    return 0 if passed + skipped else parts.NOTHING_RAN


if __name__ == "__main__":
    sys.exit(main())
