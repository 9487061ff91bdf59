"""The engine as the installer leaves it on a machine, with the adapters in place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from localmatte.models.ranking import RANKS
from tests.editors.machine import Machine, network_environment, run

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class InstalledEngine:
    """A user's account on a machine, with localmatte installed.

    Attributes:
        machine: Where it is installed.
        user: The user's home folder.
        home: LOCALMATTE_HOME.
        language: The variables that tell programs the user's language.
    """

    machine: Machine
    user: Path
    home: Path
    language: Mapping[str, str] = field(default_factory=lambda: {"LANG": "C.UTF-8"})

    @property
    def user_env(self) -> dict[str, str]:
        """What the user's desktop starts programs with; it does not know LOCALMATTE_HOME."""
        return {
            "HOME": str(self.user),
            "XDG_RUNTIME_DIR": str(self.user / "run"),
            **self.language,
        }

    @property
    def env(self) -> dict[str, str]:
        """What localmatte's command line is started with."""
        return {**self.user_env, "LOCALMATTE_HOME": str(self.home)}

    @property
    def python(self) -> Path:
        """The engine's private Python."""
        return self.home / "environment" / "bin" / "python"

    def localmatte(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the command line, without a network; it must succeed."""
        command = [str(self.python), "-I", "-m", "localmatte", *map(str, arguments)]
        done = run(self.machine, command, self.env)
        assert done.returncode == 0, done.stderr
        return done

    def worker_pids(self) -> list[int]:
        """The ids, on this machine, of the worker's process and any that it started."""
        mark = f"LOCALMATTE_HOME={self.home}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().split(b"\0")
                if b"worker" in command and mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:  # it ended meanwhile
                continue
        return found

    def wait_for_pixels(self, size: int) -> int:
        """Wait until the worker has read that many bytes; returns its id."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for worker in self.worker_pids():
                with suppress(OSError):  # it made way for another one
                    counters = Path(f"/proc/{worker}/io").read_text().split()
                    if int(counters[counters.index("rchar:") + 1]) > size:
                        return worker
            time.sleep(0.01)
        raise AssertionError("no worker got any pixels")

    def end_worker(self) -> None:
        """Kill the worker, as a crash would."""
        for pid in self.worker_pids():
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(pid, signal.SIGKILL)
        while self.worker_pids():
            time.sleep(0.02)


def install(machine: Machine, workspace: Path) -> InstalledEngine:
    """Run the installer as a user would, with the default model from the tests' cache."""
    engine = InstalledEngine(machine, workspace / "user", workspace / "localmatte")
    (engine.user / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    # A run that was killed leaves what its test had fetched or chosen.
    for leftover in ("models", "config"):
        shutil.rmtree(engine.home / leftover, ignore_errors=True)
    suggest_nothing(engine)
    env = {
        **engine.env,
        **network_environment(),
        "PIP_CACHE_DIR": str(_folder(workspace / "pip")),
    }
    done = run(
        machine,
        ["python3", str(CHECKOUT / "install")],
        env,
        network=True,
        timeout=900,
        cwd=engine.user,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return engine


def suggest_nothing(engine: InstalledEngine) -> None:
    """Let the user have been told of every model: how fast a test's machine is changes nothing."""
    record = engine.home / "config" / "suggested-models.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(list(RANKS)))


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
