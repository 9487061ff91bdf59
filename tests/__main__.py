"""`python3 tests`: makes what the tests need, then runs them with pytest.

What it makes is kept in the tests' cache folder: a virtual environment, the models, and the
root file systems with the real editors. Options that it does not know are pytest's.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

OLDEST_PYTHON = (3, 11)
EXTRAS = "test,dev,webgpu"
MODELS = ("u2netp", "isnet-quint8", "isnet-fp16")
EDITORS = ("gimp", "krita")
# What is looked for, and the Debian package that brings it.
TOOLS = {
    "npm": "npm",
    "mmdebstrap": "mmdebstrap",
    "newuidmap": "uidmap",
    "unshare": "util-linux",
}
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
        python = _environment()
        if options.lint:
            return max([_run([str(python), "-m", *linter]) for linter in LINTERS])
        plan = _plan(options, arguments)
        _models(python)
        _root_file_systems(plan)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"The tests cannot be prepared: {error}", file=sys.stderr)
        return 1
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


def _environment() -> Path:
    """The Python of the tests' own environment, made anew when pyproject.toml changes."""
    from install.environment import python_of
    from tests.editors.rootfs import cache_folder

    recipe = (CHECKOUT / "pyproject.toml").read_bytes() + sys.version.encode()
    folder = cache_folder() / f"environment-{hashlib.sha256(recipe).hexdigest()[:12]}"
    python, made_for = python_of(folder), folder / "checkout"
    if not made_for.is_file():
        _say(f"Making the tests' environment in {folder}")
        _apt_install([] if importlib.util.find_spec("ensurepip") else ["python3-venv"])
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        _pip(python, "-e", f"{CHECKOUT}[{EXTRAS}]")
    elif made_for.read_text(encoding="utf-8") != str(CHECKOUT):
        _pip(python, "--no-deps", "-e", str(CHECKOUT))
    made_for.write_text(str(CHECKOUT), encoding="utf-8")
    return python


def _pip(python: Path, *arguments: str) -> None:
    quiet = ["-qq", "--disable-pip-version-check"]
    subprocess.run([str(python), "-m", "pip", "install", *quiet, *arguments], check=True)


def _models(python: Path) -> None:
    from tests.editors.rootfs import cache_folder

    _apt_install(_missing("npm"))
    home = cache_folder() / "localmatte"
    for model in MODELS:
        _say(f"Getting the model {model}")
        command = [str(python), "-m", "localmatte", "models", "pull", model]
        variables = {**os.environ, "LOCALMATTE_HOME": str(home)}
        subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)


def _root_file_systems(plan: Plan) -> None:
    """Build the editors' root file systems, or turn to the editors on this machine."""
    from tests.editors import rootfs

    if not plan.editors:
        return
    _apt_install(_missing(*TOOLS))
    reason = rootfs.why_unavailable()
    if reason is None:
        for suite in rootfs.RECIPES:
            _say(f"Getting the editors of Debian {suite} ready (minutes, the first time)")
            rootfs.root(suite)
        return
    plan.variables["LOCALMATTE_TEST_EDITORS"] = "host"
    plan.left_out.append(f"the editors of Debian {' and '.join(rootfs.RECIPES)} ({reason})")
    missing = [editor for editor in plan.editors if not shutil.which(editor)]
    plan.editors = tuple(editor for editor in plan.editors if editor not in missing)
    plan.left_out += [f"{editor} (not installed here)" for editor in missing]
    if not plan.editors and not plan.engine:
        raise RuntimeError(f"no {' or '.join(missing)} can be had here: {reason}")


def _missing(*tools: str) -> list[str]:
    """The Debian packages of those tools that are not in the PATH."""
    return [TOOLS[tool] for tool in tools if not shutil.which(tool)]


def _apt_install(packages: list[str]) -> None:
    """Install packages, where this is Debian and we are root."""
    if not packages or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    _say(f"Installing {', '.join(packages)}")
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "-q", "--no-install-recommends", *packages]
    for words in (["update", "-q"], install):
        command = ["apt-get", *words]
        subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)


def _run(command: Sequence[str], variables: dict[str, str] | None = None) -> int:
    return subprocess.call(command, cwd=CHECKOUT, env={**os.environ, **(variables or {})})


def _say(text: str) -> None:
    print(f"• {text}", flush=True)


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("The tests need Python 3.11 or newer: run them with one, e.g. python3.12 tests.")
    sys.exit(main())
