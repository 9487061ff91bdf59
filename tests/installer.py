"""Runs the installer as a person does, on an account of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.editors.rootfs import cache_folder

CHECKOUT = Path(__file__).parents[1]
PARTS = ("core", "gimp_plugin", "install", "krita_plugin")
KEPT_VARIABLES = ("PATH", "PIP_", "HTTP", "http", "NO_PROXY", "no_proxy", "SSL_", "LANG")


def copy_of_checkout(folder: Path) -> Path:
    """What an archive of the repository holds, as far as the installer needs it."""
    folder.mkdir(parents=True)
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / part, folder / part, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(CHECKOUT / file, folder / file)
    return folder


@dataclass
class Account:
    """A user's home folder and what programs are started with there.

    Attributes:
        home: The home folder.
        checkout: Where the installer lies.
        variables: Set on top of the account's own.
        umask: Of the programs; -1 for that of this process.
    """

    home: Path
    checkout: Path = CHECKOUT
    variables: dict[str, str] = field(default_factory=dict)
    umask: int = -1

    @property
    def data(self) -> Path:
        """localmatte's folder for data."""
        chosen = self.variables.get("LOCALMATTE_HOME")
        return Path(chosen) if chosen else self.home / ".local" / "share" / "localmatte"

    @property
    def python(self) -> Path:
        """The engine's Python."""
        return self.data / "environment" / "bin" / "python"

    @property
    def environment(self) -> dict[str, str]:
        """What programs are started with."""
        kept = {k: v for k, v in os.environ.items() if k.startswith(KEPT_VARIABLES)}
        own = {"HOME": str(self.home), "PIP_CACHE_DIR": str(cache_folder() / "pip")}
        return {**kept, **own, **self.variables}

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start the installer in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, str(self.checkout / "install"), *map(str, arguments)],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            umask=self.umask,
            text=True,
            errors="replace",
        )

    def install(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the installer to its end."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the installed engine's command line."""
        return subprocess.run(
            [str(self.python), "-I", "-m", "localmatte", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def tree(self) -> dict[str, bytes | None]:
        """Every file below the home folder with its bytes, every folder with None."""
        return {
            str(path.relative_to(self.home)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.home.rglob("*"))
        }


def with_editors(account: Account) -> Account:
    """Give the account what GIMP and Krita leave behind when they have run."""
    for version in ("2.10", "3.0", "3.2"):
        (account.home / ".config" / "GIMP" / version / "plug-ins").mkdir(parents=True)
    with_python = account.home / ".config/GIMP-AppImage/2.10"
    (with_python / "plug-ins").mkdir(parents=True)
    (with_python / "pluginrc").write_text('(proc-def "python-fu-eval" 1)\n')
    other = account.home / ".config/GIMP/3.0/plug-ins/other/other.py"
    other.parent.mkdir()
    other.write_text("#!/usr/bin/env python3\n")
    resources = account.home / ".local/share/krita"
    (resources / "pykrita").mkdir(parents=True)
    (account.home / ".config/kritarc").write_bytes(
        b"[General]\nname=caf\xe9\n\n[python]\nenable_tenbrushes=true\n\n[theme]\nTheme=Dark\n"
    )
    return account


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of a failed run, which printed no traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr.strip().splitlines()[-1]
