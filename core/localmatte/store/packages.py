"""Takes a model's bytes out of a PyPI or npm package, fetched by the user's own pip or npm.

The clients bring their own configuration along: company mirrors, proxies, credentials. They
only download; no code of a package is run.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from localmatte.models.spec import PackageSource, Registry
from localmatte.progress import CancelToken, OnProgress
from localmatte.progress import part as part_of
from localmatte.store import cache
from localmatte.store.meter import FETCHING, UNPACKING, Meter
from localmatte.store.part import PartFile
from localmatte.store.request import InterruptedTransferError, RefusedError
from localmatte.system import paths

SILENCE_SECONDS = 180.0
"""How long a client may bring nothing."""

Command = list[str]


@dataclass(frozen=True)
class RegistrySource:
    """One package as a source."""

    package: PackageSource
    networked = True

    @property
    def label(self) -> str:
        """What people call it; e.g. "the npm package @imgly/background-removal-data 1.4.5"."""
        package = self.package
        return f"the {package.registry.value} package {package.name} {package.version}"

    def fill(self, part: PartFile, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Bring the part to its end.

        Args:
            part: What is there so far.
            on_progress: Told how much of the package is here.
            cancel: Ends the client.

        Raises:
            ModelError: The client is missing or failed, or the package holds other bytes.
            StorageError: The disk is full.
            CancelledError: The caller cancelled.
        """
        # npm lays the package down twice; what is unpacked of it and the file come beside it.
        part.check_room(2 * self.package.bytes + part.file.bytes)
        with _scratch(part.file.sha256) as folder:
            command = CLIENTS[self.package.registry](self.package, folder)
            meter = Meter(part_of(on_progress, 0.0, 0.9), self.package.bytes, FETCHING)
            _run(command, folder, meter, cancel)
            members = [f"{self.package.folder}/{piece.name}" for piece in part.file.pieces]
            _unpack(folder, members)
            _copy(folder, members, part, part_of(on_progress, 0.9, 1.0), cancel)


def _pip(package: PackageSource, folder: Path) -> Command:
    """The command of the user's pip, or of uv, that puts the package into the folder."""
    requirement = f"{package.name}=={package.version}"
    options = ["--no-deps", "--only-binary", ":all:"]
    download = ["-m", "pip", "download", "--no-input", "--ignore-requires-python", *options]
    if importlib.util.find_spec("pip"):
        return [sys.executable, *download, "--dest", str(folder), requirement]
    if uv := shutil.which("uv"):
        target = ["--python", sys.executable, "--target", str(folder)]
        return [uv, "pip", "install", *options, *target, requirement]
    if python := shutil.which("python3") or shutil.which("python"):
        return [python, *download, "--dest", str(folder), requirement]
    raise RefusedError("neither pip nor uv is installed")


def _npm(package: PackageSource, folder: Path) -> Command:
    """The command of the user's npm that puts the package into the folder."""
    npm = shutil.which("npm")
    if not npm:
        raise RefusedError("npm is not installed")
    # npm would keep a second copy of the whole package in the user's cache.
    options = ["--ignore-scripts", "--loglevel=error", f"--cache={folder / 'cache'}"]
    return [npm, "pack", f"{package.name}@{package.version}", *options]


CLIENTS: dict[Registry, Callable[[PackageSource, Path], Command]] = {
    Registry.PYPI: _pip,
    Registry.NPM: _npm,
}


@contextmanager
def _scratch(sha256: str) -> Iterator[Path]:
    """An empty folder on the models' disk; what a killed process left in it goes first."""
    folder = paths.models() / f"{sha256}.package"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Command, folder: Path, meter: Meter, cancel: CancelToken) -> None:
    """Run the client in the folder until it ends, goes silent or the caller cancels."""
    log = folder / "client.log"
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **temporary},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            _wait(process, folder, meter, cancel)
        finally:
            _end(process)
    if process.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        raise InterruptedTransferError(said[-1] if said else f"{command[0]} failed")


def _wait(
    process: subprocess.Popen[bytes], folder: Path, meter: Meter, cancel: CancelToken
) -> None:
    size, since = 0, time.monotonic()
    while process.poll() is None:
        cancel.check()
        time.sleep(0.1)
        now = _size(folder)
        if now != size:
            size, since = now, time.monotonic()
            meter.at(min(size, meter.total))
        elif time.monotonic() - since > SILENCE_SECONDS:
            raise InterruptedTransferError(f"no data for {SILENCE_SECONDS:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the client and what it started; does nothing once it ended."""
    if process.poll() is None:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _size(folder: Path) -> int:
    """The bytes of all files below the folder, of which some may vanish meanwhile."""
    total = 0
    # Path.rglob would fail on a folder that vanishes; os.walk passes over it.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total


def _unpack(folder: Path, members: list[str]) -> None:
    """Lay the members of the package's archive into the folder, if it came as an archive."""
    for path in folder.glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            for name in set(members).intersection(wheel.namelist()):
                with wheel.open(name) as stream:
                    _lay(stream, folder / name)
    for path in folder.glob("*.tgz"):
        with tarfile.open(path, "r|gz") as archive:
            for entry in archive:
                if entry.name in members and (content := archive.extractfile(entry)):
                    _lay(content, folder / entry.name)


def _lay(stream: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out, cache.BLOCK)


def _copy(
    folder: Path,
    members: list[str],
    part: PartFile,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> None:
    """Append the members, one a piece, to the part."""
    meter = Meter(on_progress, part.file.bytes, UNPACKING)
    end = 0
    for name, piece in zip(members, part.file.pieces, strict=True):
        start, end = end, end + piece.bytes
        path = folder / name
        if not path.is_file() or path.stat().st_size != piece.bytes:
            raise RefusedError(f"the package does not contain the published {name}")
        part.append(path, start, meter, cancel)
