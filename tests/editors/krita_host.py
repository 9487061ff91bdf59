"""A real Krita with the plug-in in place, and scripts that run inside it."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.editors import rootfs
from tests.editors.engine import InstalledEngine
from tests.editors.machine import Machine, run
from tests.editors.screen import Screen

INSIDE = Path(__file__).parent / "inside"
KRITARC = """\
[python]
enable_localmatte=true
enable_localmatte_probe=true
"""
DESKTOP = """\
[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library=localmatte_probe
Name=The tests' probe
"""

QUIET_SECONDS = 300.0
"""How long Krita may give no sign, from its start on; what waits inside it ends sooner."""

Outcomes = dict[str, dict[str, Any]]


class Krita:
    """A user's account with a warm Krita, the plug-in and the probe that runs scripts in it.

    Args:
        engine: Whose machine, and whose plug-in as the installer placed it.
        screen: Where the window opens.
        suite: Which Krita, for the warm home's key.
        folder: The account's folder, made anew from the warm home.
    """

    def __init__(self, engine: InstalledEngine, screen: Screen, suite: str, folder: Path) -> None:
        self.machine = engine.machine
        self.screen = screen
        self.folder = folder
        self.env = {**_environment(folder), **screen.env}
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_warm_home(engine.machine, screen, suite, folder.parent), folder)
        shutil.copytree(_data(engine.user), _data(folder), dirs_exist_ok=True)

    def start(
        self, script: Path, *arguments: str | Path, **variables: str
    ) -> subprocess.Popen[bytes]:
        """Start Krita with files and environment variables; `script` runs once it stands."""
        env = {**self.env, **variables, "LOCALMATTE_PROBE": str(script)}
        command = ["krita", "--nosplash", *map(str, arguments)]
        with (self.folder / "krita.log").open("ab") as log:
            return self.machine.popen(command, env, cwd=self.folder, stdout=log, stderr=log)

    def cases(self, script: Path, **variables: str) -> Outcomes:
        """Run every case of a script in one Krita, and return what came of each."""
        report = self.folder / f"{script.stem}.json"
        report.unlink(missing_ok=True)
        process = self.start(script, LOCALMATTE_REPORT=str(report), **variables)
        status = _ended(process, report)
        outcomes: Outcomes = json.loads(report.read_text()) if report.exists() else {}
        ended = "did not quit" if status is None else f"quit with status {status}"
        outcomes["quit"] = {"error": None if status == 0 else f"Krita {ended}\n{self.log()}"}
        return outcomes

    def log(self) -> str:
        """The last of what Krita wrote to its terminal."""
        return (self.folder / "krita.log").read_text(errors="replace")[-4000:]


def _ended(process: subprocess.Popen[bytes], report: Path) -> int | None:
    """Krita's exit status, or None where it was killed since nothing went on."""
    written, since = None, time.monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(1)
        last = report.stat().st_mtime_ns if report.exists() else None
        if last != written:
            written, since = last, time.monotonic()
        elif time.monotonic() - since > QUIET_SECONDS:
            process.kill()
            return None


def case_names(script: Path) -> list[str]:
    """The names of a script's cases, read without running it; "quit" is the last of all."""
    statements = ast.parse(script.read_text()).body
    names = [node.name for node in statements if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("case_")] + ["quit"]


def check(outcomes: Outcomes, case: str) -> None:
    """Fail with what went wrong in a case, if anything did."""
    error = outcomes.get(case, {"error": "was not reached"})["error"]
    assert error is None, error


def _environment(folder: Path) -> dict[str, str]:
    return {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "XDG_CONFIG_HOME": str(folder / ".config"),
        "XDG_DATA_HOME": str(folder / ".local/share"),
        "LANG": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        # Krita's own plug-ins fill its log with them.
        "PYTHONWARNINGS": "ignore::SyntaxWarning",
    }


def _data(folder: Path) -> Path:
    return folder / ".local/share/krita"


def _warm_home(machine: Machine, screen: Screen, suite: str, workspace: Path) -> Path:
    """A home in which Krita ran once: it fills its resource database for a minute then."""
    recipe = rootfs.RECIPES[suite].key if suite in rootfs.RECIPES else suite
    probe = INSIDE / "krita_probe.py"
    content = "\0".join([recipe, KRITARC, DESKTOP, probe.read_text()])
    key = hashlib.sha256(content.encode()).hexdigest()[:12]
    kept = rootfs.cache_folder() / "krita-homes" / f"{suite}-{key}"
    if kept.exists():
        return kept
    folder = workspace / "krita-warming"
    shutil.rmtree(folder, ignore_errors=True)
    package = _data(folder) / "pykrita" / "localmatte_probe"
    package.mkdir(parents=True)
    shutil.copy(probe, package / "__init__.py")
    package.with_suffix(".desktop").write_text(DESKTOP)
    (folder / "run").mkdir(mode=0o700)
    (folder / ".config").mkdir()
    (folder / ".config/kritarc").write_text(KRITARC)
    env = {**_environment(folder), **screen.env, "LOCALMATTE_PROBE": str(INSIDE / "krita_quit.py")}
    done = run(machine, ["krita", "--nosplash"], env, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"Krita did not warm up:\n{done.stderr[-4000:]}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.rename(kept)
    except OSError:  # another run was quicker, or the cache lies on another disk
        shutil.copytree(folder, kept, dirs_exist_ok=True)
    return kept
