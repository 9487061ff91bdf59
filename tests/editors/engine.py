"""The engine as the installer leaves it on a machine, with the adapters in place."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.editors import rootfs
from tests.editors.machine import Machine, network_environment, run

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class InstalledEngine:
    """A user's account on a machine, with localmatte installed.

    Attributes:
        machine: Where it is installed.
        user: The user's home folder.
        home: LOCALMATTE_HOME.
    """

    machine: Machine
    user: Path
    home: Path

    @property
    def user_env(self) -> dict[str, str]:
        """What the user's desktop starts programs with; it does not know LOCALMATTE_HOME."""
        return {
            "HOME": str(self.user),
            "XDG_RUNTIME_DIR": str(self.user / "run"),
            "LANG": "C.UTF-8",
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


def install(machine: Machine, workspace: Path) -> InstalledEngine:
    """Run the installer as a user would, with the default model from the tests' cache."""
    engine = InstalledEngine(machine, workspace / "user", workspace / "localmatte")
    (engine.user / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    env = {
        **engine.env,
        **network_environment(),
        "PIP_CACHE_DIR": str(_folder(workspace / "pip")),
    }
    if os.environ.get("BY_HAND"):  # until the installer is there
        return _install_by_hand(engine, env)
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


def _install_by_hand(engine: InstalledEngine, env: dict[str, str]) -> InstalledEngine:
    """Stand in for the installer until it is there."""
    script = f"""
    test -e {engine.python} || python3 -m venv {engine.home}/environment
    {engine.python} -m pip install -q numpy onnxruntime pillow platformdirs onnxruntime-ep-webgpu
    echo {CHECKOUT}/core > $(echo {engine.home}/environment/lib/python3*/site-packages)/checkout.pth
    mkdir -p {engine.home}/models
    cp {rootfs.cache_folder()}/models/u2netp.onnx {engine.home}/models/
    for v in 3.0 3.2; do
    p={engine.user}/.config/GIMP/$v/plug-ins; mkdir -p $p
    rm -rf $p/localmatte; cp -r {CHECKOUT}/gimp_plugin/localmatte $p/localmatte
    cp -r {CHECKOUT}/core/localmatte_bridge $p/localmatte/
    echo '{{"python": "{engine.python}", "run": "{engine.home}/run", "home": "{engine.home}", "version": ""}}' > $p/localmatte/engine.json
    done
    """
    done = run(engine.machine, ["sh", "-ec", script], env, network=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return engine


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
