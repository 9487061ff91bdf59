"""Installs the engine with the packages that the locks name, and no others.

A lock names each package's version and the hashes of its wheels (see tests/locks.py). pip refuses
any other file, and runs no code of a package to install it. localmatte itself is built here,
without a network, by a build backend that is locked as well.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import pip
from .console import Console
from .errors import writing
from .process import Command, Finished

LOCKS = Path(__file__).resolve().parent / "requirements"
WEBGPU_WHEEL = "onnxruntime-ep-webgpu"


def locked(*names: str) -> list[str]:
    """Arguments of pip and uv that install what some locks name.

    Args:
        names: Of the locks, e.g. "engine".
    """
    files = [word for name in names for word in ("-r", str(LOCKS / f"{name}.txt"))]
    return ["--require-hashes", "--only-binary", ":all:", *files]


def count(*names: str) -> int:
    """How many packages some locks name.

    Args:
        names: Of the locks.
    """
    texts = [(LOCKS / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    return sum(line[:1].isalpha() for text in texts for line in text.splitlines())


def install(python: Path, checkout: Path, console: Console, log: Path) -> tuple[bool, Finished]:
    """Install localmatte and what it needs into an environment.

    Args:
        python: The environment's Python.
        checkout: The folder that localmatte is built from.
        console: Shows pip's latest line.
        log: Where all that pip says is kept.

    Returns:
        Whether the WebGPU provider is there, and how the last pip ended.

    Raises:
        InstallError: A folder cannot be written.
    """
    command: Command = [python, "-I", "-m", "pip"]
    environment = python.parents[1]
    with writing(environment):
        folder = tempfile.TemporaryDirectory(dir=environment, prefix="build-")
    with folder as name:
        backend, wheels = Path(name) / "backend", Path(name) / "wheels"
        built = pip.install(command, ["--target", str(backend), *locked("build")], console, log)
        if built.status == 0:
            built = pip.wheel(command, checkout, wheels, backend, console, log)
        if built.status != 0:
            return False, built
        webgpu = True
        done = pip.install(command, locked("engine", "webgpu"), console, log)
        if done.status != 0 and pip.missing_wheel(done) == WEBGPU_WHEEL:
            console.note(
                "There is no WebGPU provider for this computer: localmatte will use the CPU."
            )
            webgpu = False
            done = pip.install(command, locked("engine"), console, log)
        if done.status == 0:
            own = [pip.own(wheel) for wheel in wheels.iterdir()]
            alone = ["--no-index", "--no-deps", "--force-reinstall"]
            done = pip.install(command, [*alone, *own], console, log)
        return webgpu, done
