"""`python3 tests`: makes what the tests need, then runs them with pytest.

What it makes is kept in the tests' cache folder: a virtual environment, the models, and the
root file systems with the real editors. Options that it does not know are pytest's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - so that an old Python says so
    sys.exit("The tests need Python 3.11 or newer: run them with one, e.g. python3.12 tests.")

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from tests.environment import apt_install, get_models, made, missing, preparing, say  # noqa: E402

EXTRAS = "test,dev,webgpu"
MODELS = ("u2netp", "isnet-quint8", "isnet-fp16")
TOOLS = ("npm", "mmdebstrap", "newuidmap", "unshare")
EDITORS = ("gimp", "krita")
LINTERS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))


@dataclass
class Plan:
    """What is going to be run.

    Attributes:
        editors: Which editors' tests are wanted.
        engine: Whether the others are wanted.
        arguments: pytest's own.
        variables: Set for pytest.
        left_out: What is not run, in words.
    """

    editors: tuple[str, ...]
    engine: bool
    arguments: list[str]
    variables: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def selection(self) -> list[str]:
        """The tests' markers, as pytest takes them."""
        if self.engine:
            unwanted = [f"not {editor}" for editor in EDITORS if editor not in self.editors]
            return ["-m", " and ".join(unwanted)] if unwanted else []
        return ["-m", " or ".join(self.editors)]


def main() -> int:
    """Run the tests, or the linters; returns the exit status of what failed."""
    options, arguments = _parser().parse_known_args()
    try:
        with preparing():
            python = made(EXTRAS)
            plan = _plan(options, arguments)
            if not options.lint:
                get_models(python, MODELS)
                _root_file_systems(plan)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"The tests cannot be prepared: {error}", file=sys.stderr)
        return 1
    if options.lint:
        return max([_run([str(python), "-m", *linter]) for linter in LINTERS])
    status = _run([str(python), "-m", "pytest", *plan.selection(), *plan.arguments], plan.variables)
    print(f"Left out: {'; '.join(plan.left_out) or 'nothing'}.", flush=True)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python3 tests", description=__doc__, allow_abbrev=False)
    parser.add_argument("--no-editors", action="store_true", help="leave the editors' tests out")
    parser.add_argument("--only", choices=EDITORS, help="run one editor's tests alone")
    parser.add_argument("--lint", action="store_true", help="run ruff and mypy instead")
    return parser


def _plan(options: argparse.Namespace, arguments: list[str]) -> Plan:
    # ONNX Runtime reports to its maker; the reference implementations must not either.
    quiet = {"ORT_DISABLE_TELEMETRY": "1"}
    if options.only:
        left_out = [f"everything but {options.only} (--only)"]
        return Plan((options.only,), False, arguments, quiet, left_out)
    if options.no_editors:
        return Plan((), True, arguments, quiet, ["the editors (--no-editors)"])
    return Plan(EDITORS, True, arguments, quiet)


def _root_file_systems(plan: Plan) -> None:
    """Build the editors' root file systems, or turn to the editors on this machine."""
    from tests.editors import rootfs

    if not plan.editors:
        return
    apt_install(missing(*TOOLS))
    reason = rootfs.why_unavailable()
    if reason is None:
        for suite in rootfs.RECIPES:
            say(f"Getting the editors of Debian {suite} ready (minutes, the first time)")
            rootfs.root(suite)
        return
    plan.variables["LOCALMATTE_TEST_EDITORS"] = "host"
    plan.left_out.append(f"the editors of Debian {' and '.join(rootfs.RECIPES)} ({reason})")
    absent = [editor for editor in plan.editors if not shutil.which(editor)]
    plan.editors = tuple(editor for editor in plan.editors if editor not in absent)
    plan.left_out += [f"{editor} (not installed here)" for editor in absent]
    if not plan.editors and not plan.engine:
        raise RuntimeError(f"no {' or '.join(absent)} can be had here: {reason}")


def _run(command: Sequence[str], variables: dict[str, str] | None = None) -> int:
    return subprocess.call(command, cwd=CHECKOUT, env={**os.environ, **(variables or {})})


if __name__ == "__main__":
    sys.exit(main())
